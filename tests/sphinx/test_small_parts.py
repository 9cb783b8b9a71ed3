"""Links between projects, and what a typesetter does."""

import re
from pathlib import Path

import pytest
from docutils import nodes
from projects import build

LABS = (
    "lecture_labs = {'01-first': {'title': 'The first lab', 'minutes': 10}}\nlinks_deck_sources = 'decks'\n"
)


PAGES = {
    "index.md": "# Title\n\nDo {lab}`01-first`.\n\n```{toctree}\nlabs/01-first\n```\n",
    "labs/01-first.md": "# Lab\n\nSee {deck}`the fringes <01-deck#fringes>`.\n",
}


def linked(folder, builder, conf=""):
    """Build a project in which a page links a lab and a lab links a slide."""
    decks = {"decks/01-deck.md": "# Deck\n\n## Fringes!\n"}
    conf = f"{LABS}exclude_patterns = ['decks']\n{conf}"
    built = build(folder, PAGES, files=decks, conf=conf, builder=builder)
    assert built.warnings == ""
    return built


@pytest.mark.parametrize(
    ("builder", "conf", "lab", "deck"),
    [
        ("html", "", "labs/01-first.html", "../slides/01-deck.html"),
        ("dirhtml", "", "labs/01-first/", "../../slides/01-deck.html"),
        ("html", "links_decks = 'https://x.org/'\n", "labs/01-first.html", "https://x.org/01-deck.html"),
        ("deck", "deck_notes = '../'\n", "../labs/01-first.html", "../slides/01-deck.html"),
        ("deck", "deck_notes = 'https://x.org/'\n", "https://x.org/labs/01-first.html", "../slides/01-deck.html"),
    ],
)  # fmt: skip
def test_labs_and_slides_are_linked_from_wherever_a_page_is(tmp_path, builder, conf, lab, deck):
    built = linked(tmp_path, builder, conf)
    assert f'<a class="lab-link reference external" href="{lab}">The first lab</a>' in built.html()
    page = built.html("labs/01-first/index" if builder == "dirhtml" else "labs/01-first")
    assert f'<a class="deck-link reference external" href="{deck}#/fringes">the fringes</a>' in page


def test_a_deck_without_notes_has_no_dead_links_to_labs(tmp_path):
    page = linked(tmp_path, "deck").html()
    assert "The first lab" in page
    assert "lab-link" not in page


def test_the_check_of_links_leaves_out_what_another_project_builds(tmp_path):
    output = Path(linked(tmp_path, "linkcheck").app.outdir, "output.txt").read_text()
    assert "slides/" not in output


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
