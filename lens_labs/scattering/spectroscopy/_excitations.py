"""A landscape of excitations at which a three-axis spectrometer counts point by point."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import numbers, one
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.spectroscopy._spectra import SIGMA_PER_FWHM, axis, bose, common, counted

Array = npt.NDArray[np.float64]

EXCITATIONS_PRIOR: Prior = {
    "gap": (1.0, 3.0),
    "top": (6.0, 10.0),
    "strength": (20, 100),
    "damping": (0.05, 0.3),
    "level": (3.0, 11.0),
    "level_strength": (2, 15),
    "temperature": (2, 50),
    "background": (0.1, 1.0),
    "time": (1, 30),
}
"""Ranges from which `simulate_excitation_maps` draws, in the units of `excitation_map`; the time at each point in s.

`strength`, `level_strength`, `background` and `time` are drawn with the same chance for equal ratios, all others for equal
differences.
"""

_BY_RATIO = ("strength", "level_strength", "background", "time")
_UNITS = {
    "gap": "meV",
    "top": "meV",
    "strength": "meV/s",
    "damping": "meV",
    "level": "meV",
    "level_strength": "meV/s",
    "temperature": "K",
    "background": "1/s",
    "time": "s",
}
_DEFAULTS = {
    "gap": 2.0,
    "top": 8.0,
    "strength": 60.0,
    "damping": 0.15,
    "level": 5.0,
    "level_strength": 6.0,
    "temperature": 10.0,
    "background": 0.3,
    "resolution": 0.5,
}


def excitation_map(points: npt.ArrayLike, **parameters: Any) -> Array:
    r"""Compute the count rate of a three-axis spectrometer at any points of momentum and energy transfer.

    A branch of spin waves with a gap, :math:`\omega(h)^2 = \omega_0^2 + (\omega_1^2 - \omega_0^2) \sin^2 \pi h`, crosses a level of single
    ions, which does not depend on momentum. Both are damped harmonic oscillators [1]_ behind a Gaussian resolution,

    .. math:: [1 + n_B(E)] \left\{ I_1 \frac{\omega_0}{\omega(h)}\, [\mathcal V(E - \omega(h)) - \mathcal V(E + \omega(h))]
              + I_2\, [\mathcal V(E - \omega_2) - \mathcal V(E + \omega_2)] \right\} + \text{background},

    where :math:`\mathcal V` is a Voigt profile and :math:`n_B` the occupation by heat. The landscape is smooth, and can be computed
    anywhere, so it is the truth against which any strategy of measuring can be judged.

    Parameters
    ----------
    points : array of shape (m, 2)
        Momentum transfer h, r.l.u., and energy transfer, meV, not 0, of each point.
    **parameters : float or array of shape (...)
        With defaults in brackets: ``gap`` (2 meV) and ``top`` (8 meV), the energies of the branch at h = 0 and at h = 1/2, with gap
        <= top; ``strength`` of the branch (60 meV/s); ``level`` (5 meV) and ``level_strength`` (6 meV/s); ``damping``, the
        half width at half maximum of the Lorentzian (0.15 meV); ``resolution``, the full width of the Gaussian (0.5 meV);
        ``temperature`` (10 K); ``background`` (0.3/s).

    Returns
    -------
    array of shape (..., m)
        Neutrons expected in a second.

    Raises
    ------
    ValueError
        If a parameter is not known, if shapes do not fit, or if a value is not physical.

    References
    ----------
    .. [1] B. Fåk, B. Dorner, Physica B 234-236, 1107 (1997), https://doi.org/10.1016/S0921-4526(97)00121-X

    Examples
    --------
    >>> excitation_map([[0.0, 2.0], [0.5, 8.0], [0.5, 2.0]]).round(1)
    array([77.1, 17.7,  0.3])
    """
    for name in parameters:
        if name not in _DEFAULTS:
            raise ValueError(
                f"an excitation map has no parameter {name!r}; its parameters are {', '.join(_DEFAULTS)}"
            )
    h, energy = _points(points)
    given, batch = common(
        {**_DEFAULTS, **parameters}, positive=("gap", "top", "level", "temperature", "resolution")
    )
    for name in ("strength", "level_strength", "damping", "background"):
        if (given[name] < 0).any():
            raise ValueError(f"{name} must not be negative; the smallest value is {given[name].min()}")
    if (given["gap"] > given["top"]).any():
        raise ValueError(f"gap must not be larger than top; got gap {given['gap']}, top {given['top']}")
    return _rate(h, energy, given).reshape(*batch, h.size)


def measure(
    points: npt.ArrayLike, time: npt.ArrayLike, *, rng: np.random.Generator, **parameters: Any
) -> npt.NDArray[np.int64]:
    """Count neutrons at points of an excitation map, for a while at each of them.

    Parameters
    ----------
    points : array of shape (m, 2)
        Where to count, see `excitation_map`.
    time : float or array of shape (m,)
        How long, s, positive.
    rng : numpy.random.Generator
        Where the chances of the counts come from.
    **parameters : float
        The landscape, see `excitation_map`.

    Returns
    -------
    array of shape (m,)
        Counts, Poisson around rate times time.

    Raises
    ------
    ValueError
        If a time is not positive, a shape does not fit, or a parameter is not physical.

    Examples
    --------
    >>> measure([[0.0, 2.0], [0.5, 2.0]], 10, rng=np.random.default_rng(0))
    array([782,   1])
    """
    if not hasattr(rng, "poisson"):
        raise ValueError(f"rng must be a numpy.random.Generator; got {rng!r}")
    rate = excitation_map(points, **parameters)
    lasting = numbers(time, "time")
    if rate.ndim != 1:
        raise ValueError(
            f"parameters must be numbers, those of one landscape; got some of shape {rate.shape[:-1]}"
        )
    if lasting.shape not in ((), rate.shape):
        raise ValueError(f"time must be a number or have shape {rate.shape}; got shape {lasting.shape}")
    if not np.isfinite(lasting).all() or (lasting <= 0).any():
        raise ValueError(f"time must be finite and positive, in s; the smallest value is {lasting.min()}")
    return counted(rng, rate * lasting, "time")


def simulate_excitation_maps(
    n: int,
    *,
    seed: int,
    h: npt.ArrayLike | None = None,
    energy: npt.ArrayLike | None = None,
    resolution: float = 0.5,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure `n` random excitation maps on a grid, the same time at each point.

    Parameters
    ----------
    n : int
        Number of maps.
    seed : int
        Seed; the first maps of a large set are those of a small set with the same seed.
    h : array of shape (m,), optional
        Momentum transfer, r.l.u., increasing; 32 from 0 to 1 by default.
    energy : array of shape (k,), optional
        Energy transfer, meV, positive and increasing; 32 from 0.5 to 12 by default.
    resolution : float
        Full width at half maximum of the resolution, meV, positive.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `EXCITATIONS_PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the maps of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, m, k); ``y``: all parameters; ``truth["rate"]``: neutrons expected in a second.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_excitation_maps(10, seed=1)
    >>> data.x.shape, data.truth["rate"].shape
    ((10, 32, 32), (10, 32, 32))
    """
    h = axis(np.linspace(0, 1, 32) if h is None else h, "h", "r.l.u.")
    energy = axis(np.linspace(0.5, 12, 32) if energy is None else energy, "energy", "meV", positive=True)
    resolution = one(resolution, "resolution", least=1e-15)
    drawn_from = ranges(EXCITATIONS_PRIOR, prior, positive=tuple(EXCITATIONS_PRIOR))
    if drawn_from["gap"][1] > drawn_from["top"][0]:
        raise ValueError(
            f"prior['gap'] must end below prior['top']; got {drawn_from['gap']} and {drawn_from['top']}"
        )

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[Any]]:
        values = [drawn(rng, size, bounds, by_ratio=name in _BY_RATIO) for name, bounds in drawn_from.items()]
        return [np.stack(values, axis=-1)]

    def record(rngs: Iterable[np.random.Generator], y: Array) -> list[npt.NDArray[Any]]:
        given = dict(zip(drawn_from, y.T, strict=True))
        rate = _rate(h[:, None], energy[None], given | {"resolution": np.full(len(y), resolution)})
        expected = given["time"][:, None, None] * rate
        counts = [counted(rng, each, "prior['time']") for rng, each in zip(rngs, expected, strict=True)]
        return [np.stack(counts), rate, y]

    counts, rate, y = simulated(n, seed, draw, blocks, record=record)
    units = _UNITS | {"x": "1", "h": "1", "energy": "meV", "rate": "1/s"}
    meta = {"simulator": "spectroscopy.simulate_excitation_maps", "seed": seed, "resolution": resolution}
    errors, coords = np.sqrt(np.maximum(counts, 1)), {"h": h, "energy": energy}
    return Dataset(
        counts, y, tuple(drawn_from), units, coords, errors, meta | {"prior": drawn_from}, {"rate": rate}
    )


