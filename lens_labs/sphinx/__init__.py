"""Sphinx for lectures: formulas laid out at build time, figures drawn by code, quoted results, and slides.

``extensions = ["lens_labs.sphinx"]`` in any Sphinx project adds all of it; nothing here knows the rest of the package.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens_labs.sphinx import (
    deck,
    demos,
    drawings,
    elsewhere,
    katex,
    lectures,
    links,
    numbering,
    results,
    typography,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

STATIC = Path(__file__).parent / "static"


def _add_static_files(_: Sphinx, config: Config) -> None:
    """Put fonts, colours and the style sheet of formulas in front of the project's own files, which win."""
    config.html_static_path = [str(STATIC), *config.html_static_path]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything."""
    for part in (katex, drawings, numbering, demos, results, lectures, links, typography, elsewhere, deck):
        part.setup(app)
    app.connect("config-inited", _add_static_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
