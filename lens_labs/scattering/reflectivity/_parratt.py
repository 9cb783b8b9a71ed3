"""Parratt's recursion over a batch of stacks, in NumPy or JAX, at perfect or at real resolution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lens_labs.scattering._arguments import NUMPY
from lens_labs.scattering._resolution import NODES

FWHM = 2 * math.sqrt(2 * math.log(2))
"""Full width at half maximum of a Gaussian of unit standard deviation."""

_WEIGHTS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()

_TINY = 1e-30  # 1e-6 Å⁻²

_CACHE_ELEMENTS = 2**14
"""Points that NumPy works on at once: complex intermediates that stay in the processor's cache are twice as fast."""


def parratt(xp: Any, q: Any, slabs: Any) -> Any:
    """Return the reflectivity at perfect resolution, (..., m), for q (m,) or (..., m) and slabs (..., layers + 2, 4)."""
    if xp is not NUMPY or slabs.ndim == 2:
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
    nodes, weights = xp.asarray(NODES, dtype=q.dtype), xp.asarray(_WEIGHTS, dtype=q.dtype)
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
