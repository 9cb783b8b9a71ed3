"""Random samples in fixed blocks, so that neither chunks nor workers can change a single number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 1024
"""Samples in a block. Changing it changes every simulated number of the school."""

Arrays = Sequence[npt.NDArray[Any]]


def in_blocks(n: int, seed: int, draw: Callable[[np.random.Generator, int], Arrays]) -> Iterator[Arrays]:
    """Yield the arrays of `n` samples block by block.

    Every block draws its full 1,024 samples from a generator of its own and the last one is cut, so the first
    samples of a large set are those of a small set with the same seed, and any block can be computed alone.

    Parameters
    ----------
    n : int
        Number of samples, at least 1.
    seed : int
        Seed of the whole set, at least 0.
    draw : callable
        Takes a generator and a number of samples; returns arrays with one row a sample.
    """
    whole(n, "n", at_least=1)
    whole(seed, "seed", at_least=0)
    return _blocks(n, seed, draw)


def _blocks(n: int, seed: int, draw: Callable[[np.random.Generator, int], Arrays]) -> Iterator[Arrays]:
    for block, start in enumerate(range(0, n, BLOCK)):
        child = np.random.SeedSequence(seed, spawn_key=(block,))
        arrays = draw(np.random.default_rng(child), BLOCK)
        yield [array[: n - start] for array in arrays]


def joined(blocks: Iterator[Arrays]) -> list[npt.NDArray[Any]]:
    """Return the arrays of all blocks, joined along the samples."""
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def whole(value: object, name: str, *, at_least: int) -> None:
    """Raise ValueError unless the argument of that name is a whole number that is large enough."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < at_least:
        raise ValueError(f"{name} must be a whole number, at least {at_least}; got {value!r}")
