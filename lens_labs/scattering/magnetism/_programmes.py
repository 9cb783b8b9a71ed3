"""What a magnet is put through: programmes of field and temperature, drawn for a whole block at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

STRONGEST = 1.0
"""Strongest field of a programme, T."""
RATE = 0.1
"""How far the field moves in a step, T."""
_AT_ZERO = 0.5  # share of the goals at which nothing but the memory is left to measure
_HEATED = 0.3  # share of the programmes that warm the specimen
_PEAK = (0.4, 1.4)  # how far they warm it, over the Curie temperature
_WARMING = 4  # steps up, and as many down
_WEAK, _STRONG = 0.3, 3.0  # of the coercive field


def draw_ramps(rng: np.random.Generator, size: int, steps: int) -> tuple[Floats, Whole, Floats]:
    """Draw the fields to go to, how long to hold each, and how the specimen is warmed on the way.

    Returns
    -------
    goals : array of shape (size, pieces)
        Fields, T; half of them are 0.
    holds : array of shape (size, pieces)
        Steps at each of them: few in a field, up to 39 at zero.
    warming : array of shape (size, 3)
        First step, steps at the highest temperature, and this temperature over that of Curie, which is 0 for most.
    """
    pieces = 1 + steps // 2  # a piece has two steps at least
    at_zero = rng.random((size, pieces)) < _AT_ZERO
    goals = np.where(at_zero, 0.0, rng.uniform(-STRONGEST, STRONGEST, (size, pieces)))
    holds = np.where(at_zero, rng.integers(2, 40, (size, pieces)), rng.integers(1, 8, (size, pieces)))
    first, length = rng.integers(0, steps, size), rng.integers(1, 6, size)
    peak = np.where(rng.random(size) < _HEATED, rng.uniform(*_PEAK, size), 0.0)
    return goals, holds, np.stack([first.astype(float), length.astype(float), peak], axis=-1)


def ramps(goals: Floats, holds: Whole, steps: int) -> Floats:
    """Return the fields of programmes that ramp from goal to goal and hold each, shape (n, steps)."""
    begin = np.concatenate([np.zeros((len(goals), 1)), goals[:, :-1]], axis=1)
    ramp = np.maximum(np.ceil(np.abs(goals - begin) / RATE - 1e-9), 1)
    ends = np.cumsum(ramp + holds, axis=1)
    row, step = np.arange(len(goals))[:, None], np.arange(steps)
    apart = (
        ends.max(initial=steps) + 1
    )  # lays the programmes behind each other, to search all of them at once
    piece = np.searchsorted((ends + apart * row).ravel(), step + apart * row, side="right")
    piece -= row * goals.shape[1]
    done = (step + 1 - (ends - ramp - holds)[row, piece]) / ramp[row, piece]
    moved = begin[row, piece] + done * (goals - begin)[row, piece]
    return np.asarray(np.where(done < 1, moved, goals[row, piece]))


def temperatures(warming: Floats, base: Floats, curie: Floats, steps: int) -> Floats:
    """Return the temperatures of programmes that may warm the specimen once, K, shape (n, steps)."""
    first, length, peak = warming.T[:, :, None]
    step = np.arange(steps)
    up, down = (step - first) / _WARMING, (first + length + 2 * _WARMING - step) / _WARMING
    height = np.clip(np.minimum(up, down), 0, 1)
    return np.asarray(base[:, None] + height * np.maximum(peak * curie[:, None] - base[:, None], 0))


def draw_recall(rng: np.random.Generator, size: int, steps: int, lag: int) -> tuple[Floats, Whole]:
    """Draw programmes of weak fields with two strong pulses, over the coercive field, and the sign of the last pulse.

    Returns
    -------
    field : array of shape (size, steps)
        The last pulse lies `lag` steps before the end, the other one anywhere before; the field at the end is 0.
    last : array of shape (size,)
        1 if the last pulse points up, 0 if it points down.
    """
    field = rng.uniform(-_WEAK, _WEAK, (size, steps))
    field[:, -1] = 0
    first, last = rng.integers(0, 2, (2, size))
    where = rng.integers(0, steps - 1 - lag, size)
    field[np.arange(size), where] = _STRONG * (2 * first - 1)
    field[:, steps - 1 - lag] = _STRONG * (2 * last - 1)
    return field, last
