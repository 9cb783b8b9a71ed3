"""The page of a lab in the notes: what a student is given, with everything that helps folded."""

import nbformat
import pytest
from small_labs import ADD, checkout

from lens_labs.school.editions import pages
from lens_labs.school.editions.make import compose
from lens_labs.school.editions.notebooks import text_of
from lens_labs.school.editions.sources import read
from lens_labs.school.recorded import Recorded

LAB = "02-two-films"
MORE = (
    ADD
    + """
# %% tags=["solution"]
print(add(1, 2))

# %% [markdown] tags=["lecturer"]
# Timing: ten minutes.

# %%
3 + 4
"""
)


@pytest.fixture
def school(tmp_path):
    return checkout(tmp_path, MORE)


def executed(school, change=lambda cell: cell):
    """Put a run of the lecturer edition into the cache; each code cell shows its number, a bar, and a picture."""
    notebook = compose(read(school.source(LAB)), "lecturer")
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "stream", "name": "stdout", "text": [f"cell {number}\n"]},
                {"output_type": "stream", "name": "stdout", "text": ["50%\r100%\n"]},
                {"output_type": "stream", "name": "stderr", "text": ["a warning\n"]},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"image/png": "AAAA", "text/plain": "<Figure>"},
                },
            ]
            change(cell)
    folder = school.cache / "lecturer"
    folder.mkdir(parents=True)
    (folder / f"{LAB}.ipynb").write_text(text_of(notebook), encoding="utf-8")


def texts(page):
    return [cell["source"] for cell in page["cells"]]


def test_a_page_is_a_valid_notebook_with_the_stub_and_the_folded_solution(school):
    page = pages.page(school, LAB)
    nbformat.validate(nbformat.from_dict(page))
    everything = texts(page)
    stub = next(i for i, text in enumerate(everything) if "NotImplementedError" in text)
    fold = next(i for i, text in enumerate(everything) if '<details class="fold-solution">' in text)
    check = everything.index("check.add(add)")
    assert stub < fold < check
    assert "total_of_both = a + b" in everything[fold + 1]
    assert "</details>" in everything[fold + 2]
    assert "### BEGIN" not in "".join(everything)


def test_the_notes_show_nothing_that_is_for_lecturers_or_for_colab(school):
    everything = "".join(texts(pages.page(school, LAB)))
    assert "Timing" not in everything
    assert "google.colab" not in everything


def test_a_solution_that_stands_alone_is_folded_too(school):
    everything = texts(pages.page(school, LAB))
    place = everything.index("print(add(1, 2))")
    assert "<details" in everything[place - 1]


def test_outputs_of_a_run_of_this_code_are_shown_without_bars_and_warnings(school):
    executed(school)
    page = pages.page(school, LAB)
    assert page["metadata"]["lens"]["executed"]
    shown = next(cell for cell in page["cells"] if cell["source"] == "check.add(add)")["outputs"]
    assert [output["output_type"] for output in shown] == ["stream", "display_data"]
    assert set(shown[1]["data"]) == {"image/png"}
    assert next(cell for cell in page["cells"] if "NotImplementedError" in cell["source"])["outputs"] == []


def test_outputs_of_a_run_of_other_code_are_not_shown(school):
    executed(school, lambda cell: cell.update(source=cell["source"] + "\n# changed"))
    page = pages.page(school, LAB)
    assert not page["metadata"]["lens"]["executed"]
    assert all(cell.get("outputs", []) == [] for cell in page["cells"])


def test_without_a_run_the_recorded_figure_stands_below_its_exercise(school):
    recorded = Recorded()
    recorded.replace(LAB, {"figures": {"add": {"alt": "A bar rises over three films.", "sha256": ""}}}, {})
    recorded.save(school.results)
    everything = texts(pages.page(school, LAB))
    stub = next(i for i, text in enumerate(everything) if "NotImplementedError" in text)
    assert ".. drawing:: /../labs/targets/02-two-films-add.svg" in everything[stub + 1]
    assert ":alt: A bar rises over three films." in everything[stub + 1]
    executed(school)
    assert "drawing::" not in "".join(texts(pages.page(school, LAB)))


def test_pages_are_written_only_when_they_change_and_removed_with_their_lab(school, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "01-gone.ipynb").write_text("{}")
    assert [path.name for path in pages.write(school, folder)] == [f"{LAB}.ipynb"]
    assert pages.write(school, folder) == []
    assert [path.name for path in folder.iterdir()] == [f"{LAB}.ipynb"]


def test_what_is_told_of_a_lab_comes_from_its_header(school):
    told = pages.about(school)[LAB]
    assert (told["title"], told["minutes"], told["lecture"], told["exercises"]) == (
        "Two films",
        30,
        2,
        ("add",),
    )
    assert told["verified"] == ""
    assert told["colab"].endswith(f"labs/student/{LAB}.ipynb")
