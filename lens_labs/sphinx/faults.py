"""Faults that an author can mend: where they are, what is allowed, and what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from docutils import nodes


class Options(dict[str, Callable[[str], Any]]):
    """Options of a directive; for an unknown one the parsers of both languages tell which are allowed.

    Parameters
    ----------
    options : mapping of str to callable
        The reader of each option, as docutils wants them.
    prefix : str, optional
        What further options may begin with; they are taken as they are.

    Examples
    --------
    >>> Options({"class": str}, prefix="data-")["data-id"]("x")
    'x'
    >>> Options({"class": str, "name": str})["clas"]
    Traceback (most recent call last):
    ...
    KeyError: 'clas"; allowed are "class", "name'
    """

    def __init__(self, options: dict[str, Callable[[str], Any]], *, prefix: str = "") -> None:
        super().__init__(options)
        self._prefix = prefix

    def __missing__(self, option: str) -> Callable[[str], Any]:
        if self._prefix and option.startswith(self._prefix):
            return lambda argument: argument or ""
        # docutils writes `unknown option: "..."` around it, MyST a list of its own
        allowed = '", "'.join(sorted(self))
        raise KeyError(f'{option}"; allowed are "{allowed}')


def meant(word: str, known: Iterable[str]) -> str:
    """Ask whether a known word was meant.

    Parameters
    ----------
    word : str
        What came.
    known : iterable of str
        What is known.

    Returns
    -------
    str
        The end of a sentence; empty if nothing is similar.

    Examples
    --------
    >>> meant("quesstion", ["question", "hero"])
    "; did you mean 'question'?"
    >>> meant("zebra", ["question", "hero"])
    ''
    """
    near = difflib.get_close_matches(word, sorted(known), n=3, cutoff=0.75)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def placed(node: nodes.Node) -> nodes.Node:
    """Return the node, or the nearest one around it whose line is known."""
    while not node.line and node.parent is not None:
        node = node.parent
    return node


def line_of_field(path: Path | str, field: str) -> int:
    """Return the line on which a field stands in the front matter of a source, 1 if it is not found."""
    wanted = re.compile(rf":?{re.escape(field)}:")
    lines = Path(path).read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if wanted.match(line)), 1)
