"""Frames of a single crystal: Bragg spots on a detector, among what else a detector shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.diffraction._crystals import Array

SPOTS_PRIOR: Prior = {
    "intensity": (15, 5000),
    "radial": (0.8, 1.3),
    "tangential": (0.8, 2.2),
    "background": (0.3, 6.0),
    "gradient": (0.0, 0.8),
    "ring": (0.0, 2.0),
}
"""Ranges from which `simulate_spots` draws: counts in a spot, its standard deviations (pixels) along and across the line
to the beam, background (counts a pixel), its relative fall across the frame, and the height of a ring over it.

`intensity` and `background` are drawn with the same chance for equal ratios, all others for equal differences.
"""

FEWEST, MOST = 5, 25
"""Least and largest number of spots in a frame."""

ARTEFACTS = ("none", "hot pixel", "streak")
"""What the mask of artefacts says of a pixel."""

_APART = 4.0
"""No two spots are nearer to each other, pixels; nearer ones could not be told apart."""

_COLUMNS = ("spots", "beam_x", "beam_y", "radial", "tangential", "background", "gradient", "ring")


def simulate_spots(
    n: int, *, seed: int, size: int = 64, prior: Prior | None = None, blocks: Iterable[int] | None = None
) -> Dataset:
    r"""Measure frames with the Bragg spots of a single crystal, 5 to 25 a frame.

    A spot is a Gaussian, wider across the line to the beam than along it, because the crystal is a mosaic. Intensities
    are drawn with the same chance for equal ratios, so most frames have spots that nobody can find. The background falls
    across the frame and has a ring around the beam, which the powder of the sample's can leaves. Up to four hot pixels
    and up to two streaks, tracks of gamma rays, look like spots to a threshold.

    The true :math:`I/\sigma(I)` of a spot is that of a fit in which all but its intensity is known, so no program does
    better on average. With the share :math:`p_j` of the spot that falls on a pixel, and the expected counts
    :math:`E_j` of that pixel, which contain the spot itself, it follows from

    .. math:: \sigma(I)^{-2} = \sum_j \frac{p_j^2}{E_j}.

    Parameters
    ----------
    n : int
        Number of frames.
    seed : int
        Seed; the first frames of a large set are those of a small set with the same seed.
    size : int
        Pixels along each side, at least 32.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `SPOTS_PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the frames of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, size, size), rows are y (down), columns x; ``y``: number of spots, place of the beam
        (pixels; it is outside of the frame) and all parameters; ``truth``: ``"positions"`` (n, 25, 2) of the spots as x, y
        (the centre of the first pixel is 0, 0), ``"intensities"`` (n, 25), expected counts, and ``"i_over_sigma"``
        (n, 25), all NaN beyond the last spot, strongest spots first (near the edge, a part of a spot falls beside the frame); ``"expected"`` (n, size, size) and
        ``"artefacts"`` (n, size, size): 0 none, 1 hot pixel, 2 streak.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_spots(3, seed=1)
    >>> data.x.shape, data["spots"]
    ((3, 64, 64), array([20.,  8., 17.]))
    >>> data.truth["positions"].shape
    (3, 25, 2)
    """
    whole(size, "size", at_least=32)
    drawn_from = ranges(SPOTS_PRIOR, prior, positive=("intensity", "radial", "tangential", "background"))
    for name in ("gradient", "ring"):
        if drawn_from[name][0] < 0:
            raise ValueError(f"prior[{name!r}] must not be negative; got {drawn_from[name]}")
    if drawn_from["gradient"][1] > 1:
        raise ValueError(f"prior['gradient'] must not be larger than 1; got {drawn_from['gradient']}")
    for name in ("radial", "tangential"):
        if not 0.7 <= drawn_from[name][0] <= drawn_from[name][1] <= 5:
            raise ValueError(f"prior[{name!r}] must lie between 0.7 and 5 pixels; got {drawn_from[name]}")

    def draw(rng: np.random.Generator, number: int) -> list[Array]:
        distance, angle = rng.uniform(0.8 * size, 2 * size, number), rng.uniform(0, 2 * np.pi, number)
        middle = (size - 1) / 2
        of_frame = [
            rng.integers(FEWEST, MOST + 1, number).astype(np.float64),
            middle + distance * np.cos(angle),
            middle + distance * np.sin(angle),
            *(drawn(rng, number, drawn_from[name], by_ratio=name == "background") for name in _COLUMNS[3:]),
        ]
        return [np.stack(of_frame, axis=1)]

    def record(rngs: Sequence[np.random.Generator], y: Array) -> list[npt.NDArray[Any]]:
        frames = [
            _frame(rng, dict(zip(_COLUMNS, row, strict=True)), size, drawn_from["intensity"])
            for rng, row in zip(rngs, y, strict=True)
        ]
        parts = [np.stack(part) for part in zip(*frames, strict=True)]
        y = y.copy()
        y[:, 0] = np.isfinite(parts[2]).sum(axis=1)
        return [*parts, y]

    x, positions, intensities, quality, expected, artefacts, y = simulated(
        n, seed, draw, blocks, record=record
    )
    truth = {"positions": positions, "intensities": intensities, "i_over_sigma": quality}
    truth |= {"expected": expected, "artefacts": artefacts}
    pixels = dict.fromkeys(
        ("beam_x", "beam_y", "radial", "tangential", "positions", "row", "column"), "pixel"
    )
    units = dict.fromkeys(("x", *_COLUMNS, *truth), "1") | pixels
    meta = {"simulator": "diffraction.simulate_spots", "seed": seed, "size": size, "prior": drawn_from}
    meta["classes"] = {"artefacts": ARTEFACTS}
    along = np.arange(size, dtype=float)
    return Dataset(x, y, _COLUMNS, units, {"row": along, "column": along}, None, meta, truth)


def _frame(
    rng: np.random.Generator, of: Mapping[str, float], size: int, intensity: tuple[float, float]
) -> tuple[npt.NDArray[Any], ...]:
    """Return counts, positions, intensities, I/σ(I), expected counts and artefacts of one frame."""
    places = _scattered(rng, int(of["spots"]), size)
    strength = np.sort(drawn(rng, len(places), intensity, by_ratio=True))[::-1]
    pixels, shapes = _shapes(places, of, size)  # each (spots, window)
    extra, artefacts = _artefacts(rng, size, of["background"])
    light = np.bincount(pixels.ravel(), (strength[:, None] * shapes).ravel(), minlength=size**2)
    expected = light.reshape(size, size) + _background(rng, of, size) + extra
    information = (shapes**2 / expected.ravel()[pixels]).sum(axis=1)
    padded = [np.full((MOST, 2), np.nan), np.full(MOST, np.nan), np.full(MOST, np.nan)]
    for target, values in zip(padded, (places, strength, strength * np.sqrt(information)), strict=True):
        target[: len(places)] = values
    return rng.poisson(expected).astype(np.float64), *padded, expected, artefacts


def _scattered(rng: np.random.Generator, spots: int, size: int) -> Array:
    """Return places of spots, x and y, none of which is too near to one before it."""
    places = rng.uniform(3, size - 4, (4 * spots, 2))
    distance = np.hypot(*(places[:, None] - places).T)
    kept: list[int] = []
    for i in range(len(places)):
        if (distance[i, kept] >= _APART).all():
            kept.append(i)
    return np.asarray(places[kept[:spots]])


def _shapes(places: Array, of: Mapping[str, float], size: int) -> tuple[npt.NDArray[np.int64], Array]:
    """Return the pixels around each spot, and which share of it falls on them, each of shape (spots, window).

    Gaussians wider than 0.7 pixels need no integral over a pixel. What falls beside the frame is lost.
    """
    along = places - (of["beam_x"], of["beam_y"])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    reach = int(np.ceil(5 * max(of["radial"], of["tangential"]))) + 1
    window = np.stack(np.meshgrid(*2 * [np.arange(-reach, reach + 1)]), axis=-1).reshape(-1, 2)
    pixel = np.rint(places).astype(int)[:, None] + window  # (spots, window, 2), x and y
    step = pixel - places[:, None]
    radial = (step * along[:, None]).sum(axis=-1)
    across = step[..., 1] * along[:, :1] - step[..., 0] * along[:, 1:]
    share = np.exp(-((radial / of["radial"]) ** 2 + (across / of["tangential"]) ** 2) / 2)
    share *= ((pixel >= 0) & (pixel < size)).all(axis=-1) / (2 * np.pi * of["radial"] * of["tangential"])
    column, row = np.moveaxis(np.clip(pixel, 0, size - 1), -1, 0)
    return row * size + column, np.asarray(share)


def _background(rng: np.random.Generator, of: Mapping[str, float], size: int) -> Array:
    row, column = np.mgrid[:size, :size]
    radius = np.hypot(column - of["beam_x"], row - of["beam_y"])
    from_beam = (radius - radius.min()) / (radius.max() - radius.min())
    ring_at = rng.uniform(radius.min(), radius.max())
    ring = of["ring"] * np.exp(-0.5 * ((radius - ring_at) / rng.uniform(1.5, 3.5)) ** 2)
    return np.asarray(of["background"] * (1 - of["gradient"] * from_beam + ring))


def _artefacts(rng: np.random.Generator, size: int, background: float) -> tuple[Array, npt.NDArray[np.uint8]]:
    """Return the counts that hot pixels and streaks add, and a mask that says where they are."""
    extra, mask = np.zeros((size, size)), np.zeros((size, size), dtype=np.uint8)
    for _ in range(rng.integers(0, 3)):  # tracks
        start, angle, length = rng.uniform(0, size, 2), rng.uniform(0, np.pi), rng.uniform(6, 20)
        steps = start[:, None] + np.array([np.sin(angle), np.cos(angle)])[:, None] * np.arange(0, length, 0.5)
        row, column = np.rint(steps[:, (steps >= 0).all(0) & (steps < size - 1).all(0)]).astype(int)
        mask[row, column] = 2
        extra[row, column] = rng.uniform(4, 20) * np.sqrt(background)
    hot = rng.integers(0, size, (rng.integers(0, 5), 2)).T
    mask[tuple(hot)] = 1
    extra[tuple(hot)] = 10 ** rng.uniform(1.3, 3.0, hot.shape[1])
    return extra, mask
