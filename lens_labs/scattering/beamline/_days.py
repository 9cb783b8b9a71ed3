"""What happens on a beamline by chance or by plan, before any physics: setpoints, faults and noise of one run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LADDER = (5.0, 10.0, 20.0, 50.0, 80.0, 100.0, 120.0, 150.0, 200.0, 250.0)  # setpoints, K
_SHORTEST, _MEAN_MORE = 60, 340  # steps at a setpoint: always, and on average beyond
_EPISODES = (
    (1 / 600, 1, 90),  # trips: chance a step, shortest and longest, in steps
    (1 / 12_000, 30, 200),  # stuck sensor
    (1 / 8_000, 100, 400),  # sensor drift
    (1 / 6_000, 20, 200),  # chopper out of phase
    (1 / 12_000, 60, 300),  # vacuum leak
)
_CHOPPER = 3  # its row there
_NOISES = 7  # channels with noise of their own


class Day(NamedTuple):
    """One run, or several of them with one more axis in front."""

    setpoint: Floats
    """Planned temperature, K, shape (steps,)."""
    faults: npt.NDArray[np.int64]
    """Since how many steps each kind of fault has been there, 0 where it is not, shape (steps, 5)."""
    phase_error: Floats
    """By how much the chopper is late, µs, 0 where it is not at fault, shape (steps,)."""
    walk: Floats
    """What a healthy thermometer reads too much, K, shape (steps,)."""
    flutter: Floats
    """Standard normal, slow: how the beam current varies, shape (steps,)."""
    noise: Floats
    """Standard normal, one column a channel, shape (steps, 7)."""


def draw_day(rng: np.random.Generator, steps: int) -> Day:
    """Draw one run."""
    setpoint = _plan(rng, steps)
    faults = np.stack([_episodes(rng, steps, *kind) for kind in _EPISODES], axis=-1)
    sizes = rng.choice([-1, 1], steps) * rng.uniform(60, 400, steps)
    since = faults[:, _CHOPPER]
    late = np.where(
        since > 0, sizes[np.arange(steps) - np.maximum(since - 1, 0)], 0.0
    )  # one error an episode
    walk = 0.002 * np.cumsum(rng.standard_normal(steps))
    flutter = np.convolve(rng.standard_normal(steps + 9), np.full(10, 10**-0.5), mode="valid")
    return Day(setpoint, faults, late, walk, flutter, rng.standard_normal((steps, _NOISES)))


def _plan(rng: np.random.Generator, steps: int) -> Floats:
    pieces = 1 + steps // _SHORTEST
    moves = rng.integers(
        1, len(_LADDER), pieces
    )  # never the whole way round, so each piece changes the setpoint
    moves[0] = rng.integers(len(_LADDER))
    stays = _SHORTEST + rng.exponential(_MEAN_MORE, pieces).astype(int)
    return np.repeat(np.take(_LADDER, np.cumsum(moves) % len(_LADDER)), stays)[:steps]


def _episodes(
    rng: np.random.Generator, steps: int, chance: float, shortest: int, longest: int
) -> npt.NDArray[Any]:
    """Return since how many steps an episode lasts; lengths have the same chance for equal ratios."""
    age = np.zeros(steps, dtype=np.int64)
    for first in np.flatnonzero(rng.random(steps) < chance):
        if age[first]:  # the same cannot begin again before it has ended
            continue
        length = min(round(shortest * (longest / shortest) ** rng.random()), steps - first)
        age[first : first + length] = np.arange(1, length + 1)
    return age
