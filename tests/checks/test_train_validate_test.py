"""Right answers and typical wrong ones; for each wrong one, the cause that the check must name."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from lens_labs.checks import State, _patience
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


def by_hand(groups, seed, *, labels=False, masks=False, fixed=False, ordered=False, named=None, cuts=None):
    samples = np.arange(named) if named else np.unique(groups)
    if not ordered:
        samples = np.random.default_rng(0 if fixed else seed).permutation(samples)
    first, second = cuts or (round(0.7 * len(samples)), round(0.85 * len(samples)))
    parts = samples[:first], samples[first:second], samples[second:]
    if labels:
        return tuple(part.astype(int) for part in parts)
    found = tuple(np.isin(groups, part) for part in parts)
    return found if masks else tuple(np.flatnonzero(mask) for mask in found)


def in_fives(samples, seed):
    """Count on the rows 5 i to 5 i + 4 to be those of sample i."""
    order = np.random.default_rng(seed).permutation(samples)
    parts = np.split(order, [round(0.7 * samples), round(0.85 * samples)])
    return [(5 * part[:, None] + np.arange(5)).ravel() for part in parts]


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
        (lambda g, s: by_hand(g, s)[::-1], "in another order: return training, validation, test"),
        (lambda g, s: None, "the function returns nothing"),
        (lambda g, s: [part + 7 for part in by_hand(g, s)], "look the rows of a sample up"),
        (lambda g, s: by_hand(g, s, named=400), "they need not be 0, 1, 2"),
        (lambda g, s: by_hand(g, s, named=len(np.unique(g))), "take the samples from `np.unique(groups)`"),
        (lambda g, s: in_fives(400, s), "need not follow each other, nor be five"),
        (lambda g, s: in_fives(len(np.unique(g)), s), "need not follow each other, nor be five"),
        (lambda g, s: by_hand(np.arange(len(g)) // 5, s), "look them up in `groups`"),
        (lambda g, s: by_hand(g, s, cuts=(280, 340)), "work with the number of samples that is there"),
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


@pytest.mark.parametrize(
    "answer",
    [
        lambda g, s: by_hand(g, s, named=400),
        lambda g, s: in_fives(400, s),
        lambda g, s: by_hand(np.arange(len(g)) // 5, s),
    ],
)
def test_a_split_that_fails_for_other_samples_tells_what_they_are(answer):
    expected = "(tried with 330 rows of 60 samples, numbered 300, 303, …, in random order)"
    assert expected in told(check.split_by_sample(answer))


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
        (lambda n, batch: round(n / batch), "rounded to the nearest: round *up*"),
        (lambda n, batch: None, "the function returns nothing"),
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
    "B": [
        (1.1, reader(1.8)),
        (0.8, reader(1.75)),
        (0.9, reader(1.65)),
    ],  # too good by 0.7, 0.95 and 0.75, by 0.8 Å
    "C": [(2.3, reader(2.0))] * 3,
    "D": [(2.3, reader(2.0))] * 3,
}


@pytest.mark.parametrize(("leak", "optimism"), [("B", 0.8), ("b", 0.79), ("pipeline_b", np.array([0.812]))])
def test_the_leak_and_its_optimism_within_two_per_cent_are_accepted(leak, optimism):
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
        ("B", 0.933, "one of the two errors"),
        ("B", 0.857, "this is relative"),
        ("B", (0.7 / 1.1 + 0.95 / 0.8 + 0.75 / 0.9) / 3, "this is relative"),
        ("B", 0.7, "the value of one seed: take the mean"),
        ("B", 0.75, "the value of one seed"),
        ("B", 0.967, "take the networks of B for both errors"),
        ("B", [0.7, 0.95, 0.75], "take the mean, one number"),
        (0.8, "B", "leak and optimism are swapped"),
        ("B", 0.82, "and take the mean"),
        ("B", 1.2, "this compares two networks"),
        ("B", 2.4, "the sum over the seeds"),
        ("B", 0.5, "and take the mean"),
        ("B", "much", "optimism is a number"),
        ("B", float("nan"), "and take the mean"),
    ],
)
def test_a_wrong_leak_or_optimism_is_explained(leak, optimism, cause):
    assert cause in told(check.find_the_leak(leak, optimism, TRIALS))


RECORDED = {
    "A": [(2.53656, reader(2.00243)), (2.41505, reader(1.9256)), (1.77553, reader(1.8525))],
    "B": [(1.08865, reader(1.82407)), (0.806232, reader(1.68318)), (0.936318, reader(1.68433))],
    "C": [(2.3, reader(2.0))] * 3,
    "D": [(2.3, reader(2.0))] * 3,
}
"""What a run of the lab measured: here the error that was reported is within a fifth of the optimism."""


@pytest.mark.parametrize(
    ("optimism", "cause"),
    [
        (0.944, "one of the two errors"),
        (0.854, "this is relative"),
        (0.833, "this is relative"),
        (0.735, "the value of one seed"),
        (0.748, "the value of one seed"),
        (0.983, "take the networks of B for both errors"),
    ],
)
def test_a_number_near_the_optimism_is_told_from_it(optimism, cause):
    assert check.find_the_leak("B", 0.787, RECORDED)
    assert cause in told(check.find_the_leak("B", optimism, RECORDED))


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


def below_the_one_before(losses, patience):
    best = waited = 0
    for epoch in range(1, len(losses)):
        better = losses[epoch] < losses[epoch - 1]
        best, waited = (epoch, 0) if better else (best, waited + 1)
        if waited >= patience:
            return best
    return best


def rises_in_a_row(losses, patience):
    rises = 0
    for epoch in range(1, len(losses)):
        rises = rises + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if rises >= patience:
            return int(np.argmin(losses[: epoch + 1]))
    return int(np.argmin(losses))


def never_anew(losses, patience):
    best, waited = 0, 0
    for epoch, loss in enumerate(losses[1:], 1):
        if loss < losses[best]:
            best = epoch
            continue
        waited += 1
        if waited >= patience:
            break
    return best


def test_early_stopping_with_patience_is_accepted():
    assert check.pick_the_epoch(patient)


def test_the_rule_of_the_check_is_that_of_keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    import keras

    for losses, patience in _patience.histories():
        stopping = keras.callbacks.EarlyStopping(patience=patience)
        stopping.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
        stopping.model.stop_training = False
        stopping.on_train_begin()
        for epoch, loss in enumerate(losses):
            stopping.on_epoch_end(epoch, {"val_loss": loss})
            if stopping.model.stop_training:
                break
        assert stopping.best_epoch == _patience.kept(losses, patience)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda losses, patience: int(np.argmin(losses)), "nobody sees what would have come"),
        (lambda losses, patience: patient(losses, patience) + patience, "where the training ends"),
        (lambda losses, patience: patient(losses, patience) + 1, "count epochs from 0"),
        (first_rise, "patience allows some"),
        (lambda losses, patience: patient(losses, patience + 1), "the last of `patience` epochs"),
        (lambda losses, patience: patient(losses, patience, equal=True), "compare with < and not with <="),
        (below_the_one_before, "you compare with the epoch before: compare with the best so far"),
        (rises_in_a_row, "you count rises from one epoch to the next"),
        (never_anew, "start to count anew whenever an epoch is the best"),
        (lambda losses, patience: len(losses) - 1 - patience, "counts back from the last epoch"),
        (lambda losses, patience: len(losses) - patience, "counts back from the last epoch"),
        (lambda losses, patience: None, "the function returns nothing: end it with `return best`"),
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
