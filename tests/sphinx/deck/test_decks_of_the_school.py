"""The school's own decks, as they are written: their length, their minutes, and that they agree with the notes."""

import itertools
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DECKS = sorted(path for path in (ROOT / "slides").glob("[0-9]*.md"))
NOTES = re.compile(r"^```\{notes\}\n:minutes: ([\d.]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def front_matter(path):
    return yaml.safe_load(path.read_text("utf-8").split("---\n")[1])


def slides(path):
    """Return the title and the source of each slide."""
    text = path.read_text("utf-8").split("---\n", 2)[2]
    parts = re.split(r"^#{1,3} (.+)$", text, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


@pytest.fixture(params=DECKS, ids=lambda path: path.stem)
def deck(request):
    return request.param


@pytest.fixture(
    params=[
        path
        for path in DECKS
        if not front_matter(ROOT / "docs" / "lectures" / path.name)["lecture"].get("draft")
    ],
    ids=lambda path: path.stem,
)
def finished(request):
    """Every deck whose lecture is not a draft."""
    return request.param


def test_there_are_decks():
    assert DECKS


def test_a_deck_has_as_many_slides_and_minutes_as_a_lecture_holds(finished):
    assert 25 <= len(slides(finished)) <= 35
    assert 45 <= front_matter(finished)["deck"]["minutes"] <= 60


def test_each_slide_has_notes_that_say_something(deck):
    for title, source in slides(deck):
        found = NOTES.findall(source)
        assert len(found) == 1, title
        assert len(found[0][1].split()) > 8, title


def test_the_minutes_of_the_slides_are_those_of_the_deck_and_of_the_notes(deck):
    total = sum(float(minutes) for minutes, _ in NOTES.findall(deck.read_text("utf-8")))
    notes = front_matter(ROOT / "docs" / "lectures" / deck.name)["lecture"]
    assert total == front_matter(deck)["deck"]["minutes"] == notes["minutes"]["slides"]
    assert front_matter(deck)["deck"]["lecture"] == notes["number"]


def test_the_room_is_asked_something_to_discuss_every_ten_minutes(deck):
    begin, asked = 0.0, [0.0]
    for _, source in slides(deck):
        if ":class: question" in source:
            asked.append(begin)
        begin += float(NOTES.search(source)[1])
    asked.append(begin)
    assert max(after - before for before, after in itertools.pairwise(asked)) <= 12


def test_a_question_names_the_wrong_answers_to_expect(deck):
    questions = [NOTES.search(source)[2] for _, source in slides(deck) if ":class: question" in source]
    assert all(re.search(r"\*\*Expect ", notes) for notes in questions)


def test_a_deck_ends_with_summary_lab_and_references(finished):
    (_, summary), (_, lab), (_, references) = slides(finished)[-3:]
    assert re.search(r"^1\. ", summary, re.MULTILINE)
    assert "{lab}`" in lab
    assert "{footbibliography}" in references


def test_a_title_fits_on_a_line(deck):
    assert [title for title, _ in slides(deck)[1:] if len(title) > 48] == []


def test_code_is_short_enough_to_be_read_from_the_last_row(deck):
    for code in re.findall(
        r"^```\{code-block\}.*?\n(.*?)^```$", deck.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        lines = [line for line in code.splitlines() if not line.startswith(":")]
        assert len(lines) <= 7
        assert max(map(len, lines)) <= 62
