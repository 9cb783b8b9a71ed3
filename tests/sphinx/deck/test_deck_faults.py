"""Every fault of a deck is a message that names the file, the line, and what is allowed."""

import re

import pytest
from projects import build

from lens_labs.sphinx.deck.colours import colour

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>'
ALT = "the figure film.svg needs `:alt:`, which says what is seen to those who cannot see it"

MARKDOWN = {
    "an unknown option of a slide": (
        "# T\n\n## Look\n\n```{slide}\n:colour: red\n```\n",
        6, "'colour' (allowed: ['animate', 'background', 'class', 'countdown', 'state'])",
    ),
    "an unknown option of notes": (
        "# T\n\n```{notes}\n:minute: 2\nHello.\n```\n", 4, "'minute' (allowed: ['minutes'])",
    ),
    "an unknown option of steps": (
        "# T\n\n```{steps}\n:efekt: grow\n* a\n```\n", 4, "'efekt' (allowed: ['effect'])",
    ),
    "an unknown option of code": ("# T\n\n```{code-block} python\n:step: 1\na\n```\n", 4, "'step' (allowed: ["),
    "an unknown option of a drawing": (
        "# T\n\n```{drawing} film.svg\n:alt: x\n:widee:\n```\n", 5, "'widee' (allowed: ['alt', ",
    ),
    "content in a slide's options": ("# T\n\n```{slide}\nHello.\n```\n", 3, "Has content, but none permitted"),
    "a step beyond the code": (
        '# T\n\n## Code\n\n```{code-block} python\n:steps: "1|3"\na\n```\n',
        5, "steps must lie within the 1 lines of the code; got '3'",
    ),
    "steps without content": ("# T\n\n```{steps}\n```\n", 3, 'Content block expected for the "steps" directive'),
    "a formula in a line": ("# T\n\n## Look\n\nA\n$\\nonsense$.\n", 5, r"control sequence: \nonsense at position 1"),
    "a formula for itself": ("# T\n\n$$\n\\frac{1}\n$$\n", 3, "KaTeX parse error"),
    "a formula in speaker notes": ("# T\n\n```{notes}\nSay\n\n$\\nonsense$.\n```\n", 6, r"the formula is '\\nonsense'"),
    "a display in speaker notes": ("# T\n\n```{notes}\nSay\n\n$$\n\\nonsense\n$$\n```\n", 6, "KaTeX parse error"),
    "a figure without words": ("# T\n\n```{figure} film.svg\nA film.\n```\n", 3, ALT),
    "an image without words": ("# T\n\n```{image} film.svg\n```\n", 3, ALT),
    "an image of Markdown without words": ("# T\n\n## Look\n\n![](film.svg)\n", 5, ALT),
    "a drawing without words": ("# T\n\n```{drawing} film.svg\n```\n", 3, "a drawing needs `:alt:`"),
    "a layout that is nearly known": (
        "# T\n\n## Look\n\n```{slide}\n:class: quesstion\n```\n",
        5, "there is no layout 'quesstion'; did you mean 'question'? There are title, statement, hero, ",
    ),
    "an effect that is nearly known": ("# T\n\n```{steps}\n:effect: fade-upp\n* a\n```\n", 3, "did you mean 'fade-up' or 'fade-out'?"),
    "options given twice": (
        "# T\n\n## Look\n\n```{slide}\n:class: hero\n```\n\n```{slide}\n:class: top\n```\n",
        9, "this slide has a second `{slide}`; write all options into the first one",
    ),
    "options outside of a slide": ("```{slide}\n:class: hero\n```\n\n# T\n", 1, "`{slide}` stands in front of the first heading"),
    "notes outside of a slide": ("```{notes}\nHello.\n```\n\n# T\n", 1, "`{notes}` stands in front of the first heading"),
    "text outside of a slide": ("Hello.\n\n# T\n", 1, "this stands in front of the first heading, so that no slide shows it"),
    "no heading": ("Hello.\n", 1, "a deck begins with a title"),
    "a second title": ("# T\n\n## Look\n\n# U\n", 5, "a deck has one title, and this is a second one"),
    "a level that is skipped": ("# T\n\n### Look\n", 3, "Non-consecutive header level increase; H1 to H3"),
    "a deck that begins too low": ("## T\n", 1, "Document headings start at H2, not H1"),
    "minutes in words": (
        "# T\n\n```{notes}\n:minutes: two\nHello.\n```\n",
        4, "minutes must be a positive number, such as 2 or 1.5; got 'two'",
    ),
    "a slide without minutes in a deck with them": (
        "---\ndeck: {minutes: 3}\n---\n# T\n", 4, "this slide needs `{notes}` with `:minutes:`",
    ),
    "a colour that no browser knows": (
        "# T\n\n```{slide}\n:background: redd\n```\n",
        4, "a colour must be like '#0b1a2a', 'var(--night)', 'rgb(11 26 42)' or 'ivory'; got 'redd'",
    ),
    "a countdown of three": (
        "# T\n\n```{slide}\n:class: question\n:countdown: 60 90 30\n```\n",
        5, "countdown must be one or two positive numbers of seconds, such as 60 90 to think and to pair; got '60 90 30'",
    ),
    "a countdown of nothing": ("# T\n\n```{slide}\n:class: question\n:countdown: 0\n```\n", 5, "countdown must be one or two"),
    "a countdown without a question": (
        "# T\n\n## Look\n\n```{slide}\n:countdown: 60\n```\n", 3, "a countdown needs a slide of `:class: question`",
    ),
    "notes without words": ("# T\n\n```{notes}\n:minutes: 2\n```\n", 3, "Content block expected for the \"notes\" directive"),
    "a colour with half of its quotes": ("# T\n\n```{slide}\n:background: '\"ivory'\n```\n", 4, "a colour must be like"),
    "a page of others behind a slide": (
        "# T\n\n```{slide}\n:data-background-iframe: https://example.org\n```\n",
        3, "data-background-iframe asks another server, and a deck must work without a network; got 'https://example.org'",
    ),
    "a ground that does not exist": (
        "# T\n\n```{slide}\n:data-background-image: none.png\n```\n", 3, "data-background-image: there is no file none.png",
    ),
    "a demo without script": (
        "# T\n\n## Look\n\n:::{demo} wave\n:::{drawing} film.svg\n:alt: A film\n:::\n:::\n",
        5, "the demo 'wave' needs the script demos/wave.js in a folder of `html_static_path`",
    ),
    "an unknown field": (
        "---\ntitle: T\ndeck: {minute: 3}\n---\n# T\n", 3, "deck: there is no field 'minute'; allowed are lecture, minutes",
    ),
    "an unknown result": ("# T\n\n## Look\n\nSo much: {result}`L9.none`.\n", 5, "there is no result 'L9.none' in results.json"),
    "an unknown equation": (
        "# T\n\n## Look\n\n```{notes-equation} eq-ris\n```\n",
        5, "the notes have no equation labelled 'eq-ris'; did you mean 'eq-risk'?",
    ),
    "an unknown equation in a line": ("# T\n\n## Look\n\nBy {eq}`eq-ris`.\n", 5, "the notes have no equation 'eq-ris'; did you mean 'eq-risk'?"),
    "an unknown term": ("# T\n\n## Look\n\nA {term}`Kiessig fringe`.\n", 5, "the notes have no term 'Kiessig fringe'; did you mean 'Kiessig fringes'"),
    "an unknown label": ("# T\n\n## Look\n\nSee {ref}`sec-los`.\n", 5, "the notes have no label 'sec-los'; did you mean 'sec-loss'?"),
    "an unknown section": ("# T\n\n## Look\n\nSee {notes-link}`it <sec-los>`.\n", 5, "the notes have no label 'sec-los'; did you mean 'sec-loss'?"),
    "an unknown page": ("# T\n\n## Look\n\nSee {doc}`/glosary`.\n", 5, "the notes have no page '/glosary'; did you mean 'glossary'?"),
}  # fmt: skip
RESTRUCTUREDTEXT = {
    "an unknown option of a slide": (
        ".. slide::\n   :colour: red\n",
        'unknown option: "colour"; allowed are "animate", "background", "class", "countdown", "state".',
    ),
    "an unknown option of notes": (
        ".. notes::\n   :minute: 2\n\n   Hello.\n",
        'unknown option: "minute"; allowed are "minutes".',
    ),
    "an unknown option of steps": (".. steps::\n   :efekt: grow\n\n   * a\n", 'allowed are "effect".'),
    "an unknown option of code": (
        ".. code-block:: python\n   :step: 1\n\n   a\n",
        'unknown option: "step"; allowed are',
    ),
    "an unknown option of a drawing": (
        ".. drawing:: film.svg\n   :alt: x\n   :widee:\n",
        'unknown option: "widee"; allowed are "alt", ',
    ),
    "a step beyond the code": (
        ".. code-block:: python\n   :steps: 3\n\n   a\n",
        "steps must lie within the 1 lines",
    ),
    "a formula in a line": ("A\n:math:`\\nonsense`.\n", "KaTeX parse error"),
    "a formula for itself": (".. math:: \\nonsense\n", "KaTeX parse error"),
    "a figure without words": (".. figure:: film.svg\n\n   A film.\n", ALT),
    "an image without words": (".. image:: film.svg\n", ALT),
    "a drawing without words": (".. drawing:: film.svg\n", "a drawing needs `:alt:`"),
    "a layout that is nearly known": (".. slide::\n   :class: quesstion\n", "did you mean 'question'?"),
    "minutes in words": (".. notes::\n   :minutes: two\n\n   Hello.\n", "minutes must be a positive number"),
    "a colour that no browser knows": (
        ".. slide::\n   :background: #12345\n",
        "a colour must be like '#0b1a2a'",
    ),
    "an unknown equation": (".. notes-equation:: eq-ris\n", "did you mean 'eq-risk'?"),
    "an unknown term": ("A :term:`Kiessig fringe`.\n", "the notes have no term 'Kiessig fringe'"),
}
NOTES = {
    "index.md": "# Notes\n\n```{toctree}\nglossary\n```\n\n(sec-loss)=\n## A loss\n\n$$\nr = s\n$$ (eq-risk)\n",
    "glossary.md": "# Terms\n\n```{glossary}\nKiessig fringes\n  Waves.\n```\n",
}


