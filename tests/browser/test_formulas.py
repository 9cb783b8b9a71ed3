"""Formulas in a real browser: what only the layout of a page can tell."""

from pathlib import Path

import pytest
from projects import build

pytestmark = pytest.mark.browser

SCHOOL = Path(__file__).parents[2] / "docs" / "_static" / "school.js"
LONG = " + ".join("abcdefghijklmnop")


def test_a_formula_of_the_notes_is_a_stop_of_the_tab_key_only_while_it_scrolls(browser, tmp_path):
    source = f"# Title\n\n$$\n{LONG}\n$$\n\n$$\na = b\n$$\n"
    built = build(tmp_path, {"index.md": source}, conf="html_theme = 'basic'\n")
    page = browser.new_page(viewport={"width": 400, "height": 600})
    page.goto(Path(built.app.outdir, "index.html").as_uri())
    page.add_style_tag(content=".scroll { overflow: auto hidden; }")
    page.add_script_tag(path=SCHOOL)
    page.wait_for_selector(".scroll[tabindex='0']")
    long, short = page.locator(".scroll").all()
    assert (long.get_attribute("tabindex"), short.get_attribute("tabindex")) == ("0", None)
    page.set_viewport_size({"width": 2400, "height": 600})
    page.wait_for_selector(".scroll[tabindex]", state="detached")
    page.close()


def test_a_number_in_a_formula_of_a_deck_stands_beside_it(browser, tmp_path):
    source = "# Title\n\n## One\n\n$$\na = b + c \\tag{7}\n$$\n"
    built = build(tmp_path, {"index.md": source}, builder="deck")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(Path(built.app.outdir, "index.html").as_uri() + "#/one")
    page.locator(".reveal.ready").wait_for()
    formula = page.locator(".katex-html .katex-base").last.bounding_box()
    number = page.locator(".katex-html .katex-tag .text").bounding_box()
    assert number["x"] >= formula["x"] + formula["width"] + 20
    page.close()
