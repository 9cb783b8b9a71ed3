"""The picture of reflectivity curves in the gallery."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from lens_labs.data import load
from lens_labs.plotting import ACCENT, HOT, MUTE
from lens_labs.scattering import reflectivity

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THICK = {"film_thickness": (240, 270), "log10_dose": (5, 5), "log10_background": (-5.5, -5.5)}
THIN = THICK | {"film_thickness": (200, 220)}


def gallery() -> Figure:
    """Show two measured films, and simulated films of about their thickness."""
    figure, (real, ours) = plt.subplots(1, 2, sharey=True)
    for name, colour in (("e361r", ACCENT), ("PLP0011859", HOT)):
        curve = load(name)
        real.errorbar(
            curve["q"], curve["r"], curve["dr"], fmt="o", markersize=2, elinewidth=0.8, color=colour
        )
    for prior, colour in ((THIN, ACCENT), (THICK, HOT), (THICK | {"log10_dose": (3.5, 3.5)}, MUTE)):
        film = reflectivity.simulate(1, seed=4, prior=prior)
        ours.errorbar(
            film.coords["q"], film.x[0], film.errors[0], fmt="o", markersize=2, elinewidth=0.8, color=colour
        )
    for ax, title in ((real, "measured"), (ours, "simulated")):
        page.reflectivity_axes(ax, low=2e-7, every=2)
        ax.set(xlim=(0, 0.2), xticks=[0, 0.1, 0.2], title=title)
    ours.set_ylabel("")
    return page.aired(figure)
