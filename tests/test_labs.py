"""Every lab of the school keeps its promises, as far as they can be seen without running it."""

import hashlib

import pytest

from lens_labs.school.checkout import Checkout
from lens_labs.school.editions import sources
from lens_labs.school.editions.make import build
from lens_labs.school.editions.notebooks import load
from lens_labs.school.editions.rules import layout_faults, leaks, target_faults
from lens_labs.school.recorded import Recorded
from lens_labs.school.runs.fingerprint import fingerprint
from lens_labs.school.runs.run import exercises_of

CHECKOUT = Checkout.find()
RECORDED = Recorded.load(CHECKOUT.results)
LABS = CHECKOUT.labs()
each_lab = pytest.mark.parametrize("lab", LABS)


def read(lab):
    return sources.read(CHECKOUT.source(lab))


def test_the_notebooks_are_those_that_the_sources_give():
    outdated = [str(path.relative_to(CHECKOUT.root)) for path in build(CHECKOUT, write=False)]
    assert not outdated, "bring them up to date with: lens-labs build"


@each_lab
def test_a_lab_keeps_the_rules_of_layout(lab):
    assert not layout_faults(read(lab), exercises_of(lab))


@each_lab
def test_a_student_edition_leaks_no_solution(lab):
    assert not leaks(read(lab), load(CHECKOUT.notebook(lab, "student")))


@each_lab
def test_each_exercise_of_a_measured_lab_shows_its_target(lab):
    assert not target_faults(read(lab), RECORDED)


@pytest.mark.parametrize("lab", sorted(RECORDED.labs))
def test_recorded_results_are_those_of_the_lab_as_it_is(lab):
    assert lab in LABS, f"docs/results.json tells of {lab}, which has no source"
    recorded = RECORDED.labs[lab]["fingerprint"]
    assert recorded == fingerprint(CHECKOUT, lab), (
        f"{lab} has changed; measure it anew with: nox -s results -- {lab}"
    )


def test_the_target_figures_are_those_that_were_recorded():
    wanted = {
        CHECKOUT.target(lab, exercise): figure["sha256"]
        for lab, about in RECORDED.labs.items()
        for exercise, figure in about["figures"].items()
    }
    there = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in CHECKOUT.targets.glob("*.svg")}
    assert there == wanted
    assert {path.stem for path in CHECKOUT.targets.glob("*.png")} == {path.stem for path in wanted}


def test_every_recorded_number_belongs_to_a_recorded_lab_and_lies_in_its_band():
    for name, number in RECORDED.values.items():
        assert number["lab"] in RECORDED.labs, name
        low, high = number["band"] or (float("-inf"), float("inf"))
        assert all(low <= value <= high for value in number["values"]), name