def _points(points: npt.ArrayLike) -> tuple[Array, Array]:
    where = numbers(points, "points")
    if where.ndim != 2 or where.shape[1] != 2 or len(where) == 0:
        raise ValueError(f"points must have shape (m, 2) with at least one point; got shape {where.shape}")
    if not (np.abs(where) <= 1e15).all() or (np.abs(where[:, 1]) < 1e-15).any():
        raise ValueError(
            "points must be finite, within 1e15, and points[:, 1] (energy transfer, meV) must not be 0"
        )
    return where[:, 0], where[:, 1]


def _rate(h: Array, energy: Array, given: dict[str, Array]) -> Array:
    """Return the rate at points of shape (m,), or on a grid (m, 1) by (1, k), for parameters of shape (n,)."""
    one = {name: value.reshape(-1, *(1,) * h.ndim) for name, value in given.items()}
    gap, top, sigma = one["gap"], one["top"], SIGMA_PER_FWHM * one["resolution"]
    branch = np.sqrt(gap**2 + (top**2 - gap**2) * np.sin(np.pi * h) ** 2)

    def oscillator(own: Array) -> Array:
        created = special.voigt_profile(energy - own, sigma, one["damping"])
        return np.asarray(created - special.voigt_profile(energy + own, sigma, one["damping"]))

    waves = one["strength"] * gap / branch * oscillator(branch)
    both = waves + one["level_strength"] * oscillator(one["level"])
    return np.asarray(bose(energy, one["temperature"]) * both + one["background"])
