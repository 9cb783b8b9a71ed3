"""Images of an area detector: a beam centre to be found, and six motifs among clutter."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from lens_labs.plotting import HOT
from lens_labs.scattering import detector

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lens_labs.dataset import Dataset

_CLEAN = {"strays": (0, 0), "ring": (0, 0), "streak": (0, 0), "dead_tubes": (0, 0), "hot_pixels": (0, 0)}


def centres() -> Figure:
    """Show three beam-centre images as counted, each with a cross at its true centre."""
    data = detector.simulate_centres(24, seed=3)
    figure, axes = plt.subplots(1, 3, figsize=page.size(height=0.68))
    for ax, image, words in zip(axes, (1, 6, 13), ("round", "elongated", "tilted background"), strict=True):
        _picture(ax, data, image)
        ax.plot(
            data["centre_x"][image], data["centre_y"][image], "+", color=HOT, markersize=13, markeredgewidth=2
        )
        ax.set(title=words)
    axes[0].set(ylabel="y (pixels)")
    axes[1].set(xlabel="x (pixels)")
    return page.aired(figure)


def motifs() -> Figure:
    """Show the six motifs, above as they are expected without clutter and below as they are counted with it."""
    clean = detector.simulate_motifs(
        6, seed=12, prior=_CLEAN | {"offset": (0, 0), "scale": (7, 7), "unevenness": (1, 1)}
    )
    counted = detector.simulate_motifs(6, seed=12)
    figure, axes = plt.subplots(2, 6, figsize=page.size(height=0.78))
    for motif, (above, below) in enumerate(axes.T):
        lone, seen = (int(np.flatnonzero(data["motif"] == motif)[0]) for data in (clean, counted))
        above.imshow(np.sqrt(clean.truth["expected"][lone][10:38, 10:38]), **_LOOK)
        name = counted.meta["classes"][motif]
        above.set_title(name.replace(" ", "\n"), fontsize=0.95 * plt.rcParams["font.size"], va="bottom")
        _picture(below, counted, seen)
        left, top, right, bottom = counted.truth["box"][seen]
        below.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=HOT))
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
    axes[0, 0].set(ylabel="alone")
    axes[1, 0].set(ylabel="counted")
    return page.aired(figure)


def gallery() -> Figure:
    """Show a simulated halo with an unknown centre, and two simulated motifs among clutter."""
    halo, spots = detector.simulate_centres(24, seed=3), detector.simulate_motifs(24, seed=3)
    figure, axes = plt.subplots(1, 3, figsize=page.size(height=0.68))
    titles = ("halo", *(spots.meta["classes"][int(spots["motif"][i])] for i in (0, 1)))
    for ax, (data, image), title in zip(axes, ((halo, 6), (spots, 0), (spots, 1)), titles, strict=True):
        _picture(ax, data, image)
        ax.set(title=title)
    axes[0].set(ylabel="y (pixels)")
    axes[1].set(xlabel="x (pixels)")
    return page.aired(figure)


_LOOK: dict[str, Any] = {
    "interpolation": "none"
}  # keeps each pixel as it is, so the file of the figure stays small


def _picture(ax: Axes, data: Dataset, image: int) -> None:
    """Draw one image from its upper left corner, with colours for the square root of the counts."""
    counts = data.x[image]
    ax.imshow(np.sqrt(counts), vmax=np.sqrt(np.quantile(counts, 0.998)), **_LOOK)
    ax.set(xticks=[0, 20, 40], yticks=[0, 20, 40])
