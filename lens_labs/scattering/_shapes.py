"""Particles that scatter at small angles: what is known of each shape, in NumPy or JAX.

Names, units and defaults are those of sasmodels. A shape that is not a sphere also averages over its orientations here,
so that nobody else in this room has to know how.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Shape:
    """A shape of particle.

    Parameters
    ----------
    defaults : mapping of str to float
        Its parameters, in the order of sasmodels, with their default values.
    units : mapping of str to str
        The unit of each of them.
    size : str
        The length that may be distributed; its relative width is the parameter of that name with ``_pd``.
    volume : callable
        Takes the parameters; returns the volume of one particle, Å³.
    squared : callable
        Takes the array namespace, q and the parameters, which broadcast against q; returns the squared amplitude of
        one particle, averaged over orientations, 1e-12 Å².
    """

    defaults: Mapping[str, float]
    units: Mapping[str, str]
    size: str
    volume: Callable[[Mapping[str, Any]], Any]
    squared: Callable[[Any, Any, Mapping[str, Any]], Any]

    @property
    def width(self) -> str:
        """The name of the relative width of the size."""
        return f"{self.size}_pd"


def three_j1_over_x(xp: Any, x: Any) -> Any:
    """Return 3 (sin x − x cos x)/x³ for x >= 0, which is 1 at x = 0.

    Near 0 the difference loses its digits; there the first terms of the series are exact to 1e-14.
    """
    small = x < 0.3
    safe = xp.where(small, xp.ones_like(x), x)  # also keeps JAX's gradients finite where the series is used
    square = x * x
    series = 1 - square / 10 * (1 - square / 28 * (1 - square / 54 * (1 - square / 88)))
    return xp.where(small, series, 3 * (xp.sin(safe) - safe * xp.cos(safe)) / (safe * safe * safe))


def _sphere_volume(p: Mapping[str, Any]) -> Any:
    return 4 * math.pi / 3 * p["radius"] ** 3


def _sphere_squared(xp: Any, q: Any, p: Mapping[str, Any]) -> Any:
    contrast = p["sld"] - p["sld_solvent"]
    amplitude = contrast * _sphere_volume(p) * three_j1_over_x(xp, q * p["radius"])
    return amplitude * amplitude


SHAPES: Mapping[str, Shape] = {
    "sphere": Shape(
        defaults={"sld": 1.0, "sld_solvent": 6.0, "radius": 50.0},
        units={"sld": "1e-6/Å²", "sld_solvent": "1e-6/Å²", "radius": "Å"},
        size="radius",
        volume=_sphere_volume,
        squared=_sphere_squared,
    ),
}
"""The shapes that are known, by the names of sasmodels."""
