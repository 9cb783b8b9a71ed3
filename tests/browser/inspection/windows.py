"""Windows of the browser in which a page is inspected: watched, without a network, with the scripts of the check."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ProxySettings,
    Request,
    Response,
    WebError,
)

from inspection.findings import Ledger, fault

HERE = Path(__file__).parent
SCRIPTS = ("common.js", "slides.js", "pages.js")
"""The scripts of the check, in their order."""

NOWHERE: ProxySettings = {"server": "http://localhost:9", "bypass": "localhost,127.0.0.1"}
"""A proxy that is not there: a request to any server but this machine ends at once."""

MISSING = "missing file"

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""The rules of axe that are asked of all pages: WCAG 2.2, levels A and AA."""

COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of WCAG 2.2 AA in axe whose answer changes when only colours change, as from light to dark."""


@functools.cache
def script(name: str) -> str:
    """Return a script of the check, or axe."""
    if name == "axe":
        return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
    return (HERE / name).read_text("utf-8")


class Watch:
    """Sees what the pages of a window ask for and complain about.

    Parameters
    ----------
    context : BrowserContext
        The window.
    url : str
        The page that is inspected; what comes from its server is at home.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._home = urlsplit(url)
        self._asked: dict[str, str] = {}
        self._said: list[dict[str, Any]] = []
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("requestfailed", self._failed)
        context.on("console", self._console)
        context.on("weberror", self._error)

    def _is_home(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("data", "blob", "about") or (parts.scheme, parts.netloc) == (
            self._home.scheme,
            self._home.netloc,
        )

    def _request(self, request: Request) -> None:
        if not self._is_home(request.url):
            self._asked.setdefault(request.url, "asks another server")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._asked.setdefault(response.url, f"{MISSING}, status {response.status}")

    def _failed(self, request: Request) -> None:
        if request.failure and "ERR_ABORTED" not in request.failure:
            self._asked.setdefault(request.url, f"{MISSING}, {request.failure}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self._said.append(fault("console", f"{message.type}: {message.text}"))

    def _error(self, error: WebError) -> None:
        self._said.append(fault("script error", str(error.error).splitlines()[0]))

    def tell(self, ledger: Ledger, page: Page, *, look: str, state: str = "") -> None:
        """Enter what was seen since the last time, laid at its slide where one can be named."""
        errors = page.evaluate("window.inspection?.errors ?? []")
        for each in self._said:
            slide = next((error["slide"] for error in errors if _same(each["detail"], error["text"])), "")
            number = (
                page.evaluate("id => inspection.slides().findIndex(each => each.id === id) + 1", slide)
                if slide
                else 0
            )
            ledger.enter([{**each, "slide": slide, "number": number}], look=look, state=state)
        for url, what in self._asked.items():
            kind, _, detail = what.partition(", ")
            place = page.evaluate("url => window.inspection?.asking(url)", url)
            if place and place["element"].startswith("img") and kind == MISSING:
                found = {**place, "kind": "broken picture", "detail": url}  # told by the picture already
            else:
                found = {**(place or fault("")), "kind": kind, "path": url}
                found["detail"] = ", ".join(filter(None, [detail, url]))
            found.pop("handle", None)
            ledger.enter([found], look=look, state=state)
        self._said.clear()
        self._asked.clear()


def _same(told: str, remembered: str) -> bool:
    """Say whether two texts are of one error: one has the kind of the error in front, the other the level."""
    return told in remembered or remembered in told


@contextmanager
def window(
    browser: Browser, url: str, width: int, height: int, **options: Any
) -> Iterator[tuple[Page, Watch]]:
    """Open a window without a network and without movement.

    Parameters
    ----------
    browser : Browser
        The browser.
    url : str
        The page for which it is opened.
    width, height : int
        Its size, in pixels.
    **options
        What else `playwright.sync_api.Browser.new_context` takes.

    Yields
    ------
    tuple of Page and Watch
        An empty page with the scripts of the check, and who watches it.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", proxy=NOWHERE, **options
    )
    for name in SCRIPTS:
        context.add_init_script(script=script(name))
    try:
        yield context.new_page(), Watch(context, url)
    finally:
        context.close()


def audit(page: Page, rules: list[str], within: str = "body") -> list[dict[str, Any]]:
    """Ask axe about a page.

    Parameters
    ----------
    page : Page
        The page.
    rules : list of str
        Tags of axe, such as `WCAG`.
    within : str
        Where to look, as a selector; the whole page, with its head, if it is left out.

    Returns
    -------
    list of dict
        A finding for each rule and each outermost element.
    """
    options = {"runOnly": {"type": "tag", "values": rules}}
    return _ask(page, "audit", options, "document" if within == "body" else within)


def audit_again(page: Page, rules: list[str] | None = None, within: str = "body") -> list[dict[str, Any]]:
    """Ask axe about a page that has changed its looks since `audit`.

    Parameters
    ----------
    page : Page
        The page.
    rules : list of str, optional
        Tags of axe, if the layout has changed; without them it is colours alone.
    within : str
        Where to look, as a selector.

    Returns
    -------
    list of dict
        As for `audit`; of elements with the same colours on the same ground, the first.
    """
    found = _ask(page, "auditColours", {"runOnly": {"type": "rule", "values": COLOURS}}, within)
    if rules:
        off = {rule: {"enabled": False} for rule in COLOURS}
        found += _ask(page, "audit", {"runOnly": {"type": "tag", "values": rules}, "rules": off}, "document")
    return found


def _ask(page: Page, how: str, options: dict[str, Any], within: str) -> list[dict[str, Any]]:
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(script("axe"))
    found: list[dict[str, Any]] = page.evaluate(
        "([how, options, within]) =>"
        " inspection[how](options, within === 'document' ? document : document.querySelector(within))",
        [how, options, within],
    )
    return found
