"""A real browser: an installed Chromium, Chrome or Edge; nothing is ever downloaded."""

from urllib.parse import urlsplit

import pytest

from lens_labs.sphinx.deck.browsers import MISSING, NoBrowserError, launch_arguments, require_browser


@pytest.fixture(scope="session")
def browser():
    """Launch the browser once."""
    try:
        path = require_browser()
    except NoBrowserError as missing:
        pytest.exit(str(missing), returncode=MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=launch_arguments())
        yield launched
        launched.close()


class Witness:
    """Sees all that the pages of a browser window ask for, and all that they complain about."""

    # Stock Jupyter Notebook 7.6 rejects these two promises, which nobody awaits, on every load and whenever
    # JupyterLab opens beside it; nothing follows from either.
    KNOWN = (
        "Cannot read properties of undefined (reading 'schema')",
        'Window name candidate "null" already exists',
    )

    def __init__(self, context):
        self.requests, self.complaints = [], []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: self.requests.append(socket.url)))
        context.on("console", self._console)
        context.on("weberror", self._error)

    def _console(self, message):
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _error(self, error):
        if not any(known in str(error.error) for known in self.KNOWN):
            self.complaints.append(str(error.error))

    def elsewhere(self, port):
        """Return the requests that went to anything but the school."""
        return [url for url in self.requests if not self._here(url, port)]

    @staticmethod
    def _here(url, port):
        parts = urlsplit(url)
        return parts.scheme in ("blob", "data", "file") or parts.netloc == f"localhost:{port}"


@pytest.fixture
def window(browser):
    """Return a function that opens a fresh window, with a witness."""
    contexts = []

    def open_window(width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        witness = Witness(context)
        return context.new_page(), witness

    yield open_window
    for context in contexts:
        context.close()
