"""A magnet that remembers: hysteresis after Preisach, as polarised neutrons see it.

Fields are in tesla, temperatures in kelvin. A magnetisation is given over the saturation magnetisation at zero temperature,
so it lies between -1 and 1. The last axis of a series counts the steps; all axes before it are a batch. Time itself plays
no part: a magnet does not care how long a field was held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.magnetism._preisach import (
    check_parameter,
    intensities,
    magnetisation,
    saturation,
    turning_points,
)
from lens_labs.scattering.magnetism._programmes import draw_ramps, draw_recall, ramps, temperatures

__all__ = [
    "PRIOR",
    "SPECIMEN",
    "intensities",
    "magnetisation",
    "saturation",
    "simulate",
    "simulate_recall",
    "turning_points",
]

Floats = npt.NDArray[np.float64]

PRIOR: Mapping[str, tuple[float, float]] = {
    "coercive_field": (0.25, 0.45),
    "coercive_spread": (0.2, 0.5),
    "interaction_field": (0.05, 0.15),
    "reversible": (0.02, 0.15),
    "curie_temperature": (120.0, 180.0),
    "base_temperature": (5.0, 40.0),
    "amplitude_ratio": (0.1, 0.4),
    "polarisation": (0.9, 0.98),
    "monitor": (500.0, 5_000.0),
}
"""Ranges from which the simulators draw, one specimen a sample."""

SPECIMEN: Mapping[str, tuple[float, float]] = {
    "coercive_field": (0.35, 0.35),
    "coercive_spread": (0.4, 0.4),
    "interaction_field": (0.12, 0.12),
    "reversible": (0.08, 0.08),
    "curie_temperature": (150.0, 150.0),
    "base_temperature": (20.0, 20.0),
    "amplitude_ratio": (0.3, 0.3),
    "polarisation": (0.95, 0.95),
    "monitor": (2_000.0, 2_000.0),
}
"""One specimen, to be measured again and again: a value for ``prior``."""

_UNITS = {
    "coercive_field": "T",
    "interaction_field": "T",
    "curie_temperature": "K",
    "base_temperature": "K",
    "monitor": "counts",
}
_OF_MAGNET = ("coercive_field", "coercive_spread", "interaction_field", "reversible", "curie_temperature")
_CHANNELS = {"field": "T", "temperature": "K", "up": "counts", "down": "counts"}


def simulate(
    n: int, *, seed: int, steps: int = 160, prior: Prior | None = None, blocks: Iterable[int] | None = None
) -> Dataset:
    """Put `n` magnets through random programmes of field and temperature, and count polarised neutrons all the way.

    The field ramps by 0.1 T a step to a goal, holds it for up to 7 steps, and goes to the next one. Half of the goals are
    zero field, where a programme stays for up to 39 steps and only the memory tells the states apart. Three programmes in
    ten warm the specimen once, some of them above its Curie temperature. Each step counts both spins, Poisson around
    `intensities`, for as long as the nuclei alone would give ``monitor`` counts.

    Parameters
    ----------
    n : int
        Number of programmes.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    steps : int
        Steps of a programme, at least 2.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter; `SPECIMEN` measures one specimen in all programmes.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: field (T), temperature (K), counts with spin up and with spin down, shape (n, steps, 4), named in
        ``meta["channels"]``; ``y``: the parameters of `PRIOR`; ``truth``: the ``magnetisation``, shape (n, steps).

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(10, seed=1, prior=SPECIMEN)
    >>> data.x.shape, data.meta["channels"]
    ((10, 160, 4), ('field', 'temperature', 'up', 'down'))
    >>> bool(abs(data.truth["magnetisation"]).max() <= 1)
    True
    """
    whole(steps, "steps", at_least=2)
    drawn_from = _ranges(prior)

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[Any]]:
        return [_drawn(rng, size, drawn_from), *draw_ramps(rng, size, steps)]

    def record(rngs: Sequence[np.random.Generator], y: Floats, *programme: Any) -> list[npt.NDArray[Any]]:
        goals, holds, warming = programme
        p = dict(zip(PRIOR, y.T, strict=True))
        warmth = temperatures(warming, p["base_temperature"], p["curie_temperature"], steps)
        return [y, *_measured(rngs, ramps(goals, holds, steps), warmth, p)]

    y, x, moment = simulated(n, seed, draw, blocks, record=record)
    meta = {"simulator": "magnetism.simulate", "seed": seed, "steps": steps, "prior": drawn_from}
    return _dataset(x, y, tuple(PRIOR), moment, meta)


def simulate_recall(
    n: int,
    *,
    seed: int,
    lag: int = 100,
    steps: int = 200,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Ask `n` magnets in zero field which way the last strong pulse pointed, `lag` steps after it.

    All fields are weak, at most 0.3 times the coercive field and without any preference, but for two pulses of three
    times the coercive field. The first comes at any time before the last one; the sign of each is drawn on its own. So
    nothing within `lag` steps of the end tells what the magnet remembers.

    Parameters
    ----------
    n : int
        Number of programmes.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    lag : int
        Steps between the last pulse and the end, at least 1 and at most ``steps - 3``.
    steps : int
        Steps of a programme.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        As of `simulate`, with one more column of ``y``, the class ``state``: whether the last pulse pointed down (0) or
        up (1).

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_recall(100, seed=0, lag=30)
    >>> up = data.truth["magnetisation"][:, -1] > 0
    >>> bool((up == data["state"]).all())
    True
    """
    whole(lag, "lag", at_least=1)
    whole(steps, "steps", at_least=4)
    if lag > steps - 3:
        raise ValueError(
            f"lag must be at most steps - 3 = {steps - 3}, to leave room for two pulses; got {lag}"
        )
    drawn_from = _ranges(prior)

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[Any]]:
        return [_drawn(rng, size, drawn_from), *draw_recall(rng, size, steps, lag)]

    def record(rngs: Sequence[np.random.Generator], y: Floats, *programme: Any) -> list[npt.NDArray[Any]]:
        field, last = programme
        p = dict(zip(PRIOR, y.T, strict=True))
        warmth = np.repeat(p["base_temperature"][:, None], steps, axis=1)
        field = field * p["coercive_field"][:, None]
        return [np.column_stack([y, last]), *_measured(rngs, field, warmth, p)]

    y, x, moment = simulated(n, seed, draw, blocks, record=record)
    meta = {"simulator": "magnetism.simulate_recall", "seed": seed, "steps": steps, "lag": lag}
    meta |= {"prior": drawn_from, "classes": {"state": ("down", "up")}}
    return _dataset(x, y, (*PRIOR, "state"), moment, meta)


