"""What an area detector adds to a pattern: pixels, a beam stop, dead tubes, hot pixels, and the chance of counting.

Pixel centres lie at whole numbers, x grows to the right and y downwards, and (0, 0) is the upper left pixel. Arrays have the
shape (n, size, size): sample, row, column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.scattering._priors import Prior, drawn

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def towards(centre: Floats, size: int) -> tuple[Floats, Floats]:
    """Return how far each pixel lies to the right of the centres, (n, 1, size), and below them, (n, size, 1)."""
    pixels = np.arange(size)
    return pixels - centre[:, 0, None, None], pixels[:, None] - centre[:, 1, None, None]


def from_polar(radius: Floats, angle: Floats) -> Floats:
    """Return places (..., 2), x and y, from a distance and an angle in degrees, which turns from x towards y."""
    turn = np.radians(angle)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=-1)


def in_pixels(places: Floats, counts: Floats, width: Floats, size: int) -> Floats:
    """Return the counts of Gaussian spots, integrated over each pixel, (n, size, size).

    Parameters
    ----------
    places : array of shape (n, k, 2)
        The x and y of k spots.
    counts : array of shape (n, k)
        Counts of each.
    width : array of shape (n,)
        Standard deviation, pixels.
    size : int
        Pixels along each side.
    """
    edges = np.arange(size + 1) - 0.5
    inside = np.diff(
        special.ndtr((edges - places[..., None]) / width[:, None, None, None])
    )  # (n, k, 2, size)
    return np.asarray((inside[:, :, 1] * counts[..., None]).swapaxes(1, 2) @ inside[:, :, 0])


def some(rng: np.random.Generator, size: int, bounds: tuple[float, float]) -> Bools:
    """Return which of the most possible things there are, (size, most), if each number of them has the same chance."""
    number = np.floor(rng.uniform(bounds[0], bounds[1] + 1, size))
    return np.arange(int(bounds[1])) < number[:, None]


def faults(rng: np.random.Generator, n: int, size: int, drawn_from: Prior) -> list[npt.NDArray[Any]]:
    """Draw faults of n detectors: dead columns, hot pixels by their number, both -1 for none, and extra counts."""
    tubes, hot = (some(rng, n, drawn_from[name]) for name in ("dead_tubes", "hot_pixels"))
    columns = np.where(tubes, rng.integers(size, size=tubes.shape), -1)
    pixels = np.where(hot, rng.integers(size**2, size=hot.shape), -1)
    extra = drawn(rng, hot.size, drawn_from["hot_counts"], by_ratio=True).reshape(hot.shape)
    return [columns, pixels, np.rint(extra).astype(np.int64)]


def recorded(
    rngs: list[np.random.Generator],
    expected: Floats,
    columns: npt.NDArray[np.int64],
    pixels: npt.NDArray[np.int64],
    extra: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int32], Bools]:
    """Count neutrons with a detector that has faults; returns the counts, and which pixels work."""
    n, size = expected.shape[:2]
    each = np.arange(n)[:, None]
    counts = np.zeros((n, size**2 + 1), np.int32)  # the last pixel and the last column take what there is not
    counts[:, :-1] = [rng.poisson(one.ravel()) for rng, one in zip(rngs, expected, strict=True)]
    alive, calm = np.ones((n, size + 1), bool), np.ones((n, size**2 + 1), bool)
    alive[each, columns] = False
    calm[each, pixels] = False
    np.add.at(counts, (each, pixels), extra)
    lit = alive[:, None, :-1]
    return counts[:, :-1].reshape(expected.shape) * lit, calm[:, :-1].reshape(expected.shape) & lit
