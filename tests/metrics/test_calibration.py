"""Scores of classifiers: against scikit-learn, against cases that can be counted by hand, and what they refuse."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from lens_labs import metrics


def drawn(n=4000, classes=5, *, seed=0, sharp=2.0):
    """Return logits, and labels drawn with exactly the probabilities that these logits have."""
    rng = np.random.default_rng(seed)
    logits = sharp * rng.normal(size=(n, classes))
    chances = metrics.softmax(logits)
    labels = (chances.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return logits, labels


def test_each_bin_holds_its_own_confidence_accuracy_and_samples():
    chances = [[0.55, 0.45]] * 20 + [[0.05, 0.95]] * 40
    labels = [0] * 11 + [1] * 9 + [1] * 38 + [0] * 2
    curve = metrics.reliability_curve(chances, labels, bins=10)
    np.testing.assert_allclose(curve.confidence, [0.55, 0.95])
    np.testing.assert_allclose(curve.accuracy, [0.55, 0.95])
    assert curve.samples.tolist() == [20, 40]
    assert metrics.expected_calibration_error(chances, labels, bins=10) == pytest.approx(0, abs=1e-12)


def test_a_sure_answer_lies_in_the_last_bin():
    curve = metrics.reliability_curve([[1.0, 0.0], [0.0, 1.0]], [0, 1])
    assert curve.samples.tolist() == [2]


def test_the_error_of_a_network_that_is_too_sure_is_what_it_claims_too_much():
    chances = np.tile([0.9, 0.1], (1000, 1))
    labels = np.r_[np.zeros(600, int), np.ones(400, int)]
    assert metrics.expected_calibration_error(chances, labels) == pytest.approx(0.3)


def test_calibrated_draws_have_an_error_that_falls_with_their_number():
    errors = []
    for n in (1000, 100_000):
        logits, labels = drawn(n)
        errors.append(metrics.expected_calibration_error(metrics.softmax(logits), labels))
    assert errors[1] < 0.005 < errors[0] < 0.06


def test_likelihood_and_brier_score_are_those_of_scikit_learn():
    logits, labels = drawn(300)
    chances = metrics.softmax(logits)
    assert metrics.negative_log_likelihood(chances, labels) == pytest.approx(
        log_loss(labels, chances), rel=1e-12
    )
    assert metrics.brier_score(chances, labels) == pytest.approx(brier_score_loss(labels, chances), rel=1e-12)


def test_what_was_called_impossible_costs_everything():
    assert metrics.negative_log_likelihood([[0.0, 1.0]], [0]) == np.inf


def test_equal_probabilities_have_the_scores_of_guessing():
    chances, labels = np.full((7, 4), 0.25), np.arange(7) % 4
    assert metrics.brier_score(chances, labels) == pytest.approx(0.75)
    assert metrics.negative_log_likelihood(chances, labels) == pytest.approx(np.log(4))


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_temperature_takes_back_by_what_logits_were_multiplied(factor):
    logits, labels = drawn(20_000)
    own = metrics.temperature(logits, labels)
    assert own == pytest.approx(1, abs=0.05)
    assert metrics.temperature(factor * logits, labels) == pytest.approx(factor * own, rel=1e-9)


def test_no_other_temperature_is_more_likely():
    logits, labels = drawn(500, sharp=6)
    best = metrics.temperature(3 * logits, labels)
    likelihoods = [
        metrics.negative_log_likelihood(metrics.softmax(3 * logits, best * step), labels)
        for step in (0.98, 1, 1.02)
    ]
    assert min(likelihoods) == likelihoods[1]


def test_the_temperature_changes_no_answer_and_an_offset_of_logits_nothing():
    logits, labels = drawn(500)
    assert (metrics.softmax(logits, 7).argmax(axis=1) == logits.argmax(axis=1)).all()
    shifted = logits + np.arange(500)[:, None]
    assert metrics.temperature(shifted, labels) == pytest.approx(
        metrics.temperature(logits, labels), rel=1e-8
    )
    np.testing.assert_allclose(metrics.softmax(shifted), metrics.softmax(logits), atol=1e-12)


@pytest.mark.parametrize("labels", [[0, 1, 0], [1, 0, 1]])
def test_there_is_no_temperature_for_logits_without_a_mistake_or_without_a_hit(labels):
    with pytest.raises(ValueError, match="no temperature between"):
        metrics.temperature([[2.0, 0.0], [0.0, 2.0], [1.0, 0.0]], labels)


@pytest.mark.parametrize(
    ("chances", "labels", "message"),
    [
        (
            [[0.5, 0.4]],
            [0],
            "probabilities must be at least 0 and add up to 1 in each row; got rows that add up to 0.9",
        ),
        ([[1.5, -0.5]], [0], "the least value is -0.5"),
        ([0.5, 0.5], [0, 1], "probabilities must have 2 axes"),
        ([[np.nan, 1.0]], [0], "probabilities must hold finite numbers; got nan"),
        ([["a", "b"]], [0], "probabilities must hold numbers"),
        (np.empty((0, 2)), [], "at least one value"),
        ([[0.5, 0.5]], [0, 1], "labels must be one for each row of probabilities, 1; got an array of shape"),
        ([[0.5, 0.5]], [2], "labels must be whole numbers from 0 to 1; got"),
        ([[0.5, 0.5]], [-1], "labels must be whole numbers from 0 to 1; got"),
        ([[0.5, 0.5]], [0.5], "labels must be whole numbers from 0 to 1; got"),
    ],
)
@pytest.mark.parametrize(
    "judge",
    [
        metrics.reliability_curve, metrics.expected_calibration_error, metrics.brier_score,
        metrics.negative_log_likelihood,
    ],
)  # fmt: skip
def test_wrong_input_is_named(judge, chances, labels, message):
    with pytest.raises(ValueError, match=message):
        judge(chances, labels)


def test_bins_and_temperatures_must_make_sense():
    with pytest.raises(ValueError, match="bins must be at least 1; got 0"):
        metrics.reliability_curve([[0.5, 0.5]], [0], bins=0)
    with pytest.raises(ValueError, match="temperature must be positive; got 0"):
        metrics.softmax([[1.0, 2.0]], 0)
    with pytest.raises(ValueError, match="labels must be one for each row of logits, 1"):
        metrics.temperature([[1.0, 2.0]], [0, 1])
