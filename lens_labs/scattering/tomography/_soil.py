"""Slices of soil in a can: a root grows, grains are packed around it, and water gathers where pores are narrow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt as distance
from scipy.spatial.distance import cdist

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

CLASSES = ("air", "grain", "water", "root", "can")
"""Names of the classes, in the order of their numbers."""
AIR, GRAIN, WATER, ROOT, CAN = range(5)

FIELD = 1.2
"""Width of the field of view, cm."""
INSIDE, OUTSIDE = 0.52, 0.56
"""Inner and outer radius of the can, cm."""
FINE = 2
"""Slices are made on a grid so many times finer, so that a pixel at an edge holds a part of each of its materials."""

_SIEVES = (1.7, 1.25, 0.85, 0.55)
"""Radii of the fractions of grains over their nominal radius: the coarse ones take their places first."""
_ROUNDS, _PROPOSED = 8, 120
_CLOSE = 0.94
"""Centres may come as near as this share of the sum of two radii: grains touch, and lie partly above each other."""


def soil(
    rng: np.random.Generator, size: int, *, grain_radius: float, meniscus: float, root_radius: float
) -> npt.NDArray[np.uint8]:
    """Return the class of each point of one slice, on the fine grid; all lengths in cm."""
    points = FINE * size
    scale = points / FIELD
    across = np.arange(points) - (points - 1) / 2
    from_axis = np.hypot(across[:, None], across)
    inside = from_axis < INSIDE * scale
    root = inside & _root(rng, points, root_radius * scale, INSIDE * scale)
    grains = inside & ~root & _grains(rng, distance(inside & ~root), grain_radius * scale)
    pore = inside & ~root & ~grains
    uneven = np.clip(1 + 0.35 * waves(rng, points, 0.35 * scale), 0.2, None)
    labels = np.full((points, points), AIR, dtype=np.uint8)
    labels[~inside & (from_axis < OUTSIDE * scale)] = CAN
    labels[_wet(pore, meniscus * scale * uneven)] = WATER
    labels[grains] = GRAIN
    labels[root] = ROOT
    return labels


def fractions(labels: npt.NDArray[np.uint8]) -> Floats:
    """Return which part of each pixel each class fills, shape (5, size, size), from classes on the fine grid."""
    size = len(labels) // FINE
    one_hot = labels == np.arange(len(CLASSES), dtype=np.uint8)[:, None, None]
    return np.asarray(one_hot.reshape(-1, size, FINE, size, FINE).mean(axis=(2, 4)))


def _root(rng: np.random.Generator, points: int, radius: float, inside: float) -> Mask:
    """Return a main root, cut across, with one to three side roots that leave it in the plane of the slice."""
    away, direction = 0.5 * inside * np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    centre = away * np.array([np.sin(direction), np.cos(direction)])
    root = np.zeros((points, points), dtype=np.bool_)
    _stamp(root, centre[None], np.array([radius]), rng)
    sides = rng.integers(1, 4)
    first = rng.uniform(0, 2 * np.pi)
    for side in range(sides):
        steps = int(radius + rng.uniform(0.4, 1.2) * inside)
        heading = (
            first + 2 * np.pi * side / sides + rng.normal(0, 0.3) + np.cumsum(rng.normal(0, 0.07, steps))
        )
        path = centre + np.cumsum(np.stack([np.sin(heading), np.cos(heading)], axis=-1), axis=0)
        radii = np.maximum(radius * np.linspace(rng.uniform(0.35, 0.5), 0.2, steps), 1.0)
        held = np.logical_and.accumulate(np.hypot(*path.T) + radii < inside)  # the wall ends it
        _stamp(root, path[held], radii[held])
    return root


def _grains(rng: np.random.Generator, clear: Floats, radius: float) -> Mask:
    """Pack grains where there is space; `clear` is the distance of each point from root and wall."""
    points = len(clear)
    flat = np.zeros((points, points), dtype=np.bool_)
    centres, radii = np.empty((0, 2)), np.empty(0)
    for share in _SIEVES:
        before = len(radii)
        for _ in range(_ROUNDS):
            place = rng.uniform(0, points - 1, (_PROPOSED, 2))
            size = share * radius * np.exp(rng.normal(0, 0.15, _PROPOSED))
            rows, columns = np.rint(place).astype(int).T
            free = clear[rows, columns] > _CLOSE * size
            place, size = place[free], size[free]
            free = ~_overlap(place, size, centres, radii).any(axis=1)
            place, size = place[free], size[free]
            free = ~np.tril(_overlap(place, size, place, size), -1).any(axis=1)
            centres, radii = np.concatenate([centres, place[free]]), np.concatenate([radii, size[free]])
        _stamp(flat, centres[before:] - (points - 1) / 2, radii[before:], rng)
    # Discs and ellipses look like marbles. Seen through an uneven glass they keep their places and become grains.
    rows, columns = np.indices(flat.shape)
    bent = (each + 0.22 * radius * waves(rng, points, 1.6 * radius) for each in (rows, columns))
    return np.asarray(flat[tuple(np.clip(np.rint(each), 0, points - 1).astype(int) for each in bent)])


def _overlap(place: Floats, size: Floats, others: Floats, radii: Floats) -> Mask:
    return np.asarray(cdist(place, others) < _CLOSE * (size[:, None] + radii))


def _stamp(mask: Mask, centres: Floats, radii: Floats, rng: np.random.Generator | None = None) -> None:
    """Add discs to a mask, or with a generator ellipses of the same area; centres (k, 2) from the middle."""
    if not len(radii):
        return
    squeeze, tilt = np.ones(len(radii)), np.zeros(len(radii))
    if rng is not None:
        squeeze, tilt = rng.uniform(0.8, 1.0, len(radii)), rng.uniform(0, np.pi, len(radii))
    centres = centres + (len(mask) - 1) / 2
    middle = np.rint(centres).astype(int)
    reach = np.arange(-int(1.25 * radii.max()) - 2, int(1.25 * radii.max()) + 3)
    rows, columns = np.broadcast_arrays(
        middle[:, 0, None, None] + reach[:, None], middle[:, 1, None, None] + reach
    )
    dy, dx = rows - centres[:, 0, None, None], columns - centres[:, 1, None, None]
    sin, cos, squeeze = (each[:, None, None] for each in (np.sin(tilt), np.cos(tilt), squeeze))
    along, beside = dx * cos + dy * sin, dy * cos - dx * sin
    hit = (along * squeeze) ** 2 + (beside / squeeze) ** 2 < radii[:, None, None] ** 2
    hit &= (rows >= 0) & (rows < len(mask)) & (columns >= 0) & (columns < len(mask))
    mask[rows[hit], columns[hit]] = True


def _wet(pore: Mask, meniscus: Floats) -> Mask:
    """Return where a wetting liquid stays: all of the pores that no disc of the radius of the menisci can reach.

    The air is the union of the discs that fit into the pores, so its outline is made of grains and of arcs: the menisci.
    """
    seat = distance(pore) > meniscus
    if not seat.any():
        return pore
    return np.asarray(pore & (distance(~seat) > meniscus))


def waves(rng: np.random.Generator, points: int, length: float) -> Floats:
    """Return a smooth random field with mean 0 and variance 1, whose bumps are about so many points wide."""
    highest = min(points // 2, int(1.5 * points / length) + 1)
    frequency = np.fft.fftfreq(2 * highest, 1 / (2 * highest))
    along = np.arange(highest)
    strength = np.exp(-0.5 * (frequency[:, None] ** 2 + along**2) * (2 * length / points) ** 2)
    spectrum = np.zeros((points, points // 2 + 1), dtype=complex)
    waves = strength * (rng.normal(size=strength.shape) + 1j * rng.normal(size=strength.shape))
    waves[0, 0] = 0
    spectrum[:highest, :highest], spectrum[-highest:, :highest] = waves[:highest], waves[highest:]
    field = np.fft.irfft2(spectrum, s=(points, points))
    return np.asarray(field / field.std())