@pytest.fixture(scope="module")
def conf(tmp_path_factory):
    """Settings of decks whose notes are built."""
    folder = tmp_path_factory.mktemp("notes")
    assert build(folder, NOTES).warnings == ""
    return (
        f"deck_notes = '../'\ndeck_notes_sources = {str(folder / 'source')!r}\n"
        f"deck_notes_inventory = {str(folder / 'out' / 'objects.inv')!r}\n"
    )


def warnings_of(folder, name, source, conf):
    files = {"film.svg": SVG, "results.json": '{"values": {}}'}
    return build(folder, {name: source}, conf=conf, builder="deck", files=files).warnings


@pytest.mark.parametrize("fault", MARKDOWN)
def test_a_fault_in_markdown_is_told_with_its_line(tmp_path, conf, fault):
    source, line, words = MARKDOWN[fault]
    (message,) = warnings_of(tmp_path, "index.md", source, conf).splitlines()
    assert re.match(rf".*index\.md:{line}: (WARNING|ERROR): .*{re.escape(words)}", message), message


@pytest.mark.parametrize("fault", RESTRUCTUREDTEXT)
def test_a_fault_in_restructuredtext_is_told_with_its_line(tmp_path, conf, fault):
    source, words = RESTRUCTUREDTEXT[fault]
    warnings = warnings_of(tmp_path, "index.rst", f"Title\n=====\n\nLook\n----\n\n{source}", conf)
    assert re.match(rf".*index\.rst:7: (WARNING|ERROR): .*{re.escape(words)}", warnings, re.DOTALL), warnings
    assert len(re.findall(r"(WARNING|ERROR): ", warnings)) == 1


