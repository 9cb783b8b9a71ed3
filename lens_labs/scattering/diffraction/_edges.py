"""Bragg edges: how much of a beam comes through a polycrystal, wavelength by wavelength."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.scattering._arguments import finite, numbers, one
from lens_labs.scattering.diffraction._crystals import Array, Crystal, direction, families, stretched
from lens_labs.scattering.diffraction._powders import march_dollase

THERMAL = 1.798
"""Wavelength, Å, at which absorption cross-sections are tabulated: that of neutrons with 2,200 m/s."""

_AROUND = (np.arange(32) + 0.5) * np.pi / 32
"""Angles around the beam over which a texture is averaged; by symmetry half a turn is enough."""

_SINES = np.linspace(0, 1, 513)
"""Sines of Bragg's angle at which the average is taken; between them it is interpolated."""


def cross_section(
    wavelength: npt.ArrayLike,
    crystal: Crystal,
    *,
    strain: npt.ArrayLike = 0.0,
    texture: float = 1.0,
    axis: npt.ArrayLike = (0, 0, 1),
) -> Array:
    r"""Compute the cross-section for Bragg reflection out of a beam, the coherent elastic one.

    A family of planes reflects as long as the wavelength is shorter than twice its spacing, so the sum loses a term, and
    the cross-section has an edge, at each :math:`2d_{hkl}` [1]_:

    .. math:: V_c\,\Sigma_\mathrm{el}(\lambda) = \frac{\lambda^2}{2 V_c} \sum_{2d_{hkl} > \lambda}
              m_{hkl}\,|F_{hkl}|^2\, d_{hkl}\, P_{hkl}(\lambda).

    In a textured sample, :math:`P_{hkl}` is the density of `march_dollase`, averaged over the cone of normals that reflect
    this wavelength.

    Parameters
    ----------
    wavelength : array of shape (m,)
        Wavelengths, Å, positive.
    crystal : Crystal
        What the grains consist of.
    strain : float or array of shape (...)
        By which share all spacings are longer than those of `crystal`: an edge moves from 2d to 2d(1 + strain).
    texture : float
        Ratio of March and Dollase about the beam, from 0.25 to 4; 1 is no texture.
    axis : array of shape (3,)
        Miller indices of the planes whose normal the texture turns to the beam (below 1) or away from it.

    Returns
    -------
    array of shape (..., m)
        Cross-section of one unit cell, barn.

    Raises
    ------
    ValueError
        If an argument is not physical.

    References
    ----------
    .. [1] M. Boin, J. Appl. Cryst. 45, 603 (2012), https://doi.org/10.1107/S0021889812016056

    Examples
    --------
    The last edge of iron, that of its planes (110), is at 4.054 Å:

    >>> from lens_labs.scattering.diffraction import CRYSTALS
    >>> cross_section([4.05, 4.06], CRYSTALS["alpha iron"]).round(2)
    array([29.03,  0.  ])
    """
    lam, stretch = checked_wavelengths(wavelength), stretched(strain)
    total = np.zeros((*stretch.shape, lam.size))
    for d, part in _families(lam, crystal, stretch, texture=texture, axis=axis):
        total += part * (lam < 2 * d * stretch[..., None])
    return total


def bragg_edges(
    wavelength: npt.ArrayLike,
    crystal: Crystal,
    *,
    thickness: npt.ArrayLike = 1.0,
    strain: npt.ArrayLike = 0.0,
    texture: float = 1.0,
    axis: npt.ArrayLike = (0, 0, 1),
    width: float = 0.0,
    tail: float = 0.0,
) -> Array:
    r"""Compute the share of a beam that a polycrystal lets through.

    .. math:: \mathcal T(\lambda) = \exp\left(-l\left[\Sigma_\mathrm{el}(\lambda) + \Sigma_\mathrm{inc} +
              \Sigma_\mathrm{abs}\,\frac{\lambda}{1.798\,\text{Å}}\right]\right),

    with the path :math:`l` through the material, Bragg reflection as in `cross_section`, and absorption that is
    inverse to the speed of the neutrons. The pulse of the source makes each edge of the transmission wide: a Gaussian, and a
    tail towards longer wavelengths, which is exponential because the moderator empties so [1]_.

    Parameters
    ----------
    wavelength : array of shape (m,)
        Wavelengths, Å, positive.
    crystal : Crystal
        What the grains consist of.
    thickness : float or array of shape (...)
        Path of the beam through the material, cm.
    strain, texture, axis
        As in `cross_section`.
    width, tail : float
        Standard deviation of the Gaussian and constant of the exponential, Å; 0 leaves an edge sharp. Both are small:
        8 width + 25 tail is at most half of the shortest wavelength.

    Returns
    -------
    array of shape (..., m)
        Transmission, from 0 to 1.

    Raises
    ------
    ValueError
        If an argument is not physical.

    Notes
    -----
    What is scattered with a change of energy is not counted, so a real transmission is a little smaller below the
    shortest edges. Extinction in large grains is not simulated either. A pulse blurs edges alone: between them the
    transmission changes little over its width.

    References
    ----------
    .. [1] J. R. Santisteban, L. Edwards, A. Steuwer, P. J. Withers, J. Appl. Cryst. 34, 289 (2001),
           https://doi.org/10.1107/S0021889801003260

    Examples
    --------
    >>> from lens_labs.scattering.diffraction import CRYSTALS
    >>> bragg_edges([4.0, 4.1], CRYSTALS["alpha iron"], thickness=1.0).round(2)
    array([0.18, 0.59])
    """
    path = finite(thickness, "thickness", least=0.0)
    lam = checked_wavelengths(wavelength)
    stretch = stretched(strain)
    return transmitted(lam, [(crystal, path)], stretch, texture=texture, axis=axis, width=width, tail=tail)


