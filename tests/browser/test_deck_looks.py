"""What a deck may hold besides text and figures: it is drawn in the deck's own letters and colours, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from inspection.serving import serving
from projects import build

pytestmark = pytest.mark.browser

INK = {"light": "rgb(27, 36, 51)", "dark": "rgb(238, 242, 247)"}
SOURCE = """# Looks

## Boxes and terms

:::{note}
A note with $\\frac{a}{b}$.
:::

:::{warning}
A warning.
:::

Term
: What it means.

## Captions

```{table} What the table is about
| Layer | Weights |
|:--|--:|
| first | 20,480 |
```

```{code-block} python
:caption: film.py

x = 1
```

## Languages

```yaml
name: film
```

```diff
-thickness = 1
+thickness = 2
```

```console
$ python -m sphinx
built
```

```python
def thickness(spacing: float): return 2 / spacing
```

## Code from far

```{slide}
:class: code
```

```python
x = 1
```

## A table from far

```{slide}
:class: table
```

| Layer |
|:--|
| first |

## Two columns

```{slide}
:class: columns
```

- One
- Two
"""
CONF = 'myst_enable_extensions = ["colon_fence", "deflist"]\n'


@pytest.fixture(scope="module")
def deck_folder(tmp_path_factory):
    """The folder of a small deck."""
    folder = tmp_path_factory.mktemp("looks")
    built = build(folder, {"index.md": SOURCE}, conf=CONF, builder="deck")
    assert built.warnings == ""
    return folder / "out"


@pytest.fixture
def style(deck_folder, window):
    """Return a function that opens the deck, and returns one that asks how something is drawn."""

    def open_deck(theme="light"):
        page, _ = window(reduced_motion="reduce")
        page.goto(f"{(deck_folder / 'index.html').as_uri()}?theme={theme}")
        page.wait_for_selector(".reveal.ready")

        def ask(selector, name):
            found = page.locator(selector).first
            return found.evaluate("(element, name) => getComputedStyle(element)[name]", name)

        ask.page = page
        return ask

    return open_deck


def test_admonitions_terms_and_captions_have_the_looks_of_the_deck(style):
    ask = style()
    assert ask(".admonition.note", "borderLeftWidth") == ask(".code", "borderLeftWidth") == "6px"
    assert ask(".admonition.note", "backgroundColor") == ask(".code", "backgroundColor")
    assert ask(".admonition.warning", "borderLeftColor") != ask(".admonition.note", "borderLeftColor")
    for small in (".admonition-title", "caption", ".code-block-caption"):
        assert ask(small, "fontSize") == "24px"
    assert ask("caption", "textAlign") == "left"
    assert (ask("dt", "fontWeight"), ask("dd", "fontWeight")) == ("700", "400")
    assert float(ask("dd", "paddingLeft").removesuffix("px")) > 20


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_keys_changes_prompts_and_operators_have_colours_that_can_be_read(style, theme):
    ask = style(theme)
    colours = {
        kind: ask(f".code .{kind}", "color") for kind in ("nt", "gd", "gi", "gp", "go", "o", "k", "nf")
    }
    assert INK[theme] == ask(".code .line", "color")
    assert INK[theme] not in colours.values()
    assert colours["gd"] != colours["gi"]
    for slide in (1, 3):
        ask.page.evaluate("slide => Reveal.slide(slide)", slide)
        found = Axe().run(ask.page, options={"runOnly": ["color-contrast"]}).response["violations"]
        assert found == []


def test_the_layouts_for_code_tables_and_columns_serve_what_they_are_named_after(style):
    ask = style()
    assert ask(".slide-background.code", "backgroundColor") == "rgba(0, 0, 0, 0)"
    assert ask("section.code", "borderLeftWidth") == "0px"
    assert (ask("pre", "fontSize"), ask("section.code pre", "fontSize")) == ("25px", "30px")
    assert (ask("td", "fontSize"), ask("section.table td", "fontSize")) == ("32px", "36px")
    ask.page.evaluate("Reveal.slide(6)")
    boxes = [item.bounding_box() for item in ask.page.locator("section.columns li").all()]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] < boxes[1]["x"]


def test_a_short_deck_that_a_tall_phone_shows_as_a_whole_is_no_error(deck_folder, window):
    page, witness = window(width=390)
    page.set_viewport_size({"width": 390, "height": 2400})
    page.goto((deck_folder / "index.html").as_uri())
    page.wait_for_selector(".reveal.ready")
    page.wait_for_function("Reveal.isScrollView() && !Reveal.getCurrentSlide()")
    assert page.locator(".foot").is_hidden()
    assert witness.complaints == []


def test_english_words_of_a_deck_in_another_language_say_that_they_are_english(tmp_path, window):
    source = "---\ndeck: {minutes: 2, notes: film.html}\n---\n# Un film\n\n```{notes}\n:minutes: 1\nBonjour.\n```\n\n"
    source += "## Lequel ?\n\n```{slide}\n:class: question\n```\n\n```{notes}\n:minutes: 1\nRien.\n```\n"
    built = build(
        tmp_path, {"index.md": source}, conf='language = "fr"\ndeck_notes = "../"\n', builder="deck"
    )
    assert '<p class="no-script" lang="en">' in built.html()
    page, _ = window()
    language = "(element) => element.closest('[lang]').lang"
    address = (tmp_path / "out" / "index.html").as_uri()
    page.goto(address)
    page.wait_for_selector(".reveal.ready")
    for selector in (".to-notes a", ".countdown", ".countdown-said", ".foot .clock"):
        assert page.locator(selector).first.evaluate(language) == "en", selector
    assert page.locator("h1").evaluate(language) == "fr"
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    opened.value.wait_for_selector("main[data-state=on]")
    assert [opened.value.locator(each).evaluate(language) for each in ("h1", ".notes")] == ["fr", "fr"]
    page.goto(f"{address}?view=handout")
    for selector in (".handout-bar a", ".place .begin"):
        assert page.locator(selector).first.evaluate(language) == "en", selector


def test_a_deck_works_under_the_policy_that_the_page_about_the_tools_names(deck_folder, window):
    text = (Path(__file__).parents[2] / "docs" / "reference" / "sphinx.md").read_text("utf-8")
    (policy,) = re.findall(r"`(default-src [^`]+)`", text)
    page, witness = window()
    with serving(deck_folder, {"Content-Security-Policy": policy}) as address:
        for query in ("", "?view=print", "?view=handout"):
            page.goto(f"{address}/index.html{query}")
            page.wait_for_selector(".pdf-page" if "print" in query else "[data-laid-out], .reveal.ready")
            page.wait_for_load_state("networkidle")
    assert witness.complaints == []
