"""The figures of the page about the log of a beamline."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from lens_labs.plotting import ACCENT, HOT, MUTE
from lens_labs.scattering import beamline

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lens_labs.dataset import Dataset

EVERY = 5  # rows of a log that are drawn: more than a screen shows make a large file


@cache
def _runs() -> Dataset:
    """Return two runs of nearly seven hours."""
    return beamline.simulate(2, seed=0, steps=2_400)


def _hours() -> np.ndarray:
    return _runs().coords["time"][::EVERY] / 3600


def _channel(run: int, name: str) -> np.ndarray:
    return _runs().x[run, ::EVERY, list(beamline.CHANNELS).index(name)]


def log() -> Figure:
    """Show a log: beam current, temperatures, counts of the detector, and the faults behind them."""
    figure, axes = plt.subplots(
        4, 1, sharex=True, height_ratios=(0.9, 1.3, 1, 1.9), figsize=page.size(height=1.4)
    )
    run = 1
    _current(axes[0], run)
    _temperatures(axes[1], run)
    _detector(axes[2], run)
    _faults(axes[3], run)
    axes[3].set(xlabel="time (h)", xlim=(0, 6.67))
    return page.aired(figure)


def _current(ax: Axes, run: int) -> None:
    ax.plot(_hours(), _channel(run, "current"), color=MUTE, linewidth=1)
    ax.set(ylabel="µA" if page.large() else "beam (µA)", ylim=(-10, 225), yticks=[0, 100, 200])


def _temperatures(ax: Axes, run: int) -> None:
    ax.plot(_hours(), _channel(run, "setpoint"), color=MUTE, linewidth=1, linestyle="--")
    ax.plot(_hours(), _channel(run, "sensor"), color=ACCENT, linewidth=1.5)
    ax.plot(_hours(), _runs().truth["sample"][run, ::EVERY], color=HOT, linewidth=1.5)
    ax.set(ylabel="T (K)", ylim=(0, None))
    page.say(ax, 0.5, 0.97, "stage", ACCENT, ha="right", va="top", transform=ax.transAxes)
    page.say(ax, 0.75, 0.97, "sample", HOT, ha="right", va="top", transform=ax.transAxes)


def _detector(ax: Axes, run: int) -> None:
    ax.plot(_hours(), _channel(run, "detector"), color=ACCENT, linewidth=0.8)
    ax.set(ylabel="counts", ylim=(0, None))


def _faults(ax: Axes, run: int) -> None:
    """Draw a bar wherever something is wrong, one row a kind."""
    names = beamline.FAULTS
    going_on = _runs().truth["faults"][run]
    for row in range(len(names)):
        edges = np.flatnonzero(np.diff(going_on[:, row].astype(int), prepend=0, append=0))
        bars = [(begin, end - begin) for begin, end in edges.reshape(-1, 2) * beamline.STEP / 3600]
        ax.broken_barh(bars, (-row - 0.3, 0.6), color=HOT)
    ax.set(
        ylim=(-len(names) + 0.3, 0.7),
        yticks=-np.arange(len(names)),
        yticklabels=[name.split()[-1] for name in names],
    )


def memory() -> Figure:
    """Show a sample that is in either phase at the same temperature, according to where it came from."""
    figure, (left, right) = plt.subplots(1, 2)
    setpoint = np.repeat([80.0, 120.0, 160.0, 120.0, 80.0], [1, 300, 300, 300, 300])
    inside = beamline.cryostat(setpoint)
    phase = beamline.transformed(inside.sample)
    hours = np.arange(setpoint.size) * beamline.STEP / 3600
    left.plot(hours, inside.stage, color=ACCENT)
    left.plot(hours, inside.sample, color=HOT)
    left.set(xlabel="time (h)", ylabel="temperature (K)", xlim=(0, hours[-1]), ylim=(70, 180))
    page.say(left, 0.98, 0.97, "stage", ACCENT, ha="right", va="top", transform=left.transAxes)
    page.say(left, 0.02, 0.97, "sample", HOT, ha="left", va="top", transform=left.transAxes)
    right.plot(inside.sample, phase, color=HOT)
    right.set(xlabel="sample (K)", ylabel="share transformed", xticks=[80, 120, 160], ylim=(-0.05, 1.05))
    return page.aired(figure)


def gallery() -> Figure:
    """Show beam current, temperatures and counts of one simulated run."""
    figure, axes = plt.subplots(3, 1, sharex=True)
    _current(axes[0], 1)
    _temperatures(axes[1], 1)
    _detector(axes[2], 1)
    axes[2].set(xlabel="time (h)", xlim=(0, 6.67))
    return page.aired(figure)
