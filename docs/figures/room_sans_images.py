"""Images of small-angle scattering: six shapes as a detector counts them, and silica beside its simulation."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.colors import LogNorm

from lens_labs.data import load
from lens_labs.plotting import ACCENT, HOT
from lens_labs.scattering import sans

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

INSTRUMENT = sans.Pinhole(
    size=128,
    pixel=5,
    distance=4,
    wavelength=6,
    spread=0.142,
    collimation=8.55,
    source=25,
    aperture=1.5,
    stop=25.4,
)
"""The instrument that counted the silica, from the header of its file."""

CENTRE = (18.25, 1.45)
SILICA = {"radius": 70.8, "radius_pd": 0.196}
"""Spheres that describe the measured counts best, in the sense of least squares."""

COUNTS, FLAT = 652e3, 6.26  # on the whole detector, and of them in each pixel at all angles


def shapes() -> Figure:
    """Show simulated counts of the six shapes, with axes in order where there are axes."""
    figure, axes = plt.subplots(2, 3, figsize=page.size(height=1.3))
    names = ("sphere", "core_shell_sphere", "lamellar", "cylinder", "ellipsoid", "parallelepiped")
    for seed, (ax, name) in enumerate(zip(axes.flat, names, strict=True), start=4):
        data = sans.simulate_images(1, seed=seed, shape=name, aligned=1, prior={"dose": (3e5, 3e5)})
        _image(ax, data.x[0], data.coords["qx"], data.coords["qy"], 0.1)
        ax.set_title(name.replace("_", " "), fontsize=0.9 * plt.rcParams["font.size"])
    for ax in axes[:, 1:].flat:
        ax.set(yticklabels=[])
    for ax in axes[0]:
        ax.set(xticklabels=[])
    axes[1, 0].set(ylabel="Qy (Å⁻¹)")
    axes[1, 1].set(xlabel="Qx (Å⁻¹)")
    return page.aired(figure)


def gallery() -> Figure:
    """Show counts of silica spheres, measured and simulated, and the mean of both around the beam."""
    measured, simulated = load("SILIC010")["counts"], _silica()
    qx, qy = INSTRUMENT.momentum_transfer(CENTRE)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=page.size(height=0.72))
    for ax, counts, title in ((left, measured, "measured"), (middle, simulated, "simulated")):
        _image(ax, counts, qx, qy, 0.05)
        ax.set(title=title)
    edges = np.linspace(0.008, 0.1, 47)
    middles = (edges[1:] + edges[:-1]) / 2
    right.plot(middles, _rings(measured, np.hypot(qx, qy), edges), "o", color=HOT, markersize=2.5)
    right.plot(middles, _rings(simulated, np.hypot(qx, qy), edges), color=ACCENT, linewidth=1.2)
    right.set(yscale="log", xlim=(0, 0.1), xticks=[0, 0.05, 0.1], ylim=(3, 800), title="counts in a pixel")
    page.plain(right.yaxis, [10, 100])
    left.set(ylabel="Qy (Å⁻¹)")
    middle.set(xlabel="Qx (Å⁻¹)", yticklabels=[])
    right.set(xlabel=page.Q_LABEL)
    return page.aired(figure)


@lru_cache
def _silica() -> Array:
    """Return simulated counts of silica in the instrument that measured it."""
    spheres = sans.image("sphere", INSTRUMENT, centre=CENTRE, **SILICA)
    seen = INSTRUMENT.solid_angle(CENTRE)
    seen[np.hypot(*INSTRUMENT.position(CENTRE)) < INSTRUMENT.stop] = 0
    flat = FLAT * seen
    expected = flat + (COUNTS - flat.sum()) * spheres * seen / (spheres * seen).sum()
    return np.random.default_rng(1).poisson(expected).astype(float)


def _rings(counts: Array, q: Array, edges: Array) -> Array:
    """Return the mean counts of the pixels between each two of these momentum transfers."""
    sums, pixels = (np.histogram(q, edges, weights=each)[0] for each in (counts, np.ones_like(counts)))
    return np.asarray(sums / pixels)


def _image(ax: Axes, counts: Array, qx: Array, qy: Array, tick: float) -> None:
    """Draw counts over Qx and Qy with a logarithmic scale of colours; a pixel without counts is darkest."""
    norm = LogNorm(1, np.quantile(counts, 0.9995), clip=True)
    extent = (qx.min(), qx.max(), qy.min(), qy.max())
    # "none" keeps each pixel as it is, so the file of the figure stays small
    ax.imshow(np.maximum(counts, 1), norm=norm, origin="lower", extent=extent, interpolation="none")
    ax.set(xticks=[-tick, 0, tick], yticks=[-tick, 0, tick])
