"""What arguments of metrics must be, and the errors that say so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def numbers(name: str, given: npt.ArrayLike, *, ndim: tuple[int, ...] = (1,), finite: bool = True) -> Array:
    """Return an argument as numbers.

    Raises
    ------
    ValueError
        If it is empty, has another number of axes, or holds what is no finite number, unless those are allowed.
    """
    try:
        array = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers; got {given!r:.80}") from None
    if array.ndim not in ndim or array.size == 0:
        allowed = " or ".join(map(str, ndim))
        raise ValueError(
            f"{name} must have {allowed} axes and at least one value; got an array of shape {array.shape}"
        )
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers; got {array[~np.isfinite(array)][0]}")
    return array


def alike(**given: npt.ArrayLike) -> tuple[Array, ...]:
    """Return arguments as numbers of one shape, that of the first; a later one may be a single number.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    (first, value), *others = given.items()
    found = [numbers(first, value, ndim=(1, 2))]
    for name, other in others:
        array = numbers(name, other, ndim=(0, 1, 2))
        if array.ndim and array.shape != found[0].shape:
            raise ValueError(
                f"{name} must have the shape of {first}, {found[0].shape}, or be one number; got {array.shape}"
            )
        found.append(np.broadcast_to(array, found[0].shape))
    return tuple(found)


def positive(name: str, array: Array) -> Array:
    """Return the array; every value must be above zero."""
    if not (array > 0).all():
        raise ValueError(f"{name} must be positive; got {array.min()}")
    return array


def share(name: str, given: float) -> float:
    """Return a number between zero and one, both excluded."""
    if not 0 < given < 1:
        raise ValueError(f"{name} must lie between 0 and 1; got {given!r}")
    return float(given)


def classes(
    labels: npt.ArrayLike, table: Array, *, name: str = "labels", of: str = "probabilities"
) -> npt.NDArray[np.intp]:
    """Return labels as positions in the rows of a table.

    Raises
    ------
    ValueError
        If there are not as many as rows, or one of them is no class.
    """
    found = np.asarray(labels)
    if found.shape != table.shape[:1]:
        raise ValueError(
            f"{name} must be one for each row of {of}, {len(table)}; got an array of shape {found.shape}"
        )
    if found.dtype.kind not in "iub" or found.min() < 0 or found.max() >= table.shape[1]:
        raise ValueError(f"{name} must be whole numbers from 0 to {table.shape[1] - 1}; got {found[:5]}")
    return found.astype(np.intp)


def probabilities_of(given: npt.ArrayLike, *, name: str = "probabilities") -> Array:
    """Return rows of probabilities.

    Raises
    ------
    ValueError
        If one is negative, or a row does not add up to one.
    """
    table = numbers(name, given, ndim=(2,))
    if table.min() < 0 or not np.allclose(table.sum(axis=1), 1, atol=1e-4):
        raise ValueError(
            f"{name} must be at least 0 and add up to 1 in each row; got rows that add up to "
            f"{table.sum(axis=1).min():.4g} to {table.sum(axis=1).max():.4g}, the least value is {table.min():.4g}"
        )
    return table
