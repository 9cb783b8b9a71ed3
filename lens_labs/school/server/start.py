"""``lens-labs start``: open the school on this machine, for the person who asks, and close it again."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from lens_labs.school.catalogue import student_folder
from lens_labs.school.errors import SchoolError
from lens_labs.school.server.run_folder import RunFolder, Running
from lens_labs.school.server.terminal import Announcer, console, logged
from lens_labs.school.server.work import WorkFolder

_PORTS = 100  # how many ports are tried, from the wanted one upwards
_PATIENCE = 60.0  # seconds that a second start waits for the first one to be ready


def start(
    work: Path | None = None,
    *,
    port: int | None = None,
    browser: bool = True,
    verbose: bool = False,
    site: Path | None = None,
    releases: Path | None = None,
) -> int:
    """Serve the school until it is stopped, or open the one that runs already.

    Parameters
    ----------
    work : Path, optional
        The student's work folder; ``lens-labs`` in the home folder by default.
    port : int, optional
        The first port to try, 8888 by default; 0 lets the system choose.
    browser : bool
        Whether to open a browser; if not, or if there is none, the address is printed.
    verbose : bool
        Whether to show what Jupyter says; otherwise it goes to a log in the work folder.
    site : Path, optional
        Built notes, served at ``/school/`` in place of the landing page.
    releases : Path, optional
        Folder of the notebooks to hand out; the school's own by default.

    Returns
    -------
    int
        Exit status, 0.

    Raises
    ------
    SchoolError
        If the work folder cannot be used, the site is none, no port is free, or the server fails; the text says how to go on.
    """
    port = 8888 if port is None else port
    if not 0 <= port <= 65535:
        raise SchoolError(
            f"port is {port}; allowed: a whole number from 0 to 65535, where 0 lets the system choose"
        )
    if site is not None and not (site / "index.html").is_file():
        raise SchoolError(f"site is {site}; allowed: a folder with built notes, which has an index.html")
    folder = WorkFolder(work or Path("~/lens-labs"), releases or student_folder())
    run = RunFolder(folder.state / "run")
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with run.claimed() as ours:
            if ours:
                with contextlib.nullcontext(console()) if verbose else logged(run.log) as terminal:
                    _serve(folder, run, port, site, Announcer(terminal, folder.root, browser=browser))
                return 0
        school = run.running()
        if school and school.machine == socket.gethostname():
            Announcer(console(), folder.root, browser=browser).open(school, already=True)
            return 0
        if school:
            break
        time.sleep(0.1)
    where = school.machine if school else "this machine or another one"
    raise SchoolError(
        f"The work folder {folder.root} is in use by a school on {where}. Stop it there, or use another folder: "
        "lens-labs start --work FOLDER"
    )


def _serve(folder: WorkFolder, run: RunFolder, wanted: int, site: Path | None, announcer: Announcer) -> None:
    """Run the server until it is stopped."""
    try:
        with _listening(wanted) as sockets, _own_settings(folder.state):
            port = int(sockets[0].getsockname()[1])
            with announcer.opening():
                token = secrets.token_urlsafe(24)
                app = _application(folder, run, port, token, site and site.resolve())

            def ready() -> None:
                app.school.add_sockets(sockets)
                school = Running(port, token, app.browser_open_file)
                run.record(school)
                announcer.open(school, wanted=wanted)

            with _stopping(announcer, lambda: app.stop(from_signal=True)):
                app.io_loop.add_callback(ready)
                app.start()
    except KeyboardInterrupt:  # before the server could take the signal
        pass
    except SchoolError:
        raise
    except (Exception, SystemExit) as error:
        raise SchoolError(f"The school could not run: {error}\nIts log says more: {run.log}") from error
    announcer.stopped()


def _application(folder: WorkFolder, run: RunFolder, port: int, token: str, site: Path | None) -> Any:
    """Return Jupyter's application, ready to be started; its HTTP server is the attribute ``school``."""
    # Imported here: these modules read the environment when they are imported, and a second start needs none of them.
    with _left_out("rfc3987_syntax"):
        from jupyter_server.serverapp import ServerApp  # noqa: PLC0415
        from tornado.httpserver import HTTPServer  # noqa: PLC0415

        from lens_labs.school.server.app import configuration  # noqa: PLC0415

    app: Any = ServerApp(config=configuration(folder, run, port=port, token=token, site=site))
    app.initialize(argv=[], find_extensions=False, new_httpserver=False)
    app.school = HTTPServer(app.web_app, max_body_size=app.max_body_size, max_buffer_size=app.max_buffer_size)
    return app


@contextlib.contextmanager
def _left_out(module: str) -> Iterator[None]:
    """Make an optional module look absent while others are imported.

    jsonschema uses ``rfc3987_syntax``, where it is, for a format that no schema of Jupyter has; to import it means to
    build a grammar, which takes as long as all the rest of a start.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


@contextlib.contextmanager
def _listening(wanted: int) -> Iterator[list[socket.socket]]:
    """Take the first free port from the wanted one on, and hold it, so that nobody else gets it in between."""
    from tornado.netutil import bind_sockets  # noqa: PLC0415 - a second start needs no web server

    last = min(wanted + _PORTS - 1, 65535) if wanted else 0
    sockets: list[socket.socket] = []
    for port in range(wanted, last + 1):
        # Some systems let two programs listen on one port, if one of them listens on all addresses: ask first.
        if port and _answers(port):
            continue
        with contextlib.suppress(OSError):
            sockets = bind_sockets(port, "localhost")
            break
    if not sockets:
        raise SchoolError(
            f"The ports {wanted} to {last} of this machine are all in use, or not allowed. Choose another one: "
            "lens-labs start --port 9000"
        )
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


def _answers(port: int) -> bool:
    for host in ("127.0.0.1", "::1"):
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1.0):
            return True
    return False


@contextlib.contextmanager
def _own_settings(state: Path) -> Iterator[None]:
    """Keep a person's own Jupyter and IPython settings out of the school, and the school's out of theirs."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("JUPYTER", "IPYTHON")):
            del os.environ[name]
    own = {
        "JUPYTER_CONFIG_DIR": state / "jupyter" / "config",
        "JUPYTER_DATA_DIR": state / "jupyter" / "data",
        "JUPYTER_RUNTIME_DIR": state / "run",
        "IPYTHONDIR": state / "jupyter" / "ipython",
    }
    for folder in own.values():
        folder.mkdir(parents=True, exist_ok=True)
    os.environ.update({name: str(folder) for name, folder in own.items()}, JUPYTER_NO_CONFIG="1")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _stopping(announcer: Announcer, stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C, and whatever else ends a process kindly, stop the server and its kernels."""
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:  # a second Ctrl-C does not disturb the first
            asked = True
            announcer.stopping()
            stop()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    present = [signal.Signals[name] for name in names if name in signal.Signals.__members__]
    before = {each: signal.getsignal(each) for each in present}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN or each == signal.SIGINT:  # what nohup ignores stays ignored
            signal.signal(each, ask)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
