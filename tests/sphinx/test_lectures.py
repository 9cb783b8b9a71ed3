"""The front matter of a lecture is checked, and feeds what is told about it."""

import copy
import json

import pytest
from projects import build

from lens_labs.sphinx import lectures

LABS = {"03-filters": {"title": "Find the edges", "minutes": 45, "exercises": ["by_hand", "by_network"]}}
FRONT = {
    "number": 3,
    "topic": "Convolution",
    "question": "Which shape scattered these neutrons?",
    "abstract": "A convolution looks for the same thing everywhere, and this is what a detector image needs.",
    "audience": "Doctoral students",
    "minutes": {"notes": 30, "slides": 20},
    "sections": {"sec-a": 10, "sec-b": 20},
    "objectives": [
        {"you_can": "write a filter by hand", "assessed_by": ["by_hand"]},
        {"you_can": "train a small network", "assessed_by": ["by_network"]},
        {"you_can": "compare the two of them", "assessed_by": ["by_hand", "by_network"]},
    ],
    "labs": ["03-filters"],
    "keywords": ["convolution"],
    "licence": "CC-BY-4.0",
    "authors": ["Somebody"],
    "revised": "2026-11-22",
}
TEXT = "# Convolution finds edges\n\n(sec-a)=\n## One\n\nText.\n\n(sec-b)=\n## Two\n\nText.\n"


def changed(**fields):
    front = copy.deepcopy(FRONT)
    for name, value in fields.items():
        if value is None:
            del front[name]
        else:
            front[name] = value
    return front


def page(tmp_path, front):
    text = f"---\nlecture: {json.dumps(front)}\n---\n{TEXT}"
    return build(tmp_path, {"index.md": text}, conf=f"lecture_labs = {LABS!r}\n")


def test_a_lecture_without_faults_is_silent(tmp_path):
    assert page(tmp_path, FRONT).warnings == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"topic": None}, "lecture: 'topic' is missing"),
        ({"number": "three"}, "lecture.number must be of type integer; got 'three'"),
        ({"subject": "x"}, "lecture: there is no field 'subject'; allowed are number, topic"),
        ({"question": "A statement."}, r"lecture.question must match \?$; got 'A statement.'"),
        ({"minutes": {"notes": 30}}, "lecture.minutes: 'slides' is missing"),
        (
            {"minutes": {"notes": 31, "slides": 20}},
            "lecture.minutes.notes must be the sum of lecture.sections, 30; got 31",
        ),
        ({"revised": "yesterday"}, "lecture.revised must match"),
        ({"objectives": FRONT["objectives"][:1]}, "lecture.objectives: "),
        ({"labs": ["03-unknown"]}, "lecture.labs: there is no lab '03-unknown'; there are 03-filters"),
        (
            {"sections": {"sec-a": 10, "sec-x": 20}},
            "lecture.sections: this page has no section labelled 'sec-x'",
        ),
        (
            {
                "objectives": [
                    *FRONT["objectives"][:2],
                    {"you_can": "do something else", "assessed_by": ["by_magic"]},
                ]
            },
            "lecture.objectives: no lab of this lecture has the exercise 'by_magic'",
        ),
    ],
)
def test_a_fault_is_named_with_its_field_and_its_line(tmp_path, fields, words):
    warnings = page(tmp_path, changed(**fields)).warnings
    assert words in warnings
    assert "index.md:2: WARNING: " in warnings


def test_a_lecture_knows_its_labs_and_their_minutes(tmp_path):
    (lecture,) = lectures.all_lectures(page(tmp_path, FRONT).app)
    assert lecture.title == "Convolution finds edges"
    assert lecture.labs[0].title == "Find the edges"
    assert lecture.lab_minutes == 45


def test_search_engines_are_told_what_it_teaches(tmp_path):
    (lecture,) = lectures.all_lectures(page(tmp_path, FRONT).app)
    told = lecture.learning_resource()
    assert told["@type"] == "LearningResource"
    assert told["timeRequired"] == "PT95M"
    assert told["teaches"][0] == "write a filter by hand"
    assert told["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
