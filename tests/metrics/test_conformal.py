"""Conformal prediction keeps its promise: over a thousand repeats, for good models and for bad ones."""

import numpy as np
import pytest

from lens_labs import metrics


def standard_error(level, repeats):
    return np.sqrt(level * (1 - level) / repeats)


@pytest.mark.parametrize("level", [0.5, 0.9])
@pytest.mark.parametrize("n", [19, 40])
def test_a_new_score_stays_below_the_quantile_as_often_as_promised(level, n):
    scores = np.random.default_rng(n).exponential(size=(20_000, n + 1))
    limits = [metrics.conformal_quantile(row[:-1], level=level) for row in scores]
    held = np.mean(scores[:, -1] <= limits)
    slack = 4 * standard_error(level, len(scores))
    assert level - slack <= held <= level + 1 / (n + 1) + slack


def test_the_quantile_is_one_of_the_scores_and_infinite_for_too_few():
    assert metrics.conformal_quantile(np.arange(1, 10), level=0.9) == 9
    assert metrics.conformal_quantile(np.arange(1, 9), level=0.9) == np.inf
    assert metrics.conformal_quantile([3.0, 1.0, 2.0], level=0.5) == 2


def test_a_whole_rank_is_not_pushed_up_by_rounding():
    for n in range(9, 2000, 10):  # (n + 1) p is a whole number for p = 0.7 and 0.9
        for level in (0.7, 0.9):
            assert metrics.conformal_quantile(np.arange(1, n + 1), level=level) == round((n + 1) * level)


@pytest.mark.parametrize("bias", [0.0, 3.0])
@pytest.mark.parametrize("helpful", [True, False])
def test_intervals_cover_for_a_good_model_and_for_a_bad_one(bias, helpful):
    level, repeats, n = 0.8, 1000, 60
    rng = np.random.default_rng(11)
    held, width = [], []
    for _ in range(repeats):
        noise = rng.uniform(0.2, 2, size=n + 1)
        y = rng.normal(scale=noise)
        scale = noise if helpful else rng.permutation(noise)
        prediction = np.full(n + 1, bias)
        low, high = metrics.conformal_interval(
            y[:-1], prediction[:-1], prediction[-1:], level=level, scale=scale[:-1], new_scale=scale[-1:]
        )
        held.append(metrics.coverage(y[-1:], low, high))
        width.append(metrics.sharpness(low, high))
    slack = 4 * standard_error(level, repeats)
    assert level - slack <= np.mean(held) <= level + 1 / (n + 1) + slack
    if bias == 0:
        assert (np.mean(width) < 3.2) == helpful


@pytest.mark.parametrize("sharp", [0.5, 6.0])
def test_sets_hold_the_true_class_as_often_as_promised_however_sure_the_model_is(sharp):
    level, repeats, n, classes = 0.9, 1000, 50, 4
    rng = np.random.default_rng(4)
    held = []
    for _ in range(repeats):
        logits = rng.normal(size=(n + 1, classes))
        chances = metrics.softmax(1.5 * logits)
        labels = (chances.cumsum(axis=1) > rng.random((n + 1, 1))).argmax(axis=1)
        claimed = metrics.softmax(sharp * logits)
        sets = metrics.conformal_sets(claimed[:-1], labels[:-1], claimed[-1:], level=level)
        held.append(sets[0, labels[-1]])
    slack = 4 * standard_error(level, repeats)
    assert level - slack <= np.mean(held) <= level + 1 / (n + 1) + slack


def test_with_too_few_samples_nothing_is_excluded():
    assert metrics.conformal_sets([[0.5, 0.5]], [0], [[1.0, 0.0]], level=0.9).all()
    low, high = metrics.conformal_interval([1.0], [1.0], [2.0], level=0.9)
    assert (low[0], high[0]) == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.conformal_quantile([1.0], level=1.0), "level must lie between 0 and 1; got 1.0"),
        (lambda: metrics.conformal_quantile([1.0], level=90), "level must lie between 0 and 1; got 90"),
        (lambda: metrics.conformal_quantile([]), "scores must have 1 axes and at least one value"),
        (lambda: metrics.conformal_interval([1.0], [1.0, 2.0], [1.0]), "prediction must have the shape of y"),
        (lambda: metrics.conformal_interval([1.0], [1.0], [1.0], scale=0.0), "scale must be positive; got 0.0"),
        (lambda: metrics.conformal_interval([1.0], [1.0], [1.0], new_scale=-1), "new_scale must be positive; got -1.0"),
        (lambda: metrics.conformal_sets([[0.5, 0.5]], [0], [[0.2, 0.3, 0.5]]), "new must have 2 classes, as probabilities has; got 3"),
        (lambda: metrics.conformal_sets([[0.5, 0.5]], [0], [[0.5, 0.6]]), "new must be at least 0 and add up to 1"),
    ],
)  # fmt: skip
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
