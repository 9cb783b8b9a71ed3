"""What decks quote: papers, terms, sections, equations and numbers; and that the way leads back."""

import json
import os
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from projects import build
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from lens_labs.sphinx.deck import addresses, equations

BIB = """@article{parratt1954, author={Parratt, L. G.}, title={Surface Studies}, journal={Phys. Rev.}, year={1954}}
@article{nix1994, author={Nix, D. A.}, title={Estimating the Mean}, journal={Proc.}, year={1994}}
"""
BIBTEX = """
extensions.append("sphinxcontrib.bibtex")
bibtex_bibfiles = ["refs.bib"]
bibtex_footbibliography_header = ""
myst_footnote_sort = False
"""
RESULTS = json.dumps(
    {"values": {"L2.error": {"lab": "02-lab", "values": [4.4, 4.6, 4.5], "unit": "Å"}}}, ensure_ascii=False
)
NOTES = {
    "index.md": "# Notes\n\n```{toctree}\nreference/terms\nlectures/02-x\n```\n",
    "reference/terms.md": "# Terms\n\n```{glossary}\nKiessig fringes\n  Waves.\n```\n",
    "lectures/02-x.md": "# X\n\n(sec-a)=\n## A film reflects\n\n$$\nfirst\n$$ (eq-first)\n\nText\n\n"
    "$$\n\\E(x) = \\tfrac12 .\n$$ (eq-mean)\n",
}
DECK = """---
deck: {lecture: 2}
---
# A film reflects

{term}`Kiessig fringes`, {term}`its waves <Kiessig fringes>`, {ref}`sec-a`, {ref}`there <sec-a>`, {doc}`/reference/terms`,
{notes-link}`the derivation <sec-a>`, {eq}`eq-mean`.

```{notes-equation} eq-mean
```

```{notes}
Say {term}`Kiessig fringes` and {result}`L2.error`.
```

## Numbers are quoted

It errs by {result}`L2.error`.
"""
MACROS = 'katex_macros = {r"\\E": r"\\mathbb{E}"}\n'


def settings(notes):
    return (
        f"{MACROS}root_doc = '02-x'\ndeck_notes = '../'\ndeck_notes_sources = {str(notes / 'source')!r}\n"
        f"deck_notes_glossary = 'reference/terms.html'\n"
        f"deck_notes_inventory = {str(notes / 'out' / 'objects.inv')!r}\n"
    )


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """The folder of notes that are built."""
    folder = tmp_path_factory.mktemp("notes")
    assert build(folder, NOTES, conf=MACROS).warnings == ""
    return folder


def deck(folder, conf, source=DECK, name="02-x.md", **options):
    return build(
        folder, {name: source}, conf=conf, builder="deck", files={"results.json": RESULTS}, **options
    )


@pytest.fixture(scope="module")
def built(notes, tmp_path_factory):
    return deck(tmp_path_factory.mktemp("deck"), settings(notes))


@pytest.fixture(scope="module")
def page(built):
    return BeautifulSoup(built.html("02-x"), "html.parser")


def links_to_notes(page):
    return [(link["href"], link.get_text()) for link in page.select(".stage .notes-link")]


def test_what_a_deck_does_not_have_is_looked_up_in_the_notes(built, page):
    assert built.warnings == ""
    assert links_to_notes(page) == [
        ("../reference/terms.html#term-Kiessig-fringes", "Kiessig fringes"),
        ("../reference/terms.html#term-Kiessig-fringes", "its waves"),
        ("../lectures/02-x.html#sec-a", "A film reflects"),
        ("../lectures/02-x.html#sec-a", "there"),
        ("../reference/terms.html", "Terms"),
        ("../lectures/02-x.html#sec-a", "the derivation"),
        ("../lectures/02-x.html#equation-eq-mean", "(2)"),
        ("../reference/terms.html#term-Kiessig-fringes", "Kiessig fringes"),
    ]


def test_every_quotation_leads_to_a_place_that_exists_in_the_built_notes(notes, page):
    addresses_ = {link["href"] for link in page.select(".stage a[href^='../']")} - {"../labs/02-lab.html"}
    assert len(addresses_) >= 4
    for address in addresses_:
        file, _, fragment = address.removeprefix("../").partition("#")
        content = (notes / "out" / file).read_text("utf-8")
        assert not fragment or f'id="{fragment}"' in content, address


def test_before_the_notes_are_built_links_have_the_addresses_that_they_will_have(tmp_path, notes, page):
    conf = settings(notes) + "deck_notes_inventory = ''\n"
    early = deck(tmp_path, conf)
    assert early.warnings == ""
    found = links_to_notes(BeautifulSoup(early.html("02-x"), "html.parser"))
    assert [address for address, _ in found] == [address for address, _ in links_to_notes(page)]


