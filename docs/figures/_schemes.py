"""Drawings made of bars and squares for the lectures: who does what, and how large the parts of a network are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import _drawing as page
from matplotlib.patches import Rectangle

from lens_labs.plotting import ACCENT, HOT, INK, MUTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def jobs(ax: Axes, rows: Sequence[tuple[str, int, str, str, str]]) -> None:
    """Draw sets below each other, each with name, number of films, colour, job, and when the job is done.

    A bar is as long as its set is large; of the smallest a line is left.
    """
    longest, room = max(count for _, count, *_ in rows), 5.0
    ax.set(xlim=(0, 10.4 if page.large() else 8.6), ylim=(0, len(rows)))
    ax.axis("off")
    for y, (name, count, colour, job, when) in zip(reversed(range(len(rows))), rows, strict=True):
        ax.add_patch(
            Rectangle((0, y + 0.1), max(room * count / longest, 0.02), 0.34, facecolor=colour, linewidth=0)
        )
        page.say(ax, 0, y + 0.54, name, colour, weight="bold")
        ax.annotate(
            f"{count:,}", (0, y + 0.54), (6.2, 0), color=MUTE,
            textcoords=("offset fontsize", "offset points"),
        )  # fmt: skip
        page.say(ax, room + 0.35, y + 0.48, job, INK)
        page.say(ax, room + 0.35, y + 0.36, when, MUTE, va="top")


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
