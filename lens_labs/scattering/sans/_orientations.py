"""Averages over all orientations of a particle, in NumPy or JAX.

All particles here look the same under inversion, so half of the directions suffice. Along the cosine of the angle to the axis
c, Gauss's nodes are used, and along the angle about it equal steps, whose sum over a period is as good. As soon as there are
enough of both for the momentum transfer times the extent of the particle, the error falls faster than any power.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering.sans._shapes import Shape

LARGEST = 4000.0
"""The largest momentum transfer times extent of a particle for which orientations are added up."""

COMPILED = (96, 24)
"""Polar and azimuthal nodes for JAX, which cannot look at values while it compiles."""

COMPILED_UP_TO = (280.0, 50.0)
"""The largest momentum transfer times extent of a particle, and times extent across its axis, for which these suffice."""

_FEWEST = np.rint(
    2 ** np.arange(3, 11, 0.5)
)  # numbers of nodes; few different ones, so that many curves share them

Nodes = tuple[int, ...]
"""How many cosines of the angle to the axis, and how many angles about it; a sphere needs neither."""


def squared(xp: Any, shape: Shape, q: Any, p: dict[str, Any], nodes: Nodes) -> Any:
    """Return the squared amplitude of one particle, averaged over all of its orientations, 1e-12 Å².

    Parameters
    ----------
    xp : namespace
        Where the arrays live.
    shape : Shape
        What the particle looks like.
    q : array
        Momentum transfer, Å⁻¹.
    p : dict of str to array
        Parameters of the shape, which broadcast against q.
    nodes : tuple of int
        How many cosines of the angle to the axis, and how many angles about it.
    """
    if not shape.angles:
        amplitude = shape.amplitude(xp, 0.0, 0.0, q, p)
        measure = 2 * math.pi / (q * q) if shape.symmetry == "sheet" else 1.0
        return measure * (amplitude * amplitude)
    cosine, weight = (xp.asarray(part, dtype=q.dtype) for part in _polar(nodes[0]))
    q, p = q[..., None], {name: value[..., None] for name, value in p.items()}
    along, across = q * cosine, q * xp.sqrt(1 - cosine * cosine)
    if shape.angles == 1:
        amplitude = shape.amplitude(xp, across, 0.0, along, p)
        return xp.sum(weight * (amplitude * amplitude), axis=-1)
    angle = xp.asarray((np.arange(nodes[1]) + 0.5) * (math.pi / 2 / nodes[1]), dtype=q.dtype)
    p = {name: value[..., None] for name, value in p.items()}
    amplitude = shape.amplitude(
        xp, across[..., None] * xp.cos(angle), across[..., None] * xp.sin(angle), along[..., None], p
    )
    return xp.sum(weight * xp.mean(amplitude * amplitude, axis=-1), axis=-1)


def parts(
    shape: Shape,
    q: npt.NDArray[np.float64],
    largest: dict[str, npt.NDArray[np.float64]],
    spread: npt.NDArray[np.float64],
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Nodes, int]]:
    """Yield rows and columns of a table of curves that need the same number of nodes, that number, and a stride.

    What one row gets depends on nothing but its own parameters, so that no batch changes a curve.

    Parameters
    ----------
    shape : Shape
        What the particles look like.
    q : array of shape (m,)
        Momentum transfer, Å⁻¹.
    largest : dict of str to array of shape (k,)
        The parameters of the largest particles of each row.
    spread : array of shape (k,)
        The standard deviation of the size in each row, Å. Where q times it is small, the average over sizes may take
        longer strides.

    Raises
    ------
    ValueError
        If a particle is too large for its orientations to be added up.
    """
    rows, columns = np.arange(len(next(iter(largest.values())))), np.arange(q.size)
    if not shape.angles:
        yield rows, columns, (), 1
        return
    lengths = np.stack([spread, shape.extent(largest), shape.across(largest)][: 1 + shape.angles], axis=-1)
    if rows.size and (most := q.max() * lengths[:, 1].max()) > LARGEST:
        raise ValueError(
            f"q times the extent of the largest particle must be at most {LARGEST:.0f} for orientations to be added up; "
            f"got {most:.0f}"
        )
    lengths = 2 ** (np.ceil(2 * np.log2(np.maximum(lengths, 1e-3))) / 2)
    for some in np.unique(lengths, axis=0):
        product = q[:, None] * some
        numbers = np.column_stack([_stride(product[:, 0]), _enough(product[:, 1:])])
        alike = (lengths == some).all(axis=1)
        for stride, *nodes in np.unique(numbers, axis=0).tolist():
            same = (numbers == [stride, *nodes]).all(axis=1)
            yield rows[alike], columns[same], tuple(nodes), stride


def _stride(product: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return which sizes are added up, each, each second or each fourth, for momentum transfers times spreads.

    They lie 0.2 standard deviations apart. A sum in steps of h is exact to 1e-5 as long as a squared amplitude, which
    goes as cos(2qr), is slower than the steps by 5 standard deviations of the spectrum: 2 q σ < 2π/h − 5.
    """
    return np.where(product < 1.4, 4, np.where(product < 5.3, 2, 1))


def _enough(product: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return how many nodes make an average exact to 1e-9, for momentum transfers times extents.

    A squared amplitude oscillates along the cosine no faster than a wave of this frequency; Gauss's rule is exact
    to twice as many powers as it has nodes, and Bessel's functions tell how many powers a wave needs.
    """
    least = product / 4 + 1.2 * np.cbrt(product) + 2
    return np.asarray(_FEWEST[np.searchsorted(_FEWEST, least)], dtype=np.int64)


@functools.cache
def _polar(nodes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the positive half of Gauss's nodes, and weights whose sum is 1."""
    from scipy.special import roots_legendre  # noqa: PLC0415 - slow to load, and spheres have no use for it

    cosine, weight = roots_legendre(2 * nodes)
    return cosine[nodes:], weight[nodes:]  # that of both halves is 2
