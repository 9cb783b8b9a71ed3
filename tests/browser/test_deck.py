"""A lecture as it is given: every deck held against the check that sees, and what its keys and its address do."""

from pathlib import Path

import pytest
from inspection import inspect_deck, report
from inspection.decks import ready
from inspection.serving import serving
from school_site import built_decks

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
DECKS = sorted(source.stem for source in (ROOT / "slides").glob("*.md") if source.stem != "index")
NAME = "02-dense-regression"


@pytest.fixture(scope="module")
def home():
    """Serve the built site under a folder that the decks do not know, with strict headers."""
    with serving(built_decks()) as address:
        yield address


@pytest.fixture
def show(home, window):
    """Return a function that opens the deck, and holds its witness against what a deck may do."""
    witnesses = []

    def open_deck(query="", width=1280, height=720, **options):
        page, witness = window(width, **options)
        page.set_viewport_size({"width": width, "height": height})
        witnesses.append(witness)
        ready(page, f"{home}/slides/{NAME}.html{query}")
        return page

    yield open_deck
    for witness in witnesses:
        assert witness.complaints == []
        assert witness.elsewhere(int(home.rpartition(":")[2])) == []


def current(page):
    return page.evaluate("Reveal.getCurrentSlide().id")


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_is_sound_in_every_state_in_print_on_a_phone_and_without_scripts(browser, home, name):
    findings = inspect_deck(
        browser, f"{home}/slides/{name}.html", file=built_decks() / "slides" / f"{name}.html"
    )
    if findings:
        pytest.fail(report(findings), pytrace=False)


def test_the_address_of_a_slide_is_its_name(show):
    page = show("#/stop-in-the-valley")
    assert current(page) == "stop-in-the-valley"
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/*#/bias-and-variance-pull-apart")


def test_code_points_out_one_group_of_lines_after_the_other(show):
    page = show("#/a-dense-network-is-sums-bent-three-times", reduced_motion="reduce")
    lines = "[...Reveal.getCurrentSlide().querySelectorAll('.line.on')].map((line) => line.dataset.line).join(' ')"
    shown = [page.evaluate(lines)]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        shown.append(page.evaluate(lines))
    assert shown == ["1 2 3 4 5 6 7", "2", "3 4 5", "6"]
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(lines) == "3 4 5"


def test_the_arrow_keys_in_a_slider_move_the_slider_and_turn_no_slide(show):
    page = show("#/fringes-measure-thickness-match-by-hand", reduced_motion="reduce")
    slider = page.locator(".deck-demo input[type=range]").first
    slider.focus()
    before = slider.input_value()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert slider.input_value() != before
    page.locator(".deck-demo button").first.focus()
    page.keyboard.press("Space")
    assert current(page) == "fringes-measure-thickness-match-by-hand"


@pytest.mark.parametrize("key", ["PageDown", "ArrowRight"])
def test_after_a_click_on_a_button_of_a_demo_the_keys_turn_the_slides_again(show, key):
    page = show("#/fringes-measure-thickness-match-by-hand", reduced_motion="reduce")
    page.locator(".deck-demo button").first.click()
    page.keyboard.press(key)
    assert current(page) == "can-two-different-films-have-one-curve"


def test_the_key_d_turns_dark_and_notes_and_slides_remember_it(show):
    page = show(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.keyboard.press("d")
    dark = page.evaluate(ground)
    assert dark != light
    assert page.evaluate("localStorage.theme") == "dark"
    page.reload()
    page.wait_for_selector(".reveal.ready")
    assert page.evaluate(ground) == dark
    page.goto(page.url.partition("#")[0] + "?theme=light")
    assert page.evaluate(ground) == light
    assert page.evaluate("localStorage.theme") == "dark"


def test_the_list_of_decks_leads_to_the_deck(home, window):
    page, witness = window(360)
    page.goto(f"{home}/slides/index.html")
    page.locator(".decks a").first.click()
    page.wait_for_selector(".reveal.ready")
    assert witness.complaints == []
