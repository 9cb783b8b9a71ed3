"""Right answers and typical wrong ones; for each wrong one, the cause that the check must name."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from lens_labs.checks import State
from lens_labs.checks import train_validate_test as check


def told(result) -> str:
    assert result.state is State.NOT_YET, result
    return f"{result.expected} | {result.got} | {result.cause}"


# split_by_sample


def by_sample(groups, seed, *, share=None, translate=True):
    held_out = round(0.15 * len(np.unique(groups)))
    rest, test = next(
        GroupShuffleSplit(1, test_size=held_out, random_state=seed).split(groups, groups=groups)
    )
    second = GroupShuffleSplit(1, test_size=share or held_out, random_state=seed)
    train, validation = next(second.split(rest, groups=groups[rest]))
    return (rest[train], rest[validation], test) if translate else (train, validation, test)


def by_hand(groups, seed, *, labels=False, masks=False, fixed=False, ordered=False):
    samples = np.unique(groups)
    if not ordered:
        samples = np.random.default_rng(0 if fixed else seed).permutation(samples)
    first, second = round(0.7 * len(samples)), round(0.85 * len(samples))
    parts = samples[:first], samples[first:second], samples[second:]
    if labels:
        return tuple(part.astype(int) for part in parts)
    found = tuple(np.isin(groups, part) for part in parts)
    return found if masks else tuple(np.flatnonzero(mask) for mask in found)


def by_row(groups, seed):
    rest, test = train_test_split(np.arange(len(groups)), test_size=0.15, random_state=seed)
    train, validation = train_test_split(rest, test_size=0.15 / 0.85, random_state=seed)
    return train, validation, test


STREAM = np.random.default_rng(1)


def random_without_seed(groups, _seed):
    return by_hand(groups, int(STREAM.integers(1000)))


@pytest.mark.parametrize("answer", [by_sample, by_hand, check._split_by_permutation])
def test_a_split_by_sample_is_accepted(answer):
    assert check.split_by_sample(answer)


def test_a_split_with_shares_in_place_of_numbers_is_accepted():
    assert check.split_by_sample(lambda groups, seed: by_sample(groups, seed, share=0.15 / 0.85))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (by_row, "rows were shuffled and cut"),
        (lambda g, s: by_sample(g, s, share=0.15), "set the same number of samples aside twice"),
        (lambda g, s: by_sample(g, s, translate=False), "translate them back: rest[train]"),
        (lambda g, s: by_hand(g, s, labels=True), "these are numbers of samples"),
        (lambda g, s: by_hand(g, s, masks=True), "np.flatnonzero turns a mask into row numbers"),
        (lambda g, s: by_hand(g, s, fixed=True), "a cut does not use the seed"),
        (lambda g, s: by_hand(g, s, ordered=True), "the sets follow the order of the measurement"),
        (random_without_seed, "every random choice needs the seed"),
        (lambda g, s: by_hand(g, s)[:2], "return the three sets"),
        (lambda g, s: np.arange(len(g)), "return the three sets"),
        (lambda g, s: (*by_hand(g, s)[:2], by_hand(g, s)[2][:-5]), "keep both parts"),
        (lambda g, s: by_hand(g, s)[::-1], "set 15 % of the samples aside"),
        (lambda g, s: [part + 1 for part in by_hand(g, s)], "count rows from 0"),
        (lambda g, s: [part.astype(float) for part in by_hand(g, s)], "look up their rows"),
        (
            lambda g, s: [np.flatnonzero((g >= a) & (g < b)) for a, b in ((0, 280), (280, 340), (340, 400))],
            "the sets follow the order",
        ),
    ],
)
def test_a_wrong_split_is_explained(answer, cause):
    assert cause in told(check.split_by_sample(answer))


def test_a_split_that_counts_on_five_exposures_of_each_sample_is_explained():
    def in_fives(groups, seed):
        return by_hand(np.arange(len(groups)) // 5, seed)

    assert "samples in more than one set" in told(check.split_by_sample(in_fives))


# steps_per_epoch


@pytest.mark.parametrize("answer", [lambda n, batch: math.ceil(n / batch), lambda n, batch: -(-n // batch)])
def test_the_number_of_steps_is_rounded_up(answer):
    assert check.steps_per_epoch(answer)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda n, batch: n // batch, "the last 16 curves are never used"),
        (lambda n, batch: n // batch + 1, "nothing is left over here"),
        (lambda n, batch: n / batch, "a part of a batch is a whole step"),
        (lambda n, batch: round(n / batch), "the last 16 curves are never used"),
        (lambda n, batch: np.ceil(n / batch), "make it a whole number"),
        (lambda n, batch: batch, "the size of a batch"),
        (lambda n, batch: n, "divide the curves by the size"),
        (lambda n, batch: "32", "return one whole number"),
    ],
)
def test_a_wrong_number_of_steps_is_explained(answer, cause):
    assert cause in told(check.steps_per_epoch(answer))


# find_the_leak; instead of networks, the truth with a known error


def reader(miss):
    return lambda some: some["radius"] + miss * np.where(np.arange(len(some)) % 2, 1, -1)


TRIALS = {
    "A": [(2.4, reader(2.0)), (2.1, reader(1.8)), (1.9, reader(1.9))],
    "B": [(1.1, reader(1.8)), (0.8, reader(1.7)), (0.9, reader(1.7))],  # too good by 0.8 Å
    "C": [(2.3, reader(2.0))] * 3,
    "D": [(2.3, reader(2.0))] * 3,
}


@pytest.mark.parametrize(("leak", "optimism"), [("B", 0.8), ("b", 0.68), ("pipeline_b", 0.92)])
def test_the_leak_and_its_optimism_within_a_fifth_are_accepted(leak, optimism):
    result = check.find_the_leak(leak, optimism, TRIALS)
    assert result
    assert "B reports 0.93 Å and makes 1.73 Å" in result.message


@pytest.mark.parametrize(
    ("leak", "optimism", "cause"),
    [
        ("A", 0.8, "A is innocent: its test samples are new"),
        ("C", 0.8, "C is innocent: the mean of five exposures"),
        ("D", 0.8, "D is innocent: the epoch was chosen on the validation set"),
        ("E", 0.8, "leak names the pipeline"),
        ("B", -0.8, "the sign"),
        ("B", 1.86, "this is a ratio"),
        ("B", 1.73, "one of the two errors"),
        ("B", 1.2, "this compares two networks"),
        ("B", 2.4, "the sum over the seeds"),
        ("B", 0.5, "and take the mean"),
        ("B", "much", "the error arose while the check used your answer"),
    ],
)
def test_a_wrong_leak_or_optimism_is_explained(leak, optimism, cause):
    assert cause in told(check.find_the_leak(leak, optimism, TRIALS))


@pytest.mark.parametrize("answer", [(..., ...), ("B", ...), (..., 0.8)])
def test_a_leak_that_is_not_named_or_not_measured_is_not_answered(answer):
    assert check.find_the_leak(*answer, TRIALS).state is State.NOT_ANSWERED


# pick_the_epoch


def patient(losses, patience, *, equal=False):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best] or (equal and loss <= losses[best]):
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def first_rise(losses, _patience):
    rises = np.flatnonzero(np.diff(losses) > 0)
    return int(rises[0]) if rises.size else len(losses) - 1


def test_early_stopping_with_patience_is_accepted():
    assert check.pick_the_epoch(patient)


def test_the_rule_of_the_check_is_that_of_keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    import keras

    for losses, patience in check._histories():
        stopping = keras.callbacks.EarlyStopping(patience=patience)
        stopping.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
        stopping.model.stop_training = False
        stopping.on_train_begin()
        for epoch, loss in enumerate(losses):
            stopping.on_epoch_end(epoch, {"val_loss": loss})
            if stopping.model.stop_training:
                break
        assert stopping.best_epoch == check._kept(losses, patience)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda losses, patience: int(np.argmin(losses)), "nobody sees what would have come"),
        (lambda losses, patience: patient(losses, patience) + patience, "where the training ends"),
        (lambda losses, patience: patient(losses, patience) + 1, "count epochs from 0"),
        (first_rise, "patience allows some"),
        (lambda losses, patience: patient(losses, patience + 1), "the last of `patience` epochs"),
        (lambda losses, patience: patient(losses, patience, equal=True), "compare with < and not with <="),
        (lambda losses, patience: min(losses), "return the index, not the loss"),
        (lambda losses, patience: len(losses) // 3, "walk through the epochs"),
    ],
)
def test_a_wrong_epoch_is_explained(answer, cause):
    assert cause in told(check.pick_the_epoch(answer))


# What the school provides, and what is untouched


@pytest.mark.parametrize("name", ["split_by_sample", "steps_per_epoch", "pick_the_epoch"])
def test_an_untouched_exercise_is_not_answered(name):
    def stub(*_):
        raise NotImplementedError(name)

    assert getattr(check, name)(stub).state is State.NOT_ANSWERED


def test_the_provided_answers_let_the_lab_go_on():
    groups = np.repeat(np.arange(400.0), 5)
    sets = check.split_by_sample.or_provided(...)(groups, 0)
    assert [len(rows) for rows in sets] == [1400, 300, 300]
    assert check.pick_the_epoch.or_provided(...)([1.0] * 150, 20) == 100
