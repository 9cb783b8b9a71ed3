"""The HTML of a deck: what reveal.js, a screen reader and a strict server find in it."""

import os
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from projects import build
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from lens_labs.sphinx.deck import directives, motif

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><defs><path id="a"/></defs>'
    '<use href="#a" stroke="#00697a"/></svg>'
)
SOURCE = """---
deck: {lecture: 2, minutes: 4.5, title: Dense regression}
---
# A film reflects

By nobody

```{notes}
:minutes: 1
Welcome, $a^2$.
```

(sec-look)=
## Look

:::::{container} cols
::::{container}
Text and $b^2$. See {notes-link}`the derivation <sec-loss>`.
::::

```{figure} film.svg
:alt: A "film"
```
:::::

```{notes}
:minutes: 1.5
Point.
```

### Code

```{code-block} python
:steps: "1|2"
a = "<b>"
b = 1  # one
```

```{notes}
:minutes: 1
Step.
```

## The end

```{slide}
:class: statement
```

```{notes}
:minutes: 1
Stop.
```
"""
CONF = 'deck_notes = "../"\n'


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(
        tmp_path_factory.mktemp("deck"),
        {"index.md": SOURCE},
        conf=CONF,
        builder="deck",
        files={"film.svg": SVG},
    )


@pytest.fixture(scope="module")
def page(built):
    return BeautifulSoup(built.html(), "html.parser")


def slides_of(page):
    return [
        section for section in page.select(".slides section") if section.find(class_="stage", recursive=False)
    ]


def test_the_deck_is_built_without_a_warning(built):
    assert built.warnings == ""


def test_every_slide_is_a_section_with_a_name_around_one_stage(page):
    assert [slide["id"] for slide in slides_of(page)] == ["a-film-reflects", "sec-look", "code", "the-end"]
    assert all(len(slide.find_all(class_="stage")) == 1 for slide in slides_of(page))


def test_slides_below_each_other_share_a_section_without_a_name(page):
    stack = page.find(id="sec-look").parent
    assert (stack.name, stack.attrs) == ("section", {})
    assert page.find(id="code").parent is stack
    assert page.find(id="the-end").parent.name == "main"


def test_headings_skip_no_level(page):
    levels = [heading.name for heading in page.find_all(re.compile(r"h\d"))]
    assert levels == ["h1", "h2", "h3", "h2"]


def test_the_title_carries_no_sign_of_a_link(page):
    assert page.find(class_="headerlink") is None


def test_a_slide_knows_its_minutes(page):
    found = [slide["data-minutes"] for slide in slides_of(page)]
    assert found == ["1", "1.5", "1", "1"]


def test_the_speaker_reads_the_minutes_first(page):
    notes = page.find(id="sec-look").find("aside", class_="notes")
    assert notes.get_text(" ", strip=True) == "1.5 min Point."


def test_formulas_are_laid_out_on_slides_and_plain_mathml_in_notes(page):
    slide = page.find(id="sec-look").find(class_="body")
    notes = page.find(id="a-film-reflects").find("aside", class_="notes")
    assert slide.find(class_="katex-html")
    assert notes.find("math")
    assert notes.find(class_="katex-html") is None


def test_an_svg_stands_in_the_page_with_its_text_alternative(page, built):
    figure = page.find(id="sec-look").find("svg")
    assert (figure["role"], figure["aria-label"]) == ("img", 'A "film"')
    assert figure.find("use")["stroke"] == "var(--accent)"
    assert figure.find("use")["href"] == f"#{figure.find('path')['id']}"
    assert page.find("img") is None
    assert not Path(built.app.outdir, "_images").exists()


def test_identifiers_are_unique(page):
    names = [tag["id"] for tag in page.find_all(id=True)]
    assert sorted(names) == sorted(set(names))


def test_code_is_written_line_by_line_and_escaped(page):
    code = page.find(class_="code")
    assert [line["data-line"] for line in code.select(".line")] == ["1", "2"]
    assert code.pre.get_text().splitlines() == ['a = "<b>"', "b = 1  # one"]
    assert code.find(class_="c1").get_text() == "# one"


def test_what_a_step_points_out_stands_in_the_page(page):
    code = page.find(class_="code")
    assert code["data-first"] == "1"
    assert [step["data-lines"] for step in code.select(".fragment.step")] == ["2"]


def test_a_statement_and_the_title_stand_on_a_dark_ground(page):
    grounds = [slide.get("data-background-color") for slide in slides_of(page)]
    assert grounds == ["var(--night)", None, None, "var(--night)"]


def test_first_and_last_slide_lead_back_to_the_notes(page):
    links = [slide.select_one(".to-notes a") for slide in slides_of(page)]
    assert [link and link["href"] for link in links] == [
        "../lectures/index.html",
        None,
        None,
        "../lectures/index.html",
    ]


def test_the_foot_names_the_lecture_and_leads_to_the_notes(page):
    foot = page.select_one("footer a")
    assert foot.get_text() == "Lecture 2 · Dense regression"
    assert foot["href"] == "../lectures/index.html"
    assert foot["aria-label"].startswith(foot.get_text())


def test_a_link_to_the_notes_works_before_they_are_built(page):
    assert page.select_one(".notes-link")["href"] == "../lectures/index.html#sec-loss"


def test_no_script_and_no_handler_stands_inside_the_page(page):
    assert all(script.get("src") and not script.get_text(strip=True) for script in page.find_all("script"))
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.lower().startswith("on")]


