"""What a lab measured: numbers and figures that a run of the school collects, so that no text quotes them by hand.

In a student's hands both functions check what they are given and do nothing else. A run of the school sets
``LENS_LABS_RECORD``, the file that takes the numbers, and ``LENS_LABS_FIGURES``, the folder that takes the figures.

>>> record("L2.thickness_mae", [7.4, 7.9, 7.1], unit="Å", band=(5, 12))
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, SupportsFloat

RECORD = "LENS_LABS_RECORD"
"""The environment variable that names the file to which a run wants every record appended, one JSON object a line."""

FIGURES = "LENS_LABS_FIGURES"
"""The environment variable that names the folder in which a run wants the figures."""

_NAME = re.compile(r"L([1-9]|10)\.[a-z][a-z0-9]*(_[a-z0-9]+)*")
_UNIT = re.compile(r"\S*|\S.*\S")
_EXERCISE = re.compile(r"[a-z][a-z0-9_]*")
_SENTENCE = re.compile(r"\s*(\S+\s+){3}.*\S\s*", re.DOTALL)


class Figure(Protocol):
    """What can be saved as a picture, such as a figure of matplotlib."""

    def savefig(self, fname: Any, /, **settings: Any) -> object:
        """Write the picture into a file."""


def record(
    name: str,
    values: SupportsFloat | Iterable[SupportsFloat],
    *,
    unit: str = "",
    band: tuple[float, float] | None = None,
) -> None:
    """Record a number that texts quote.

    Parameters
    ----------
    name : str
        The lecture and what was measured, as in ``"L2.thickness_mae"``. No other lab may use it.
    values : float or iterable of float
        One value for each seed.
    unit : str
        Unit of the values; empty for a pure number.
    band : (float, float), optional
        Lowest and highest value that the texts allow. A run of the school fails beyond.

    Raises
    ------
    ValueError
        An argument is not allowed; the message says which, what came and what is allowed.

    Examples
    --------
    >>> record("L2.chi2", float("nan"))
    Traceback (most recent call last):
        ...
    ValueError: values of 'L2.chi2' must be finite; got [nan]
    """
    if not _matches(name, _NAME):
        raise ValueError(f"name must be a lecture and words, as in 'L2.thickness_mae'; got {name!r}")
    if not _matches(unit, _UNIT):
        raise ValueError(f"unit of {name!r} must be a text, as in 'Å'; got {unit!r}")
    entry: dict[str, object] = {
        "name": name,
        "values": _numbers(name, values),
        "unit": unit,
        "band": _band(name, band),
    }
    _append(entry)


def record_figure(exercise: str, figure: Figure, *, alt: str) -> None:
    """Record the figure that a student is aiming for in an exercise.

    Parameters
    ----------
    exercise : str
        Name of the exercise, which is that of its check.
    figure : matplotlib.figure.Figure
        The figure; anything with its method ``savefig`` will do.
    alt : str
        What is seen in the figure, in one or two sentences, for those who cannot see it.

    Raises
    ------
    ValueError, TypeError
        An argument is not allowed; the message says which, what came and what is allowed.

    Notes
    -----
    The figure is written twice: as SVG for the notes, as PNG for the notebooks (Jupyter shows no SVG there).
    Its paper is opaque, so that it can be read on a dark page too.
    """
    if not _matches(exercise, _EXERCISE):
        raise ValueError(
            f"exercise must be the name of a check, as in 'beat_the_baselines'; got {exercise!r}"
        )
    if not callable(getattr(figure, "savefig", None)):
        raise TypeError(f"figure of {exercise!r} must have a method savefig; got {type(figure).__name__}")
    if not _matches(alt, _SENTENCE):
        raise ValueError(f"alt of {exercise!r} must say what is seen, in a few words; got {alt!r}")
    if folder := os.environ.get(FIGURES):
        figure.savefig(
            Path(folder, f"{exercise}.svg"), format="svg", metadata={"Date": None}, transparent=False
        )
        figure.savefig(
            Path(folder, f"{exercise}.png"),
            format="png",
            metadata={"Software": None},
            dpi=110,
            transparent=False,
        )
        _append({"figure": exercise, "alt": " ".join(alt.split())})


def _matches(value: object, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _numbers(name: str, values: Any) -> list[float]:
    """Return the values as a list; arrays of any library are iterated."""
    try:
        items = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    except TypeError:  # an array without dimensions claims to be iterable
        items = [values]
    try:
        numbers = [float(item) for item in items if not isinstance(item, bool | str)]
    except (TypeError, ValueError):
        numbers = []
    if not numbers or len(numbers) < len(items):
        raise ValueError(f"values of {name!r} must be a number, or one number for each seed; got {values!r}")
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"values of {name!r} must be finite; got {numbers}")
    return numbers


def _band(name: str, band: Sequence[float] | None) -> list[float] | None:
    if band is None:
        return None
    try:
        low, high = (float(edge) for edge in band)
    except (TypeError, ValueError):
        low, high = math.nan, math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"band of {name!r} must be two finite numbers, the lower one first; got {band!r}")
    return [low, high]


def _append(entry: dict[str, object]) -> None:
    if path := os.environ.get(RECORD):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n")
