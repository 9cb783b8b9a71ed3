"""Decks on paper and without JavaScript: PDF files as they are printed, the hand-out, and the slides as a text."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from pdf_files import Pdf
from projects import build

from lens_labs.sphinx.deck.pdf import decks_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LONG = "A sentence of the speaker that fills a good part of a line. " * 9
SOURCE = f"""---
deck: {{lecture: 2, title: Dense regression, minutes: 8.5}}
---
# A film reflects, and a network reads its thickness from the curve alone

LENS Labs, <a href="index.html">the label</a>, [the source](https://example.org/film)

```{{notes}}
:minutes: 1
Welcome.
```

## Fringes measure thickness

:::::{{container}} cols
::::{{container}}
```{{steps}}
1. Shown first
2. Shown last, $a^2$
```
::::

::::{{container}}
$$\\Delta Q = 2\\pi/d$$
::::
:::::

```{{notes}}
:minutes: 2.5
Say $\\lvert \\Delta\\rho_1 + \\Delta\\rho_2\\,e^{{iQd}}\\rvert^2 = \\Delta\\rho_1^2 + \\Delta\\rho_2^2 + 2\\Delta\\rho_1\\Delta\\rho_2\\cos Qd$ aloud.
```

### The same, in code

```{{code-block}} python
:steps: "1|2"
thickness = 2 * numpy.pi / distance_of_fringes_in_inverse_angstrom
print(thickness)
```

```{{notes}}
:minutes: 1
{LONG}
```

## Which film is it?

```{{slide}}
:class: question
```

1. Thick
2. Thin

```{{notes}}
:minutes: 2
{LONG}
```

## A long story

| Layer | Weights | Biases | Together | In words |
|:--|--:|--:|--:|:--|
| first | 20,480 | 256 | 20,736 | twenty thousand |

```{{notes}}
:minutes: 1
{LONG * 2}
```

## The spread is no error bar

```{{slide}}
:class: statement
```

```{{notes}}
:minutes: 1
Last words, unmistakable.
```
"""
TITLES = [
    "A film reflects, and a network reads its thickness from the curve alone",
    "Fringes measure thickness",
    "The same, in code",
    "Which film is it?",
    "A long story",
    "The spread is no error bar",
]


def small_deck(folder, source=SOURCE):
    built = build(
        folder, {"index.md": "# Decks\n\n```{toctree}\nfilm\n```\n", "film.md": source}, builder="deck"
    )
    return folder / "out", built


def print_folder(folder, *options):
    """Print as one does in a terminal, and see that no process and no profile is left."""
    command = [sys.executable, "-m", "lens_labs.sphinx.deck.pdf", str(folder), *options]
    with tempfile.TemporaryDirectory() as profiles:
        settings = {**os.environ, "TMPDIR": profiles, "TEMP": profiles}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=settings)
        assert list(Path(profiles).iterdir()) == []
        assert [
            each for each in psutil.process_iter(["cmdline"]) if profiles in str(each.info["cmdline"])
        ] == []
    return done


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """A folder with a list of decks and one deck, built."""
    return small_deck(tmp_path_factory.mktemp("decks"))[0]


@pytest.fixture(scope="module")
def printed(decks, browser):
    """The files of the deck, by the end of their name."""
    done = print_folder(decks)
    assert done.returncode == 0, done.stderr
    return {end: Pdf((decks / f"film{end}.pdf").read_bytes()) for end in ("", "-notes")}


@pytest.fixture(scope="module")
def school_decks(tmp_path_factory):
    """The decks of the school, built."""
    folder, root = tmp_path_factory.mktemp("school"), Path(__file__).parents[2]
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "deck", "slides", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return decks_in(folder)


def close(text):
    return re.sub(r"\s", "", text)


def test_slides_are_printed_one_a_page_of_the_size_of_a_slide(printed):
    slides = printed[""]
    assert len(slides.pages) == len(TITLES)
    assert slides.sizes() == {(960, 540)}  # 1280 x 720 pixels in points
    for number, title in enumerate(TITLES):
        assert close(title) in slides.text(number)


def test_all_steps_are_on_the_printed_slide_and_no_notes(printed):
    assert "Shownfirst" in printed[""].text(1)
    assert "Shownlast" in printed[""].text(1)
    assert "speaker" not in "".join(printed[""].text(number) for number in range(len(TITLES)))


@pytest.mark.parametrize("end", ["", "-notes"])
def test_a_printed_deck_has_a_title_an_outline_and_tags(printed, end):
    assert printed[end].title().startswith(TITLES[0])
    assert printed[end].outline() == set(TITLES)
    assert printed[end].is_tagged()


def test_the_hand_out_is_a4_with_several_slides_a_page_and_the_title_at_the_foot(printed):
    notes = printed["-notes"]
    assert notes.sizes() == {(595, 842)}
    assert len(notes.pages) == 2
    pages = [notes.text(number) for number in range(2)]
    assert all(close(TITLES[0]) in page and f"{number}/2" in page for number, page in enumerate(pages, 1))
    text = "".join(pages)
    assert all(close(title) in text for title in TITLES)
    assert text.count(close(LONG)) == 4
    assert "Lastwords,unmistakable." in text
    assert "from3:30" in text
    assert "PrintorsaveasPDF" not in text


@pytest.mark.parametrize("end", ["", "-notes"])
def test_a_printed_deck_links_to_what_can_be_found_elsewhere_only(decks, printed, end):
    content = (decks / f"film{end}.pdf").read_bytes()
    assert b"https://example.org/film" in content
    assert b"file:" not in content
    assert "thelabel" in "".join(printed[end].text(number) for number in range(2))


def test_nothing_but_the_files_is_left_and_the_list_of_decks_is_not_printed(decks, printed):
    assert {path.name for path in decks.iterdir() if path.suffix in {".pdf", ".part", ".html"}} == {
        "film.html", "film.pdf", "film-notes.pdf", "index.html",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("addEventListener('beforeprint', () => { for (;;); });", r"film\.pdf is not printed after 4 s"),
        ("throw new Error('planted');", r"film\.pdf is not printed after 4 s; the page says: planted"),
    ],
    ids=["hangs", "never ready"],
)
def test_a_deck_that_cannot_be_printed_is_named_and_the_old_file_stays(tmp_path, script, said, browser):
    folder, _ = small_deck(tmp_path, "# A film\n\nText.\n")
    page = folder / "film.html"
    text = page.read_text("utf-8").replace("<head>", f"<head><script>{script}</script>")
    page.write_text(text if "beforeprint" in script else text.replace("deck.js", "none.js"), "utf-8")
    (folder / "film.pdf").write_bytes(b"old")
    done = print_folder(folder, "--limit", "4")
    assert done.returncode == 1
    assert re.match(said, done.stderr)
    assert (folder / "film.pdf").read_bytes() == b"old"
    assert {path.suffix for path in folder.iterdir() if path.is_file()} <= {
        ".html",
        ".pdf",
        ".inv",
        ".buildinfo",
        "",
    }


# What is wrong with a page on which slides stand below each other.
FAULTS = """() => {
  const found = [], name = (e) => `${e.tagName} ${e.textContent.trim().slice(0, 30)}`;
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  if (document.documentElement.scrollWidth > innerWidth) found.push(['sideways', document.documentElement.scrollWidth]);
  for (const section of document.querySelectorAll('section:has(> .stage)')) {
    const blocks = [...section.querySelectorAll('h1, h2, h3, .stage p, .stage li, .code, table, .katex-display, svg.figure, aside.notes')];
    for (const e of blocks) {
      if (e.parentElement.closest('aside, li, svg') || (!e.matches('svg') && !e.textContent.trim())) continue;
      const box = e.getBoundingClientRect();
      if (!seen(e) || !box.width || !box.height) found.push(['hidden', name(e)]);
      if (box.right > innerWidth + 1 || box.left < -1) found.push(['outside', name(e), Math.round(box.right)]);
    }
    const notes = section.querySelector('aside.notes')?.getBoundingClientRect();
    const body = section.querySelector('.body')?.getBoundingClientRect();
    if (notes && body && body.height && notes.top < body.bottom - 1 && notes.left < body.right - 1) found.push(['overlap', name(section)]);
  }
  const boxes = [...document.querySelectorAll('section:has(> .stage)')].map((e) => e.getBoundingClientRect());
  boxes.forEach((box, i) => { if (i && box.top < boxes[i - 1].bottom - 1) found.push(['on each other', i]); });
  return found;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1280])
