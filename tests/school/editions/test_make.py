import base64
import json

import nbformat
import pytest
from small_labs import ADD, checkout, source, text

from lens_labs.school.editions import notebooks
from lens_labs.school.editions.make import Target, build, compose, targets_of
from lens_labs.school.editions.notebooks import load, text_of
from lens_labs.school.editions.stubs import as_python
from lens_labs.school.errors import SchoolError

ALL_ROLES = (
    ADD
    + """
# %% tags=["solution"]
print(add(1, 2))

# %% [markdown] tags=["solution"]
# Three.

# %% tags=["lecturer"]
print("timing")

# %% [markdown] tags=["lecturer"]
# Common mistakes:
#
# - forgetting
"""
)
PICTURE = Target("02-two-films-add.png", b"\x89PNG picture", "A bar [red] rises.")


class Shell:
    """Stands for the shell of IPython: has a name, and takes note of the magics."""

    def __init__(self, name):
        self.name, self.magics = name, []

    def __str__(self):
        return self.name

    def run_line_magic(self, *magic):
        self.magics.append(magic)


def sources_of(notebook):
    return [cell["source"] for cell in notebook["cells"]]


def cell_with(notebook, tag):
    return next(cell for cell in notebook["cells"] if tag in cell["metadata"].get("tags", []))


def test_the_student_gets_stubs_and_no_solution_or_lecturer_cell():
    student = compose(source(ALL_ROLES), "student")
    whole = text_of(student)
    assert 'raise NotImplementedError(\\"add: write the body, then run this cell\\")' in whole
    for secret in ("total_of_both", "print(add(1, 2))", "Three.", "timing", "Common mistakes"):
        assert secret not in whole


def test_the_lecturer_gets_everything_without_markers_and_with_marked_notes():
    lecturer = compose(source(ALL_ROLES), "lecturer")
    cells = sources_of(lecturer)
    assert "    total_of_both = a + b\n    return total_of_both" in cell_with(lecturer, "exercise")["source"]
    assert "SOLUTION" not in text_of(lecturer)
    assert '# For the lecturer\nprint("timing")' in cells
    assert cells[-1] == "> **For the lecturer**\n>\n> Common mistakes:\n>\n> - forgetting"


@pytest.mark.parametrize("edition", ["student", "lecturer"])
def test_hint_and_plan_are_folded_in_both_editions(edition):
    notebook = compose(source(ALL_ROLES), edition)
    folded = "<details>\n<summary>Hint</summary>\n\nPython has a sign for that: $+$.\n\n</details>"
    assert cell_with(notebook, "hint")["source"] == folded
    assert "<summary>Plan</summary>" in cell_with(notebook, "plan")["source"]


@pytest.mark.parametrize("edition", ["student", "lecturer"])
def test_the_first_code_cell_installs_the_package_on_colab_only(edition):
    notebook = compose(source(ALL_ROLES), edition)
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert first["metadata"]["tags"] == ["setup"]
    assert "https://github.com/lens-labs/lens-labs/archive/refs/heads/main.zip" in first["source"]
    for name, installs in (("<google.colab._shell.Shell object>", 1), ("<ipykernel.zmqshell object>", 0)):
        shell = Shell(name)
        names = {"get_ipython": lambda shell=shell: shell}
        exec(as_python(first["source"]), names)
        assert len(shell.magics) == installs
        assert set(names) == {"get_ipython", "__builtins__"}


@pytest.mark.parametrize("edition", ["student", "lecturer"])
def test_a_target_figure_follows_its_exercise_and_travels_in_the_notebook(edition):
    notebook = compose(source(ALL_ROLES), edition, {"add": PICTURE})
    tags = [cell["metadata"].get("tags", [""])[0] for cell in notebook["cells"]]
    assert tags[tags.index("exercise") + 1] == "target"
    target = cell_with(notebook, "target")
    before, _, picture = target["source"].removesuffix(")").rpartition(",")
    assert before.endswith("![A bar \\[red\\] rises.](data:image/png;base64")
    assert base64.b64decode(picture) == PICTURE.picture


@pytest.mark.parametrize("edition", ["student", "lecturer"])
def test_an_edition_is_a_valid_notebook_with_minimal_metadata(edition):
    content = json.loads(text_of(compose(source(ALL_ROLES), edition, {"add": PICTURE})))
    nbformat.validate(content)
    assert set(content["metadata"]) == {"kernelspec", "language_info", "lens"}
    assert content["metadata"]["language_info"] == {"name": "python"}
    lens = content["metadata"]["lens"]
    assert (lens["lab"], lens["edition"], lens["title"], lens["budget"]) == (
        "02-two-films",
        edition,
        "Two films",
        20,
    )
    assert all(set(cell["metadata"]) <= {"tags"} for cell in content["cells"])
    assert all(cell["outputs"] == [] for cell in content["cells"] if cell["cell_type"] == "code")


