"""Images of small-angle scattering as a detector counts them, with the faults that detectors have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import numbers
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.sans._ensembles import BLURRED_ORDER, blurred, check_blurred, checked_instrument
from lens_labs.scattering.sans._intensity import known_shapes
from lens_labs.scattering.sans._pinhole import Pinhole
from lens_labs.scattering.sans._shapes import Shape

Array = npt.NDArray[np.float64]

_SIX = ("sphere", "core_shell_sphere", "cylinder", "ellipsoid", "lamellar", "parallelepiped")

PRIOR_IMAGES: Prior = {
    "sld": (1.0, 4.5),
    "sld_core": (5.5, 6.36),
    "sld_shell": (1.0, 3.0),
    "sld_solvent": (5.8, 6.36),
    "radius": (20, 60),
    "radius_pd": (0.05, 0.2),
    "thickness": (10, 30),
    "thickness_pd": (0.05, 0.2),
    "length": (200, 800),
    "radius_polar": (90, 200),
    "radius_equatorial": (20, 50),
    "radius_equatorial_pd": (0.05, 0.2),
    "length_a": (15, 30),
    "length_a_pd": (0.05, 0.2),
    "length_b": (60, 150),
    "length_c": (250, 500),
    "order": (0.5, 0.95),
    "director": (0, 180),
    "tilt": (0, 20),
    "dose": (2e4, 4e5),
    "background": (0.02, 0.4),
    "transmission": (0.5, 0.95),
    "halo": (0.0, 0.2),
    "centre_x": (-30, 30),
    "centre_y": (-30, 30),
    "unevenness": (0.01, 0.05),
    "dead_pixels": (0, 4),
    "dead_tubes": (-2, 2),
}
"""Ranges from which `simulate_images` draws, in the units of its columns.

Lengths, `dose` and `background` are drawn with the same chance for equal ratios, all others for equal differences. The
numbers of dead pixels and tubes are rounded down, and a negative one is none; so every fourth detector has a dead tube.
"""

_BEAM = ("order", "director", "tilt")
_DETECTOR = (
    "dose",
    "background",
    "transmission",
    "halo",
    "centre_x",
    "centre_y",
    "unevenness",
    "dead_pixels",
    "dead_tubes",
)
_BY_RATIO = ("dose", "background")
_UNITS = {
    "director": "°",
    "tilt": "°",
    "centre_x": "mm",
    "centre_y": "mm",
    "x": "1",
    "qx": "1/Å",
    "qy": "1/Å",
}
_LEAK = 0.005
"""Share of the neutrons that come through the beam stop, or around it."""


def simulate_images(
    n: int,
    *,
    seed: int,
    shape: str | Sequence[str] = _SIX,
    instrument: Pinhole | None = None,
    aligned: float = 0.6,
    holder: float = 0.4,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Count neutrons on a detector behind `n` random solutions of particles, some of them aligned by flow or field.

    Each sample has one shape, sizes that are distributed, a beam that is a little off the middle, and a detector with
    faults: a beam stop, perhaps with the arm that holds it, dead pixels and dead tubes, and tubes that do not count equally
    well. Three sources share the counts: the particles, a flat background as incoherent scattering gives it, and
    neutrons that the edges of slits scatter close to the beam, which the sample weakens by its transmission. Counts
    are Poisson. The measurement lasts until the detector is expected to hold `dose` neutrons.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    shape : str or sequence of str
        What the particles look like, see `i_q`: each sample has one of these, all with the same chance.
    instrument : Pinhole, optional
        Where the pixels are and what blurs; ``Pinhole()``, with 64 times 64 pixels, by default.
    aligned : float
        Chance that the axes of particles that have one are ordered.
    holder : float
        Chance that the arm of the beam stop is seen.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR_IMAGES`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, whole numbers of shape (n, size, size); rows are y, from below, and columns are x, along which tubes
        stand side by side. Their variance is their mean, so there are no ``errors``. ``y``: the number of the ``shape``,
        whose name is in ``meta["classes"]``; the parameters of the particles, NaN where the shape does not have one; the
        ``order`` of their axes, 0 where there is none, and where the director points; and what is known of the
        measurement. ``background`` is a share of the dose, and ``halo`` one for an empty beam; ``unevenness`` is the standard
        deviation of the tubes' efficiencies. ``coords``: ``qx`` and ``qy`` of the pixels if the beam were in the middle.
        ``truth["mask"]``: 0 for an open pixel, 1 behind the beam stop or its arm, 2 for a dead one.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_images(4, seed=1)
    >>> data.x.shape, data.x.dtype
    ((4, 64, 64), dtype('int32'))
    >>> [data.meta["classes"][int(number)] for number in data["shape"]]
    ['sphere', 'lamellar', 'lamellar', 'core_shell_sphere']
    """
    kinds = known_shapes(shape)
    instrument = checked_instrument(instrument)
    for name, chance in (("aligned", aligned), ("holder", holder)):
        if np.shape(chance) != () or not 0 <= numbers(chance, name) <= 1:
            raise ValueError(f"{name} must lie between 0 and 1; got {chance!r}")
    of_particles = tuple(dict.fromkeys(name for known in kinds.values() for name in _parameters(known)))
    columns = (*of_particles, *_BEAM, *_DETECTOR)
    lengths = {name for known in kinds.values() for name in known.defaults if known.units[name] == "Å"}
    drawn_from = ranges(
        {name: PRIOR_IMAGES[name] for name in columns}, prior, positive={*lengths, *_BY_RATIO, "transmission"}
    )
    _check_ranges(kinds, instrument, drawn_from)

    def draw(rng: np.random.Generator, size: int) -> list[Array]:
        kind = rng.integers(len(kinds), size=size).astype(float)
        of_sample = {
            name: drawn(rng, size, drawn_from[name], by_ratio=name in lengths or name in _BY_RATIO)
            for name in columns
        }
        ordered = rng.uniform(size=size) < aligned
        held = rng.uniform(size=size) < holder
        _forget(of_sample, kind, kinds, ordered)
        return [np.column_stack([kind, *of_sample.values()]), held]

    def record(
        rngs: list[np.random.Generator], table: Array, held: npt.NDArray[np.bool_]
    ) -> list[npt.NDArray[Any]]:
        shapes = list(kinds.values())
        pairs = [
            _count(
                rng, shapes[int(row[0])], instrument, dict(zip(columns, row[1:].tolist(), strict=True)), arm
            )
            for rng, row, arm in zip(rngs, table, held, strict=True)
        ]
        counts, masks = (np.stack(arrays) for arrays in zip(*pairs, strict=True))
        return [counts, masks, table]

    x, mask, y = simulated(n, seed, draw, blocks, record=record)
    qx, qy = instrument.momentum_transfer()
    units = dict.fromkeys(("shape", *columns, "mask"), "1") | _UNITS
    units |= {name: unit for known in kinds.values() for name, unit in known.units.items()}
    meta = {
        "simulator": "sans.simulate_images",
        "seed": seed,
        "classes": tuple(kinds),
        "instrument": instrument,
        "aligned": aligned,
        "holder": holder,
        "prior": drawn_from,
    }
    return Dataset(x, y, ("shape", *columns), units, {"qx": qx, "qy": qy}, None, meta, {"mask": mask})


