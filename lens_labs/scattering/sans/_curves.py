"""Small-angle curves of random samples, as a diffractometer counts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import check_q, numbers, whole
from lens_labs.scattering._blocks import positions, simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.sans._intensity import i_q, known_shapes
from lens_labs.scattering.sans._limits import check_values
from lens_labs.scattering.sans._shapes import SHAPES, Shape

PRIOR: Prior = {
    "sld": (1.0, 4.5),
    "sld_core": (1.0, 4.5),
    "sld_shell": (1.0, 4.5),
    "sld_solvent": (5.8, 6.36),
    "radius": (20, 80),
    "radius_pd": (0.05, 0.3),
    "thickness": (10, 40),
    "thickness_pd": (0.05, 0.3),
    "length": (200, 800),
    "radius_polar": (20, 200),
    "radius_equatorial": (20, 80),
    "radius_equatorial_pd": (0.05, 0.3),
    "length_a": (20, 60),
    "length_a_pd": (0.05, 0.3),
    "length_b": (60, 150),
    "length_c": (150, 600),
    "scale": (0.002, 0.02),
    "background": (0.03, 0.3),
    "upturn": (0.01, 1.0),
    "upturn_power": (3, 4),
    "transmission": (0.98, 1.02),
    "exposure": (10, 1000),
}
"""Ranges from which `simulate` draws: in the units of this module, the exposure in seconds.

`scale`, `background`, `upturn` and `exposure` are drawn with the same chance for equal ratios, all others for equal
differences.
"""

Floats = npt.NDArray[np.float64]

_BY_RATIO = ("scale", "background", "upturn", "exposure")
_OF_SAMPLE = ("scale", "background", "upturn", "upturn_power")
_OF_EXPOSURE = ("transmission", "exposure")
_POSITIVE = (*_BY_RATIO, "transmission")
_UNITS = {"background": "1/cm", "upturn": "1/cm", "exposure": "s", "x": "1/cm", "q": "1/Å"}

_COARSEST = 0.25  # resolution over q
_LIMITS = {"upturn_power": (0.0, 6.0), "transmission": (0.0, 2.0)}
_MOST = 1e18  # counts at a point, of which NumPy can draw a Poisson number
_UPTURN_AT = 0.01
"""The momentum transfer, Å⁻¹, at which the strength of the upturn is given."""


def simulate(
    n: int,
    *,
    seed: int,
    shape: str | Sequence[str] = "sphere",
    exposures: int = 1,
    q: npt.ArrayLike | None = None,
    dq: float = 0.05,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure `n` random solutions of particles at a simulated diffractometer, each of them one or several times.

    What is drawn for a sample stays the same in all of its exposures: particles, contrast, concentration, incoherent
    background, and an upturn towards small q, ``upturn * (q / 0.01 Å⁻¹)**-upturn_power``, as dust and large aggregates
    give it. From exposure to exposure the time changes, and the transmission drifts by up to 2 % from the one that the
    reduction knows. Each point is a ring of the detector, as wide as a fixed share of q, so that its area grows as q²; it
    counts neutrons, Poisson around what sample and time give, one a second on the first ring for an intensity of 1/cm.
    What is returned is the reduced intensity: counts over area, time and flux.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed, and the first exposures of
        many are those of few.
    shape : str or sequence of str
        What the particles look like, see `i_q`. Of several shapes each sample has one, all with the same chance: a column
        ``shape`` holds its number.
    exposures : int
        How often each sample is measured.
    q : array of shape (m,), optional
        Momentum transfer, Å⁻¹, positive and increasing; 64 points from 0.004 to 0.3 by default.
    dq : float
        Resolution as standard deviation over q, at most 0.25.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        One row an exposure, those of one sample in sequence. ``x``: measured intensity, 1/cm, shape (n * exposures, m);
        ``errors``: its standard deviation; ``y``: all parameters, and in the column ``sample`` the number of the sample. A
        parameter that a shape does not have is not a number (NaN). ``meta["classes"]`` names the shapes.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(100, seed=1, exposures=5)
    >>> data.x.shape, data.y.shape
    ((500, 64), (500, 11))
    >>> data["sample"][3:8]
    array([0., 0., 1., 1., 1.])

    >>> several = simulate(4, seed=1, shape=["sphere", "cylinder", "lamellar"])
    >>> [several.meta["classes"][int(number)] for number in several["shape"]]
    ['sphere', 'lamellar', 'lamellar', 'sphere']
    """
    kinds = known_shapes(shape)
    whole(exposures, "exposures", at_least=1)
    q = points(q, np.geomspace(0.004, 0.3, 64))
    check_resolution(dq)
    of_sample = (*_of_particles(kinds), *_OF_SAMPLE)
    drawn_from = ranges(
        {name: PRIOR[name] for name in (*of_sample, *_OF_EXPOSURE)}, prior, positive=_POSITIVE
    )
    for name, (low, high) in _LIMITS.items():
        if drawn_from[name][0] < low or drawn_from[name][1] > high:
            raise ValueError(f"prior[{name!r}] must lie between {low:g} and {high:g}; got {drawn_from[name]}")
    several = not isinstance(shape, str)
    cheap = not any(known.angles for known in kinds.values())

    def draw(rng: np.random.Generator, size: int) -> list[Floats]:
        kind = rng.integers(len(kinds), size=size) if several else np.zeros(size, dtype=int)
        columns = [_drawn(rng, size, name, drawn_from[name]) for name in of_sample]
        table = np.column_stack([kind, *columns])
        return record([rng], table) if cheap else [table]

    def record(rngs: list[np.random.Generator], table: Floats) -> list[Floats]:
        expected = np.empty((len(table), q.size))
        for number, (name, known) in enumerate(kinds.items()):
            rows = table[:, 0] == number
            of_shape = dict(zip(of_sample, table[rows, 1:].T, strict=True))
            expected[rows] = _expected(name, q, dq, of_shape)
            foreign = [name not in (*known.defaults, known.width, *_OF_SAMPLE) for name in of_sample]
            table[np.ix_(rows, [False, *foreign])] = np.nan
        parts = []
        for rng, part in zip(rngs, np.array_split(expected, len(rngs)), strict=True):
            times = [_expose(q, part, drawn_from, rng) for _ in range(exposures)]
            parts.append([np.stack(arrays, axis=1) for arrays in zip(*times, strict=True)])
        x, errors, conditions = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        same = np.repeat(table[:, None, :], exposures, axis=1)  # (samples, exposures, parameters)
        return [x, errors, np.concatenate([same, conditions], axis=-1)]

    chosen = list(blocks) if isinstance(blocks, Iterable) else blocks  # it is read twice
    sample = positions(n, chosen)
    made = simulated(n, seed, draw, chosen, record=None if cheap else record)
    x, errors, y = (array.reshape(sample.size * exposures, -1) for array in made)
    y = np.column_stack([np.repeat(sample.astype(float), exposures), y if several else y[:, 1:]])
    names = ("sample", *(["shape"] if several else []), *of_sample, *_OF_EXPOSURE)
    units = dict.fromkeys(names, "1") | _units(kinds) | _UNITS
    meta = {"simulator": "sans.simulate", "seed": seed, "shape": shape, "exposures": exposures, "dq": dq}
    return Dataset(
        x, y, names, units, {"q": q}, errors, meta | {"prior": drawn_from, "classes": tuple(kinds)}
    )