def test_a_deck_that_is_in_a_folder_finds_notes_labs_and_equations(tmp_path, notes):
    files = {"index.md": "# Decks\n\n```{toctree}\nparts/02-x\n```\n", "parts/02-x.md": DECK}
    built = build(
        tmp_path,
        files,
        conf=settings(notes) + "root_doc = 'index'\n",
        builder="deck",
        files={"results.json": RESULTS},
    )
    assert built.warnings == ""
    content = built.html("parts/02-x")
    found = set(re.findall(r'href="((?:\.\./)+)(?:reference|lectures|labs)/', content))
    assert found == {"../../"}


def test_a_reference_that_the_deck_can_resolve_stays_in_the_deck(tmp_path, notes):
    source = "# T\n\n(sec-a)=\n## Here\n\nSee {ref}`sec-a`.\n"
    content = deck(tmp_path, settings(notes), source).html("02-x")
    assert 'href="#sec-a"' in content
    assert "notes-link" not in content


def test_an_html_page_does_not_look_into_the_notes(tmp_path, notes):
    built = build(tmp_path, {"02-x.md": "# T\n\nSee {ref}`sec-a`.\n"}, conf=settings(notes))
    assert "undefined label: 'sec-a'" in built.warnings


def test_a_number_is_quoted_on_a_slide_and_in_speaker_notes(page):
    quoted = page.select("a.result")
    assert [link["href"] for link in quoted] == ["../labs/02-lab.html"] * 2
    assert quoted[0].find_parent("aside", class_="notes")
    assert quoted[1].find_parent("section")["id"] == "numbers-are-quoted"
    assert {link.get_text() for link in quoted} == {"4.50 ± 0.10\N{NO-BREAK SPACE}Å"}


def test_an_equation_comes_from_the_source_of_the_notes_with_their_number(built, page):
    (block,) = built.app.env.get_doctree("02-x").findall(nodes.math_block)
    assert block.astext() == r"\E(x) = \tfrac12"  # without the full stop of the sentence
    equation = page.select_one(".math-block")
    assert equation.select_one(".eqno").get_text() == "(2)"
    assert equation.select_one(".eqno a")["href"] == "../lectures/02-x.html#equation-eq-mean"
    assert equation.select_one("annotation").get_text() == r"\E(x) = \tfrac12"


def test_the_number_of_an_equation_is_the_one_of_the_built_notes(notes):
    content = BeautifulSoup((notes / "out/lectures/02-x.html").read_text("utf-8"), "html.parser")
    found = equations.all_equations(notes / "source")
    for label in ("eq-first", "eq-mean"):
        block = content.find(id=f"equation-{label}")
        number = block.select_one(".eqno") or block.parent.select_one(".eqno")
        assert number.get_text().startswith(f"({found[label].number})")


def test_a_deck_is_made_again_when_an_equation_of_the_notes_changes(tmp_path):
    build(tmp_path / "notes", NOTES, conf=MACROS)
    built = deck(tmp_path / "deck", settings(tmp_path / "notes"))
    source = tmp_path / "notes/source/lectures/02-x.md"
    source.write_text(source.read_text("utf-8").replace("tfrac12", "tfrac13"), "utf-8")
    os.utime(source, ns=(Path(built.app.outdir, "02-x.html").stat().st_mtime_ns + 10**10,) * 2)
    again(built.app)
    assert r"\tfrac13" in built.html("02-x")


def test_a_deck_is_made_again_when_a_section_of_the_notes_is_gone(tmp_path):
    build(tmp_path / "notes", NOTES, conf=MACROS)
    built = deck(tmp_path / "deck", settings(tmp_path / "notes"))
    moved = {**NOTES, "lectures/02-x.md": NOTES["lectures/02-x.md"].replace("(sec-a)=\n", "")}
    build(tmp_path / "notes", moved, conf=MACROS)
    assert again(built.app).count("the notes have no label 'sec-a'") == 3


def again(app):
    """Build a second time with what was kept; return the warnings."""
    import io

    warnings = io.StringIO()
    with docutils_namespace():
        Sphinx(
            app.srcdir, app.srcdir, app.outdir, app.doctreedir, "deck", status=None, warning=warnings
        ).build()
    return warnings.getvalue()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("$$ a $$ (eq-a)\n", {"eq-a": "a"}),
        ("$$\na\n$$\n\n$$\nb\n$$ (eq-b)\n", {"eq-b": "b"}),
        (":::{math}\n:label: eq-c\na\n  + b\n:::\n", {"eq-c": "a\n  + b"}),
        ("````{note}\n```{math}\n:label: eq-d\nd\n```\n````\n", {"eq-d": "d"}),
        ("1. item\n\n   $$\n   e\n   $$ (eq-e)\n", {"eq-e": "e"}),
        ("```python\n$$\nf\n$$ (eq-f)\n```\n", {}),
        (".. math:: a = b\n   :label: eq-g\n\nText\n", {"eq-g": "a = b"}),
        (".. math::\n   :label: eq-h\n   :nowrap:\n\n   a\n\n   b\n\nText\n", {"eq-h": "a\n\nb"}),
        (".. math::\n\n   unlabelled\n", {}),
    ],
)  # fmt: skip
def test_labelled_equations_are_found_in_both_languages(source, found):
    assert equations.labelled(source) == found


