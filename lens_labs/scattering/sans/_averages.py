"""The average of a small-angle curve over the sizes of the particles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import NUMPY
from lens_labs.scattering.sans._orientations import COMPILED, COMPILED_UP_TO, Nodes, parts, squared
from lens_labs.scattering.sans._shapes import Shape

_SIZES = np.linspace(-6, 10, 81)  # standard deviations; r⁶ weighs the large ones, so the upper side is longer
_STRIDES_UP_TO = 0.3
"""The largest relative width for which some sizes may be left out at small angles; what that costs is below 5e-4."""

_CACHE_ELEMENTS = 2**13
"""Values that NumPy works on at once: small intermediates stay in the cache and are not asked of the system anew."""


def per_volume(xp: Any, shape: Shape, q: Any, parameters: dict[str, Any]) -> Any:
    """Return the squared amplitude over the volume, both averaged over the sizes, 1e-12 Å⁻¹.

    Parameters
    ----------
    xp : namespace
        Where the arrays live.
    shape : Shape
        What the particles look like.
    q : array of shape (m,)
        Momentum transfer, Å⁻¹.
    parameters : dict of str to array of shape (k,)
        Those of the shape, and perhaps the relative width of its size.

    Returns
    -------
    array of shape (k, m)
    """
    if xp is not NUMPY:
        return _per_volume(xp, shape, q, parameters, nodes=COMPILED, sizes=_SIZES)
    out = np.empty((next(iter(parameters.values())).shape[0], q.shape[0]))
    for rows, columns, nodes, stride in parts(shape, q, *_largest(shape, parameters)):
        sizes = _SIZES[::stride]
        cells = max(
            1, _CACHE_ELEMENTS // (math.prod(nodes) * (sizes.size if shape.width in parameters else 1))
        )
        wide = min(cells, columns.size)
        for some, few in itertools.product(_pieces(rows, cells // wide), _pieces(columns, wide)):
            of_rows = {name: value[some] for name, value in parameters.items()}
            out[np.ix_(some, few)] = _per_volume(xp, shape, q[few], of_rows, nodes=nodes, sizes=sizes)
    return out


def check_compiled(shape: Shape, given: Mapping[str, npt.NDArray[np.float64]]) -> None:
    """Raise ValueError if JAX adds up too few orientations for these particles, as far as their values are known."""
    if not shape.angles or not {"q", *shape.defaults} <= set(given):
        return
    largest = {**given, shape.size: given[shape.size] * (1 + 4 * given.get(shape.width, np.zeros(())))}
    for length, most in zip((shape.extent, shape.across), COMPILED_UP_TO[: shape.angles], strict=False):
        if (product := given["q"].max(initial=0.0) * np.max(length(largest), initial=0.0)) > most:
            where = "extent of a particle" if length is shape.extent else "diagonal of its sides a and b"
            raise ValueError(
                f"q times the {where} must be at most {most:g} in JAX, for q in Å⁻¹; got {product:.0f}: use NumPy"
            )


def _per_volume(
    xp: Any,
    shape: Shape,
    q: Any,
    parameters: dict[str, Any],
    *,
    nodes: Nodes,
    sizes: npt.NDArray[np.float64],
) -> Any:
    p = {name: value[:, None, None] for name, value in parameters.items()}  # (k, 1, 1), against (k, m, sizes)
    if shape.width not in p:
        return (squared(xp, shape, q[:, None], p, nodes) / shape.volume(p))[..., 0]
    ratio, weight = _schulz(xp, p.pop(shape.width), sizes)  # (k, 1, sizes)
    p[shape.size] = p[shape.size] * ratio
    total = xp.sum(weight * squared(xp, shape, q[:, None], p, nodes), axis=-1)
    return total / xp.sum(weight * shape.volume(p), axis=-1)


def _largest(shape: Shape, parameters: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the parameters with the largest size that is added up, and the standard deviation of the size.

    A wide distribution counts as an infinite one: its spectrum has a long tail, so that no size may be left out.
    """
    largest = dict(parameters)
    width = largest.pop(shape.width, np.zeros(1))
    spread = largest[shape.size] * width
    largest[shape.size] = largest[shape.size] + spread * _SIZES[-1]
    return largest, np.where(width > _STRIDES_UP_TO, np.inf, spread)


def _pieces(numbers: npt.NDArray[np.int64], size: int) -> Iterator[npt.NDArray[np.int64]]:
    return (numbers[start : start + size] for start in range(0, numbers.size, size))


def _schulz(xp: Any, width: Any, sizes: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Return sizes over their mean, and how many particles have them, for a Schulz distribution of this width.

    Below a width of 1e-4 its Gaussian limit takes its place, which is finite where there is no width at all.
    """
    t = xp.asarray(sizes, dtype=width.dtype)
    ratio = 1 + width * t
    inside = ratio > 0
    ratio = xp.where(inside, ratio, xp.ones_like(ratio))
    narrow = width < 1e-4
    k = 1 / xp.where(narrow, xp.ones_like(width), width) ** 2
    exponent = xp.where(narrow, -(t**2) / 2, (k - 1) * xp.log(ratio) - k * (ratio - 1))
    return ratio, xp.where(inside, xp.exp(exponent), xp.zeros_like(ratio))
