"""The notes as they are read: every page held against the check that sees, and the ways from page to page."""

import pytest
from inspection import report
from inspection.pages import inspect_pages
from inspection.serving import is_deck, serving
from running_school import School
from school_site import built

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LECTURE = "02-dense-regression"
LAB = "02-reflectometry-inversion"
LOOKS = [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    from lens_labs.school.catalogue import student_folder

    with School(tmp_path_factory.mktemp("work"), student_folder(), site=str(built())) as running:
        running.ready()
        yield running


def pages():
    """Return the address, inside the site, of every page but the decks; the search with a question."""
    files = [path for path in sorted(built().rglob("*.html")) if "_static" not in path.parts]
    names = [path.relative_to(built()).as_posix() for path in files if not is_deck(path)]
    return [*names, "search.html?q=thickness"]


@pytest.mark.timeout(600)
def test_every_page_is_sound_in_light_and_dark_wide_and_narrow_and_by_keyboard(browser):
    with serving(built()) as home:
        findings = inspect_pages(browser, {name: f"{home}/{name}" for name in pages()})
    if findings:
        pytest.fail(report(findings), pytrace=False)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_a_reader_goes_from_home_to_lecture_lab_deck_and_back(school, window, theme, width):
    page, witness = window(width, color_scheme=theme, reduced_motion="reduce")
    page.goto(school.ready())
    page.get_by_role("link", name="Start with lecture 2").wait_for()

    page.locator(".card h3 a").first.click()
    page.wait_for_url(f"**/lectures/{LECTURE}.html")
    notes = page.url

    page.get_by_role("link", name="Open lab B").click()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    assert f"/notebooks/{LAB}.ipynb" in page.url

    page.goto(notes)
    page.get_by_role("link", name="Present the deck").click()
    page.locator(".reveal.ready").wait_for()
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
