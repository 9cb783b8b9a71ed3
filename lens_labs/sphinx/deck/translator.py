"""From nodes to the HTML that reveal.js shows."""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

from lens_labs.sphinx.deck.nodes import (
    deck_body,
    deck_links,
    deck_notes,
    deck_options,
    deck_slide,
    deck_stack,
)

_LINE = re.compile(r'<span id="L-(\d+)">')


class DeckTranslator(HTML5Translator):
    """Writes slides; what it does not know, it writes as any HTML builder does.

    While speaker notes are written, ``in_speaker_notes`` is true: their window has no style sheet of ours.
    """

    in_speaker_notes = False

    def visit_deck_stack(self, _node: deck_stack) -> None:
        """Open the section that holds slides below each other."""
        self.body.append("<section>\n")

    def depart_deck_stack(self, _node: deck_stack) -> None:
        """Close it."""
        self.body.append("</section>\n")

    def visit_deck_slide(self, node: deck_slide) -> None:
        """Open a slide and its stage: reveal.js drops the padding of a section in print, the stage keeps it."""
        self.section_level = node["level"]
        attributes = dict(node["attributes_"])
        if "minutes" in node:
            attributes["data-minutes"] = f"{node['minutes']:g}"
        self.body.append(self.starttag(node, "section", "", **attributes) + '<div class="stage">\n')

    def depart_deck_slide(self, _node: deck_slide) -> None:
        """Close the stage and the slide."""
        self.body.append("</div></section>\n")

    def visit_deck_body(self, _node: deck_body) -> None:
        """Open what stands below the title."""
        self.body.append('<div class="body">\n')

    def depart_deck_body(self, _node: deck_body) -> None:
        """Close it."""
        self.body.append("</div>\n")

    def visit_deck_links(self, node: deck_links) -> None:
        """Write the way back to the notes."""
        address = html.escape(node["address"])
        self.body.append(
            f'<p class="to-notes" lang="en"><a href="{address}">Read the lecture notes</a></p>\n'
        )
        raise nodes.SkipNode

    def visit_section(self, _node: nodes.section) -> None:
        """Open a part of a slide that has a heading of its own; a section would be another slide."""
        self.section_level += 1
        self.body.append('<div class="part">\n')

    def depart_section(self, _node: nodes.section) -> None:
        """Close it."""
        self.section_level -= 1
        self.body.append("</div>\n")

    def visit_literal_block(self, node: nodes.literal_block) -> None:
        """Write code line by line, with what each step points out."""
        if node.rawsource != node.astext():
            super().visit_literal_block(node)
            return
        language = node.get("language", "default")
        highlighted = self.highlighter.highlight_block(
            node.rawsource,
            language,
            opts=self.config.highlight_options.get(language, {}),
            force=node.get("force", False),
            location=node,
            linespans="L",
        )
        inside = highlighted.partition("<pre>")[2].rpartition("</pre>")[0].removeprefix("<span></span>")
        lines = _LINE.sub(lambda line: _open_line(node, int(line[1])), inside).rstrip("\n")
        groups: list[list[int]] = node.get("steps", [])
        steps = [" ".join(map(str, group)) for group in groups]
        first: dict[str, Any] = {"data-first": steps[0]} if steps else {}
        following = "".join(f'<span class="fragment step" data-lines="{step}"></span>' for step in steps[1:])
        self.body.append(self.starttag(node, "div", "", CLASS="code notranslate", **first))
        self.body.append(f"<pre><code>{lines}</code></pre>{following}</div>\n")
        raise nodes.SkipNode

    def depart_literal_block(self, node: nodes.literal_block) -> None:
        """Close a block whose text has markup of its own."""
        super().depart_literal_block(node)

    def visit_definition_list_item(self, node: nodes.definition_list_item) -> None:
        """Open a term with its definition, which are one step; docutils puts nothing around them."""
        self.body.append(self.starttag(node, "div"))

    def depart_definition_list_item(self, _node: nodes.definition_list_item) -> None:
        """Close them."""
        self.body.append("</div>\n")

    def visit_footnote(self, node: nodes.footnote) -> None:
        """Open a footnote, or an entry of the references; docutils' own element is a landmark for each of them."""
        if not isinstance(node.previous_sibling(), nodes.footnote):
            self.body.append('<div class="footnotes">\n')
        self.body.append(self.starttag(node, "div", CLASS="footnote"))

    def depart_footnote(self, node: nodes.footnote) -> None:
        """Close it."""
        self.body.append("</div>\n")
        if not isinstance(node.next_node(descend=False, siblings=True), nodes.footnote):
            self.body.append("</div>\n")

    def visit_citation(self, node: nodes.citation) -> None:
        """Open an entry of a bibliography, without docutils' role, which has left the standard."""
        if not isinstance(node.previous_sibling(), nodes.citation):
            self.body.append('<div class="footnotes">\n')
        self.body.append(self.starttag(node, "div", CLASS="footnote"))

    def depart_citation(self, node: nodes.citation) -> None:
        """Close it."""
        self.body.append("</div>\n")
        if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
            self.body.append("</div>\n")

    def add_permalink_ref(self, node: nodes.Element, title: str) -> None:
        """Add none: the address of a slide is the address of the page."""


def _open_line(node: nodes.literal_block, line: int) -> str:
    """Open a line of code, with the number and the emphasis that the options of the block ask for."""
    options: dict[str, Any] = node.get("highlight_args", {})
    classes = "line marked" if line in options.get("hl_lines", ()) else "line"
    number = f' data-number="{options.get("linenostart", 1) + line - 1}"' if node.get("linenos") else ""
    return f'<span class="{classes}" data-line="{line}"{number}>'


def visit_notes(translator: HTML5Translator, node: deck_notes) -> None:
    """Open speaker notes; outside of a deck they are an aside like any other."""
    translator.in_speaker_notes = True  # type: ignore[attr-defined]
    translator.body.append('<aside class="notes">')
    if node["minutes"]:
        translator.body.append(f'<p class="minutes"><strong>{node["minutes"]:g} min</strong></p>\n')


def depart_notes(translator: HTML5Translator, _node: deck_notes) -> None:
    """Close them."""
    translator.in_speaker_notes = False  # type: ignore[attr-defined]
    translator.body.append("</aside>\n")


def skip(_translator: Any, _node: deck_options | deck_notes) -> None:
    """Write nothing."""
    raise nodes.SkipNode
