"""From the sections of a document to slides: ``#`` is the title slide, ``##`` a slide, ``###`` one below it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from lens_labs.sphinx.deck import front_matter
from lens_labs.sphinx.deck.addresses import named
from lens_labs.sphinx.deck.nodes import (
    deck_body,
    deck_links,
    deck_notes,
    deck_options,
    deck_slide,
    deck_stack,
)
from lens_labs.sphinx.deck.review import Fault, of_sections, of_slides, sections, taken
from lens_labs.sphinx.drawings import drawing, written
from lens_labs.sphinx.faults import line_of_field, placed

NIGHT = "var(--night)"
DARK = frozenset({"title", "statement"})
"""Classes of slides that stand on a dark ground, in light and in dark."""
_OF_MYST = ("tex2jax_ignore", "mathjax_ignore")
logger = logging.getLogger(__name__)


def to_slides(document: nodes.document) -> None:
    """Replace the sections of a document by slides.

    Parameters
    ----------
    document : document
        Changed in place: its children become slides and stacks of slides. A section of level three starts a slide
        below the one of level two that holds it; deeper sections stay within their slide.
    """
    tops = sections(document)
    found: list[nodes.Element] = []
    for top in tops:
        found.append(_slide(top, 1))
        for second in sections(top):
            first = _slide(second, 2)
            below = [_slide(third, 3) for third in sections(second)]
            found.append(deck_stack("", first, *below) if below else first)
    loose = [child for child in document.children if isinstance(child, (nodes.footnote, nodes.citation))]
    document.children = []
    document += found
    for note in loose if found else ():  # parsers put footnotes at the end, behind all sections
        _body_of(_quoting(all_slides(document), note["ids"])).append(note)
    _name(document)


def all_slides(document: nodes.document) -> list[deck_slide]:
    """Return the slides of a document, in the order in which they are shown."""
    return list(document.findall(deck_slide))


def _slide(section: nodes.section, level: int) -> deck_slide:
    """Make one slide of what stands in a section before its next heading."""
    inside = (
        section.children if level == 3 else [c for c in section.children if not isinstance(c, nodes.section)]
    )
    slide = deck_slide(ids=section["ids"], names=section["names"], level=level, attributes_={})
    slide.source, slide.line = section.source, section.line
    slide["classes"] = [each for each in section["classes"] if each not in _OF_MYST]
    for options in taken(section, deck_options, deep=level == 3):
        slide["attributes_"] |= options["attributes_"]
        slide["classes"] += options["classes"]
    if level == 1 and not slide["classes"]:
        slide["classes"] = ["title"]
    if DARK & set(slide["classes"]):
        slide["attributes_"].setdefault("data-background-color", NIGHT)
    title = [child for child in inside if isinstance(child, nodes.title)]
    notes = list(taken(section, deck_notes, deep=level == 3))
    for each in notes:
        if each.parent is not section:  # it stands in a column
            each.parent.remove(each)
    minutes = [note["minutes"] for note in notes if note["minutes"]]
    if minutes:
        slide["minutes"] = sum(minutes)
    rest = [c for c in inside if not isinstance(c, (nodes.title, deck_notes, deck_options))]
    slide += [*title, *([deck_body("", *rest)] if rest else []), *notes]
    return slide


def _quoting(slides: list[deck_slide], ids: list[str]) -> deck_slide:
    """Return the slide that refers to one of these first, the last one if none does."""
    for slide in slides:
        if any(reference.get("refid") in ids for reference in slide.findall(nodes.Element)):
            return slide
    return slides[-1]


def _body_of(slide: deck_slide) -> deck_body:
    """Return the body of a slide, an empty one if it had none."""
    for child in slide.children:
        if isinstance(child, deck_body):
            return child
    body = deck_body()
    slide.insert(1, body)
    return body


def _name(document: nodes.document) -> None:
    """Give each slide the name by which links find it."""
    slides = all_slides(document)
    titles = [next((title.astext() for title in slide.findall(nodes.title)), "") for slide in slides]
    found = named(zip(titles, [slide["ids"] for slide in slides], strict=True))
    for slide, names in zip(slides, found, strict=True):
        slide["ids"] = names


class MakeSlides(SphinxPostTransform):
    """Make a deck of every document but a table of contents, and say what is missing in it."""

    default_priority = 900
    builders = ("deck",)

    def run(self, **_: Any) -> None:
        """Change the document that is about to be written."""
        docname = self.env.docname
        if docname in self.env.toctree_includes:
            for toctree in list(self.document.findall(addnodes.toctree)):
                toctree.parent.remove(toctree)
            return
        about = front_matter.read(self.env, docname)
        content = front_matter.content_of(self.env.metadata.get(docname, {}))
        line = line_of_field(self.env.doc2path(docname), "deck")
        for fault in front_matter.faults(content) if content is not None else ():
            logger.warning("%s", fault, location=(docname, line), type="deck", subtype="front_matter")
        if sections(self.document):
            _report(of_sections(self.document))
        else:
            logger.warning("a deck begins with a title", location=(docname, 1), type="deck", subtype="title")
        to_slides(self.document)
        slides = all_slides(self.document)
        _report(of_slides(slides, timed=about.minutes is not None))
        self._put_drawings_inline()
        address = front_matter.address_of_notes(self.env, docname, about.notes)
        for slide in (slides[0], slides[-1]) if address and len(slides) > 1 else ():
            at = next((i for i, child in enumerate(slide) if isinstance(child, deck_notes)), len(slide))
            slide.insert(at, deck_links(address=address))

    def _put_drawings_inline(self) -> None:
        """Let SVG files stand in the page, where they take its letters and colours."""
        for number, image in enumerate(list(self.document.findall(nodes.image))):
            path = Path(self.env.srcdir, image["uri"])
            linked = isinstance(image.parent, nodes.reference)  # Sphinx wants an image in it
            if path.suffix == ".svg" and path.is_file() and image.get("alt", "").strip() and not linked:
                self._put_inline(image, number)

    def _put_inline(self, image: nodes.image, number: int) -> None:
        name = (image["ids"] or [nodes.make_id(f"{Path(image['uri']).stem} image {number}")])[0]
        picture = drawing(file=image["uri"], name=name, alt=image["alt"], style=_style(image))
        try:
            written(self.env, picture)
        except ValueError as problem:
            logger.warning("%s", problem, location=image, type="deck", subtype="svg")
        else:
            image.replace_self(picture)


def _style(image: nodes.image) -> str:
    """Return the size that the options of an image ask for."""
    asked = {side: image[side] for side in ("width", "height") if side in image}
    sizes = {side: f"{size}px" if size.isdigit() else size for side, size in asked.items()}
    if "scale" in image:
        sizes["width"] = f"calc({sizes.get('width', '100%')} * {image['scale'] / 100:g})"
    return ";".join(f"{side}:{size}" for side, size in sizes.items())


def _report(faults: Iterable[Fault]) -> None:
    for fault in faults:
        logger.warning("%s", fault.message, location=placed(fault.node), type="deck", subtype=fault.kind)
