"""Powder patterns: where the peaks of a crystal are, how strong and how wide, and what a texture does to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import finite, numbers, one, require
from lens_labs.scattering.diffraction._crystals import Array, Crystal, direction, families, stretched

RESOLUTION = (0.35, -0.20, 0.20)
"""U, V, W of Caglioti's formula, degrees squared: those of a diffractometer of medium resolution."""

_LAST = 178.0
"""Peaks nearer to 180° than this are left out, because the Lorentz factor has no limit there."""


def powder(
    two_theta: npt.ArrayLike,
    crystal: Crystal,
    *,
    wavelength: float = 1.54,
    strain: npt.ArrayLike = 0.0,
    texture: npt.ArrayLike = 1.0,
    axis: npt.ArrayLike = (0, 0, 1),
    resolution: npt.ArrayLike = RESOLUTION,
    mixing: float = 0.3,
    offset: npt.ArrayLike = 0.0,
) -> Array:
    r"""Compute the neutron powder pattern of a crystal, or a batch of patterns.

    Each family of planes gives one peak at Bragg's angle, :math:`\lambda = 2 d_{hkl}\sin\vartheta`, of the area

    .. math:: \frac{\lambda^3}{V_c^2}\, \frac{m_{hkl}\,|F_{hkl}|^2}{\sin\vartheta\,\sin 2\vartheta}\, P_{hkl},

    with multiplicity :math:`m_{hkl}`, structure factor :math:`F_{hkl}`, volume of the cell :math:`V_c` and the texture
    :math:`P_{hkl}` of `march_dollase`. It is a pseudo-Voigt function, whose full width at half maximum follows Caglioti [1]_:

    .. math:: (\delta 2\vartheta)^2 = \mathrm U\tan^2\vartheta + \mathrm V\tan\vartheta + \mathrm W.

    Parameters
    ----------
    two_theta : array of shape (m,)
        Scattering angles, degrees, between 0 and 180.
    crystal : Crystal
        What the powder consists of.
    wavelength : float
        Wavelength, Å.
    strain : float or array of shape (...)
        By which share all edges of the cell are longer than those of `crystal`, as by Vegard's law or by load; at most 0.5.
    texture : float or array of shape (...)
        Ratio of March and Dollase, from 0.01 to 100: 1 is a perfect powder, below 1 more grains than by chance turn the normal of the
        planes `axis` along the scattering vector, as plates do in a flat sample that is measured in reflection.
    axis : array of shape (3,)
        Miller indices of these planes.
    resolution : array of shape (3,) or (..., 3)
        The numbers U, V and W of Caglioti's formula, degrees squared.
    mixing : float
        Share of the Lorentzian in each peak, from 0 to 1; the rest is a Gaussian.
    offset : float or array of shape (...)
        By how much the zero of the angle is wrong, degrees.

    Returns
    -------
    array of shape (..., m)
        Intensity, per degree and volume of the powder: the unit is the same for all crystals, and otherwise arbitrary.

    Raises
    ------
    ValueError
        If an argument is not physical.

    References
    ----------
    .. [1] G. Caglioti, A. Paoletti, F. P. Ricci, Nucl. Instrum. 3, 223 (1958),
           https://doi.org/10.1016/0369-643X(58)90029-X

    Examples
    --------
    >>> from lens_labs.scattering.diffraction import CRYSTALS
    >>> two_theta = np.arange(20, 100, 0.01)
    >>> pattern = powder(two_theta, CRYSTALS["silicon"], wavelength=1.5406)
    >>> two_theta[pattern.argmax()].round(2)
    np.float64(47.3)
    """
    angle = checked_angles(two_theta)
    if (lam := one(wavelength, "wavelength", above=0.0)) > 1e6:
        raise ValueError(f"wavelength must be at most 1,000,000 Å; got {wavelength!r}")
    stretch = stretched(strain)
    ratio, zero = checked_texture(texture, "texture"), finite(offset, "offset")
    require(zero, "offset", np.abs(zero) <= 180, "between -180 and 180 degrees")
    share = one(mixing, "mixing")
    if not 0 <= share <= 1:
        raise ValueError(f"mixing must lie between 0 and 1; got {mixing!r}")
    widths = numbers(resolution, "resolution")
    if widths.shape[-1:] != (3,) or not np.isfinite(widths).all():
        raise ValueError(f"resolution must be finite and have shape (..., 3); got {resolution!r}")
    try:
        shape = np.broadcast_shapes(stretch.shape, ratio.shape, zero.shape, widths.shape[:-1])
    except ValueError:
        raise ValueError(
            "strain, texture, offset and resolution must be numbers or arrays of one shape; "
            f"got {stretch.shape}, {ratio.shape}, {zero.shape} and {widths.shape[:-1]}"
        ) from None

    largest = np.radians(
        min(angle.max() + 10, _LAST) / 2
    )  # tails of the peaks beyond the last point are seen, too
    if stretch.size == 0:
        return np.zeros((*shape, angle.size))
    peaks = families(crystal, lam / (2 * np.sin(largest)) / stretch.max(), "wavelength", wavelength)
    cosines = peaks.members @ direction(axis, crystal.cell)
    sine = lam / (2 * peaks.d * stretch[..., None])  # (..., peaks)
    seen = sine <= np.sin(largest)
    theta = np.arcsin(np.where(seen, sine, 0.5))
    area = peaks.multiplicity * peaks.f_squared / 100 * lam**3 / crystal.volume**2 / stretch[..., None] ** 6
    area = (
        area
        * seen
        / (np.sin(theta) * np.sin(2 * theta))
        * peaks.mean(march_dollase(cosines, ratio[..., None]))
    )
    width = np.sqrt(_squared_width(np.tan(theta), widths))
    place = np.degrees(2 * theta) + zero[..., None]
    pattern = np.zeros((*shape, angle.size))
    for k in range(len(peaks)):  # one after the other: all at once would not fit into the processor's cache
        peak = pseudo_voigt(angle, place[..., k, None], width[..., k, None], share)
        pattern += area[..., k, None] * peak
    return pattern


