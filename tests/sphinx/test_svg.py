"""SVG becomes part of a page."""

import pytest

from lens_labs import plotting
from lens_labs.sphinx import drawings, svg

PICTURE = """<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "y">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" height="5pt" viewBox="0 0 10 5">
<metadata><a/></metadata><defs><path id="m1" style="stroke: #1B2433"/></defs>
<use xlink:href="#m1" clip-path="url(#m1)"/>
<text style="font-size: 12px; font-family: 'DejaVu Sans', sans-serif; fill: #00697a">a</text></svg>"""


def test_two_pictures_can_share_a_page():
    one = svg.inline(PICTURE, name="one")
    assert 'id="one-m1"' in one
    assert 'href="#one-m1"' in one
    assert "url(#one-m1)" in one


def test_an_image_that_a_picture_shows_twice_has_its_id_once():
    image = '<image id="image1" href="data:,"/>'
    shown = svg.inline(f'<svg viewBox="0 0 1 1">{image}{image}<use href="#image1"/></svg>', name="x")
    assert shown.count('id="x-image1"') == 1
    assert shown.count("<image ") == 2
    assert 'href="#x-image1"' in shown


def test_colours_follow_the_page_and_letters_are_the_pages():
    picture = svg.inline(PICTURE, name="one")
    assert "#" not in picture.replace("#one", "")
    assert "var(--ink)" in picture
    assert "DejaVu" not in picture
    assert "font-size: 12px" in picture


def test_nothing_of_the_file_around_the_picture_remains():
    picture = svg.inline(PICTURE, name="one")
    assert picture.startswith('<svg class="figure" id="one" aria-hidden="true" viewBox="0 0 10 5"')
    assert "metadata" not in picture
    assert "DOCTYPE" not in picture


def test_a_picture_that_means_something_says_it():
    picture = svg.inline(PICTURE, name="one", alt='A "quoted" <word>')
    assert 'role="img" aria-label="A &quot;quoted&quot; &lt;word&gt;"' in picture


def test_the_rules_of_a_picture_hold_in_it_alone_and_find_its_ids():
    sheet = "<style>.st0{fill:url('#g')} #a, .b #a{stroke:#aaaaaa}</style>"
    picture = svg.inline(
        f"<svg viewBox='0 0 1 1'>{sheet}<g id='a' fill=\"url(&quot;#g&quot;)\"/></svg>", name="x"
    )
    assert ":where(#x){.st0{fill:url(#x-g)} #x-a, .b #x-a{stroke:#aaaaaa}}</style>" in picture
    assert '<svg class="figure" id="x"' in picture
    assert '<g id="x-a" fill="url(#x-g)"/>' in picture


def test_a_picture_without_viewbox_is_as_large_as_it_says():
    assert 'viewBox="0 0 30 20.5"' in svg.inline('<svg width="30" height="20.5px"></svg>', name="x")


@pytest.mark.parametrize("size", ["", 'width="30"', 'width="100%" height="20"', 'width="3mm" height="2mm"'])
def test_a_picture_of_unknown_size_is_refused(size):
    with pytest.raises(ValueError, match="must have a root element with a viewBox, or with width and height"):
        svg.inline(f"<svg {size}></svg>", name="x")


def test_a_file_without_picture_is_refused():
    with pytest.raises(ValueError, match=r"'one' must have a root element with a viewBox, .*; got 'hello'"):
        svg.inline("hello", name="one")


def test_every_colour_of_the_labs_has_a_variable_in_the_style_sheet():
    from lens_labs.sphinx import STATIC

    sheet = (STATIC / "tokens.css").read_text("utf-8")
    tokens = {plotting.INK, plotting.MUTE, plotting.RULE, plotting.PAPER, *plotting.COLOURS}
    assert tokens == set(svg.PALETTE)
    for variable in svg.PALETTE.values():
        assert f"{variable.removeprefix('var(').removesuffix(')')}:" in sheet


def test_figures_of_notes_and_labs_have_the_same_colours():
    assert drawings.COLOURS == plotting.COLOURS
