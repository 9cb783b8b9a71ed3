"""Pictures on slides: SVG files become part of the page, or stay pictures where they cannot."""

import re

import pytest
from bs4 import BeautifulSoup
from projects import build

GOOD = '<svg viewBox="0 0 9 9"><style>.st0{fill:red}</style><path class="st0" d="M0 0L9 9"/></svg>'
BARE = '<svg><path d="M0 0L9 9"/></svg>'


def deck(folder, image):
    source = f"# T\n\n## A film\n\n{image}\n"
    return build(folder, {"index.md": source}, builder="deck", files={"good.svg": GOOD, "bare.svg": BARE})


@pytest.mark.parametrize("kind", ["image", "figure"])
def test_a_picture_that_is_a_link_stays_an_image(tmp_path, kind):
    built = deck(tmp_path, f":::{{{kind}}} good.svg\n:alt: A film\n:target: https://example.org\n:::")
    assert built.warnings == ""
    page = BeautifulSoup(built.html(), "html.parser")
    assert page.select_one(".stage a[href='https://example.org'] > img")["alt"] == "A film"


@pytest.mark.parametrize("kind", ["image", "figure"])
def test_a_picture_without_size_is_reported_and_stays_an_image(tmp_path, kind):
    built = deck(tmp_path, f":::{{{kind}}} bare.svg\n:alt: A film\n:::")
    assert re.search(r"index\.md:5: WARNING: svg of 'bare-image-0' must have", built.warnings)
    assert BeautifulSoup(built.html(), "html.parser").select_one(".stage img[src='_images/bare.svg']")


@pytest.mark.parametrize(
    ("options", "style"),
    [
        (":width: 50%", "width:50%"),
        (":width: 300", "width:300px"),
        (":scale: 50", "width:calc(100% * 0.5)"),
        (":width: 8em\n:height: 4em\n:scale: 150", "width:calc(8em * 1.5);height:4em"),
    ],
)
def test_a_picture_keeps_its_size_its_classes_and_its_name(tmp_path, options, style):
    built = deck(tmp_path, f":::{{image}} good.svg\n:alt: A film\n:class: bold\n:name: film\n{options}\n:::")
    assert built.warnings == ""
    picture = BeautifulSoup(built.html(), "html.parser").select_one(".stage svg")
    assert (picture["class"], picture["id"], picture["style"]) == (["figure", "bold"], "film", style)


def test_the_rules_of_a_picture_do_not_reach_another(tmp_path):
    one = ":::{image} good.svg\n:alt: A film\n:::"
    built = deck(tmp_path, f"{one}\n\n{one}\n\n:::{{drawing}} good.svg\n:alt: A film\n:::")
    scopes = re.findall(r"<style>:where\(#([\w-]+)\)", built.html())
    assert len(set(scopes)) == 3
    assert set(scopes) <= set(re.findall(r'<svg class="figure" id="([\w-]+)"', built.html()))


@pytest.mark.parametrize(("page", "up"), [("index", ""), ("parts/one", "../")])
def test_a_picture_that_is_the_ground_of_a_slide_comes_along(tmp_path, page, up):
    source = "# T\n\n```{slide}\n:data-background-image: /good.svg\n```\n"
    pages = {"index.md": "# Decks\n\n```{toctree}\nparts/one\n```\n"} if up else {}
    built = build(tmp_path, {**pages, f"{page}.md": source}, builder="deck", files={"good.svg": GOOD})
    assert built.warnings == ""
    assert f'data-background-image="{up}_images/good.svg"' in built.html(page)
    assert (tmp_path / "out" / "_images" / "good.svg").read_text() == GOOD
