"""The first exercise of lab 2, done in the browser on the notebook that the school hands out."""

import pytest
from running_school import School

from lens_labs.school.catalogue import student_folder

pytestmark = pytest.mark.browser

STUB = "log_reflectivity: write the body"
WRONG = "def log_reflectivity(r, floor=1e-7):\n    return np.log10(r + floor)"
RIGHT = "def log_reflectivity(r, floor=1e-7):\n    return np.log10(np.maximum(r, floor))"


def cell(page, text):
    """Return the code cell that holds a text, and bring it into view."""
    found = page.locator(".jp-CodeCell").filter(has_text=text).first
    for _ in range(40):
        if found.count():
            break
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(100)
    found.scroll_into_view_if_needed()
    return found


def run(page, where):
    """Run a cell, wait until it is done, and return its output."""
    before = where.locator(".jp-InputPrompt").inner_text()
    where.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    prompt = where.locator(".jp-InputPrompt").element_handle()
    page.wait_for_function(
        "([prompt, before]) => /\\d/.test(prompt.innerText) && prompt.innerText !== before",
        arg=[prompt, before],
        timeout=60_000,
    )
    return where.locator(".jp-OutputArea").inner_text() if where.locator(".jp-OutputArea").count() else ""


def test_a_wrong_logarithm_is_explained_and_the_right_one_accepted(window, tmp_path):
    page, witness = window()
    with School(tmp_path / "work", student_folder()) as school:
        page.goto(school.ready())
        page.get_by_role("link", name="Open this lab “A network reads film thickness").click()
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        page.locator(".jp-Notebook").hover()

        run(page, cell(page, "google.colab"))
        assert "Error" not in run(page, cell(page, "import keras"))
        assert cell(page, "measured = {name: load(name)").locator("img").count() == 0
        run(page, cell(page, "measured = {name: load(name)"))
        cell(page, "measured = {name: load(name)").locator("img").wait_for()

        answer, check = cell(page, STUB), "check.log_reflectivity(log_reflectivity)"
        run(page, answer)
        assert "not answered" in run(page, cell(page, check))
        for text, state, reason in (
            (WRONG, "not yet", "the floor was added to every point"),
            (RIGHT, "correct", "a point without counts no longer breaks it"),
        ):
            place = cell(page, "def log_reflectivity")
            place.locator(".cm-content").click()
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.insert_text(text)
            run(page, cell(page, "def log_reflectivity"))
            said = run(page, cell(page, check))
            assert state in said
            assert reason in said
        assert witness.complaints == []
        assert witness.elsewhere(school.port) == []
