"""What one reads from a small-angle curve without any model."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import check_q, numbers
from lens_labs.scattering.sans._limits import check_values

FEATURES = ("guinier_radius", "porod_slope", "invariant")
"""What `features` returns, in this order: Å, a pure number, and 1/(cm Å³)."""

Floats = npt.NDArray[np.float64]

_GUINIER = 1.3
"""The largest q times radius of gyration for which Guinier's law is taken."""

_FEWEST = 5
"""The fewest points through which a line is laid."""


def features(q: Any, intensity: Any, *, background: Any = 0.0) -> Floats:
    r"""Read radius of gyration, Porod slope and invariant from small-angle curves, without a model of the particles.

    * Guinier's radius comes from a line through :math:`\ln I` over :math:`Q^2`, with the slope :math:`-R_g^2/3`. It takes the
      largest number of points from the beginning of the curve for which the last one has :math:`Q R_g \leq 1.3`; if there
      is none, the first five points. A rising line has the radius 0.
    * The Porod slope is that of :math:`\ln I` over :math:`\ln Q` in the last third of the points, :math:`-4` for
      particles with a sharp surface.
    * The invariant is :math:`\int_0^\infty Q^2 I(Q)\,\mathrm{d}Q = 2\pi^2 \phi (1 - \phi) \Delta\rho^2` for two phases with
      the volume fraction :math:`\phi` and the contrast :math:`\Delta\rho`. It is added up by the trapezoidal rule; the first
      point continues to Q = 0, and the last third goes on as :math:`Q^{-4}`.

    Parameters
    ----------
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive and increasing, at least 15 points.
    intensity : array of shape (..., m)
        Intensity, 1/cm. Points that are not positive are left out of both lines.
    background : float or array of shape (...)
        What is subtracted from each curve first, 1/cm.

    Returns
    -------
    array of shape (..., 3)
        Guinier's radius, Å; Porod slope; invariant, 1/(cm Å³). A line through fewer than two points is NaN.

    Raises
    ------
    ValueError
        If shapes do not fit, q does not increase, or a value is not finite.

    References
    ----------
    .. [1] A. Guinier, G. Fournet, Small-Angle Scattering of X-Rays, Wiley (1955)

    Examples
    --------
    A sphere of 50 Å has a radius of gyration of 50 √(3/5) = 38.7 Å, which Guinier's line finds within 2 %:

    >>> from lens_labs.scattering import sans
    >>> q = np.geomspace(0.001, 0.5, 200)
    >>> radius, slope, invariant = sans.features(q, sans.i_q("sphere", q, scale=0.01))
    >>> print(f"{radius:.1f} Å, {slope:.1f}, {invariant:.2e} 1/(cm Å³)")
    39.3 Å, -3.9, 4.93e-04 1/(cm Å³)
    """
    q, intensity = numbers(q, "q"), numbers(intensity, "intensity")
    check_q(q)
    if q.size < 3 * _FEWEST or (np.diff(q) <= 0).any():
        raise ValueError(f"q must increase and have at least {3 * _FEWEST} points; got {q.size}")
    if intensity.shape[-1:] != q.shape:
        raise ValueError(f"intensity must have shape (..., {q.size}); got {intensity.shape}")
    background = numbers(background, "background")
    if background.shape not in ((), intensity.shape[:-1]):
        raise ValueError(
            f"background must be a number or have shape {intensity.shape[:-1]}; got {background.shape}"
        )
    check_values({"q": q, "intensity": intensity, "background": background})
    intensity = intensity - background[..., None]
    last = slice(-(q.size // 3), None)
    parts = (
        _guinier(q, intensity),
        _slopes(np.log(q[last]), intensity[..., last])[..., -1],
        _invariant(q, intensity, last),
    )
    return np.stack(parts, axis=-1)


def _guinier(q: Floats, intensity: Floats) -> Floats:
    squared = np.maximum(-3 * _slopes(q**2, intensity), 0)  # of the radius, for every number of points
    within = (q**2 * squared <= _GUINIER**2) & (np.arange(q.size) >= _FEWEST - 1)
    last = np.where(within.any(axis=-1), q.size - 1 - np.argmax(within[..., ::-1], axis=-1), _FEWEST - 1)
    return np.asarray(np.sqrt(np.take_along_axis(squared, last[..., None], axis=-1)[..., 0]))


def _slopes(x: Floats, intensity: Floats) -> Floats:
    """Return the slope of ln I over x through the first point, the first two, and so on, where I is positive."""
    valid = intensity > 0
    y = np.log(np.where(valid, intensity, 1))
    number = np.cumsum(valid, axis=-1)
    away = (x - x.mean()) / np.ptp(x) * valid  # of order 1, so that the sums below lose no digits
    sx, sy, sxx, sxy = (np.cumsum(part, axis=-1) for part in (away, y, away * away, away * y))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(number > 1, (number * sxy - sx * sy) / (number * sxx - sx * sx) / np.ptp(x), np.nan)


def _invariant(q: Floats, intensity: Floats, last: slice) -> Floats:
    weighted = q**2 * intensity
    middle = ((weighted[..., 1:] + weighted[..., :-1]) / 2 * np.diff(q)).sum(axis=-1)
    plateau = (intensity[..., last] * q[last] ** 4).mean(axis=-1)
    return np.asarray(q[0] ** 3 / 3 * intensity[..., 0] + middle + plateau / q[-1])
