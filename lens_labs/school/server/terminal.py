"""What ``lens-labs start`` says on the terminal: a few lines for a person; everything else goes to a log."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner

from lens_labs.school.server.landing import from_home
from lens_labs.school.server.run_folder import Running


@contextlib.contextmanager
def logged(log: Path) -> Iterator[Console]:
    """Send all that this process and its children print to a log; yield a console on the terminal.

    The streams themselves are turned, not Python's names for them, because kernels and browsers inherit them.

    Parameters
    ----------
    log : Path
        The file; what it held before is removed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(stream) for stream in (1, 2)]
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    try:
        with os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors="replace") as stream:
            os.dup2(file, 1)
            os.dup2(file, 2)
            yield console(stream)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, original in zip((1, 2), kept, strict=True):
            os.dup2(original, number)
            os.close(original)
        os.close(file)


def console(stream: object = None) -> Console:
    """Return a console that leaves addresses whole, so that they can be copied."""
    return Console(file=stream, highlight=False, soft_wrap=True)  # type: ignore[arg-type]


class Announcer:
    """Says the few lines that a person reads, and opens the browser.

    Parameters
    ----------
    console : Console
        The terminal.
    work : Path
        The student's work folder.
    browser : bool
        Whether a browser is wanted.
    """

    def __init__(self, console: Console, work: Path, *, browser: bool) -> None:
        self._console = console
        self._work = from_home(work)
        self._browser = graphical_browser() if browser else None
        self._missing = browser and self._browser is None

    def opening(self) -> contextlib.AbstractContextManager[object]:
        """Show that something is under way; nothing is left of it on the terminal."""
        spinner = Spinner("dots", "Opening the school", style="green")
        # Without redirection: what Jupyter prints belongs into the log, not above the spinner.
        return Live(
            spinner, console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False
        )

    def open(self, school: Running, *, wanted: int | None = None, already: bool = False) -> None:
        """Say where the school is, and lead the browser there.

        Parameters
        ----------
        school : Running
            The school.
        wanted : int, optional
            The port that was asked for, if it matters that another one is used.
        already : bool
            Whether an earlier start serves it.
        """
        self._say(
            f"LENS Labs {'is open already' if already else 'is open'}, for you alone, on this computer.\n"
        )
        self._say(f"  address     {school.address}")
        self._say(f"  your work   {self._work}")
        self._say(f"  to stop     Ctrl-C{', in the terminal of the first start' if already else ''}\n")
        if wanted not in (None, 0, school.port):
            self._say(f"Port {wanted} is in use by another program; the school uses {school.port}.")
        if self._browser:
            self._say("Your browser opens the address; if it does not, copy it there.")
            # In a thread: some browsers return when they are closed. A file, because arguments can be read by others.
            opener = Path(school.opener).as_uri()
            threading.Thread(target=self._browser.open, args=(opener,), daemon=True).start()
        elif self._missing:
            self._say("There is no browser to open here: copy the address into one on this computer.")
            if "SSH_CONNECTION" in os.environ:
                tunnel = f"ssh -L {school.port}:localhost:{school.port} {socket.gethostname()}"
                self._say(f"From another computer, first make a tunnel: {tunnel}")

    def stopping(self) -> None:
        """Say that stopping has begun."""
        self._say("\nStopping the school and its notebooks ...")

    def stopped(self) -> None:
        """Say goodbye."""
        self._say(f"Stopped. Your work is in {self._work}.")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False)


def graphical_browser() -> webbrowser.BaseBrowser | None:
    """Return a browser with windows, or None; one for terminals cannot show a notebook."""
    signs = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER")
    if sys.platform not in ("win32", "darwin") and not any(os.environ.get(sign) for sign in signs):
        return None
    try:
        return webbrowser.get()
    except webbrowser.Error:
        return None
