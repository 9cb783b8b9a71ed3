"""Spectra of moving atoms and moments: lines, maps, and a measured line beside a fitted one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from scipy.optimize import curve_fit

from lens_labs.data import load
from lens_labs.plotting import ACCENT, COLOURS, HOT, MUTE
from lens_labs.scattering import spectroscopy

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]
VIOLET = COLOURS[2]
E_LABEL = "energy transfer E (meV)"


def motions() -> Figure:
    """Show how wide the line of each motion is, and what stays elastic, against Q."""
    q = np.linspace(0.02, 2.5, 80)
    figure, (wide, still) = plt.subplots(1, 2)
    shown = (("continuous", ACCENT), ("jump", HOT), ("two sites", VIOLET))
    for name, colour in shown:
        width, share = _line(name.replace(" sites", "_site"), q)
        wide.plot(q, 1e3 * width, color=colour)
        still.plot(q, share, color=colour)
    wide.set(title="width", xlabel=page.Q_LABEL, ylabel="half width Γ (µeV)", ylim=(0, 420))
    still.set(
        title="elastic share", xlabel=page.Q_LABEL, ylabel="EISF", ylim=(-0.03, 1.25), yticks=[0, 0.5, 1]
    )
    page.listed(still, shown)
    return page.aired(figure)


def _line(motion: str, q: Array) -> tuple[Array, Array]:
    """Read half width and elastic share of a motion off its spectrum, without resolution and without vibrations."""
    sharp = 1e-6
    ideal = {
        "motion": motion,
        "diffusion": 0.1,
        "length": 2.5,
        "displacement": 0.0,
        "temperature": 1e9,
        "resolution": sharp,
    }
    low, high = spectroscopy.qens([0.02, 0.04], q, **ideal).T  # two points fix a Lorentzian
    width = np.sqrt((0.04**2 * high - 0.02**2 * low) / (low - high))
    moving = low * np.pi * (0.02**2 + width**2) / width
    return width, 1 - moving


def two_models() -> Figure:
    """Show counts of two magnets with the same mean energy at the zone boundary, and their branches."""
    figure, axes = plt.subplots(1, 3, sharey=True)
    same = {"band": (300, 300), "j2_ratio": (0.08, 0.08), "ring_ratio": (0.3, 0.3)}
    data = spectroscopy.simulate_spin_waves(8, seed=2, prior=_CALM | same)
    for number, title, colour in ((0, "frustrated", ACCENT), (1, "ring", HOT)):
        its = data[data["model"] == number]
        _map(axes[number], its.x[0], data.coords["energy"])
        axes[number].set(title=title)
        exchange = {name: its[name][0] for name in ("j1", "j2", "ring", "anisotropy")}
        axes[2].plot(
            np.linspace(0, 1, 300), spectroscopy.dispersion(*_path(300), **exchange)[0], color=colour
        )
    axes[0].set(ylabel=E_LABEL)
    axes[2].set(title="branches")
    for ax in axes:
        _name_corners(ax)
    return page.aired(figure)


_CALM = {"dose": (2e4, 2e4), "background": (0.4, 0.4), "decay": (30, 30), "temperature": (10, 10)}
_CORNERS = np.array([[0.75, 0.25], [0.5, 0.5], [0.5, 0], [0.75, 0.25], [1, 0], [0.5, 0]])
_ENDS = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(_CORNERS, axis=0).T))])
_ENDS /= _ENDS[-1]


def _path(points: int) -> Array:
    """Return h and k along the path of the maps, shape (2, points)."""
    return np.stack([np.interp(np.linspace(0, 1, points), _ENDS, one) for one in _CORNERS.T])


def _name_corners(ax: Axes) -> None:
    ax.set(xlim=(0, 1), xticks=_ENDS, xticklabels=["P", "M", "X", "P", "Γ", "X"])


def _map(ax: Axes, counts: npt.NDArray[np.int64], energy: Array) -> None:
    """Draw counts of shape (bins, energies), with colours for the square root."""
    half = (energy[1] - energy[0]) / 2
    extent = (0, 1, energy[0] - half, energy[-1] + half)
    ax.imshow(
        np.sqrt(counts.T),
        origin="lower",
        extent=extent,
        aspect="auto",
        interpolation="none",
        vmax=np.sqrt(50),
    )


def measured_line() -> Figure:
    """Show a measured quasi-elastic line, the model fitted to it, and its elastic part."""
    line = load("QENS_sample")
    seen = (line["ds"] > 0) & (abs(line["energy"]) < 0.45)
    energy, counts, errors = (line[name][seen] for name in ("energy", "s", "ds"))

    def model(energy: Array, *parameters: float) -> Array:
        scale, width, rest, background, centre, fwhm = parameters
        given = {"diffusion": width / _HBAR, "immobile": rest, "resolution": fwhm, "displacement": 0.0}
        curve = spectroscopy.qens(energy - centre, [1.0], motion="continuous", **given)[0]
        return np.asarray(scale * (curve + background))

    start, high = (0.2, 0.05, 0.2, 0.05, 0, 0.03), (10, 1, 1, 1, 0.05, 0.2)
    best, _ = curve_fit(
        model, energy, counts, start, sigma=errors, bounds=([0, 1e-4, 0, 0, -0.05, 1e-3], high)
    )
    figure, ax = plt.subplots()
    shown = counts > errors
    ax.plot(energy[shown][::2], counts[shown][::2], color=MUTE, linewidth=0.8)
    ax.plot(energy, model(energy, *best), color=HOT)
    scale, _, rest, _, centre, fwhm = best
    still = model(energy, scale * rest, 0.1, 1.0, 0.0, centre, fwhm)
    ax.plot(energy[still > 1e-3], still[still > 1e-3], color=ACCENT)
    ax.set(yscale="log", xlabel=E_LABEL, ylabel="S(E), arbitrary", ylim=(3e-3, 4), xlim=(-0.45, 0.45))
    page.decades(ax.yaxis)
    page.listed(ax, [("measured", MUTE), ("model", HOT), ("its elastic part", ACCENT)])
    return page.aired(figure)


_HBAR = 0.6582119569  # meV ps; at 1 Å⁻¹ the half width is this times the diffusion coefficient


def gallery() -> Figure:
    """Show a quasi-elastic spectrum, a map of spin waves and an excitation map, all simulated."""
    figure, (lines, waves, points) = plt.subplots(1, 3, figsize=page.size(height=0.85))
    one = {"dose": (8_000, 8_000), "diffusion": (0.15, 0.15)}
    data = spectroscopy.simulate(1, seed=5, motions=["jump"], prior=one)
    energy = data.coords["energy"]
    for number, colour in ((0, MUTE), (3, ACCENT), (7, HOT)):
        lines.step(energy, np.maximum(data.x[0, number], 0.5), where="mid", color=colour, linewidth=1)
    lines.set(yscale="log", title="quasi-elastic", xlabel="E (meV)", ylabel="counts")
    page.decades(lines.yaxis)
    magnet = spectroscopy.simulate_spin_waves(1, seed=4, prior=_CALM)
    _map(waves, magnet.x[0], magnet.coords["energy"])
    waves.set(title="spin waves", ylabel="E (meV)")
    _name_corners(waves)
    seen = spectroscopy.simulate_excitation_maps(1, seed=1, prior={"time": (10, 10)})
    extent = (0, 1, 0.5, 12)
    points.imshow(np.sqrt(seen.x[0].T), origin="lower", extent=extent, aspect="auto", interpolation="none")
    points.set(title="three axes", xlabel="h (r.l.u.)", ylabel="E (meV)")
    return page.aired(figure)
