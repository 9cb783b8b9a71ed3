"""A real school in a process of its own, for tests that talk to it as a browser does."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

RUN = """
import json, sys
from pathlib import Path
from lens_labs.school.errors import SchoolError
from lens_labs.school.server.start import start
options = json.loads(sys.argv[1])
paths = {name: Path(options.pop(name)) for name in ("work", "site", "releases") if name in options}
try:
    sys.exit(start(**paths, **options))
except SchoolError as error:
    sys.exit(f"lens-labs: {error}")
"""


DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


def write_lab(folder, name="02-mirror", code=("print('answer', 6 * 7)",), title="A mirror for neutrons"):
    """Write a small notebook that describes a lab and shows a picture, and return its path."""
    text = {
        "cell_type": "markdown",
        "id": "title",
        "metadata": {},
        "source": f"# {title}\n\n![A dot](data:image/png;base64,{DOT})",
    }
    cells = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for i, source in enumerate(code)
    ]
    lens = {
        "lecture": int(name[:2]),
        "title": title,
        "question": "How thick is the film on this wafer?",
        "minutes": 45,
        "budget": 60,
        "packages": ["keras"],
        "objectives": [
            {"text": "Beat a baseline", "exercise": "beat"},
            {"text": "Judge a fit", "exercise": "judge"},
        ],
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "lens": lens}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    path.write_text(
        json.dumps({"cells": [text, *cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    )
    return path


class School:
    """One process of ``lens-labs start``; use it in a with statement, which ends it in any case.

    With ``terminal=True`` it runs on a terminal of its own, as a person sees it.
    """

    def __init__(self, work, releases, *, environment=None, terminal=False, **options):
        self.work = Path(work)
        options = {"work": str(work), "releases": str(releases), "browser": False, "port": 0} | options
        surroundings = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "BROWSER")}
        screen, device = os.openpty() if terminal else (None, None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, json.dumps(options)],
            stdin=device or subprocess.DEVNULL,
            stdout=device or subprocess.PIPE,
            stderr=device or subprocess.STDOUT,
            env=surroundings | {"TERM": "xterm-256color"} | (environment or {}),
        )
        if device:
            os.close(device)
        self._output = os.fdopen(screen, "rb", buffering=0) if screen else self.process.stdout
        self._pieces = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with contextlib.suppress(OSError):  # how Linux says that nobody is left on the terminal
            while piece := os.read(self._output.fileno(), 4096):
                self._pieces.append(piece)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.ended()
        self._output.close()

    @property
    def text(self):
        """All that it has said so far."""
        return b"".join(self._pieces).decode().replace("\r\n", "\n")

    def ready(self, timeout=60):
        """Wait for the address and return it."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if found := re.search(r"address +(http://\S+)", self.text):
                return found[1]
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.02)
        raise AssertionError(f"no address; the school said:\n{self.text}")

    def said(self, words, timeout=30):
        """Wait until it has said something."""
        deadline = time.monotonic() + timeout
        while words not in self.text and time.monotonic() < deadline:
            time.sleep(0.02)
        return words in self.text

    def ended(self, timeout=60):
        """Wait for the end and return the exit status."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._reader.join(timeout)
        return status

    def interrupt(self):
        """Press Ctrl-C once and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    @property
    def token(self):
        """The key of this run."""
        return self.ready().partition("token=")[2]

    @property
    def port(self):
        """The port of this run."""
        return urlsplit(self.ready()).port

    def request(self, path, method="GET", body=None, cookie=None, **headers):
        """Make one request, with exactly these headers, and return the response with its body in ``.text``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie:
            named["Cookie"] = cookie
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Host": f"localhost:{self.port}"} | named)
            response = connection.getresponse()
            response.text = response.read().decode(errors="replace")
            return response
        finally:
            connection.close()

    def log_in(self):
        """Show the key, as a browser does with the printed address, and return the cookies."""
        address = urlsplit(self.ready())
        response = self.request(f"{address.path}?{address.query}")
        assert response.status == 302, response.text
        login = _cookies(response)
        return "; ".join([login, _cookies(self.request("/tree", cookie=login))])


def _cookies(response):
    return "; ".join(cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie"))
