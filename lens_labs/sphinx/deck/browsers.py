"""The browser that prints and checks decks: one that is installed already; nothing is ever downloaded."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping

VARIABLE = "LENS_LABS_BROWSER"
"""The environment variable that names a browser, by its path or by its name."""

MISSING = 3
"""The exit status of a program that needs a browser and finds none."""

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""What a browser is told so that it asks for nothing but the pages that it is shown."""

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chrome",
    "msedge",
)
_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_PACKAGES = (
    ("apt", "sudo apt install chromium"),
    ("dnf", "sudo dnf install chromium"),
    ("zypper", "sudo zypper install chromium"),
    ("pacman", "sudo pacman -S chromium"),
    ("apk", "sudo apk add chromium"),
)
"""Programs that install others on Linux, the commonest first."""


class NoBrowserError(RuntimeError):
    """There is no browser, or nothing that could drive one; the message names the command that installs it."""


def find_browser(environment: Mapping[str, str] | None = None) -> str | None:
    """Find an installed Chromium, Chrome or Edge.

    Parameters
    ----------
    environment : mapping, optional
        The environment variables; those of this process if it is left out. Where ``LENS_LABS_BROWSER`` names a
        browser, no other one is looked for.

    Returns
    -------
    str or None
        The path of the program, or None if there is none.

    Examples
    --------
    >>> find_browser({"LENS_LABS_BROWSER": "/no/such/browser"}) is None
    True
    """
    environment = os.environ if environment is None else environment
    if chosen := environment.get(VARIABLE):
        return shutil.which(chosen)
    return next(filter(None, map(shutil.which, (*_NAMES, *_PLACES))), None)


def require_browser(environment: Mapping[str, str] | None = None) -> str:
    """Find an installed browser, or say how to get one.

    Parameters
    ----------
    environment : mapping, optional
        As for `find_browser`.

    Returns
    -------
    str
        The path of the program.

    Raises
    ------
    NoBrowserError
        If there is none. The message names the command that installs one on this system.

    Examples
    --------
    >>> require_browser({"LENS_LABS_BROWSER": "/no/such/browser"})
    Traceback (most recent call last):
        ...
    lens_labs.sphinx.deck.browsers.NoBrowserError: LENS_LABS_BROWSER names /no/such/browser, which is no program. ...
    """
    environment = os.environ if environment is None else environment
    if path := find_browser(environment):
        return path
    named = environment.get(VARIABLE)
    what = (
        f"{VARIABLE} names {named}, which is no program."
        if named
        else "There is no Chromium, Chrome or Edge on this machine."
    )
    raise NoBrowserError(f"{what} Install one with: {how_to_install()}; or name yours in {VARIABLE}.")


def how_to_install(platform: str = sys.platform) -> str:
    """Return the command that installs a browser.

    Parameters
    ----------
    platform : str
        The system, as ``sys.platform`` names it.

    Returns
    -------
    str
        A line for the terminal. On Linux it is the one for the package manager that is there.

    Examples
    --------
    >>> how_to_install("win32")
    'winget install Google.Chrome'
    """
    if platform == "darwin":
        return "brew install --cask google-chrome"
    if platform == "win32":
        return "winget install Google.Chrome"
    return next((command for program, command in _PACKAGES if shutil.which(program)), _PACKAGES[0][1])


def launch_arguments() -> list[str]:
    """Return the arguments with which a browser is started.

    Returns
    -------
    list of str
        `QUIET`; and no sandbox for the user root, to whom Chromium denies one, as in a container.

    Examples
    --------
    >>> "--no-first-run" in launch_arguments()
    True
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*QUIET, *(["--no-sandbox"] if root else [])]
