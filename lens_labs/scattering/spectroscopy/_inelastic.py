"""Maps of spin waves, as a time-of-flight spectrometer records them along a path through a crystal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import numbers, whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.spectroscopy._spectra import axis, choice, common, counted, edges, inside
from lens_labs.scattering.spectroscopy._spin_waves import (
    Magnons,
    check_exchange,
    magnons,
    nodes,
    path,
    sight,
    smeared,
)

Array = npt.NDArray[np.float64]

MODELS = ("frustrated", "ring", "anisotropic")

SPIN_WAVES_PRIOR: Prior = {
    "band": (200, 400),
    "j2_ratio": (0.03, 0.1),
    "ring_ratio": (0.1, 0.33),
    "anisotropy": (1e-4, 1e-3),
    "strong_anisotropy": (0.01, 0.04),
    "temperature": (10, 300),
    "resolution": (18, 30),
    "dose": (5_000, 20_000),
    "background": (0.3, 1.5),
    "decay": (20, 80),
}
"""Ranges from which `simulate_spin_waves` draws: in meV and K; ratios and the anisotropies are those to `j1`.

`anisotropy`, `strong_anisotropy` and `dose` are drawn with the same chance for equal ratios, all others for equal differences.
"""

_BY_RATIO = ("anisotropy", "strong_anisotropy", "dose")
_EXCHANGE = ("j1", "j2", "ring", "anisotropy")
_INSTRUMENT = ("temperature", "resolution", "dose", "background", "decay")
_UNITS = {
    "j1": "meV",
    "j2": "meV",
    "ring": "meV",
    "band": "meV",
    "temperature": "K",
    "resolution": "meV",
    "decay": "meV",
}

CORNERS = np.array([[0.75, 0.25], [0.5, 0.5], [0.5, 0.0], [0.75, 0.25], [1.0, 0.0], [0.5, 0.0]])
"""The path through the layer, r.l.u.: that of the measurement of La₂CuO₄."""

_BINS, _WIDTH, _INCIDENT, _SPIN = 32, 0.015, 500.0, 0.5
RENORMALISATION = 1.18
"""Factor on the energies of linear theory for spins 1/2, by quantum fluctuations."""


def dispersion(
    h: npt.ArrayLike,
    k: npt.ArrayLike,
    *,
    j1: Any,
    j2: Any = 0.0,
    ring: Any = 0.0,
    anisotropy: Any = 0.0,
    spin: float = 0.5,
    renormalisation: float = RENORMALISATION,
) -> tuple[Array, Array]:
    r"""Compute energies and intensities of spin waves of the antiferromagnet on the square lattice.

    The Hamiltonian has exchange between neighbours, along diagonals, and around each square with corners 1 to 4 [1]_:

    .. math::

        H = \sum_{\text{sides}} J_1 (S_i \cdot S_j + \zeta S^z_i S^z_j) + \sum_{\text{diagonals}} J_2\, S_i \cdot S_j
        + J_c \sum_{\text{squares}} \left\{ (S_1 \cdot S_2)(S_3 \cdot S_4) + (S_1 \cdot S_4)(S_2 \cdot S_3)
        - (S_1 \cdot S_3)(S_2 \cdot S_4) \right\}.

    Where neighbours point up and down, linear spin-wave theory gives one branch of two equal magnons,

    .. math::

        \omega = 4 S_0 Z_c \sqrt{A_{hk}^2 - B_{hk}^2}, \qquad S^{xx} + S^{yy} = S_0 \sqrt{\frac{A_{hk} - B_{hk}}{A_{hk} + B_{hk}}},

    .. math::

        A_{hk} = J_1' + \zeta J_1 - J_2' (1 - \cos 2\pi h \cos 2\pi k), \qquad
        B_{hk} = J_1' \tfrac12 (\cos 2\pi h + \cos 2\pi k),

    with :math:`J_1' = J_1 - 2 S_0^2 J_c` and :math:`J_2' = J_2 - S_0^2 J_c`. So a ring acts as a ferromagnetic diagonal does, and no
    map can tell these two apart in this theory. An antiferromagnetic diagonal lowers the energy at (1/2, 0) against
    (1/4, 1/4), a ring raises it.

    Parameters
    ----------
    h, k : array of shape (m,)
        Momentum transfer in the layer, r.l.u. of the square lattice.
    j1, j2, ring : float or array of shape (...)
        Exchange between neighbours, along diagonals and around a square, meV; positive is antiferromagnetic.
    anisotropy : float or array of shape (...)
        Easy axis as a part of the exchange between neighbours, :math:`\zeta`, not negative; it opens a gap.
    spin : float
        Length of a spin, :math:`S_0`.
    renormalisation : float
        Factor on all energies, :math:`Z_c`; 1.18 is usual for spins of 1/2, linear theory alone has 1.

    Returns
    -------
    energy : array of shape (..., m)
        Energy of a magnon, meV.
    weight : array of shape (..., m)
        Transverse structure factor, Sxx + Syy, at zero temperature, a spin. Infinite where the energy is zero at the
        antiferromagnetic point.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, or neighbours would not point up and down.

    References
    ----------
    .. [1] R. Coldea et al., Phys. Rev. Lett. 86, 5377 (2001), https://doi.org/10.1103/PhysRevLett.86.5377

    Examples
    --------
    >>> energy, weight = dispersion([0.5, 0.25], [0.0, 0.25], j1=138.3, j2=2.0, ring=38.0)
    >>> energy.round(1), weight
    (array([316.9, 299.2]), array([0.5, 0.5]))
    """
    h, k = _points(h, k)
    branch, batch = _branch(
        h, k, {"j1": j1, "j2": j2, "ring": ring, "anisotropy": anisotropy}, spin, renormalisation
    )
    return branch.energy.reshape(*batch, h.size), branch.weight.reshape(*batch, h.size)


def spin_waves(
    energy: npt.ArrayLike,
    h: npt.ArrayLike,
    k: npt.ArrayLike,
    *,
    j1: Any,
    j2: Any = 0.0,
    ring: Any = 0.0,
    anisotropy: Any = 0.0,
    temperature: Any = 10.0,
    resolution: Any = 20.0,
    spin: float = 0.5,
    renormalisation: float = RENORMALISATION,
) -> Array:
    r"""Compute what spin waves scatter at points of the layer, in bins of energy, behind a Gaussian resolution.

    Heat adds magnons, which neutrons can create and destroy:

    .. math:: S(Q, E) = (S^{xx} + S^{yy}) \left\{ [n_B(\omega) + 1]\, \delta(E - \omega) + n_B(\omega)\, \delta(E + \omega) \right\},
              \qquad n_B(\omega) = \frac{1}{e^{\omega / k_B T_s} - 1}.

    Parameters
    ----------
    energy : array of shape (e,)
        Centres of the bins of energy transfer, meV, at least two, increasing.
    h, k : array of shape (m,)
        Momentum transfer in the layer, r.l.u.
    j1, j2, ring, anisotropy : float or array of shape (...)
        The magnet, see `dispersion`.
    temperature : float or array of shape (...)
        Temperature, K.
    resolution : float or array of shape (...)
        Full width at half maximum of a Gaussian, meV.
    spin, renormalisation : float
        See `dispersion`.

    Returns
    -------
    array of shape (..., m, e)
        Scattering in each bin, a spin. The sum over all bins is the structure factor.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not physical, or the energy of a magnon is zero at a point.

    Examples
    --------
    >>> spin_waves([200, 250, 300, 350], [0.5], [0.0], j1=130).round(3)
    array([[0.   , 0.   , 0.492, 0.008]])
    """
    h, k = _points(h, k)
    ends = edges(axis(energy, "energy", "meV"), "energy")
    given, batch = common(
        {
            "j1": j1,
            "j2": j2,
            "ring": ring,
            "anisotropy": anisotropy,
            "temperature": temperature,
            "resolution": resolution,
        },
        positive=("temperature", "resolution"),
    )
    branch, _ = _branch(h, k, {name: given[name] for name in _EXCHANGE}, spin, renormalisation)
    if (branch.energy == 0).any():
        raise ValueError(
            "h and k must not be a point where the energy of a magnon is zero; add an anisotropy, or leave it out"
        )
    return smeared(branch, ends, given["resolution"], given["temperature"]).reshape(
        *batch, h.size, ends.size - 1
    )


def simulate_spin_waves(
    n: int,
    *,
    seed: int,
    models: Sequence[str] = ("frustrated", "ring"),
    energy: npt.ArrayLike | None = None,
    bins: int = _BINS,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure maps of spin waves of `n` random layered antiferromagnets at a simulated time-of-flight spectrometer.

    The crystals are like La₂CuO₄, with spins of 1/2 and 3.8 Å between neighbours; the beam of 500 meV runs along c. The path
    through the layer is (3/4, 1/4), (1/2, 1/2), (1/2, 0), (3/4, 1/4), (1, 0), (1/2, 0). All models have the same distribution of
    the mean energy at the zone boundary, ``band``:

    * ``frustrated``: exchange between neighbours and an antiferromagnetic one along diagonals, which lowers the energy at (1/2, 0);
    * ``ring``: exchange between neighbours and around squares, which raises it;
    * ``anisotropic``: exchange between neighbours alone, with a strong easy axis, which opens a gap.

    Spin waves are averaged over each bin, over a width of 0.015 r.l.u. across the path and over the resolution in energy, and
    seen with the form factor of Cu²⁺. They give ``dose`` neutrons in the whole map, on average. The background has
    ``background`` times as many, a half of them flat and the other half falling off with energy as ``exp(-E / decay)``.
    Counts are Poisson.

    Parameters
    ----------
    n : int
        Number of maps.
    seed : int
        Seed; the first maps of a large set are those of a small set with the same seed.
    models : sequence of str
        Models to choose from, with the same chance for each.
    energy : array of shape (e,), optional
        Centres of the bins of energy transfer, meV, increasing, at least two, below 500; 32 from 25 to 435 by default.
    bins : int
        Number of bins along the path.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `SPIN_WAVES_PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the maps of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, bins, e); ``y``: all parameters, and in the column ``model`` the number of the class;
        ``meta["classes"]`` has the names; ``coords``: ``h``, ``k`` (r.l.u.) and ``energy``; ``truth["expected"]``: the counts
        without noise.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_spin_waves(10, seed=1)
    >>> data.x.shape, data.meta["classes"]
    ((10, 32, 32), ('frustrated', 'ring'))
    """
    classes = choice(models, "models", MODELS)
    whole(bins, "bins", at_least=2)
    energy = axis(np.linspace(25, 435, 32) if energy is None else energy, "energy", "meV", positive=True)
    ends = edges(energy, "energy")
    if energy[-1] >= _INCIDENT:
        raise ValueError(f"energy must stay below that of the beam, {_INCIDENT:g} meV; got {energy[-1]:g}")
    drawn_from = ranges(
        SPIN_WAVES_PRIOR, prior, positive=[name for name in SPIN_WAVES_PRIOR if name not in _FREE]
    )
    for name, high in (("j2_ratio", 0.45), ("ring_ratio", 1.5), ("background", np.inf)):
        inside(name, drawn_from[name], 0, high)
    middles, _ = path(CORNERS, bins)
    points, share = nodes(CORNERS, bins, _WIDTH)
    seen = sight(middles[:, 0], middles[:, 1], energy, _INCIDENT)

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[Any]]:
        model = rng.integers(len(classes), size=size)
        values = {
            name: drawn(rng, size, bounds, by_ratio=name in _BY_RATIO) for name, bounds in drawn_from.items()
        }
        return [np.stack([model, *_magnet(np.array(classes)[model], values)], axis=-1)]

    def record(rngs: Sequence[np.random.Generator], y: Array) -> list[npt.NDArray[Any]]:
        expected = np.stack(
            [_expected(dict(zip(names, row, strict=True)), points, share, ends, seen) for row in y]
        )
        counts = [counted(rng, each, "prior['dose']") for rng, each in zip(rngs, expected, strict=True)]
        return [np.stack(counts), expected, y]

    names = ("model", *_EXCHANGE, "band", *_INSTRUMENT)
    counts, expected, y = simulated(n, seed, draw, blocks, record=record)
    units = dict.fromkeys((*names, "x", "h", "k", "expected"), "1") | _UNITS | {"energy": "meV"}
    coords = {"h": middles[:, 0], "k": middles[:, 1], "energy": energy}
    meta = {
        "simulator": "spectroscopy.simulate_spin_waves",
        "seed": seed,
        "classes": classes,
        "prior": drawn_from,
    }
    errors = np.sqrt(np.maximum(counts, 1))
    return Dataset(counts, y, names, units, coords, errors, meta, {"expected": expected})


