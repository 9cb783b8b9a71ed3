"""Checks of lab 09-where-to-look: build layers that look at a part of an image, and ask whether they look at the right one."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from lens_labs.checks._between_pixels import judge_slopes, judge_values, read_smoothly
from lens_labs.checks._exercise import NotYet, exercise
from lens_labs.checks._gaussian_filters import filters, judge_filters
from lens_labs.dataset import Dataset
from lens_labs.scattering import detector

Array = npt.NDArray[np.float64]
Reader = Callable[[npt.NDArray[Any]], Array]

CENTRES = ("centre_x", "centre_y")
"""Where the beam centre is, in the order of the columns that the lab uses."""

FRESH = 987_654
"""The seed of the images on which a network is judged."""


def recorded() -> dict[str, dict[str, dict[str, list[float]]]]:
    """Return what the recorded runs reached: task, kind of network, quantity, one value a seed.

    The runs are those of ``benchmarks/where_to_look.py``, which executes the code of the lab.
    """
    return {
        name: {
            kind: {key: [run[key] for _, run in sorted(runs.items())] for key in next(iter(runs.values()))}
            for kind, runs in task["runs"].items()
            if runs
        }
        for name, task in _file().items()
        if any(task["runs"].values())
    }


def recorded_code() -> list[str]:
    """Return the hashes of the lab's code that made the recorded runs."""
    return [str(task["code"]) for task in _file().values() if any(task["runs"].values())]