def transmitted(
    lam: Array,
    materials: Sequence[tuple[Crystal, Array]],
    stretch: Array,
    *,
    texture: float,
    axis: npt.ArrayLike,
    width: float,
    tail: float,
) -> Array:
    """Return what comes through crystals, given with their paths in cm; strain and texture are the same in all.

    A detector adds neutrons up, so a pulse blurs the transmission and not the cross-section in its exponent. Beyond the last
    edge one transmission holds, below it the next one, and so on; a pulse mixes those of both sides.
    """
    sigma, tau = (one(value, name, least=0.0) for value, name in ((width, "width"), (tail, "tail")))
    reach = _reach(sigma, tau)
    if reach > lam.min() / 2:
        raise ValueError(
            f"width and tail must be so small that 8 width + 25 tail is at most half of each wavelength; "
            f"got {width} and {tail}"
        )
    shapes = [path.shape for _, path in materials]
    try:
        shape = np.broadcast_shapes(stretch.shape, *shapes)
    except ValueError:
        raise ValueError(
            f"thickness and strain must be numbers or arrays of one shape; got {shapes[0]} and {stretch.shape}"
        ) from None
    depth, steps = np.zeros((*shape, lam.size)), []
    for crystal, path in materials:
        per_barn = path[..., None] / crystal.volume  # barn over Å³ is 1/cm
        depth += per_barn * (crystal.incoherent + crystal.absorption * lam / THERMAL)
        steps.append(
            _families(lam, crystal, stretch, texture=texture, axis=axis, reach=reach, per_barn=per_barn)
        )
    total, above = np.zeros(depth.shape), np.ones(depth.shape)
    for d, part in heapq.merge(*steps, key=lambda step: -step[0]):
        below = _below(lam, 2 * d * stretch[..., None], sigma, tau)
        total += (above - below) * np.exp(-depth)
        depth, above = depth + part, below
    return total + above * np.exp(-depth)


def _families(
    lam: Array,
    crystal: Crystal,
    stretch: Array,
    *,
    texture: float,
    axis: npt.ArrayLike,
    reach: float = 0.0,
    per_barn: Array | float = 1.0,
) -> Iterator[tuple[float, Array]]:
    """Yield the spacing of each family, the widest first, and its cross-section (barn, or times something) without an edge."""
    ratio = one(texture, "texture")
    if not 0.25 <= ratio <= 4:  # the cones of a sharper texture would need more angles and sines
        raise ValueError(f"texture must lie between 0.25 and 4; got {texture!r}")
    if stretch.size == 0:
        return
    reduced = lam / stretch[..., None]  # what the wavelength is to a crystal without strain
    peaks = families(crystal, (lam.min() - reach) / (2 * stretch.max()), "wavelength", lam.min())
    cosines = np.abs(peaks.members @ direction(axis, crystal.cell))
    for k, d in enumerate(peaks.d):
        strength = peaks.multiplicity[k] * peaks.f_squared[k] / 100 * d / (2 * crystal.volume)
        part = reduced**2 * strength
        if ratio != 1:
            part *= _textured(reduced / (2 * d), cosines[peaks.family == k], ratio)
        yield float(d), per_barn * part


def _below(wavelength: Array, edge: Array, sigma: float, tau: float) -> Array:
    """Return the share of the neutrons of a nominal wavelength that was below an edge, shape (..., m)."""
    past = wavelength - edge
    if sigma == 0 and tau == 0:
        return np.asarray(past < 0, dtype=float)
    lowest, highest = wavelength - edge.max(), wavelength - edge.min()
    near = (highest > -8 * sigma) & (lowest < _reach(sigma, tau))  # elsewhere it is 0 or 1
    share = np.asarray(past < 0, dtype=float)
    x = past[..., near]
    if tau == 0:
        share[..., near] = special.ndtr(-x / sigma)
    elif sigma == 0:
        share[..., near] = np.exp(-np.maximum(x, 0) / tau)
    else:
        late = np.exp(sigma**2 / (2 * tau**2) - x / tau + special.log_ndtr(x / sigma - sigma / tau))
        share[..., near] = np.minimum(special.ndtr(-x / sigma) + late, 1)
    return share


def _reach(sigma: float, tau: float) -> float:
    """Return how far from an edge it is felt: to one part in 10¹⁰."""
    return 8 * sigma + 25 * tau


def _textured(sine: Array, cosines: Array, ratio: float) -> Array:
    """Return the density of normals on the cone that reflects, mean over a family of planes, shape of `sine`."""
    found, times = np.unique(np.round(cosines, 9), return_counts=True)
    across = np.sqrt((1 - _SINES**2) * (1 - found[:, None] ** 2))
    cone = (_SINES * found[:, None])[..., None] + across[..., None] * np.cos(_AROUND)
    density = march_dollase(np.clip(cone, -1, 1), ratio).mean(
        axis=-1
    )  # (planes, sines): smooth, so a table will do
    return np.asarray(np.interp(sine, _SINES, times @ density / times.sum()))


def checked_wavelengths(wavelength: npt.ArrayLike) -> Array:
    """Return wavelengths as an array, or raise ValueError if they are none."""
    lam = numbers(wavelength, "wavelength")
    if lam.ndim != 1 or lam.size == 0:
        raise ValueError(f"wavelength must have shape (m,) with at least one point; got shape {lam.shape}")
    if not (np.isfinite(lam).all() and (lam > 0).all()):
        raise ValueError(f"wavelength must be finite and positive, in Å; the smallest value is {lam.min()}")
    return lam
