"""Tomography of soil in a can with neutrons or X-rays: from the slice to counts, and back to the slice.

Conventions, all from the middle of the image and of the detector:

* An image has rows that run down, along y, and columns that run to the right, along x. Its pixels are squares.
* A beam of angle ψ (rad) meets the detector at ``ξ = x cos ψ + y sin ψ``; at ψ = 0 it runs along the columns of the image. The
  detector has as many pixels as the image has columns, of the same width, so it sees what lies in the largest circle.
* A sinogram has one row a view and one column a detector pixel. Lengths are in cm, attenuation coefficients in 1/cm.
* ``centre`` says where on the detector the axis of rotation is seen, in pixels from the middle.

The forward models take batches: all leading axes of an image or a sinogram are kept. With the same seed and prior
`simulate_soil`, `simulate_scans` and `simulate` show the same samples: what they are, what is counted, and what is
reconstructed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, within
from lens_labs.scattering.tomography._attenuation import CONTRASTS, Contrast, line_integrals, transmission
from lens_labs.scattering.tomography._projection import (
    FILTERS,
    back_project,
    filtered_back_projection,
    project,
)
from lens_labs.scattering.tomography._radiographs import RADIOGRAPH_PRIOR, simulate_radiographs
from lens_labs.scattering.tomography._soil import AIR, CLASSES, FIELD, GRAIN, ROOT, WATER, fractions, soil

__all__ = [
    "CLASSES",
    "CONTRASTS",
    "FIELD",
    "FILTERS",
    "PRIOR",
    "RADIOGRAPH_PRIOR",
    "Contrast",
    "back_project",
    "filtered_back_projection",
    "line_integrals",
    "project",
    "simulate",
    "simulate_radiographs",
    "simulate_scans",
    "simulate_soil",
    "transmission",
]

Arrays = Sequence[npt.NDArray[Any]]
Floats = npt.NDArray[np.float64]

PRIOR: Prior = {
    "grain_radius": (0.028, 0.05),
    "meniscus": (0.008, 0.03),
    "root_radius": (0.04, 0.08),
    "dose": (1000, 5000),
    "dark": (20, 60),
    "drift": (0.003, 0.012),
    "gammas": (2e-4, 1e-3),
    "centre": (-0.5, 0.5),
    "blur": (0.3, 0.7),
    "scatter": (0.01, 0.05),
}
"""Ranges from which the simulators draw.

Of the soil, in cm: radius of the middle grains, radius of the menisci (small ones hold little water), radius of the main
root. Of the scan: counts in a pixel of the open beam, and without any beam; how far the gain of a pixel drifts between flat
field and scan, relative; chance of a gamma spot in a pixel of a view; where the axis of rotation is seen, and the blur of
the detector (standard deviation), both in pixels; share of the counts that is scattered and carries no image. `dose` is
drawn with the same chance for equal ratios, all others for equal differences.
"""

_OF_SOIL = ("grain_radius", "meniscus", "root_radius")
_LIMITS: Prior = {
    "grain_radius": (0.01, 0.2),
    "meniscus": (0.0, 0.5),
    "root_radius": (0.01, 0.2),
    "dose": (100.0, 1e8),  # below, the noise of a flat field could reach down to the dark current
    "dark": (0.0, 1000.0),
    "drift": (0.0, 0.1),
    "gammas": (0.0, 0.1),
    "centre": (-3.0, 3.0),
    "blur": (0.25, 3.0),
    "scatter": (0.0, 0.9),
}
_AREAS = {"grain_area": GRAIN, "water_area": WATER, "root_area": ROOT}
_UNITS = {
    **dict.fromkeys(_OF_SOIL, "cm"),
    **dict.fromkeys(_AREAS, "cm²"),
    **dict.fromkeys(("centre", "blur"), "pixel"),
    **dict.fromkeys(("labels", "flat", "dark_current"), "1"),
    "position": "cm",
    "angle": "rad",
}
_SMALLEST = 32
_FRAMES = 20
"""Flat field and dark current are the means of so many frames."""
_TOGETHER = 8
"""So many samples are projected at once: the matrix of the geometry is read from memory once for all of them."""


def simulate(
    n: int,
    *,
    seed: int,
    contrast: str = "neutron",
    size: int = 128,
    views: int = 120,
    filter: str = "cosine",
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Reconstruct slices of `n` random cans of soil, each from a simulated scan.

    The scans are those of `simulate_scans`, reduced as a beamline does it: `line_integrals`, then
    `filtered_back_projection`, which takes the axis of rotation to be in the middle. So the slices have noise, rings,
    streaks of gamma spots, edges that are a little double where the axis was elsewhere, and grey values that depend on the
    neighbourhood, because the beam hardens.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    contrast : {"neutron", "x-ray"}
        The beam: neutrons see water and roots, X-rays see grains and the can.
    size : int
        Number of detector pixels across the field of view, `FIELD`, and of rows and columns of a slice, at least 32.
    views : int
        Number of directions, at equal steps over half a turn.
    filter : str
        Filter of the reconstruction, one of `FILTERS`.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: attenuation coefficients, 1/cm, shape (n, size, size); ``y``: what was drawn, and the areas of grains, water and
        root in the slice, cm²; ``truth["labels"]``: the class of each pixel, shape (n, size, size), the names in
        ``meta["classes"]``.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(2, seed=1, size=64, views=60)
    >>> data.x.shape, data.truth["labels"].shape, data.meta["classes"]
    ((2, 64, 64), (2, 64, 64), ('air', 'grain', 'water', 'root', 'can'))

    Neutrons see water:

    >>> labels = data.truth["labels"]
    >>> data.x[labels == 2].mean() > 2 * data.x[labels == 1].mean()
    np.True_
    """
    if filter not in FILTERS:
        raise ValueError(f"filter must be one of {', '.join(FILTERS)}; got {filter!r}")
    scan = _scanner(contrast, size, views)
    angles = _angles(views)

    def record(rngs: Sequence[np.random.Generator], *values: Floats) -> Arrays:
        counts, flat, dark, *rest = scan(rngs, *values)
        sinograms = line_integrals(counts, flat, dark)
        return [filtered_back_projection(sinograms, angles, filter=filter, pixel=FIELD / size), *rest]

    x, labels, y = _simulated(n, seed, prior, blocks, record)
    meta = {
        "simulator": "tomography.simulate",
        "seed": seed,
        "contrast": contrast,
        "filter": filter,
        "views": views,
    }
    truth, coords = {"labels": labels}, {"position": _positions(size)}
    return _dataset(x, y, "1/cm", prior=prior, truth=truth, coords=coords, meta=meta)


