"""Whole projects of decks: built at once or one after the other, a second time, by strangers, and small."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from projects import build
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

import lens_labs.sphinx
from lens_labs.sphinx.deck.nodes import deck_notes, deck_slide

PACKAGE = Path(lens_labs.sphinx.__file__).parent
CONF = """
project = "decks"
extensions = ["myst_parser", "lens_labs.sphinx"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
"""
DECK = """# Deck {n}

## A formula, a figure

$$R_{n}(Q) = |r_{n}|^2$$

```{{figure}} film.svg
:alt: A film
```

```{{code-block}} python
:steps: "1|2"
a = {n}
b = a
```

```{{drawing}} film.svg
:alt: The film again
```

```{{notes}}
:minutes: {n}
Say $d_{n}$.
```

## A formula, a figure
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path id="a" d="M0 0h{}"/></svg>'


def sphinx(source, out, *, builder="deck"):
    """Build what is out of date; no warning is allowed."""
    warnings = io.StringIO()
    with docutils_namespace():
        app = Sphinx(source, source, out, out / ".trees", builder, status=None, warning=warnings)
        app.build()
    assert warnings.getvalue() == ""


def content(folder):
    """Return what a build wrote, without what Sphinx keeps for itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and ".trees" not in path.parts
    }


@pytest.fixture
def decks(tmp_path):
    """Six decks and their list."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (source / "index.md").write_text("# Decks\n\n```{toctree}\n:glob:\n\ndeck*\n```\n")
    (source / "film.svg").write_text(SVG.format(4))
    for n in range(1, 7):
        (source / f"deck{n}.md").write_text(DECK.format(n=n))
    return source


def test_decks_built_at_once_are_those_built_one_after_the_other(decks, tmp_path):
    sphinx(decks, tmp_path / "one")
    # A process of its own: JAX, which another test may have loaded, forbids those that Sphinx forks.
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-j",
        "2",
        "-b",
        "deck",
        "-d",
        str(tmp_path / "two" / ".trees"),
    ]
    subprocess.run([*command, str(decks), str(tmp_path / "two")], check=True)
    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    assert len([name for name in one if re.fullmatch(r"deck\d\.html", name)]) == 6
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_a_second_build_writes_what_has_changed_and_what_depends_on_it(decks, tmp_path):
    def written(path, text):
        before = {page.name: page.stat().st_mtime_ns for page in (tmp_path / "out").glob("deck*.html")}
        path.write_text(text)
        later = max(before.values()) + 10**10
        os.utime(path, ns=(later, later))
        sphinx(decks, tmp_path / "out")
        return {page for page in before if (tmp_path / "out" / page).stat().st_mtime_ns != before[page]}

    sphinx(decks, tmp_path / "out")
    assert written(decks / "deck3.md", DECK.format(n=33)) == {"deck3.html"}
    assert written(decks / "film.svg", SVG.format(3)) == {f"deck{n}.html" for n in range(1, 7)}


def test_anybodys_project_gets_decks_and_pages_with_one_line(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["lens_labs.sphinx"]\n')
    (source / "index.rst").write_text(
        "A film\n======\n\n.. slide::\n   :class: hero\n\nSo :math:`a^2`.\n\n.. math:: b\n   :label: eq-b\n\n"
        "Look\n----\n\n.. steps::\n\n   * one\n   * two\n\n.. notes::\n   :minutes: 2\n\n   Say :math:`c`.\n"
    )
    for builder in ("deck", "html"):
        sphinx(source, tmp_path / builder, builder=builder)
    deck = BeautifulSoup((tmp_path / "deck" / "index.html").read_text("utf-8"), "html.parser")
    assert [section["id"] for section in deck.select(".slides > section")] == ["a-film", "look"]
    assert [section["class"] for section in deck.select(".slides > section[class]")] == [["hero"]]
    assert len(deck.select(".stage .katex-html")) == 2  # and MathML alone in the speaker's notes
    assert len(deck.select("li.fragment")) == 2
    page = (tmp_path / "html" / "index.html").read_text("utf-8")
    assert 'class="katex"' in page
    assert "mathjax" not in page.lower()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import lens_labs.sphinx", ("matplotlib", "numpy", "jsonschema", "quickjs", "jupytext", "nbformat")),
        ("import runpy; runpy.run_path('slides/conf.py')", ("matplotlib", "numpy", "jupytext", "nbformat")),
    ],
)
def test_what_most_builds_do_not_need_is_not_loaded(code, words):
    command = f"import sys\n{code}\nprint([name for name in {words!r} if name in sys.modules])"
    seen = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=PACKAGE.parents[1]
    )
    assert seen.stdout.strip() == "[]"


def test_a_drawing_that_is_kept_is_shown_without_matplotlib(tmp_path):
    source = tmp_path / "source"
    (source / "figures").mkdir(parents=True)
    (source / "conf.py").write_text(CONF)
    (source / "figures" / "one.py").write_text(
        "import matplotlib.pyplot as plt\n\ndef line():\n    return plt.figure()\n"
    )
    (source / "index.md").write_text("# T\n\n```{drawing} one.line\n:alt: Nothing\n```\n")
    sphinx(source, tmp_path / "first")
    broken = tmp_path / "matplotlib.py"
    broken.write_text("raise RuntimeError('matplotlib was loaded')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "deck", str(source), str(tmp_path / "again")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_all_files_of_others_are_small_and_each_folder_holds_its_licence():
    vendored = [path for path in PACKAGE.rglob("*") if path.is_file() and "vendor" in path.parts]
    assert sum(path.stat().st_size for path in vendored) <= 1_500_000
    for path in vendored:
        inside = path.relative_to(PACKAGE).parts
        top = PACKAGE.joinpath(*inside[: inside.index("vendor") + 1])
        folders = [path.parent, *path.parent.parents]
        up_to_top = folders[: folders.index(top) + 1]
        assert any(licence for folder in up_to_top for licence in folder.glob("LICENSE*")), path


def test_what_a_deck_carries_is_small(tmp_path):
    built = build(tmp_path, {"index.md": "# T\n"}, builder="deck")
    static = Path(built.app.outdir, "_static")
    assert sum(path.stat().st_size for path in static.rglob("*") if path.is_file()) <= 1_500_000


@pytest.mark.parametrize("seconds", ["45", "60 90", '"60 90"', "30.5 90"])
def test_a_question_may_have_a_countdown_of_its_own(tmp_path, seconds):
    source = f"# T\n\n## Which?\n\n```{{slide}}\n:class: question\n:countdown: {seconds}\n```\n"
    built = build(tmp_path, {"index.md": source}, builder="deck")
    assert built.warnings == ""
    assert f'data-countdown="{seconds.strip(chr(34))}"' in built.html()


def test_notes_and_options_may_stand_in_a_column_and_belong_to_the_slide(tmp_path):
    source = (
        "# T\n\n::::{container} cols\n```{slide}\n:class: hero\n```\n\n```{steps}\nShown.\n\n"
        "```\n\n```{notes}\n:minutes: 2\nSaid.\n```\n::::\n"
    )
    built = build(tmp_path, {"index.md": source}, builder="deck")
    tree = built.resolved()
    (slide,) = tree.findall(deck_slide)
    assert built.warnings == ""
    assert (slide["classes"], slide["minutes"]) == (["hero"], 2)
    assert isinstance(slide.children[-1], deck_notes)
    assert "fragment" not in slide.children[-1]["classes"]
    assert [node["classes"] for node in tree.findall(nodes.container)] == [["cols"]]