def _measured(
    rngs: Sequence[np.random.Generator], field: Floats, temperature: Floats, p: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    """Return the channels and the magnetisation."""
    moment = magnetisation(field, temperature, **{name: p[name] for name in _OF_MAGNET})
    spins = intensities(
        moment,
        temperature,
        amplitude_ratio=p["amplitude_ratio"],
        polarisation=p["polarisation"],
        curie_temperature=p["curie_temperature"],
    )
    expected = p["monitor"][:, None, None] * np.stack(spins, axis=-1)  # (n, steps, 2)
    counts = np.stack([rng.poisson(each) for rng, each in zip(rngs, expected, strict=True)])
    return np.concatenate([field[..., None], temperature[..., None], counts], axis=-1), moment


def _dataset(
    x: Floats, y: Floats, names: tuple[str, ...], moment: Floats, meta: Mapping[str, Any]
) -> Dataset:
    units = dict.fromkeys((*names, "magnetisation", "step", "x"), "1") | _UNITS
    channels = {"channels": tuple(_CHANNELS), "channel_units": tuple(_CHANNELS.values())}
    return Dataset(
        x,
        y,
        names,
        units,
        {"step": np.arange(x.shape[1])},
        None,
        {**meta, **channels},
        {"magnetisation": moment},
    )


def _ranges(prior: Prior | None) -> dict[str, tuple[float, float]]:
    chosen = ranges(PRIOR, prior)
    for name, bounds in chosen.items():
        for value in bounds:
            check_parameter(np.asarray(value), name, f"prior[{name!r}]")
    return chosen


def _drawn(rng: np.random.Generator, size: int, drawn_from: Prior) -> Floats:
    by_ratio = ("monitor",)
    return np.stack(
        [drawn(rng, size, bounds, by_ratio=name in by_ratio) for name, bounds in drawn_from.items()], axis=-1
    )
