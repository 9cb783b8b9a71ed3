"""Scores of predicted distributions: closed forms against integrals and samples, and what they refuse."""

import numpy as np
import pytest
from scipy import integrate, stats

from lens_labs import metrics

RNG = np.random.default_rng(7)
Y, MEAN, SCALE = RNG.normal(size=40), RNG.normal(size=40), RNG.uniform(0.2, 3, size=40)


def test_the_log_score_is_minus_the_log_density_of_scipy():
    expected = -stats.norm.logpdf(Y, MEAN, SCALE).mean()
    assert metrics.gaussian_log_score(Y, MEAN, SCALE) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("y", "mean", "scale"), [(0.3, 0.0, 1.0), (-4.0, 1.0, 0.7), (5.0, 5.0, 9.0)])
def test_the_closed_form_of_the_crps_is_its_integral(y, mean, scale):
    def squared(x):
        return (stats.norm.cdf(x, mean, scale) - (x >= y)) ** 2

    below, _ = integrate.quad(squared, mean - 15 * scale, y, epsabs=1e-12)
    above, _ = integrate.quad(squared, y, mean + 15 * scale, epsabs=1e-12)
    assert metrics.crps_gaussian([y], [mean], [scale]) == pytest.approx(below + above, abs=1e-9)


def test_the_crps_of_samples_is_unbiased_even_for_three_of_them():
    rng = np.random.default_rng(1)
    n = 200_000
    scores = metrics.crps_samples(np.full(n, 0.4), rng.normal(0.1, 1.3, size=(n, 3)))
    assert scores == pytest.approx(
        metrics.crps_gaussian([0.4], [0.1], [1.3]), abs=0.006
    )  # four standard errors


def test_the_crps_of_samples_is_the_sum_over_all_pairs_in_any_order():
    drawn = RNG.normal(size=(5, 8))
    pairs = np.abs(drawn[:, :, None] - drawn[:, None, :]).sum(axis=(1, 2)) / (2 * 8 * 7)
    expected = (np.abs(drawn - Y[:5, None]).mean(axis=1) - pairs).mean()
    assert metrics.crps_samples(Y[:5], drawn) == pytest.approx(expected, rel=1e-12)
    assert metrics.crps_samples(Y[:5], drawn[:, ::-1]) == pytest.approx(expected, rel=1e-12)


def test_without_a_width_the_crps_is_the_absolute_error():
    error = np.abs(Y - MEAN).mean()
    assert metrics.crps_gaussian(Y, MEAN, 1e-9) == pytest.approx(error, rel=1e-6)
    assert metrics.crps_samples(Y, np.tile(MEAN[:, None], 4)) == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize("score", [metrics.gaussian_log_score, metrics.crps_gaussian])
def test_only_the_truth_can_win(score):
    y = np.random.default_rng(3).normal(2, 0.5, size=50_000)
    best = score(y, 2.0, 0.5)
    assert all(score(y, mean, scale) > best for mean, scale in ((2.1, 0.5), (1.9, 0.5), (2, 0.4), (2, 0.62)))


def test_scores_have_the_unit_of_what_they_judge():
    assert metrics.crps_gaussian(10 * Y, 10 * MEAN, 10 * SCALE) == pytest.approx(
        10 * metrics.crps_gaussian(Y, MEAN, SCALE)
    )
    shift = metrics.gaussian_log_score(10 * Y, 10 * MEAN, 10 * SCALE) - metrics.gaussian_log_score(
        Y, MEAN, SCALE
    )
    assert shift == pytest.approx(np.log(10))


def test_intervals_of_a_normal_distribution_cover_what_they_promise():
    y = np.random.default_rng(5).normal(size=40_000)
    low, high = np.full_like(y, -1.0), np.full_like(y, 1.0)
    assert metrics.coverage(y, low, high) == pytest.approx(0.6827, abs=0.007)
    assert metrics.sharpness(low, high) == 2


def test_the_ends_of_an_interval_belong_to_it_and_may_be_infinite():
    assert metrics.coverage([1.0, 2.0], [1.0, -np.inf], [1.0, 2.0]) == 1
    assert metrics.sharpness([0.0], [np.inf]) == np.inf


def test_the_divergence_is_the_mean_log_ratio_of_the_densities():
    rng = np.random.default_rng(2)
    mean, scale = np.array([0.4, -1.0]), np.array([0.7, 2.0])
    x = rng.normal(mean, scale, size=(400_000, 2))
    ratio = (stats.norm.logpdf(x, mean, scale) - stats.norm.logpdf(x, 0.1, 1.5)).sum(axis=1)
    error = ratio.std() / np.sqrt(len(ratio))
    assert metrics.kl_gaussian(mean, scale, 0.1, 1.5) == pytest.approx(ratio.mean(), abs=4 * error)


def test_the_divergence_is_zero_for_the_same_and_positive_for_all_others():
    assert metrics.kl_gaussian(MEAN, SCALE, MEAN, SCALE) == pytest.approx(0, abs=1e-12)
    assert all(metrics.kl_gaussian([m], [s]) > 0 for m, s in zip(MEAN, SCALE, strict=True))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.coverage([1.0], [2.0], [0.0]), r"upper must not lie below lower; got 0.0 and 2.0 at position 0"),
        (lambda: metrics.coverage([1.0, 2.0], [0.0], [3.0]), r"y must have the shape of lower and upper, \(1,\); got \(2,\)"),
        (lambda: metrics.sharpness([1.0], [2.0, 3.0]), "lower and upper must have one shape"),
        (lambda: metrics.sharpness([np.nan], [2.0]), "upper must not lie below lower; got 2.0 and nan"),
        (lambda: metrics.crps_gaussian([1.0], [1.0], [0.0]), "scale must be positive; got 0.0"),
        (lambda: metrics.gaussian_log_score([1.0, 2.0], [1.0], [1.0]), r"mean must have the shape of y, \(2,\), or be one number; got \(1,\)"),
        (lambda: metrics.crps_gaussian([np.inf], [1.0], [1.0]), "y must hold finite numbers; got inf"),
        (lambda: metrics.crps_samples([1.0, 2.0], [[1.0, 2.0]]), r"samples must have shape \(2, m\) with m at least 2; got \(1, 2\)"),
        (lambda: metrics.crps_samples([1.0], [[1.0]]), "with m at least 2"),
        (lambda: metrics.kl_gaussian([0.0], [1.0], 0.0, -1.0), "prior_scale must be positive; got -1.0"),
        (lambda: metrics.coverage([], [], []), "lower must have 1 or 2 axes and at least one value"),
    ],
)  # fmt: skip
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
