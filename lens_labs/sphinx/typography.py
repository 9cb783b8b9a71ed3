"""Small things that a typesetter does: a number stays with its unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_UNIT = re.compile(r"(?<=\d) (?=(?:Å|nm|µm|mm|K|%|min|minutes|s|Hz)(?![\w]))")
_LITERAL = (nodes.literal, nodes.literal_block, nodes.raw, nodes.math, nodes.math_block, nodes.comment)


def keep_units(_: Sphinx, doctree: nodes.document) -> None:
    """Put a space that does not break between a number and its unit, everywhere but in code and formulas."""
    for text in list(doctree.findall(nodes.Text)):
        together = _UNIT.sub("\N{NO-BREAK SPACE}", text)
        if together != text and not isinstance(text.parent, _LITERAL):
            text.parent.replace(text, nodes.Text(together))


def setup(app: Sphinx) -> None:
    """Connect what happens to every page that has been read."""
    app.connect("doctree-read", keep_units)