def test_without_javascript_every_slide_can_be_read_from_top_to_bottom(decks, browser, width, theme):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=False, color_scheme=theme
    )
    page = context.new_page()
    page.goto((decks / "film.html").as_uri())
    faults = page.evaluate(FAULTS)
    text = page.inner_text("body")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    context.close()
    assert faults == []
    places = [text.index(title) for title in TITLES]
    assert places == sorted(places)
    assert "Shown last" in text
    assert text.count(LONG.strip()) == 4
    assert "JavaScript is switched off" in text
    assert ground == {"light": "rgb(251, 250, 247)", "dark": "rgb(15, 23, 34)"}[theme]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 820, 1280])
def test_the_hand_out_on_the_screen_shows_every_slide_with_its_notes(decks, window, width, theme):
    page, witness = window(width, color_scheme=theme)
    page.goto((decks / "film.html").as_uri() + "?view=handout")
    page.wait_for_selector("[data-laid-out=handout]")
    assert page.evaluate(FAULTS) == []
    assert page.evaluate("!document.querySelector('.reveal.ready')")
    places = page.locator("aside.notes > .place").all_inner_texts()
    assert [re.sub(r"\s+", " ", place) for place in places[:3]] == [
        "1 1 min from 0:00", "2 2.5 min from 1:00", "3 1 min from 3:30",
    ]  # fmt: skip
    assert len(places) == len(TITLES)
    assert witness.complaints == []
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []


