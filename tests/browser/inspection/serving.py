"""A server for a built site, with the headers that a strict institute sends."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

STRICT = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
"""What a server may send with a page, and what a strict one should."""


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    headers_sent: Mapping[str, str] = {}

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        super().end_headers()


@contextmanager
def serving(folder: Path, headers: Mapping[str, str] = STRICT) -> Iterator[str]:
    """Serve a folder on this machine.

    Parameters
    ----------
    folder : Path
        What is served.
    headers : mapping of str to str
        What is sent with each file.

    Yields
    ------
    str
        The address, without a slash at its end.
    """
    kind = type("Handler", (_Handler,), {"headers_sent": headers})
    handler = functools.partial(kind, directory=str(folder))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def is_deck(file: Path) -> bool:
    """Say whether a built page is a deck.

    Parameters
    ----------
    file : Path
        A page.

    Returns
    -------
    bool
        Whether reveal.js shows it.
    """
    return '<div class="reveal">' in file.read_text("utf-8")
