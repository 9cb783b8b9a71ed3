"""What authors write in a deck: ``{slide}``, ``{notes}``, ``{steps}``, and ``{code-block}`` with steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.code import CodeBlock
from sphinx.util.docutils import SphinxDirective

from lens_labs.sphinx.deck.nodes import deck_notes, deck_options

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


class _OrData(dict[str, Callable[[str], Any]]):
    """Options of a directive, and besides these any ``data-*`` attribute that reveal.js knows."""

    def __missing__(self, option: str) -> Callable[[str], Any]:
        if option.startswith("data-"):
            return directives.unchanged
        raise KeyError(option)


class Slide(SphinxDirective):
    """``{slide}``: how the slide in which it stands looks and behaves."""

    option_spec: ClassVar[dict[str, Any]] = _OrData(
        {
            "animate": directives.flag,
            "background": directives.unchanged_required,
            "class": directives.class_option,
            "state": directives.unchanged_required,
        }
    )

    def run(self) -> list[nodes.Node]:
        """Return the options; the slide collects them when the deck is written."""
        attributes = {name: value or "" for name, value in self.options.items() if name.startswith("data-")}
        if "background" in self.options:
            attributes["data-background-color"] = self.options["background"]
        if "state" in self.options:
            attributes["data-state"] = self.options["state"]
        if "animate" in self.options:
            attributes["data-auto-animate"] = ""
        node = deck_options(attributes_=attributes, classes=list(self.options.get("class", [])))
        self.set_source_info(node)
        return [node]


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
    option_spec: ClassVar[dict[str, Any]] = {"minutes": _minutes}

    def run(self) -> list[nodes.Node]:
        """Return the notes."""
        node = deck_notes(minutes=self.options.get("minutes"))
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class Steps(SphinxDirective):
    """``{steps}``: the items of the lists inside, and what else stands there, appear one after the other."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"effect": directives.class_option}

    def run(self) -> list[nodes.Node]:
        """Return the content, marked as steps."""
        self.assert_has_content()
        box = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, box)
        classes = ["fragment", *self.options.get("effect", [])]
        for child in box.children:
            for step in child.children if isinstance(child, nodes.Sequential) else [child]:
                if isinstance(step, nodes.Element) and not isinstance(step, nodes.Invisible):
                    step["classes"] += classes
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

    option_spec: ClassVar[dict[str, Any]] = {
        **CodeBlock.option_spec,
        "steps": directives.unchanged_required,
    }

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
