"""Where the exercises of a lab are: each begins with its cell and ends where the next one begins."""

from __future__ import annotations

import ast
import dataclasses

from lens_labs.school.editions.sources import Cell, Source
from lens_labs.school.editions.stubs import as_python, worked


@dataclasses.dataclass(frozen=True)
class Exercise:
    """An exercise as it stands in a lab.

    Parameters
    ----------
    cell : Cell
        The cell with the tag ``exercise``.
    after : tuple of Cell
        The cells from there to the next exercise.
    checks : tuple of str
        The checks that these cells call, in order; the first names the exercise.
    """

    cell: Cell
    after: tuple[Cell, ...]
    checks: tuple[str, ...]

    @property
    def name(self) -> str | None:
        """The name of the exercise, if a check is called."""
        return self.checks[0] if self.checks else None


def exercises(source: Source) -> tuple[Exercise, ...]:
    """Return the exercises of a lab, in order."""
    starts = [index for index, cell in enumerate(source.cells) if cell.role == "exercise"]
    found = []
    for start, stop in zip(starts, [*starts[1:], len(source.cells)], strict=True):
        cells = source.cells[start:stop]
        found.append(Exercise(cells[0], cells[1:], checks_called(source, cells)))
    return tuple(found)


def checks_called(source: Source, cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Return the names of the checks that some cells of a lab call, once for every call.

    Only a call of the check counts, as in ``check.thickness(answer)``, however the check module is named.
    """
    code = [cell for cell in source.cells if cell.kind == "code"]
    aliases = {alias for cell in code for alias in _aliases(_tree(cell), source.module)}
    return tuple(name for cell in cells if cell.kind == "code" for name in _called(_tree(cell), aliases))


def _aliases(tree: ast.Module, module: str) -> set[str]:
    return {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "lens_labs.checks"
        for name in node.names
        if name.name == module
    }


def _called(tree: ast.Module, aliases: set[str]) -> list[str]:
    calls = [
        node.func
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in aliases
    ]
    return [call.attr for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]


def _tree(cell: Cell) -> ast.Module:
    return ast.parse(as_python(worked(cell.text)))
