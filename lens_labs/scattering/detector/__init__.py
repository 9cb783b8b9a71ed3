"""Images of an area detector, on which a beam centre or a pattern of Bragg spots is to be found.

Two kinds of images, both in counts, on a square detector of upright tubes:

* `simulate_centres`: the diffuse halo of small-angle scattering. The task is the beam centre, to a part of a pixel.
* `simulate_motifs`: Bragg spots of six magnetic orders, somewhere among rings, streaks and stray spots. The task is the
  order, and where the attention of a network should be is known.

Pixel centres lie at whole numbers, x grows to the right and y downwards, and (0, 0) is the upper left pixel. Angles are in
degrees and turn from x towards y, which is clockwise on the screen. All lengths are in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import numbers, whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior
from lens_labs.scattering.detector._area import (
    Floats,
    faults,
    from_polar,
    in_pixels,
    recorded,
    some,
    towards,
)
from lens_labs.scattering.detector._patterns import (
    MOST,
    SPOTS,
    TURNS,
    each,
    elliptic_halo,
    of_motif,
    region,
    ring,
    streak,
)
from lens_labs.scattering.detector._priors import CENTRES, FAULTS, MOTIFS, chosen, drawn_by_name

__all__ = ["CENTRES", "MOTIFS", "SPOTS", "halo", "simulate_centres", "simulate_motifs", "spots"]

_LENGTHS = (
    "centre_x",
    "centre_y",
    "stop_x",
    "stop_y",
    "stop",
    "scale",
    "width",
    "halo_radius",
    "ring_radius",
)
_HALO_LENGTH, _LEAK_WIDTH = 2.5, 0.8


def spots(x: Any, y: Any, counts: Any, *, width: float, size: int = 48) -> Floats:
    """Compute the image of Gaussian spots, integrated over each pixel.

    Parameters
    ----------
    x, y : array of shape (..., k)
        Where k spots lie, pixels.
    counts : array of shape (..., k)
        Expected counts of each spot.
    width : float
        Standard deviation of a spot, pixels.
    size : int
        Pixels along each side.

    Returns
    -------
    array of shape (..., size, size)
        Expected counts; their sum is that of `counts`, less what falls outside the image.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or counts or the width are not physical.

    Examples
    --------
    >>> image = spots([10.0], [8.0], [500.0], width=1.0)
    >>> image.shape, round(float(image.sum()), 3)
    ((48, 48), 500.0)
    >>> [int(place) for place in np.unravel_index(image.argmax(), image.shape)]  # row, then column
    [8, 10]
    """
    whole(size, "size", at_least=1)
    given = {name: numbers(value, name) for name, value in (("x", x), ("y", y), ("counts", counts))}
    for name, value in given.items():
        if value.shape != given["x"].shape or value.ndim < 1:
            raise ValueError(
                f"x, y and counts must have one shape (..., k); got {name} of shape {value.shape}"
            )
        if not np.isfinite(value).all() or (name == "counts" and (value < 0).any()):
            raise ValueError(f"{name} must be finite{', and not negative' * (name == 'counts')}; got {value}")
    if np.shape(width) != () or not 0 < numbers(width, "width") < np.inf:
        raise ValueError(f"width must be one positive, finite number; got {width!r}")
    *batch, k = given["x"].shape
    n = math.prod(batch)
    places = np.stack([given["x"], given["y"]], axis=-1).reshape(n, k, 2)
    image = in_pixels(places, given["counts"].reshape(n, k), np.full(n, float(width)), size)
    return image.reshape(*batch, size, size)


def halo(
    centre_x: Any,
    centre_y: Any,
    *,
    radius: Any,
    exponent: Any,
    anisotropy: Any = 1.0,
    direction: Any = 0.0,
    size: int = 48,
) -> Floats:
    r"""Compute a diffuse halo around a beam centre, 1 at the centre.

    .. math:: (1 + \varrho^2)^{-\varpi},

    with the exponent :math:`\varpi` and the distance :math:`\varrho` from the centre over the radius: a plateau as Guinier's,
    and wings that fall as a power, as Porod's do. The anisotropy divides distances along the direction by its square root and
    multiplies those across by it.

    Parameters
    ----------
    centre_x, centre_y : float or array of shape (...)
        The centre, pixels.
    radius : float or array of shape (...)
        Where the wings begin, pixels.
    exponent : float or array of shape (...)
        Half the power with which the wings fall.
    anisotropy : float or array of shape (...)
        Ratio of the axes of the ellipses of equal intensity.
    direction : float or array of shape (...)
        Direction of the long axis (the short one if the anisotropy is below 1), degrees.
    size : int
        Pixels along each side.

    Returns
    -------
    array of shape (..., size, size)
        The intensity at the middle of each pixel.

    Raises
    ------
    ValueError
        If shapes do not fit together, or a value is not finite or not physical.

    Examples
    --------
    >>> halo(2.0, 2.0, radius=2.0, exponent=1.0, size=5)[2]
    array([0.5, 0.8, 1. , 0.8, 0.5])
    """
    whole(size, "size", at_least=1)
    shape = {"radius": radius, "exponent": exponent, "anisotropy": anisotropy}
    given = {"centre_x": centre_x, "centre_y": centre_y, "direction": direction} | shape
    arrays = {name: numbers(value, name) for name, value in given.items()}
    for name, value in arrays.items():
        least = 1e-6 if name in shape else -1e6
        if not ((value >= least) & (value <= 1e6)).all():
            raise ValueError(f"{name} must lie between {least:g} and 1e+06; got {value}")
    try:
        batch = np.broadcast_shapes(*(value.shape for value in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in arrays.items())
        raise ValueError(f"parameters must have shapes that fit together; got {shapes}") from None
    flat = {name: np.broadcast_to(value, batch).ravel() for name, value in arrays.items()}
    centre = np.stack([flat.pop("centre_x"), flat.pop("centre_y")], axis=1)
    return elliptic_halo(centre, size, **flat).reshape(*batch, size, size)


def simulate_centres(
    n: int, *, seed: int, size: int = 48, prior: Prior | None = None, blocks: Iterable[int] | None = None
) -> Dataset:
    """Simulate images of a halo whose beam centre is to be found.

    The halo may be round or elongated, the background is larger on one side, the beam stop hides the centre and is not quite
    at its place, a little of the direct beam leaks through it, tubes are dead and pixels hot.

    Parameters
    ----------
    n : int
        Number of images.
    seed : int
        Seed; the first images of a large set are those of a small one.
    size : int
        Pixels along each side, at least 24. A smaller image needs a smaller offset in `prior`, so that what is to be found
        stays within it.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `CENTRES`, by parameter.
    blocks : iterable of int, optional
        Return the images of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, size, size), row by row from the top; ``y``: ``centre_x``, ``centre_y``, where the beam stop is,
        and the other parameters of `CENTRES`, but for the faults of the detector; ``truth``: ``expected`` counts without these
        faults, and ``working``, which pixels are neither dead nor hot.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> images = simulate_centres(8, seed=0)
    >>> images.x.shape, images.columns("centre_x", "centre_y")[0].round(1)
    ((8, 48, 48), array([33.2, 19.5]))
    """
    drawn_from = chosen(CENTRES, prior, size)
    names = [name for name in CENTRES if name not in (*FAULTS, "offset", "stop_offset")]

    def draw(rng: np.random.Generator, block: int) -> list[npt.NDArray[Any]]:
        centre = (size - 1) / 2 + rng.uniform(*drawn_from["offset"], (block, 2))
        stop = centre + rng.uniform(*drawn_from["stop_offset"], (block, 2))
        others = [drawn_by_name(rng, block, name, drawn_from) for name in names]
        return [np.column_stack([centre, stop, *others]), *faults(rng, block, size, drawn_from)]

    def record(rngs: list[np.random.Generator], y: Floats, *found: Any) -> list[npt.NDArray[Any]]:
        p = dict(zip(names, y[:, 4:].T, strict=True))
        centre, stop = y[:, :2], y[:, 2:4]
        shape = {name: p[f"halo_{name}"] for name in ("radius", "exponent")}
        scattered = elliptic_halo(centre, size, **shape, anisotropy=p["anisotropy"], direction=p["direction"])
        leak = in_pixels(centre[:, None], p["leakage"][:, None], np.full(len(y), _LEAK_WIDTH), size)
        slope = from_polar(p["gradient"] / size, p["gradient_direction"])
        x_from_middle, y_from_middle = towards(np.full((len(y), 2), (size - 1) / 2), size)
        tilted = 1 + slope[:, :1, None] * x_from_middle + slope[:, 1:, None] * y_from_middle
        expected = each(p["halo"]) * scattered * (np.hypot(*towards(stop, size)) >= each(p["stop"]))
        expected += leak + each(p["background"]) * tilted
        return [y, expected.astype(np.float32), *recorded(rngs, expected, *found)]

    y, expected, counts, working = simulated(n, seed, draw, blocks, record=record)
    truth = {"expected": expected, "working": working}
    meta = {"simulator": "detector.simulate_centres", "seed": seed, "size": size, "prior": drawn_from}
    return _dataset(counts, y, ("centre_x", "centre_y", "stop_x", "stop_y", *names), truth, meta)


def simulate_motifs(
    n: int, *, seed: int, size: int = 48, prior: Prior | None = None, blocks: Iterable[int] | None = None
) -> Dataset:
    """Simulate images of Bragg spots, with a motif that is to be named, and to be found among clutter.

    Six magnetic orders scatter into two, four or six spots, see `SPOTS`. Centre, rotation and scale of the motif are random,
    and it has the same number of counts whatever it is. Halo, powder ring and streak surround the beam centre, and stray spots
    of other crystals keep away from the motif.

    Parameters
    ----------
    n : int
        Number of images.
    seed : int
        Seed; the first images of a large set are those of a small one.
    size : int
        Pixels along each side, at least 24. A smaller image needs a smaller offset in `prior`, so that what is to be found
        stays within it.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `MOTIFS`, by parameter.
    blocks : iterable of int, optional
        Return the images of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, size, size), row by row from the top; ``y``: ``motif``, the number of the name in
        ``meta["classes"]``, and each six images in sequence hold all six; ``centre_x``, ``centre_y``; ``rotation``, from 0 to the
        angle after which the motif is the same again; ``scale`` and other parameters; ``truth``: ``expected`` counts without the
        faults of the detector, ``working`` pixels, the pixels of the ``motif``, which are those within two standard deviations of
        one of its spots, and ``box``, which holds these: left, top, right, bottom.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> images = simulate_motifs(6, seed=0)
    >>> sorted(images.meta["classes"][int(motif)] for motif in images["motif"])
    ['helix', 'hexagonal', 'rhombic', 'square', 'stretched', 'two helices']
    """
    drawn_from = chosen(MOTIFS, prior, size)
    names = ("scale", "width", "counts", "halo", "stop", "background", "ring", "ring_radius", "streak")

    def draw(rng: np.random.Generator, block: int) -> list[npt.NDArray[Any]]:
        motif = rng.permuted(np.tile(np.arange(6), (-(-block // 6), 1)), axis=1).ravel()[:block]
        centre = (size - 1) / 2 + rng.uniform(*drawn_from["offset"], (block, 2))
        rotation = rng.uniform(size=block) * TURNS[motif]
        p = {name: drawn_by_name(rng, block, name, drawn_from) for name in names}
        uneven = rng.uniform(*drawn_from["unevenness"], (block, MOST))
        there = some(rng, block, drawn_from["strays"])
        places = rng.uniform(0, size - 1, (*there.shape, 2))
        far = np.linalg.norm(places - centre[:, None], axis=-1) > p["scale"][:, None] + 4
        bright = drawn_by_name(rng, there.size, "stray_counts", drawn_from).reshape(there.shape)
        away = rng.uniform(0, 360, block)  # where the streak points
        strays = np.concatenate([places, (bright * there * far)[..., None]], axis=-1)
        y = np.column_stack([motif, centre, rotation, *p.values()])
        return [y, uneven, strays, away, *faults(rng, block, size, drawn_from)]

    def record(
        rngs: list[np.random.Generator], y: Floats, uneven: Floats, strays: Floats, away: Floats, *found: Any
    ) -> list[npt.NDArray[Any]]:
        p = dict(zip(names, y[:, 4:].T, strict=True))
        around, there = of_motif(y[:, 0].astype(int), y[:, 3])
        centre, shares = y[:, 1:3], uneven * there
        places = centre[:, None] + each(p["scale"]) * around
        shares *= (p["counts"] / shares.sum(axis=1))[:, None]
        right, below = towards(centre, size)
        distance = np.hypot(right, below)
        expected = in_pixels(places, shares, p["width"], size)
        expected += each(p["halo"]) * np.exp(-distance / _HALO_LENGTH)
        expected += each(p["ring"]) * ring(distance, p["ring_radius"], p["width"])
        expected += each(p["streak"]) * streak(right, below, away, p["width"])
        expected *= distance >= each(p["stop"])
        expected += in_pixels(strays[..., :2], strays[..., 2], p["width"], size) + each(p["background"])
        return [
            y,
            expected.astype(np.float32),
            *region(places, there, p["width"], size),
            *recorded(rngs, expected, *found),
        ]

    y, expected, found, box, counts, working = simulated(n, seed, draw, blocks, record=record)
    truth = {"expected": expected, "working": working, "motif": found, "box": box}
    meta = {"simulator": "detector.simulate_motifs", "seed": seed, "size": size, "prior": drawn_from}
    columns = ("motif", "centre_x", "centre_y", "rotation", *names)
    return _dataset(counts, y, columns, truth, meta | {"classes": tuple(SPOTS)})


def _dataset(
    counts: npt.NDArray[np.int32],
    y: Floats,
    names: tuple[str, ...],
    truth: dict[str, npt.NDArray[Any]],
    meta: dict[str, Any],
) -> Dataset:
    pixels = np.arange(counts.shape[-1])
    units = dict.fromkeys(("x", "expected", "working", "motif", "row", "column", *names), "1")
    units |= dict.fromkeys(("box", *(name for name in names if name in _LENGTHS)), "px")
    units |= dict.fromkeys((name for name in names if name.endswith(("direction", "rotation"))), "°")
    return Dataset(counts, y, names, units, {"row": pixels, "column": pixels}, None, meta, truth)
