"""Formulas are laid out while pages are built."""

import re

import pytest
from docutils import nodes
from projects import build

from lens_labs.sphinx import katex


def test_a_formula_has_html_for_the_eye_and_mathml_for_the_ear():
    html = katex.render(r"\frac{a}{b}")
    assert 'class="katex-html" aria-hidden="true"' in html
    assert "<mfrac>" in html


def test_mathml_alone_needs_no_style_sheet():
    assert "katex-html" not in katex.render("a", html=False)


def test_a_formula_of_ten_thousand_letters_survives_the_bridge():
    long = "+".join(f"x_{{{i}}}" for i in range(2_000))
    assert len(long) > 10_000
    assert katex.render(long, display=True).count("<msub>") == 2_000


def test_a_formula_that_katex_refuses_is_named():
    with pytest.raises(ValueError, match=r"Undefined control sequence: \\nonsense.*the formula is"):
        katex.render(r"a \nonsense")


def test_macros_are_known():
    assert katex.render(r"\E x", macros={r"\E": r"\mathbb{E}"}) == katex.render(r"\mathbb{E} x").replace(
        r"\mathbb{E} x", r"\E x"
    )


def test_a_page_holds_laid_out_formulas_and_no_script_for_them(tmp_path):
    page = build(
        tmp_path, {"index.md": "# Title\n\nInline $a^2$, then\n\n$$\nb = c\n$$ (eq-b)\n\nSee {eq}`eq-b`.\n"}
    )
    assert page.warnings == ""
    html = page.html()
    assert html.count('class="katex"') == 2
    assert 'id="equation-eq-b"' in html
    assert ">(1)<" in html
    assert not re.search("<script[^>]*mathjax", html.lower())


def test_an_equation_that_scrolls_can_be_reached_by_keyboard(tmp_path):
    html = build(tmp_path, {"index.md": "# Title\n\n$$\nb = c\n$$\n"}).html()
    assert re.search(r'<div class="scroll" tabindex="0" role="group" aria-label="Equation">', html)


def test_several_lines_are_aligned(tmp_path):
    html = build(tmp_path, {"index.md": "# Title\n\n$$\na &= b \\\\\nc &= d\n$$\n"}).html()
    assert "mtable" in html


def test_punctuation_stays_with_its_formula(tmp_path):
    page = build(tmp_path, {"index.md": "# Title\n\nHere is $a$, and $b$.\n"})
    assert [math["tail"] for math in page.found(nodes.math)] == [",", "."]
    assert re.search(r"</span>,</span> and", page.html())


def test_a_wrong_formula_is_a_warning_with_its_place(tmp_path):
    page = build(tmp_path, {"index.md": "# Title\n\nHere is\n$\\nonsense$.\n"})
    assert re.search(
        r"index\.md:\d+: WARNING: KaTeX parse error: Undefined control sequence: \\nonsense", page.warnings
    )
    assert "<code>\\nonsense</code>" in page.html()
