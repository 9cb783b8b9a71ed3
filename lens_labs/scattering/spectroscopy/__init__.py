"""Inelastic and quasi-elastic neutron scattering: how atoms move, and how magnetic moments do.

Energies are in meV, momentum transfers in Å⁻¹ or in reciprocal lattice units (r.l.u.), times in ps, temperatures in K. The
energy transfer is what the neutron *loses*: at a positive energy the sample takes it. Resolutions are full widths at half
maximum.

Three techniques share the module. `qens` and `simulate` are the spectra of diffusing hydrogen, as a time-of-flight
spectrometer records them for a few momentum transfers. `spin_waves` and `simulate_spin_waves` are maps of a magnetic
crystal. `excitation_map`, `measure` and `simulate_excitation_maps` stand for a three-axis spectrometer, which counts at one
point after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import one
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.spectroscopy._excitations import (
    EXCITATIONS_PRIOR,
    excitation_map,
    measure,
    simulate_excitation_maps,
)
from lens_labs.scattering.spectroscopy._inelastic import (
    SPIN_WAVES_PRIOR,
    dispersion,
    simulate_spin_waves,
    spin_waves,
)
from lens_labs.scattering.spectroscopy._qens import MOTIONS, spectrum
from lens_labs.scattering.spectroscopy._spectra import axis, choice, counted, edges, inside

__all__ = [
    "EXCITATIONS_PRIOR",
    "PRIOR",
    "SPIN_WAVES_PRIOR",
    "dispersion",
    "excitation_map",
    "measure",
    "qens",
    "simulate",
    "simulate_excitation_maps",
    "simulate_spin_waves",
    "spin_waves",
]

PRIOR: Prior = {
    "diffusion": (0.03, 0.5),
    "length": (1.5, 4.0),
    "immobile": (0.0, 0.4),
    "displacement": (0.1, 0.6),
    "temperature": (260, 340),
    "background": (0.005, 0.05),
    "dose": (500, 10_000),
}
"""Ranges from which `simulate` draws, in the units of `qens`; the dose in neutrons.

