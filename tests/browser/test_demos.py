"""The interactive figures in a real browser: with the keyboard, on a phone, on a slide, beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGE = """<!doctype html><html lang="en" style="color-scheme: {scheme}"><head><meta charset="utf-8"><title>A demo</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="script-src file:">
<link rel="stylesheet" href="{root}/lens_labs/sphinx/static/tokens.css">{sheet}
<link rel="stylesheet" href="{root}/docs/_static/demos/kiessig.css">
<script defer src="{root}/docs/_static/demos/kiessig.js"></script></head><body><main><h1>A demo</h1>{demos}</main></body></html>"""


@pytest.fixture
def opened(window, tmp_path):
    """Return a function that opens a page with demos, and the witness of what it asks for."""

    def open_page(*, slide=False, count=1, width=1280, scheme="light"):
        demo = f'<div class="demo{" deck-demo" if slide else ""}" data-demo="kiessig"><p>Without JavaScript.</p></div>'
        sheet = "" if slide else f'<link rel="stylesheet" href="{ROOT.as_uri()}/docs/_static/school.css">'
        room = '<div style="width: 1120px; height: 536px">{}</div>' if slide else "{}"
        content = PAGE.format(root=ROOT.as_uri(), sheet=sheet, scheme=scheme, demos=room.format(demo * count))
        (tmp_path / "page.html").write_text(content, "utf-8")
        page, witness = window(width=width, color_scheme=scheme)
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_selector(".demo-chart path")
        return page, witness

    return open_page


def sentence(page, part):
    """Wait until the sentence of the demo holds these words."""
    page.wait_for_function(
        "part => document.querySelector('.demo-said').textContent.includes(part)", arg=part
    )


def test_the_keyboard_moves_a_film_and_no_key_reaches_the_slides(opened):
    page, witness = opened()
    page.evaluate("addEventListener('keydown', () => { window.escaped = true; })")
    page.get_by_label("Thickness d").focus()
    page.keyboard.press("ArrowRight")
    sentence(page, "Your film of 151 Å")
    assert page.get_by_label("Thickness d").get_attribute("aria-valuetext") == "151 Å"
    page.keyboard.press("Space")
    assert page.evaluate("window.escaped") is None
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    assert page.evaluate("window.escaped")
    assert witness.complaints == []
    assert all(url.startswith("file:") for url in witness.requests)


def test_a_button_keeps_the_keys_that_press_it_and_lets_the_others_turn_slides(opened):
    page, _ = opened()
    page.evaluate("window.heard = []; addEventListener('keydown', (event) => heard.push(event.key))")
    page.get_by_role("button", name="Reveal").click()
    for key in ("PageDown", "ArrowRight", "b", "Enter", "Space", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["PageDown", "ArrowRight", "b"]
    assert page.evaluate("document.activeElement === document.body")


def test_a_film_is_found_by_hand_and_its_twin_matches_too(opened):
    page, _ = opened()
    for label, value in (("Thickness d", "90"), ("SLD ρ", "2.8"), ("Roughness σ", "5")):
        page.get_by_label(label).fill(value)
    sentence(page, "its curve matches")
    assert "twin" not in page.locator(".demo-said").inner_text()
    page.get_by_role("button", name="Try its twin").press("Enter")
    sentence(page, "By eye they are one curve")
    sentence(page, "its curve matches")
    assert page.get_by_label("SLD ρ").input_value() == "5.65"
    page.get_by_role("button", name="Another film").click()
    sentence(page, "its curve differs from the other one by")
    assert "its curve differs" in page.get_by_role("img").get_attribute("aria-label")


def test_two_demos_on_a_page_do_not_disturb_each_other(opened):
    page, _ = opened(count=2)
    assert page.get_by_text("Without JavaScript").count() == 0
    page.get_by_label("Thickness d").nth(1).fill("60")
    assert page.get_by_label("Thickness d").nth(0).input_value() == "150"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("slide", "width", "floor"), [(False, 1280, 14), (False, 360, 14), (True, 1280, 20)])
def test_letters_are_large_enough_and_nothing_leaves_its_place(opened, slide, width, floor):
    page, _ = opened(slide=slide, width=width)
    page.get_by_role("button", name="Try its twin").click()
    sentence(page, "By eye")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.demo :is(text, label, output, button, p)')].map(n => parseFloat(getComputedStyle(n).fontSize))"
    )
    assert min(sizes) >= floor
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    demo = page.locator(".demo").bounding_box()
    assert demo["height"] <= (536 if slide else 900)
    for box in page.evaluate(
        "[...document.querySelectorAll('.demo text')].map(n => n.getBoundingClientRect().toJSON())"
    ):
        assert box["left"] >= demo["x"] - 1
        assert box["right"] <= demo["x"] + demo["width"] + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, scheme):
    page, _ = opened(scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
