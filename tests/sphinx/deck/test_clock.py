"""The clock of a lecture and of its questions: the arithmetic of clock.js, run as a browser runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import quickjs

from lens_labs.sphinx import deck

SCRIPT = Path(deck.__file__).parent / "theme" / "static" / "clock.js"
MINUTES = [1, 1.5, 2.5, 0, 2]


@pytest.fixture(scope="module")
def clock():
    """Return a function that calls one of the clock's own."""
    context = quickjs.Context()
    context.eval(SCRIPT.read_text("utf-8"))

    def call(name, *arguments):
        written = ", ".join(map(json.dumps, arguments))
        return json.loads(context.eval(f"JSON.stringify(LensClock.{name}({written}))"))

    return call


def test_a_plan_says_when_each_slide_ends(clock):
    assert clock("plan", MINUTES) == [60, 150, 300, 300, 420]


@pytest.mark.parametrize("minutes", [[], [0], [0, 0, 0]])
def test_a_deck_without_minutes_has_no_plan_and_is_never_late(clock, minutes):
    plan = clock("plan", minutes)
    assert plan == []
    assert clock("lag", plan, 0, 4000) == 0
    assert clock("pace", plan, 0, 4000) == ""


def test_a_slide_begins_where_the_one_before_it_ends(clock):
    plan = clock("plan", MINUTES)
    assert [clock("begin", plan, slide) for slide in range(len(plan))] == [0, *plan[:-1]]
    assert clock("begin", [], 3) == 0


@pytest.mark.parametrize("slide", range(len(MINUTES)))
def test_a_lecture_is_neither_late_nor_early_between_begin_and_end_of_its_slide(clock, slide):
    plan = clock("plan", MINUTES)
    begin, end = clock("begin", plan, slide), plan[slide]
    assert [clock("lag", plan, slide, at) for at in (begin, (begin + end) / 2, end)] == [0, 0, 0]
    assert clock("lag", plan, slide, end + 71) == 71
    assert clock("lag", plan, slide, begin - 40) == -40


@pytest.mark.parametrize(
    ("elapsed", "words"),
    [
        (0, "1:00 ahead"),  # the second slide is planned from 1:00 to 2:30
        (29, "0:31 ahead"),
        (30, "on time"),
        (100, "on time"),
        (180, "on time"),
        (181, "0:31 behind"),
        (220, "1:10 behind"),
        (150 + 3671, "1:01:11 behind"),
    ],
)
def test_the_pace_is_said_in_words_and_half_a_minute_is_on_time(clock, elapsed, words):
    assert clock("pace", clock("plan", MINUTES), 1, elapsed) == words


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00"), (9.99, "0:09"), (60, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (-5, "0:00")],
)
def test_a_time_is_minutes_and_whole_seconds_that_have_passed(clock, seconds, written):
    assert clock("time", seconds) == written


def test_a_watch_counts_what_passes_while_it_runs_and_nothing_while_it_stands(clock):
    now = 1_700_000_000_000
    assert clock("read", None, now) == 0
    watch = clock("toggled", None, now)
    assert clock("runs", watch)
    assert clock("read", watch, now + 12_500) == 12.5
    watch = clock("toggled", watch, now + 20_000)
    assert not clock("runs", watch)
    assert clock("read", watch, now + 999_000) == 20
    watch = clock("toggled", watch, now + 999_000)
    assert clock("read", watch, now + 1_000_000) == 21


def test_a_lecture_that_begins_in_the_middle_counts_what_lies_behind_as_spent(clock):
    assert clock("read", clock("started", 1000, 150), 4000) == 153


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (None, [60, 90]),
        ("60 90", [60, 90]),
        (" 30   45.5 ", [30, 45.5]),
        ("120", [120, 0]),
        ("", [60, 90]),
        ("soon", [60, 90]),
        ("60 -1", [60, 90]),
        ("0 90", [60, 90]),
        ("1 2 3", [60, 90]),
    ],
)
def test_a_question_may_say_how_long_to_think_and_to_pair(clock, written, seconds):
    assert clock("question", written) == seconds


@pytest.mark.parametrize(
    ("elapsed", "name", "left"),
    [
        (0, "Think", 60),
        (59.9, "Think", 0.1),
        (60, "Pair", 90),
        (149, "Pair", 1),
        (150, "Share: hands up", 0),
        (9999, "Share: hands up", 0),
    ],
)
def test_a_question_is_thought_about_then_discussed_in_pairs_then_shared(clock, elapsed, name, left):
    phase = clock("phase", [60, 90], elapsed)
    assert phase["name"] == name
    assert phase["left"] == pytest.approx(left)


def test_a_question_without_time_for_pairs_goes_from_thinking_to_sharing(clock):
    assert clock("phase", [20, 0], 20)["name"] == "Share: hands up"
