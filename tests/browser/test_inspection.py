"""The check of decks and pages, checked: it finds every planted fault, where it is, once, and nothing else."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from inspection import inspect_deck, inspect_page
from inspection.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PLANTED = Path(__file__).with_name("planted")
BOTH, PHONES, FLOW = "light and dark", "390 px and 360 px", "1280 px and 360 px"

# Kind, state, look and element of what each slide has; a state or a look that says nothing is "".
FAULTS = {
    "": [
        ("keys", "", "", ""),
        ("pages of the PDF", "print", "", ""),
    ],
    "a-list-without-an-end": [("off the stage", "", BOTH, "ul")],
    "code-that-is-wider-than-the-slide": [("wider than its box", "", BOTH, "pre")],
    "the-last-step-is-one-too-many": [("outside of the safe area", "step 10 of 10", BOTH, "ul")],
    "words-at-the-edge": [("off the stage", "", BOTH, "p")],
    "words-beyond-the-edge": [("off the stage", "", BOTH, "p")],
    "a-note-below-its-room": [("above or below its room", "", BOTH, "p")],
    "words-that-are-cut-off": [("cut off", "", BOTH, "p")],
    "fine-print": [("small text", "", BOTH, "p")],
    "a-figure-with-tiny-letters": [("small text in a figure", "", BOTH, "text")],
    "a-label-leaves-its-figure": [("text leaves its figure", "", BOTH, "text")],
    "two-texts-on-each-other": [("text over text", "", BOTH, "p")],
    "a-text-on-the-title": [("text over text", "", BOTH, "p")],
    "a-figure-that-fills-a-third": [("figure leaves its place empty", "", BOTH, "svg")],
    "a-picture-without-words": [("picture without words", "", BOTH, "img")],
    "a-drawing-without-words": [("picture without words", "", BOTH, "svg")],
    "a-picture-that-is-not-there": [("broken picture", "", BOTH, "img")],
    "a-picture-from-another-server": [("asks another server", "", BOTH, "img")],
    "a-script-that-fails": [("script error", "", BOTH, "")],
    "a-script-that-complains": [("console", "", BOTH, "")],
    "pale-words": [("axe color-contrast", "print", "light", "p")],
    "words-that-are-pale-in-the-dark": [("axe color-contrast", "print", "dark", "p")],
    "nothing-to-say": [("no speaker notes", "", BOTH, "section")],
    "slide": [("no heading", "", BOTH, "section")],
    "a-title-that-is-too-long": [("long title", "", BOTH, "h2")],
    "too-wide-on-paper": [("off the stage", "print", "light", "p")],
    "hidden-on-a-phone": [("not seen", "phone", PHONES, "p")],
    "too-wide-for-a-phone": [("scrolls sideways", "phone", PHONES, "div")],
    "on-another-slide-without-javascript": [("slide over slide", "without JavaScript", FLOW, "section")],
    "hidden-without-javascript": [("not seen", "without JavaScript", FLOW, "p")],
    "a-slider-that-does-not-listen": [("slider", "keys", "", "div")],
    "the-space-bar-never-comes-here": [("keys", "keys", "", "section")],
}


@pytest.fixture(scope="module")
def found(browser, tmp_path_factory):
    """Build the planted deck as its author would, inspect it, and return the findings by slide."""
    out = tmp_path_factory.mktemp("planted")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "deck", str(PLANTED), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    by_slide = defaultdict(list)
    with serving(out, {}) as home:
        for finding in inspect_deck(browser, f"{home}/index.html", pictures=out / "pictures"):
            by_slide[finding.slide].append(finding)
    return by_slide


def test_every_fault_of_a_deck_is_planted_on_a_slide_of_its_own():
    text = (PLANTED / "index.md").read_text("utf-8")
    labels = re.findall(r"^\((.+)\)=$", text, re.MULTILINE)
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") for title in titles}
    assert set(FAULTS) - {"", "slide"} <= slugs | set(labels)


@pytest.mark.parametrize("slide", FAULTS, ids=lambda slide: slide or "whole-deck")
def test_a_planted_fault_is_found_once_on_its_slide_in_its_state(found, slide):
    told = [(each.kind, each.state, each.look, re.split(r"[.\[ ]", each.element)[0]) for each in found[slide]]
    assert told == FAULTS[slide]


def test_slides_without_a_fault_yield_nothing(found):
    assert [str(each) for slide in set(found) - set(FAULTS) for each in found[slide]] == []


def test_a_finding_says_in_one_line_where_it_is_and_shows_it(found):
    (finding,) = found["the-last-step-is-one-too-many"]
    line = str(finding)
    assert "\n" not in line
    for part in (
        "index, slide 6 (#the-last-step",
        "step 10 of 10",
        "px over the bottom",
        str(finding.picture),
    ):
        assert part in line
    assert finding.picture.read_bytes().startswith(b"\x89PNG")
    assert finding.picture.stat().st_size > 2000


PAGES = {
    "clean": [],
    "faults": [
        ("asks another server", "light 1280 and light 360", "img"),
        ("axe color-contrast", "dark 1280 and dark 360", "p"),
        ("axe tabindex", "light 1280 and light 360", "a"),
        ("broken picture", "light 1280 and light 360", "img"),
        ("console", "light 1280 and light 360", ""),
        ("focus is not seen", "light 1280", "a"),
        ("not one main heading", "light 1280 and light 360", "h1"),
        ("picture without words", "light 1280 and light 360", "img"),
        ("script error", "light 1280 and light 360", ""),
        ("scrolls sideways", "light 360", "table"),
        ("skipped heading level", "light 1280 and light 360", "h4"),
        ("the keyboard does not reach it", "light 1280", "a"),
        ("the keyboard does not reach it", "light 1280", "div"),
    ],
    "trap": [("keyboard trap", "light 1280", "input")],
}


@pytest.mark.parametrize("name", PAGES)
def test_the_faults_of_a_page_are_found_once_each(browser, tmp_path, name):
    with serving(PLANTED / "pages", {}) as home:
        findings = inspect_page(browser, name, f"{home}/{name}.html", pictures=tmp_path)
    told = sorted((each.kind, each.look, each.element.split(" ")[0]) for each in findings)
    assert told == PAGES[name]