def cited(folder, source):
    return build(folder, {"index.md": source}, conf=BIBTEX, builder="deck", files={"refs.bib": BIB})


def test_a_citation_on_a_slide_has_a_number_that_leads_to_its_entry_and_back(tmp_path):
    source = """# T

## A

So {footcite:p}`parratt1954`.

## B

So {footcite:p}`nix1994,parratt1954`.

```{notes}
By {footcite:t}`nix1994`.
```

## References

```{footbibliography}
```
"""
    built = cited(tmp_path, source)
    assert built.warnings == ""
    page = BeautifulSoup(built.html(), "html.parser")
    numbers = [(link.get_text(strip=True), link["href"]) for link in page.select("a.footnote-reference")]
    assert numbers[:3] == [
        ("[1]", "#footcite-parratt1954"),
        ("[2]", "#footcite-nix1994"),
        ("[1]", "#footcite-parratt1954"),
    ]
    entries = page.select("#references .footnote")
    assert [entry["id"] for entry in entries] == ["footcite-parratt1954", "footcite-nix1994"]
    assert "Parratt" in entries[0].get_text()
    known = {tag["id"] for tag in page.find_all(id=True)}
    back = {link["href"].removeprefix("#") for entry in entries for link in entry.select("a[href^='#']")}
    assert back
    assert back <= known


def test_references_may_stand_on_the_slide_that_cites_them(tmp_path):
    foot = "\n\n```{footbibliography}\n```\n"
    source = (
        f"# T\n\n## A\n\nSo {{footcite:p}}`parratt1954`.{foot}\n## B\n\nSo {{footcite:p}}`nix1994`.{foot}"
    )
    built = cited(tmp_path, source)
    assert built.warnings == ""
    page = BeautifulSoup(built.html(), "html.parser")
    for slide, key, number in (("a", "parratt1954", "[1]"), ("b", "nix1994", "[2]")):
        section = page.find("section", id=slide)
        assert section.select_one("a.footnote-reference").get_text(strip=True) == number
        assert [entry["id"] for entry in section.select(".footnote")] == [f"footcite-{key}"]


TITLES = """---
deck: {lecture: 2}
# no slide
---
# A *film* reflects $R(Q)$

(sec-fringes)=
(sec-second)=
## Fringes tell `d`

```python
# no slide
```

::::{container} cols
# no slide either
::::

### What is ρ? {sub}`2`

## A [link](https://example.org) &amp; more

## Stop 2

## Stop

## Stop

### Below

#### Not a slide

## {term}`Prior <prior>`

   ## Indented

> ## Quoted

{#by-attribute}
## Named

(underlined)=
Two lines
of a title
---
"""
RST_TITLES = """==============
A film, *twice*
==============

.. _sec-fringes:

Fringes
=======

::

   No slide
   --------

Drawn
-----

.. _other one:

Deeper
~~~~~~

Fringes
=======
"""


@pytest.mark.parametrize(("name", "source"), [("index.md", TITLES), ("index.rst", RST_TITLES)])
def test_the_addresses_of_slides_are_known_without_building(tmp_path, name, source):
    conf = 'myst_enable_extensions += ["attrs_block"]\n'
    built = build(tmp_path, {name: source}, builder="deck", conf=conf)
    page = BeautifulSoup(built.html(), "html.parser")
    slides = [stage.parent for stage in page.select("section > .stage")]
    firsts = {slide["id"] for slide in slides}
    inside = {tag["id"] for slide in slides for tag in slide.find_all("span", id=True)}
    found = addresses.in_source(source, markdown=name.endswith(".md"))
    assert firsts <= found <= firsts | inside


def test_no_two_slides_share_an_address():
    found = addresses.named(
        [("Stop", ["stop"]), ("Stop", ["id1"]), ("Stop 2", ["stop-2"]), ("Stop", ["id2"])]
    )
    assert found == [["stop"], ["stop-2"], ["stop-2-2"], ["stop-3"]]


def test_equations_are_read_where_pages_are_and_a_file_that_cannot_be_read_is_named(tmp_path):
    equation = "$$\na\n$$ ({label})\n"
    for folder, label in [
        (".", "here"),
        ("part", "below"),
        ("_build", "x"),
        ("a/node_modules/b", "y"),
        (".git", "z"),
    ]:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "page.md").write_text(equation.format(label=label))
    assert list(equations.all_equations(tmp_path)) == ["here", "below"]
    (tmp_path / "old.md").write_bytes("$$\na\n$$ (old)\n\nschön".encode("latin-1"))
    conf = f"deck_notes_sources = {str(tmp_path)!r}\n"
    built = deck(tmp_path / "deck", conf, "# T\n\n```{notes-equation} here\n```\n", "index.md")
    assert re.search(
        r"WARNING: no equations are read from .*/old\.md: 'utf-8' codec can't decode", built.warnings
    )
    assert "math-block" in built.html()
