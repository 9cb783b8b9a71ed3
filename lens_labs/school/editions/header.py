"""What a lab says about itself: the ``lens`` block in the header of its source and of its notebooks."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from lens_labs.school.errors import SchoolError

_PACKAGE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclasses.dataclass(frozen=True)
class Objective:
    """What a student can do after the lab, and the exercise that shows it."""

    text: str
    exercise: str


@dataclasses.dataclass(frozen=True)
class Header:
    """The declarations of a lab.

    Parameters
    ----------
    lecture : int
        Number of the lecture, 1 to 10.
    minutes : int
        Time that a student needs.
    budget : int
        CPU seconds that a run may take.
    packages : tuple of str
        What the lab imports beside `lens_labs`, by the names under which it is installed.
    question : str
        The question that the lab answers, in one sentence.
    objectives : tuple of Objective
        What a student learns.
    """

    lecture: int
    minutes: int
    budget: int
    packages: tuple[str, ...]
    question: str
    objectives: tuple[Objective, ...]

    @classmethod
    def read(cls, block: object, where: str) -> Header:
        """Check a ``lens`` block and return it as a header.

        Parameters
        ----------
        block : mapping
            The block, as it comes from YAML or JSON.
        where : str
            The file, for messages.

        Raises
        ------
        SchoolError
            A key is missing, unknown, or has a value that is not allowed.

        Examples
        --------
        >>> block = {"lecture": 2, "minutes": 60, "budget": 60, "packages": ["keras"], "question": "How thick?"}
        >>> Header.read(block | {"objectives": [{"text": "Beat a baseline", "exercise": "beat_it"}]}, "a.py").budget
        60
        >>> Header.read(block | {"objectives": [], "lecture": 12}, "a.py")
        Traceback (most recent call last):
        ...
        lens_labs.school.errors.SchoolError: a.py: lens.lecture is 12; allowed: a whole number from 1 to 10
        """
        keys = [field.name for field in dataclasses.fields(cls)]
        values = _mapping(block, "lens", keys, where)
        return cls(
            lecture=_whole(values["lecture"], "lens.lecture", 1, 10, where),
            minutes=_whole(values["minutes"], "lens.minutes", 5, 240, where),
            budget=_whole(values["budget"], "lens.budget", 1, 600, where),
            packages=tuple(
                _text(name, "lens.packages", where, "names of packages", _PACKAGE)
                for name in _list(values["packages"], "lens.packages", where)
            ),
            question=_text(values["question"], "lens.question", where),
            objectives=_objectives(values["objectives"], where),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the block as plain values, for the metadata of a notebook."""
        return dataclasses.asdict(self)


def _objectives(values: object, where: str) -> tuple[Objective, ...]:
    rows = _list(values, "lens.objectives", where)
    if not rows:
        raise _refuse(
            where, "lens.objectives", values, "at least one objective with its text and its exercise"
        )
    checked = []
    for number, row in enumerate(rows, start=1):
        key = f"lens.objectives[{number}]"
        pair = _mapping(row, key, ["text", "exercise"], where)
        exercise = _text(pair["exercise"], f"{key}.exercise", where)
        if not exercise.isidentifier():
            raise _refuse(
                where, f"{key}.exercise", exercise, "the name of a function of the lab's check module"
            )
        checked.append(Objective(_text(pair["text"], f"{key}.text", where), exercise))
    return tuple(checked)


def _mapping(value: object, key: str, keys: list[str], where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _refuse(where, key, value, f"a block with the keys {', '.join(keys)}")
    for name in keys:
        if name not in value:
            raise SchoolError(f"{where}: {key}.{name} is missing; needed: {', '.join(keys)}")
    for name in value:
        if name not in keys:
            raise SchoolError(f"{where}: {key}.{name} is not known; allowed: {', '.join(keys)}")
    return value


def _whole(value: object, key: str, low: int, high: int, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _refuse(where, key, value, f"a whole number from {low} to {high}")
    return value


def _text(
    value: object,
    key: str,
    where: str,
    allowed: str = "a text that is not empty",
    form: re.Pattern[str] | None = None,
) -> str:
    if not isinstance(value, str) or not value.strip() or (form and not form.fullmatch(value)):
        raise _refuse(where, key, value, allowed)
    return value.strip()


def _list(value: object, key: str, where: str) -> list[object]:
    if not isinstance(value, list | tuple):
        raise _refuse(where, key, value, "a list")
    return list(value)


def _refuse(where: str, key: str, value: object, allowed: str) -> SchoolError:
    return SchoolError(f"{where}: {key} is {value!r}; allowed: {allowed}")