def test_slides_of_the_hand_out_are_pictures_of_the_slides(decks, window):
    page, _ = window(1280)
    page.goto((decks / "film.html").as_uri() + "?view=handout")
    page.wait_for_selector("[data-laid-out=handout]")
    shape = "(e) => [e.getBoundingClientRect().width, e.getBoundingClientRect().height].map(Math.round)"
    for stage in page.locator(".stage").all():
        assert stage.evaluate(shape) == [600, 338]
        assert stage.evaluate("(e) => e.scrollHeight <= e.clientHeight + 2")
    page.get_by_role("link", name="Present the deck").click()
    page.wait_for_selector(".reveal.ready")


def test_the_hand_out_counts_no_sixty_seconds_and_bears_a_stray_sign_in_an_address(tmp_path, window):
    source = """# A film

```{notes}
:minutes: 0.995
Nearly a minute.
```

## All of it

```{slide}
:data-background-image: 100%.svg
```

```{notes}
:minutes: 1
More.
```
"""
    folder, _ = small_deck(tmp_path, source)
    page, _ = window(1280)
    page.goto((folder / "film.html").as_uri() + "?view=handout")
    page.wait_for_selector("[data-laid-out=handout]")
    assert page.locator(".place .begin").all_inner_texts() == ["from 0:00", "from 1:00"]
    ground = page.locator(".stage").nth(1).evaluate("(stage) => getComputedStyle(stage).backgroundImage")
    assert ground == f'url("{folder.as_uri()}/100%.svg")'


def test_a_formula_that_is_wider_than_the_notes_becomes_smaller(decks, window):
    page, _ = window(1280)
    page.goto((decks / "film.html").as_uri() + "?view=handout")
    page.wait_for_selector("[data-laid-out=handout]")
    wide = "[...document.querySelectorAll('aside.notes math')].filter((e) => e.getBoundingClientRect().right > e.closest('aside').getBoundingClientRect().right + 1).length"
    assert page.evaluate(wide) == 0


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("javascript", [True, False], ids=["hand-out", "without JavaScript"])
def test_the_schools_own_decks_can_be_read_from_top_to_bottom(school_decks, browser, width, javascript):
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=javascript)
    page = context.new_page()
    faults = {}
    for deck in school_decks:
        page.goto(deck.as_uri() + ("?view=handout" if javascript else ""))
        if found := page.evaluate(FAULTS):
            faults[deck.name] = found
    context.close()
    assert faults == {}


@pytest.mark.parametrize("query", ["?view=print", "?print-pdf"])
def test_a_deck_is_printed_light_wherever_the_reader_likes_it_dark(decks, window, query):
    page, _ = window(1280, color_scheme="dark")
    page.goto((decks / "film.html").as_uri() + query)
    page.wait_for_selector(".pdf-page")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 247)"
