"""Interactive figures: what the directive puts into doctrees and pages, and what it refuses."""

import json
import re

import numpy as np
import projects
import pytest
from docutils import nodes

from lens_labs.sphinx import demos
from lens_labs.sphinx.deck.nodes import deck_slide

FIGURES = '''
import matplotlib.pyplot as plt

def wave():
    """Show a wave."""
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    return figure

def numbers():
    """Compute numbers."""
    return {"x": [1.0, 2 / 3], "words": "</script><b>"}

def hole():
    return {"x": [1.0, float("nan")]}

def words():
    return {"x": {1, 2}}

def broken():
    return {}["x"]

def much():
    return list(range(10_000))
'''
FILES = {"figures/lecture01.py": FIGURES}
SCRIPT = {"static/demos/wave.js": "demo();"}
MYST = """# One

::::{demo} wave
:data: lecture01.numbers

:::{drawing} lecture01.wave
:alt: A line that rises
A wave, *drawn*.
:::
::::
"""
RST = """One
===

.. demo:: wave
   :data: lecture01.numbers

   .. drawing:: lecture01.wave
      :alt: A line that rises

      A wave, *drawn*.
"""


def build(folder, pages, *, conf="", files=None, **options):
    """Build a project that has the script of its demo."""
    conf += 'html_static_path = ["static"]\n'
    return projects.build(folder, pages, conf=conf, files={**SCRIPT, **(files or {})}, **options)


def block(html):
    """Return the data in a page."""
    (found,) = re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    return json.loads(found)


@pytest.mark.parametrize("page", [{"index.md": MYST}, {"index.rst": RST}], ids=["myst", "rst"])
def test_a_demo_holds_its_data_and_its_picture(tmp_path, page):
    built = build(tmp_path, page, files=FILES)
    assert built.warnings == ""
    (node,) = built.found(demos.demo)
    assert node["name"] == "wave"
    assert node.line
    (figure,) = node.findall(nodes.figure)
    assert figure.parent is node
    html = built.html()
    assert block(html) == {"x": [1, 0.66667], "words": "</script><b>"}
    start, static = html.index('<div class="demo" data-demo="wave">'), html.index('<div class="demo-static">')
    assert start < static < html.index("A line that rises") < html.index("application/json")


def test_a_picture_in_a_demo_takes_no_number_from_the_figures_of_the_page(tmp_path):
    after = "\n:::{drawing} lecture01.wave\n:name: first\n:alt: A line\nThe first.\n:::\n\n{fig}`first`\n"
    html = build(tmp_path, {"index.md": MYST + after}, files=FILES).html()
    assert re.findall(r"Figure \d", html) == ["Figure 1", "Figure 1"]
    assert "Figure" not in html[html.index("demo-static") : html.index("application/json")]


def test_only_the_page_with_a_demo_loads_scripts_and_the_kit_comes_first(tmp_path):
    page = MYST + "\n```{toctree}\nother\n```\n"
    built = build(tmp_path, {"index.md": page, "other.md": "# Other\n"}, files=FILES)
    html = built.html()
    assert html.index("demo.css") < html.index("_static/demo.js") < html.index("demos/wave.js")
    assert (tmp_path / "out" / "_static" / "demo.js").is_file()
    assert "demo.js" not in built.html("other")
    assert "demo.css" not in built.html("other")


def test_two_demos_of_a_kind_load_their_script_once(tmp_path):
    page = build(tmp_path, {"index.md": MYST + MYST.partition("\n")[2]}, files=FILES)
    assert page.html().count("demos/wave.js") == 1
    assert page.html().count('data-demo="wave"') == 2


def test_a_demo_without_data_has_no_block(tmp_path):
    page = build(tmp_path, {"index.md": "# One\n\n:::{demo} wave\nNothing moves.\n:::\n"})
    assert page.warnings == ""
    assert "application/json" not in page.html()


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (":::{demo} Wave", "the name of a demo must be small letters, digits and hyphens; got 'Wave'"),
        (":::{demo} wave\n:data: numbers", "`:data:` must be MODULE.FUNCTION, such as lecture02.misfit; got 'numbers'"),
        (":::{demo} wave\n:data: lecture02.numbers", "there is no module of figures"),
        (":::{demo} wave\n:data: lecture01.none", "lecture01.py has no function 'none'; it has wave, numbers"),
        (":::{demo} wave\n:data: lecture01.hole", "lecture01.hole: the data['x'][1] must be finite; got nan"),
        (
            ":::{demo} wave\n:data: lecture01.words",
            "lecture01.words: the data['x'] must be made of mappings, lists, arrays, numbers and texts; got set",
        ),
        (":::{demo} wave\n:data: lecture01.broken", "lecture01.broken raised KeyError: 'x' (lecture01.py, line 21)"),
        (":::{demo} wave\n:data: lecture01.much", "lecture01.much must return at most 30,000 bytes of JSON; got 48,891"),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_what_is_allowed(tmp_path, head, words):
    page = f"# One\n\nText.\n\n{head}\nNothing moves.\n:::\n"
    warnings = build(tmp_path, {"index.md": page}, files=FILES).warnings
    assert words in warnings
    assert re.search(r"index\.md:5: ", warnings)


