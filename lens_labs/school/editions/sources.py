"""The source of a lab, ``labs/source/NN-name.py``: cells in the py:percent format of jupytext, read and checked."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, Literal

from lens_labs.school.checkout import check_module
from lens_labs.school.editions.header import Header
from lens_labs.school.editions.stubs import BEGIN, Place, blocks
from lens_labs.school.errors import SchoolError

Kind = Literal["code", "markdown"]
Role = Literal["given", "exercise", "solution", "hint", "plan", "lecturer"]

_KINDS: dict[Role, tuple[Kind, ...]] = {
    "exercise": ("code",),
    "solution": ("code", "markdown"),
    "hint": ("markdown",),
    "plan": ("markdown",),
    "lecturer": ("code", "markdown"),
}
_START = re.compile(r"# ?%%(\s|$)")
_ABOUT_LAYOUT = {
    "lines_to_next_cell",
    "lines_to_end_of_cell_marker",
    "cell_marker",
}  # notes of jupytext to itself


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell: its kind, its text without empty lines around it, the role that its tag gives it, and its place."""

    kind: Kind
    text: str
    role: Role
    place: Place


@dataclasses.dataclass(frozen=True)
class Source:
    """A lab as its author wrote it."""

    lab: str
    title: str
    header: Header
    cells: tuple[Cell, ...]

    @property
    def module(self) -> str:
        """The name of the lab's module in `lens_labs.checks`."""
        return check_module(self.lab)


def read(path: Path) -> Source:
    """Read the source of a lab.

    Parameters
    ----------
    path : Path
        The file, ``NN-name.py``.

    Raises
    ------
    SchoolError
        Something in it is not allowed; the message names the file, the line or key, and what is allowed.
    """
    return parse(path.read_text(encoding="utf-8"), path.stem)


def parse(text: str, lab: str) -> Source:
    """Return the lab that a text describes; see `read`."""
    import jupytext  # noqa: PLC0415 - heavy, and only builders need it

    check_module(lab)
    file = f"{lab}.py"
    notebook = jupytext.reads(text, fmt="py:percent")
    starts = [number for number, line in enumerate(text.split("\n"), start=1) if _START.match(line)]
    if len(starts) != len(notebook.cells):
        raise SchoolError(
            f"{file}: {len(starts)} lines begin with '# %%', and {len(notebook.cells)} cells are read; begin every "
            "cell with such a line, also the first, and no other line"
        )
    if "lens" not in notebook.metadata:
        raise SchoolError(f"{file}: the header has no block jupyter: lens: (`lens-labs new lab` shows one)")
    header = Header.read(notebook.metadata["lens"], file)
    cells = tuple(
        _cell(cell, Place(file, line + 1)) for cell, line in zip(notebook.cells, starts, strict=True)
    )
    return Source(lab, _title(cells, file), header, cells)


def _cell(cell: Any, place: Place) -> Cell:
    kind = cell.cell_type
    if kind not in ("code", "markdown"):
        raise place.fault(-1, f"a {kind} cell; allowed: code and markdown")
    if extra := set(cell.metadata) - _ABOUT_LAYOUT - {"tags"}:
        raise place.fault(
            -1, f"the cell has {', '.join(sorted(extra))}; allowed after '# %%': [markdown] and tags=[...]"
        )
    role = _role(cell.metadata.get("tags", []), kind, place)
    text = cell.source.rstrip()
    if not text.strip():
        raise place.fault(-1, "the cell is empty")
    leading = len(text) - len(text.lstrip("\n"))
    return _checked(Cell(kind, text[leading:], role, Place(place.file, place.line + leading)))


def _role(tags: list[str], kind: Kind, place: Place) -> Role:
    if not tags:
        return "given"
    allowed = [role for role, kinds in _KINDS.items() if kind in kinds]
    if len(tags) > 1 or tags[0] not in allowed:
        raise place.fault(-1, f"the {kind} cell has the tags {tags}; allowed: one of {', '.join(allowed)}")
    role: Role = next(role for role in _KINDS if role == tags[0])
    return role


def _checked(cell: Cell) -> Cell:
    """Return the cell if its markers are where markers may be."""
    if cell.kind == "markdown":
        if BEGIN in cell.text:
            raise cell.place.fault(0, f"{BEGIN!r} in a markdown cell; give the whole cell the tag solution")
    elif blocks(cell.text, cell.place) and cell.role in ("solution", "lecturer"):
        raise cell.place.fault(
            0, f"{BEGIN!r} in a cell with the tag {cell.role}, which no student sees anyway"
        )
    return cell


def _title(cells: tuple[Cell, ...], file: str) -> str:
    for cell in cells:
        if cell.kind == "markdown" and (match := re.search(r"^# (.+)$", cell.text, re.MULTILINE)):
            return match[1].strip()
    raise SchoolError(f"{file}: no title; begin the first markdown cell with a line '# Title'")
