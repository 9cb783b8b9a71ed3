"""The figures of the page about magnets that remember."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from lens_labs.plotting import ACCENT, HOT, MUTE
from lens_labs.scattering import magnetism

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

H_LABEL, M_LABEL = "field H (T)", "magnetisation M"


def loops() -> Figure:
    """Show the first curve, the loop between strong fields, and smaller loops that close inside of it."""
    figure, ax = plt.subplots()
    _loops(ax)
    page.say(ax, 0.42, 0.04, "first curve", MUTE, ha="left", va="center")
    page.say(ax, -0.85, 0.5, "full loop", ACCENT, ha="left", va="center")
    page.say(ax, -0.06, -0.4, "small\nloops", HOT, ha="center", va="center")
    return page.aired(figure)


def _loops(ax: Axes) -> None:
    """Draw what a programme of strong and weak fields does, each part in its colour."""
    parts = (
        ([0.0, 1.2], MUTE, "--"),
        ([1.2, -1.2, 1.2], ACCENT, "-"),
        ([1.2, -0.35], ACCENT, "-"),
        ([-0.35, 0.4, -0.2, 0.25, -0.2, 0.4, -0.35], HOT, "-"),
    )
    start = 0
    fields = [_path(corners) for corners, _, _ in parts]
    moment = magnetism.magnetisation(np.concatenate(fields), 20.0)
    for field, (_, colour, style) in zip(fields, parts, strict=True):
        ax.plot(field, moment[start : start + field.size], style, color=colour)
        start += field.size
    ax.set(xlabel=H_LABEL, ylabel=M_LABEL, xticks=[-1, 0, 1], yticks=[-1, 0, 1], ylim=(-1.08, 1.08))


def _path(corners: list[float]) -> np.ndarray:
    """Return the fields on the way from corner to corner."""
    legs = [
        np.linspace(begin, end, 1 + round(abs(end - begin) / 0.02))
        for begin, end in itertools.pairwise(corners)
    ]
    return np.concatenate(legs)


def programme() -> Figure:
    """Show a programme of field and temperature, and the neutrons of both spins that are counted all the way."""
    figure, axes = plt.subplots(
        3, 1, sharex=True, height_ratios=(1, 0.7, 1.3), figsize=page.size(height=1.15)
    )
    _programme(*axes)
    return page.aired(figure)


def _programme(above: Axes, middle: Axes, below: Axes) -> None:
    """Draw a programme that is heated above the Curie temperature in zero field, when it remembers something."""
    data = magnetism.simulate(400, seed=4, prior=magnetism.SPECIMEN)
    field, hot = data.x[..., 0], data.x[..., 1] > magnetism.SPECIMEN["curie_temperature"][0]
    magnetised = (np.abs(data.truth["magnetisation"]) > 0.6).sum(axis=1) > 30
    in_no_field = hot.any(axis=1) & ~(hot & (field != 0)).any(axis=1)
    late = (hot.argmax(axis=1) > 60) & (hot.argmax(axis=1) < 110)
    chosen = np.flatnonzero(magnetised & in_no_field & late)[0]
    field, temperature, up, down = data.x[chosen].T
    above.plot(field, color=MUTE)
    above.set(ylabel="H (T)", ylim=(-1.1, 1.1), yticks=[-1, 0, 1])
    middle.plot(temperature, color=MUTE)
    middle.set(ylabel="T (K)", ylim=(0, 230), yticks=[0, 150])
    middle.axhline(150, color=HOT, linewidth=1, linestyle="--")
    below.plot(up, color=ACCENT, linewidth=1.2)
    below.plot(down, color=HOT, linewidth=1.2)
    top = float(max(up.max(), down.max()))
    below.set(xlabel="step", ylabel="counts", ylim=(0, 1.25 * top), xlim=(0, field.size))
    page.listed(below, (("spin up", ACCENT),))
    page.say(below, 0.01, 0.98, "spin down", HOT, ha="left", va="top", transform=below.transAxes)


def gallery() -> Figure:
    """Show a simulated loop, and what polarised neutrons count along a programme."""
    figure, (left, right) = plt.subplots(1, 2)
    _loops(left)
    data = magnetism.simulate(12, seed=1, prior=magnetism.SPECIMEN)
    right.plot(data.x[3, :, 2], color=ACCENT, linewidth=1.2)
    right.plot(data.x[3, :, 3], color=HOT, linewidth=1.2)
    right.set(xlabel="step", ylabel="counts", ylim=(0, None))
    return page.aired(figure)
