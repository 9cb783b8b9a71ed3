"""Checks of lab 02-train-validate-test: split, batch and stop without a leak."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.checks._exercise import NotYet, exercise
from lens_labs.checks._patience import histories, kept, why_that_epoch
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
    if not np.allclose(got, SHARES, rtol=0, atol=0.01):
        hint = "set 15 % of the samples aside for the test set, then the same number for the validation set"
        if abs(got[1] - 0.85 * 0.15) < 0.01 or abs(got[2] - 0.85 * 0.15) < 0.01:
            hint = "the second cut took 15 % of what the first had left: set the same number of samples aside twice"
        elif np.allclose(sorted(got, reverse=True), SHARES, rtol=0, atol=0.01):
            hint = "the three sets are there, in another order: return training, validation, test"
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
    uneven = _uneven()
    _check_uneven(answer(uneven.copy(), 3), uneven)
    return (
        f"No sample lies in two sets, also for {len(np.unique(uneven))} samples in any order with one to nine "
        "exposures each."
    )


@exercise(usage="steps_per_epoch(2000, 64)")
def steps_per_epoch(answer: Callable[[int, int], int | None]) -> str:
    """Judge the number of steps in an epoch."""
    for n, batch in ((2000, 64), (1400, 64), (1280, 64), (50, 64), (34_000, 256), (7, 1)):
        got, expected = answer(n, batch), -(-n // batch)
        fault = functools.partial(
            NotYet,
            expected=f"steps_per_epoch({n}, {batch}) = {expected}",
            got=f"{got!r}",
        )
        if got is None:
            raise fault(cause="the function returns nothing: end it with `return` and the number of steps")
        if isinstance(got, bool) or not isinstance(got, int | float | np.number):
            raise fault(cause="return one whole number")
        if got == expected and not isinstance(got, int | np.integer):
            raise fault(cause="steps are counted: make it a whole number, of type int")
        if (
            got == n // batch and n % batch and answer(1400, 64) == 22
        ):  # 21.875 batches, rounded up or to the nearest
            raise fault(cause="rounded to the nearest: round *up*, the batch that is not full is a step too")
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
    got = _one_number(optimism, trials)
    letter = _letter(leak)
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
    promised, kept = _promised_and_kept(trials, LEAK)
    if why := _why_not(got, promised, kept, trials):
        raise NotYet(
            expected="the error of B's own networks on new samples less the error that they reported, mean over "
            "seeds, within 2 %",
            got=f"{got:.3g}",
            cause=why,
        )
    return f"B reports {promised.mean():.2f} Å and makes {kept.mean():.2f} Å on new samples: too good by {got:.2f} Å."


@exercise(usage="pick_the_epoch([3.0, 2.0, 2.5, 2.6, 1.0], 2)", provided=lambda: _two_thirds)
def pick_the_epoch(answer: Callable[[list[float], int], int | None]) -> str:
    """Judge early stopping with patience."""
    for losses, patience in histories():
        got, expected = answer(list(losses), patience), kept(losses, patience)
        if isinstance(got, bool) or not isinstance(got, int | np.integer):
            raise NotYet(
                expected="the index of an epoch, a whole number",
                got=f"{got!r}, of type {type(got).__name__}",
                cause="the function returns nothing: end it with `return best`"
                if got is None
                else "return the index, not the loss",
            )
        if got != expected:
            shown = [round(float(loss), 3) for loss in losses]
            seen = str(shown) if len(shown) < 12 else f"a recorded history of {len(shown)} epochs"
            raise NotYet(
                expected=f"{expected} for {seen} with a patience of {patience}",
                got=str(got),
                cause=why_that_epoch(int(got), losses, patience),
            )
    return "Kept is the best epoch before patience ran out, and nobody has looked into the future."


# What the judges use


def _three_sets(answer: Any, groups: Array) -> list[Array]:
    """Return the three arrays of row numbers, or explain what came in their place."""
    parts = [np.asarray(part) for part in answer] if isinstance(answer, tuple | list) else []
    wanted = "three arrays of row numbers: training, validation, test"
    if len(parts) != 3:
        got = f"{len(parts)} arrays" if parts else f"an object of type {type(answer).__name__}"
        cause = (
            "the function returns nothing: end it with `return`"
            if answer is None
            else "return the three sets"
        )
        raise NotYet(expected=wanted, got=got, cause=f"{cause}, in this order: training, validation, test")
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
                cause="count rows from 0"
                if rows.max() == len(groups)
                else "look the rows of a sample up: np.flatnonzero(np.isin(groups, samples))",
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


def _uneven() -> Array:
    """Return the samples of rows in random order, one to nine rows each."""
    rng, labels = np.random.default_rng(7), np.arange(100, 160) * 3
    return rng.permutation(np.repeat(labels, rng.integers(1, 10, labels.size)))


def _check_uneven(answer: Any, groups: Array) -> None:
    """Raise unless the split is right for these samples too; what is wrong only here has causes of its own."""
    try:
        sets = _three_sets(answer, groups)
        _check_rows(sets, groups)
        _check_samples(sets, groups)
    except NotYet as reason:
        n, samples = len(groups), np.unique(groups)
        tried = f"{n} rows of {len(samples)} samples, numbered {samples[0]}, {samples[1]}, …, in random order"
        raise NotYet(
            expected=f"{reason.expected} (tried with {tried})",
            got=reason.got,
            cause=_why_only_uneven(answer, groups) or reason.cause,
        ) from None


def _why_only_uneven(answer: Any, groups: Array) -> str:
    """Return why a split fails that was right for samples 0, 1, 2, … of five rows each; empty if nothing is known."""
    sets = [np.asarray(part) for part in answer] if isinstance(answer, tuple | list) else []
    if len(sets) != 3 or any(not np.issubdtype(rows.dtype, np.integer) for rows in sets):
        return ""
    every = np.concatenate(sets)
    outside = every.size > 0 and bool((every < 0).any() or (every >= len(groups)).any())
    # A sample is torn if some of its rows are in a set and others are not.
    if outside or any(np.isin(groups, groups[rows]).sum() > len(rows) for rows in sets):
        return "the rows of a sample need not follow each other, nor be five: look them up in `groups`"
    if len(np.unique(every)) < len(groups):
        return "take the samples from `np.unique(groups)`; they need not be 0, 1, 2, …"
    return ""


@functools.cache
def _new_samples() -> Dataset:
    """Return the new samples of the lab."""
    return sans.simulate(1_000, seed=2, exposures=5)


def _letter(leak: Any) -> str:
    """Return the letter of a pipeline, however it was written."""
    return str(leak).strip().upper().removeprefix("PIPELINE_")


def _one_number(optimism: Any, trials: Mapping[str, Any]) -> float:
    """Return the optimism as a number, or explain what came in its place."""
    fault = functools.partial(NotYet, expected="one number as optimism, in Å", got=repr(optimism))
    if isinstance(optimism, str):
        if _letter(optimism) in trials:
            raise fault(cause="leak and optimism are swapped: leak is the letter, optimism the number")
        raise fault(cause="optimism is a number and no text")
    if np.size(optimism) != 1:
        raise fault(cause="these are several numbers: take the mean, one number")
    return float(np.asarray(optimism).item())


def _promised_and_kept(
    trials: Mapping[str, Sequence[tuple[float, Predict]]], letter: str
) -> tuple[Array, Array]:
    """Return what a pipeline reported, and its error on new samples, one value a seed."""
    new = _new_samples()
    kept = [float(np.abs(predict(new) - new["radius"]).mean()) for _, predict in trials[letter]]
    return np.array([float(promised) for promised, _ in trials[letter]]), np.array(kept)


def _why_not(
    got: float, promised: Array, kept: Array, trials: Mapping[str, Sequence[tuple[float, Predict]]]
) -> str:
    """Return the likely cause of a wrong optimism; empty if it is right."""
    gaps = kept - promised
    if abs(got - gaps.mean()) <= 0.005:  # right, and perhaps rounded to two digits
        return ""
    honest, honest_kept = _promised_and_kept(trials, "A")
    one = "this is one of the two errors: subtract what was reported from the error on new samples"
    ratio = "this is a ratio; optimism is a difference, in Å"
    relative = "this is relative, a number without a unit; optimism is the difference itself, in Å"
    causes = [
        (gaps.mean(), ""),
        (-gaps.mean(), "the sign: optimism is positive when the report is too good"),
        (promised.mean(), one),
        (kept.mean(), one),
        (kept.mean() / promised.mean(), ratio),
        ((kept / promised).mean(), ratio),
        (gaps.mean() / promised.mean(), relative),
        ((gaps / promised).mean(), relative),
        (
            (honest - promised).mean(),
            "this compares two networks on two test sets, each with its own chance: take the networks of B for both",
        ),
        (
            (honest_kept - promised).mean(),
            "this compares two networks: take the networks of B for both errors",
        ),
        (gaps.sum(), "this is the sum over the seeds: take the mean"),
        *((gap, "this is the value of one seed: take the mean of all") for gap in gaps),
    ]
    # The networks are the student's own, so nothing is random, and the nearest of these numbers was meant.
    value, cause = min(causes, key=lambda each: abs(got - each[0]))
    if abs(got - value) <= 0.02 * abs(value):
        return cause
    return "use error(predict, new) less what was reported, for each pair in trials[leak], and take the mean"


# What the school provides while an exercise is open


def _two_thirds(validation_loss: Sequence[float], _patience: int) -> int:
    """Return an epoch at two thirds of the training, whatever happened there."""
    return 2 * len(validation_loss) // 3
