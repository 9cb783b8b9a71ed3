"""Links between notes, slides and labs, which are two projects and one folder: ``{deck}`` and ``{lab}``."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import ReferenceRole

from lens_labs.sphinx.deck import addresses
from lens_labs.sphinx.faults import meant
from lens_labs.sphinx.results import address_of_lab

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment


class DeckLink(ReferenceRole):
    """``{deck}`text <02-dense-regression#fringes>```: a deck, or one of its slides."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; a deck or a slide that does not exist is a warning."""
        name, _, slide = self.target.partition("#")
        sources = Path(self.env.srcdir, self.config.links_deck_sources).resolve()
        found = [path for ending in (".md", ".rst") if (path := sources / f"{name}{ending}").is_file()]
        if not found:
            decks = (path.stem for path in (*sources.glob("*.md"), *sources.glob("*.rst")))
            return self._problem(f"there is no deck {name!r} in {sources.name}/{meant(name, decks)}")
        if slide:
            self.env.note_dependency(str(found[0]))
            slides = _slides(found[0], found[0].stat().st_mtime_ns)
            if slide not in slides:
                return self._problem(f"the deck {name!r} has no slide {slide!r}{meant(slide, slides)}")
        text = self.title if self.has_explicit_title else "the slides"
        return [_link(self, "deck", f"{name}.html{f'#/{slide}' if slide else ''}", text)], []

    def _problem(self, message: str) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        report = self.inliner.reporter.error(message, line=self.lineno)
        return [self.inliner.problematic(self.rawtext, self.rawtext, report)], [report]


@functools.lru_cache(maxsize=256)
def _slides(path: Path, _modified: int) -> frozenset[str]:
    return frozenset(addresses.in_source(path.read_text("utf-8"), markdown=path.suffix == ".md"))


class LabLink(ReferenceRole):
    """``{lab}`02-reflectometry-inversion```: a lab, by its title."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; a lab that does not exist is a warning."""
        known = self.config.lecture_labs
        if self.target not in known:
            message = f"there is no lab {self.target!r}; there are {', '.join(known) or 'none'}"
            report = self.inliner.reporter.error(message, line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, report)], [report]
        text = self.title if self.has_explicit_title else known[self.target]["title"]
        return [_link(self, "lab", self.target, text)], []


def _link(role: ReferenceRole, kind: str, target: str, text: str) -> addnodes.pending_xref:
    """Return a link whose address is found when the page is written, because it depends on the builder."""
    link = addnodes.pending_xref(role.rawtext, reftype=kind, reftarget=target, refdoc=role.env.docname)
    link += nodes.inline("", text)
    role.set_source_info(link)
    return link


def address_links(
    app: Sphinx, _: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.Element | None:
    """Turn ``{deck}`` and ``{lab}`` into links where their addresses mean something: in pages of HTML."""
    kind, page, target = node["reftype"], node["refdoc"], node["reftarget"]
    if kind not in {"deck", "lab"}:
        return None
    if app.builder.format != "html":  # such as the check of links, which knows this project only
        return content
    address = (
        _address_of_deck(app.builder, page, target)
        if kind == "deck"
        else address_of_lab(app.builder, page, target)
    )
    if not address:
        return content
    return nodes.reference("", content.astext(), refuri=address, classes=[f"{kind}-link"])


def _address_of_deck(builder: Builder, page: str, target: str) -> str:
    decks = builder.config.links_decks
    folder = builder.get_target_uri(page).partition("#")[0]
    return f"{decks}{target}" if "://" in decks else f"{'../' * folder.count('/')}{decks}{target}"


def setup(app: Sphinx) -> None:
    """Register the roles and where the decks are."""
    app.add_config_value("links_decks", "slides/", "env", types=frozenset({str}))
    app.add_config_value("links_deck_sources", "../slides", "env", types=frozenset({str}))
    app.add_role("deck", DeckLink())
    app.add_role("lab", LabLink())
    app.connect("missing-reference", address_links)
