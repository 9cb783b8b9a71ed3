"""The figures of the page about diffraction: powders, Bragg edges, spots."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap, LogNorm

from lens_labs.data import load
from lens_labs.plotting import ACCENT, COLOURS, HOT, INK, MUTE
from lens_labs.scattering import diffraction

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lens_labs.dataset import Dataset

VIOLET, GOLD, BLUE = COLOURS[2:5]
ANGLE_LABEL = "scattering angle 2ϑ (°)"
HRPT = {"wavelength": 1.494, "resolution": (0.1085, -0.1177, 0.1452), "mixing": 0.355, "offset": 0.6206}
REGIONS = (ACCENT, HOT, VIOLET, GOLD, BLUE, MUTE, INK)


def measured() -> Figure:
    """Show a measured powder pattern, what the forward model makes of it, and where the planes reflect."""
    figure, ax = plt.subplots(figsize=page.size(height=1.1))
    pattern = load("LBCO")
    x, i = pattern["two_theta"], pattern["i"]
    computed = _computed(x, i, pattern["di"])
    ax.plot(x[::3], i[::3], ".", color=MUTE, markersize=3)
    ax.plot(x, computed, color=ACCENT, linewidth=1)
    ax.plot(x[::3], (i - computed)[::3] - 700, color=HOT, linewidth=0.7)
    d = diffraction.CRYSTALS["La0.5Ba0.5CoO3"].peaks(0.75).d
    ax.plot(
        2 * np.degrees(np.arcsin(1.494 / 2 / d)) + 0.62, np.full(d.size, -230), "|", color=INK, markersize=7
    )
    ax.set(
        xlabel=ANGLE_LABEL, ylabel="counts", xlim=(10, 165), ylim=(-1300, 3900), yticks=[0, 1000, 2000, 3000]
    )
    page.listed(ax, [("measured", MUTE), ("computed", ACCENT), ("difference", HOT)])
    return page.aired(figure)


def _computed(x: np.ndarray, i: np.ndarray, di: np.ndarray) -> np.ndarray:
    """Return the pattern of the perovskite, with the scale and the flat background that fit best."""
    pattern = diffraction.powder(x, diffraction.CRYSTALS["La0.5Ba0.5CoO3"], **HRPT)
    columns = np.column_stack([pattern, np.ones_like(x)])
    best, *_ = np.linalg.lstsq(columns / di[:, None], i / di)
    return np.asarray(columns @ best)


def library() -> Figure:
    """Show the regions of the phase diagram with 120 samples of a library, and one pattern of each kind of region."""
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1, 1.25), figsize=page.size(height=1.1))
    data = diffraction.simulate(120, seed=0)
    _triangle(left, data)
    names = data.meta["classes"]["region"]
    for place, region in enumerate((0, 3, 1, 6)):
        pattern = data.x[np.flatnonzero(data["region"] == region)[0]]
        right.plot(data.coords["two_theta"], pattern + 1500 * place, color=REGIONS[region], linewidth=1)
        page.say(right, 109, 1500 * place + 560, names[region], REGIONS[region], ha="right", va="bottom")
    right.set(xlabel=ANGLE_LABEL, ylabel="counts, shifted", xlim=(25, 110), ylim=(0, None), yticks=[])
    return page.aired(figure)


def _triangle(ax: Axes, data: Dataset) -> None:
    """Draw the phase diagram, with the samples on it."""
    step = np.linspace(0, 1, 241)
    x, y = np.meshgrid(np.linspace(0, 1, 241), step * np.sqrt(3) / 2)
    c = y / (np.sqrt(3) / 2)
    composition = np.stack([1 - x - c / 2, x - c / 2, c], axis=-1)
    inside = (composition >= 0).all(axis=-1)
    fractions, _ = diffraction.equilibrium(np.where(inside[..., None], composition, [1, 0, 0]))
    number = np.ma.masked_array(_present(fractions), ~inside)
    colours = ListedColormap([REGIONS[region] for region in (0, 1, 3, 2, 4, 5, 6)])
    ax.pcolormesh(x, y, number, cmap=colours, vmin=0.5, vmax=7.5, alpha=0.22, rasterized=True, linewidth=0)
    _, b, c = data.columns("composition_A", "composition_B", "composition_C").T
    for region, colour in enumerate(REGIONS):
        chosen = data["region"] == region
        ax.plot((b + c / 2)[chosen], (c * np.sqrt(3) / 2)[chosen], "o", color=colour, markersize=3.5)
    for place, words in (((-0.03, -0.04), "A"), ((1.03, -0.04), "B"), ((0.5, 0.9), "C")):
        page.say(ax, *place, words, INK, ha="center", va="center", weight="bold")
    ax.set(aspect="equal", xlim=(-0.08, 1.08), ylim=(-0.1, 0.97))
    ax.axis("off")


def _present(fractions: np.ndarray) -> np.ndarray:
    """Return a number for the phases that are present: 1 for the first, 2 for the second, 3 for both, and so on."""
    return np.asarray((fractions > 0) @ np.array([1, 2, 4]))


def edges() -> Figure:
    """Show the transmission of two kinds of iron, and a simulated plate: its share of austenite and its strain."""
    figure, axes = plt.subplots(1, 3, width_ratios=(1.7, 1, 1), figsize=page.size(height=0.85))
    lam = np.linspace(1.5, 4.6, 600)
    for name, colour in (("alpha iron", ACCENT), ("gamma iron", HOT)):
        crystal = diffraction.CRYSTALS[name]
        axes[0].plot(
            lam, diffraction.bragg_edges(lam, crystal, width=0.006, tail=0.012), color=colour, linewidth=1.3
        )
    axes[0].set(
        xlabel="wavelength λ (Å)", ylabel="transmission", xlim=(1.5, 4.6), ylim=(0, 0.68), xticks=[2, 3, 4]
    )
    page.say(axes[0], 0.04, 0.94, "ferrite", ACCENT, transform=axes[0].transAxes)
    page.say(axes[0], 0.04, 0.84, "austenite", HOT, transform=axes[0].transAxes)
    plate = diffraction.simulate_bragg_edges(1, seed=4, size=16)
    for ax, name, title in zip(axes[1:], ("austenite", "strain"), ("austenite", "strain"), strict=True):
        ax.imshow(plate.truth[name][0], cmap="viridis" if name == "austenite" else "PuOr")
        ax.set(title=title, xticks=[], yticks=[])
    return page.aired(figure)


def spots() -> Figure:
    """Show three simulated frames, with rings around spots that a fit finds with an error below a fifth."""
    figure, axes = plt.subplots(1, 3, figsize=page.size(height=0.72))
    data = diffraction.simulate_spots(12, seed=0)
    for ax, i in zip(axes, (6, 7, 11), strict=True):
        _frame(ax, data, i)
        place = data.truth["positions"][i]
        clear = data.truth["i_over_sigma"][i] > 5
        there = np.isfinite(place[:, 0])
        ax.plot(
            *place[clear].T, "o", markerfacecolor="none", color="white", markersize=7, markeredgewidth=0.9
        )
        ax.plot(*place[there & ~clear].T, "x", color="white", markersize=4, markeredgewidth=0.9)
    return page.aired(figure)


def _frame(ax: Axes, data: Dataset, i: int) -> None:
    ax.imshow(data.x[i] + 1, norm=LogNorm(1, 300), cmap="viridis")
    ax.set(xticks=[], yticks=[])


def gallery() -> Figure:
    """Show a measured and a simulated powder pattern, the transmission of a plate, and a frame with spots."""
    figure, ((real, powder), (plate, frame)) = plt.subplots(2, 2, figsize=page.size(height=1.25))
    pattern = load("LBCO")
    real.plot(pattern["two_theta"][::2], pattern["i"][::2], color=MUTE, linewidth=0.8)
    real.set(title="measured (HRPT)", xlabel=ANGLE_LABEL, ylabel="counts", xlim=(10, 165), ylim=(0, None))
    data = diffraction.simulate(12, seed=0)
    mixed = np.flatnonzero(data["region"] == 6)[0]
    powder.plot(data.coords["two_theta"], data.x[mixed], color=ACCENT, linewidth=0.9)
    powder.set(title="simulated alloy", xlabel=ANGLE_LABEL, xlim=(25, 110), ylim=(0, None))
    steel = diffraction.simulate_bragg_edges(1, seed=4, size=16)
    for row, column, colour in ((2, 2, ACCENT), (13, 8, HOT), (8, 14, VIOLET)):
        plate.plot(steel.coords["wavelength"], steel.x[0, row, column], color=colour, linewidth=0.8)
    plate.set(title="steel, three pixels", xlabel="wavelength λ (Å)", ylabel="transmission", ylim=(0, None))
    _frame(frame, diffraction.simulate_spots(12, seed=0), 6)
    frame.set(title="spots")
    return page.aired(figure)