def simulate_scans(
    n: int,
    *,
    seed: int,
    contrast: str = "neutron",
    size: int = 128,
    views: int = 120,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Scan `n` random cans of soil, and return what the detector counts.

    A beam of several colours passes through the can. The detector blurs what arrives, sees the axis of rotation beside its
    middle, and adds a share of scattered beam; each of its pixels has a gain of its own, which drifts between flat field and
    scan. Counts are Poisson. Here and there a gamma ray adds a bright spot.

    Parameters
    ----------
    n, seed, contrast, size, views, prior, blocks
        As in `simulate`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, views, size), with the coordinates ``angle``, rad, and ``position`` on the detector, cm;
        ``y``: what was drawn, and the areas of grains, water and root, cm²; ``truth``: ``labels`` as in `simulate`, and what
        belongs to each scan, ``flat`` and ``dark_current``, shape (n, size), each the mean of 20 frames.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> scans = simulate_scans(2, seed=1, size=64, views=60)
    >>> p = line_integrals(scans.x, scans.truth["flat"], scans.truth["dark_current"])
    >>> p.shape
    (2, 60, 64)
    """
    x, flat, dark, labels, y = _simulated(n, seed, prior, blocks, _scanner(contrast, size, views))
    truth = {"labels": labels, "flat": flat, "dark_current": dark}
    coords = {"angle": _angles(views), "position": _positions(size)}
    meta = {"simulator": "tomography.simulate_scans", "seed": seed, "contrast": contrast}
    return _dataset(x, y, "1", prior=prior, truth=truth, coords=coords, meta=meta)


def simulate_soil(
    n: int, *, seed: int, size: int = 128, prior: Prior | None = None, blocks: Iterable[int] | None = None
) -> Dataset:
    """Fill `n` cans with soil, and return what each pixel of a slice holds.

    A main root, cut across, has one to three side roots in the plane of the slice; all are connected. Grains of four sieve
    fractions are packed around it, large ones first. Water wets everything, so it fills all pores but those which a disc with
    the radius of its menisci can reach, as in slow drainage [1]_.

    Parameters
    ----------
    n, seed, size, prior, blocks
        As in `simulate`; of `prior` only what belongs to the soil matters.

    Returns
    -------
    Dataset
        ``x``: the part of each pixel that each class fills, shape (n, 5, size, size), with the sum 1; ``y`` and
        ``truth["labels"]`` as in `simulate`. A label is the class that fills the largest part.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    References
    ----------
    .. [1] M. Hilpert, C. T. Miller, Advances in Water Resources 24, 243 (2001)

    Examples
    --------
    >>> cans = simulate_soil(3, seed=1, size=64)
    >>> cans.x.shape, cans["root_area"].shape
    ((3, 5, 64, 64), (3,))
    """
    whole(size, "size", at_least=_SMALLEST)

    def record(rngs: Sequence[np.random.Generator], *values: Floats) -> Arrays:
        parts = np.stack([_can(rng, size, *each) for rng, *each in zip(rngs, *values, strict=True)])
        return [parts, *_described(parts, values)]

    x, labels, y = _simulated(n, seed, prior, blocks, record)
    meta = {"simulator": "tomography.simulate_soil", "seed": seed}
    truth, coords = {"labels": labels}, {"position": _positions(size)}
    return _dataset(x, y, "1", prior=prior, truth=truth, coords=coords, meta=meta)


def _simulated(
    n: int, seed: int, prior: Prior | None, blocks: Iterable[int] | None, record: Callable[..., Arrays]
) -> list[npt.NDArray[Any]]:
    """Draw the parameters of all samples, and record a few of them at a time."""
    bounds = within(PRIOR, prior, _LIMITS)

    def draw(rng: np.random.Generator, size: int) -> Arrays:
        return [drawn(rng, size, bounds[name], by_ratio=name == "dose") for name in PRIOR]

    def in_parts(rngs: Sequence[np.random.Generator], *values: Floats) -> Arrays:
        starts = range(0, len(rngs), _TOGETHER)
        few = [slice(start, start + _TOGETHER) for start in starts]
        parts = [record(rngs[each], *(value[each] for value in values)) for each in few]
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]

    return simulated(n, seed, draw, blocks, record=in_parts)


def _can(rng: np.random.Generator, size: int, *values: float) -> Floats:
    return fractions(soil(rng, size, **dict(zip(_OF_SOIL, values, strict=False))))


def _described(parts: Floats, values: Sequence[Floats]) -> Arrays:
    """Return the labels of slices, and their columns of `y`."""
    areas = parts.sum(axis=(2, 3)) * (FIELD / parts.shape[-1]) ** 2
    y = np.column_stack([*values, *(areas[:, each] for each in _AREAS.values())])
    return [parts.argmax(axis=1).astype(np.uint8), y]


def _scanner(contrast: str, size: int, views: int) -> Callable[..., Arrays]:
    """Return the function that scans samples: it gives counts, flat field, dark current, labels and `y`."""
    if contrast not in tuple(CONTRASTS):
        raise ValueError(f"contrast must be one of {', '.join(CONTRASTS)}; got {contrast!r}")
    whole(size, "size", at_least=_SMALLEST)
    whole(views, "views", at_least=1)
    beam, angles = CONTRASTS[contrast], _angles(views)
    solid = slice(AIR + 1, None)

    def scan(rngs: Sequence[np.random.Generator], *values: Floats) -> Arrays:
        parts = np.stack([_can(rng, size, *each) for rng, *each in zip(rngs, *values, strict=True)])
        lengths = project(parts[:, solid], angles, pixel=FIELD / size)
        through = transmission(np.moveaxis(lengths, 1, 0), beam.coefficients[solid], beam.spectrum)
        scans = zip(rngs, through, np.column_stack(values), strict=True)
        counted = [_counted(rng, each, **dict(zip(PRIOR, of, strict=True))) for rng, each, of in scans]
        return [*map(np.stack, zip(*counted, strict=True)), *_described(parts, values)]

    return scan


def _counted(
    rng: np.random.Generator,
    through: Floats,
    *,
    dose: float,
    dark: float,
    drift: float,
    gammas: float,
    centre: float,
    blur: float,
    scatter: float,
    **_of_soil: float,
) -> Arrays:
    """Return what a detector counts of a transmission: in the scan, in the open beam, and without a beam."""
    size = through.shape[1]
    frequency = np.fft.rfftfreq(2 * size)
    seen = np.exp(-2 * (np.pi * blur * frequency) ** 2 - 2j * np.pi * frequency * centre)
    # The open beam needs no blur; zeros beside it keep what leaves the detector from coming back on its other side.
    image = 1 + np.fft.irfft(np.fft.rfft(through - 1, 2 * size) * seen, 2 * size)[:, :size]
    image = (1 - scatter) * np.maximum(image, 0) + scatter * image.mean(axis=1, keepdims=True)
    gain = np.clip(rng.normal(1, 0.05, through.shape[1]), 0.5, None)
    # A few pixels drift much further than most: the tail of Student's t.
    drifted = np.clip(1 + drift * rng.standard_t(3, gain.size), 0.2, 5)
    counts = rng.poisson(dose * gain * drifted * image + dark)
    spots = rng.random(counts.shape) < gammas
    counts = counts + np.rint(spots * dose * rng.uniform(0.5, 3, counts.shape)).astype(counts.dtype)
    flat = rng.poisson(_FRAMES * (dose * gain + dark)) / _FRAMES
    return [counts, flat, rng.poisson(_FRAMES * dark, gain.size) / _FRAMES]


def _angles(views: int) -> Floats:
    whole(views, "views", at_least=1)
    return np.arange(views) * np.pi / views


def _positions(size: int) -> Floats:
    return (np.arange(size) - (size - 1) / 2) * FIELD / size


def _dataset(x: npt.NDArray[Any], y: Floats, unit: str, *, prior: Prior | None, **rest: Any) -> Dataset:
    names = (*PRIOR, *_AREAS)
    units = dict.fromkeys(names, "1") | _UNITS | {"x": unit}
    meta = rest.pop("meta") | {"prior": within(PRIOR, prior, _LIMITS), "classes": CLASSES}
    return Dataset(x, y, names, units, meta=meta, **rest)
