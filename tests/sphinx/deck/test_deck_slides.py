"""From sources to slides: what becomes a slide, what it is called, and what is reported."""

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from projects import build

from lens_labs.sphinx.deck.nodes import deck_body, deck_notes, deck_slide, deck_stack
from lens_labs.sphinx.deck.slides import all_slides

STORY = """# A film reflects

By nobody

## Fringes measure thickness

Text.

### The same, drawn

More text.

### The same, computed

## Roughness takes them away

The end.
"""


def read(folder, source, *, name="index.md", conf="", files=None):
    """Build a deck; return the page as it was written, and the warnings."""
    built = build(folder, {name: source}, conf=conf, builder="deck", files=files)
    built.tree = built.resolved()
    return built


def title_of(slide):
    return next(iter(slide.findall(nodes.title))).astext()


def test_each_heading_starts_a_slide(tmp_path):
    slides = all_slides(read(tmp_path, STORY).tree)
    assert [(slide["level"], title_of(slide)) for slide in slides] == [
        (1, "A film reflects"),
        (2, "Fringes measure thickness"),
        (3, "The same, drawn"),
        (3, "The same, computed"),
        (2, "Roughness takes them away"),
    ]


def test_slides_stand_below_each_other_only_where_there_are_subsections(tmp_path):
    tree = read(tmp_path, STORY).tree
    assert [type(child) for child in tree.children] == [deck_slide, deck_stack, deck_slide]
    assert len(tree.children[1]) == 3


def test_no_sentence_is_lost_and_none_is_shown_twice(tmp_path):
    text = read(tmp_path, STORY).tree.astext()
    for sentence in ("By nobody", "Text.", "More text.", "The end."):
        assert text.count(sentence) == 1


def test_a_slide_without_content_has_no_body(tmp_path):
    slides = all_slides(read(tmp_path, STORY).tree)
    assert [bool(list(slide.findall(deck_body))) for slide in slides] == [True, True, True, False, True]


def test_restructuredtext_makes_the_same_deck(tmp_path):
    source = """A film reflects
===============

.. slide::
   :class: hero

By nobody

.. _here:

Fringes
-------

.. steps::

   * one
   * two

.. notes::
   :minutes: 2

   Say *this*.

Drawn
~~~~~
"""
    built = read(tmp_path, source, name="index.rst", conf="source_suffix = {'.rst': 'restructuredtext'}\n")
    assert built.warnings == ""
    first, second, third = all_slides(built.tree)
    assert first["classes"] == ["hero"]
    assert (second["ids"][0], second["minutes"]) == ("here", 2)
    assert [item["classes"] for item in second.findall(nodes.list_item)] == [["fragment"]] * 2
    assert third["level"] == 3


def test_a_slide_is_called_by_its_title(tmp_path):
    names = [slide["ids"][0] for slide in all_slides(read(tmp_path, STORY).tree)]
    assert names[1] == "fringes-measure-thickness"


def test_a_label_wins_over_the_title_which_still_leads_there(tmp_path):
    built = read(tmp_path, "# Title\n\n(sec-fringes)=\n## Fringes measure thickness\n\nText.\n")
    assert all_slides(built.tree)[1]["ids"] == ["sec-fringes", "fringes-measure-thickness"]
    assert 'id="fringes-measure-thickness"' in built.html()


def test_two_slides_with_one_title_are_counted(tmp_path):
    built = read(tmp_path, "# Title\n\n## One neuron\n\na\n\n## Another\n\nb\n\n## One neuron\n\nc\n")
    names = [slide["ids"][0] for slide in all_slides(built.tree)]
    assert names == ["title", "one-neuron", "another", "one-neuron-2"]


def test_a_title_without_latin_letters_has_a_name_too(tmp_path):
    built = read(tmp_path, "# Title\n\n## ρ(z)\n\na\n\n## Σ\n\nb\n")
    assert [slide["ids"][0] for slide in all_slides(built.tree)][2] == "slide"


def test_options_shape_the_slide_and_are_not_shown(tmp_path):
    source = """# Title

## Look

```{slide}
:class: hero top
:background: "#123456"
:animate:
:state: quiet
:data-transition: zoom
```

Text.
"""
    built = read(tmp_path, source)
    slide = all_slides(built.tree)[1]
    assert built.warnings == ""
    assert slide["classes"] == ["hero", "top"]
    assert slide["attributes_"] == {
        "data-background-color": "#123456",
        "data-auto-animate": "",
        "data-state": "quiet",
        "data-transition": "zoom",
    }