`diffusion`, `background` and `dose` are drawn with the same chance for equal ratios, all others for equal differences.
"""

_BY_RATIO = ("diffusion", "background", "dose")
_UNITS = {
    "motion": "1",
    "diffusion": "Å²/ps",
    "length": "Å",
    "immobile": "1",
    "displacement": "Å",
    "temperature": "K",
    "background": "1/meV",
    "dose": "1",
}


def qens(
    energy: npt.ArrayLike,
    q: npt.ArrayLike,
    *,
    motion: str = "jump",
    resolution: Any = 0.08,
    diffusion: Any = 0.2,
    length: Any = 2.0,
    immobile: Any = 0.0,
    displacement: Any = 0.3,
    temperature: Any = 300.0,
    scale: Any = 1.0,
    background: Any = 0.0,
) -> npt.NDArray[np.float64]:
    r"""Compute the quasi-elastic spectrum of atoms that move at random, behind a Gaussian resolution.

    Most atoms scatter incoherently, each for itself, as hydrogen does. A share :math:`w` of them does not move. What the others
    do decides on the half width :math:`\Gamma(Q)` of a Lorentzian, and on the part :math:`A_0(Q)` that stays elastic:

    .. math::

        S(Q, E) = e^{-u_r^2 Q^2 / 3} \left\{ [w_r + (1 - w_r) A_0]\, \delta(E)
        + (1 - w_r)(1 - A_0)\, e^{E / 2 k_B T_s}\, \frac{1}{\pi} \frac{\Gamma}{E^2 + \Gamma^2} \right\}.

    The exponential is detailed balance: the sample gives energy away less often than it takes some.

    ==============  ============================================  ==============================
    motion          :math:`\Gamma(Q)`                             :math:`A_0(Q)`
    ==============  ============================================  ==============================
    continuous      :math:`\hbar D Q^2`                           0
    jump            :math:`(\hbar / \tau_0)(1 - \sin(QL) / QL)`   0
    two_site        :math:`2 \hbar / \tau_0`                      :math:`(1 + \sin(QL) / QL) / 2`
    ==============  ============================================  ==============================

    The time between two jumps is :math:`\tau_0 = L^2 / 6D` for all of them, so a jump over a small distance is the same as
    continuous diffusion [1]_. An atom with two sites jumps between them, over the distance :math:`L`.

    Parameters
    ----------
    energy : array of shape (k,)
        Energy transfer, meV, increasing.
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive and increasing.
    motion : {"continuous", "jump", "two_site"}
        What the mobile atoms do.
    resolution : float or array of shape (...)
        Full width at half maximum of a Gaussian, meV.
    diffusion : float or array of shape (...)
        Diffusion coefficient, Å²/ps; with two sites, the length squared over six times the time.
    length : float or array of shape (...)
        Length of a jump, Å.
    immobile : float or array of shape (...)
        Share of the atoms that stay where they are.
    displacement : float or array of shape (...)
        Root mean square displacement by vibrations, Å, which takes from all intensities at large q.
    temperature : float or array of shape (...)
        Temperature, K.
    scale : float or array of shape (...)
        Factor on the scattering.
    background : float or array of shape (...)
        Added to the scaled scattering, 1/meV.

    Returns
    -------
    array of shape (..., m, k)
        Scattering, 1/meV.

    Raises
    ------
    ValueError
        If the motion is not known, if shapes do not fit, or if a value is not finite or not physical.

    Notes
    -----
    The convolution is exact: it is a shifted Voigt profile, and no integral is added up.

    References
    ----------
    .. [1] C. T. Chudley, R. J. Elliott, Proc. Phys. Soc. 77, 353 (1961), https://doi.org/10.1088/0370-1328/77/2/319

    Examples
    --------
    Water diffuses with about 0.23 Å²/ps, so at 1 Å⁻¹ the half width is 0.15 meV, and a half of the peak is left there:

    >>> water = qens([0.0, 0.1514], [1.0], motion="continuous", diffusion=0.23, resolution=1e-4, displacement=0)
    >>> bool(abs(water[0, 1] / water[0, 0] - 0.5) < 0.01)
    True
    """
    given = {
        "resolution": resolution,
        "diffusion": diffusion,
        "length": length,
        "immobile": immobile,
        "displacement": displacement,
        "temperature": temperature,
        "scale": scale,
        "background": background,
    }
    return spectrum(motion, axis(energy, "energy", "meV"), axis(q, "q", "Å⁻¹", positive=True), given)


def simulate(
    n: int,
    *,
    seed: int,
    motions: Sequence[str] = MOTIONS,
    energy: npt.ArrayLike | None = None,
    q: npt.ArrayLike | None = None,
    resolution: float = 0.08,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure `n` random samples with mobile hydrogen at a simulated time-of-flight spectrometer.

    Each sample has one of the motions, with the same chance for each. Counts are Poisson, around `dose` times S(Q, E) times the
    width of a bin: a dose is the number of neutrons a momentum transfer, if there were no vibrations and all of the line in sight.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    motions : sequence of str
        Motions to choose from, see `qens`.
    energy : array of shape (k,), optional
        Centres of the bins in energy transfer, meV, at least two, increasing; 64 from -1 to 1 by default.
    q : array of shape (m,), optional
        Momentum transfer, Å⁻¹, positive and increasing; 8 from 0.3 to 1.9 by default.
    resolution : float
        Full width at half maximum of the resolution, meV, at least 1.5 times that of the bin nearest to 0: counts follow
        S(Q, E) in the middle of a bin.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, m, k); ``errors``: their standard deviation, at least 1; ``y``: all parameters, and in the column
        ``motion`` the number of the class; ``meta["classes"]`` has the names.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(100, seed=1)
    >>> data.x.shape, data.meta["classes"]
    ((100, 8, 64), ('continuous', 'jump', 'two_site'))
    """
    classes = choice(motions, "motions", MOTIONS)
    energy = axis(np.linspace(-1, 1, 64) if energy is None else energy, "energy", "meV")
    q = axis(np.linspace(0.3, 1.9, 8) if q is None else q, "q", "Å⁻¹", positive=True)
    width = np.diff(edges(energy, "energy"))
    resolution = one(resolution, "resolution", above=0)
    if resolution < (least := 1.5 * width[np.abs(energy).argmin()]):
        raise ValueError(
            f"resolution must be at least 1.5 bins at no energy transfer, {least:g} meV, or the line falls between "
            f"them; got {resolution}"
        )
    drawn_from = ranges(PRIOR, prior, positive=(*_BY_RATIO, "length", "temperature"))
    inside("immobile", drawn_from["immobile"], 0, 1)
    inside("displacement", drawn_from["displacement"], 0, np.inf)

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[Any]]:
        motion = rng.integers(len(classes), size=size)
        values = {
            name: drawn(rng, size, bounds, by_ratio=name in _BY_RATIO) for name, bounds in drawn_from.items()
        }
        expected = np.empty((size, q.size, energy.size))
        for number, name in enumerate(classes):
            its = motion == number
            given = {key: value[its] for key, value in values.items() if key != "dose"}
            expected[its] = spectrum(name, energy, q, given | {"resolution": resolution, "scale": 1.0})
        counts = counted(rng, values["dose"][:, None, None] * width * expected, "prior['dose']")
        return [counts, np.stack([motion, *values.values()], axis=-1)]

    counts, y = simulated(n, seed, draw, blocks)
    meta = {
        "simulator": "spectroscopy.simulate",
        "seed": seed,
        "classes": classes,
        "resolution": resolution,
        "prior": drawn_from,
    }
    units = _UNITS | {"x": "1", "energy": "meV", "q": "1/Å"}
    errors = np.sqrt(np.maximum(counts, 1))
    return Dataset(counts, y, ("motion", *drawn_from), units, {"q": q, "energy": energy}, errors, meta)
