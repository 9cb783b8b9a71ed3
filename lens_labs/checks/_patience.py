"""Early stopping with patience, as it is meant and as it is commonly mistaken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def kept(losses: Sequence[float], patience: int) -> int:
    """Return the epoch that early stopping keeps."""
    best = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best


def histories() -> list[tuple[list[float], int]]:
    """Return validation losses with a patience each: made by hand, then valleys and slopes with noise.

    Those made by hand stand in an order in which each common mistake is met where no other one gives the same epoch.
    """
    by_hand: list[tuple[list[float], int]] = [
        ([5.0, 4.0, 3.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5], 3),
        ([5.0, 3.0, 2.0, 2.4, 2.3, 1.9, 2.5, 2.6, 2.7, 2.8], 3),
        ([3.0, 2.0, 2.0, 2.0, 2.0, 3.0], 3),
        ([5.0, 3.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 1.0], 3),
        ([5.0, 2.0, 3.0, 2.5, 3.5, 3.6], 4),
        ([5.0, 3.0, 2.0, 2.4, 2.3, 2.6, 2.5, 2.7, 1.0], 3),
        ([4.0, 2.0, 3.0, 2.5, 1.5], 2),
        ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], 2),
        ([2.0, 3.0, 1.0], 1),
        ([5.0, 4.0, 4.5, 3.0, 3.5, 2.0, 2.5, 1.9], 3),
    ]
    rng, epoch = np.random.default_rng(5), np.arange(150)
    noisy: list[tuple[list[float], int]] = []
    for rise in (0.0, 0.0005, 0.002):
        smooth = 0.03 + 0.05 * np.exp(-epoch / 15) + rise * np.maximum(epoch - 60, 0) / 10
        noisy.append(((smooth * rng.normal(1, 0.08, 150)).tolist(), 20))
    return by_hand + noisy


def why_that_epoch(got: int, losses: Sequence[float], patience: int) -> str:
    """Return the likely cause of a wrong epoch."""
    right = kept(losses, patience)
    rises = [epoch for epoch in range(1, len(losses)) if losses[epoch] > losses[epoch - 1]]
    causes = [
        (
            got < len(losses) and losses[got] == losses[right],
            "an equal loss is not better: compare with < and not with <=",
        ),
        (got == right + patience, "this is where the training ends; what is kept is the best epoch before"),
        (got == right + 1, "count epochs from 0"),
        (
            len(losses) < 6 and got == kept(losses, patience + 1),
            "the training ends with the last of `patience` epochs that are not better, not one later",
        ),
        (
            got == _by_rises_in_a_row(losses, patience),
            "you count rises from one epoch to the next: count epochs that are not better than the best so far",
        ),
        (
            got == _by_the_epoch_before(losses, patience),
            "you compare with the epoch before: compare with the best so far",
        ),
        (
            got == _without_a_new_count(losses, patience),
            "start to count anew whenever an epoch is the best",
        ),
        (
            got in (len(losses) - 1 - patience, len(losses) - patience),
            "this counts back from the last epoch of the list, but the training may have ended before it",
        ),
        (
            got == int(np.argmin(losses)),
            "this is the lowest loss of all, but patience had run out before: nobody sees what would have come",
        ),
        (rises[:1] == [got + 1], "one worse epoch is no reason to stop: patience allows some"),
        (True, "walk through the epochs, remember the best one, and stop when it is `patience` epochs ago"),
    ]
    return next(cause for holds, cause in causes if holds)


def _by_the_epoch_before(losses: Sequence[float], patience: int) -> int:
    """Return the epoch of who calls an epoch better when it is below the one before."""
    best = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1]:
            best = epoch
        elif epoch - best == patience:
            break
    return best


def _by_rises_in_a_row(losses: Sequence[float], patience: int) -> int:
    """Return the epoch of who stops after `patience` rises in a row."""
    best = rises = 0
    for epoch in range(1, len(losses)):
        best = epoch if losses[epoch] < losses[best] else best
        rises = rises + 1 if losses[epoch] > losses[epoch - 1] else 0
        if rises == patience:
            break
    return best


def _without_a_new_count(losses: Sequence[float], patience: int) -> int:
    """Return the epoch of who stops after `patience` epochs that were not the best, in all."""
    best = waited = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        else:
            waited += 1
        if waited == patience:
            break
    return best