def test_the_first_slide_is_a_title_on_a_dark_ground(tmp_path):
    first = all_slides(read(tmp_path, STORY).tree)[0]
    assert first["classes"] == ["title"]
    assert first["attributes_"]["data-background-color"] == "var(--night)"


def test_options_of_a_vertical_slide_do_not_reach_the_slide_above(tmp_path):
    built = read(tmp_path, "# Title\n\n## Above\n\n### Below\n\n```{slide}\n:class: hero\n```\n")
    assert [slide["classes"] for slide in all_slides(built.tree)[1:]] == [[], ["hero"]]


def test_an_unknown_option_is_reported_with_file_and_line(tmp_path):
    warnings = read(tmp_path, "# Title\n\n## Look\n\n```{slide}\n:colour: red\n```\n").warnings
    assert "index.md:6" in warnings
    assert "'colour'" in warnings


def test_an_unknown_option_is_reported_in_restructuredtext_too(tmp_path):
    warnings = read(tmp_path, "Title\n=====\n\n.. slide::\n   :colour: red\n", name="index.rst").warnings
    assert "index.rst:4" in warnings
    assert "colour" in warnings


def test_notes_keep_their_markup_and_stand_behind_the_body(tmp_path):
    built = read(
        tmp_path, "# Title\n\n```{notes}\n:minutes: 1.5\nSay **this**, $a^2$.\n\n- first\n```\n\nShown.\n"
    )
    slide = all_slides(built.tree)[0]
    assert isinstance(slide.children[-1], deck_notes)
    assert slide["minutes"] == 1.5
    assert list(slide.children[-1].findall(nodes.strong))
    assert list(slide.children[-1].findall(nodes.math))
    assert list(slide.children[-1].findall(nodes.bullet_list))


@pytest.mark.parametrize("value", ["two", "-1", "0", "nan"])
def test_minutes_must_be_a_positive_number(tmp_path, value):
    warnings = read(tmp_path, f"# Title\n\n```{{notes}}\n:minutes: {value}\nText.\n```\n").warnings
    assert "index.md:4" in warnings
    assert "minutes must be a positive number" in warnings


def test_a_deck_that_says_its_minutes_has_them_on_every_slide(tmp_path):
    source = "---\ndeck: {lecture: 2, minutes: 3}\n---\n# Title\n\n```{notes}\n:minutes: 1\nHello.\n```\n\n## Silent\n\nText.\n"
    warnings = read(tmp_path, source).warnings
    assert warnings.count("needs `{notes}` with `:minutes:`") == 1
    assert "index.md:11" in warnings


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("{lecture: two}", "deck.lecture must be of type int; got 'two'"),
        ("{lecture: true}", "deck.lecture must be of type int; got True"),
        ("{minute: 3}", "there is no field 'minute'; allowed are lecture, minutes, title, notes"),
        ("55", "deck must hold fields"),
    ],
)
def test_a_fault_in_the_front_matter_is_reported(tmp_path, field, words):
    warnings = read(tmp_path, f"---\ndeck: {field}\n---\n# Title\n").warnings
    assert "index.md" in warnings
    assert words in warnings


def test_restructuredtext_has_the_same_front_matter(tmp_path):
    source = """:deck: {"lecture": 2, "title": "A film's story"}

A film
======

Text.
"""
    built = read(tmp_path, source, name="index.rst", conf="deck_notes = '../'\n")
    assert built.warnings == ""
    label = BeautifulSoup(built.html(), "html.parser").select_one(".foot .label")
    assert (label.text, label["href"]) == ("Lecture 2 · A film's story", "../lectures/index.html")


def test_a_figure_without_alt_text_is_reported_with_file_and_line(tmp_path):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>'
    source = "# Title\n\n## Look\n\n```{figure} film.svg\nA caption.\n```\n"
    warnings = read(tmp_path, source, files={"film.svg": svg}).warnings
    assert "film.svg needs `:alt:`" in warnings
    assert "index.md:5" in warnings


def test_a_document_without_a_title_is_no_deck(tmp_path):
    assert "a deck begins with a title" in read(tmp_path, "Only text.\n").warnings


