"""Checks of lab 02-train-validate-test: split, batch and stop without a leak."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.checks._exercise import NotYet, exercise
from lens_labs.dataset import Dataset
from lens_labs.scattering import sans

Array = npt.NDArray[Any]
Predict = Callable[[Dataset], Array]

SHARES = (0.70, 0.15, 0.15)
"""The share of the samples in each of the three sets."""

SETS = ("training", "validation", "test")

LEAK = "B"
"""The pipeline of the lab that leaks."""

INNOCENT = {
    "A": "its test samples are new to the network; its report scatters around the truth",
    "C": "the mean of five exposures of a test sample uses what this sample itself tells, and nothing of it was "
    "known before the test",
    "D": "the epoch was chosen on the validation set, and the test set had no say in it",
}
"""Why each of the others does not leak."""


def _split_by_permutation(groups: Array, seed: int) -> tuple[Array, Array, Array]:
    """Return row numbers of a split by sample, without scikit-learn."""
    samples = np.random.default_rng(seed).permutation(np.unique(groups))
    edges = np.rint(np.cumsum(SHARES[:2]) * len(samples)).astype(int)
    first, second, third = (np.flatnonzero(np.isin(groups, some)) for some in np.split(samples, edges))
    return first, second, third


@exercise(usage="split_by_sample(groups, seed=0)", provided=lambda: _split_by_permutation)
def split_by_sample(answer: Callable[[Array, int], Sequence[Array]]) -> str:
    """Judge a split in which no sample lies in two sets."""
    groups = np.repeat(np.arange(400.0), 5)
    sets = _three_sets(answer(groups.copy(), 0), groups)
    _check_rows(sets, groups)
    _check_samples(sets, groups)
    got = [len(np.unique(groups[rows])) / 400 for rows in sets]
    if any(abs(share - wanted) > 0.01 for share, wanted in zip(got, SHARES, strict=True)):
        hint = "set 15 % of the samples aside for the test set, then the same number for the validation set"
        if abs(got[1] - 0.85 * 0.15) < 0.01 or abs(got[2] - 0.85 * 0.15) < 0.01:
            hint = "the second cut took 15 % of what the first had left: set the same number of samples aside twice"
        raise NotYet(
            expected="70, 15 and 15 % of the samples, each within 1 %",
            got=", ".join(f"{100 * share:.1f} %" for share in got),
            cause=hint,
        )
    again, other = (
        _three_sets(answer(groups.copy(), 0), groups),
        _three_sets(answer(groups.copy(), 1), groups),
    )
    if any(set(a) != set(b) for a, b in zip(sets, again, strict=True)):
        raise NotYet(
            expected="the same split from the same seed",
            got="two different splits with seed 0",
            cause="every random choice needs the seed: random_state=seed in both cuts",
        )
    if set(sets[2]) == set(other[2]) or set(sets[1]) == set(other[1]):
        raise NotYet(
            expected="another split from another seed",
            got="the same samples in a set with seeds 0 and 1",
            cause="the sets follow the order of the measurement, or a cut does not use the seed: shuffle the samples",
        )
    uneven, labels = _uneven()
    sets = _three_sets(answer(uneven.copy(), 3), uneven)
    _check_rows(sets, uneven)
    _check_samples(sets, uneven)
    return (
        f"No sample lies in two sets, also for {labels} samples in any order with one to nine exposures each."
    )


@exercise(usage="steps_per_epoch(2000, 64)")
def steps_per_epoch(answer: Callable[[int, int], int]) -> str:
    """Judge the number of steps in an epoch."""
    for n, batch in ((2000, 64), (1400, 64), (1280, 64), (50, 64), (34_000, 256), (7, 1)):
        got, expected = answer(n, batch), -(-n // batch)
        fault = functools.partial(
            NotYet,
            expected=f"steps_per_epoch({n}, {batch}) = {expected}",
            got=f"{got!r}",
        )
        if isinstance(got, bool) or not isinstance(got, int | float | np.number):
            raise fault(cause="return one whole number")
        if got == expected and not isinstance(got, int | np.integer):
            raise fault(cause="steps are counted: make it a whole number, of type int")
        if got == n // batch and n % batch:
            raise fault(
                cause=f"rounded down, the last {n % batch} curves are never used: the batch that is not full is a step too"
            )
        if got == n // batch + 1 and not n % batch:
            raise fault(cause="nothing is left over here: add a step only if the division leaves a remainder")
        if got != expected and np.isclose(got, n / batch):
            raise fault(cause="a part of a batch is a whole step: round up")
        if got == batch and batch != expected:
            raise fault(cause="this is the size of a batch, not the number of batches")
        if got != expected:
            raise fault(cause="divide the curves by the size of a batch and round up")
    return "2,000 curves in batches of 64 are 32 steps; the last batch holds 16."


@exercise(usage="print(leak, optimism)")
def find_the_leak(leak: str, optimism: float, trials: Mapping[str, Sequence[tuple[float, Predict]]]) -> str:
    """Judge who leaks, and by how much its report is too good."""
    letter, got = str(leak).strip().upper().removeprefix("PIPELINE_"), float(optimism)
    if letter not in trials:
        raise NotYet(
            expected=f"the letter of a pipeline, one of {', '.join(trials)}",
            got=repr(leak),
            cause="leak names the pipeline; its size goes into optimism",
        )
    if letter != LEAK:
        raise NotYet(
            expected="the pipeline that knows something about its test samples before the test",
            got=f"pipeline {letter}",
            cause=f"{letter} is innocent: {INNOCENT[letter]}",
        )
    promised, kept = _promised_and_kept(trials)
    expected = float((kept - promised).mean())
    if abs(got - expected) <= 0.2 * abs(expected):
        return f"B reports {promised.mean():.2f} Å and makes {kept.mean():.2f} Å on new samples: too good by {got:.2f} Å."
    raise NotYet(
        expected="the error of B's own networks on new samples less the error that they reported, mean over seeds, "
        "within 20 %",
        got=f"{got:.2f} Å",
        cause=_why_not(got, promised, kept, trials),
    )


@exercise(usage="pick_the_epoch([3.0, 2.0, 2.5, 2.6, 1.0], 2)", provided=lambda: _two_thirds)
def pick_the_epoch(answer: Callable[[list[float], int], int]) -> str:
    """Judge early stopping with patience."""
    for losses, patience in _histories():
        got, expected = answer(list(losses), patience), _kept(losses, patience)
        if isinstance(got, bool) or not isinstance(got, int | np.integer):
            raise NotYet(
                expected="the index of an epoch, a whole number",
                got=f"{got!r}, of type {type(got).__name__}",
                cause="return the index, not the loss",
            )
        if got != expected:
            shown = [round(float(loss), 3) for loss in losses]
            seen = str(shown) if len(shown) < 12 else f"a recorded history of {len(shown)} epochs"
            raise NotYet(
                expected=f"{expected} for {seen} with a patience of {patience}",
                got=str(got),
                cause=_why_that_epoch(int(got), losses, patience),
            )
    return "Kept is the best epoch before patience ran out, and nobody has looked into the future."


# What the judges use


def _three_sets(answer: Any, groups: Array) -> list[Array]:
    """Return the three arrays of row numbers, or explain what came in their place."""
    parts = [np.asarray(part) for part in answer] if isinstance(answer, tuple | list) else []
    wanted = "three arrays of row numbers: training, validation, test"
    if len(parts) != 3:
        got = f"{len(parts)} arrays" if parts else f"an object of type {type(answer).__name__}"
        raise NotYet(expected=wanted, got=got, cause="return the three sets, in this order")
    for name, rows in zip(SETS, parts, strict=True):
        if rows.dtype == bool:
            raise NotYet(expected=wanted, got="masks", cause="np.flatnonzero turns a mask into row numbers")
        if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
            raise NotYet(
                expected=wanted,
                got=f"for the {name} set {rows.dtype} of shape {rows.shape}",
                cause="these may be the names of samples; look up their rows: np.flatnonzero(np.isin(groups, names))",
            )
        if rows.size and (rows.min() < 0 or rows.max() >= len(groups)):
            raise NotYet(
                expected=f"row numbers from 0 to {len(groups) - 1}",
                got=f"{rows.min()} to {rows.max()} in the {name} set",
                cause="count rows from 0",
            )
    return parts


def _check_rows(sets: list[Array], groups: Array) -> None:
    """Raise unless each row is in exactly one set."""
    n, every = len(groups), np.concatenate(sets)
    number = len(np.unique(groups))
    if len(every) == number < n:
        raise NotYet(
            expected=f"every one of the {n} rows in one of the sets",
            got=f"{len(every)} numbers in all, as many as there are samples",
            cause="these are numbers of samples; look up their rows: np.flatnonzero(np.isin(groups, samples))",
        )
    if len(np.unique(every)) < len(every):
        raise NotYet(
            expected="each row in one set only",
            got=f"{len(every) - len(np.unique(every))} rows that come twice",
            cause="the second cut counts positions within the rest; translate them back: rest[train], rest[validation]",
        )
    if len(every) < n:
        raise NotYet(
            expected=f"every one of the {n} rows in one of the sets",
            got=f"{n - len(every)} rows in none",
            cause="cut the rest of the first cut in two, and keep both parts",
        )


def _check_samples(sets: list[Array], groups: Array) -> None:
    """Raise if a sample lies in two sets."""
    where = [set(groups[rows].tolist()) for rows in sets]
    shared = {
        *(where[0] & where[1]),
        *(where[0] & where[2]),
        *(where[1] & where[2]),
    }
    if shared:
        raise NotYet(
            expected="all rows of a sample in the same set",
            got=f"{len(shared)} of {len(np.unique(groups))} samples in more than one set",
            cause="rows were shuffled and cut; shuffle and cut the samples, or hand groups to every cut",
        )
    if empty := [name for name, some in zip(SETS, where, strict=True) if not some]:
        raise NotYet(
            expected="samples in each of the three sets",
            got=f"none in the {empty[0]} set",
            cause="work with the number of samples that is there, not with 400",
        )


def _uneven() -> tuple[Array, int]:
    """Return the samples of rows in random order, one to nine rows each, and how many samples there are."""
    rng, labels = np.random.default_rng(7), np.arange(100, 160) * 3
    return rng.permutation(np.repeat(labels, rng.integers(1, 10, labels.size))), labels.size


@functools.cache
def _new_samples() -> Dataset:
    """Return the new samples of the lab."""
    return sans.simulate(1_000, seed=2, exposures=5)


def _promised_and_kept(trials: Mapping[str, Sequence[tuple[float, Predict]]]) -> tuple[Array, Array]:
    """Return what the leaking pipeline reported, and its error on new samples, one value a seed."""
    new = _new_samples()
    kept = [float(np.abs(predict(new) - new["radius"]).mean()) for _, predict in trials[LEAK]]
    return np.array([float(promised) for promised, _ in trials[LEAK]]), np.array(kept)


def _why_not(
    got: float, promised: Array, kept: Array, trials: Mapping[str, Sequence[tuple[float, Predict]]]
) -> str:
    """Return the likely cause of a wrong optimism."""
    honest = float(np.mean([value for value, _ in trials["A"]]))

    def near(value: float) -> bool:
        return abs(got - value) <= 0.05 * abs(value)

    if got < 0 and near((promised - kept).mean()):
        return "the sign: optimism is positive when the report is too good"
    if near(kept.mean() / promised.mean()) or near((kept / promised).mean()):
        return "this is a ratio; optimism is a difference, in Å"
    if near(kept.mean()) or near(promised.mean()):
        return "this is one of the two errors: subtract what was reported from the error on new samples"
    if near(honest - promised.mean()):
        return "this compares two networks on two test sets, each with its own chance: take the networks of B for both"
    if near((kept - promised).sum()):
        return "this is the sum over the seeds: take the mean"
    return "use error(predict, new) less what was reported, for each pair in trials[leak], and take the mean"


def _kept(losses: Sequence[float], patience: int) -> int:
    """Return the epoch that early stopping keeps."""
    best = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best


def _histories() -> list[tuple[list[float], int]]:
    """Return validation losses with a patience each: made by hand, then valleys and slopes with noise."""
    by_hand: list[tuple[list[float], int]] = [
        ([5.0, 4.0, 3.0, 2.0, 2.5, 3.0, 3.5, 4.0], 3),
        ([5.0, 3.0, 2.0, 2.4, 2.3, 1.9, 2.5, 2.6, 2.7, 2.8], 3),
        ([3.0, 2.0, 2.0, 2.0, 2.0, 3.0], 3),
        ([5.0, 3.0, 2.0, 2.4, 2.3, 2.6, 2.5, 2.7, 1.0], 3),
        ([4.0, 2.0, 3.0, 2.5, 1.5], 2),
        ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], 2),
        ([2.0, 3.0, 1.0], 1),
    ]
    rng, epoch = np.random.default_rng(5), np.arange(150)
    noisy: list[tuple[list[float], int]] = []
    for rise in (0.0, 0.0005, 0.002):
        smooth = 0.03 + 0.05 * np.exp(-epoch / 15) + rise * np.maximum(epoch - 60, 0) / 10
        noisy.append(((smooth * rng.normal(1, 0.08, 150)).tolist(), 20))
    return by_hand + noisy


def _why_that_epoch(got: int, losses: Sequence[float], patience: int) -> str:
    """Return the likely cause of a wrong epoch."""
    kept = _kept(losses, patience)
    rises = [epoch for epoch in range(1, len(losses)) if losses[epoch] > losses[epoch - 1]]
    causes = [
        (
            got < len(losses) and losses[got] == losses[kept],
            "an equal loss is not better: compare with < and not with <=",
        ),
        (got == kept + patience, "this is where the training ends; what is kept is the best epoch before"),
        (got == kept + 1, "count epochs from 0"),
        (
            len(losses) < 6 and got == _kept(losses, patience + 1),
            "the training ends with the last of `patience` epochs that are not better, not one later",
        ),
        (
            got == int(np.argmin(losses)),
            "this is the lowest loss of all, but patience had run out before: nobody sees what would have come",
        ),
        (rises[:1] == [got + 1], "one worse epoch is no reason to stop: patience allows some"),
        (True, "walk through the epochs, remember the best one, and stop when it is `patience` epochs ago"),
    ]
    return next(cause for holds, cause in causes if holds)


# What the school provides while an exercise is open


def _two_thirds(validation_loss: Sequence[float], _patience: int) -> int:
    """Return an epoch at two thirds of the training, whatever happened there."""
    return 2 * len(validation_loss) // 3
