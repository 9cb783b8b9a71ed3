"""What comes into the functions of this room: made into arrays, and refused by name where it makes no sense."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from array_api_compat import array_namespace, is_array_api_obj

NUMPY = array_namespace(np.empty(0))


def whole(value: object, name: str, *, at_least: int) -> None:
    """Raise ValueError unless the argument of that name is a whole number that is large enough."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < at_least:
        raise ValueError(f"{name} must be a whole number, at least {at_least}; got {value!r}")


def numbers(value: Any, name: str) -> npt.NDArray[np.float64]:
    """Return the argument of that name as a NumPy array, or raise ValueError if it is not made of numbers."""
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number or an array of numbers; got {value!r}") from None


def finite(
    value: Any, name: str, *, above: float | None = None, least: float | None = None
) -> npt.NDArray[np.float64]:
    """Return the argument of that name as an array, or raise ValueError unless all of it is finite and large enough."""
    array = numbers(value, name)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got {value!r}")
    if above is not None and (array <= above).any():
        raise ValueError(f"{name} must be larger than {above:g}; the smallest value is {array.min()}")
    if least is not None and (array < least).any():
        raise ValueError(f"{name} must be {least:g} or larger; the smallest value is {array.min()}")
    return array


def one(value: Any, name: str, *, above: float | None = None, least: float | None = None) -> float:
    """Return the argument of that name as one number, or raise ValueError unless it is finite and large enough."""
    number = finite(value, name, above=above, least=least)
    if number.shape != ():
        raise ValueError(f"{name} must be one number; got shape {number.shape}")
    return float(number)


def require(array: npt.NDArray[np.float64], name: str, allowed: npt.NDArray[np.bool_], words: str) -> None:
    """Raise ValueError, with the first number that does not fit, unless all of them are finite and allowed."""
    fits = np.isfinite(array) & allowed
    if not fits.all():
        raise ValueError(f"{name} must be {words}; got {array[~fits].flat[0]}")


def series(value: Any, name: str) -> npt.NDArray[np.float64]:
    """Return the series of that name, shape (..., steps), or raise ValueError if it is empty or not finite."""
    array = numbers(value, name)
    if array.ndim < 1 or array.shape[-1] == 0:
        raise ValueError(
            f"{name} must have shape (..., steps) with at least one step; got shape {array.shape}"
        )
    require(array, name, np.isfinite(array), "finite")
    return array


def along(value: Any, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return a number, or one for each step, in the shape of a series, or raise ValueError if it does not fit."""
    array = numbers(value, name)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(
            f"{name} must be a number or broadcast to shape {shape}; got shape {array.shape}"
        ) from None


def per_series(value: Any, name: str, batch: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return a number, or one for each series of a batch, or raise ValueError if the shape does not fit."""
    array = numbers(value, name)
    if array.shape not in ((), batch):
        raise ValueError(f"{name} must be a number or have shape {batch}; got shape {array.shape}")
    return array


def in_one_namespace(**arguments: Any) -> tuple[Any, list[Any]]:
    """Return the array namespace (JAX if any argument is of JAX) and the arguments in it, as floats; None stays."""
    foreign = [a for a in arguments.values() if is_array_api_obj(a) and not _is_numpy(a)]
    if not foreign:
        return NUMPY, [None if a is None else numbers(a, name) for name, a in arguments.items()]
    xp = array_namespace(*foreign)
    dtype = next((a.dtype for a in foreign if xp.isdtype(a.dtype, "real floating")), xp.asarray(1.0).dtype)
    return xp, [None if a is None else xp.asarray(a, dtype=dtype) for a in arguments.values()]


def absolute_width(q: Any, slabs: Any, dq: Any) -> Any:
    """Return the resolution as FWHM in Å⁻¹, shape (m,) or (..., m)."""
    if _is_numpy(dq) and (not np.isfinite(dq).all() or (dq < 0).any()):
        raise ValueError(f"dq must be finite and not negative; the smallest value is {np.min(dq)}")
    if dq.ndim == 0:
        return dq * q
    if dq.shape[-1] != q.shape[0] or dq.shape[:-1] not in ((), slabs.shape[:-2]):
        raise ValueError(
            f"dq must be a number (relative) or an array (absolute, Å⁻¹) of shape {q.shape} or "
            f"{(*slabs.shape[:-2], *q.shape)}; got shape {dq.shape}"
        )
    return dq


def _is_numpy(array: Any) -> bool:
    return isinstance(array, np.ndarray | np.generic)


def check_q(q: Any) -> None:
    if q.ndim != 1 or q.shape[0] == 0:
        raise ValueError(f"q must have shape (m,) with at least one point; got shape {q.shape}")
    if _is_numpy(q) and not (np.isfinite(q).all() and (q > 0).all()):
        raise ValueError(f"q must be finite and positive, in Å⁻¹; the smallest value is {np.min(q)}")


def check_slabs(slabs: Any) -> None:
    if slabs.ndim < 2 or slabs.shape[-1] != 4 or slabs.shape[-2] < 2:
        raise ValueError(f"slabs must have shape (..., layers + 2, 4); got shape {slabs.shape}")
    if not _is_numpy(slabs):
        return
    if not np.isfinite(slabs).all():
        raise ValueError("slabs must be finite")
    for column, name in ((0, "thickness"), (2, "absorption"), (3, "roughness")):
        if (lowest := slabs[..., column].min(initial=0)) < 0:
            raise ValueError(
                f"slabs[..., {column}] ({name}) must not be negative; the smallest value is {lowest}"
            )


def check_per_stack(value: Any, slabs: Any, name: str) -> None:
    """Raise ValueError unless there is one finite value, or one for each stack."""
    if value.shape not in ((), slabs.shape[:-2]):
        raise ValueError(f"{name} must be a number or have shape {slabs.shape[:-2]}; got shape {value.shape}")
    if _is_numpy(value) and not np.isfinite(value).all():
        raise ValueError(f"{name} must be finite; got {value}")
