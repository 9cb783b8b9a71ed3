"""Random samples in fixed blocks, so that neither chunks nor workers can change a single number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import whole

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