def _file() -> dict[str, Any]:
    return dict(json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")))


@exercise(usage="gaussian_filters(8.0, 2.0, 1.0, 5, 20)", provided=lambda: filters)
def gaussian_filters(answer: Callable[[float, float, float, int, int], Array]) -> str:
    """Judge a row of Gaussians that read a line of pixels."""
    for setting in ((9.3, 2.4, 1.5, 5, 24), (4.0, 0.8, 0.6, 6, 15), (1.0, 3.0, 2.0, 4, 12)):
        judge_filters(np.asarray(answer(*setting), dtype=float), setting)
    return "Every Gaussian sits at its place, and its weights sum to one, also at the edge."


@exercise(
    usage="sample(np.eye(5), np.array([1.5, 4.0]), np.array([2.0, 2.0]))", provided=lambda: read_smoothly
)
def sample(answer: Callable[[Array, Array, Array], tuple[Array, Array, Array]]) -> str:
    """Judge a bilinear reading of an image between its pixels, and its slopes."""
    image = np.random.default_rng(5).normal(size=(9, 12))
    v, u = np.indices(image.shape).astype(float)
    judge_values(answer, image, u, v)
    judge_slopes(answer, image)
    return "Whole places return the image, shifted places the shifted image, and the slopes are those of differences."


@exercise(usage="train_finder(0)(halos.x[:5])", provided=lambda: lambda _seed: threshold_centroid)
def find_the_centre(train_finder: Callable[[int], Reader]) -> str:
    """Judge a network that reads the beam centre, on images that it has not seen."""
    find = train_finder(0)
    if not callable(find):
        raise NotYet(
            expected="train_finder(seed) returns a function from counts to places",
            got=f"an object of type {type(find).__name__}",
            cause="return a function that prepares counts, calls the network, and returns pixels",
        )
    fresh = _halos()
    true = fresh.columns(*CENTRES)
    got = np.asarray(find(fresh.x), dtype=float)
    if got.shape != true.shape:
        raise NotYet(
            expected=f"one x and one y for each image, shape {true.shape}",
            got=f"shape {got.shape}",
            cause="a softmax map has one weight for each place; its mean place has two numbers",
        )
    if not np.isfinite(got).all():
        raise NotYet(
            expected="finite places", got="values that are not", cause="a learning rate that is too high"
        )
    error, rival = float(np.abs(got - true).mean()), _centroid_error()
    if error < rival:
        return f"Off by {error:.2f} pixels on 1,000 images that you have not seen; the thresholded centroid: {rival:.2f}."
    raise NotYet(
        expected=f"an error below that of the thresholded centroid, {rival:.2f} pixels",
        got=f"{error:.2f} pixels",
        cause="this is the network itself, which met raw counts: return a function that prepares them and calls it"
        if hasattr(find, "predict")
        else _why_off(got, true, fresh.x.shape[1]),
    )


def _why_off(got: Array, true: Array, size: int) -> str:
    rival = _centroid_error()
    if got.min() >= 0 and 10 < got.max() < 11.5:
        return "these are places on a map of 12 by 12: give the softmax the pixels of its places, four apart"
    if np.ptp(got, axis=0).max() < 0.01:
        return "the answer is the same for all images: is the softmax taken over the places of one map?"
    for other, cause in (
        (got[:, ::-1], "x and y are swapped: x counts columns and y counts rows"),
        ((got + 1) * (size - 1) / 2, "these are places from -1 to 1: return pixels, (place + 1) * 47 / 2"),
        (got * 4, "these are places on a smaller map: its pixels are several pixels of the image apart"),
        (
            got * 4 + 1.5,
            "these are places on a smaller map: its pixels are several pixels of the image apart",
        ),
        (
            got * 2 + 0.5,
            "these are places on a smaller map: its pixels are several pixels of the image apart",
        ),
        (got + (size - 1) / 2, "these are distances from the middle of the image: add 23.5"),
        (got * (size - 1), "these are shares of the image: return pixels, times 47"),
        (got[:, ::-1] * 4 + 1.5, "these are places on a smaller map, and x and y are swapped"),
        (np.column_stack([got[:, 0], size - 1 - got[:, 1]]), "y counts downwards, as the rows do"),
        (got + 1.5, "the middle of a place of the map lies 1.5 pixels beyond its first pixel"),
    ):
        if np.abs(other - true).mean() < 1.5 * rival:
            return cause
    return (
        "the network has learnt too little: is its input the root of the counts, do the places come as Flatten counts them (row by row, "
        "x before y), does the rate fall, are there enough epochs?"
    )


@exercise(
    usage="paired_interval(np.array([.3, .2, .4]), np.array([.2, .2, .1]))",
    provided=lambda: _range_of_differences,
)
def paired_interval(answer: Callable[[Array, Array], tuple[float, float, float]]) -> str:
    """Judge the mean of paired differences and its 95 % interval."""
    rng = np.random.default_rng(9)
    for n in (5, 8):
        rival = rng.uniform(0.1, 0.4, n)
        ours = rival - 0.1 + rng.normal(0, 0.02, n)
        got = np.asarray(answer(rival.copy(), ours.copy()), dtype=float)
        if got.shape != (3,):
            raise NotYet(
                expected="three numbers: mean difference, low end, high end",
                got=f"shape {got.shape}",
                cause="return (mean, low, high)",
            )
        expected = _t_interval(ours - rival)
        if not np.allclose(got, expected, rtol=0, atol=1e-6):
            raise NotYet(
                expected=f"{np.round(expected, 4).tolist()} for {n} pairs",
                got=f"{np.round(got, 4).tolist()}",
                cause=_why_this_interval(got, rival, ours),
            )
    return "The seeds are paired, and Student's factor pays for having few of them."


def _t_interval(differences: Array, *, factor: float | None = None, error: float | None = None) -> Array:
    n, mean = len(differences), differences.mean()
    factor = float(stats.t.ppf(0.975, n - 1)) if factor is None else factor
    error = float(differences.std(ddof=1) / math.sqrt(n)) if error is None else error
    return np.array([mean, mean - factor * error, mean + factor * error])


def _why_this_interval(got: Array, rival: Array, ours: Array) -> str:
    d, n = ours - rival, len(ours)
    apart = math.sqrt((ours.var(ddof=1) + rival.var(ddof=1)) / n)
    for wrong, cause in (
        (
            _t_interval(-d),
            "the sign is turned: a negative difference shall say that the second is better, so ours - rival",
        ),
        (
            _t_interval(d, factor=1.96),
            "1.96 belongs to many runs; for few take Student's factor, stats.t.ppf(0.975, n - 1)",
        ),
        (
            _t_interval(d, factor=2.0),
            "2 belongs to many runs; for few take Student's factor, stats.t.ppf(0.975, n - 1)",
        ),
        (
            _t_interval(d, factor=float(stats.t.ppf(0.95, n - 1))),
            "0.95 leaves 5 % at each end; for 95 % between both ends take 0.975",
        ),
        (_t_interval(d)[[0, 2, 1]], "the low end comes before the high one"),
        (_t_interval(d)[[1, 0, 2]], "the mean comes first: return (mean, low, high)"),
        (
            _t_interval(d, factor=1.0),
            "this is one standard error on each side: multiply it by Student's factor",
        ),
        (
            _t_interval(d, error=float(d.std(ddof=1) / n)),
            "the error of a mean is smaller by the root of their number: divide by √n",
        ),
        (
            _t_interval(d, factor=1.96, error=float(d.std() / math.sqrt(n))),
            "few numbers need two things: ddof=1 for their spread, and Student's factor in place of 1.96",
        ),
        (
            np.array([d.mean(), d.min(), d.max()]),
            "this is where single differences lie; how well their mean is known is the question",
        ),
        (
            _t_interval(d, factor=float(stats.t.ppf(0.975, n))),
            "n differences have n - 1 degrees of freedom: one is spent on their mean",
        ),
        (
            np.array([d.mean(), *np.percentile(d, [2.5, 97.5])]),
            "this is where single differences lie; how well their mean is known is the question",
        ),
        (
            _t_interval(d, error=float(d.std(ddof=1))),
            "this is where single differences lie; the error of their mean is smaller by √n",
        ),
        (
            _t_interval(d, error=float(d.std() / math.sqrt(n))),
            "the spread of few numbers is estimated with ddof=1",
        ),
    ):
        if np.allclose(got, wrong, atol=2e-5):
            return cause
    welch = stats.ttest_ind(ours, rival, equal_var=False).df
    for factor in (1.96, *(float(stats.t.ppf(0.975, freedom)) for freedom in (n - 1, 2 * n - 2, welch))):
        if np.allclose(got, _t_interval(d, factor=factor, error=apart), atol=2e-5):
            return "the two methods were treated as unrelated: take the difference seed by seed first, then its spread"
    return "the differences seed by seed have a mean and a standard error; the ends are mean ± t · error"


def _range_of_differences(rival: Array, ours: Array) -> tuple[float, float, float]:
    """Return the mean of the differences and their whole range: no interval of 95 %, and enough to go on."""
    d = np.asarray(ours) - np.asarray(rival)
    return float(d.mean()), float(d.min()), float(d.max())


@exercise(usage="pointing(places, boxes)", provided=lambda: _pointing_in_thirds)
def pointing(answer: Callable[[Array, Array], tuple[float, float]]) -> str:
    """Judge the pointing game: the share of places inside their frame, and inside a frame of another image."""
    rng = np.random.default_rng(4)
    middle = rng.uniform(10, 37, (120, 2))
    half = np.column_stack([rng.uniform(4, 9, 120), rng.uniform(2, 5, 120)])
    box = np.column_stack([middle - half, middle + half])
    places = middle + rng.normal(0, 4, (120, 2))
    places[0], places[1] = box[0, :2], box[1, 2:]  # an edge belongs to its frame
    got = np.asarray(answer(places.copy(), box.copy()), dtype=float)
    if got.shape != (2,):
        raise NotYet(
            expected="two numbers: the share of hits, and chance",
            got=f"shape {got.shape}",
            cause="return (share, chance)",
        )
    inside = _inside(places, box)
    n, hits = len(inside), int(np.trace(inside))
    share, chance = hits / n, float((inside.sum() - hits) / (n * (n - 1)))
    if not _same(got[0], share):
        cause = _why_this_share(got, places, box, share)
        raise NotYet(expected=f"a share of {share:.4f}", got=f"{got[0]:.4f}", cause=cause)
    if not _same(got[1], chance):
        cause = _why_this_chance(float(got[1]), inside, box)
        raise NotYet(expected=f"a chance of {chance:.4f}", got=f"{got[1]:.4f}", cause=cause)
    return "The share of hits, and what the same places reach in other images: now the two can be compared."


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, abs_tol=1e-9)