def march_dollase(cosine: npt.ArrayLike, ratio: npt.ArrayLike) -> Array:
    r"""Compute how many more grains than by chance have a direction, in the model of March and Dollase [1]_.

    .. math:: P_{hkl} = \left(\mathrm{ratio}^2\cos^2\psi_{hkl} + \frac{\sin^2\psi_{hkl}}{\mathrm{ratio}}\right)^{-3/2},
              \qquad \int_0^{\pi/2} P_{hkl}\,\sin\psi_{hkl}\,\mathrm d\psi_{hkl} = 1.

    Parameters
    ----------
    cosine : array
        Cosine of the angle :math:`\psi_{hkl}` between the direction and the axis of the texture.
    ratio : float or array
        From 0.01 to 100; plates have a ratio below 1, needles above, and 1 is no texture.

    Returns
    -------
    array
        The density, over that of a perfect powder.

    Raises
    ------
    ValueError
        If a cosine is larger than 1, or a ratio is out of range.

    References
    ----------
    .. [1] W. A. Dollase, J. Appl. Cryst. 19, 267 (1986), https://doi.org/10.1107/S0021889886089458

    Examples
    --------
    >>> march_dollase([1.0, 0.0], ratio=0.5).round(3)
    array([8.   , 0.354])
    """
    c, r = numbers(cosine, "cosine"), checked_texture(ratio, "ratio")
    if not (np.abs(c) <= 1 + 1e-9).all():
        raise ValueError(f"cosine must lie between -1 and 1; got {cosine!r}")
    return np.asarray((r**2 * c**2 + (1 - np.minimum(c**2, 1)) / r) ** -1.5)


def checked_texture(ratio: npt.ArrayLike, name: str) -> Array:
    """Return ratios of March and Dollase as an array, or raise ValueError if nobody would call them a texture."""
    array = numbers(ratio, name)
    require(array, name, (array >= 0.01) & (array <= 100), "between 0.01 and 100")
    return array


def pseudo_voigt(x: Any, place: Any, width: Any, mixing: float) -> Array:
    """Return the sum of a Lorentzian and a Gaussian of the same full width at half maximum, of area 1."""
    squared = ((x - place) / (width / 2)) ** 2
    gaussian = np.sqrt(np.log(2) / np.pi) * np.exp(-np.log(2) * squared)
    return np.asarray((mixing / np.pi / (1 + squared) + (1 - mixing) * gaussian) / (width / 2))


def _squared_width(tangent: Array, widths: Array) -> Array:
    u, v, w = np.moveaxis(widths[..., None, :], -1, 0)
    squared = u * tangent**2 + v * tangent + w
    if (squared <= 0).any():
        raise ValueError(
            f"resolution must give each peak a positive width, U tan²θ + V tanθ + W; got {squared.min()} at a peak"
        )
    return np.asarray(squared)


def checked_angles(two_theta: npt.ArrayLike) -> Array:
    """Return scattering angles as an array, or raise ValueError if they are none."""
    angle = numbers(two_theta, "two_theta")
    if angle.ndim != 1 or angle.size == 0:
        raise ValueError(f"two_theta must have shape (m,) with at least one point; got shape {angle.shape}")
    if not ((angle > 0) & (angle < 180)).all():
        raise ValueError(f"two_theta must lie between 0 and 180 degrees; got {angle.min()} to {angle.max()}")
    return angle
