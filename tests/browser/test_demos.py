"""The interactive figures in a real browser: with the keyboard, on a phone, on a slide, on paper, beside each other."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from lens_labs.sphinx import demos

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
DEMOS = sorted(path.stem for path in (ROOT / "docs" / "_static" / "demos").glob("*.js"))
DATA = dict(
    each
    for notes in sorted((ROOT / "docs" / "lectures").glob("*.md"))
    for each in re.findall(r"\{demo\} (\S+)\n:data: (\S+)", notes.read_text("utf-8"))
)
"""The function that computes the data of a demo, as its page names it."""
SLIDER = {"descent": "Start", "kiessig": "Thickness d", "neuron": "w₁", "process": "Length scale ℓ"}
"""The slider with which the checks play, where it is not the first one of its demo."""
BUTTON = {"descent": "Step", "kiessig": "Reveal", "neuron": "Let them learn", "process": "Count here"}
"""The button that they press, where it is not the first one."""
LONGEST = {"kiessig": "Try its twin", "process": "Show the truth"}
"""The button after which the sentence is longest, where it is another one."""
PAGE = """<!doctype html><html lang="en" class="{root_class}" style="color-scheme: {scheme}"><head><meta charset="utf-8"><title>A demo</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="script-src file:">
<link rel="stylesheet" href="{root}/lens_labs/sphinx/static/tokens.css">{sheet}
<link rel="stylesheet" href="{root}/lens_labs/sphinx/static/demo.css">
<script defer src="{root}/lens_labs/sphinx/static/demo.js"></script>{scripts}</head>
<body><main><h1>A demo</h1>{demos}</main></body></html>"""

every_demo = pytest.mark.parametrize("name", DEMOS)
FIRST = "xpath=//div[contains(@class, 'demo-live')]/descendant::{}[1]"
"""The first thing of a kind in each demo on a page."""


def place(name, *, slide):
    """Return the place of a demo as the directive writes it, with its data."""
    data = ""
    if name in DATA:
        if str(ROOT / "docs" / "figures") not in sys.path:
            sys.path.insert(0, str(ROOT / "docs" / "figures"))
        module, _, function = DATA[name].partition(".")
        made = getattr(importlib.import_module(module), function)()
        data = f'<script type="application/json">{demos.to_json(made)}</script>'
    room = '<div style="width: 1120px; height: 536px; container-type: size">{}</div>' if slide else "{}"
    return room.format(
        f'<div class="demo{" deck-demo" if slide else ""}" data-demo="{name}">'
        f'<div class="demo-static"><p>Without JavaScript.</p></div>{data}</div>'
    )


def slider(page, name):
    """Return the slider of each demo on the page with which the checks play."""
    if name in SLIDER:
        return page.get_by_label(SLIDER[name], exact=True)
    return page.locator(FIRST.format("input[@type='range']"))


def button(page, name, words=BUTTON):
    """Return the button of each demo on the page that they press."""
    if name in words:
        return page.get_by_role("button", name=words[name], exact=True)
    return page.locator(FIRST.format("button"))


@pytest.fixture
def opened(window, tmp_path):
    """Return a function that opens a page with demos, and the witness of what it asks for."""

    def open_page(
        *names, more="", slide=False, width=1280, scheme="light", root_class="", live=True, **options
    ):
        content = PAGE.format(
            root=ROOT.as_uri(),
            root_class=root_class,
            scheme=scheme,
            sheet="" if slide else f'<link rel="stylesheet" href="{ROOT.as_uri()}/docs/_static/school.css">',
            scripts="".join(
                f'<script defer src="{ROOT.as_uri()}/docs/_static/demos/{name}.js"></script>'
                for name in sorted(set(names))
            ),
            demos="".join(place(name, slide=slide) for name in names) + more,
        )
        (tmp_path / "page.html").write_text(content, "utf-8")
        page, witness = window(width=width, color_scheme=scheme, **options)
        page.goto((tmp_path / "page.html").as_uri())
        if live:
            page.wait_for_selector(".demo-chart path")
        return page, witness

    return open_page


def sentence(page, part):
    """Wait until the sentence of the demo holds these words."""
    page.wait_for_function(
        "part => document.querySelector('.demo-said').textContent.includes(part)", arg=part
    )


# What is common


@every_demo
def test_the_keyboard_moves_a_slider_and_no_key_reaches_the_slides(opened, name):
    page, witness = opened(name)
    page.evaluate("addEventListener('keydown', () => { window.escaped = true; })")
    moved = slider(page, name)
    before = moved.get_attribute("aria-valuetext")
    picture = page.locator(".demo-chart").inner_html()
    moved.focus()
    page.keyboard.press("ArrowRight")
    assert moved.get_attribute("aria-valuetext") != before
    assert page.locator(".demo-chart").inner_html() != picture
    page.keyboard.press("Space")
    assert page.evaluate("window.escaped") is None
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    assert page.evaluate("window.escaped")
    assert witness.complaints == []
    assert all(url.startswith("file:") for url in witness.requests)


@every_demo
def test_a_button_keeps_the_keys_that_press_it_and_lets_the_others_turn_slides(opened, name):
    page, _ = opened(name)
    page.evaluate("window.heard = []; addEventListener('keydown', (event) => heard.push(event.key))")
    button(page, name).click()
    for key in ("PageDown", "ArrowRight", "b", "Enter", "Space", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["PageDown", "ArrowRight", "b"]
    assert page.evaluate("document.activeElement === document.body")


@every_demo
def test_the_sentence_says_what_is_seen_to_those_who_cannot_see_it(opened, name):
    page, _ = opened(name)
    page.wait_for_function("() => document.querySelector('.demo-said').textContent.length > 40")
    said = page.locator(".demo-said")
    assert said.get_attribute("aria-live") == "polite"
    title, _, words = page.get_by_role("img").get_attribute("aria-label").partition(". ")
    assert len(title) > 10
    assert words == said.inner_text()
    before = said.inner_text()
    slider(page, name).press("PageUp")
    page.wait_for_function("was => document.querySelector('.demo-said').textContent !== was", arg=before)


@every_demo
def test_two_of_a_kind_do_not_disturb_each_other(opened, name):
    page, _ = opened(name, name)
    assert page.get_by_text("Without JavaScript").first.is_hidden()
    first, second = slider(page, name).all()
    before = first.input_value()
    second.press("PageUp")
    assert second.input_value() != before
    assert first.input_value() == before
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    names = page.evaluate(
        "[...document.querySelectorAll('fieldset')].map(each => each.querySelector('input').name)"
    )
    assert len(ids) == len(set(ids))
    assert len(names) == len(set(names))


def test_all_demos_live_on_one_page(opened):
    page, witness = opened(*DEMOS)
    assert page.locator(".demo[data-live]").count() == len(DEMOS)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.demo-said')].every(each => each.textContent)"
    )
    assert witness.complaints == []


@every_demo
@pytest.mark.parametrize(
    ("slide", "width", "floor"), [(False, 1280, 14), (False, 768, 14), (False, 360, 14), (True, 1280, 20)]
)
def test_letters_are_large_enough_and_nothing_leaves_its_place(opened, name, slide, width, floor):
    page, _ = opened(name, slide=slide, width=width, reduced_motion="reduce")
    if name == "neuron":
        page.get_by_label("3", exact=True).check(force=True)
    button(page, name, BUTTON | LONGEST).click()
    page.wait_for_timeout(300)
    sizes = page.evaluate(
        "[...document.querySelectorAll('.demo-live :is(text, label, legend, span, button, p)')].map(n => parseFloat(getComputedStyle(n).fontSize))"
    )
    assert min(sizes) >= floor
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    demo = page.locator(".demo").bounding_box()
    assert demo["height"] <= (536 if slide else 960)
    parts = ".demo-live :is(text, label, legend, button, input, .demo-value, .demo-said)"
    for box in page.evaluate(
        "parts => [...document.querySelectorAll(parts)].map(n => n.getBoundingClientRect().toJSON()).filter(box => box.width)",
        parts,
    ):
        assert box["left"] >= demo["x"] - 2
        assert box["right"] <= demo["x"] + demo["width"] + 2
        assert box["bottom"] <= demo["y"] + demo["height"] + 2


@every_demo
@pytest.mark.parametrize(("slide", "width"), [(False, 1280), (False, 360), (True, 1280)])
def test_no_words_of_a_picture_lie_on_each_other(opened, name, slide, width):
    page, _ = opened(name, slide=slide, width=width)
    boxes = page.evaluate(
        "[...document.querySelectorAll('.demo-chart text')].map(n => [n.textContent, n.getBoundingClientRect().toJSON()])"
    )
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[:i]:
            apart = a["right"] < b["left"] + 2 or b["right"] < a["left"] + 2
            air = 0.15 * (a["height"] + b["height"])  # a line is higher than its letters
            apart |= a["bottom"] < b["top"] + air or b["bottom"] < a["top"] + air
            assert apart, (one, other)


@every_demo
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, name, scheme):
    page, _ = opened(name, scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


# Where a demo cannot run


def shown(page):
    """Say whether the fallback is visible, and whether the demo is."""
    live = page.locator(".demo-live")
    return page.locator(".demo-static").is_visible(), bool(live.count()) and live.is_visible()


@every_demo
def test_without_javascript_the_fallback_is_shown(opened, name):
    page, _ = opened(name, java_script_enabled=False, live=False)
    assert shown(page) == (True, False)


@every_demo
def test_on_paper_the_fallback_is_shown_and_on_the_screen_the_demo(opened, name):
    page, _ = opened(name)
    assert shown(page) == (False, True)
    page.emulate_media(media="print")
    assert shown(page) == (True, False)


def test_in_the_print_view_of_a_deck_and_in_its_hand_outs_the_fallback_is_shown(opened):
    page, _ = opened("kiessig", slide=True, root_class="reveal-print", live=False)
    assert shown(page) == (True, False)
    page.evaluate("document.documentElement.className = ''")
    page.wait_for_selector(".demo-chart path")  # it draws itself when it is shown
    assert shown(page) == (False, True)
    page.evaluate("document.documentElement.dataset.view = 'handout'")
    assert shown(page) == (True, False)


def test_a_demo_that_fails_leaves_its_fallback_and_the_places_after_it_live(opened):
    page, witness = opened("descent", "descent", live=False)
    page.wait_for_selector(".demo-chart path")
    page.evaluate("""() => {
      for (const place of document.querySelectorAll('.demo')) {
        const fresh = place.cloneNode(true);
        fresh.dataset.demo = 'broken';
        delete fresh.dataset.live;
        fresh.querySelector('.demo-live').remove();
        place.replaceWith(fresh);
      }
      let times = 0;
      demo('broken', {}, (stage) => {
        stage.button('A', () => {});
        if (++times === 1) throw new Error('out of order');
      });
    }""")
    first, second = page.locator(".demo").all()
    assert first.locator(".demo-static").is_visible()
    assert first.locator(".demo-live").count() == 0
    assert second.locator(".demo-static").is_hidden()
    assert second.get_by_role("button", name="A").is_visible()
    (complaint,) = witness.complaints
    assert "The demo broken has failed: Error: out of order" in complaint


def test_the_example_of_the_page_about_the_tools_works(opened, tmp_path):
    text = (ROOT / "docs" / "reference" / "sphinx.md").read_text("utf-8")
    (example,) = re.findall(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "wave.js").write_text(example, "utf-8")
    data = demos.to_json({"x": [i / 50 for i in range(201)]})
    own = f'<div class="demo" data-demo="wave"><div class="demo-static">A wave.</div><script type="application/json">{data}</script></div>'
    page, witness = opened(more=own + '<script defer src="wave.js"></script>')
    sentence(page, "The wave has a crest every 2.1 Å.")
    page.get_by_role("button", name="Double").click()
    sentence(page, "The wave has a crest every 1.0 Å.")
    assert page.get_by_label("Wave number k").get_attribute("aria-valuetext") == "6 Å⁻¹"
    assert witness.complaints == []


# Each of them


def test_a_film_is_found_by_hand_and_its_twin_matches_too(opened):
    page, _ = opened("kiessig")
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


def test_a_large_rate_jumps_and_the_same_lowered_settles_in_the_deepest_valley(opened):
    page, _ = opened("descent", reduced_motion="reduce")
    rate, run = page.get_by_label("Learning rate η"), page.get_by_role("button", name="Run 60 steps")
    rate.fill("3.9")
    assert rate.get_attribute("aria-valuetext") == "7,900 Å²"
    run.press("Enter")
    sentence(page, "jumps back and forth")
    rate.fill("3")
    run.press("Enter")
    sentence(page, "rests at 211.2 Å, in the deepest valley")
    page.get_by_role("button", name="Start elsewhere").press("Enter")
    assert page.get_by_label("Start", exact=True).input_value() == "330"
    sentence(page, "The start has a misfit of")
    rate.fill("3.7")
    for _ in range(3):
        run.press("Enter")
    sentence(page, "in a wrong valley")


def test_a_run_moves_by_itself_and_stops_at_a_second_press(opened):
    page, _ = opened("descent")
    run = page.get_by_role("button", name="Run 60 steps")
    run.click()
    stop = page.get_by_role("button", name="Stop")
    stop.wait_for()
    page.wait_for_function("() => document.querySelectorAll('.demo-chart circle.demo-hot').length > 5")
    stop.click()
    run.wait_for()
    count = page.locator(".demo-chart circle.demo-hot").count()
    page.wait_for_timeout(300)
    assert page.locator(".demo-chart circle.demo-hot").count() == count < 61


def test_neurons_learn_and_a_sum_of_lines_is_a_line(opened):
    page, _ = opened("neuron", reduced_motion="reduce")
    sentence(page, "One neuron bends at Q = 0.020 Å⁻¹")
    assert page.get_by_label("w₂").is_hidden()
    page.get_by_label("1", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    sentence(page, "Three neurons bend at")
    assert page.get_by_label("w₂").is_visible()
    page.get_by_role("button", name="Let them learn").press("Enter")
    sentence(page, "misses log₁₀ R by 0.04")
    page.get_by_label("none").check(force=True)
    sentence(page, "the sum is one straight line")


def test_points_are_counted_with_the_keyboard_until_there_are_enough(opened):
    page, witness = opened("process")
    page.evaluate("addEventListener('keydown', () => { window.escaped = true; })")
    sentence(page, "3 points, 15 s of counting")
    energy, says = page.get_by_label("Energy"), page.get_by_role("button", name="Count where it says")
    energy.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    sentence(page, "5 points, 25 s of counting")
    assert energy.get_attribute("aria-valuetext") == "3.05 meV"
    assert page.evaluate("window.escaped") is None
    page.get_by_label("Time at each point").press("ArrowRight")
    sentence(page, "5 points, 30 s of counting")
    assert "inside the band" not in page.locator(".demo-said").inner_text()
    page.get_by_role("button", name="Show the truth").press("Enter")
    sentence(page, "The truth is inside the band at")
    for _ in range(60):
        says.press("Enter")
    sentence(page, "60 points, 360 s of counting")
    sentence(page, "Enough is measured.")
    page.get_by_role("button", name="Reset").press("Enter")
    sentence(page, "3 points, 18 s")
    assert witness.complaints == []


def test_the_page_counts_where_it_says(opened):
    page, _ = opened("process")
    sentence(page, "Next: 5.95 meV, where the band is largest.")
    page.get_by_role("button", name="Count where it says").click()
    sentence(page, "4 points")
    assert page.get_by_label("Energy").get_attribute("aria-valuetext") == "5.95 meV"
    page.get_by_label("band × mean").check(force=True)
    sentence(page, "where the band × mean is largest")


@pytest.mark.parametrize("scale", [0.5, 1, 1.5])
def test_a_press_on_the_picture_counts_there_at_whatever_scale_a_slide_is_shown(opened, scale):
    page, _ = opened("process", slide=True)
    page.evaluate(
        "scale => Object.assign(document.querySelector('main').style, { transform: `scale(${scale})`, transformOrigin: '0 0' })",
        scale,
    )
    pane = page.locator(".demo-pane").first.bounding_box()
    page.mouse.click(pane["x"] + pane["width"] * 3.5 / 7, pane["y"] + pane["height"] / 2)
    sentence(page, "4 points")
    assert page.get_by_label("Energy").get_attribute("aria-valuetext") == "4.50 meV"
    page.mouse.click(pane["x"] - 5, pane["y"] + pane["height"] / 2)  # beside the picture
    page.get_by_label("Time at each point").press("ArrowRight")
    sentence(page, "4 points, 24 s")
