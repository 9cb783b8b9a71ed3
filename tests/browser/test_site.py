"""From the home page to a lecture, its lab, its deck and back, as a reader goes: light, dark, and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from running_school import School
from school_site import built

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LECTURE = "02-dense-regression"
LAB = "02-reflectometry-inversion"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]
PAGES = [
    "index.html",
    f"lectures/{LECTURE}.html",
    f"labs/{LAB}.html",
    "labs/02-train-validate-test.html",
    "reference/index.html",
    "reference/notation.html",
    "reference/glossary.html",
    "reference/names.html",
    "reference/api/reflectivity.html",
    "teach/index.html",
    "contribute/writing-a-lecture.html",
    "contribute/architecture.html",
    "search.html?q=thickness",
]


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    from lens_labs.school.catalogue import student_folder

    with School(tmp_path_factory.mktemp("work"), student_folder(), site=str(built())) as running:
        running.ready()
        yield running


def scrolls_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def violations(page):
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]


def sound(page):
    """Hold a page of the site against what a reader may expect."""
    assert scrolls_sideways(page) <= 0
    assert violations(page) == []


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_a_reader_goes_from_home_to_lecture_lab_deck_and_back(school, window, theme, width):
    page, witness = window(width, color_scheme=theme, reduced_motion="reduce")
    page.goto(school.ready())
    page.get_by_role("link", name="Start with lecture 2").wait_for()
    sound(page)

    page.locator(".card h3 a").first.click()
    page.wait_for_url(f"**/lectures/{LECTURE}.html")
    sound(page)
    notes = page.url

    page.get_by_role("link", name="Open lab B").click()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    assert f"/notebooks/{LAB}.ipynb" in page.url

    page.goto(notes)
    page.get_by_role("link", name="Present the deck").click()
    page.locator(".reveal.ready").wait_for()
    assert scrolls_sideways(page) <= 0
    if width > 600:  # a narrow screen scrolls through the slides
        for _ in range(page.evaluate("Reveal.getTotalSlides()") * 8):
            if page.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
                break
            page.keyboard.press("Space")
        assert page.evaluate("Reveal.isLastSlide()")
    page.locator(f"a[href*='lectures/{LECTURE}.html']:visible").last.click()
    page.wait_for_url(f"**/lectures/{LECTURE}.html*")

    assert witness.complaints == []
    assert witness.elsewhere(school.port) == []


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_every_kind_of_page_is_sound(school, window, theme, width):
    page, witness = window(width, color_scheme=theme, reduced_motion="reduce")
    page.goto(school.ready())
    faults = {}
    for name in PAGES:
        response = page.goto(f"http://localhost:{school.port}/school/{name}")
        assert response.status == 200, name
        page.evaluate("document.fonts.ready")
        if name.startswith("search"):
            page.wait_for_selector("#search-results li")
        found = [
            *violations(page),
            *([("sideways", scrolls_sideways(page))] if scrolls_sideways(page) > 0 else []),
        ]
        if found:
            faults[name] = found
    assert faults == {}
    assert witness.complaints == []
    assert witness.elsewhere(school.port) == []


def test_the_search_finds_a_word_and_shows_formulas_once(school, window):
    page, _ = window()
    page.goto(school.ready())
    page.keyboard.press("/")
    page.keyboard.type("leakage")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert any("dense network" in text for text in page.locator("#search-results li a").all_inner_texts())


def test_the_theme_that_a_reader_chose_is_kept_in_the_deck(school, window):
    page, _ = window(color_scheme="light")
    page.goto(school.ready())
    page.locator(".theme-toggle").click()
    chosen = page.evaluate("document.body.dataset.theme")
    assert chosen in ("light", "dark")
    page.goto(f"http://localhost:{school.port}/school/slides/{LECTURE}.html")
    page.locator(".reveal.ready").wait_for()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == chosen


def test_without_a_running_school_the_page_of_a_lab_says_how_to_run_it(window):
    page, _ = window()
    page.goto((built() / "open" / f"{LAB}.html").as_uri())
    assert "A lab runs on your own computer" in page.inner_text("h1")
    assert "python -m nox -s start" in page.inner_text("article")
