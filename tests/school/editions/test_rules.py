import base64

import pytest
from small_labs import ADD, source

from lens_labs.school.editions.make import Target, compose
from lens_labs.school.editions.notebooks import markdown
from lens_labs.school.editions.rules import layout_faults, leaks, target_faults
from lens_labs.school.recorded import Recorded

NAMES = ("add", "subtract", "multiply")
GOOD = tuple(ADD.replace("add", name) for name in NAMES)


def faults(*cells, known=NAMES):
    return [fault.split(": ", 1)[1] for fault in layout_faults(source(*cells), known)]


def test_a_lab_that_keeps_the_rules_has_no_fault():
    assert faults(*GOOD) == []


@pytest.mark.parametrize(("count", "allowed"), [(2, False), (3, True), (5, True), (6, False)])
def test_a_lab_has_three_to_five_exercises(count, allowed):
    names = ["add", *(f"task_{number}" for number in range(1, count))]
    found = faults(*(ADD.replace("add", name) for name in names), known=names)
    assert found == ([] if allowed else [f"{count} exercises; allowed: 3 to 5"])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (' tags=["hint"]', "", "the exercise has no hint"),
        (' tags=["plan"]', "", "the exercise has no plan"),
        ("a: float, b", "a, b", "add has no type for a"),
        (") -> float", ")", "add has no type for what it returns"),
        ("    ### BEGIN SOLUTION\n", "", None),
        ("check.add(add)", "check.add(add); check.add(add)", "check.add is called 2 times; allowed: once"),
        ("check.add(add)", "add(1, 2)", "check.add is called 0 times; allowed: once"),
        (
            "check.add(add)",
            "check.add(add); check.fly(add)",
            "check.fly is no exercise of lens_labs.checks.two_films",
        ),
    ],
)
def test_what_an_exercise_lacks_is_named(old, new, fault):
    first = GOOD[0].replace(old, new)
    if fault is None:
        first, fault = first.replace("    ### END SOLUTION\n", ""), "the exercise has no solution"
    assert any(text.startswith(fault) for text in faults(first, *GOOD[1:]))


def test_a_value_to_fill_in_needs_no_types():
    value = "\n### BEGIN SOLUTION\nadd = 3\n### END SOLUTION\n"
    start, end = GOOD[0].index("def add"), GOOD[0].index("\n# %% [markdown]")
    assert faults(GOOD[0][:start] + value + GOOD[0][end:], *GOOD[1:]) == []


def test_an_objective_names_an_exercise_of_the_check_module():
    known = ("subtract", "multiply", "divide")
    cells = [GOOD[0].replace("add", "divide"), *GOOD[1:]]
    assert faults(*cells, known=known) == [
        "the objective 'Add two numbers' names 'add', which is no exercise"
    ]


def test_an_exercise_that_the_lab_does_not_use_is_named():
    assert faults(*GOOD, known=(*NAMES, "divide")) == ["check.divide is called 0 times; allowed: once"]


def test_targets_are_asked_for_once_there_are_results():
    lab, recorded = source(ADD), Recorded()
    assert target_faults(lab, recorded) == []
    recorded.labs["02-two-films"] = {"figures": {}}
    assert target_faults(lab, recorded) == [
        "02-two-films.py: no figure for add; record one with record_figure('add', ...)"
    ]
    recorded.labs["02-two-films"] = {"figures": {"add": {"alt": "A bar rises."}}}
    assert target_faults(lab, recorded) == []


def test_a_student_edition_leaks_nothing_and_the_lecturer_edition_would():
    lab = source(*GOOD)
    assert leaks(lab, compose(lab, "student")) == []
    assert leaks(lab, compose(lab, "lecturer")) == [
        "02-two-films: the student edition holds the line 'total_of_both = a + b' of a solution",
        "02-two-films: the student edition holds the line 'return total_of_both' of a solution",
    ]


SECRET = "total_of_both  =  a + b"


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def attached(name, content):
    return markdown("Look.") | {"attachments": {name: {"image/png": encoded(content)}}}


@pytest.mark.parametrize(
    "place",
    [
        lambda notebook: notebook["cells"].append(markdown(f"Try `{SECRET}`.")),
        lambda notebook: notebook["cells"][1]["outputs"].append(
            {"output_type": "stream", "text": [SECRET[:5], SECRET[5:]]}
        ),
        lambda notebook: notebook["metadata"].update(note=SECRET),
        lambda notebook: notebook["cells"][0]["metadata"].update({SECRET: 1}),
        lambda notebook: notebook["cells"][0].update(id=SECRET),
        lambda notebook: notebook["cells"].append(attached("a.png", SECRET)),
        lambda notebook: notebook["cells"].append(attached(SECRET, "picture")),
        lambda notebook: notebook["cells"].append(
            markdown(f"![Look](data:image/png;base64,{encoded(SECRET)})")
        ),
    ],
    ids=["source", "output", "metadata", "key", "id", "attachment", "name of an attachment", "picture"],
)
def test_a_line_of_a_solution_is_found_wherever_it_hides(place):
    lab = source(ADD)
    student = compose(lab, "student", {"add": Target("a.png", b"\x89PNG", "A bar rises.")})
    place(student)
    assert leaks(lab, student) == [
        "02-two-films: the student edition holds the line 'total_of_both = a + b' of a solution"
    ]


def test_a_hint_that_gives_the_solution_away_is_a_leak():
    lab = source(ADD.replace("Python has a sign", "Write total_of_both = a + b: Python has a sign"))
    assert len(leaks(lab, compose(lab, "student"))) == 1


def test_what_is_given_anyway_and_short_lines_are_no_leaks():
    lab = source(ADD, "\n# %%\nc = 1\ntotal_of_both = a + b\nreturned = 'return total_of_both'\n")
    assert leaks(lab, compose(lab, "student")) == []
    short = source(ADD.replace("total_of_both", "c"))
    assert leaks(short, compose(short, "lecturer")) == []


def test_a_solution_in_words_is_a_secret_too():
    lab = source(ADD, '\n# %% [markdown] tags=["solution"]\n# The network is too sure of itself.\n')
    assert leaks(lab, compose(lab, "lecturer"))[-1].endswith(
        "'The network is too sure of itself.' of a solution"
    )
    assert leaks(lab, compose(lab, "student")) == []
