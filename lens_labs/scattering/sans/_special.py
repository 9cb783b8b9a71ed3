"""Functions of one number of which the amplitudes of particles are made, in NumPy or JAX, each of them 1 at 0."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

from lens_labs.scattering._arguments import NUMPY

_FAR = 8.0
"""From here on J₁ is computed as a wave whose amplitude and phase change slowly."""


def three_j1_over_x(xp: Any, x: Any) -> Any:
    """Return 3 (sin x − x cos x)/x³ for x >= 0, which is 1 at x = 0.

    Near 0 the difference loses its digits; there the first terms of the series are exact to 1e-14.
    """
    small = x < 0.3
    safe = xp.where(small, xp.ones_like(x), x)  # also keeps JAX's gradients finite where the series is used
    sine, cosine = _sine_and_cosine(xp, safe)
    closed = 3 * (sine - safe * cosine) / (safe * safe * safe)
    if xp is NUMPY and not small.any():
        return closed
    square = x * x
    series = 1 - square / 10 * (1 - square / 28 * (1 - square / 54 * (1 - square / 88)))
    return xp.where(small, series, closed)


def sin_over_x(xp: Any, x: Any) -> Any:
    """Return sin(x)/x, which is 1 at x = 0."""
    small = abs(x) < 1e-4
    safe = xp.where(small, xp.ones_like(x), x)
    return xp.where(small, 1 - x * x / 6, _sine_and_cosine(xp, safe)[0] / safe)


def two_j1_over_x(xp: Any, x: Any) -> Any:
    """Return 2 J₁(x)/x for x >= 0, with the Bessel function J₁ of the first kind; it is 1 at x = 0."""
    if xp is NUMPY:
        from scipy.special import j1  # noqa: PLC0415 - most of this room has no use for it, and it is slow to load

        with np.errstate(invalid="ignore"):
            return np.where(x == 0, 1.0, 2 * j1(x) / np.where(x == 0, 1.0, x))
    near, cosine, sine = _bessel()
    is_near = x < _FAR
    square, far = xp.where(is_near, x * x, xp.zeros_like(x)), xp.where(is_near, xp.full_like(x, _FAR), x)
    wave = _series(cosine, _FAR / far) * xp.cos(far) + _series(sine, _FAR / far) * xp.sin(far)
    return xp.where(is_near, _series(near, square / _FAR**2), wave / (far * xp.sqrt(far)))


def _sine_and_cosine(xp: Any, x: Any) -> tuple[Any, Any]:
    """Return sin x and cos x; NumPy computes tan x/2 many times faster than either, and both follow from it."""
    if xp is not NUMPY:
        return xp.sin(x), xp.cos(x)
    half = np.tan(x / 2)
    share = 1 / (1 + half * half)
    return 2 * half * share, 2 * share - 1


@functools.cache
def _bessel() -> tuple[tuple[float, ...], ...]:
    """Return 2 J₁(x)/x as a Chebyshev series in (x/8)², and 2 J₁(x) √x = C cos x + S sin x as series of C and S in 8/x.

    JAX has no J₁ of its own that holds for large arguments. All three are smooth on [0, 1], the second pair because
    √x (J₁ + i Y₁) e^(−ix) is a series in 1/x (DLMF 10.17.5, https://dlmf.nist.gov/10.17.E5); a few terms give all digits.
    """
    from scipy.special import hankel1e, j1  # noqa: PLC0415

    def near(square: Any) -> Any:
        x = _FAR * np.sqrt(square)
        return 2 * j1(x) / x

    def amplitude(ratio: Any) -> Any:
        x = _FAR / ratio
        return 2 * np.sqrt(x) * hankel1e(1, x)

    parts = (near, lambda ratio: amplitude(ratio).real, lambda ratio: -amplitude(ratio).imag)
    return tuple(tuple(Chebyshev.interpolate(part, 24, domain=[0, 1]).coef) for part in parts)


def _series(coefficients: tuple[float, ...], x: Any) -> Any:
    """Return a Chebyshev series on [0, 1], by Clenshaw's recurrence."""
    double, b, before = 4 * x - 2, 0 * x, 0 * x
    for c in coefficients[:0:-1]:
        b, before = c + double * b - before, b
    return coefficients[0] + (2 * x - 1) * b - before
