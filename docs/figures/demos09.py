"""What the interactive figure of lecture 9 shows: its data, and the drawing that stands for it on paper.

A function that begins with "Compute" returns data for a demo, the other one draws.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from lens_labs.plotting import ACCENT, COLOURS, HOT, INK
from lens_labs.scattering import spectroscopy

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

Array = npt.NDArray[np.float64]
VIOLET = COLOURS[2]
MOST = 60
"""So many points can be measured."""
SIZE, LENGTH, SECONDS = 2.0, 0.5, 5.0
"""What the demo begins with: standard deviation (in roots of 1/s) and length scale (meV) of the function, time at a point."""


@functools.cache
def scan() -> dict[str, Any]:
    """Compute the rate of a three-axis spectrometer along the energy transfer, at a momentum transfer of 0.1 r.l.u.

    A count is fixed by its rate, its time and a chance between 0 and 1: it is the first one whose Poisson distribution
    function reaches the chance. So every visit sees the same counts. Three points are measured at the start; a point is the
    number of its energy.
    """
    energy = np.linspace(1, 8, 141)
    rate = spectroscopy.excitation_map(np.column_stack([np.full_like(energy, 0.1), energy]))
    chance = np.random.default_rng(9).uniform(0.01, 0.99, MOST).round(3)
    return {"energy": energy.round(2), "rate": rate, "chance": chance, "start": [10, 68, 130]}


def _believed(points: list[int]) -> tuple[Array, Array, Array]:
    """Return the roots of the measured rates, and mean and standard deviation of the function at all energies."""
    data = scan()
    x, where = data["energy"][points][:, None], data["energy"][:, None]
    counts = stats.poisson.ppf(data["chance"][: len(points)], SECONDS * data["rate"][points])
    y = np.sqrt((counts + 3 / 8) / SECONDS)
    kernel = ConstantKernel(SIZE**2) * RBF(LENGTH)
    process = GaussianProcessRegressor(kernel, alpha=0.25 / SECONDS, optimizer=None)
    mean, sd = process.fit(x, y - y.mean()).predict(where, return_std=True)
    return y, mean + y.mean(), sd


def _chosen(count: int, *, by_mean: bool) -> list[int]:
    """Return the first `count` points: three from the start, then where the band, or band times mean, is largest."""
    points = list(scan()["start"])
    while len(points) < count:
        _, mean, sd = _believed(points)
        points.append(int(np.argmax(sd * np.maximum(mean, 0) if by_mean else sd)))
    return points


def process() -> Figure:
    """Show a scan of ten points with mean and band, chosen by the width of the band and by band times mean."""
    data = scan()
    figure, axes = plt.subplots(1, 2, sharey=True)
    for ax, by_mean in zip(axes, (False, True), strict=True):
        points = _chosen(10, by_mean=by_mean)
        y, mean, sd = _believed(points)
        ax.fill_between(
            data["energy"], mean - 1.96 * sd, mean + 1.96 * sd, color=ACCENT, alpha=0.2, linewidth=0
        )
        ax.plot(data["energy"], np.sqrt(data["rate"]), ":", color=VIOLET)
        ax.plot(data["energy"], mean, color=ACCENT)
        ax.plot(data["energy"][points], y, "o", color=HOT, markersize=6, markeredgewidth=0)
        ax.plot(data["energy"][points[:3]], y[:3], "o", color=INK, markersize=6, markeredgewidth=0)
        off = np.sqrt(np.mean((mean**2 - data["rate"]) ** 2))
        page.say(ax, 0.98, 0.95, f"off by {off:.1f}/s", ACCENT, transform=ax.transAxes, ha="right", va="top")
        ax.set(
            title="largest band × mean" if by_mean else "largest band",
            xlabel="energy transfer (meV)",
            ylim=(0, 9),
        )
        ax.set(xticks=[2, 4, 6, 8], yticks=[0, 2, 4, 6, 8], xlim=(0.8, 8.2))
    axes[0].set(ylabel="√rate (1/√s)")
    return page.aired(figure)
