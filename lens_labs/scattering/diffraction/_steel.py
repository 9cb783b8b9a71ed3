"""Images of steel, wavelength by wavelength: what Bragg edges tell of its phases and its strain, pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import numbers, whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.diffraction._crystals import CRYSTALS, Array
from lens_labs.scattering.diffraction._edges import checked_wavelengths, transmitted

EDGES_PRIOR: Prior = {
    "thickness": (0.5, 2.0),
    "austenite": (0.1, 0.9),
    "strain": (2e-4, 2e-3),
    "texture": (0.75, 1.3),
    "exposure": (2_000, 50_000),
}
"""Ranges from which `simulate_bragg_edges` draws: thickness of the plate (cm), share of austenite in the middle of its
range, largest strain, texture, and counts of the open beam in one pixel and one interval of wavelength at its maximum.

`strain`, `texture` and `exposure` are drawn with the same chance for equal ratios, all others for equal differences.
"""

FERRITE, AUSTENITE = CRYSTALS["alpha iron"], CRYSTALS["gamma iron"]
PULSE = {"width": 0.006, "tail": 0.012}
"""How the pulse of the source broadens edges, Å."""

_BRIGHTEST = 2.5
"""Wavelength, Å, at which the open beam is strongest."""

_BY_RATIO = ("strain", "texture", "exposure")
_WAVES = 3
"""A map is a sum of waves with at most so many half-periods across the plate."""


def simulate_bragg_edges(
    n: int,
    *,
    seed: int,
    size: int = 16,
    wavelength: npt.ArrayLike | None = None,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure plates of steel at a pulsed source: images of their transmission, wavelength by wavelength.

    A plate consists of ferrite (alpha iron) and austenite (gamma iron), as after a deformation that has changed some of
    one into the other. The share of austenite and the elastic strain along the beam are smooth maps. The strain is the same in
    both, moves all edges of a pixel, and has the mean 0 over the plate, as stresses that nobody holds must. All grains share one texture about the beam. An open beam, whose spectrum falls
    towards long wavelengths, is counted ten times as long as the sample. What is returned is the ratio of the two
    images, as a reduction program would.

    Parameters
    ----------
    n : int
        Number of plates.
    seed : int
        Seed; the first plates of a large set are those of a small set with the same seed.
    size : int
        Pixels along each side, at least 2.
    wavelength : array of shape (m,), optional
        Wavelengths, Å, positive and increasing; 200 points from 2.6 to 4.4 by default.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `EDGES_PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the plates of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: transmission, shape (n, size, size, m); ``errors``: its standard deviation; ``y``: all parameters, and the
        mean share of austenite; ``truth``: the maps ``"austenite"``, a share of the volume, and ``"strain"``, shape
        (n, size, size), and ``"open_beam"``, its counts over the time of the sample, the expected and therefore the same
        for all pixels, shape (n, m).

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_bragg_edges(2, seed=0, size=4)
    >>> data.x.shape, data.truth["strain"].shape
    ((2, 4, 4, 200), (2, 4, 4))
    """
    whole(size, "size", at_least=2)
    lam = checked_wavelengths(
        np.linspace(2.6, 4.4, 200) if wavelength is None else numbers(wavelength, "wavelength")
    )
    if (np.diff(lam) <= 0).any():
        raise ValueError("wavelength must increase from point to point")
    drawn_from = ranges(EDGES_PRIOR, prior, positive=("thickness", *_BY_RATIO))
    low, high = drawn_from["austenite"]
    if low < 0 or high > 1:
        raise ValueError(f"prior['austenite'] must lie between 0 and 1; got {drawn_from['austenite']}")
    if drawn_from["strain"][1] > 0.05:
        raise ValueError(f"prior['strain'] must not be larger than 0.05; got {drawn_from['strain']}")

    def draw(rng: np.random.Generator, number: int) -> list[Array]:
        columns = [drawn(rng, number, drawn_from[name], by_ratio=name in _BY_RATIO) for name in EDGES_PRIOR]
        return [np.stack(columns, axis=1)]

    def record(rngs: Sequence[np.random.Generator], y: Array) -> list[npt.NDArray[Any]]:
        plates = [
            _plate(rng, dict(zip(EDGES_PRIOR, row, strict=True)), lam, size)
            for rng, row in zip(rngs, y, strict=True)
        ]
        parts = [np.stack(part) for part in zip(*plates, strict=True)]
        return [*parts, np.column_stack([y, parts[2].mean(axis=(1, 2))])]

    x, errors, austenite, strain, beam, y = simulated(n, seed, draw, blocks, record=record)
    names = (*EDGES_PRIOR, "mean_austenite")
    truth = {"austenite": austenite, "strain": strain, "open_beam": beam}
    units = dict.fromkeys(("x", *names, *truth), "1") | {"thickness": "cm", "wavelength": "Å"}
    meta = {"simulator": "diffraction.simulate_bragg_edges", "seed": seed, "size": size, "prior": drawn_from}
    return Dataset(x, y, names, units, {"wavelength": lam}, errors, meta | {"pulse": PULSE}, truth)


def open_beam(wavelength: Array) -> Array:
    """Return the spectrum of a cold moderator in equal intervals of wavelength: Maxwell's, 1 at its maximum."""
    squared = (_BRIGHTEST / wavelength) ** 2
    return np.asarray(squared**2.5 * np.exp(2.5 * (1 - squared)))


def _plate(
    rng: np.random.Generator, of: dict[str, float], lam: Array, size: int
) -> tuple[Array, Array, Array, Array, Array]:
    """Return transmission, its errors, the maps of austenite and strain, and the open beam, of one plate."""
    austenite = special.expit(
        special.logit(np.clip(of["austenite"], 1e-6, 1 - 1e-6)) + 1.5 * _smooth(rng, size)
    )
    strain = of["strain"] * _smooth(rng, size)
    paths = [(FERRITE, of["thickness"] * (1 - austenite)), (AUSTENITE, of["thickness"] * austenite)]
    through = transmitted(lam, paths, 1 + strain, texture=of["texture"], axis=(1, 1, 0), **PULSE)
    beam = of["exposure"] * open_beam(lam)
    counts = rng.poisson(beam * through)
    reference = np.maximum(rng.poisson(10 * beam, counts.shape), 1)
    transmission = 10 * counts / reference
    relative = 1 / np.maximum(counts, 1) + 1 / reference
    return transmission, 10 * np.maximum(counts, 1) / reference * np.sqrt(relative), austenite, strain, beam


def _smooth(rng: np.random.Generator, size: int) -> Array:
    """Return a smooth map with the mean 0, whose largest absolute value is 1."""
    waves = np.cos(np.pi * np.arange(_WAVES + 1)[:, None] * (np.arange(size) + 0.5) / size)
    order = np.arange(_WAVES + 1) ** 2
    amplitude = rng.normal(size=(_WAVES + 1, _WAVES + 1)) / (1 + order + order[:, None])
    amplitude[0, 0] = 0
    field = waves.T @ amplitude @ waves
    return np.asarray(field / np.abs(field).max())
