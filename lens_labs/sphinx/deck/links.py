"""From slides to notes: ``{notes-link}`the derivation <sec-loss>```."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole
from sphinx.util.inventory import InventoryFile

from lens_labs.sphinx.deck import front_matter
from lens_labs.sphinx.deck.nodes import deck_notes_link

logger = logging.getLogger(__name__)


class NotesLink(ReferenceRole):
    """``{notes-link}``: a section of the notes to which the deck belongs, by its label."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; where it leads is found out when the deck is written."""
        link = deck_notes_link(self.rawtext, self.title, label=self.target)
        self.set_source_info(link)
        return [link], []


class FollowNotesLinks(SphinxPostTransform):
    """Say where the links to the notes lead.

    Where the notes have been built, their inventory knows the page of each label, and a label that it does not know
    is a warning. Where they have not, a link leads to the page of the deck's own lecture.
    """

    default_priority = 800

    def run(self, **_: Any) -> None:
        """Replace every such link."""
        links = list(self.document.findall(deck_notes_link))
        labels = self._labels() if links else None
        for link in links:
            address = self._address(link, labels)
            if address:
                link.replace_self(
                    nodes.reference("", "", *link.children, refuri=address, classes=["notes-link"])
                )
            else:
                link.replace_self(link.children)

    def _address(self, link: deck_notes_link, labels: Mapping[str, str] | None) -> str:
        label, docname = link["label"], self.env.docname
        if labels is not None and label.lower() not in labels:
            logger.warning("the notes have no label %r", label, location=link, type="deck", subtype="link")
            return ""
        own = front_matter.read(self.env, docname).notes
        page = labels[label.lower()] if labels else own and f"{own}#{nodes.make_id(label)}"
        address = front_matter.address_of_notes(self.env, docname, page)
        if not address:
            logger.warning(
                "there are no notes to link to: set `deck_notes` in conf.py and `deck: {lecture: ...}` on this page",
                location=link,
                type="deck",
                subtype="link",
            )
        return address

    def _labels(self) -> Mapping[str, str] | None:
        """Return the address of each label of the notes, None if they have not been built."""
        inventory = Path(self.env.srcdir, self.config.deck_notes_inventory)
        if not self.config.deck_notes_inventory or not inventory.is_file():
            return None
        with inventory.open("rb") as file:
            labels = InventoryFile.load(file, "", posixpath.join).get("std:label", {})
        return {name.lower(): item.uri for name, item in labels.items()}
