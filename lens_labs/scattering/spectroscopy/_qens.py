"""Quasi-elastic line shapes: how fast a motion is, what it leaves elastic, and both behind a Gaussian resolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.scattering.spectroscopy._spectra import BOLTZMANN, HBAR, SIGMA_PER_FWHM, common

Array = npt.NDArray[np.float64]

MOTIONS = ("continuous", "jump", "two_site")
"""Motions that `qens` knows; the number of a class in data is the place in this list."""


class Line(NamedTuple):
    """What a motion does to the spectrum at each momentum transfer; both have shape (..., m)."""

    hwhm: Array
    """Half width at half maximum of the Lorentzian, meV."""
    eisf: Array
    """Share of the scattering of the mobile atoms that stays elastic."""


def line(motion: str, q: Array, diffusion: Array, length: Array) -> Line:
    """Return width and elastic share of a motion, at q of shape (m,), for parameters of shape (...)."""
    if motion not in MOTIONS:
        raise ValueError(f"motion must be one of {', '.join(MOTIONS)}; got {motion!r}")
    fast, far = diffusion[..., None], length[..., None]
    if motion == "continuous":
        return Line(HBAR * fast * q**2, np.zeros(np.broadcast_shapes(fast.shape, q.shape)))
    rate = 6 * HBAR * fast / far**2  # ħ over the time between two jumps, meV
    bessel = np.sinc(q * far / np.pi)  # sin(Ql) / (Ql), the average of exp(iQl) over all directions
    if motion == "jump":
        return Line(rate * (1 - bessel), np.zeros(bessel.shape))
    return Line(np.broadcast_to(2 * rate, bessel.shape), (1 + bessel) / 2)


def spectrum(motion: str, energy: Array, q: Array, given: Mapping[str, Any]) -> Array:
    """Return the scattering behind the resolution, shape (..., m, k), for parameters as `qens` takes them."""
    values, batch = common(given, positive=("diffusion", "length", "temperature"))
    for name in ("resolution", "displacement", "background", "scale"):
        if (values[name] < 0).any():
            raise ValueError(f"{name} must not be negative; the smallest value is {values[name].min()}")
    if ((values["immobile"] < 0) | (values["immobile"] > 1)).any():
        raise ValueError(f"immobile must lie between 0 and 1; got {values['immobile']}")
    hwhm, eisf = line(motion, q, values["diffusion"], values["length"])
    still = values["immobile"][:, None]
    elastic = (still + (1 - still) * eisf)[..., None]  # (batch, m, 1)
    sigma = SIGMA_PER_FWHM * values["resolution"][:, None, None]
    if ((sigma > 0) & (sigma < 1e-16)).any():
        raise ValueError(f"resolution must be 0 or at least 1e-15 meV; got {values['resolution'].min()}")
    if (sigma == 0).any() and not (elastic == 0).all():
        raise ValueError("resolution must be positive where a part of the scattering is elastic; got 0")
    moving = balanced_lorentzian(energy, hwhm[..., None], sigma, values["temperature"][:, None, None])
    resting = np.exp(-0.5 * (energy / np.where(sigma > 0, sigma, 1)) ** 2)
    resting /= np.sqrt(2 * np.pi) * np.where(sigma > 0, sigma, 1)
    fading = np.exp(-(values["displacement"][:, None] ** 2) * q**2 / 3)[..., None]
    whole = fading * (elastic * resting + (1 - elastic) * moving)
    whole = values["scale"][:, None, None] * whole + values["background"][:, None, None]
    return np.asarray(whole.reshape(*batch, q.size, energy.size))


def balanced_lorentzian(energy: Array, hwhm: Array, sigma: Array, temperature: Array) -> Array:
    r"""Return exp(E / 2kT) times a Lorentzian, convolved with a Gaussian, without any numerical integral.

    An exponential only moves a Gaussian: :math:`e^{bE'} G(E - E') = e^{bE + b^2 s^2/2}\, G(E + bs^2 - E')`. So the
    convolution is a Voigt profile, shifted and scaled.
    """
    slope = 1 / (2 * BOLTZMANN * temperature)
    shift = slope * sigma**2
    exponent = slope * (energy + shift / 2)
    if (exponent > _LARGEST).any():
        raise ValueError(
            f"temperature must be higher: kT must not be below 1/{2 * _LARGEST} of the energies; the lowest is {temperature.min()}"
        )
    return np.asarray(np.exp(exponent) * special.voigt_profile(energy + shift, sigma, hwhm))


_LARGEST = 600
"""Largest exponent in reach of a float, with room for the rest of the formula."""
