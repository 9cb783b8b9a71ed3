"""Formulas laid out while the pages are built: KaTeX runs inside Python, the reader's browser has nothing to compute.

The HTML carries MathML as well, which is what a screen reader reads. A formula that KaTeX refuses is a warning with its
file and line, and stands in the page as its source.
"""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

from lens_labs.sphinx.faults import placed

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

VENDOR = Path(__file__).parent / "vendor"
_STACK = 8 << 20  # bytes; long formulas are deep trees
_UNDERLINE = "\N{COMBINING LOW LINE}"  # with which KaTeX marks the place in its messages
_CLOSING = tuple(",.;:)?!")
_NUMBERED = re.compile(r"(\\(?:begin|end)\{(?:align|alignat|equation|gather))\}")
_BLANK = re.compile(r"\n[ \t]*\n\s*")
STYLES = "vendor/katex/katex.min.css"
logger = logging.getLogger(__name__)


def render(
    tex: str, *, display: bool = False, html: bool = True, macros: Mapping[str, str] | None = None
) -> str:
    r"""Lay out a formula.

    Parameters
    ----------
    tex : str
        The formula, in the TeX that KaTeX knows.
    display : bool
        On a line of its own, in place of in a line of text.
    html : bool
        HTML and MathML; False for MathML alone, which needs no style sheet.
    macros : mapping of str to str, optional
        Abbreviations, such as ``{r"\mean": r"\mathbb{E}"}``.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    ValueError
        If KaTeX refuses the formula; the message is KaTeX's own.

    Examples
    --------
    >>> render("a^2", html=False)[:45]
    '<span class="katex"><math xmlns="http://www.w'
    """
    return _render(tex, display, html, json.dumps(dict(macros or {}), sort_keys=True))


@functools.lru_cache(maxsize=16_384)
def _render(tex: str, display: bool, with_html: bool, macros: str) -> str:
    import quickjs  # noqa: PLC0415 - so that a build without formulas starts no second language

    settings = {
        "displayMode": display,
        "output": "htmlAndMathml" if with_html else "mathml",
        "macros": json.loads(macros),
        "throwOnError": True,
        "strict": "ignore",
    }
    try:
        return str(_engine()(tex, json.dumps(settings)))
    except quickjs.JSException as error:
        message = str(error).splitlines()[0].removeprefix("ParseError: ").replace(_UNDERLINE, "")
        raise ValueError(f"{message}; the formula is {tex!r}") from None


@functools.cache
def _engine() -> Callable[[str, str], Any]:
    import quickjs  # noqa: PLC0415

    context = quickjs.Context()
    context.set_max_stack_size(_STACK)
    context.eval((VENDOR / "katex.min.js").read_text("utf-8"))
    # A long text built by concatenation is a rope, which the bridge to Python does not know; `join` makes it flat.
    context.eval(
        "const render = (tex, settings) => [katex.renderToString(tex, JSON.parse(settings))].join('')"
    )
    context.eval("var bridge = render")
    bridge: Callable[[str, str], Any] = context.get("bridge")
    return bridge


def keep_punctuation(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Move the punctuation that follows a formula into its node, so that no line begins with a comma."""
    if not _lays_out(app):
        return
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and after.startswith(_CLOSING):
            formula["tail"] = after[0]
            after.parent.replace(after, nodes.Text(after[1:]))


def _lays_out(app: Sphinx) -> bool:
    """Tell whether this builder writes formulas with the visitors below."""
    return getattr(app.builder, "math_renderer_name", "") == "katex"


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    tail = node.get("tail", "")
    formula = _laid_out(translator, node, display=False)
    translator.body.append(f'<span class="formula">{formula}{tail}</span>')
    raise nodes.SkipNode


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number beside the part that scrolls on a narrow screen.

    The number comes first, as Sphinx writes it: themes of others let it float to the right.
    """
    number = node.get("number")
    classes = html.escape(" ".join(["math-block", *node["classes"]]))
    wrapped = node["ids"] == node.parent.get("ids")  # some themes wrap formulas and name the wrapper
    anchor = f' id="{html.escape(node["ids"][0])}"' if node["ids"] and not wrapped else ""
    name = f"Equation {number}" if number else "Equation"
    label = f'<span class="eqno">{_number(node, number)}</span>' if number else ""
    formula = _laid_out(translator, node, display=True)
    translator.body.append(
        f'<div class="{classes}"{anchor}>'
        f'{label}<div class="scroll" role="group" aria-label="{name}">{formula}</div></div>\n'
    )
    raise nodes.SkipNode


def _number(node: nodes.math_block, number: str) -> str:
    """Return the number of a formula, as a link if the formula is quoted from elsewhere."""
    if "address" not in node:
        return f"({number})"
    address = html.escape(node["address"])
    return f'<a href="{address}" aria-label="Equation {number} of the notes">({number})</a>'


def _rows(tex: str) -> str:
    """Set the lines of a formula in rows, and below each other what blank lines separate, as Sphinx does for LaTeX.

    Sphinx gives the numbers, so no environment counts for itself: KaTeX would begin with (1) in every formula.
    """
    tex = _NUMBERED.sub(r"\1*}", tex)
    parts = _BLANK.split(tex)
    if len(parts) > 1 and all(part.count(r"\begin{") == part.count(r"\end{") for part in parts):
        within = "aligned" if any("&" in part and not _in_rows(part) for part in parts) else "gathered"
        return _set(within, r" \\ ".join(_set("aligned", part) if _in_rows(part) else part for part in parts))
    return _set("aligned", tex) if _in_rows(tex) else tex


def _in_rows(tex: str) -> bool:
    return r"\\" in tex and r"\begin{" not in tex


def _set(environment: str, tex: str) -> str:
    return rf"\begin{{{environment}}}{tex}\end{{{environment}}}"


def _laid_out(translator: HTML5Translator, node: nodes.math | nodes.math_block, *, display: bool) -> str:
    tex = _rows(node.astext().strip()) if display else node.astext().strip()
    in_notes = getattr(
        translator, "in_speaker_notes", False
    )  # the speaker's window has no style sheet of KaTeX
    try:
        return render(tex, display=display, html=not in_notes, macros=translator.config.katex_macros)
    except ValueError as error:
        logger.warning("%s", error, location=placed(node), type="katex")
        return f"<code>{html.escape(tex)}</code>"


def add_styles(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the style sheet of formulas on pages that have some, in front of the project's own; decks always load it."""
    if doctree is None or not _lays_out(app) or app.builder.name == "deck":
        return
    named = any(str(sheet.filename).endswith(STYLES) for sheet in context["css_files"])
    if not named and any((*doctree.findall(nodes.math), *doctree.findall(nodes.math_block))):
        app.add_css_file(STYLES, priority=150)


def setup(app: Sphinx) -> None:
    """Register the renderer ``katex`` and its table of macros."""
    app.add_config_value("katex_macros", {}, "env", types=frozenset({dict}))
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.connect("doctree-resolved", keep_punctuation)
    app.connect("html-page-context", add_styles)
