"""The ranges from which a simulator draws its parameters, and those that a caller gives instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt

Prior = Mapping[str, tuple[float, float]]
"""A range (low, high) for each parameter."""


def ranges(
    defaults: Prior, given: Prior | None, *, positive: Collection[str] = ()
) -> dict[str, tuple[float, float]]:
    """Return the default ranges with those in their place that the argument `prior` gives.

    Parameters
    ----------
    defaults : mapping of str to (low, high)
        What is drawn, and from where.
    given : mapping of str to (low, high), optional
        What a caller passed as `prior`.
    positive : collection of str
        Names of those that must be larger than 0.

    Raises
    ------
    ValueError
        If a name is unknown, or a range is none.
    """
    if given is not None and not isinstance(given, Mapping):
        raise ValueError(f"prior must be a mapping of names to pairs (low, high); got {given!r}")
    chosen = dict(defaults)
    for name, bounds in (given or {}).items():
        if name not in defaults:
            raise ValueError(f"prior has no parameter {name!r}; the parameters are {', '.join(defaults)}")
        chosen[name] = checked(name, bounds)
        if name in positive and bounds[0] < 1 / _LARGEST:
            raise ValueError(f"prior[{name!r}] must be positive, at least {1 / _LARGEST:g}; got {bounds}")
    return chosen


def within(defaults: Prior, given: Prior | None, limits: Prior) -> dict[str, tuple[float, float]]:
    """Return what `ranges` does, or raise ValueError if a range reaches beyond the limits within which it makes sense."""
    chosen = ranges(defaults, given)
    for name, (low, high) in chosen.items():
        lowest, highest = limits[name]
        if low < lowest or high > highest:
            raise ValueError(
                f"prior[{name!r}] must lie between {lowest:g} and {highest:g}; got {(low, high)}"
            )
    return chosen


def checked(name: str, bounds: tuple[float, float]) -> tuple[float, float]:
    """Return a range of `prior`, or raise ValueError if it is none."""
    try:
        low, high = (float(bound) for bound in bounds)
        fits = -_LARGEST <= low <= high <= _LARGEST
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(
            f"prior[{name!r}] must be a finite pair (low, high) with low <= high, within {_LARGEST:g}; got {bounds!r}"
        )
    return bounds


_LARGEST = 1e15
"""Beyond it no range means anything, and squares and products would leave the range of floats."""


def drawn(
    rng: np.random.Generator, size: int, bounds: tuple[float, float], *, by_ratio: bool = False
) -> npt.NDArray[np.float64]:
    """Draw from a range, with the same chance for equal differences, or for equal ratios."""
    low, high = bounds
    if by_ratio:
        return np.asarray(low * (high / low) ** rng.uniform(size=size))
    return rng.uniform(low, high, size)
