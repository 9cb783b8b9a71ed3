"""The figures of the page about small-angle curves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from lens_labs.data import load
from lens_labs.plotting import ACCENT, HOT, MUTE
from lens_labs.scattering import sans

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHAPES = {
    "lamellar": {"thickness": 30.0},
    "cylinder": {"radius": 15.0, "length": 800.0, "sld": 1.0, "sld_solvent": 6.0},
    "sphere": {"radius": 40.0},
    "core_shell_sphere": {"radius": 30.0, "thickness": 20.0, "sld_core": 6.0, "sld_solvent": 6.0},
}
"""What the first figure shows, all with the same contrast of a shell or a body to heavy water."""

APOFERRITIN = {"radius": 40.8, "thickness": 22.4, "radius_pd": 0.09, "scale": 3.9e-4, "background": 3.1e-3}
"""A hollow sphere, full of its solvent, that follows the measured curve; contrast and volume fraction appear as a product."""
PROTEIN = {"sld_core": 6.3, "sld_shell": 2.3, "sld_solvent": 6.3}


def shapes() -> Figure:
    """Show what four shapes scatter, and what hard spheres do to it."""
    figure, (left, right) = plt.subplots(1, 2)
    q = np.geomspace(0.002, 0.4, 400)
    for (name, p), colour in zip(SHAPES.items(), (MUTE, ACCENT, HOT, "C2"), strict=True):
        size = {"lamellar": "thickness_pd"}.get(name, "radius_pd")
        left.plot(q, sans.i_q(name, q, scale=0.01, **p, **{size: 0.1}), color=colour)
    for line, (words, colour) in enumerate(
        (("sheet", MUTE), ("cylinder", ACCENT), ("sphere", HOT), ("hollow sphere", "C2"))
    ):
        page.say(
            left, 0.04, 0.34 - 0.1 * line, words, colour, transform=left.transAxes, va="bottom", ha="left"
        )
    left.set(xscale="log", yscale="log", xlabel=page.Q_LABEL, ylabel="I (cm⁻¹)", ylim=(1e-4, 1e3))
    page.plain(left.xaxis, [0.01, 0.1])
    page.decades(left.yaxis, every=2)
    q = np.linspace(0.001, 0.2, 300)
    for share, colour in ((0.05, MUTE), (0.2, ACCENT), (0.4, HOT)):
        right.plot(q, sans.structure_factor(q, radius_effective=50.0, volfraction=share), color=colour)
    page.listed(right, (("5 %", MUTE), ("20 %", ACCENT), ("40 %", HOT)))
    right.set(xlabel=page.Q_LABEL, ylabel="S(Q)", xlim=(0, 0.2), xticks=[0, 0.1, 0.2], ylim=(0, 2.4))
    return page.aired(figure)


def kinetics() -> Figure:
    """Show frames of a sample that changes, and how its counts at small and large angles follow the time."""
    data = sans.simulate_kinetics(1, seed=4, prior={"dose": (2e5, 2e5), "rate": (0.003, 0.003)})
    q, area, time = (data.coords[name] for name in ("q", "area", "time"))
    figure, (left, right) = plt.subplots(1, 2)
    for frame, colour in ((0, MUTE), (30, ACCENT), (199, HOT)):
        left.plot(q, np.maximum(data.x[0, frame], 0.5) / area, color=colour, linewidth=1.2)
    page.listed(left, [(f"{time[f]:.0f} s", colour) for f, colour in ((0, MUTE), (30, ACCENT), (199, HOT))])
    left.set(xscale="log", yscale="log", xlabel=page.Q_LABEL, ylabel="counts over area")
    page.plain(left.xaxis, [0.01, 0.1])
    page.decades(left.yaxis)
    right.plot(
        time, data.x[0, :, :20].sum(axis=-1) / data.x[0, :, :20].sum(axis=-1)[-50:].mean(), ".", color=ACCENT
    )
    right.plot(time, data.truth["shares"][0, :, 1], color=HOT)
    page.say(right, 150, 1.07, "counts at small Q", ACCENT, ha="left", va="bottom")
    page.say(right, 560, 0.62, "share of rods", HOT, ha="left", va="bottom")
    right.set(xlabel="time (s)", ylim=(0, 1.2), xlim=(0, 2000), xticks=[0, 1000, 2000], yticks=[0, 0.5, 1])
    return page.aired(figure)


def gallery() -> Figure:
    """Show a measured protein beside simulated samples of the same kind."""
    figure, (left, right) = plt.subplots(1, 2, sharey=True)
    measured = load("apoferritin")
    q, i, di, dq = (measured[name][measured["q"] < 0.2] for name in ("q", "i", "di", "dq"))
    _points(left, q, i, di, HOT)
    left.plot(q, sans.i_q("core_shell_sphere", q, dq=dq, **APOFERRITIN, **PROTEIN), color=ACCENT)
    page.say(left, 0.03, 0.04, "a hollow\nsphere", ACCENT, transform=left.transAxes, va="bottom")
    like = {"radius": (38, 44), "thickness": (20, 25), "scale": (4e-4, 6e-4), "background": (2e-3, 4e-3)}
    like |= {name: (value, value) for name, value in PROTEIN.items()} | {"radius_pd": (0.05, 0.12)}
    data = sans.simulate(
        3,
        seed=2,
        shape="core_shell_sphere",
        q=np.linspace(0.006, 0.2, 195),
        prior=like | {"upturn": (0.02, 0.1), "exposure": (10, 60)},
    )
    for row, colour in zip(range(3), (MUTE, ACCENT, HOT), strict=True):
        _points(right, data.coords["q"], data.x[row], data.errors[row], colour)
    for ax, title in ((left, "measured"), (right, "simulated")):
        ax.set(xscale="log", yscale="log", xlabel=page.Q_LABEL, ylim=(5e-4, 3), title=title)
        page.plain(ax.xaxis, [0.01, 0.1])
        page.decades(ax.yaxis)
    left.set(ylabel="I (cm⁻¹)")
    return page.aired(figure)


def _points(ax: Axes, q: np.ndarray, i: np.ndarray, error: np.ndarray, colour: str) -> None:
    """Draw measured intensities with their errors."""
    seen = i > error / 2
    ax.errorbar(
        q[seen],
        i[seen],
        np.minimum(error[seen], 0.9 * i[seen]),
        fmt=".",
        color=colour,
        markersize=3,
        elinewidth=0.7,
    )