_FREE = ("j2_ratio", "ring_ratio", "background")


def _points(h: npt.ArrayLike, k: npt.ArrayLike) -> tuple[Array, Array]:
    first, second = axis(h, "h", "r.l.u.", increasing=False), axis(k, "k", "r.l.u.", increasing=False)
    if first.shape != second.shape:
        raise ValueError(f"h and k must have the same shape; got {first.shape} and {second.shape}")
    return first, second


def _branch(
    h: Array, k: Array, given: dict[str, Any], spin: float, renormalisation: float
) -> tuple[Magnons, tuple[int, ...]]:
    for name, value in (("spin", spin), ("renormalisation", renormalisation)):
        if np.shape(value) != () or not 1e-15 <= numbers(value, name) <= 1e15:
            raise ValueError(f"{name} must be a number, finite and positive, within 1e15; got {value!r}")
    exchange, batch = common(given)
    check_exchange(exchange, spin)
    return magnons(h, k, exchange, spin, renormalisation), batch


def _magnet(model: npt.NDArray[np.str_], values: dict[str, Array]) -> list[Array]:
    """Return the exchanges of each model, so that the mean energy of (1/2, 0) and (1/4, 1/4) is the band, and the rest."""
    j2 = np.where(model == "frustrated", values["j2_ratio"], 0)
    ring = np.where(model == "ring", values["ring_ratio"], 0)
    anisotropy = np.where(model == "anisotropic", values["strong_anisotropy"], values["anisotropy"])
    side, diagonal = 1 - 2 * _SPIN**2 * ring, j2 - _SPIN**2 * ring
    j1 = values["band"] / (4 * _SPIN * RENORMALISATION * (side + anisotropy - 1.5 * diagonal))
    return [j1, j2 * j1, ring * j1, anisotropy, values["band"], *(values[name] for name in _INSTRUMENT)]


def _expected(given: dict[str, float], points: Array, share: Array, ends: Array, seen: Array) -> Array:
    """Return the expected counts of one map, shape (bins, e)."""
    one = {name: np.array([value]) for name, value in given.items()}
    h, k = points.reshape(-1, 2).T
    branch = magnons(h, k, one, _SPIN, RENORMALISATION)
    map_ = smeared(branch, ends, one["resolution"], one["temperature"])[0]
    signal = seen * np.einsum("s,mse->me", share, map_.reshape(*points.shape[:2], -1))
    if not (total := signal.sum()):
        raise ValueError(
            f"energy must reach the spin waves of all maps; one of them has its band at {given['band']:.0f} meV"
        )
    falling = -np.diff(np.expm1((ends[0] - ends) / given["decay"]))
    flat = np.diff(ends)
    haze = (flat / flat.sum() + falling / falling.sum()) / (2 * len(signal))
    return np.asarray(given["dose"] * (signal / total + given["background"] * haze))