def test_all_that_a_page_loads_is_relative_and_there(page, built):
    addresses = [tag["src"] for tag in page.find_all(src=True)]
    addresses += [tag["href"] for tag in page.find_all("link")]
    assert len(addresses) > 8
    for address in addresses:
        path = address.partition("?")[0]
        assert not path.startswith(("/", "http", ".."))
        assert Path(built.app.outdir, path).is_file(), path


def test_what_styles_load_is_there(built):
    static = Path(built.app.outdir, "_static")
    for sheet in static.rglob("*.css"):
        addresses = re.findall(r"url\(([^)]+)\)", sheet.read_text("utf-8"))
        # KaTeX names older formats of its letters too, which no browser asks for
        for address in [each for each in addresses if not each.endswith((".woff", ".ttf"))]:
            assert address.startswith("data:") or (sheet.parent / address).is_file(), (sheet, address)


def test_a_deck_loads_nothing_of_other_themes_and_makes_no_index(built):
    made = {path.name for path in Path(built.app.outdir).iterdir() if not path.name.startswith(".")}
    assert made == {"index.html", "objects.inv", "_static"}
    assert not Path(built.app.outdir, "_static", "pygments.css").exists()


def contents(folder, **options):
    pages = {
        "index.md": "# Decks\n\nTwo of them.\n\n```{toctree}\none\nparts/two\n```\n",
        "one.md": "---\ndeck: {lecture: 1, title: First, minutes: 1}\n---\n# The first deck\n\n```{notes}\n:minutes: 1\nHi.\n```\n",
        "parts/two.md": "---\ndeck: {lecture: 2}\n---\n# The second deck\n\nSee {notes-link}`this <sec-a>`.\n\n## End\n\nText.\n",
    }
    return build(folder, pages, builder="deck", **options)


def test_a_table_of_contents_becomes_a_list_of_decks(tmp_path):
    built = contents(tmp_path, conf=CONF)
    page = BeautifulSoup(built.html(), "html.parser")
    assert built.warnings == ""
    assert [(link["href"], link.get_text(" ", strip=True)) for link in page.select(".decks a")] == [
        ("one.html", "1 The first deck First · 1 minutes"),
        ("parts/two.html", "2 The second deck"),
    ]
    assert page.h1.get_text() == "Decks"
    assert page.find(class_="reveal") is None
    assert page.select_one(".back a")["href"] == "../index.html"


def test_a_deck_in_a_folder_finds_its_way(tmp_path):
    built = contents(tmp_path, conf=CONF)
    page = BeautifulSoup(built.html("parts/two"), "html.parser")
    assert page.select_one(".notes-link")["href"] == "../../lectures/two.html#sec-a"
    assert page.find("script")["src"] == "../_static/deck-theme.js"


def test_without_notes_there_are_no_links_to_them(tmp_path):
    built = contents(tmp_path)
    assert "there are no notes to link to" in built.warnings
    assert "parts/two.md:6" in built.warnings.replace(os.sep, "/")
    assert "to-notes" not in built.html("parts/two")


def test_where_the_notes_are_built_a_label_is_looked_up(tmp_path):
    notes = {
        "index.md": "# Notes\n\n```{toctree}\nlectures/02-x\n```\n",
        "lectures/02-x.md": "# X\n\n(sec-a)=\n## A\n",
    }
    build(tmp_path / "notes", notes)
    conf = f"{CONF}deck_notes_inventory = {str(tmp_path / 'notes' / 'out' / 'objects.inv')!r}\n"
    known = contents(tmp_path / "known", conf=conf)
    assert known.warnings == ""
    assert 'href="../../lectures/02-x.html#sec-a"' in known.html("parts/two")


def test_a_label_that_the_notes_do_not_have_is_reported(tmp_path):
    build(tmp_path / "notes", {"index.md": "# Notes\n"})
    conf = f"{CONF}deck_notes_inventory = {str(tmp_path / 'notes' / 'out' / 'objects.inv')!r}\n"
    warnings = contents(tmp_path / "lost", conf=conf).warnings
    assert "the notes have no label 'sec-a'" in warnings
    assert "two.md:6" in warnings


def test_only_a_changed_deck_is_written_again(tmp_path):
    built = contents(tmp_path, conf=CONF)
    out = Path(built.app.outdir)
    before = {name: (out / name).stat().st_mtime_ns for name in ("one.html", "parts/two.html")}
    source = Path(built.app.srcdir, "one.md")
    source.write_text(source.read_text("utf-8").replace("Hi.", "Good morning."), "utf-8")
    os.utime(source, ns=(before["one.html"] + 10**9,) * 2)
    with docutils_namespace():
        Sphinx(
            source.parent, source.parent, out, built.app.doctreedir, "deck", status=None, warning=None
        ).build()
    assert "Good morning." in (out / "one.html").read_text("utf-8")
    assert (out / "parts/two.html").stat().st_mtime_ns == before["parts/two.html"]


def test_every_layout_that_is_named_has_looks():
    sheet = Path(directives.__file__).with_name("theme") / "static" / "deck.css"
    styled = set(re.findall(r"[.]([a-z]+)", sheet.read_text("utf-8")))
    assert styled.issuperset(directives.LAYOUTS)


def test_the_ground_of_the_title_is_the_same_every_time_and_leaves_room_for_words():
    drawn = motif.title_ground()
    assert drawn == motif.title_ground()
    points = [float(x) for x in re.findall(r"M(\d+) ", drawn)]
    assert min(points) > 500
    assert len(points) > 500


@pytest.mark.parametrize("zero", [4.493409, 7.725252, 10.904122])
def test_the_rings_of_the_title_are_dark_where_a_sphere_scatters_nothing(zero):
    assert motif.form_factor(zero) < 1e-12 < motif.form_factor(zero + 0.5)
