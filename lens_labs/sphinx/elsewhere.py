"""Builders without HTML: what stands there for drawings, interactive figures and quoted numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from lens_labs.sphinx.demos import demo
from lens_labs.sphinx.drawings import drawing
from lens_labs.sphinx.results import result

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def say_in_words(app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Let words stand for what only a page of HTML can show, so that every builder can write them."""
    if app.builder.format == "html":
        return
    for place in list(doctree.findall(demo)):
        place.replace_self(place.children)
    for picture in list(doctree.findall(drawing)):
        picture.replace_self(nodes.paragraph("", f"[{picture['alt']}]"))
    for number in list(doctree.findall(result)):
        number.replace_self(nodes.inline("", number.astext()))


def setup(app: Sphinx) -> None:
    """Connect what happens to every document that is about to be written."""
    app.connect("doctree-resolved", say_in_words)
