"""Parratt's recursion over a batch of stacks, in NumPy or JAX, and the checks on what goes into it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj

FWHM = 2 * math.sqrt(2 * math.log(2))
"""Full width at half maximum of a Gaussian of unit standard deviation."""

_NODES = np.linspace(-3.5, 3.5, 13)
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()

_NUMPY = array_namespace(np.empty(0))
_TINY = 1e-30  # 1e-6 Å⁻²

_CACHE_ELEMENTS = 2**14
"""Points that NumPy works on at once: complex intermediates that stay in the processor's cache are twice as fast."""


def parratt(xp: Any, q: Any, slabs: Any) -> Any:
    """Return the reflectivity at perfect resolution, (..., m), for q (m,) or (..., m) and slabs (..., layers + 2, 4)."""
    if xp is not _NUMPY or slabs.ndim == 2:
        return _recursion(xp, q, slabs)
    batch = slabs.reshape(-1, *slabs.shape[-2:])
    points = np.broadcast_to(q, (*slabs.shape[:-2], q.shape[-1])).reshape(len(batch), q.shape[-1])
    out = np.empty(points.shape)
    rows = max(1, _CACHE_ELEMENTS // points.shape[1])
    for start in range(0, len(batch), rows):
        part = slice(start, start + rows)
        out[part] = _recursion(xp, points[part], batch[part])
    return out.reshape(*slabs.shape[:-2], q.shape[-1])


def smeared(xp: Any, q: Any, slabs: Any, width: Any) -> Any:
    """Return the reflectivity (..., m) at a Gaussian resolution of this FWHM, (m,) or (..., m)."""
    nodes, weights = xp.asarray(_NODES, dtype=q.dtype), xp.asarray(_WEIGHTS, dtype=q.dtype)
    points = xp.abs(q[..., None] + width[..., None] / FWHM * nodes)  # (..., m, nodes); R(-q) = R(q)
    flat = xp.reshape(points, (*points.shape[:-2], points.shape[-2] * points.shape[-1]))
    ideal = parratt(xp, flat, slabs)
    return xp.sum(xp.reshape(ideal, (*slabs.shape[:-2], *points.shape[-2:])) * weights, axis=-1)


def _recursion(xp: Any, q: Any, slabs: Any) -> Any:
    thickness, sld, absorption, roughness = (
        slabs[..., column, None] for column in range(4)
    )  # (..., layers + 2, 1)
    squared = (q / 2) ** 2

    def wave_vector(layer: int) -> Any:  # (..., m), normal to the surface
        contrast = sld[..., layer, :] - sld[..., 0, :]
        lost = absorption[..., layer, :] + _TINY  # also chooses the decaying branch of the square root
        return xp.sqrt(squared - 4e-6 * math.pi * contrast + 4e-6j * math.pi * lost)

    last = slabs.shape[-2] - 1
    amplitude, below = None, wave_vector(last)
    for layer in range(last - 1, -1, -1):
        above = wave_vector(layer) if layer else q / 2 + 0j
        rough = xp.exp(-2 * above * below * roughness[..., layer + 1, :] ** 2)
        bare = (above - below) / (above + below) * rough
        if amplitude is None:
            amplitude = bare
        else:
            amplitude = amplitude * xp.exp(2j * below * thickness[..., layer + 1, :])
            amplitude = (bare + amplitude) / (1 + bare * amplitude)
        below = above
    return xp.real(amplitude) ** 2 + xp.imag(amplitude) ** 2


def in_one_namespace(*arrays: Any, also: Any = None) -> tuple[Any, list[Any]]:
    """Return the array namespace (JAX if any array is of JAX) and the arrays in it, as floats."""
    foreign = [
        a for a in (*arrays, also) if is_array_api_obj(a) and not isinstance(a, np.ndarray | np.generic)
    ]
    xp = array_namespace(*foreign) if foreign else _NUMPY
    dtype = next((a.dtype for a in foreign if xp.isdtype(a.dtype, "real floating")), xp.asarray(1.0).dtype)
    return xp, [xp.asarray(a, dtype=dtype) for a in arrays]


def absolute_width(xp: Any, q: Any, slabs: Any, dq: Any) -> Any:
    """Return the resolution as FWHM in Å⁻¹, shape (m,) or (..., m)."""
    dq = xp.asarray(dq, dtype=q.dtype)
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
