"""Random samples in fixed blocks, so that neither chunks nor workers can change a single number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import whole

BLOCK = 1024
"""Samples in a block. Changing it changes every simulated number of the school."""

MOST = 10**12
"""Samples of a set; nobody could wait for more."""

Arrays = Sequence[npt.NDArray[Any]]


def blocks(n: int) -> range:
    """Return the numbers of the blocks in which `n` samples are simulated.

    Every ``simulate`` of this room takes ``blocks=`` and returns the samples of these blocks alone, the same as in the
    whole set. So ten million samples need no more memory than 1,024, and workers can share them out.

    Parameters
    ----------
    n : int
        Number of samples of the whole set.

    Examples
    --------
    >>> from lens_labs.scattering import reflectivity
    >>> n = 2_500
    >>> [len(reflectivity.simulate(n, seed=1, blocks=[block])) for block in blocks(n)]
    [1024, 1024, 452]
    """
    whole(n, "n", at_least=1)
    if n > MOST:
        raise ValueError(f"n must be at most {MOST:,}; got {n}")
    return range(-(-n // BLOCK))


def positions(n: int, chosen: Iterable[int] | None = None) -> npt.NDArray[np.int64]:
    """Return the numbers of the samples in the chosen blocks, all of them by default, in the order of `simulated`."""
    parts = [np.arange(block * BLOCK, min(n, (block + 1) * BLOCK)) for block in _valid(n, chosen)]
    return np.concatenate(parts)


def simulated(
    n: int,
    seed: int,
    draw: Callable[[np.random.Generator, int], Arrays],
    chosen: Iterable[int] | None = None,
    *,
    record: Callable[..., Arrays] | None = None,
) -> list[npt.NDArray[Any]]:
    """Return the arrays of `n` samples, or of the chosen blocks among them.

    Every block draws its full 1,024 samples from a generator of its own and the last one is cut, so the first
    samples of a large set are those of a small set with the same seed, and any block can be computed alone.

    Parameters
    ----------
    n : int
        Number of samples of the whole set, at least 1.
    seed : int
        Seed of the whole set, at least 0.
    draw : callable
        Takes a generator and a number of samples; returns arrays with one row a sample.
    chosen : iterable of int, optional
        Numbers of the blocks to compute; all of them by default.
    record : callable, optional
        Where a sample is costly, `draw` returns only what can be drawn for a whole block at once, and this makes the rest
        for the samples that are asked for. It takes a list of generators, one a sample, and what was drawn for them;
        returns arrays with one row a sample.
    """
    whole(seed, "seed", at_least=0)
    parts = [_block(block, n, seed, draw, record) for block in _valid(n, chosen)]
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def _block(
    block: int,
    n: int,
    seed: int,
    draw: Callable[[np.random.Generator, int], Arrays],
    record: Callable[..., Arrays] | None,
) -> Arrays:
    kept = [array[: n - block * BLOCK] for array in draw(_stream(seed, block), BLOCK)]
    if record is None:
        return kept
    return record([_stream(seed, block, sample) for sample in range(len(kept[0]))], *kept)


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _valid(n: int, chosen: Iterable[int] | None) -> list[int]:
    every = blocks(n)
    if chosen is None:
        return list(every)
    if not np.iterable(chosen):
        raise ValueError(
            f"blocks must be an iterable of whole numbers, or None for all of them; got {chosen!r}"
        )
    numbers = list(chosen)
    if not numbers:
        raise ValueError("blocks must name at least one block, or be None for all of them; got none")
    for block in numbers:
        whole(block, "a number in blocks", at_least=0)
        if block not in every:
            raise ValueError(f"blocks of {n} samples have the numbers 0 to {every[-1]}; got {block}")
    return numbers
