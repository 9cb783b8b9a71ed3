"""Pulses of light from neutrons and gammas: when photons arrive, and what two numbers say about them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from lens_labs.plotting import ACCENT, HOT, INK, MUTE
from lens_labs.scattering import pulses

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = ((0, "gamma", HOT), (1, "neutron", ACCENT))


def waveforms() -> Figure:
    """Show when the photons of one neutron and of one gamma arrive, with the end of the prompt window."""
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=page.size(height=0.8))
    for ax, kind in zip(axes, (1, 0), strict=True):
        _waveform(ax, kind)
    axes[0].set(ylabel="photons in 20 ns")
    return page.aired(figure)


def plane() -> Figure:
    """Show pulses in the plane of charge and tail fraction, and where the odds are even, and where they are ten to one."""
    figure, ax = plt.subplots()
    _plane(ax)
    return page.aired(figure)


def gallery() -> Figure:
    """Show the photons of one simulated neutron, and simulated pulses in the plane of charge and tail fraction."""
    figure, (left, right) = plt.subplots(1, 2, figsize=page.size(height=0.85))
    _waveform(left, 1)
    left.set(ylabel="photons in 20 ns")
    _plane(right)
    return page.aired(figure)


def _waveform(ax: Axes, kind: int) -> None:
    """Draw the first pulse of a kind with a charge near 200."""
    data = pulses.simulate_waveforms(300, seed=2)
    pulse = int(np.flatnonzero((data["neutron"] == kind) & (np.abs(data["charge"] - 200) < 25))[0])
    _, name, colour = _KINDS[kind]
    ax.step(data.coords["time"], data.x[pulse], where="mid", color=colour, linewidth=1.2)
    ax.axvline(pulses.PROMPT, color=MUTE, linestyle=":", linewidth=1.2)
    ax.set(title=name, xlabel="time (ns)", xticks=[0, 1000, 2000])
    tail = data["tail_fraction"][pulse]
    words = [(f"{data['charge'][pulse]:.0f} photons", INK), (f"tail {tail:.2f}", INK)]
    page.listed(ax, words)


def _plane(ax: Axes) -> None:
    data = pulses.simulate(1_200, seed=1)
    for kind, _, colour in _KINDS:
        mine = data.x[data["neutron"] == kind]
        ax.plot(*mine.T, "o", markersize=2.2, color=colour, alpha=0.45, markeredgewidth=0)
    charge, tail = np.meshgrid(np.linspace(20, 600, 240), np.linspace(0, 1, 160))
    odds = pulses.log_odds(np.stack([charge, tail], axis=-1))
    ax.contour(charge, tail, odds, levels=[0], colors=[INK], linewidths=1.6)
    ax.contour(charge, tail, odds, levels=[np.log(10)], colors=[MUTE], linewidths=1.6, linestyles="--")
    page.listed(ax, [("neutrons", ACCENT), ("gammas", HOT)], weight="bold")
    ax.set(
        xlabel="charge (photons)", ylabel="tail fraction", xlim=(0, 600), ylim=(0, 1.25), yticks=[0, 0.5, 1]
    )
