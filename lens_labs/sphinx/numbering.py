"""Numbers of the figures of a page, and links to them: ``{fig}`the-name```."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)


class FigureReference(SphinxRole):
    """``{fig}`name```: the number of a figure of the same page, as a link."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a link whose text is filled in when all figures of the page are known."""
        link = nodes.reference("", "Figure", refid=nodes.make_id(self.text), internal=True, classes=["fig"])
        self.set_source_info(link)
        return [link], []


def number_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Give the figures of a page numbers, those of lecture 2 as 2.1, 2.2, and tell the links to them."""
    chapter = _chapter(app.env.metadata[app.env.docname].get("lecture"))
    numbers: dict[str, str] = {}
    figures = (
        figure
        for figure in doctree.findall(nodes.figure)
        if "drawing" in figure["classes"] and "unnumbered" not in figure["classes"]
    )
    for count, figure in enumerate(figures, start=1):
        number = f"Figure {chapter}{count}"
        numbers |= dict.fromkeys(figure["ids"], number)
        for caption in figure.findall(nodes.caption):
            caption.insert(0, nodes.inline("", f"{number}. ", classes=["caption-number"]))
    for link in doctree.findall(nodes.reference):
        if "fig" in link["classes"]:
            if link["refid"] not in numbers:
                logger.warning(
                    "there is no figure named %r on this page", link["refid"], location=link, type="drawing"
                )
            link[0] = nodes.Text(numbers.get(link["refid"], "Figure"))


def _chapter(lecture: Any) -> str:
    """Return what stands in front of the number of a figure: the number of the lecture and a dot, or nothing."""
    front_matter = json.loads(lecture) if isinstance(lecture, str) else lecture
    number = front_matter.get("number") if isinstance(front_matter, dict) else None
    return f"{number}." if isinstance(number, int) else ""


def setup(app: Sphinx) -> None:
    """Register the role, and what happens to every page that has been read."""
    app.add_role("fig", FigureReference())
    app.connect("doctree-read", number_figures)
