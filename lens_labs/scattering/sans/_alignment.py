"""Particles that point more or less in one direction, without a sum over directions.

An ensemble that is symmetric about its director, and particles that are symmetric about their axis or spin around it,
need one angle each: their intensity is a series of Legendre polynomials, and the average over orientations multiplies
each of its terms by a number. So no direction is sampled, and none can leave a streak.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import interpolate

from lens_labs.scattering._arguments import NUMPY
from lens_labs.scattering.sans._averages import per_volume
from lens_labs.scattering.sans._shapes import SHAPES, Shape

Array = npt.NDArray[np.float64]

SHARPEST = 0.999
"""The largest order, short of the perfect one, for which `_NODES` see the peak of the distribution."""

PRISMS = (SHAPES["cylinder"], SHAPES["parallelepiped"])
"""Shapes whose amplitude is one along the axis times one across it."""

_NODES = 256  # between the director and its equator, for the distribution of the axes
_SETTLED = 25  # degrees after which the series of a wave has no more to add
_ENOUGH = 1e-6  # an order parameter below it does not show


def legendre(degree: int, x: Array) -> Array:
    """Return the Legendre polynomials of the degrees 0, 2, ..., `degree` at `x`, one row each."""
    rows = [np.ones_like(x)]
    before, now = rows[0], x
    for k in range(1, degree):
        before, now = now, ((2 * k + 1) * x * now - k * before) / (k + 1)
        if k % 2:
            rows.append(now)
    return np.stack(rows)


@lru_cache(maxsize=64)
def half_rule(nodes: int) -> tuple[Array, Array]:
    """Return nodes and weights for a mean over 0 to 1 of an even function."""
    x, weight = np.polynomial.legendre.leggauss(2 * nodes)
    return x[nodes:], weight[nodes:]


def order_parameters(order: float, degree: int) -> Array:
    r"""Return the means of the Legendre polynomials of even degree over the directions of the axes.

    The axes follow Maier and Saupe: their density is proportional to :math:`e^{\kappa \cos^2\beta}` at the angle
    :math:`\beta` from the director, with the :math:`\kappa` that gives the mean :math:`\langle P_2\rangle` = `order`.
    """
    if order in (0, 1):
        return np.eye(1, degree // 2 + 1)[0] if order == 0 else np.ones(degree // 2 + 1)
    x, weight = half_rule(_NODES)
    density = np.exp(_strength(order) * (x * x - 1)) * weight
    means = legendre(degree, x) @ (density / density.sum())
    return np.asarray(means, dtype=np.float64)


def degree_needed(order: float, most: int) -> int:
    """Return the even degree, at most `most`, after which the order parameters are too small to show."""
    if order == 0:
        return 0
    means = np.abs(order_parameters(order, most))
    return 2 * int(np.flatnonzero(means > _ENOUGH)[-1])


def waves(shape: Shape, q: Array, parameters: Mapping[str, float], degree: int) -> Array:
    """Return what the particles scatter as a series in the angle between their axis and the momentum transfer.

    Parameters
    ----------
    shape : Shape
        What the particles look like.
    q : array of shape (m,)
        Momentum transfer, Å⁻¹.
    parameters : mapping of str to float
        Those of the shape, and perhaps the relative width of its size.
    degree : int
        The last degree of the series, even.

    Returns
    -------
    array of shape (m, degree / 2 + 1)
        Coefficients of the Legendre polynomials of the degrees 0, 2, ..., in 1e-12 Å⁻¹. The first is the mean over all
        orientations; a shape without an axis has no other.
    """
    if not shape.angles:
        p = {name: np.array([value]) for name, value in parameters.items()}
        series = np.zeros((q.size, degree // 2 + 1))
        series[:, 0] = per_volume(NUMPY, shape, q, p)[0]
        return series
    finest = float(q.max(initial=0.0) * shape.extent(_swollen(shape, parameters)))  # no detail is finer
    nodes = math.ceil((finest + degree + _SETTLED) / 4)
    cosine, _ = half_rule(nodes)
    return _averaged(shape, q, cosine, parameters) @ _projection(nodes, degree)


@lru_cache(maxsize=64)
def _projection(nodes: int, degree: int) -> Array:
    x, weight = half_rule(nodes)
    factor = 2 * np.arange(0, degree + 1, 2) + 1
    return np.asarray((legendre(degree, x) * weight).T * factor)


def _averaged(shape: Shape, q: Array, cosine: Array, parameters: Mapping[str, float]) -> Array:
    """Return the squared amplitude over the volume, after sizes and spins, of shape (len(q), len(cosine))."""
    furthest = float(q.max(initial=0.0))
    ratio, share = sizes(parameters.get(shape.width, 0.0), furthest * parameters[shape.size])
    distributed = parameters[shape.size] * ratio
    volume = share @ shape.volume({**parameters, shape.size: distributed})
    along, across = q[:, None] * cosine, q[:, None] * np.sqrt(1 - cosine**2)
    turns = _turns(shape, furthest, parameters)
    if ratio.size * turns.size > 1 and shape in PRISMS:
        table = _across(shape, float(across.max()), {**parameters, shape.size: distributed}, share, turns)
        ends = shape.amplitude(NUMPY, 0.0, 0.0, along, parameters)
        return np.asarray(
            table(across) * (ends / shape.amplitude(NUMPY, 0.0, 0.0, 0.0, parameters)) ** 2 / volume
        )
    total = np.zeros(along.shape)
    for size, weight in zip(distributed, share / turns.size, strict=True):
        p = {**parameters, shape.size: size}
        for turn in turns:
            amplitude = shape.amplitude(NUMPY, across * math.cos(turn), across * math.sin(turn), along, p)
            total += weight * amplitude**2
    return np.asarray(total / volume)


def _across(
    shape: Shape, furthest: float, p: Mapping[str, Any], share: Array, turns: Array
) -> interpolate.CubicSpline:
    """Return the mean squared amplitude across the axis, as a function of the momentum transfer across it.

    The amplitude of a prism is one along its axis times one across it, and only the latter knows sizes and spins. So one
    table does, with forty points in its shortest fringe.
    """
    widest = float(np.max(shape.across(p)))
    grid = np.linspace(0, furthest, math.ceil(40 * furthest * widest / (2 * math.pi)) + 30)
    x, turn = grid[:, None, None], turns[:, None]  # (grid, turns, sizes)
    flat = shape.amplitude(NUMPY, x * np.cos(turn), x * np.sin(turn), 0.0, p)
    return interpolate.CubicSpline(grid, (flat**2).mean(axis=1) @ share)


def _turns(shape: Shape, q: float, parameters: Mapping[str, float]) -> Array:
    """Return angles of a turn around the axis that represent all of them; one of four quarters is enough."""
    if shape.angles < 2:
        return np.zeros(1)
    widest = float(shape.across(_swollen(shape, parameters)))
    number = math.ceil((q * widest + _SETTLED) / 4)
    return np.asarray((np.arange(number) + 0.5) * (math.pi / 2 / number))


def sizes(width: float, phase: float) -> tuple[Array, Array]:
    """Return sizes over their mean and their shares, for a Schulz distribution of this relative width.

    Their square roots have equal steps, so the sum is good even where sizes begin at 0. There are enough of them for
    fringes of this phase at the mean size, and they reach to where even the sixth power of the size finds no particle.
    """
    if width == 0:
        return np.ones(1), np.ones(1)
    below, above = (
        -5.0,
        (math.sqrt(1 + 6 * width + 16 * width**2) - 1) * 2 / width,
    )  # near standard deviations
    steps = math.ceil((above - below) * (1.2 + width + 0.33 * phase * width * (1 + width)))
    t = np.linspace(below, above, steps + 1)
    root = 1 + width / 2 * t[1 + width / 2 * t > 0]
    ratio = root * root
    if width < 1e-4:  # too narrow to differ from a Gaussian
        share = np.exp(-(t**2) / 2)
    else:
        share = np.exp((1 / width**2 - 1) * np.log(ratio) - (ratio - 1) / width**2) * root
    return ratio, share / share.sum()


def _swollen(shape: Shape, parameters: Mapping[str, float]) -> dict[str, float]:
    """Return the parameters of a particle that nearly none exceeds."""
    return {
        **parameters,
        shape.size: parameters[shape.size] * (1 + 4 * parameters.get(shape.width, 0.0)),
    }


def _strength(order: float) -> float:
    """Return the strength of the field that gives this order, by Newton's rule."""
    x, weight = half_rule(_NODES)
    square = x * x
    strength = 7.5 * order if order < 0.3 else 1.5 / (1 - order)
    for _ in range(50):
        share = np.exp(strength * (square - 1)) * weight
        share /= share.sum()
        mean = float(share @ square)
        step = (1.5 * mean - 0.5 - order) / (1.5 * float(share @ (square - mean) ** 2))
        strength -= step
        if abs(step) < 1e-12 * (1 + abs(strength)):
            break
    return strength
