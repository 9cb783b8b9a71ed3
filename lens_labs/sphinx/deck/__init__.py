"""Slides: the builder ``deck`` makes a reveal.js deck of each document, from MyST or reStructuredText.

=====================  ===============================================================================
``# Title``            the title slide
``## Statement``       a slide
``### Statement``      a slide below it
``{slide}``            ``:class:``, ``:background:``, ``:animate:``, ``:state:``, any ``:data-*:`` of reveal.js
``{notes}``            what the speaker sees; ``:minutes: 2``
``{steps}``            what is inside appears piece by piece; ``:effect: fade-up``
``{code-block}``       ``:steps: "1-2|4|5, 7"`` points out lines, one group after the other
``{notes-link}``       a link to a section of the notes, by its label; ``{ref}``, ``{term}``, ``{doc}`` and ``{eq}`` lead there too
``{notes-equation}``   a labelled equation of the notes, from their source
=====================  ===============================================================================

The address of a slide is its title, ``deck.html#/stop-in-the-valley``, or the label in front of it, which must be the
only one of its name in the project.

Layouts are classes of a slide: ``title``, ``statement``, ``hero``, ``quote``, ``question``, ``demo``, ``summary``, ``references``. A
container of the class ``cols`` sets what is in it side by side. In the front matter,
``deck: {lecture: 2, minutes: 55, title: Dense regression}`` fills the foot of the slides.

============================  ======================================================================
``deck_notes``                the way from the folder of the decks to the notes, ``"../"``; empty: none
``deck_notes_inventory``      the inventory of the notes, seen from the sources, if it can be there
``deck_notes_sources``        the sources of the notes, seen from the sources, for their equations
``deck_notes_glossary``       the page with their glossary, where there is no inventory to tell
============================  ======================================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lens_labs.sphinx.deck import builder, directives, equations, front_matter, links, slides, translator
from lens_labs.sphinx.deck.nodes import deck_notes, deck_options

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Register the builder, its theme, and what authors write."""
    app.add_config_value("deck_notes", "", "html", types=frozenset({str}))
    app.add_config_value("deck_notes_inventory", "", "html", types=frozenset({str}))
    app.add_config_value("deck_notes_sources", "", "env", types=frozenset({str}))
    app.add_config_value("deck_notes_glossary", "glossary.html", "html", types=frozenset({str}))
    app.add_builder(builder.DeckBuilder)
    app.add_html_theme(builder.THEME, str(Path(__file__).parent / "theme"))
    silent = (translator.skip, None)
    for kind, written in (
        (deck_options, silent),
        (deck_notes, (translator.visit_notes, translator.depart_notes)),
    ):
        app.add_node(kind, html=written, text=silent, latex=silent, man=silent, texinfo=silent)
    app.add_directive("slide", directives.Slide)
    app.add_directive("notes", directives.Notes)
    app.add_directive("steps", directives.Steps)
    app.add_directive("code-block", directives.SteppedCode, override=True)
    app.add_directive("sourcecode", directives.SteppedCode, override=True)
    app.add_directive("notes-equation", equations.NotesEquation)
    app.add_role("notes-link", links.NotesLink())
    app.connect("missing-reference", links.look_in_notes)
    app.connect("env-get-outdated", links.decks_follow_the_notes)
    app.add_transform(front_matter.KeepField)
    app.add_post_transform(links.AddressEquations)
    app.add_post_transform(slides.MakeSlides)