def _why_this_share(got: Array, places: Array, box: Array, share: float) -> str:
    turned, exchanged = (
        float(np.diag(_inside(*other)).mean())
        for other in ((places[:, ::-1], box), (places, box[:, [0, 2, 1, 3]]))
    )
    for found, cause in (
        (
            _same(got[0], turned),
            "x and y are swapped: a box holds left, top, right, bottom, and a place x, y",
        ),
        (_same(got[0], 1 - share), "these are the misses"),
        (
            _same(got[0], float(_inside(places, box).mean())),
            "this is the mean over all pairs; an image with its own frame stands on the diagonal",
        ),
        (_same(got[1], share), "the two are exchanged: return (share, chance)"),
        (got[0] > 1, "a share runs from 0 to 1: divide the hits by the number of places"),
        (_same(got[0], exchanged), "a box holds left, top, right, bottom, not left, right, top, bottom"),
        (
            any(_same(got[0], share - edges / len(places)) for edges in (1, 2)),
            "a place on the edge of its frame is a hit: use <= on both sides",
        ),
    ):
        if found:
            return cause
    return "a hit lies between left and right, and between top and bottom, edges included"


def _why_this_chance(got: float, inside: npt.NDArray[np.bool_], box: Array) -> str:
    n, hits = len(inside), int(np.trace(inside))
    area = ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])).mean()
    one_other = [float(np.diag(np.roll(inside, by, axis=1)).mean()) for by in range(1, n)]
    for found, cause in (
        (
            _same(got, float(inside.mean())),
            "each image was held against its own frame too: leave the pairs of an image with itself out",
        ),
        (
            _same(got, float((inside.sum() - hits) / n**2)),
            "an image has n - 1 others: divide by n(n - 1), not by n²",
        ),
        (
            got > 1,
            "a share runs from 0 to 1: take the hits away from all pairs first, then divide by n(n - 1)",
        ),
        (_same(got, hits / n), "this is the share again: chance takes the frames of other images"),
        (
            any(_same(got, share) for share in one_other),
            "each place was held against one other frame: take the frames of all others",
        ),
        (
            any(math.isclose(got, area / size, rel_tol=1e-3) for size in (48**2, 47**2)),
            "this is the chance of a place anywhere in the image; frames gather round the middle, and so does a blind pointer: use other images' frames",
        ),
    ):
        if found:
            return cause
    return "hold each place against the frames of all other images, and take the mean"


