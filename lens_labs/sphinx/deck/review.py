"""What is wrong with a deck as a whole: text on no slide, options given twice, pictures without words, slides without minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes
from sphinx import addnodes

from lens_labs.sphinx.deck.nodes import deck_notes, deck_options, deck_slide

_SHOWN_NOWHERE = (
    nodes.Invisible, nodes.docinfo, nodes.footnote, nodes.citation, nodes.meta, nodes.section, nodes.system_message,
    nodes.transition, addnodes.highlightlang, addnodes.index, addnodes.toctree,
)  # fmt: skip
ALT = "the figure %s needs `:alt:`, which says what is seen to those who cannot see it"


@dataclass(frozen=True)
class Fault:
    """A fault: where it is, of which kind, and what an author reads of it."""

    node: nodes.Node
    kind: str
    message: str


def of_sections(document: nodes.document) -> Iterator[Fault]:
    """Find what belongs to no slide, and what a slide says twice, before sections become slides.

    Parameters
    ----------
    document : document
        A document as it was read.

    Yields
    ------
    Fault
        In the order of the document.
    """
    for child in document.children:
        if isinstance(child, (deck_options, deck_notes)):
            name = "slide" if isinstance(child, deck_options) else "notes"
            yield Fault(child, "outside", f"`{{{name}}}` stands in front of the first heading, on no slide")
        elif not isinstance(child, _SHOWN_NOWHERE):
            yield Fault(
                child, "outside", "this stands in front of the first heading, so that no slide shows it"
            )
    for section in sections(document)[1:]:
        yield Fault(
            section,
            "title",
            "a deck has one title, and this is a second one; slides begin one level below it",
        )
    for section in document.findall(nodes.section):
        for options in list(taken(section, deck_options))[1:]:
            yield Fault(
                options, "twice", "this slide has a second `{slide}`; write all options into the first one"
            )


def sections(node: nodes.Element) -> list[nodes.section]:
    """Return the sections that stand directly in a node."""
    return [child for child in node.children if isinstance(child, nodes.section)]


def taken(
    section: nodes.section, kind: type[nodes.Element], *, deep: bool = False
) -> Iterator[nodes.Element]:
    """Find the options or the notes of a slide, which may stand in a column.

    Parameters
    ----------
    section : section
        The section of which the slide is made.
    kind : type
        Of which kind the nodes are.
    deep : bool
        Whether sections below belong to the slide too, and not to slides of their own.

    Yields
    ------
    Element
        In the order of the section.
    """
    for child in section.children:
        if isinstance(child, kind):
            yield child
        elif isinstance(child, nodes.Element) and (deep or not isinstance(child, nodes.section)):
            yield from child.findall(kind)


def of_slides(slides: list[deck_slide], *, timed: bool) -> Iterator[Fault]:
    """Find what slides lack.

    Parameters
    ----------
    slides : list of deck_slide
        All slides of a deck.
    timed : bool
        Whether the deck says how long it takes.

    Yields
    ------
    Fault
        In the order of the slides.
    """
    for slide in slides:
        if timed and "minutes" not in slide:
            yield Fault(
                slide,
                "minutes",
                "this slide needs `{notes}` with `:minutes:`, because the deck says how long it takes",
            )
        if "data-countdown" in slide["attributes_"] and "question" not in slide["classes"]:
            yield Fault(slide, "countdown", "a countdown needs a slide of `:class: question`")
        for image in slide.findall(nodes.image):
            if not image.get("alt", "").strip():
                yield Fault(image, "alt", ALT % image["uri"])
