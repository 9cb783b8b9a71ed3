"""Check decks and pages by hand: ``python -m inspection build/school/slides/02-dense-regression.html``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from inspection.decks import inspect_deck
from inspection.findings import report
from inspection.pages import inspect_pages
from inspection.serving import is_deck, serving
from lens_labs.sphinx.deck.browsers import launch_arguments, require_browser


def main() -> int:
    """Inspect the files that are named, and say what is found."""
    parser = argparse.ArgumentParser(prog="python -m inspection", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a built deck or page")
    parser.add_argument("--root", type=Path, help="the folder of the site, if it is not build/school")
    asked = parser.parse_args()
    root = (asked.root or Path("build", "school")).resolve()
    found = []
    with sync_playwright() as playwright, serving(root) as home:
        browser = playwright.chromium.launch(executable_path=require_browser(), args=launch_arguments())
        for file in (path.resolve() for path in asked.files):
            begin, name = time.perf_counter(), file.relative_to(root).as_posix()
            found += (
                inspect_deck(browser, f"{home}/{name}", file=file)
                if is_deck(file)
                else inspect_pages(browser, {name: f"{home}/{name}"})
            )
            sys.stderr.write(f"{name}: {time.perf_counter() - begin:.1f} s\n")
        browser.close()
    sys.stdout.write(report(found) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