def _inside(places: Array, box: Array) -> npt.NDArray[np.bool_]:
    """Say for each place (row) and each frame (column) whether the place is in the frame."""
    x, y = places.T[:, :, None]
    left, top, right, bottom = box.T[:, None, :]
    return np.asarray((left <= x) & (x <= right) & (top <= y) & (y <= bottom))


def _pointing_in_thirds(places: Array, box: Array) -> tuple[float, float]:
    """Return the share of hits, and that in the frames a third of all images further on: a rough chance."""
    hits = [np.diag(_inside(places, np.roll(box, by, axis=0))).mean() for by in (0, len(box) // 3)]
    return float(hits[0]), float(hits[1])


# What the judges use


def threshold_centroid(counts: npt.NDArray[Any]) -> Array:
    """Return the centre of mass of what is above three medians, without dead tubes and hot pixels: pixels, (n, 2)."""
    counts = np.asarray(counts, dtype=float)
    level = np.median(counts, axis=(1, 2), keepdims=True)
    around = np.median([np.roll(counts, by, axis=axis) for axis in (1, 2) for by in (-1, 1)], axis=0)
    clean = np.where(counts > 6 + 4 * around, around, counts)
    bright = np.maximum(clean - 3 * level - 1, 0) + 1e-9
    pixels = np.arange(counts.shape[1])
    total = bright.sum(axis=(1, 2))
    moments = np.stack([bright.sum(axis=1) @ pixels, bright.sum(axis=2) @ pixels], axis=1)
    return np.asarray(moments / total[:, None])


@functools.cache
def _halos(n: int = 1000) -> Dataset:
    return detector.simulate_centres(n, seed=FRESH)


@functools.cache
def _centroid_error() -> float:
    """Return the mean absolute error of the thresholded centroid, pixels."""
    fresh = _halos()
    return float(np.abs(threshold_centroid(fresh.x) - fresh.columns(*CENTRES)).mean())
