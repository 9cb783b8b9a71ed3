"""Decks on paper: ``python -m lens_labs.sphinx.deck.pdf build/slides`` prints every deck of a folder twice.

``NAME.pdf`` holds the slides, one a page, and ``NAME-notes.pdf`` the slides with their speaker notes. Both are tagged,
have a title, and an outline of the titles of the slides.

The browser's own ``--print-to-pdf`` prints when a page is loaded, which is now and then before reveal.js has laid out
its pages. So the browser is driven by Playwright, which waits until the pages and the typefaces are there; no browser
is downloaded.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lens_labs.sphinx.deck import browsers, links

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

LIMIT = 60.0
"""Seconds that the browser has to start, and for each file."""

_PATIENCE = 5.0  # seconds that a browser has to end by itself
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_REMEMBER = "addEventListener('pdf-ready', () => { window.pagesAreLaidOut = true; }, true);"
_PREPARE = """async () => {
  // reveal.js hides all slides but the first from screen readers, and so from the tags and the outline of the file.
  for (const slide of document.querySelectorAll("section[aria-hidden]")) slide.removeAttribute("aria-hidden");
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  await document.fonts.ready;
  // A file travels, and what lies beside it here does not: such links become words again.
  for (const link of document.querySelectorAll('a[href]:not([href^="#"])')) {
    if (link.protocol !== "file:") continue;
    link.removeAttribute("href");
    Object.assign(link.style, { color: "inherit", textDecoration: "none" });
    link.closest(".to-notes")?.remove();
  }
  for (const title of document.querySelectorAll("h1, h2, h3")) { // else the outline lacks the space where a line ends
    const height = title.offsetHeight;
    title.style.whiteSpace = "break-spaces";
    if (title.offsetHeight !== height) title.style.whiteSpace = "";
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return [...document.fonts].filter((face) => face.status === "error").map((face) => face.family);
}"""


class PrintError(RuntimeError):
    """A deck could not be printed; the message names it."""


@dataclass(frozen=True)
class View:
    """A way to show a deck on paper.

    Attributes
    ----------
    ending : str
        What is added to the name of the deck.
    query : str
        What is added to its address.
    ready : str
        A condition in JavaScript: all pages are laid out.
    """

    ending: str
    query: str
    ready: str


SLIDES = View("", "view=print&theme=light", "window.pagesAreLaidOut === true")
NOTES = View("-notes", "view=handout&theme=light", "document.documentElement.dataset.laidOut === 'handout'")


@dataclass(frozen=True)
class Printed:
    """A file that was printed, and the number of its pages."""

    path: Path
    pages: int


def decks_in(folder: Path) -> list[Path]:
    """Find the decks of a folder and of the folders in it.

    Parameters
    ----------
    folder : Path
        What ``sphinx -b deck`` has written.

    Returns
    -------
    list of Path
        The pages with slides, in the order of their names. A list of decks is none, nor is what is left of a deck that
        the last build did not find any more.
    """
    pages = (path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts)
    decks = (path for path in pages if '<div class="reveal">' in path.read_text("utf-8", errors="replace"))
    return [path for path in decks if _is_of_last_build(path)]


def _is_of_last_build(page: Path) -> bool:
    """Ask the nearest inventory, which Sphinx writes beside its pages, for a page."""
    inventories = (folder / "objects.inv" for folder in page.parents)
    nearest = next((path for path in inventories if path.is_file()), None)
    if nearest is None:
        return True
    known = links.inventory(nearest).get("std:doc", {})
    return page.relative_to(nearest.parent).with_suffix("").as_posix() in known


def count_pages(pdf: bytes) -> int:
    """Count the pages of a PDF that a browser has written.

    Parameters
    ----------
    pdf : bytes
        The file.

    Returns
    -------
    int
        Its pages; 0 if the file is not complete.

    Examples
    --------
    >>> count_pages(b"%PDF-1.4 << /Type /Pages >> << /Type /Page /Parent 1 0 R >> %%EOF")
    1
    >>> count_pages(b"%PDF-1.4 << /Type /Page >>")
    0
    """
    complete = pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF")
    return len(_PAGE.findall(pdf)) if complete else 0


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in one step: readers see the old content or the new one, never a part.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    content : bytes
        All of it.

    Raises
    ------
    PrintError
        If it cannot be written, as when another program holds it. The old file is then left as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as fault:
        raise PrintError(
            f"{path.name} cannot be written ({fault}); is it open in another program?"
        ) from fault
    finally:
        partial.unlink(missing_ok=True)


def print_decks(
    decks: Sequence[Path],
    *,
    browser: str,
    limit: float = LIMIT,
    tell: Callable[[Printed], None] = lambda _: None,
) -> list[Printed]:
    """Print decks into PDF files beside them.

    Parameters
    ----------
    decks : sequence of Path
        Pages that ``sphinx -b deck`` has written.
    browser : str
        The path of a Chromium, Chrome or Edge.
    limit : float
        Seconds that the browser has to start, and for each file.
    tell : callable, optional
        Is called with each file as soon as it is there.

    Returns
    -------
    list of Printed
        Two files a deck: its slides, and its slides with notes.

    Raises
    ------
    PrintError
        If the browser fails or takes too long; the message names the deck. Files of earlier decks are kept, and so is
        what stood there before.
    NoBrowserError
        If Playwright is not installed.
    ValueError
        If the limit is not a positive number, or if two decks would write the same file.
    """
    if not 0 < limit < math.inf:
        raise ValueError(f"limit must be a positive number of seconds; got {limit:g}")
    for deck in decks:
        if (other := deck.with_stem(deck.stem + NOTES.ending)) in decks:
            raise ValueError(
                f"{deck.name} with notes and {other.name} would both be {other.stem}.pdf; rename one of the decks"
            )
    return asyncio.run(_print_decks(decks, browser=browser, limit=limit, tell=tell)) if decks else []


async def _print_decks(
    decks: Sequence[Path], *, browser: str, limit: float, tell: Callable[[Printed], None]
) -> list[Printed]:
    printed: list[Printed] = []
    async with _started(browser, first=decks[0], limit=limit) as running:
        for deck in decks:
            for view in (SLIDES, NOTES):
                printed.append(await _print(running, deck, view, limit))
                tell(printed[-1])
    return printed


@contextlib.asynccontextmanager
async def _started(path: str, *, first: Path, limit: float) -> AsyncIterator[Browser]:
    """Start the browser with a profile of its own, and end it, whatever happens."""
    try:
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415 - only printing needs it
    except ModuleNotFoundError as missing:
        raise browsers.NoBrowserError(
            "Printing decks needs the package playwright. Install it with: python -m pip install playwright; "
            "the browser that you have is enough."
        ) from missing
    async with async_playwright() as playwright:
        try:
            running = await playwright.chromium.launch(
                executable_path=path, args=browsers.launch_arguments(), timeout=1000 * limit
            )
        except Error as fault:
            raise PrintError(
                f"{first.stem}: the browser {path} does not start (time limit {limit:g} s): {_in_short(fault)}"
            ) from fault
        try:
            yield running
        finally:
            with contextlib.suppress(TimeoutError, Error):  # one that hangs is ended with Playwright
                async with asyncio.timeout(_PATIENCE):
                    await running.close()


async def _print(running: Browser, deck: Path, view: View, limit: float) -> Printed:
    """Print one view of one deck."""
    from playwright.async_api import Error  # noqa: PLC0415 - as above

    path = deck.with_name(f"{deck.stem}{view.ending}.pdf")
    complaints: list[str] = []
    try:
        async with asyncio.timeout(limit):
            page = await running.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
            page.on("pageerror", lambda fault: complaints.append(fault.message))
            page.set_default_timeout(1000 * limit)
            pdf, slides = await _pdf_of(page, f"{deck.resolve().as_uri()}?{view.query}", view)
            await page.close()
    except TimeoutError as late:
        raise PrintError(_fault(path, f"is not printed after {limit:g} s", complaints)) from late
    except Error as fault:
        raise PrintError(_fault(path, f"cannot be printed: {_in_short(fault)}", complaints)) from fault
    pages = count_pages(pdf)
    if not pages or (view is SLIDES and pages != slides):
        raise PrintError(_fault(path, f"has {pages} pages for {slides} slides", complaints))
    replace_file(path, pdf)
    return Printed(path, pages)


async def _pdf_of(page: Page, address: str, view: View) -> tuple[bytes, int]:
    """Return the page as PDF, and the number of slides that it holds."""
    await page.add_init_script(_REMEMBER)
    await page.emulate_media(
        media="print", color_scheme="light"
    )  # so that it is print that asks for typefaces
    await page.goto(address)
    await page.wait_for_function(view.ready)
    if lost := await page.evaluate(_PREPARE):
        raise PrintError(f"{address}: the typeface {', '.join(lost)} cannot be loaded")
    slides = await page.locator("section > .stage").count()
    pdf = await page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    return pdf, slides


def _fault(path: Path, what: str, complaints: Sequence[str]) -> str:
    return f"{path.name} {what}{'; the page says: ' if complaints else ''}{'; '.join(complaints[:3])}"


def _in_short(fault: Exception) -> str:
    """Return the first line of a message of Playwright, which goes on with a log."""
    return str(fault).partition("\n")[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the decks of a folder.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line if it is left out.

    Returns
    -------
    int
        The exit status: 0 if all is printed, 1 if a deck is not, 2 if there is none, 3 if there is no browser.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lens_labs.sphinx.deck.pdf",
        description="Print every deck of a folder into NAME.pdf, its slides, and NAME-notes.pdf, its slides with notes.",
    )
    parser.add_argument("folder", type=Path, help="the folder that `sphinx -b deck` has written")
    parser.add_argument(
        "--limit", type=float, default=LIMIT, help="seconds for each file (default: %(default)g)"
    )
    asked = parser.parse_args(arguments)
    decks = decks_in(asked.folder)
    if not decks:
        parser.error(
            f"there is no deck in {asked.folder}; build them first: sphinx -b deck SOURCE {asked.folder}"
        )
    try:
        print_decks(decks, browser=browsers.require_browser(), limit=asked.limit, tell=_tell)
    except browsers.NoBrowserError as missing:
        sys.stderr.write(f"{missing}\n")
        return browsers.MISSING
    except (PrintError, ValueError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


def _tell(printed: Printed) -> None:
    sys.stdout.write(f"{printed.path}: {printed.pages} pages, {printed.path.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    sys.exit(main())
