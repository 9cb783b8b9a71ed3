"""What falls on an area detector: halos, spots in six arrangements, rings and streaks, for many images at once.

Conventions are those of `lens_labs.scattering.detector._area`; the shapes of arguments begin with n, one value an image.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering.detector._area import Bools, Floats, from_polar, towards

SPOTS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "helix": ((0, 1), (180, 1)),
    "two helices": ((0, 1), (180, 1), (90, 0.65), (270, 0.65)),
    "square": ((0, 1), (90, 1), (180, 1), (270, 1)),
    "rhombic": ((0, 1), (64, 1), (180, 1), (244, 1)),
    "hexagonal": ((0, 1), (60, 1), (120, 1), (180, 1), (240, 1), (300, 1)),
    "stretched": ((0, 1), (50.5, 0.79), (129.5, 0.79), (180, 1), (230.5, 0.79), (309.5, 0.79)),
}
"""Where the spots of each motif lie: an angle in degrees, and a distance over the scale."""

TURNS = np.array([{"square": 90.0, "hexagonal": 60.0}.get(name, 180.0) for name in SPOTS])
"""After which angle a motif is the same again. None is chiral, and all obey Friedel's law, I(Q) = I(-Q)."""

MOST = max(map(len, SPOTS.values()))
_TABLE = np.array([[*each, *[(0.0, 0.0)] * (MOST - len(each))] for each in SPOTS.values()])  # (6, MOST, 2)

_STREAK_LENGTH = 14.0


def of_motif(motif: npt.NDArray[np.int64], rotation: Floats) -> tuple[Floats, Bools]:
    """Return places around the beam centre over the scale, (n, MOST, 2), and which of them hold a spot, (n, MOST)."""
    angle, radius = np.moveaxis(_TABLE[motif], -1, 0)
    return from_polar(radius, angle + rotation[:, None]), radius > 0


def region(places: Floats, there: Bools, width: Floats, size: int) -> tuple[Bools, Floats]:
    """Return the pixels within two standard deviations of a spot, and the box of all spots with the same margin.

    A box is left, top, right, bottom.
    """
    inside = np.zeros((len(places), size, size), bool)
    for place, real in zip(places.swapaxes(0, 1), there.T, strict=True):
        right, below = towards(place, size)
        inside |= (right**2 + below**2 <= each(2 * width) ** 2) & each(real)
    low = np.where(there[..., None], places, np.inf).min(axis=1)
    high = np.where(there[..., None], places, -np.inf).max(axis=1)
    return inside, np.concatenate([low - 2 * width[:, None], high + 2 * width[:, None]], axis=1)


def elliptic_halo(
    centre: Floats, size: int, *, radius: Floats, exponent: Floats, anisotropy: Floats, direction: Floats
) -> Floats:
    """Return a plateau with wings that fall as a power, 1 at the centre."""
    along, across = _turned(*towards(centre, size), direction)
    u2 = (along**2 / each(anisotropy) + each(anisotropy) * across**2) / each(radius) ** 2
    return np.asarray((1 + u2) ** -each(exponent))


def ring(distance: Floats, radius: Floats, width: Floats) -> Floats:
    """Return a powder ring at a distance from the beam centre, 1 on its line."""
    return np.asarray(np.exp(-(((distance - each(radius)) / each(width)) ** 2) / 2))


def streak(right: Floats, below: Floats, direction: Floats, width: Floats) -> Floats:
    """Return a streak that leaves the beam centre in one direction, as reflection from an edge gives it."""
    along, across = _turned(right, below, direction)
    return np.asarray(
        (along > 0) * np.exp(-np.maximum(along, 0) / _STREAK_LENGTH - (across / each(width)) ** 2 / 2)
    )


def each(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return one value an image in the shape that goes with images."""
    return values[:, None, None]


def _turned(right: Floats, below: Floats, direction: Floats) -> tuple[Floats, Floats]:
    """Return how far pixels lie along and across a direction in degrees."""
    turn = each(np.radians(direction))
    return right * np.cos(turn) + below * np.sin(turn), below * np.cos(turn) - right * np.sin(turn)
