"""The figures of lecture 9. Each function draws one, in the size and the letters of whoever calls it.

What they show is computed in `_uncertainty` and `_attention`; numbers of the labs come from ``docs/results.json``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lens_labs.plotting import ACCENT, HOT

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page
import _uncertainty as uncertainty


def laplace() -> Figure:
    """Show the skewed posterior of a rate after four counts in ten seconds, and Laplace's normal at its peak."""
    found = uncertainty.one_rate()
    figure, ax = plt.subplots()
    inside = (found.rate >= found.inside[0]) & (found.rate <= found.inside[1])
    step = slice(None, None, 16)
    ax.fill_between(
        found.rate[inside][step], found.density[inside][step], color=ACCENT, alpha=0.25, linewidth=0
    )
    ax.plot(found.rate[step], found.density[step], color=ACCENT)
    ax.plot(found.rate[step], found.laplace[step], color=HOT, linestyle=(0, (4, 2)))
    page.say(ax, 0.74, 1.0, "posterior", ACCENT)
    ax.set(xlabel="rate (counts a second)", xlim=(0, 1.5), ylim=(0, None), yticks=[])
    ax.set(ylabel="density")
    return page.aired(figure)
