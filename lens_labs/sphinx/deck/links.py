"""From slides to notes: ``{notes-link}`the derivation <sec-loss>```, and every reference that a deck cannot resolve itself.

Where the notes have been built, their inventory says where each label, term and page is, and what it does not know is a
warning. Where they have not, the address is the one that they will have.
"""

from __future__ import annotations

import functools
import hashlib
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole
from sphinx.util.inventory import InventoryFile
from sphinx.util.nodes import make_id

from lens_labs.sphinx.deck import front_matter
from lens_labs.sphinx.deck.builder import DeckBuilder
from lens_labs.sphinx.deck.equations import all_equations
from lens_labs.sphinx.faults import meant, placed

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

NAMES = {"notes": "label", "ref": "label", "term": "term", "doc": "page", "eq": "equation"}
"""What the roles refer to that are looked up in the notes."""

logger = logging.getLogger(__name__)


class NotesLink(ReferenceRole):
    """``{notes-link}``: a section of the notes to which the deck belongs, by its label."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; where it leads is found out when the deck is written."""
        link = addnodes.pending_xref(
            self.rawtext, reftype="notes", reftarget=self.target, refdoc=self.env.docname, refexplicit=True
        )
        link += nodes.inline("", self.title)
        self.set_source_info(link)
        return [link], []


def look_in_notes(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.Element | None:
    """Find in the notes what a deck does not have: sections, terms, pages and equations.

    Parameters
    ----------
    app : Sphinx
        Only the builder of decks looks into the notes, but for ``{notes-link}``.
    env : BuildEnvironment
        Its configuration says where notes, inventory and sources are.
    node : pending_xref
        The reference that the project itself cannot resolve.
    content : Element
        What stands for it in the text.

    Returns
    -------
    Element or None
        The link; the content alone after a warning; None if other extensions are to look.
    """
    kind = node["reftype"]
    if kind not in NAMES or not (
        kind == "notes" or (isinstance(app.builder, DeckBuilder) and env.config.deck_notes)
    ):
        return None
    docname, target = node.get("refdoc") or env.docname, node["reftarget"]
    known = (
        inventory(Path(env.srcdir, env.config.deck_notes_inventory))
        if env.config.deck_notes_inventory
        else {}
    )
    page, text = _found(env, docname, kind, target, known)
    address = front_matter.address_of_notes(env, docname, page)
    if not address:
        message = _missing(env, kind, target, known) if env.config.deck_notes else _NO_NOTES
        logger.warning("%s", message, location=placed(node), type="deck", subtype="link")
        return content
    if text and not node.get("refexplicit"):
        content = nodes.inline("", text, classes=content["classes"])
    return nodes.reference("", "", content, refuri=address, classes=["notes-link"])


_NO_NOTES = (
    "there are no notes to link to: set `deck_notes` in conf.py and `deck: {lecture: ...}` on this page"
)


def _missing(env: BuildEnvironment, kind: str, target: str, known: Mapping[str, Any]) -> str:
    """Say what the notes do not have, and what they have instead."""
    if kind == "eq":
        names = list(all_equations(_sources(env))) if env.config.deck_notes_sources else []
    elif not known:
        return _NO_NOTES
    else:
        names = list(known[_TABLE[kind]])
    return f"the notes have no {NAMES[kind]} {target!r}{meant(target, names)}"


_TABLE = {"notes": "std:label", "ref": "std:label", "term": "std:term", "doc": "std:doc"}


def _sources(env: BuildEnvironment) -> Path:
    return Path(env.srcdir, env.config.deck_notes_sources).resolve()


def _found(
    env: BuildEnvironment,
    docname: str,
    kind: str,
    target: str,
    known: Mapping[str, Mapping[str, tuple[str, str]]],
) -> tuple[str, str]:
    """Return the page of the notes with its fragment, and the text of an implicit link; empty if unknown."""
    if kind == "eq":
        equation = all_equations(_sources(env)).get(target) if env.config.deck_notes_sources else None
        if equation is None:
            return "", ""
        page = equation.path.relative_to(_sources(env)).with_suffix(".html").as_posix()
        return f"{page}#{nodes.make_id(f'equation-{target}')}", f"({equation.number})"
    name = target.lstrip("/") if kind == "doc" else target
    if known:
        table = known[_TABLE[kind]]
        page, text = table.get(name) or table.get(name.lower()) or ("", "")
        return page, "" if text == "-" else text
    own = front_matter.read(env, docname).notes
    match kind:
        case "doc":
            return f"{name}.html", ""
        case "term":
            fragment = make_id(env, new_document(""), "term", name)
            return f"{env.config.deck_notes_glossary}#{fragment}", ""
    return f"{own}#{nodes.make_id(name)}" if own else "", ""


def inventory(path: Path) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Read where labels, terms and pages of the notes are.

    Parameters
    ----------
    path : Path
        The file ``objects.inv``.

    Returns
    -------
    mapping
        Of each kind, such as ``"std:term"``, address and title by name, and by the name in small letters. Empty if
        the notes have not been built.
    """
    return _inventory(path, path.stat().st_mtime_ns) if path.is_file() else {}


@functools.lru_cache(maxsize=4)
def _inventory(path: Path, _modified: int) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    with path.open("rb") as file:
        content = InventoryFile.load(file, "", posixpath.join)
    tables = {}
    for kind in ("std:label", "std:term", "std:doc"):
        # an item was a tuple of project, version, address and title before Sphinx 8.2 gave its parts names
        table = {name: (item.uri, item.display_name) for name, item in content.get(kind, {}).items()}
        tables[kind] = {name.lower(): item for name, item in table.items()} | table
    return tables


def decks_follow_the_notes(
    app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """Make all decks again when sections, terms or pages of the notes have come, gone or moved."""
    path = Path(app.srcdir, app.config.deck_notes_inventory)
    if not isinstance(app.builder, DeckBuilder) or not app.config.deck_notes_inventory:
        return []
    digest = hashlib.sha256(repr(sorted(inventory(path).items())).encode()).hexdigest()
    before = getattr(env, "deck_notes_digest", digest)
    env.deck_notes_digest = digest  # type: ignore[attr-defined] # kept with the environment
    return [] if before == digest else sorted(env.found_docs)


class AddressEquations(SphinxPostTransform):
    """Say where the equations stand that are quoted from the notes."""

    default_priority = 800

    def run(self, **_: Any) -> None:
        """Complete every such equation."""
        for node in self.document.findall(nodes.math_block):
            if "notes_page" in node:
                address = front_matter.address_of_notes(self.env, self.env.docname, node["notes_page"])
                if address:
                    node["address"] = address