def test_ids_are_unique_and_change_only_with_the_content_of_their_cell():
    before = compose(source(ADD, ADD.replace("add", "subtract")), "student")
    after = compose(source(ADD.replace("$+$", "plus"), ADD.replace("add", "subtract")), "student")
    ids = [[cell["id"] for cell in notebook["cells"]] for notebook in (before, after)]
    assert len(set(ids[0])) == len(ids[0])
    changed = [index for index, (old, new) in enumerate(zip(*ids, strict=True)) if old != new]
    assert [before["cells"][index]["metadata"]["tags"] for index in changed] == [["hint"], ["hint"]]


def test_the_bytes_of_an_edition_depend_on_its_source_alone():
    first = text_of(compose(source(ALL_ROLES), "student", {"add": PICTURE}))
    assert text_of(compose(source(ALL_ROLES), "student", {"add": PICTURE})) == first
    assert first.endswith("}\n")
    assert first.startswith('{\n "cells": [\n  {\n')
    assert json.dumps(json.loads(first), indent=1, sort_keys=True, ensure_ascii=False) + "\n" == first


def test_build_writes_both_editions_once(tmp_path):
    here = checkout(tmp_path, ADD)
    written = build(here)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "labs/lecturer/02-two-films.ipynb",
        "labs/student/02-two-films.ipynb",
    ]
    assert build(here) == []


def test_build_can_say_what_is_out_of_date_without_writing(tmp_path):
    here = checkout(tmp_path, ADD)
    assert len(build(here, write=False)) == 2
    assert not here.notebook("02-two-films", "student").exists()
    build(here)
    here.notebook("02-two-films", "student").write_text("{}")
    assert build(here, write=False) == [here.notebook("02-two-films", "student")]


def test_build_removes_notebooks_whose_source_is_gone_unless_labs_are_named(tmp_path):
    here = checkout(tmp_path, ADD)
    build(here)
    orphan = here.notebook("03-gone", "student")
    orphan.write_text("{}")
    assert build(here, ["02-two-films"]) == []
    assert build(here) == [orphan]
    assert not orphan.exists()


def test_build_refuses_an_unknown_lab(tmp_path):
    with pytest.raises(SchoolError, match="there is no lab '03-x'; the labs are: 02-two-films"):
        build(checkout(tmp_path, ADD), ["03-x"])


def test_recorded_figures_are_built_in_and_a_missing_file_is_named(tmp_path):
    here = checkout(tmp_path, ADD)
    figures = {"add": {"alt": "A bar rises.", "sha256": ""}}
    here.results.parent.mkdir()
    here.results.write_text(json.dumps({"labs": {"02-two-films": {"figures": figures}}, "values": {}}))
    with pytest.raises(
        SchoolError, match=r"02-two-films-add\.png is missing in labs/targets; make it with: nox -s results"
    ):
        build(here)
    here.targets.mkdir()
    here.target("02-two-films", "add", ".png").write_bytes(b"picture")
    build(here)
    target = cell_with(load(here.notebook("02-two-films", "student")), "target")
    assert "![A bar rises.]" in target["source"]


def test_versions_of_the_libraries_do_not_reach_the_notebooks():
    import jupytext

    whole = text_of(compose(source(ALL_ROLES), "student"))
    assert "jupytext" not in whole
    assert jupytext.__version__ not in whole


@pytest.mark.parametrize(
    "content", ["", "[]", '{"cells": 3}', '{"cells": [{}]}', '{"cells": ["x"]}', "<<<<<<< HEAD"]
)
def test_what_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_text(content)
    with pytest.raises(SchoolError, match=r"broken\.ipynb is not a notebook"):
        notebooks.load(path)


def test_a_missing_notebook_is_named(tmp_path):
    with pytest.raises(SchoolError, match=r"none\.ipynb cannot be read: No such file"):
        notebooks.load(tmp_path / "none.ipynb")


def test_a_new_source_needs_no_results(tmp_path):
    here = checkout(tmp_path, ADD)
    assert targets_of(here, source(ADD)) == {}
    assert text(ADD) == here.source("02-two-films").read_text(encoding="utf-8")
