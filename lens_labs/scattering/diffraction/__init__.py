"""Neutron diffraction: powder patterns, Bragg edges in transmission, and Bragg spots on a detector.

Units are the field's: lengths, wavelengths and spacings of planes in Å, scattering angles 2θ in degrees, scattering
lengths in fm, cross-sections in barn, paths through a material in cm. A `Crystal` is a unit cell with nuclei in it; all
forward models take one and find its peaks themselves. A ``strain`` is the share by which its edges are longer, the same
along all of them; it makes batches.

There are three simulators: `simulate` makes powder patterns of an alloy, whose phases are to be found;
`simulate_bragg_edges` images of steel, wavelength by wavelength; and `simulate_spots` frames with the spots of a single
crystal.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import one
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.diffraction._alloys import (
    AXES,
    METALS,
    PHASES,
    REGIONS,
    equilibrium,
    region,
    vegard,
)
from lens_labs.scattering.diffraction._crystals import CRYSTALS, Array, Crystal, Peaks, d_spacing, unit_cell
from lens_labs.scattering.diffraction._edges import bragg_edges, cross_section
from lens_labs.scattering.diffraction._powders import RESOLUTION, checked_angles, march_dollase, powder
from lens_labs.scattering.diffraction._spots import SPOTS_PRIOR, simulate_spots
from lens_labs.scattering.diffraction._steel import EDGES_PRIOR, simulate_bragg_edges

__all__ = [
    "CRYSTALS",
    "EDGES_PRIOR",
    "PRIOR",
    "SPOTS_PRIOR",
    "Crystal",
    "Peaks",
    "bragg_edges",
    "cross_section",
    "d_spacing",
    "equilibrium",
    "march_dollase",
    "powder",
    "simulate",
    "simulate_bragg_edges",
    "simulate_spots",
    "unit_cell",
]

PRIOR: Prior = {
    "exposure": (150, 250),
    "background": (0.2, 0.4),
    "width": (0.9, 1.4),
    "offset": (-0.05, 0.05),
    "texture": (0.8, 1.25),
}
"""Ranges from which `simulate` draws: counts for an intensity of 0.1 in the unit of `powder`, background over this number,
width of the peaks over that of the instrument, wrong zero of the angle (degrees), and the texture of each phase. A pattern
without background has about a sixth of the exposure as its mean, and two to sixteen times the exposure in its highest peak.

`exposure` and `texture` are drawn with the same chance for equal ratios, all others for equal differences.
"""

_POSITIVE = ("exposure", "width", "texture")
_LEVEL = 0.1
"""Intensity, in the unit of `powder`, that counts as much as the exposure says."""


def simulate(
    n: int,
    *,
    seed: int,
    two_theta: npt.ArrayLike | None = None,
    mismatch: float = 0.015,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure powder patterns of a library: `n` samples of one alloy of three metals, each of another composition.

    The composition is drawn with the same chance for all mixtures. It decides which phases there are, and how much of each
    (`equilibrium`); the composition of a phase decides, by Vegard's law, where its peaks are. So peaks move with the
    composition inside a region of one phase, and stand still where all three are present. Each pattern has a texture, a
    zero of its own, and a smooth background, and counts neutrons (wavelength 1.54 Å): Poisson around what peaks and
    background give.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    two_theta : array of shape (m,), optional
        Scattering angles, degrees, increasing; 500 points from 25 to 110 by default.
    mismatch : float
        By which share the atoms of B are smaller, and those of C larger, than those of A, below 0.2. With 0 no peak moves.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, m); ``errors``: their square roots, at least 1; ``y``: the composition, the share of each
        phase, the region of the phase diagram (its name is in ``meta["classes"]["region"]``) and all parameters;
        ``truth``: the expected counts, and the composition of each phase (NaN where it is absent).

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(120, seed=0)
    >>> data.x.shape
    (120, 500)
    >>> data.meta["classes"]["region"][int(data["region"][0])]
    'fcc'
    """
    angle = checked_angles(np.linspace(25, 110, 500) if two_theta is None else two_theta)
    if (np.diff(angle) <= 0).any():
        raise ValueError("two_theta must increase from point to point")
    if not 0 <= (difference := one(mismatch, "mismatch")) < 0.2:
        raise ValueError(f"mismatch must be at least 0 and below 0.2; got {mismatch!r}")
    drawn_from = ranges(PRIOR, prior, positive=_POSITIVE)
    if drawn_from["background"][0] < 0:
        raise ValueError(f"prior['background'] must not be negative; got {drawn_from['background']}")

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[np.float64]]:
        composition = rng.dirichlet([1, 1, 1], size)
        fractions, compositions = equilibrium(composition)
        of_sample = {
            name: drawn(rng, size, drawn_from[name], by_ratio=name == "exposure")
            for name in ("exposure", "background", "width", "offset")
        }
        texture = np.stack([drawn(rng, size, drawn_from["texture"], by_ratio=True) for _ in PHASES], axis=-1)
        peaks = _pattern(angle, fractions, vegard(compositions, difference), texture, of_sample)
        smooth = of_sample["background"][:, None] * _background(angle)
        expected = of_sample["exposure"][:, None] * (peaks / _LEVEL + smooth)
        counts = rng.poisson(expected).astype(np.float64)
        y = [
            composition,
            fractions,
            region(fractions)[:, None],
            texture,
            *(v[:, None] for v in of_sample.values()),
        ]
        return [counts, np.concatenate(y, axis=1), expected, compositions]

    x, y, expected, compositions = simulated(n, seed, draw, blocks)
    columns = {f"composition_{metal}": "1" for metal in METALS} | {
        f"fraction_{phase}": "1" for phase in PHASES
    }
    columns |= {"region": "1"} | {f"texture_{phase}": "1" for phase in PHASES}
    columns |= {"exposure": "1", "background": "1", "width": "1", "offset": "°"}
    units = columns | {"x": "1", "two_theta": "°", "expected": "1", "phase_composition": "1"}
    truth = {"expected": expected, "phase_composition": compositions}
    meta = {"simulator": "diffraction.simulate", "seed": seed, "mismatch": mismatch, "prior": drawn_from}
    meta["classes"] = {"region": REGIONS}
    errors = np.sqrt(np.maximum(x, 1))
    return Dataset(x, y, tuple(columns), units, {"two_theta": angle}, errors, meta, truth)


def _pattern(
    angle: Array, fractions: Array, strain: Array, texture: Array, of_sample: dict[str, Array]
) -> Array:
    """Return the peaks of mixtures of phases, shape (n, m); each phase counts with its share of the volume."""
    resolution = np.array(RESOLUTION) * of_sample["width"][:, None] ** 2
    room = [crystal.volume / crystal.atoms for crystal in PHASES.values()]  # of one atom
    volume = fractions * room * (1 + strain) ** 3
    volume /= volume.sum(axis=1, keepdims=True)
    total = np.zeros((len(fractions), angle.size))
    for k, crystal in enumerate(PHASES.values()):
        there = volume[:, k] > 0
        options = {
            "strain": strain[there, k],
            "texture": texture[there, k],
            "offset": of_sample["offset"][there],
        }
        pattern = powder(angle, crystal, axis=AXES[k], resolution=resolution[there], **options)
        total[there] += volume[there, k, None] * pattern
    return total


def _background(angle: Array) -> Array:
    """Return a smooth background: scattering by the air near the beam, a broad hump of a glassy holder, a flat part."""
    air = np.exp(-(angle - 25) / 25)
    hump = np.exp(-0.5 * ((angle - 42) / 9) ** 2)
    return np.asarray(0.7 + 0.9 * air + 0.3 * hump)
