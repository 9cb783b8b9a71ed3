"""The figures of the deck that shows every layout."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lens_labs.plotting import ACCENT, HOT, INK, MUTE


def stack() -> Figure:
    """Show five slides in a row, one below the third of them, and the arrows that lead there and on."""
    figure, ax = plt.subplots()
    for x in range(5):
        ax.add_patch(Rectangle((x, 1), 0.72, 0.5, facecolor="none", edgecolor=ACCENT, linewidth=2.5))
    ax.add_patch(Rectangle((2, 0), 0.72, 0.5, facecolor=HOT, linewidth=0, alpha=0.85))
    look = {"arrowstyle": "->", "lw": 2.5}
    for x in range(4):
        ax.annotate("", (x + 0.99, 1.25), (x + 0.74, 1.25), arrowprops=look | {"color": MUTE})
    ax.annotate("", (2.36, 0.53), (2.36, 0.97), arrowprops=look | {"color": HOT})
    ax.text(1.9, 0.25, "asked for", color=HOT, ha="right", va="center", weight="bold")
    ax.text(0, 1.6, "told to everybody", color=INK, va="bottom", weight="bold")
    ax.set(xlim=(-0.05, 4.8), ylim=(-0.1, 1.9), aspect="equal")
    ax.axis("off")
    return figure
