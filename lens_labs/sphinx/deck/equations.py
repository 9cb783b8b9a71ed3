"""Equations of the notes on slides: ``{notes-equation} eq-parratt`` copies the LaTeX from the source of the notes.

The notes need not be built for it. Sphinx numbers the labelled equations of a page in their order, so the number is known too.
"""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.matching import get_matching_files

from lens_labs.sphinx.faults import Options, meant

_DOLLARS = r"^[ \t]*\$\$(?P<dollars>(?:(?!\$\$).)+?)\$\$[ \t]*\((?P<dollars_label>[^()\s]+)\)[ \t]*$"
_FENCE = (
    r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|:{3,})\{math\}[ \t]*\n(?P<fenced>.*?)^(?P=indent)(?P=fence)[ \t]*$"
)
_DIRECTIVE = r"^(?P<margin>[ \t]*)\.\. math::(?P<argument>[^\n]*)\n(?P<indented>(?:(?:(?P=margin)[ \t]+[^\n]*|[ \t]*)(?:\n|\Z))*)"
_CODE = r"^[ \t]*(?P<ticks>`{3,}|~{3,})(?![`~])(?!\{(?!code|sourcecode)).*?^[ \t]*(?P=ticks)`*[ \t]*$"
_ANY = re.compile(f"{_FENCE}|{_CODE}|{_DOLLARS}|{_DIRECTIVE}", re.MULTILINE | re.DOTALL)
_END = re.compile(r"(?<!\\)[.,;]$")  # of the sentence in which it stands
_OPTION = re.compile(r"^[ \t]*:([\w-]+):[ \t]*(.*)$")
_PAGES = ("**.md", "**.rst")
_NO_PAGES = ("_build", "**/_build", "node_modules", "**/node_modules", ".*", "**/.*")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Equation:
    """An equation of the notes: its LaTeX, its number on its page, and the file in which it stands."""

    tex: str
    number: int
    path: Path


def labelled(text: str) -> dict[str, str]:
    r"""Find the labelled equations of a source, in Markdown or reStructuredText.

    Parameters
    ----------
    text : str
        The source.

    Returns
    -------
    dict of str to str
        The LaTeX of each label, in the order of the source.

    Examples
    --------
    >>> labelled("Text\n\n$$\na = b\n$$ (eq-a)\n\n```{math}\n:label: eq-c\nc\n```\n")
    {'eq-a': 'a = b', 'eq-c': 'c'}
    >>> labelled(".. math::\n   :label: eq-d\n\n   d = 1\n\nText.\n")
    {'eq-d': 'd = 1'}
    """
    found: dict[str, str] = {}
    for match in _ANY.finditer(text):
        if match["dollars"] is not None:
            found.setdefault(match["dollars_label"], textwrap.dedent(match["dollars"]).strip())
        elif match["fenced"] is not None or match["indented"] is not None:
            label, tex = _directive(match["argument"] or "", match["fenced"] or match["indented"] or "")
            if label:
                found.setdefault(label, tex)
    return found


def _directive(argument: str, block: str) -> tuple[str, str]:
    """Return label and LaTeX of a math directive, which begins with its options."""
    label, lines = "", block.splitlines()
    while lines and (option := _OPTION.match(lines[0])):
        label = option[2].strip() if option[1] == "label" else label
        del lines[0]
    return label, f"{argument.strip()}\n{textwrap.dedent(chr(10).join(lines))}".strip()


@functools.lru_cache(maxsize=4096)
def _of_file(path: Path, _modified: int) -> Mapping[str, str]:
    try:
        return labelled(path.read_text("utf-8"))
    except UnicodeDecodeError as problem:
        logger.warning("no equations are read from %s: %s", path, problem, type="deck", subtype="notes")
        return {}


def all_equations(folder: Path) -> dict[str, Equation]:
    """Find the labelled equations of all pages of a folder, but not in hidden folders, `_build` and `node_modules`.

    Parameters
    ----------
    folder : Path
        The sources of the notes.

    Returns
    -------
    dict of str to Equation
        The equations by their labels.
    """
    found: dict[str, Equation] = {}
    for path in sorted(folder / name for name in get_matching_files(folder, _PAGES, _NO_PAGES)):
        of_page = _of_file(path, path.stat().st_mtime_ns)
        for number, (label, tex) in enumerate(of_page.items(), start=1):
            found.setdefault(label, Equation(tex, number, path))
    return found


class NotesEquation(SphinxDirective):
    """``{notes-equation} LABEL``: an equation of the notes without its full stop, and its number there as a link to it."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = Options({})

    def run(self) -> list[nodes.Node]:
        """Return the formula; the page is made again when the file of the notes changes."""
        label = self.arguments[0]
        sources = Path(self.env.srcdir, self.config.deck_notes_sources).resolve()
        if not self.config.deck_notes_sources or not sources.is_dir():
            raise self.error("the sources of the notes are not known: set `deck_notes_sources` in conf.py")
        known = all_equations(sources)
        if label not in known:
            raise self.error(f"the notes have no equation labelled {label!r}{meant(label, known)}")
        equation = known[label]
        self.env.note_dependency(str(equation.path))
        page = equation.path.relative_to(sources).with_suffix(".html").as_posix()
        tex = _END.sub("", equation.tex).rstrip()
        node = nodes.math_block(tex, tex, number=str(equation.number), label=None)
        node["nowrap"] = node["no-wrap"] = False  # the names of Sphinx 8 and 9
        node["notes_page"] = f"{page}#{nodes.make_id(f'equation-{label}')}"
        self.set_source_info(node)
        return [node]
