"""Which columns each kind of measurement has, in which unit, and what their numbers must fulfil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Rule(NamedTuple):
    """What the numbers of a column must fulfil, in words and as a test."""

    words: str
    holds: Callable[[Array], Any]


class Column(NamedTuple):
    """The only unit in which the school keeps a column, and its rules."""

    unit: str
    rules: tuple[Rule, ...] = ()


FINITE = Rule("have finite values only", lambda values: np.isfinite(values).all())
POSITIVE = Rule("be positive", lambda values: (values > 0).all())
NOT_NEGATIVE = Rule("not be negative", lambda values: (values >= 0).all())
RISING = Rule("increase from point to point", lambda values: (np.diff(values) > 0).all())
RISING_ALONG_ROWS = Rule("increase along each row", lambda values: (np.diff(values, axis=1) > 0).all())
RISING_FROM_ROW_TO_ROW = Rule("increase from row to row", lambda values: (np.diff(values, axis=0) > 0).all())
COUNTS = Rule(
    "be whole numbers, 0 or more", lambda values: ((values >= 0) & (values == np.rint(values))).all()
)

_Q = Column("1/Å", (POSITIVE, RISING))
_ENERGY = Column("meV", (RISING,))

KINDS: Mapping[str, Mapping[str, Column]] = {
    "reflectivity": {
        "q": _Q,
        "r": Column("1"),
        "dr": Column("1", (POSITIVE,)),
        "dq": Column("1/Å", (POSITIVE,)),
    },
    "sans_1d": {
        "q": _Q,
        "i": Column("1/cm"),
        "di": Column("1/cm", (POSITIVE,)),
        "dq": Column("1/Å", (POSITIVE,)),
    },
    "sans_2d": {
        "qx": Column("1/Å", (RISING_ALONG_ROWS,)),
        "qy": Column("1/Å", (RISING_FROM_ROW_TO_ROW,)),
        "counts": Column("1", (COUNTS,)),
        "i": Column("1/cm"),
        "di": Column("1/cm", (NOT_NEGATIVE,)),
        "qz": Column("1/Å"),
        "dqx": Column("1/Å", (POSITIVE,)),
        "dqy": Column("1/Å", (POSITIVE,)),
        "unshadowed": Column("1", (NOT_NEGATIVE,)),
    },
    "spectrum": {
        "wavelength": Column("Å", (POSITIVE, RISING)),
        "flux": Column("1", (NOT_NEGATIVE,)),
    },
    "diffraction": {
        "two_theta": Column("deg", (POSITIVE, RISING)),
        "i": Column("1", (NOT_NEGATIVE,)),
        "di": Column("1", (POSITIVE,)),
    },
    "qens": {
        "energy": _ENERGY,
        "s": Column("1", (NOT_NEGATIVE,)),
        "ds": Column("1", (NOT_NEGATIVE,)),
    },
}
"""The columns that a measured file of each kind may have."""


def check(kind: str, arrays: Mapping[str, Array]) -> None:
    """Raise ValueError if a column breaks a rule; the message names the column and the rule."""
    shapes = {name: values.shape for name, values in arrays.items()}
    if len(set(shapes.values())) != 1:
        raise ValueError(f"all columns must have as many points; got {shapes}")
    for name, values in arrays.items():
        if not values.size:
            raise ValueError(f"{name} must have at least one point")
        for rule in (FINITE, *KINDS[kind][name].rules):
            if not rule.holds(values):
                raise ValueError(f"{name} must {rule.words}")
