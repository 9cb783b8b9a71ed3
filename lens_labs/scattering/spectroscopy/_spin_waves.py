"""Linear spin-wave theory of the square-lattice antiferromagnet, and how a spectrometer sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.scattering.spectroscopy._spectra import NEUTRON, SIGMA_PER_FWHM, bose

Array = npt.NDArray[np.float64]

PARAMETERS = ("j1", "j2", "ring", "anisotropy")

_CU = ((0.0232, 34.9686), (0.4023, 11.5640), (0.5882, 3.8428), (-0.0137, 0.0))
"""The form factor of Cu²⁺, a sum of Gaussians in (Q / 4π)²."""

LATTICE = 3.8
"""Distance of two neighbouring spins, Å, as in La₂CuO₄."""


class Magnons(NamedTuple):
    """One branch, at points of shape (m,) for exchanges of shape (n,); both arrays have shape (n, m)."""

    energy: Array
    """Energy of a magnon, meV."""
    weight: Array
    """Transverse structure factor, Sxx + Syy, at zero temperature, a spin."""


def magnons(
    h: Array, k: Array, exchange: Mapping[str, Array], spin: float, renormalisation: float
) -> Magnons:
    """Return energies and weights of the magnons; exchanges have shape (n,), h and k the shape (m,)."""
    j1, j2, ring, anisotropy = (exchange[name][:, None] for name in PARAMETERS)
    along_h, along_k = np.cos(2 * np.pi * h), np.cos(2 * np.pi * k)
    near, far = (along_h + along_k) / 2, along_h * along_k
    side, diagonal = j1 - 2 * spin**2 * ring, j2 - spin**2 * ring  # what a ring does to each of its bonds
    kept = side + anisotropy * j1 - diagonal * (1 - far)  # A: the field on a spin
    mixed = side * near  # B: what couples spins up to spins down
    less, more = np.maximum(kept - mixed, 0), np.maximum(kept + mixed, 0)  # rounding may leave -1e-17
    with np.errstate(divide="ignore"):
        return Magnons(4 * spin * renormalisation * np.sqrt(less * more), spin * np.sqrt(less / more))


def check_exchange(exchange: Mapping[str, Array], spin: float) -> None:
    """Raise ValueError unless neighbours point up and down in the state of lowest energy."""
    j1, j2, ring, anisotropy = (exchange[name] for name in PARAMETERS)
    if (anisotropy < 0).any():
        raise ValueError(f"anisotropy must not be negative; the smallest value is {anisotropy.min()}")
    side, diagonal = j1 - 2 * spin**2 * ring, j2 - spin**2 * ring
    if (side <= 0).any() or (2 * diagonal > side).any():
        raise ValueError(
            "j1, j2 and ring must keep the order of an antiferromagnet, j1 - 2 S² ring > 0 and "
            f"2 (j2 - S² ring) <= j1 - 2 S² ring; got j1 {j1}, j2 {j2}, ring {ring}"
        )


def form_factor(q: Array) -> Array:
    """Return the magnetic form factor of Cu²⁺ at a momentum transfer in Å⁻¹; it is 1 at 0."""
    s2 = (q / (4 * np.pi)) ** 2
    return np.asarray(sum(height * np.exp(-width * s2) for height, width in _CU))


def sight(h: Array, k: Array, energy: Array, incident: float) -> Array:
    """Return the weight with which a time-of-flight spectrometer sees a transverse spin wave, shape (m, e).

    The beam is along c, so momentum and energy transfer in the layer fix the momentum transfer across it. The weight is
    kf/ki times the squared form factor times what neutrons see of moments that lie in the layer, along a or b in equal
    parts; 0 where no neutron can arrive.
    """
    flat = (2 * np.pi / LATTICE) ** 2 * (h**2 + k**2)[:, None]
    before, after = np.sqrt(incident / NEUTRON), np.sqrt(np.maximum(incident - energy, 0) / NEUTRON)
    forward = after**2 - flat
    across = before - np.sqrt(np.maximum(forward, 0))
    squared = flat + across**2
    seen = (1 + flat / np.where(squared > 0, 2 * squared, 1)) / 2
    weight = after / before * form_factor(np.sqrt(squared)) ** 2 * seen
    return np.asarray(np.where(forward > 0, weight, 0.0))


def path(corners: Array, bins: int) -> tuple[Array, Array]:
    """Return the centres of bins of equal length along a path through corners of shape (c, 2), and their directions."""
    steps = np.diff(corners, axis=0)
    lengths = np.hypot(*steps.T)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    middles = (np.arange(bins) + 0.5) / bins * ends[-1]
    part = np.searchsorted(ends, middles, side="right") - 1
    directions = steps[part] / lengths[part, None]
    return corners[part] + (middles - ends[part])[:, None] * directions, directions


def nodes(corners: Array, bins: int, width: float) -> tuple[Array, Array]:
    """Return where to compute each bin of a path, shape (bins, s, 2), and with which weights, shape (s,).

    Along the path a bin is averaged over its length, across it over a Gaussian of this standard deviation, r.l.u.
    """
    middles, directions = path(corners, bins)
    length = np.hypot(*np.diff(corners, axis=0).T).sum() / bins
    along = ((np.arange(_ALONG) + 0.5) / _ALONG - 0.5) * length
    places, weights = np.polynomial.hermite_e.hermegauss(_ACROSS)
    normals = np.stack([-directions[:, 1], directions[:, 0]], axis=-1)
    moved = along[:, None, None, None] * directions + width * places[:, None, None] * normals
    points = (middles + moved).reshape(-1, bins, 2).swapaxes(0, 1)
    return points, np.tile(weights / weights.sum() / _ALONG, _ALONG)


_ALONG, _ACROSS = 8, 3


def smeared(branch: Magnons, edges: Array, resolution: Array, temperature: Array) -> Array:
    """Return the scattering in each bin of energy, shape (n, m, e), with creation and destruction of magnons.

    `branch` has shape (n, m), `edges` (e + 1,), FWHM of the resolution and temperature (n,). What is returned is the integral
    over a bin, not a density.
    """
    energy, weight = branch.energy[..., None], branch.weight[..., None]
    sigma = np.broadcast_to(SIGMA_PER_FWHM * resolution[:, None, None], energy.shape)
    narrow = np.sqrt(2) * sigma
    up = bose(energy, temperature[:, None, None])
    seen = up * np.diff(special.erf((edges - energy) / narrow)) / 2
    near = (edges[0] + energy)[..., 0] < _REACH * sigma[
        ..., 0
    ]  # few of them, and their cost would be the same
    destroyed = np.diff(special.erf((edges + energy[near]) / narrow[near])) / 2
    seen[near] += (up[near] - 1) * destroyed
    return np.asarray(weight * seen)


_REACH = 9.0
"""Standard deviations beyond which a Gaussian has gone."""
