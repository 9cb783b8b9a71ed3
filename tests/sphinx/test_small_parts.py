"""Links between projects, and what a typesetter does."""

import re

import pytest
from docutils import nodes
from projects import build

LABS = (
    "lecture_labs = {'01-first': {'title': 'The first lab', 'minutes': 10}}\nlinks_deck_sources = 'decks'\n"
)


def test_a_lab_is_linked_by_its_title(tmp_path):
    page = build(tmp_path, {"index.md": "# Title\n\nDo {lab}`01-first`.\n"}, conf=LABS)
    assert '<a class="lab-link reference external" href="labs/01-first.html">The first lab</a>' in page.html()


def test_a_deck_is_linked_with_its_slide(tmp_path):
    page = build(
        tmp_path,
        {"index.md": "# Title\n\nSee {deck}`the fringes <01-deck#fringes>`.\n"},
        files={"decks/01-deck.md": "# Deck\n\n## Fringes!\n"},
        conf=LABS + "exclude_patterns = ['decks']\n",
    )
    assert page.warnings == ""
    assert 'href="slides/01-deck.html#/fringes">the fringes</a>' in page.html()


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("{lab}`01-second`", "there is no lab '01-second'; there are 01-first"),
        ("{deck}`01-none`", "there is no deck '01-none' in decks/"),
        ("{deck}`01-dekc`", "there is no deck '01-dekc' in decks/; did you mean '01-deck'?"),
        ("{deck}`it <01-deck#fringe>`", "the deck '01-deck' has no slide 'fringe'; did you mean 'fringes'?"),
    ],
)
def test_a_link_into_the_void_is_reported_with_its_line(tmp_path, role, words):
    pages = {"index.md": f"# Title\n\n{role}\n"}
    decks = {"decks/01-deck.md": "# Deck\n\n## Fringes\n"}
    built = build(tmp_path, pages, files=decks, conf=LABS + "exclude_patterns = ['decks']\n")
    assert re.search(rf"index\.md:3: ERROR: {re.escape(words)}", built.warnings)


def test_a_number_stays_with_its_unit_but_code_is_left_alone(tmp_path):
    page = build(tmp_path, {"index.md": "# Title\n\nAbout 5 Å and 20 % in `5 s`, 3 seconds.\n"})
    (paragraph,) = page.found(nodes.paragraph)
    assert paragraph.astext() == "About 5\N{NO-BREAK SPACE}Å and 20\N{NO-BREAK SPACE}% in 5 s, 3 seconds."
