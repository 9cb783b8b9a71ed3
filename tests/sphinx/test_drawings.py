"""Figures are drawn by code while pages are built."""

import re
import shutil
from pathlib import Path

import pytest
from projects import build

from lens_labs.sphinx import drawings

MODULE = '''
import matplotlib.pyplot as plt

def line():
    """Show a line."""
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    ax.set_xlabel("Q")
    return figure

def nothing():
    return None

def zero():
    return 1 / 0

def formula():
    figure, ax = plt.subplots()
    ax.set_title("$\\\\unknown$")
    return figure

def _secret():
    return plt.figure()
'''
PAGE = """# Title

See {fig}`the-line`.

:::{drawing} lecture01.line
:name: the-line
:alt: A line that rises
A line, *drawn*.
:::
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "lecture01.py"
    path.write_text(MODULE, "utf-8")
    return path


def test_a_figure_is_drawn_for_its_medium(source):
    notes, slide = (drawings.draw(source, "line", medium=medium) for medium in ("notes", "slide"))
    assert 'width="532.8pt"' in notes
    assert "font-size: 10.5px" in notes
    assert "font-size: 17.5px" in slide


def test_the_same_code_gives_the_same_bytes(source):
    assert drawings.draw(source, "line") == drawings.draw(source, "line")


@pytest.mark.parametrize("name", ["circle", "_secret"])
def test_a_missing_function_is_named_beside_those_that_exist(source, name):
    with pytest.raises(LookupError, match=f"lecture01.py has no function '{name}'; it has line, nothing"):
        drawings.draw(source, name)


def test_a_figure_is_drawn_once_and_again_when_its_code_changes(source, tmp_path):
    cache = tmp_path / "cache"
    first = drawings.kept(source, "line", medium="notes", cache=cache)
    assert drawings.kept(source, "line", medium="notes", cache=cache) == first
    source.write_text(MODULE.replace('"Q"', '"q"'), "utf-8")
    second = drawings.kept(source, "line", medium="notes", cache=cache)
    assert second != first
    assert not first.exists()


def test_a_figure_is_drawn_again_when_what_it_depends_on_changes(source, tmp_path):
    data = tmp_path / "data.txt"
    data.write_text("1")
    first = drawings.kept(source, "line", medium="notes", cache=tmp_path / "cache", depends=[data])
    data.write_text("2")
    assert drawings.kept(source, "line", medium="notes", cache=tmp_path / "cache", depends=[data]) != first


def test_a_page_holds_the_figure_with_caption_number_and_alternative(tmp_path):
    page = build(tmp_path, {"index.md": PAGE}, files={"figures/lecture01.py": MODULE})
    assert page.warnings == ""
    html = page.html()
    assert 'role="img" aria-label="A line that rises"' in html
    assert '<span class="caption-number">Figure 1. </span>' in html
    assert "A line, <em>drawn</em>." in html
    assert re.search(r'<a class="fig reference internal" href="#the-line">Figure 1</a>', html)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (":alt: A line that rises\n", "", "a drawing needs `:alt:`"),
        ("lecture01.line", "lecture01.circle", "lecture01.py has no function 'circle'; it has line, nothing"),
        ("lecture01.line", "lecture09.line", "there is no module of figures"),
        ("lecture01.line", "missing.svg", "there is no file missing.svg"),
        ("lecture01.line", "plain.svg", "must have a root element with a viewBox"),
        ("lecture01.line", "lecture01.nothing", "lecture01.nothing raised TypeError: it must return a figure of Matplotlib; got NoneType"),
        ("lecture01.line", "lecture01.zero", "lecture01.zero raised ZeroDivisionError: division by zero (lecture01.py, line 15)"),
        ("lecture01.line", "lecture01.formula", "lecture01.formula raised ValueError:"),
        ("lecture01.line", "broken.line", "broken.line raised SyntaxError: '(' was never closed (broken.py, line 1)"),
        ("{fig}`the-line`", "{fig}`another`", "there is no figure named 'another' on this page"),
    ],
)  # fmt: skip
def test_a_faulty_drawing_is_reported_with_its_place(tmp_path, old, new, words):
    files = {"figures/lecture01.py": MODULE, "figures/broken.py": "x = (1,", "plain.svg": "<svg></svg>"}
    page = build(tmp_path, {"index.md": PAGE.replace(old, new)}, files=files)
    assert re.search(rf"index\.md:\d+: (ERROR|WARNING): .*{re.escape(words)}", page.warnings)


def test_several_processes_may_draw_the_same_figure_at_once(source, tmp_path, monkeypatch):
    def keep(text):
        return drawings.kept_text(source, "line-notes.svg", lambda: text, cache=tmp_path / "cache")

    def write_and_be_overtaken(path, text, encoding):
        path.write_bytes(text.encode(encoding))
        if text == "one":
            keep("two")

    monkeypatch.setattr("os.getpid", iter((1, 2)).__next__)
    monkeypatch.setattr(Path, "write_text", write_and_be_overtaken)
    path = keep("one")
    assert path.read_text() == "one"
    assert list(path.parent.iterdir()) == [path]


def test_a_page_that_is_written_again_draws_what_is_no_longer_kept(tmp_path):
    files = {"figures/lecture01.py": MODULE}
    before = build(tmp_path, {"index.md": PAGE}, files=files)
    shutil.rmtree(tmp_path / "source" / "_build")
    again = build(tmp_path, {}, conf="html_title = 'Another'\n", fresh=False)
    assert again.warnings == ""
    assert "Another" in again.html()
    assert svg_of(again.html()) == svg_of(before.html())


def svg_of(html):
    """Return the figure of a page."""
    return re.search(r'<svg class="figure".*?</svg>', html, re.DOTALL)[0]


def test_a_page_depends_on_what_prepares_its_figures(tmp_path):
    page = build(tmp_path, {"index.md": PAGE}, files={"figures/lecture01.py": MODULE})
    assert any(str(path).endswith("sphinx/drawings.py") for path in page.app.env.dependencies["index"])


def test_a_medium_that_does_not_exist_is_reported(tmp_path):
    page = build(tmp_path, {"index.md": "# T\n"}, conf='drawings_medium = "slides"\n')
    assert "`drawings_medium` has to be a one of" in page.warnings
