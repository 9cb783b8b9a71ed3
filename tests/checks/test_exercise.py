"""Three states, no exception, and a ledger that a run can trust."""

from __future__ import annotations

import json
import sys

import pytest

from lens_labs.checks import Exercise, NotYet, Result, State, exercise, exercises


@exercise(usage="double(2)", provided=lambda: 42)
def double(answer):
    """Judge a function that doubles."""
    if (got := answer(3)) != 6:
        raise NotYet(expected="6", got=str(got), cause="a square is no double")
    return "Twice as much."


@pytest.mark.parametrize("nothing", [..., None])
def test_an_untouched_stub_is_not_answered(nothing):
    assert double(nothing).state is State.NOT_ANSWERED


def test_a_function_stub_is_not_answered():
    def answer(_):
        raise NotImplementedError("double: write the body, then run this cell")

    assert double(answer).state is State.NOT_ANSWERED


def test_a_wrong_answer_says_what_was_expected_what_came_and_why():
    result = double(lambda x: x * x)
    assert result.state is State.NOT_YET
    assert repr(result) == "not yet · double\n  expected: 6\n  got: 9\n  likely cause: a square is no double"
    assert not result


def test_a_right_answer_is_confirmed():
    result = double(lambda x: 2 * x)
    assert result
    assert repr(result) == "correct · double: Twice as much."


@pytest.mark.parametrize(
    "answer", [lambda _: 1 / 0, lambda: 6, 6, "6", lambda _: sys.exit(3), lambda _: [].index(0)]
)
def test_whatever_the_answer_raises_becomes_an_explanation(answer):
    result = double(answer)
    assert result.state is State.NOT_YET
    assert "call it yourself to see where: double(2)" in result.cause


def test_a_check_without_or_with_too_many_arguments_explains_too():
    assert double().state is State.NOT_YET
    assert double(1, 2).state is State.NOT_YET


def test_an_answer_that_equals_everything_is_not_believed_by_identity_alone():
    class Everything:
        def __eq__(self, other):
            return True

        __hash__ = None

    assert double(Everything()).state is State.NOT_YET


def test_what_students_wrote_cannot_inject_markup():
    html = Result("double", State.NOT_YET, got="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in html


def test_every_call_is_one_line_of_the_ledger_and_or_provided_is_none(tmp_path, monkeypatch):
    ledger = tmp_path / "ledger"
    monkeypatch.setenv("LENS_LABS_LEDGER", str(ledger))
    double(...)
    double(lambda x: 2 * x)
    double.or_provided(...)
    lines = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    assert [(line["exercise"], line["state"]) for line in lines] == [
        ("double", "not answered"),
        ("double", "correct"),
    ]
    assert lines[0]["lab"] == "test_exercise"


def test_a_correct_answer_is_used_and_an_open_one_replaced():
    def good(x):
        return 2 * x

    assert double.or_provided(good) is good
    assert double.or_provided(...) == 42


def test_a_check_that_provides_nothing_says_so():
    @exercise
    def alone(_answer):
        return "Good."

    with pytest.raises(LookupError, match="provides nothing in place of 'alone'"):
        alone.or_provided(...)


def test_the_exercises_of_a_lab_are_listed_in_their_order():
    found = exercises("reflectometry_inversion")
    assert list(found) == [
        "log_reflectivity",
        "beat_the_baselines",
        "spot_the_stranger",
        "final_exam",
        "propose_and_refine",
    ]
    assert all(isinstance(check, Exercise) and check.__doc__ for check in found.values())
