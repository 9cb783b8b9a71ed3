"""What authors write in a deck: ``{slide}``, ``{notes}``, ``{steps}``, and ``{code-block}`` with steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.code import CodeBlock
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lens_labs.sphinx.deck.colours import colour
from lens_labs.sphinx.deck.nodes import deck_notes, deck_options
from lens_labs.sphinx.faults import Options, meant

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_PICTURE = "data-background-image"
_REMOTE = ("http:", "https:", "//")

LAYOUTS = (
    "title", "statement", "hero", "table", "columns", "code", "quote", "question", "demo", "summary", "references",
)  # fmt: skip
"""The layouts of slides that the theme knows; an author may have further ones of her own."""

EFFECTS = (
    "fade-up", "fade-down", "fade-left", "fade-right", "fade-out", "fade-in-then-out", "fade-in-then-semi-out",
    "semi-fade-out", "grow", "shrink", "strike", "blur", "highlight-red", "highlight-green", "highlight-blue",
    "highlight-current-red", "highlight-current-green", "highlight-current-blue", "current-visible",
)  # fmt: skip
"""The effects of steps that reveal.js knows."""

logger = logging.getLogger(__name__)


def _seconds(argument: str | None) -> str:
    """Read one or two positive numbers of seconds."""
    words = (argument or "").strip().strip("\"'").split()
    if not 1 <= len(words) <= 2 or not all(
        _NUMBER.fullmatch(word) and 0 < float(word) <= 3600 for word in words
    ):
        raise ValueError(
            "countdown must be one or two positive numbers of seconds, such as 60 90 to think and to pair; "
            f"got {' '.join(words)!r}"
        )
    return " ".join(words)


class Slide(SphinxDirective):
    """``{slide}``: how the slide in which it stands looks and behaves."""

    option_spec: ClassVar[dict[str, Any]] = Options(
        {
            "animate": directives.flag,
            "background": colour,
            "class": directives.class_option,
            "countdown": _seconds,
            "state": directives.unchanged_required,
        },
        prefix="data-",
    )

    def run(self) -> list[nodes.Node]:
        """Return the options; the slide collects them when the deck is written."""
        attributes = {name: value for name, value in self.options.items() if name.startswith("data-")}
        if "background" in self.options:
            attributes["data-background-color"] = self.options["background"]
        if "countdown" in self.options:
            attributes["data-countdown"] = self.options["countdown"]
        if "state" in self.options:
            attributes["data-state"] = self.options["state"]
        if "animate" in self.options:
            attributes["data-auto-animate"] = ""
        self._check_grounds(attributes)
        self._take_picture(attributes)
        classes = list(self.options.get("class", []))
        _ask_what_was_meant(self, classes, LAYOUTS, "layout")
        node = deck_options(attributes_=attributes, classes=classes)
        self.set_source_info(node)
        return [node]

    def _check_grounds(self, attributes: dict[str, str]) -> None:
        """Report grounds that ask another server."""
        for name, address in attributes.items():
            if name.startswith("data-background") and address.startswith(_REMOTE):
                message = "%s asks another server, and a deck must work without a network; got %r"
                where = self.get_location()
                logger.warning(message, name, address, location=where, type="deck", subtype="remote")

    def _take_picture(self, attributes: dict[str, str]) -> None:
        """Let the picture come along that is the ground of the slide, and report one that does not exist."""
        address = attributes.get(_PICTURE, "")
        if not address or "," in address or address.startswith(("_static/", *_REMOTE)):
            return
        source, path = self.env.relfn2path(address)
        self.env.note_dependency(source)
        if Path(path).is_file():
            attributes[_PICTURE] = source
            self.env.images.add_file(self.env.docname, source)
        else:
            where = self.get_location()
            logger.warning(
                "%s: there is no file %s", _PICTURE, source, location=where, type="deck", subtype="file"
            )


def _ask_what_was_meant(
    directive: SphinxDirective, words: list[str], known: tuple[str, ...], kind: str
) -> None:
    """Report a word that is nearly a known one; others are the author's own."""
    for word in words:
        if word not in known and (question := meant(word, known)):
            logger.warning(
                "there is no %s %r%s There are %s",
                kind,
                word,
                question,
                ", ".join(known),
                location=directive.get_location(),
                type="deck",
                subtype=kind,
            )


def _minutes(argument: str) -> float:
    """Read a positive number."""
    try:
        minutes = float(argument)
    except (TypeError, ValueError):
        minutes = 0.0
    if not 0 < minutes < 1000:
        raise ValueError(f"minutes must be a positive number, such as 2 or 1.5; got {argument!r}")
    return minutes


class Notes(SphinxDirective):
    """``{notes}``: what the speaker sees, with full markup; ``:minutes:`` is the time of the slide."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = Options({"minutes": _minutes})

    def run(self) -> list[nodes.Node]:
        """Return the notes."""
        self.assert_has_content()
        node = deck_notes(minutes=self.options.get("minutes"))
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class Steps(SphinxDirective):
    """``{steps}``: the items of the lists inside, and what else stands there, appear one after the other."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = Options({"effect": directives.class_option})

    def run(self) -> list[nodes.Node]:
        """Return the content, marked as steps."""
        self.assert_has_content()
        box = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, box)
        effects = list(self.options.get("effect", []))
        _ask_what_was_meant(self, effects, EFFECTS, "effect")
        for child in box.children:
            for step in child.children if isinstance(child, nodes.Sequential) else [child]:
                if isinstance(step, nodes.Element) and not isinstance(step, (nodes.Invisible, deck_notes)):
                    step["classes"] += ["fragment", *effects]
        return list(box.children)


def code_steps(text: str, *, lines: int) -> list[list[int]]:
    """Read which lines of a code block each step points out.

    Parameters
    ----------
    text : str
        Steps with bars between them, each of line numbers and ranges with commas between them.
    lines : int
        How many lines there are.

    Returns
    -------
    list of list of int
        The lines of each step.

    Raises
    ------
    ValueError
        If a step is no list of lines, or the code has no such line.

    Examples
    --------
    >>> code_steps("1-2|4, 6", lines=6)
    [[1, 2], [4, 6]]
    """
    return [_lines_of(step.strip(), lines) for step in text.split("|")]


def _lines_of(step: str, lines: int) -> list[int]:
    found: list[int] = []
    for part in step.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"steps must be lines and ranges, such as '1-2|4|5, 7'; got {step!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= lines:
            raise ValueError(f"steps must lie within the {lines} lines of the code; got {part.strip()!r}")
        found += range(first, last + 1)
    return found


class SteppedCode(CodeBlock):
    """``{code-block}`` with ``:steps: "1-2|4"``: point out lines, one group after the other."""

    option_spec: ClassVar[dict[str, Any]] = Options(
        {**CodeBlock.option_spec, "steps": directives.unchanged_required}
    )

    def run(self) -> list[nodes.Node]:
        """Return the code, with its steps."""
        found = super().run()
        if "steps" not in self.options:
            return found
        try:
            steps = code_steps(self.options["steps"].strip("\"'"), lines=len(self.content))
        except ValueError as problem:
            raise self.error(str(problem)) from None
        for part in found:
            for block in part.findall(nodes.literal_block):
                block["steps"] = steps
        return found
