"""Radiographs of a rooted can from the side, with the spots that gamma rays leave on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, within
from lens_labs.scattering.tomography._attenuation import CONTRASTS, Contrast, transmission
from lens_labs.scattering.tomography._soil import AIR, FIELD, INSIDE, OUTSIDE, waves

Arrays = Sequence[npt.NDArray[Any]]
Floats = npt.NDArray[np.float64]

RADIOGRAPH_PRIOR: Prior = {"moisture": (0.05, 0.25), "dose": (500, 3000), "spots": (5, 30)}
"""Ranges from which `simulate_radiographs` draws.

Part of the volume that water fills, counts in a pixel of the open beam, and how many gamma spots are expected. `dose` is
drawn with the same chance for equal ratios, the others for equal differences.
"""

_LIMITS: Prior = {"moisture": (0.0, 0.4), "dose": (1.0, 1e8), "spots": (0.0, 40.0)}
_MOST = 64
"""Places for spots in the arrays of truth. That 40 are expected and more than 64 come happens once in 5,000 times."""
_FAINTEST, _BRIGHTEST = 0.03, 3.0
_GRAINS, _BLUR, _SCATTER = 0.58, 0.6, 0.03


def simulate_radiographs(
    n: int,
    *,
    seed: int,
    contrast: str = "neutron",
    size: int = 96,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Take radiographs of `n` cans of soil with a growing root, and tell where gamma rays have left spots.

    The can is seen from the side, with its axis upright; its soil is wetter below than above. Counts are Poisson. A gamma
    ray adds a small bright spot, between 0.03 and 3 times what a pixel of the open beam counts, with the same chance for
    equal ratios; the faintest drown in the noise of the beam.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    contrast : {"neutron", "x-ray"}
        The beam.
    size : int
        Number of detector pixels in a row and in a column, at least 32; together they are as wide as `FIELD`.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `RADIOGRAPH_PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, size, size); ``y``: what was drawn, and in the column ``found`` how many spots there are;
        ``truth``: ``places``, row and column of each spot in pixels, shape (n, 64, 2), and ``strengths``, the counts that it
        adds, shape (n, 64). Places that are not needed are NaN.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_radiographs(3, seed=1)
    >>> data.x.shape, data.truth["places"].shape
    ((3, 96, 96), (3, 64, 2))
    >>> (data["found"] == np.isfinite(data.truth["strengths"]).sum(axis=1)).all()
    np.True_
    """
    if contrast not in tuple(CONTRASTS):
        raise ValueError(f"contrast must be one of {', '.join(CONTRASTS)}; got {contrast!r}")
    whole(size, "size", at_least=32)
    bounds = within(RADIOGRAPH_PRIOR, prior, _LIMITS)

    def draw(rng: np.random.Generator, samples: int) -> Arrays:
        return [drawn(rng, samples, bounds[name], by_ratio=name == "dose") for name in bounds]

    def record(rngs: Sequence[np.random.Generator], *values: Floats) -> Arrays:
        taken = [
            _radiograph(rng, size, CONTRASTS[contrast], **dict(zip(bounds, each, strict=True)))
            for rng, *each in zip(rngs, *values, strict=True)
        ]
        counts, places, strengths = map(np.stack, zip(*taken, strict=True))
        return [counts, places, strengths, np.column_stack([*values, np.isfinite(strengths).sum(axis=1)])]

    x, places, strengths, y = simulated(n, seed, draw, blocks, record=record)
    names = (*bounds, "found")
    units = dict.fromkeys((*names, "x", "strengths"), "1") | {"places": "pixel", "position": "cm"}
    coords = {"position": (np.arange(size) - (size - 1) / 2) * FIELD / size}
    meta = {
        "simulator": "tomography.simulate_radiographs",
        "seed": seed,
        "contrast": contrast,
        "prior": bounds,
    }
    return Dataset(x, y, names, units, coords, meta=meta, truth={"places": places, "strengths": strengths})


