"""SVG that becomes part of a page: its letters are the page's, its colours follow light and dark."""

from __future__ import annotations

import html
import re

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
_VIEW = re.compile(r'viewBox="[^"]+"')
_ID = re.compile(r'\bid="([^"]+)"')
_LINK = re.compile(r'href="#([^"]+)"')
_URL = re.compile(r"url\(#([^)]+)\)")
_FACE = re.compile(r"font-family: [^;\"]+;? ?")


def inline(svg: str, *, name: str, alt: str = "") -> str:
    """Prepare an SVG file to stand inside a page.

    Parameters
    ----------
    svg : str
        Content of the file, as matplotlib writes it or by hand.
    name : str
        Put in front of all ids, so that two figures can share a page.
    alt : str
        What is seen. Without it, the figure is decoration.

    Returns
    -------
    str
        One ``<svg class="figure">``.

    Raises
    ------
    ValueError
        If there is no SVG with a viewBox.

    Examples
    --------
    >>> inline('<svg viewBox="0 0 1 1"><path id="a" stroke="#00697a"/></svg>', name="x")
    '<svg class="figure" aria-hidden="true" viewBox="0 0 1 1"><path id="x-a" stroke="var(--accent)"/></svg>'
    """
    text = _PROLOGUE.sub("", svg).strip()
    root = _ROOT.search(text)
    view = root and _VIEW.search(root.group())
    if not root or not view:
        raise ValueError(f"svg of {name!r} must have a root element with a viewBox; got {text[:80]!r}")
    label = f'role="img" aria-label="{html.escape(alt)}"' if alt else 'aria-hidden="true"'
    xlink = ' xmlns:xlink="http://www.w3.org/1999/xlink"' if "xlink:" in text else ""
    body = text[root.end() :]
    for colour, variable in PALETTE.items():
        body = re.sub(re.escape(colour), variable, body, flags=re.IGNORECASE)
    body = _FACE.sub("", body)  # the face is the page's
    body = _ID.sub(rf'id="{name}-\1"', body)
    body = _LINK.sub(rf'href="#{name}-\1"', body)
    body = _URL.sub(rf"url(#{name}-\1)", body)
    return f'<svg class="figure" {label} {view.group()}{xlink}>{body}'