def test_a_fault_in_restructuredtext_names_its_line_too(tmp_path):
    page = RST.replace("lecture01.numbers", "lecture01.none")
    warnings = build(tmp_path, {"index.rst": page}, files=FILES).warnings
    assert re.search(r"index\.rst:4: .*has no function 'none'", warnings)


def test_a_demo_must_say_what_is_seen_without_it(tmp_path):
    page = build(tmp_path, {"index.md": "# One\n\n:::{demo} wave\n:::\n"})
    assert "Content block expected" in page.warnings


def test_a_deck_asks_for_a_picture_because_paper_needs_one(tmp_path):
    page = "# Deck\n\n## Slide\n\n:::{demo} wave\nNothing moves.\n:::\n"
    warnings = build(tmp_path, {"index.md": page}, builder="deck").warnings
    assert re.search(r"index\.md:5: WARNING: the demo 'wave' needs an image or a drawing", warnings)


@pytest.mark.parametrize("inside", ["drawing", "image"])
def test_a_deck_with_a_picture_in_its_demo_is_content(tmp_path, inside):
    image = ":::{image} line.svg\n:alt: A line\n:::\n"
    text = MYST if inside == "drawing" else re.sub(r":::\{drawing\}.*?:::\n", image, MYST, flags=re.DOTALL)
    line = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>'
    deck = "# Deck\n\n## Slide\n" + text.removeprefix("# One\n")
    conf = 'drawings_medium = "slide"\n'
    page = build(tmp_path, {"index.md": deck}, builder="deck", files={**FILES, "line.svg": line}, conf=conf)
    assert page.warnings == ""
    assert '<div class="demo deck-demo" data-demo="wave">' in page.html()
    assert block(page.html())["x"] == [1, 0.66667]
    assert "_static/demo.js" in page.html()
    assert not page.found(deck_slide)  # the doctree that is kept knows no slides


def test_data_are_computed_again_when_their_code_changes(tmp_path):
    cache = tmp_path / "source" / "_build" / "drawings"
    build(tmp_path, {"index.md": MYST}, files=FILES)
    (kept,) = cache.glob("*.json")
    stamp = kept.stat().st_mtime_ns
    build(tmp_path, {"index.md": MYST}, files=FILES)
    assert kept.stat().st_mtime_ns == stamp
    changed = {"figures/lecture01.py": FIGURES.replace("2 / 3", "0.5")}
    page = build(tmp_path, {"index.md": MYST}, files=changed)
    assert block(page.html())["x"] == [1, 0.5]
    assert len(list(cache.glob("*.json"))) == 1


def test_a_page_depends_on_the_code_of_its_data(tmp_path):
    built = build(tmp_path, {"index.md": MYST}, files=FILES)
    assert any(str(path).endswith("lecture01.py") for path in built.app.env.dependencies["index"])


def test_arrays_become_lists_and_numbers_are_rounded_to_what_can_be_seen():
    value = {
        "a": np.array([[1.0, np.pi], [1e-9 / 3, 2]]),
        "n": np.int64(3),
        "b": [True, None],
        "t": (0.1 + 0.2,),
    }
    assert json.loads(demos.to_json(value)) == {
        "a": [[1, 3.1416], [3.3333e-10, 2]],
        "n": 3,
        "b": [True, None],
        "t": [0.3],
    }
    assert demos.to_json([2 / 3], digits=2) == "[0.67]"
    assert demos.to_json([1e300, -2e15, 2e16]) == "[1e+300,-2000000000000000,2e+16]"


@pytest.mark.parametrize("value", [float("inf"), np.array([np.nan])])
def test_a_number_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="must be finite"):
        demos.to_json({"x": value})
