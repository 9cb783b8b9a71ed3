"""Between which limits numbers make sense at small angles. They are wide: beyond them, floats would overflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import numbers, require
from lens_labs.scattering.sans._shapes import Shape

Array = npt.NDArray[np.float64]

WIDEST = 0.5
"""The largest relative width of a distribution of sizes for which all sums over sizes suffice."""

DENSEST = 0.74
"""The volume fraction of spheres that are packed as closely as they can be."""

_LENGTH, _SLD, _ANGLE = (1e-3, 1e9, " Å"), (-1e6, 1e6, "e-6 Å⁻²"), (-1e6, 1e6, "°")
_LIMITS = {
    "q": (1e-9, 1e3, " Å⁻¹"),
    "qx": (-1e3, 1e3, " Å⁻¹"),
    "qy": (-1e3, 1e3, " Å⁻¹"),
    "intensity": (-1e30, 1e30, " cm⁻¹"),
    "time": (0.0, 1e15, " s"),
    "rates": (1e-15, 1e15, " s⁻¹"),
    "scale": (0.0, 1e6, ""),
    "background": (-1e9, 1e9, " cm⁻¹"),
    "radius_effective": _LENGTH,
    "volfraction": (0.0, DENSEST, ""),
    "director": _ANGLE,
    "tilt": _ANGLE,
}


def check_values(given: Mapping[str, Array], shape: Shape | None = None) -> None:
    """Raise ValueError, with the first number that does not fit, unless all arguments lie within their limits."""
    limits = dict(_LIMITS)
    if shape is not None:
        limits |= {name: _LENGTH if unit == "Å" else _SLD for name, unit in shape.units.items()}
        limits[shape.width] = (0.0, WIDEST, "")
    for name, value in given.items():
        low, high, unit = limits.get(name, (-np.inf, np.inf, ""))
        words = "finite" if np.isinf(low) else f"finite, from {low:g} to {high:g}{unit}"
        require(value, name, (value >= low) & (value <= high), words)


def check_given(**arguments: Any) -> None:
    """Raise ValueError if one of these is None."""
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must be a number or an array of numbers; got None")


def seen(arguments: Mapping[str, Any]) -> dict[str, Array]:
    """Return the arguments whose values can be looked at: all but those that JAX compiles or differentiates."""
    found = {}
    for name, value in arguments.items():
        try:
            found[name] = numbers(value, name)
        except ValueError:  # of what JAX traces, NumPy can make no array
            continue
    return found
