"""How the labs of lecture 9 judged error bars and networks that look: what they recorded, in rows that can be drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import _drawing as page
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from scipy import stats

from lens_labs.data import load

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
METHODS = {
    "MC dropout": "mc_dropout",
    "Bayesian layers": "bayesian_layers",
    "Gaussian head": "gaussian_head",
    "β-NLL": "beta_nll",
    "ensemble": "ensemble",
}
"""Five methods that give error bars, and what their records are called."""
TARGETS = {"thickness": "film_thickness", "sld": "film_sld", "oxide": "oxide_thickness"}
"""What the networks read off a curve: the word in records, and in reference fits."""


def rows(axes: Sequence[Axes], names: Mapping[str, str], places: Sequence[float] | None = None) -> None:
    """Name rows from the top to the bottom, each in its colour, at the left of axes that share them."""
    at = list(places or range(len(names)))
    axes[0].set(yticks=at, yticklabels=list(names), ylim=(at[-1] + 0.6, at[0] - 0.6))
    for label, colour in zip(axes[0].get_yticklabels(), names.values(), strict=True):
        label.set_color(colour)
    for ax in axes:
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    _leave_room(axes[0].figure, max(map(len, names)))


def _leave_room(figure: Any, letters: int) -> None:
    """Leave room at the left for names of so many letters, which a phone enlarges by half; a slide needs none."""
    letter = plt.rcParams["font.size"]
    if letter < 12:
        share = 0.25 * letter * letters / 72 / figure.get_figwidth()
        figure.get_layout_engine().set(rect=(share, 0, 1 - share, 1), wspace=share)


def dots(ax: Axes, values: npt.ArrayLike, row: float, colour: str, **look: Any) -> None:
    """Draw one dot a seed in a row."""
    found = np.atleast_1d(values)
    size = 0.6 * plt.rcParams["font.size"]
    ax.plot(
        found, np.full(found.shape, row), "o", color=colour, **{"markersize": size, "alpha": 0.65, **look}
    )


def seeds(ax: Axes, values: Array, row: float, colour: str) -> None:
    """Draw one dot a seed in a row, and a bar at their mean."""
    letter = plt.rcParams["font.size"]
    dots(ax, values, row, colour, alpha=0.5)
    ax.plot(values.mean(), row, "|", color=colour, markersize=1.7 * letter, markeredgewidth=0.25 * letter)


def held(method: str, target: str, level: int) -> Array:
    """Return which share of the intervals of a method held, per cent, one value a seed."""
    return 100 * np.array(page.recorded(f"L9.bars_{METHODS[method]}_{target}_coverage_{level}"))


def counting_error(level: int, *, films: int = 2_000) -> float:
    """Return the standard error of a share that is counted on test films, if the promise (per cent) holds."""
    return float(np.sqrt(level * (100 - level) / films))


def crps(target: str) -> dict[str, Array]:
    """Return the CRPS of ridge regression and five methods, over that of the mean of all films, one value a seed."""
    (mean,) = page.recorded(f"L9.bars_mean_{target}_crps")
    names = {"ridge": "ridge", **METHODS}
    return {
        words: np.array(page.recorded(f"L9.bars_{name}_{target}_crps")) / mean
        for words, name in names.items()
    }


def mended(method: str) -> tuple[Array, Array]:
    """Return the held share of 90 % intervals of thickness before and after they were mended, per cent, one value a seed."""
    name = f"L9.bars_{METHODS[method]}_thickness"
    before, after = (100 * np.array(page.recorded(f"{name}_{when}")) for when in ("before", "conformal"))
    return before, after


OTHERS = {
    "few neutrons": "few_neutrons",
    "lower resolution": "coarser_resolution",
    "rougher surface": "rougher_surface",
    "light water": "light_water",
    "thicker oxide": "thicker_oxide",
}
"""A part of the test films, and four other families: what their records are called."""


def elsewhere(films: str) -> Array:
    """Return the held share of mended 90 % intervals of the ensemble on other films, per cent, one value a seed."""
    return 100 * np.array(page.recorded(f"L9.bars_held_{OTHERS[films]}_by_seed"))


class Reading(NamedTuple):
    """What a measured curve says of a target, less the value of the reference fit."""

    fit: float  # the standard deviation of the reference
    posterior: tuple[float, float]  # mean and standard deviation
    ensemble: Array  # mean and standard deviation, one row a seed, (3, 2)


def exam(film: str, target: str) -> Reading:
    """Return how the posterior and three ensembles read a measured film, seen from the reference fit."""
    reference = load(film).reference
    assert reference is not None  # noqa: S101 - both films have one
    best, name = reference.parameters[TARGETS[target]], f"L9.bars_{film.lower()}_{target}"
    mean, sd = (np.array(page.recorded(f"{name}_{each}")) for each in ("mean", "sd"))
    (centre,), (width,) = (page.recorded(f"{name}_posterior_{each}") for each in ("mean", "sd"))
    return Reading(best.error, (centre - best.value, width), np.stack([mean - best.value, sd], axis=-1))


def nine_scores() -> Array:
    """Return the scores of nine calibration films, in order: sizes of errors that are normal."""
    return np.sort(np.abs(np.random.default_rng(400).normal(size=9)))


def rank(n: int, level: float = 0.9) -> int:
    """Return which of n scores, counted from the smallest, is the quantile of conformal prediction."""
    return math.ceil((n + 1) * level - 1e-9)


def share_held(n: int, level: float = 0.9) -> Any:
    """Return how the share of new films that hold is distributed over calibration sets of n films: a beta distribution."""
    return stats.beta(rank(n, level), n + 1 - rank(n, level))


KINDS = {
    "plain CNN": "plain",
    "global maximum": "max",
    "shift and zoom": "zoom",
    "affine transformer": "affine",
    "Gaussian attention": "gaussian",
}
"""Networks of one size that name motifs, and what their records are called."""


def named_wrongly(kind: str, *, digits: str | None = None) -> Array:
    """Return the share of motifs, or of digits that are distorted somehow, that a kind of network names wrongly."""
    what = f"digits_{digits}" if digits else "error"
    return np.array(page.recorded(f"L9.where_{what}_{KINDS[kind]}"))
