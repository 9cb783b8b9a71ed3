"""What every lab must have, and what no student edition may hold; a fault is a sentence that says where and what."""

from __future__ import annotations

import ast
import base64
import binascii
import contextlib
import re
from collections.abc import Collection, Iterator
from typing import Any

from lens_labs.school.editions import outline
from lens_labs.school.editions.notebooks import Notebook
from lens_labs.school.editions.sources import Cell, Source
from lens_labs.school.editions.stubs import as_python, blocks, enclosing_function, given, hidden
from lens_labs.school.recorded import Recorded

_PICTURE = re.compile(r"data:[\w/+.-]+;base64,([\w+/=]+)")

SHORTEST_SECRET = 20
"""Shorter lines of a solution, such as ``return x``, say too little to be a leak."""


def layout_faults(source: Source, known: Collection[str]) -> list[str]:
    """Return where a lab breaks the rules of layout.

    Parameters
    ----------
    source : Source
        The lab.
    known : collection of str
        The exercises of its check module.

    Notes
    -----
    A lab has three to five exercises. Each has a stub with types, or a value to fill in, a hint, a plan, and one call
    of its check. Every exercise of the check module is checked once; every objective names one of them.
    """
    file, parts = f"{source.lab}.py", outline.exercises(source)
    called = outline.checks_called(source, source.cells)
    counts = {name: called.count(name) for name in known}
    return [
        *(fault for part in parts for fault in _exercise_faults(part)),
        *([] if 3 <= len(parts) <= 5 else [f"{file}: {len(parts)} exercises; allowed: 3 to 5"]),
        *(f"{file}: check.{name} is called {n} times; allowed: once" for name, n in counts.items() if n != 1),
        *(
            f"{file}: check.{name} is no exercise of lens_labs.checks.{source.module}"
            for name in sorted({*called} - {*known})
        ),
        *(
            f"{file}: the objective {objective.text!r} names {objective.exercise!r}, which is no exercise"
            for objective in source.header.objectives
            if objective.exercise not in known
        ),
    ]


def target_faults(source: Source, recorded: Recorded) -> list[str]:
    """Return the exercises that show no target figure, in a lab that has recorded results."""
    if source.lab not in recorded.labs:
        return []
    names = [part.name for part in outline.exercises(source) if part.name]
    return [
        f"{source.lab}.py: no figure for {name}; record one with record_figure({name!r}, ...)"
        for name in names
        if recorded.alt(source.lab, name) is None
    ]


def leaks(source: Source, student: Notebook) -> list[str]:
    """Return the lines of solutions that a student can find in a notebook, wherever in it.

    Parameters
    ----------
    source : Source
        The lab.
    student : dict
        Its student edition.

    Notes
    -----
    Lines are compared without regard to spaces. What a student is given anyway, outside of hints and plans, is no leak.
    """
    secret: list[str] = []
    open_to_all: list[str] = []
    for cell in source.cells:
        if cell.role == "solution":
            secret += cell.text.split("\n")
        elif cell.kind == "code" and cell.role != "lecturer":
            secret += hidden(cell.text, cell.place)
            open_to_all += given(cell.text, cell.place)
        elif cell.role == "given":
            open_to_all += cell.text.split("\n")
    known, seen = _normal(" ".join(open_to_all)), [_normal(text) for text in _texts(student)]
    lines = dict.fromkeys(_normal(line) for line in secret)
    return [
        f"{source.lab}: the student edition holds the line {line!r} of a solution"
        for line in lines
        if len(line) >= SHORTEST_SECRET and line not in known and any(line in text for text in seen)
    ]


def _exercise_faults(part: outline.Exercise) -> list[str]:
    where = f"{part.cell.place.file}:{part.cell.place.line}"
    found = [f"{where}: {fault}" for fault in _stub_faults(part.cell)]
    roles = [cell.role for cell in part.after]
    found += [f"{where}: the exercise has no {role}" for role in ("hint", "plan") if role not in roles]
    if len(part.checks) != 1:
        found.append(f"{where}: the exercise calls {len(part.checks)} checks; allowed: one, its own")
    return found


def _stub_faults(cell: Cell) -> Iterator[str]:
    """Yield what is wrong with the stub of an exercise."""
    tree = ast.parse(as_python(cell.text))
    solutions = blocks(cell.text, cell.place)
    if not solutions:
        yield "the exercise has no solution, so there is nothing to do"
    names = {name.rpartition(".")[2] for block in solutions if (name := enclosing_function(tree, block))}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names:
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            untyped = [
                each.arg for each in arguments if each.annotation is None and each.arg not in ("self", "cls")
            ]
            if untyped or node.returns is None:
                yield f"{node.name} has no type for {', '.join(untyped) or 'what it returns'}"


def _texts(value: Any, key: str = "") -> Iterator[str]:
    """Yield every text in a notebook; pictures as they are stored, and as they are."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner, name)
    elif isinstance(value, list):
        if value and all(isinstance(line, str) for line in value):
            yield "".join(value)
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str):
        yield value
        for picture in [value] if key.startswith("image/") else _PICTURE.findall(value):
            with contextlib.suppress(binascii.Error):
                yield base64.b64decode(picture).decode("utf-8", errors="replace")


def _normal(text: str) -> str:
    return " ".join(text.split())
