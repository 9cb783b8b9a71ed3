"""The check of a deck: every slide in every state, light and dark, by keys, in print, on a phone, without scripts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from inspection.findings import PICTURES, Finding, Ledger, fault
from inspection.windows import WCAG, audit, audit_again, window

PHONES = ((390, 844), (360, 780))
PRINT_READY = "document.querySelector('.pdf-page') && document.fonts.status === 'loaded'"
_SEARCHED = re.compile(r"[^\W\d_]{4,}")


def inspect_deck(
    browser: Browser, url: str, *, pictures: Path = PICTURES, file: Path | None = None
) -> list[Finding]:
    """Find what is wrong with a built deck.

    Parameters
    ----------
    browser : Browser
        A browser.
    url : str
        The address of the deck, without a query.
    pictures : Path
        The folder for pictures of findings.
    file : Path, optional
        The deck as a file; if it is given, the deck is opened from its folder as well.

    Returns
    -------
    list of Finding
        What was found, each fault once, in the order of the slides.
    """
    ledger = Ledger(Path(urlsplit(url).path).stem, pictures)
    with window(browser, url, 1280, 720) as (page, watch):
        states = _every_state(page, ledger, url, "light")
        watch.tell(ledger, page, look="light")
        _keys(page, ledger, states)
        _sliders(page, ledger)
        _live(page, ledger, "light")
        watch.tell(ledger, page, look="light", state="keys")
        _every_state(page, ledger, url, "dark")
        _live(page, ledger, "dark")
        watch.tell(ledger, page, look="dark")
        _print(page, ledger, url)
        watch.tell(ledger, page, look="", state="print")
    _phones(browser, ledger, url)
    _without_scripts(browser, ledger, url)
    if file is not None:
        _from_a_folder(browser, ledger, file.resolve().as_uri())
    return ledger.findings


def ready(page: Page, url: str) -> None:
    """Open a deck, and wait for reveal.js and for the typefaces.

    Parameters
    ----------
    page : Page
        Where it is opened.
    url : str
        The address, with its query.
    """
    page.goto(url)
    page.wait_for_selector(".reveal.ready")
    page.evaluate("document.fonts.ready.then(() => true)")


def _every_state(page: Page, ledger: Ledger, url: str, theme: str) -> int:
    """Walk through all steps of all slides, and return how many there are."""
    ready(page, f"{url}?theme={theme}")
    walked = page.evaluate("inspection.deck.walk()")
    ledger.enter(walked["found"], look=theme, seen_on=page)
    states: int = walked["states"]
    return states


def _live(page: Page, ledger: Ledger, theme: str) -> None:
    """Ask axe about a title and a question as they are shown; the other slides are asked in the print view."""
    page.evaluate("inspection.thin()")
    for kind in ("title", "question"):
        if page.evaluate("kind => inspection.deck.show(`section.${kind}`)", kind):
            found = audit(page, WCAG) if theme == "light" else audit_again(page)
            ledger.enter(found, look=theme, seen_on=page)


def _keys(page: Page, ledger: Ledger, states: int) -> None:
    """Walk with the space bar, go home, open the overview, search."""
    page.evaluate("inspection.deck.count()")
    for _ in range(states):
        page.keyboard.press("Space")
    ledger.enter(page.evaluate("inspection.deck.unvisited()"), state="keys")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Home")
    if not page.evaluate("Reveal.isFirstSlide()"):
        ledger.enter([fault("keys", "Home does not lead to the first slide")])
    for wanted, words in ((True, "O does not open the overview"), (False, "O does not close the overview")):
        page.keyboard.press("o")
        if page.evaluate("Reveal.isOverview()") is not wanted:
            ledger.enter([fault("keys", words)])
    _search(page, ledger)


def _search(page: Page, ledger: Ledger) -> None:
    """Look for a word of the last title, from the first slide."""
    title = page.evaluate(
        "inspection.slides().map(each => each.querySelector('h1, h2, h3')?.textContent ?? '').findLast(Boolean)"
    )
    word = max(_SEARCHED.findall(title or ""), key=len, default="")
    if not word:
        return
    page.keyboard.press("Control+Shift+F")
    if not page.evaluate("document.activeElement.matches('.searchbox input')"):
        ledger.enter([fault("keys", "Ctrl+Shift+F opens no search")])
        return
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    if word.lower() not in page.evaluate("Reveal.getCurrentSlide().textContent").lower():
        ledger.enter([fault("keys", f"the search does not find the word {word!r} of a title")])
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+Shift+F")


def _sliders(page: Page, ledger: Ledger) -> None:
    """Press an arrow in each slider: it moves the slider, and turns no slide."""
    for number in range(page.evaluate("inspection.deck.sliders()")):
        before = page.evaluate("number => inspection.deck.enter(number)", number)
        page.keyboard.press("ArrowLeft" if before["full"] else "ArrowRight")
        ledger.enter(
            page.evaluate("before => inspection.deck.moved(before)", before), state="keys", seen_on=page
        )


def _print(page: Page, ledger: Ledger, url: str) -> None:
    """Hold the print view against its margins, count the pages of the PDF, and ask axe about all slides at once."""
    _open_print(page, f"{url}?print-pdf&theme=light")
    page.emulate_media(media="print")
    ledger.enter(page.evaluate("inspection.deck.print()"), look="light", state="print", seen_on=page)
    total = page.evaluate("Reveal.getTotalSlides()")
    pdf = page.pdf(print_background=True, prefer_css_page_size=True, tagged=False, outline=False)
    count = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    if count != total:
        ledger.enter([fault("pages of the PDF", f"{count} pages for {total} slides")], state="print")
    page.emulate_media(media="screen")
    page.evaluate("inspection.thin()")
    ledger.enter(audit(page, WCAG, ".slides"), look="light", state="print", seen_on=page)
    _open_print(
        page, f"{url}?print-pdf&theme=dark"
    )  # the grounds of slides are laid out once, when the view is made
    page.evaluate("inspection.thin()")
    ledger.enter(audit_again(page, within=".slides"), look="dark", state="print", seen_on=page)


def _open_print(page: Page, url: str) -> None:
    ready(page, url)
    page.wait_for_function(PRINT_READY)


def _phones(browser: Browser, ledger: Ledger, url: str) -> None:
    """Hold a phone in the hand, a common one and a narrow one."""
    options: dict[str, Any] = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    width, height = PHONES[0]
    with window(browser, url, width, height, **options) as (page, watch):
        ready(page, url)
        for width, height in PHONES:
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("inspection.frames(3)")
            found = page.evaluate("width => inspection.deck.phone(width)", width)
            ledger.enter(found, look=f"{width} px", state="phone", seen_on=page)
        watch.tell(ledger, page, look="", state="phone")


def _without_scripts(browser: Browser, ledger: Ledger, url: str) -> None:
    """Switch JavaScript off, as a strict institute does: all slides are there, one below the other."""
    with window(browser, url, 1280, 720, java_script_enabled=False) as (page, watch):
        page.goto(url)
        page.evaluate("document.fonts.ready.then(() => true)")
        for width, height in ((1280, 720), PHONES[-1]):
            page.set_viewport_size({"width": width, "height": height})
            found = page.evaluate("width => inspection.deck.still(width)", width)
            ledger.enter(found, look=f"{width} px", state="without JavaScript", seen_on=page)
        watch.tell(ledger, page, look="", state="without JavaScript")


def _from_a_folder(browser: Browser, ledger: Ledger, url: str) -> None:
    """Open the deck as a file: scripts, typefaces and keys work without a server."""
    with window(browser, url, 1280, 720) as (page, watch):
        ready(page, url)
        page.keyboard.press("End")
        if not page.evaluate("Reveal.isLastSlide()"):
            ledger.enter([fault("from a folder", "End does not lead to the last slide")])
        lost = page.evaluate(
            "[...document.fonts].filter(each => each.status === 'error').map(each => each.family)"
        )
        ledger.enter([fault("from a folder", f"the typeface {each} does not load") for each in lost])
        watch.tell(ledger, page, look="", state="from a folder")
