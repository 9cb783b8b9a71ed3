"""The check of a page of the notes: light and dark, wide and narrow, and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page

from inspection.findings import PICTURES, Finding, Ledger
from inspection.windows import WCAG, Watch, audit, audit_again, window

WIDTHS = (1280, 360)
PRESSES = 16
"""How often Tab is pressed before the page is asked whether there is more to come."""

RULES = [*WCAG, "best-practice"]


def inspect_pages(browser: Browser, pages: Mapping[str, str], *, pictures: Path = PICTURES) -> list[Finding]:
    """Find what is wrong with pages, which share the windows of the browser and what it has loaded.

    Parameters
    ----------
    browser : Browser
        A browser.
    pages : mapping of str to str
        How each page is called, and its address; all on one server.
    pictures : Path
        The folder for pictures of findings.

    Returns
    -------
    list of Finding
        What was found, each fault once, page by page.
    """
    ledgers = {name: Ledger(name, pictures) for name in pages}
    for width in WIDTHS:
        with window(browser, next(iter(pages.values())), width, 800) as (page, watch):
            for name, url in pages.items():
                _inspect(page, watch, ledgers[name], url, width)
    return [finding for ledger in ledgers.values() for finding in ledger.findings]


def inspect_page(browser: Browser, name: str, url: str, *, pictures: Path = PICTURES) -> list[Finding]:
    """Find what is wrong with one page.

    Parameters
    ----------
    browser : Browser
        A browser.
    name, url : str
        How the page is called, and its address.
    pictures : Path
        The folder for pictures of findings.

    Returns
    -------
    list of Finding
        What was found.
    """
    return inspect_pages(browser, {name: url}, pictures=pictures)


def _inspect(page: Page, watch: Watch, ledger: Ledger, url: str, width: int) -> None:
    """Load a page once, look at it in light and dark, and walk through it where it is wide."""
    light, dark = f"light {width}", f"dark {width}"
    page.emulate_media(color_scheme="light")
    page.goto(url)
    page.evaluate("document.fonts.ready.then(() => inspection.page.open())")
    if "search.html" in url and "?" in url:
        page.wait_for_selector("#search-results li")
    ledger.enter(page.evaluate("width => inspection.page.inspect(width)", width), look=light, seen_on=page)
    if width == WIDTHS[0]:
        ledger.enter(_walk(page), look=light, state="keyboard", seen_on=page)
    page.evaluate("inspection.thin()")
    found = audit(page, RULES) if width == WIDTHS[0] else audit_again(page, RULES)
    ledger.enter(found, look=light, seen_on=page)
    page.emulate_media(color_scheme="dark")
    ledger.enter(audit_again(page), look=dark, seen_on=page)
    watch.tell(ledger, page, look=light)


def _walk(page: Page) -> list[dict[str, object]]:
    """Press Tab until everything was met, or until it is clear that something never is."""
    page.evaluate("inspection.page.begin()")
    keys = page.context.new_cdp_session(page)
    key = {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    while page.evaluate("inspection.page.walking()"):
        for _ in range(PRESSES):
            keys.send("Input.dispatchKeyEvent", key)
    keys.detach()
    found: list[dict[str, object]] = page.evaluate("inspection.page.end()")
    return found
