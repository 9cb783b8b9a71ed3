"""SVG that becomes part of a page: its letters are the page's, its colours follow light and dark."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

PALETTE = {
    "#1b2433": "var(--ink)",
    "#556070": "var(--mute)",
    "#d9d5c9": "var(--rule)",
    "#fbfaf7": "var(--paper)",
    "#00697a": "var(--accent)",
    "#c2410c": "var(--hot)",
    "#7a5195": "var(--violet)",
    "#b8860b": "var(--gold)",
    "#4878a8": "var(--blue)",
}
"""Which colour of a figure becomes which variable of the style sheet."""

_PROLOGUE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>", re.DOTALL)
_ROOT = re.compile(r"<svg\b[^>]*?>", re.DOTALL)
_VIEW = re.compile(r"""\sviewBox=(["'])([^"']+)\1""")
_SIDES = tuple(re.compile(rf"""\s{side}=(["'])([\d.]+)(?:px)?\1""") for side in ("width", "height"))
_ID = re.compile(r"""(?<=\s)id=(["'])(.+?)\1""")
_LINK = re.compile(r"""href=(["'])#(.+?)\1""")
_URL = re.compile(r"""url\((["']|&quot;|)#([^)"'&]+)\1\)""")
_FACE = re.compile(r"font-family: [^;\"]+;? ?")
_SHEET = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)
_ID_SELECTOR = re.compile(r"#([\w-]+)(?=[^{}]*\{)")


def inline(svg: str, *, name: str, alt: str = "", classes: Sequence[str] = (), style: str = "") -> str:
    """Prepare an SVG file to stand inside a page.

    Parameters
    ----------
    svg : str
        Content of the file, as matplotlib writes it or by hand.
    name : str
        The id of the picture, and put in front of all ids in it, so that two figures can share a page.
    alt : str
        What is seen. Without it, the figure is decoration.
    classes : sequence of str
        Further classes of the picture.
    style : str
        Its style, such as ``"width:50%"``.

    Returns
    -------
    str
        One ``<svg class="figure">``. A style sheet in it rules this picture only, and not the page.

    Raises
    ------
    ValueError
        If there is no SVG with a viewBox, or with the width and the height from which one follows.

    Examples
    --------
    >>> inline('<svg viewBox="0 0 1 1"><path id="a" stroke="#00697a"/></svg>', name="x")
    '<svg class="figure" id="x" aria-hidden="true" viewBox="0 0 1 1"><path id="x-a" stroke="var(--accent)"/></svg>'
    """
    text = _PROLOGUE.sub("", svg).strip()
    root = _ROOT.search(text)
    view = _view(root.group()) if root else ""
    if not root or not view:
        raise ValueError(
            f"svg of {name!r} must have a root element with a viewBox, or with width and height in pixels; got {text[:80]!r}"
        )
    names = html.escape(" ".join(("figure", *classes)))
    label = f'role="img" aria-label="{html.escape(alt)}"' if alt else 'aria-hidden="true"'
    size = f' style="{html.escape(style)}"' if style else ""
    xlink = ' xmlns:xlink="http://www.w3.org/1999/xlink"' if "xlink:" in text else ""
    body = text[root.end() :]
    for colour, variable in PALETTE.items():
        body = re.sub(re.escape(colour), variable, body, flags=re.IGNORECASE)
    body = _FACE.sub("", body)  # the face is the page's
    body = _with_ids(body, name)
    body = _LINK.sub(rf'href="#{name}-\2"', body)
    body = _URL.sub(rf"url(#{name}-\2)", body)
    body = _SHEET.sub(lambda sheet: f"{sheet[1]}{_scoped(sheet[2], name)}{sheet[3]}", body)
    return f'<svg class="{names}" id="{name}" {label} viewBox="{view}"{size}{xlink}>{body}'


def _with_ids(body: str, name: str) -> str:
    """Put the name of the picture in front of all ids. Equal images get equal ids by Matplotlib: the first keeps it."""
    seen: set[str] = set()

    def own(found: re.Match[str]) -> str:
        if found[2] in seen:
            return ""
        seen.add(found[2])
        return f'id="{name}-{found[2]}"'

    return _ID.sub(own, body)


def _view(root: str) -> str:
    """Return the viewBox that a root element has, or that follows from its size; empty if it has neither."""
    if view := _VIEW.search(root):
        return view[2]
    sides = [found[2] for side in _SIDES if (found := side.search(root))]
    return f"0 0 {' '.join(sides)}" if len(sides) == len(_SIDES) else ""


def _scoped(sheet: str, name: str) -> str:
    """Let the rules of a style sheet hold within one picture, with no more weight than they had."""
    rules = _ID_SELECTOR.sub(rf"#{name}-\1", sheet)
    return f":where(#{name}){{{rules}}}"