def points(q: npt.ArrayLike | None, default: Floats) -> Floats:
    """Return the momentum transfers that a caller asks for, or the default ones."""
    if q is None:
        return default
    q = numbers(q, "q")
    check_q(q)
    check_values({"q": q})
    if (np.diff(q) <= 0).any():
        raise ValueError("q must increase from point to point")
    return q


def check_resolution(dq: float) -> None:
    """Raise ValueError unless this is a relative resolution."""
    if np.shape(dq) != () or not 0 <= numbers(dq, "dq") <= _COARSEST:
        raise ValueError(f"dq must be a number from 0 to {_COARSEST}; got {dq!r}")


def _of_particles(kinds: dict[str, Shape]) -> tuple[str, ...]:
    """Return the parameters of some shapes, each of them once."""
    return tuple(dict.fromkeys(name for known in kinds.values() for name in (*known.defaults, known.width)))


def _units(kinds: dict[str, Shape]) -> dict[str, str]:
    return {name: unit for known in kinds.values() for name, unit in known.units.items()}


def _expected(name: str, q: Floats, dq: float, p: dict[str, Floats]) -> Floats:
    """Return the intensity of samples with these parameters, shape (samples, m)."""
    known = SHAPES[name]
    given: dict[str, Any] = {name: p[name] for name in (*known.defaults, known.width, "scale", "background")}
    upturn = p["upturn"][:, None] * (q / _UPTURN_AT) ** -p["upturn_power"][:, None]
    return np.asarray(i_q(name, q, dq=dq, **given) + upturn)


def _drawn(rng: np.random.Generator, size: int, name: str, bounds: tuple[float, float]) -> Floats:
    return drawn(rng, size, bounds, by_ratio=name in _BY_RATIO)


def _expose(q: Floats, expected: Floats, drawn_from: Prior, rng: np.random.Generator) -> tuple[Floats, ...]:
    """Count neutrons once for each sample; returns intensities, their errors, and the conditions."""
    transmission, exposure = (_drawn(rng, len(expected), name, drawn_from[name]) for name in _OF_EXPOSURE)
    beam = exposure[:, None] * (q / q[0]) ** 2
    mean = beam * transmission[:, None] * expected
    if (most := mean.max(initial=0.0)) > _MOST:
        raise ValueError(f"prior and q must leave at most {_MOST:g} counts at a point; got {most:.1e}")
    counts = rng.poisson(mean)
    conditions = np.stack([transmission, exposure], axis=-1)
    return counts / beam, np.sqrt(np.maximum(counts, 1)) / beam, conditions
