"""How strongly the materials of a can of soil weaken a beam of neutrons or X-rays, and what is counted behind them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from lens_labs.scattering.tomography._projection import finite, stacked

Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Contrast:
    """What a kind of beam sees.

    Parameters
    ----------
    colours : array of shape (c,)
        Of what the beam is a mixture: wavelengths, Å, of neutrons; energies, keV, of X-rays.
    unit : str
        Unit of `colours`.
    spectrum : array of shape (c,)
        Share of each colour in the counts of the open beam; the sum is 1.
    coefficients : array of shape (5, c)
        Attenuation coefficients of the materials of `CLASSES`, 1/cm.
    """

    colours: Floats
    unit: str
    spectrum: Floats
    coefficients: Floats


CONTRASTS: Mapping[str, Contrast] = {
    "neutron": Contrast(
        colours=np.array([2.0, 3.0, 4.0, 5.0, 6.0]),
        unit="Å",
        spectrum=np.array([0.18, 0.28, 0.26, 0.18, 0.10]),
        coefficients=np.array(
            [
                [0.0, 0.0, 0.0, 0.0, 0.0],
                [0.287, 0.290, 0.292, 0.295, 0.298],  # quartz
                [3.6, 4.4, 5.1, 5.7, 6.3],
                [2.88, 3.52, 4.08, 4.56, 5.04],
                [0.106, 0.114, 0.122, 0.129, 0.137],  # aluminium
            ]
        ),
    ),
    "x-ray": Contrast(
        colours=np.array([30.0, 40.0, 50.0, 60.0, 80.0]),
        unit="keV",
        spectrum=np.array([0.15, 0.25, 0.25, 0.20, 0.15]),
        coefficients=np.array(
            [
                [0.0, 0.0, 0.0, 0.0, 0.0],
                [2.312, 1.233, 0.844, 0.666, 0.513],
                [0.376, 0.268, 0.227, 0.206, 0.184],
                [0.301, 0.215, 0.182, 0.165, 0.147],
                [3.046, 1.535, 0.994, 0.750, 0.545],
            ]
        ),
    ),
}
"""The beams that `simulate` knows: neutrons see water, X-rays see grains.

All values are approximate. X-rays: the mass attenuation coefficients of the elements in the tables of NIST (Hubbell and
Seltzer, https://www.nist.gov/pml/x-ray-mass-attenuation-coefficients) times the densities of quartz, 2.65, water, 1.0, and
aluminium, 2.70 g/cm³. Neutrons: number density times the cross-sections of Sears, Neutron News 3, 26 (1992),
https://doi.org/10.1080/10448639208218770, for scattering and, growing with the wavelength, absorption; Bragg edges are
smoothed away. Hydrogen in water is no table value: it counts about 50 barn at 2 Å and 90 barn at 6 Å, the more the colder
the beam. A root is taken as four fifths of water.
"""


def transmission(lengths: npt.ArrayLike, coefficients: npt.ArrayLike, spectrum: npt.ArrayLike) -> Floats:
    r"""Return which share of a beam of several colours passes through several materials.

    .. math:: T = \sum_c w_c \exp\Big(-\sum_m \Sigma_{mc}\, l_m\Big)

    One colour alone obeys the law of Beer and Lambert, and −ln T is a line integral. A mixture does not: the colours that
    are weakened most are lost first, so the rest of the beam passes more easily. This is beam hardening.

    Parameters
    ----------
    lengths : array of shape (m, ...)
        How far the beam runs through each material, cm.
    coefficients : array of shape (m, c)
        Attenuation coefficient of each material for each colour, 1/cm.
    spectrum : array of shape (c,)
        Share of each colour in the counts of the open beam; the sum is 1.

    Returns
    -------
    array of shape (...)
        Transmission, between 0 and 1 for lengths that are not negative.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, an attenuation coefficient or a share is negative, or the shares do not
        have the sum 1.

    Examples
    --------
    Twice the water does not take twice as much away:

    >>> beam = CONTRASTS["neutron"]
    >>> (-np.log(transmission([[0.5, 1.0]], beam.coefficients[[2]], beam.spectrum))).round(2)
    array([2.35, 4.53])
    """
    length, sigma, share = (
        finite(value, name)
        for value, name in ((lengths, "lengths"), (coefficients, "coefficients"), (spectrum, "spectrum"))
    )
    if sigma.ndim != 2 or sigma.shape[0] != (length.shape or (0,))[0]:
        raise ValueError(
            f"coefficients must have one row for each of the materials in lengths, of shape {length.shape}; "
            f"got shape {sigma.shape}"
        )
    if share.shape != sigma.shape[1:]:
        raise ValueError(f"spectrum must have shape {sigma.shape[1:]}; got shape {share.shape}")
    if (sigma < 0).any():
        raise ValueError(f"coefficients must not be negative, in 1/cm; the smallest value is {sigma.min()}")
    if (share < 0).any() or abs(share.sum() - 1) > 1e-9:
        raise ValueError(f"spectrum must not be negative and have the sum 1; got {share}")
    return np.asarray(
        sum(w * np.exp(-np.tensordot(s, length, axes=1)) for w, s in zip(share, sigma.T, strict=True))
    )


def line_integrals(counts: npt.ArrayLike, flat: npt.ArrayLike, dark: npt.ArrayLike = 0.0) -> Floats:
    """Return the line integrals of the attenuation coefficient: −ln((counts − dark) / (flat − dark)).

    Parameters
    ----------
    counts : array of shape (..., v, n)
        What each detector pixel counted in each view.
    flat : array of shape (n,) or (..., n)
        What it counts in the open beam.
    dark : float or array of shape (n,) or (..., n)
        What it counts without a beam.

    Returns
    -------
    array of shape (..., v, n)
        Line integrals, without a unit. Where less than half a count is left of the beam, half a count is taken.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite or is negative, or the open beam does not exceed the dark current.

    Examples
    --------
    >>> line_integrals([[[102.0, 740.0], [2.0, 2002.0]]], flat=[2002.0, 2002.0], dark=2.0).round(2)
    array([[[ 3.  ,  1.  ],
            [ 8.29, -0.  ]]])
    """
    measured = stacked(counts, "counts")
    steady = {"flat": finite(flat, "flat"), "dark": finite(dark, "dark")}
    for name, value in {"counts": measured, **steady}.items():
        if (value < 0).any():
            raise ValueError(f"{name} must not be negative; the smallest value is {value.min()}")
    for name, value in steady.items():
        if value.shape not in ((measured.shape[-1],), measured.shape[:-2] + measured.shape[-1:], ()):
            raise ValueError(f"{name} must have one value for each detector pixel; got shape {value.shape}")
    offset = steady["dark"][..., None, :] if steady["dark"].ndim else steady["dark"]
    open_beam = (steady["flat"][..., None, :] if steady["flat"].ndim else steady["flat"]) - offset
    if (open_beam <= 0).any():
        raise ValueError(f"flat must be larger than dark; the smallest difference is {open_beam.min()}")
    return np.asarray(-np.log(np.maximum(measured - offset, 0.5) / open_beam))