def _radiograph(
    rng: np.random.Generator, size: int, beam: Contrast, *, moisture: float, dose: float, spots: float
) -> Arrays:
    lengths = _lengths(rng, size, moisture)
    through = transmission(lengths, beam.coefficients[AIR + 1 :], beam.spectrum)
    image = gaussian_filter(through, _BLUR, mode="nearest")
    counts = rng.poisson(dose * ((1 - _SCATTER) * image + _SCATTER * image.mean()))
    places, strengths = np.full((_MOST, 2), np.nan), np.full(_MOST, np.nan)
    found = min(rng.poisson(spots), _MOST)
    places[:found] = rng.uniform(0, size - 1, (found, 2))
    strengths[:found] = drawn(rng, found, (_FAINTEST * dose, _BRIGHTEST * dose), by_ratio=True)
    widths = rng.uniform(0.35, 0.8, found)[:, None]
    down, across = (
        np.exp(-0.5 * ((np.arange(size) - place[:, None]) / widths) ** 2) for place in places[:found].T
    )
    height = strengths[:found] / (
        down.sum(axis=1) * across.sum(axis=1)
    )  # so that the counts of a spot are its strength
    return [counts + rng.poisson(np.einsum("k,kr,kc->rc", height, down, across)), places, strengths]


def _lengths(rng: np.random.Generator, size: int, moisture: float) -> Floats:
    """Return how far the beam runs through grains, water, root and can, cm, shape (4, size, size)."""
    scale = size / FIELD
    x = np.asarray((np.arange(size) - (size - 1) / 2) / scale, dtype=np.float64)
    depth: Floats = np.linspace(0, 1, size)[:, None]
    soil = 2 * np.sqrt(np.maximum(INSIDE**2 - x**2, 0))
    can = 2 * np.sqrt(np.maximum(OUTSIDE**2 - x**2, 0)) - soil
    root = np.minimum(_root(rng, x, depth), soil)
    level = rng.uniform(0.3, 0.8)
    drained = 0.4 + 1.2 / (1 + np.exp((level - depth) / 0.12))  # by gravity, above all the upper part
    wet = moisture * drained / drained.mean()
    grains = _GRAINS * (1 + 0.05 * waves(rng, size, 0.06 * scale))
    water = np.clip(wet * (1 + 0.25 * waves(rng, size, 0.15 * scale)), 0, 1 - grains)  # pores hold no more
    held = soil - root
    return np.stack([grains * held, water * held, root, np.broadcast_to(can, held.shape)])


def _root(rng: np.random.Generator, x: Floats, depth: Floats) -> Floats:
    """Return the thickness of a main root that grows down, and of three side roots, cm."""
    down = depth * FIELD
    steps = np.cumsum(rng.normal(0, 1, len(x)))
    bend = gaussian_filter(steps, len(x) / 12) * 0.012
    path = rng.uniform(-0.15, 0.15) + (bend - bend[0])[:, None]
    length = rng.uniform(0.6, 0.95)
    radius = rng.uniform(0.035, 0.06) * np.sqrt(np.clip(1 - depth / length, 0, 1))
    root: Floats = 2 * np.sqrt(np.maximum(radius**2 - (x - path) ** 2, 0))
    for start, side in zip(rng.uniform(0.15, 0.7, 3) * length, rng.choice([-1.0, 1.0], 3), strict=True):
        origin = path[int(start * (len(x) - 1)), 0]
        reach, far = rng.uniform(0.15, 0.4), side * (x - origin)
        line = start * FIELD + rng.uniform(0.2, 0.8) * far + rng.uniform(0.2, 1.0) * far**2
        thin = 0.018 * np.sqrt(np.clip(1 - far / reach, 0, 1)) * (far >= 0)
        root = np.maximum(root, 2 * np.sqrt(np.maximum(thin**2 - (down - line) ** 2, 0)))
    return root
