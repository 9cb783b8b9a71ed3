"""Drawings made of boxes for the lectures: who does what, and how large the parts of a network are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import _drawing as page
from matplotlib.patches import FancyBboxPatch, Rectangle

from lens_labs.plotting import ACCENT, HOT, INK, MUTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def jobs(ax: Axes, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Draw four boxes below each other, each with name, colour, job, and when the job is done."""
    ax.set(xlim=(0, 10 if page.large() else 8), ylim=(-0.1, 4.1))
    ax.axis("off")
    for y, (name, colour, job, when) in zip((3.5, 2.5, 1.5, 0.5), rows, strict=True):
        look = {"facecolor": "none", "edgecolor": colour, "linewidth": 1.8}
        ax.add_patch(
            FancyBboxPatch((0.1, y - 0.3), 3.1, 0.6, boxstyle="round,pad=0,rounding_size=0.1", **look)
        )
        page.say(ax, 1.65, y, name, colour, ha="center", va="center", weight="bold")
        ax.annotate("", (4.15, y), (3.3, y), arrowprops={"arrowstyle": "->", "color": MUTE, "lw": 1.5})
        page.say(ax, 4.35, y + 0.03, job, INK, va="bottom")
        page.say(ax, 4.35, y - 0.05, when, MUTE, va="top")


def layers(ax: Axes, units: Sequence[int], names: Sequence[str]) -> None:
    """Draw layers as bars as long as they have units, and between two a square whose area is the number of weights.

    The largest matrix has a colour of its own.
    """
    bar, gap = 12.0, 18.0
    matrices = [before * after for before, after in pairwise(units)]
    y = 0.0
    for layer, (count, name) in enumerate(zip(units, names, strict=True)):
        ax.add_patch(Rectangle((-count / 2, y - bar), count, bar, facecolor=INK, linewidth=0))
        page.say(ax, -160, y - bar / 2, name, INK, ha="right", va="center")
        y -= bar + gap
        if layer < len(matrices):
            side = matrices[layer] ** 0.5
            colour = HOT if matrices[layer] == max(matrices) else ACCENT
            ax.add_patch(
                Rectangle((-side / 2, y - side), side, side, facecolor=colour, linewidth=0, alpha=0.8)
            )
            words = f"{count} × {units[layer + 1]}"
            page.say(ax, 160, y - side / 2, words, colour, va="center", weight="bold")
            y -= side + gap
    ax.set(xlim=(-430, 430), ylim=(y, 24), aspect="equal")
    ax.axis("off")
