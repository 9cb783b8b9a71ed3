"""What the figures of all lectures share: numbers that the labs recorded, and axes that a page can restyle."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib import ticker

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

Q_LABEL = "Q (Å⁻¹)"
SLD_LABEL = "SLD (10⁻⁶ Å⁻²)"
_RESULTS = Path(__file__).parents[1] / "results.json"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def recorded(name: str) -> list[float]:
    """Return what a lab measured, one value a seed.

    Parameters
    ----------
    name : str
        The name under which it was recorded, such as ``L2.thickness_mae``.

    Raises
    ------
    KeyError
        If no lab has recorded it.
    """
    values = json.loads(_RESULTS.read_text("utf-8"))["values"]
    if name not in values:
        raise KeyError(f"no lab has recorded {name!r}; run `nox -s results`")
    return list(values[name]["values"])


def decades(axis: Axis, *, every: int = 1) -> None:
    """Give a logarithmic axis labels such as 10⁻⁴ as plain text, at every so many decades.

    Matplotlib would set them as formulas, which cannot take on the letters of the page.
    """
    axis.set_major_locator(ticker.LogLocator(base=10.0**every, numticks=20))
    axis.set_major_formatter(ticker.FuncFormatter(_power))
    axis.set_minor_locator(ticker.NullLocator())


def _power(value: float, _position: int | None = None) -> str:
    exponent = round(math.log10(value))
    return {0: "1", 1: "10"}.get(exponent, "10" + str(exponent).translate(_RAISED))


def plain(axis: Axis, ticks: list[float]) -> None:
    """Give a logarithmic axis these ticks, written out."""
    axis.set_major_locator(ticker.FixedLocator(ticks))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_locator(ticker.NullLocator())


def reflectivity_axes(ax: Axes, *, low: float = 1e-7, high: float = 3.0, every: int = 2) -> None:
    """Prepare axes for reflectivity against Q."""
    ax.set(yscale="log", ylim=(low, high), xlabel=Q_LABEL, ylabel="reflectivity R")
    decades(ax.yaxis, every=every)


def say(ax: Axes, x: float, y: float, words: str, colour: str, **look: Any) -> None:
    """Write a label beside what it names, in its colour; `x` and `y` are data unless `transform` says otherwise."""
    ax.text(x, y, words, color=colour, **look)


def listed(ax: Axes, labels: Iterable[tuple[str, str]], *, weight: str = "normal") -> None:
    """Write labels, each with its colour, below each other in the upper right corner; the lines are wide apart."""
    for line, (words, colour) in enumerate(labels):
        below = (0, -1.9 * line * plt.rcParams["font.size"])
        look = {"color": colour, "weight": weight, "ha": "right", "va": "top"}
        ax.annotate(words, (0.99, 0.98), below, xycoords="axes fraction", textcoords="offset points", **look)


def size(*, width: float = 1.0, height: float = 1.0) -> tuple[float, float]:
    """Return the size of the medium's figures, or a multiple of it."""
    w, h = plt.rcParams["figure.figsize"]
    return w * width, h * height


def large() -> bool:
    """Say whether letters are large for their figure, as on a slide, so that there is room for fewer words."""
    return bool(plt.rcParams["font.size"] / plt.rcParams["figure.figsize"][0] > 2.0)


def aired(figure: Figure) -> Figure:
    """Leave room beside the numbers of each axis: on a phone the page enlarges the letters of the notes by half."""
    if plt.rcParams["font.size"] < 12:  # a slide never is that small
        for ax in figure.axes:
            ax.yaxis.labelpad += 0.9 * plt.rcParams["font.size"]
            ax.xaxis.labelpad += 0.5 * plt.rcParams["font.size"]
    return figure
