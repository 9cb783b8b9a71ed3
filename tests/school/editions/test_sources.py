import pytest
from small_labs import ADD, HEADER, TITLE, source, text

from lens_labs.school.editions.header import Header, Objective
from lens_labs.school.editions.outline import checks_called, exercises
from lens_labs.school.editions.sources import parse, read
from lens_labs.school.errors import SchoolError

BLOCK = {
    "lecture": 2,
    "minutes": 30,
    "budget": 20,
    "packages": ["keras"],
    "question": "How thick?",
    "objectives": [{"text": "Add", "exercise": "add"}],
}


def test_a_source_is_read_with_title_header_roles_and_lines():
    lab = source(ADD)
    assert (lab.lab, lab.title, lab.module) == ("02-two-films", "Two films", "two_films")
    assert lab.header.objectives == (Objective("Add two numbers", "add"),)
    assert [cell.role for cell in lab.cells] == ["given", "given", "exercise", "hint", "plan", "given"]
    lines = text(ADD).split("\n")
    for cell in lab.cells:
        assert lines[cell.place.line - 1].removeprefix("# ") == cell.text.split("\n")[0]


def test_a_file_is_read_by_its_name(tmp_path):
    path = tmp_path / "07-a-name.py"
    path.write_text(text(ADD), encoding="utf-8")
    assert read(path).lab == "07-a-name"


@pytest.mark.parametrize("name", ["lab", "2-lab", "02_lab", "02-Lab", "02-", "02-a--b", "02-../x"])
def test_a_name_without_lecture_and_words_is_refused(name):
    with pytest.raises(SchoolError, match="is no name for a lab; allowed: the lecture in two digits"):
        parse(text(ADD), name)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (
            '\n# %% tags=["task"]\nx = 1\n',
            "the code cell has the tags ['task']; allowed: one of exercise",
        ),
        ('\n# %% tags=["hint"]\nx = 1\n', "the code cell has the tags ['hint']; allowed"),
        (
            '\n# %% [markdown] tags=["exercise"]\n# x\n',
            "the markdown cell has the tags ['exercise']; allowed",
        ),
        ('\n# %% [markdown] tags=["hint", "plan"]\n# x\n', "the markdown cell has the tags ['hint', 'plan']"),
        ("\n# %% My title\nx = 1\n", "the cell has title; allowed after '# %%': [markdown] and tags=[...]"),
        ("\n# %% [raw]\n# x\n", "a raw cell; allowed: code and markdown"),
        ("\n# %%\n\n# %%\nx = 1\n", "the cell is empty"),
        ("\n# %% [markdown]\n# ### BEGIN SOLUTION\n", "'### BEGIN SOLUTION' in a markdown cell"),
        (
            '\n# %% tags=["solution"]\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n',
            "in a cell with the tag solution",
        ),
        ("\n# %%\n### BEGIN SOLUTION\nx = 1\n", "is never closed"),
    ],
)
def test_a_faulty_cell_is_refused_with_file_and_line(cells, fault):
    with pytest.raises(SchoolError) as refused:
        source(cells)
    first = text().count("\n") + 2
    file, line, _ = str(refused.value).split(":", 2)
    assert (file, int(line) in range(first, first + 3)) == ("02-two-films.py", True)
    assert fault in str(refused.value)


def test_a_cell_that_only_one_reader_sees_is_refused():
    with pytest.raises(SchoolError, match="3 lines begin with '# %%', and 2 cells are read"):
        source('\n# %%\ntext = """\n# %%\n"""\n')


def test_a_source_without_title_is_refused():
    with pytest.raises(SchoolError, match=r"02-two-films\.py: no title; begin the first markdown cell"):
        parse(HEADER + "\n# %%\nx = 1\n", "02-two-films")


def test_a_source_without_header_is_refused():
    with pytest.raises(SchoolError, match="the header has no block jupyter: lens:"):
        parse(TITLE.lstrip(), "02-two-films")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"lecture": 0}, "lens.lecture is 0; allowed: a whole number from 1 to 10"),
        ({"lecture": True}, "lens.lecture is True; allowed: a whole number from 1 to 10"),
        ({"minutes": "an hour"}, "lens.minutes is 'an hour'; allowed: a whole number from 5 to 240"),
        ({"budget": 601}, "lens.budget is 601; allowed: a whole number from 1 to 600"),
        ({"packages": "keras"}, "lens.packages is 'keras'; allowed: a list"),
        ({"packages": ["keras>=3"]}, "lens.packages is 'keras>=3'; allowed: names of packages"),
        ({"question": " "}, "lens.question is ' '; allowed: a text that is not empty"),
        ({"objectives": []}, "lens.objectives is []; allowed: at least one objective"),
        (
            {"objectives": ["Add"]},
            "lens.objectives[1] is 'Add'; allowed: a block with the keys text, exercise",
        ),
        ({"objectives": [{"text": "Add"}]}, "lens.objectives[1].exercise is missing; needed: text, exercise"),
        (
            {"objectives": [{"text": "Add", "exercise": "a b"}]},
            "lens.objectives[1].exercise is 'a b'; allowed: the name",
        ),
        ({"author": "me"}, "lens.author is not known; allowed: lecture, minutes, budget"),
    ],
)
def test_a_faulty_header_is_refused_with_file_key_and_what_is_allowed(change, fault):
    with pytest.raises(SchoolError) as refused:
        Header.read(BLOCK | change, "02-films.py")
    assert str(refused.value).startswith(f"02-films.py: {fault}")


@pytest.mark.parametrize("key", BLOCK)
def test_a_header_without_one_of_its_keys_is_refused(key):
    block = {name: value for name, value in BLOCK.items() if name != key}
    with pytest.raises(SchoolError, match=rf"02-films\.py: lens\.{key} is missing; needed: lecture, minutes"):
        Header.read(block, "02-films.py")


def test_a_header_goes_through_json_unchanged():
    header = Header.read(BLOCK, "02-films.py")
    assert Header.read(header.as_json(), "02-films.ipynb") == header


def test_an_exercise_is_named_by_the_check_that_follows_it():
    lab = source(ADD, ADD.replace("add", "subtract"))
    assert [(part.name, len(part.after)) for part in exercises(lab)] == [("add", 4), ("subtract", 3)]


def test_only_calls_of_the_check_itself_count():
    lab = source(
        "\n# %%\nfrom lens_labs.checks import two_films\nfrom lens_labs.checks import two_films as ask\n"
        "two_films.one(1); ask.two(2)\nthree = ask.two.or_provided(3)\nother.four(4)\nask.TABLE\n"
    )
    assert checks_called(lab, lab.cells) == ("one", "two")