def test_steps_mark_items_and_blocks(tmp_path):
    built = read(tmp_path, "# Title\n\n```{steps}\n:effect: fade-up\n1. one\n2. two\n\nA paragraph.\n```\n")
    items = [*built.tree.findall(nodes.list_item)]
    assert [item["classes"] for item in items] == [["fragment", "fade-up"]] * 2
    paragraph = next(node for node in built.tree.findall(nodes.paragraph) if node.astext() == "A paragraph.")
    assert paragraph["classes"] == ["fragment", "fade-up"]
    assert not any("fragment" in each["classes"] for each in built.tree.findall(nodes.enumerated_list))


def test_a_term_and_its_definition_are_one_step(tmp_path):
    built = read(
        tmp_path,
        "Title\n=====\n\n.. steps::\n\n   One\n      First.\n   Two\n      Second.\n",
        name="index.rst",
    )
    steps = BeautifulSoup(built.html(), "html.parser").select("dl > .fragment")
    assert [step.get_text(" ", strip=True) for step in steps] == ["One First.", "Two Second."]


def test_lines_of_code_have_the_numbers_and_the_emphasis_that_were_asked_for(tmp_path):
    source = (
        "# Title\n\n```{code-block} python\n:lineno-start: 9\n:emphasize-lines: 2\na = 1\nb = 2\n```\n\n"
        "```python\nc = 3\n```\n"
    )
    built = read(tmp_path, source)
    lines = BeautifulSoup(built.html(), "html.parser").select(".line")
    assert built.warnings == ""
    assert [(line["data-line"], line.get("data-number")) for line in lines] == [
        ("1", "9"),
        ("2", "10"),
        ("1", None),
    ]
    assert [line["class"] for line in lines] == [["line"], ["line", "marked"], ["line"]]


def test_lines_of_code_are_pointed_out_in_groups(tmp_path):
    built = read(
        tmp_path, '# Title\n\n```{code-block} python\n:steps: "1-2|4, 1"\na = 1\nb = 2\n\nc = 3\n```\n'
    )
    assert built.warnings == ""
    assert next(iter(built.tree.findall(nodes.literal_block)))["steps"] == [[1, 2], [4, 1]]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("1|3-9", "steps must lie within the 4 lines of the code; got '3-9'"),
        ("0", "steps must lie within the 4 lines of the code; got '0'"),
        ("3-2", "steps must lie within the 4 lines of the code; got '3-2'"),
        ("first", "steps must be lines and ranges, such as '1-2|4|5, 7'; got 'first'"),
        ("1||2", "steps must be lines and ranges"),
    ],
)
def test_steps_beyond_the_code_are_reported_with_file_and_line(tmp_path, steps, words):
    source = (
        f'# Title\n\n## Code\n\n```{{code-block}} python\n:steps: "{steps}"\na = 1\nb = 2\n\nc = 3\n```\n'
    )
    warnings = read(tmp_path, source).warnings
    assert words in warnings
    assert "index.md:5" in warnings


def test_a_footnote_stands_on_the_slide_of_its_first_reference(tmp_path):
    source = (
        "# Title\n\nText.\n\n## Claim\n\nA claim[^a].\n\n## Others\n\nIt again[^a], another[^b].\n\n"
        "## Last\n\nText.\n\n[^a]: Source one.\n\n[^b]: Source two.\n"
    )
    slides = all_slides(read(tmp_path, source).tree)
    shown = [[note[-1].astext() for note in slide.findall(nodes.footnote)] for slide in slides]
    assert shown == [[], ["Source one."], ["Source two."], []]


def test_a_deeper_heading_stays_within_its_slide(tmp_path):
    built = read(tmp_path, "# Title\n\n## Two\n\n### Three\n\n#### A part\n\nText.\n")
    assert len(all_slides(built.tree)) == 3
    assert "<h4>A part</h4>" in built.html()
    assert built.html().count("<section") == 4  # three slides and a stack


def test_an_html_page_of_the_same_source_shows_notes_as_an_aside(tmp_path):
    built = build(
        tmp_path, {"index.md": "# Title\n\n```{slide}\n:class: hero\n```\n\n```{notes}\nSay this.\n```\n"}
    )
    assert built.warnings == ""
    assert '<aside class="notes"><p>Say this.</p>' in built.html().replace("\n", "")