def test_the_message_of_a_formula_holds_no_letters_that_cannot_be_read(tmp_path, conf):
    warnings = warnings_of(tmp_path, "index.md", "# T\n\n$\\nonsense$\n", conf)
    assert "\N{COMBINING LOW LINE}" not in warnings


def test_classes_and_options_of_an_authors_own_remain_possible(tmp_path, conf):
    source = "# T\n\n## Look\n\n```{slide}\n:class: my-own tall\n:data-transition: zoom\n```\n"
    assert warnings_of(tmp_path, "index.md", source, conf) == ""


def test_a_footnote_a_label_and_a_comment_may_stand_in_front_of_the_title(tmp_path, conf):
    source = "% a comment\n\n(top)=\n# T\n\nA claim[^1].\n\n[^1]: A source.\n"
    assert warnings_of(tmp_path, "index.md", source, conf) == ""


@pytest.mark.parametrize(
    "good", ["#fff", "#0b1a2aff", "var(--night)", "rgb(1 2 3 / 50%)", '"#123456"', "RebeccaPurple"]
)
def test_a_colour_of_a_style_sheet_is_taken_as_it_is(good):
    assert colour(good) == good.strip('"')


@pytest.mark.parametrize("bad", [None, "", "#12", "#ggg", "nightblue", "url(x)", "red; color: blue"])
def test_what_is_no_colour_is_refused(bad):
    with pytest.raises(ValueError, match="a colour must be like"):
        colour(bad)
