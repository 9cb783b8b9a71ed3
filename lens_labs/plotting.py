"""Figures of the labs: one style, axes with units, colours that everybody can tell apart.

The figures have a paper background of their own, so that they read well in a dark notebook too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from cycler import cycler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lens_labs.data import Measurement
    from lens_labs.dataset import Dataset

INK, MUTE, RULE, PAPER = "#1b2433", "#556070", "#d9d5c9", "#fbfaf7"
ACCENT, HOT = "#00697a", "#c2410c"
COLOURS = (ACCENT, HOT, "#7a5195", "#b8860b", "#4878a8", MUTE)

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTE,
    "axes.facecolor": PAPER,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.facecolor": PAPER,
    "figure.figsize": (6.4, 4.0),
    "font.size": 11,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "lens-labs",
    "text.color": INK,
    "xtick.color": MUTE,
    "ytick.color": MUTE,
}


def use_style() -> None:
    """Draw all later figures in the style of the school.

    Examples
    --------
    >>> use_style()
    >>> mpl.rcParams["axes.spines.top"]
    False
    """
    mpl.rcParams.update(_STYLE)


def curves(dataset: Dataset, *, n: int = 4, ax: Axes | None = None) -> Axes:
    """Draw the first curves of a dataset with their errors, each a factor of 100 below the one before.

    Parameters
    ----------
    dataset : Dataset
        Curves: `x` has shape (samples, points) and there is exactly one coordinate.
    n : int
        Number of curves.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        If the samples are not curves.
    """
    if dataset.x.ndim != 2 or len(dataset.coords) != 1:
        raise ValueError(f"dataset must hold curves, x of shape (n, points); got {dataset.x.shape}")
    ax = ax or plt.figure().add_subplot()
    ((name, coordinate),) = dataset.coords.items()
    for i, curve in enumerate(dataset.x[:n]):
        shift = 10.0 ** (-2 * i)
        seen = curve > 0
        errors = None if dataset.errors is None else shift * dataset.errors[i][seen]
        ax.errorbar(coordinate[seen], shift * curve[seen], errors, fmt=".", markersize=4, linewidth=0.8)
    unit = dataset.units.get("x", "1")
    what = "reflectivity" if unit == "1" else f"intensity ({unit.replace('1/cm', 'cm⁻¹')})"
    ax.set(
        yscale="log",
        xlabel=_label(name, dataset.units[name]),
        ylabel=f"{what}, each curve shifted by 100",
    )
    return ax


def measurement(curve: Measurement, *, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw a measured reflectivity curve with its errors.

    Parameters
    ----------
    curve : Measurement
        What `lens_labs.data.load` returns.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    **style
        Passed on to ``matplotlib.axes.Axes.errorbar``.

    Returns
    -------
    matplotlib.axes.Axes
        Where it was drawn.
    """
    ax = ax or plt.figure().add_subplot()
    look: dict[str, Any] = {"fmt": ".", "markersize": 4, "linewidth": 0.8, "label": curve.name} | style
    ax.errorbar(curve["q"], curve["r"], curve["dr"], **look)
    ax.set(yscale="log", xlabel=_label("q", curve.units["q"]), ylabel="reflectivity")
    return ax


def parity(
    true: npt.ArrayLike,
    predicted: npt.ArrayLike,
    *,
    name: str,
    unit: str,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    """Draw predicted against true values, with the line on which a perfect prediction lies.

    Parameters
    ----------
    true, predicted : array of shape (n,)
        The values.
    name, unit : str
        What they are.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    **style
        Passed on to ``matplotlib.axes.Axes.plot``.

    Returns
    -------
    matplotlib.axes.Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        If the two arrays differ in shape.
    """
    true, predicted = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    if true.shape != predicted.shape or true.ndim != 1:
        raise ValueError(
            f"true and predicted must have the same shape (n,); got {true.shape} and {predicted.shape}"
        )
    ax = ax or plt.figure(figsize=(4.2, 4.0)).add_subplot()
    ends = [true.min(), true.max()]
    look: dict[str, Any] = {"marker": ".", "markersize": 3, "linestyle": "", "alpha": 0.5} | style
    ax.plot(true, predicted, **look)
    ax.plot(ends, ends, color=INK, linewidth=1)
    ax.set(xlabel=f"true {_label(name, unit)}", ylabel=f"predicted {_label(name, unit)}")
    return ax


def _label(name: str, unit: str) -> str:
    words = "Q" if name == "q" else name.replace("_", " ")
    pretty = unit.replace("1/Å", "Å⁻¹").replace("1e-6/Å²", "10⁻⁶ Å⁻²")
    return words if unit == "1" else f"{words} ({pretty})"
