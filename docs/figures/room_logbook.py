"""The figures of the page about the generated logbook."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from lens_labs.plotting import ACCENT, COLOURS, HOT, INK, MUTE
from lens_labs.scattering import logbook

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = {
    "SAMPLE": HOT, "TEMPERATURE": ACCENT, "FIELD": ACCENT, "PRESSURE": ACCENT, "WAVELENGTH": ACCENT, "RUN": COLOURS[2],
    "DATE": COLOURS[4], "TIME": COLOURS[4], "INSTRUMENT": COLOURS[3], "COMPONENT": COLOURS[3], "PERSON": COLOURS[2],
}  # fmt: skip


def entries() -> Figure:
    """Show four entries of the logbook, each with its event, its entities and what they mean."""
    figure, ax = plt.subplots()
    _draw(ax, [logbook.simulate(4, seed=seed)[number] for seed, number in ((1, 1), (1, 2), (4, 1), (0, 2))])
    return figure


def gallery() -> Figure:
    """Show two entries of the logbook with their entities."""
    figure, ax = plt.subplots(figsize=page.size(height=0.6))
    _draw(ax, [logbook.simulate(4, seed=seed)[number] for seed, number in ((1, 1), (4, 1))])
    return figure


def _draw(ax: Axes, shown: Sequence[logbook.Entry]) -> None:
    ax.set(xlim=(0, 6), ylim=(-len(shown), 0))
    ax.axis("off")
    for row, entry in enumerate(shown):
        page.say(ax, 0, -row - 0.12, entry.text, INK, va="center")
        page.say(ax, 6, -row - 0.12, entry.event, MUTE, va="center", ha="right", style="italic")
        for column, entity in enumerate(entry.entities):
            colour = _COLOURS[entity.label]
            words = entry.text[entity.start : entity.end]
            unit = logbook.UNITS.get(entity.label, "")
            value = f"{entity.value:g}" if isinstance(entity.value, float) else entity.value or ""
            meant = f"{value} {unit}".strip()
            page.say(ax, column, -row - 0.36, words, colour, va="center", weight="bold")
            page.say(ax, column, -row - 0.54, entity.label.lower(), MUTE, va="center")
            page.say(ax, column, -row - 0.72, meant, colour, va="center")


def unseen_words() -> Figure:
    """Show how many words of new entries a reader has not seen, against the number of entries read."""
    read = [set(_words(entry)) for entry in logbook.simulate(4_096, seed=1)]
    sizes = [2**k for k in range(4, 13)]
    figure, ax = plt.subplots()
    for split, name, colour in (("hard", "hard set", HOT), ("train", "new entries of the same kind", ACCENT)):
        new = [word for entry in logbook.simulate(1_000, seed=2, split=split) for word in _words(entry)]
        unseen = []
        for size in sizes:
            known = set().union(*read[:size])
            unseen.append(100 * np.mean([word not in known for word in new]))
        ax.plot(sizes, unseen, "o-", color=colour)
        page.say(ax, 300, unseen[4] + 3, name, colour, va="bottom")
    ax.set(xscale="log", ylim=(0, 100), xlabel="entries read", ylabel="words never seen (%)")
    page.plain(ax.xaxis, [16, 64, 256, 1024, 4096])
    return page.aired(figure)


def _words(entry: logbook.Entry) -> list[str]:
    """Return the words of an entry, without numbers."""
    return re.findall(r"[^\W\d_]+", entry.text.lower())
