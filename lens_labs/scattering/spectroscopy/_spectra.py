"""What all spectra share: constants in meV, Å, ps and K, and arguments in one shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import numbers

Array = npt.NDArray[np.float64]

HBAR = 0.6582119569
"""Reduced Planck constant, meV ps."""

BOLTZMANN = 0.08617333262
"""Boltzmann constant, meV/K."""

NEUTRON = 2.0721248
"""Energy of a neutron over the square of its wave number, meV Å²."""

SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))
"""Standard deviation of a Gaussian over its full width at half maximum."""


_SMALLEST, _LARGEST = 1e-15, 1e15
"""Beyond these no number means anything, and squares and products would leave the range of floats."""


def common(
    given: Mapping[str, Any], *, positive: Collection[str] = ()
) -> tuple[dict[str, Array], tuple[int, ...]]:
    """Return parameters as arrays of one length, with the shape that they had together.

    Raises
    ------
    ValueError
        If one is not made of numbers within 1e15, is not positive although it must be, or their shapes differ.
    """
    values = {name: numbers(value, name) for name, value in given.items()}
    shapes = {name: value.shape for name, value in values.items() if value.ndim}
    if len(set(shapes.values())) > 1:
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"parameters must be numbers or arrays of one shape; got {found}")
    for name, value in values.items():
        if not (np.abs(value) <= _LARGEST).all():
            raise ValueError(f"{name} must be finite, within {_LARGEST:g}; got {value}")
        if name in positive and (value < _SMALLEST).any():
            raise ValueError(
                f"{name} must be positive, at least {_SMALLEST:g}; the smallest value is {value.min()}"
            )
    batch = next(iter(shapes.values()), ())
    return {name: np.broadcast_to(value, batch).reshape(-1) for name, value in values.items()}, batch


def axis(value: Any, name: str, unit: str, *, positive: bool = False, increasing: bool = True) -> Array:
    """Return the argument of that name as an axis of shape (m,), or raise ValueError if it is none."""
    array = numbers(value, name)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must have shape (m,) with at least one point; got shape {array.shape}")
    if not (np.abs(array) <= _LARGEST).all() or (positive and (array <= 0).any()):
        allowed = "finite and positive" if positive else "finite"
        raise ValueError(
            f"{name} must be {allowed}, within {_LARGEST:g}, in {unit}; got {array.min()} to {array.max()}"
        )
    if increasing and (np.diff(array) <= 0).any():
        raise ValueError(f"{name} must increase from point to point")
    return array


def bose(energy: Array, temperature: Array) -> Array:
    """Return 1 + n(E), the factor by which heat favours an excitation of energy E, not 0, at a temperature."""
    with np.errstate(over="ignore"):  # far below -kT nothing is left: -1 / inf
        return np.asarray(-1 / np.expm1(-energy / (BOLTZMANN * temperature)))


def edges(axis: Array, name: str) -> Array:
    """Return the edges of the bins of which the axis of that name holds the centres."""
    if axis.size < 2:
        raise ValueError(f"{name} must have at least two points, the centres of bins; got {axis.size}")
    inner = (axis[1:] + axis[:-1]) / 2
    return np.concatenate([[2 * axis[0] - inner[0]], inner, [2 * axis[-1] - inner[-1]]])


def choice(given: Sequence[str], name: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the names of classes, or raise ValueError if there are none, one twice, or one that is not known."""
    chosen = (given,) if isinstance(given, str) or not np.iterable(given) else tuple(given)
    known = [name for name in allowed if name in chosen]  # asks for no hash of what came
    if not chosen or len(known) != len(chosen):
        raise ValueError(f"{name} must be different names among {', '.join(allowed)}; got {given!r}")
    return chosen


def inside(name: str, bounds: tuple[float, float], low: float, high: float) -> None:
    """Raise ValueError unless a range of `prior` lies between two limits, which it may touch."""
    if bounds[0] < low or bounds[1] > high:
        raise ValueError(f"prior[{name!r}] must lie between {low:g} and {high:g}; got {bounds}")


def counted(rng: np.random.Generator, expected: Array, name: str) -> npt.NDArray[np.int64]:
    """Return Poisson counts, or raise ValueError, with the name of what decides on them, if no integer could hold them."""
    if (most := expected.max()) > _MOST:
        raise ValueError(f"{name} must give at most {_MOST:g} neutrons in a bin; got {most:g}")
    return rng.poisson(expected)


_MOST = 1e18
