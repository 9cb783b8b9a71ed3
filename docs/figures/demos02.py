"""What the interactive figures of lecture 2 show: their data, and the drawings that stand for them on paper.

Functions that begin with "Compute" return data for a demo, the others draw.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from scipy import optimize

from lens_labs.data import load
from lens_labs.plotting import ACCENT, COLOURS, HOT, INK, MUTE
from lens_labs.scattering import reflectivity

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page
import _films as films

Array = npt.NDArray[np.float64]
VIOLET = COLOURS[2]
THICKNESS = np.arange(50.0, 451.0)
"""The thicknesses (Å) at which the misfit is computed; between them the demo interpolates."""


@functools.cache
def misfit() -> dict[str, Any]:
    """Compute how far the curve of a film lies from a measured one, for every thickness of the film.

    The measured curve is e361r. All parameters but the thickness are those of the reference fit. The misfit is the
    mean squared difference of log10 R over all points. Curves of every tenth thickness come along, as thousandths of a decade.
    """
    curve = load("e361r")
    q, seen = curve["q"], np.log10(curve["r"])
    film = films.reference(curve)
    wells = ((np.log10(reflectivity.model(film | {"film_thickness": THICKNESS}, q)) - seen) ** 2).mean(axis=1)
    shown = np.linspace(0.0105, 0.1495, 90)
    some = np.log10(reflectivity.model(film | {"film_thickness": THICKNESS[::10]}, shown))
    return {
        "from": THICKNESS[0],
        "to": THICKNESS[-1],
        "misfit": wells,
        "measured": {"q": q[q < 0.15], "log": seen[q < 0.15].round(2)},
        "curves": {"every": 10, "q": shown, "log": (1000 * some.T).round()},
    }


def _slide_down(start: float, rates: Sequence[float]) -> Array:
    """Return the thicknesses that gradient descent visits, with one rate for each step; it ends where it leaves the picture."""
    slope, visited = np.gradient(misfit()["misfit"]), [start]
    for rate in rates:
        visited.append(visited[-1] - rate * float(np.interp(visited[-1], THICKNESS, slope)))
        if not THICKNESS[0] <= visited[-1] <= THICKNESS[-1]:
            break
    return np.array(visited)


def descent() -> Figure:
    """Show the misfit of a measured curve against the thickness of the film, and four runs of gradient descent on it.

    Three start at 245 Å, with learning rates of 100 Å², of 8,000 Å², and of 8,000 Å² that is lowered to 1,000 Å²
    after ten steps; the fourth starts at 330 Å with 6,000 Å².
    """
    found, small = misfit(), plt.rcParams["figure.figsize"][0] < 7  # a column of a slide
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1.15, 1))
    left.plot(THICKNESS, found["misfit"], color=INK)
    runs = (
        (245.0, [100.0] * 40, MUTE),
        (245.0, [8_000.0] * 40, HOT),
        (245.0, [8_000.0] * 10 + [1_000.0] * 30, ACCENT),
        (330.0, [6_000.0] * 40, VIOLET),
    )
    for start, rates, colour in runs:
        visited = _slide_down(start, rates)
        right.plot(visited, color=colour)
        if colour in (ACCENT, VIOLET):
            at = np.interp(visited[[0, -1]], THICKNESS, found["misfit"])
            left.plot(visited[[0, -1]], at, "o", color=colour, markersize=8, markeredgewidth=0)
    deepest = THICKNESS[found["misfit"].argmin()]
    page.say(left, deepest, -0.006, f"{deepest:.0f} Å", ACCENT, ha="center", va="top")
    left.set(title="misfit" if small else "misfit: mean square of Δ log₁₀ R", xlabel="thickness d (Å)")
    left.set(xticks=[100, 200, 300, 400], yticks=[0, 0.04, 0.08], ylim=(-0.018, 0.09))
    right.set(
        title="d (Å)" if small else "thickness d (Å)",
        xlabel="step",
        xticks=[0, 20, 40],
        ylim=(150, 420),
        yticks=[200, 300, 400],
    )
    page.say(right, 40, 249, "small rate", MUTE, ha="right")
    page.say(right, 40, 190, "large" if small else "large rate, kept or lowered", HOT, ha="right", va="top")
    page.say(right, 40, 340, "another start", VIOLET, ha="right", va="top")
    return page.aired(figure)


@functools.cache
def edge() -> dict[str, Any]:
    """Compute the reflectivity of bare silicon under heavy water around its critical edge, as log10 R.

    The roughness is 5 Å and the resolution 8 %, which rounds the edge.
    """
    q = np.linspace(0.001, 0.06, 60)
    wafer = [[0, films.SILICON, 0, 0], [0, films.WATER, 0, 5]]
    return {"q": q, "log": np.log10(reflectivity.reflectivity(q, wafer, dq=0.08))}


def _answer(bends: Array, x: Array, target: Array) -> Array:
    """Return the best weighted sum of ramps that begin at these places, and a constant."""
    ramps = np.column_stack([np.ones_like(x), *(np.maximum(x - bend, 0) for bend in bends)])
    return np.asarray(ramps @ np.linalg.lstsq(ramps, target, rcond=None)[0])


@functools.cache
def _kinks(neurons: int) -> Array:
    """Find where ReLU neurons have to bend so that their best weighted sum comes nearest to the edge."""
    data = edge()
    start = np.array([0.014, 0.02, 0.035])[:neurons]

    def off(bends: Array) -> float:
        return float(((_answer(bends, data["q"], data["log"]) - data["log"]) ** 2).mean())

    found = optimize.minimize(off, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12})
    return np.sort(found.x)


def neuron() -> Figure:
    """Show the critical edge of a reflectivity curve, and the best that one and three ReLU neurons make of it."""
    data = edge()
    figure, axes = plt.subplots(1, 2, sharey=True)
    for ax, count, words in zip(axes, (1, 3), ("one neuron", "three neurons"), strict=True):
        bends = _kinks(count)
        best = _answer(bends, data["q"], data["log"])
        ax.plot(data["q"], data["log"], "o", color=INK, markersize=4, markeredgewidth=0)
        ax.plot(data["q"], best, color=ACCENT)
        ax.plot(bends, np.interp(bends, data["q"], best), "o", color=HOT, markersize=9)
        off = np.sqrt(((best - data["log"]) ** 2).mean())
        page.say(ax, 0.97, 0.93, f"off by {off:.2f}", ACCENT, transform=ax.transAxes, ha="right", va="top")
        ax.set(title=words, xlabel=page.Q_LABEL, xticks=[0, 0.02, 0.04, 0.06], yticks=[0, -1, -2, -3])
    axes[0].set(ylabel="log₁₀ R")
    return page.aired(figure)


def kiessig() -> Figure:
    """Show the curves of a thin and of a thick film between silicon and heavy water, and the distance of their fringes."""
    q = np.linspace(0.011, 0.2, 300)
    figure, axes = plt.subplots(1, 2, sharey=True)
    for ax, thickness, colour in zip(axes, (100.0, 200.0), (ACCENT, HOT), strict=True):
        r = reflectivity.model(films.film(thickness, 3.4, inner=3, outer=3, log10_background=-12), q)
        dips = [i for i in range(1, q.size - 1) if q[i] > 0.03 and r[i] < min(r[i - 1], r[i + 1])]
        first, second = dips[:2]
        ax.plot(q, r, color=colour)
        y = min(r[first], r[second]) / 3
        ax.annotate(
            "", (q[first], y), (q[second], y), arrowprops={"arrowstyle": "<->", "color": INK, "lw": 1.5}
        )
        words = f"2π/d = {2 * np.pi / thickness:.3f} Å⁻¹"
        page.say(ax, 0.98, 0.95, words, INK, transform=ax.transAxes, ha="right", va="top")
        page.reflectivity_axes(ax, low=1e-8, high=3)
        ax.set(title=f"film of {thickness:.0f} Å", xlim=(0, 0.2), xticks=[0.05, 0.1, 0.15], ylabel="")
    axes[0].set(ylabel="reflectivity R")
    return page.aired(figure)