def _parameters(shape: Shape) -> tuple[str, ...]:
    return (*shape.defaults, shape.width)


def _check_ranges(kinds: dict[str, Shape], instrument: Pinhole, prior: Prior) -> None:
    """Raise ValueError if a range of the prior leaves what can be simulated."""
    limits = {
        "order": (0.0, BLURRED_ORDER),
        "background": (0.0, 1.0),
        "transmission": (0.0, 1.0),
        "halo": (0.0, 1.0),
        "dose": (0.0, 1e9),
        "centre_x": (-instrument.farthest, instrument.farthest),
        "centre_y": (-instrument.farthest, instrument.farthest),
        "unevenness": (0.0, 0.2),
        "dead_pixels": (-np.inf, instrument.size**2 / 4),
        "dead_tubes": (-np.inf, instrument.size / 2),
    } | {known.width: (0.0, 0.5) for known in kinds.values()}
    for name, (low, high) in limits.items():
        if prior[name][0] < low or prior[name][1] > high:
            raise ValueError(f"prior[{name!r}] must lie between {low:g} and {high:g}; got {prior[name]}")
    if prior["background"][1] + prior["halo"][1] * prior["transmission"][1] >= 1:
        raise ValueError(
            f"prior['background'] and prior['halo'] must leave neutrons to the particles; "
            f"got {prior['background']} and {prior['halo']}"
        )
    for known in kinds.values():
        largest = {name: prior[name][1] for name in _parameters(known)}
        check_blurred(known, instrument, [largest | {"order": 0.0}])


def _forget(
    of_sample: dict[str, Array], kind: Array, kinds: dict[str, Shape], ordered: npt.NDArray[np.bool_]
) -> None:
    """Take out of the columns what a sample does not have: parameters of other shapes, order without an axis."""
    for number, known in enumerate(kinds.values()):
        rows = kind == number
        own = _parameters(known)
        for name, values in of_sample.items():
            if name not in own and name not in (*_BEAM, *_DETECTOR):
                values[rows] = np.nan
        if not known.angles:
            ordered = ordered & ~rows
    for name in _BEAM:
        of_sample[name][~ordered] = 0.0
    for name in ("dead_pixels", "dead_tubes"):
        of_sample[name][:] = np.maximum(np.floor(of_sample[name]), 0)


def _count(
    rng: np.random.Generator, shape: Shape, instrument: Pinhole, p: dict[str, float], held: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Return the counts of one sample, and which pixels are open."""
    centre = (p["centre_x"], p["centre_y"])
    mask = _mask(instrument, centre, held)
    mask[:, rng.integers(instrument.size, size=int(p["dead_tubes"]))] = 2
    mask[tuple(rng.integers(instrument.size, size=(2, int(p["dead_pixels"]))))] = 2
    tubes = np.maximum(1 + p["unevenness"] * rng.standard_normal(instrument.size), 0)
    seen = instrument.solid_angle(centre) * tubes * np.choose(mask, [1.0, _LEAK, 0.0])
    radius = np.hypot(*instrument.position(centre))
    particles = blurred(shape, instrument, centre, p)
    if not (particles > 0).any():
        raise ValueError(
            "prior must leave a contrast between the particles and sld_solvent; got a sample without"
        )
    halo = p["halo"] * p["transmission"]
    sources = (
        (1 - p["background"] - halo, particles),
        (p["background"], np.ones_like(radius)),
        (halo, np.maximum(radius / instrument.stop, 0.5) ** -4.0),
    )
    expected = sum(share * source * seen / (source * seen).sum() for share, source in sources)
    return rng.poisson(p["dose"] * np.maximum(expected, 0)).astype(np.int32), mask


def _mask(instrument: Pinhole, centre: tuple[float, float], held: bool) -> npt.NDArray[np.uint8]:
    """Return 1 for pixels behind the beam stop, and behind its arm if that is seen, 0 for all others."""
    x, y = instrument.position(centre)
    mask = (np.hypot(x, y) < instrument.stop).astype(np.uint8)
    if held:
        mask[(np.abs(x) < instrument.stop / 4) & (y < 0)] = 1
    return mask
