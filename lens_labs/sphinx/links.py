"""Links between notes, slides and labs, which are two projects and one folder: ``{deck}`` and ``{lab}``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import ReferenceRole

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class DeckLink(ReferenceRole):
    """``{deck}`text <02-dense-regression#fringes>```: a deck, or one of its slides."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; a deck that does not exist is a warning."""
        name, _, slide = self.target.partition("#")
        sources = Path(self.env.srcdir, self.config.links_deck_sources)
        if not any((sources / f"{name}{ending}").is_file() for ending in (".md", ".rst")):
            report = self.inliner.reporter.error(
                f"there is no deck {name!r} in {sources.name}/", line=self.lineno
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, report)], [report]
        address = (
            f"{_up(self.env.docname)}{self.config.links_decks}{name}.html{f'#/{slide}' if slide else ''}"
        )
        text = self.title if self.has_explicit_title else "the slides"
        return [nodes.reference(self.rawtext, text, refuri=address, classes=["deck-link"])], []


class LabLink(ReferenceRole):
    """``{lab}`02-reflectometry-inversion```: a lab, by its title."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; a lab that does not exist is a warning."""
        known = self.config.lecture_labs
        if self.target not in known:
            message = f"there is no lab {self.target!r}; there are {', '.join(known) or 'none'}"
            report = self.inliner.reporter.error(message, line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, report)], [report]
        base = self.config.results_notes if self.config.drawings_medium == "slide" else _up(self.env.docname)
        address = f"{base}{self.config.results_labs}{self.target}.html"
        text = self.title if self.has_explicit_title else known[self.target]["title"]
        return [nodes.reference(self.rawtext, text, refuri=address, classes=["lab-link"])], []


def _up(docname: str) -> str:
    return "../" * docname.count("/")


def setup(app: Sphinx) -> None:
    """Register the roles and where the decks are."""
    app.add_config_value("links_decks", "slides/", "env", types=frozenset({str}))
    app.add_config_value("links_deck_sources", "../slides", "env", types=frozenset({str}))
    app.add_role("deck", DeckLink())
    app.add_role("lab", LabLink())
