"""Formulas are laid out while pages are built."""

import re
from pathlib import Path

import pytest
from docutils import nodes
from projects import build

from lens_labs.sphinx import katex

RST = "source_suffix = {'.rst': 'restructuredtext'}\n"


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
    assert '<span class="eqno">(1)</span><div class="scroll"' in html  # for themes that let it float
    assert not re.search("<script[^>]*mathjax", html.lower())


def test_an_equation_has_a_name_and_is_no_stop_of_the_tab_key_unless_a_script_finds_that_it_scrolls(tmp_path):
    html = build(tmp_path, {"index.md": "# Title\n\n$$\nb = c\n$$\n"}).html()
    assert '<div class="scroll" role="group" aria-label="Equation">' in html


def test_several_lines_are_aligned(tmp_path):
    html = build(tmp_path, {"index.md": "# Title\n\n$$\na &= b \\\\\nc &= d\n$$\n"}).html()
    assert "mtable" in html


@pytest.mark.parametrize(
    ("tex", "same"),
    [
        ("a = b\n\nc = d", r"\begin{gathered}a = b \\ c = d\end{gathered}"),
        ("a &= b\n \n\nc &= d", r"\begin{aligned}a &= b \\ c &= d\end{aligned}"),
        (
            "a &= b \\\\\n&= e\n\nc = d",
            r"\begin{gathered}\begin{aligned}a &= b \\ &= e\end{aligned} \\ c = d\end{gathered}",
        ),
        ("\\begin{cases}a\n\n\\\\b\\end{cases}", r"\begin{cases}a \\b\end{cases}"),
    ],
)
def test_formulas_with_blank_lines_between_them_stand_below_each_other(tmp_path, tex, same):
    indented = tex.replace("\n", "\n   ")
    page = build(tmp_path, {"index.rst": f"Title\n=====\n\n.. math::\n\n   {indented}\n"}, conf=RST)
    assert page.warnings == ""
    (shown,) = re.findall("<math.*?<semantics>(.*?)<annotation", page.html())
    assert shown == re.search("<semantics>(.*?)<annotation", katex.render(same, display=True))[1]


@pytest.mark.parametrize("environment", ["align", "equation", "gather"])
def test_only_sphinx_numbers_formulas(tmp_path, environment):
    source = f"# Title\n\n\\begin{{{environment}}}\na = b\n\\end{{{environment}}}\n"
    page = build(tmp_path, {"index.md": source})
    assert page.warnings == ""
    assert page.html().count("(1)") == 1
    assert "eqn-num" not in page.html()


def test_the_classes_of_a_formula_reach_the_page(tmp_path):
    source = "Title\n=====\n\n.. math:: a\n   :class: wide\n\n.. steps::\n\n   .. math:: b\n"
    html = build(tmp_path, {"index.rst": source}, conf=RST, builder="deck").html()
    assert '<div class="math-block wide">' in html
    assert '<div class="math-block fragment">' in html


def sheets(page):
    return re.findall(r'href="([^"]*katex[^"]*css)', page)


def test_pages_with_formulas_load_their_style_sheet_once_and_others_do_not(tmp_path):
    pages = {"index.md": "# Title\n\nHere is $a$.\n", "other.md": "---\norphan:\n---\n# Other\n"}
    built = build(tmp_path / "one", pages)
    assert [len(sheets(built.html(name))) for name in ("index", "other")] == [1, 0]
    assert Path(built.app.outdir, sheets(built.html())[0]).is_file()
    named = build(tmp_path / "two", pages, conf="html_css_files = ['vendor/katex/katex.min.css']\n")
    assert len(sheets(named.html())) == 1
    other = build(tmp_path / "three", pages, conf="html_math_renderer = 'mathjax'\n")
    assert sheets(other.html()) == []
    assert len(sheets(build(tmp_path / "four", pages, builder="deck").html())) == 1


def test_punctuation_stays_with_its_formula(tmp_path):
    page = build(tmp_path, {"index.md": "# Title\n\nHere is $a$, and $b$.\n"})
    assert [math["tail"] for math in page.resolved().findall(nodes.math)] == [",", "."]
    assert re.search(r"</span>,</span> and", page.html())


@pytest.mark.parametrize(
    ("builder", "conf", "file", "words"),
    [
        ("text", "", "index.txt", "a^2, b. And"),
        ("latex", "", "small.tex", r"\(a^2\), \(b\). And"),
        ("html", "html_math_renderer = 'mathjax'\n", "index.html", r"\(a^2\)</span>, <span"),
    ],
)
def test_punctuation_is_kept_where_katex_does_not_write_the_formula(tmp_path, builder, conf, file, words):
    source = "Title\n=====\n\n:math:`a^2`, :math:`b`. And\n"
    page = build(tmp_path, {"index.rst": source}, conf=RST + conf, builder=builder)
    assert words in Path(page.app.outdir, file).read_text("utf-8")


def test_a_wrong_formula_is_a_warning_with_its_place(tmp_path):
    page = build(tmp_path, {"index.md": "# Title\n\nHere is\n$\\nonsense$.\n"})
    assert re.search(
        r"index\.md:\d+: WARNING: KaTeX parse error: Undefined control sequence: \\nonsense", page.warnings
    )
    assert "<code>\\nonsense</code>" in page.html()
