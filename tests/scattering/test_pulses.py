"""Pulses: exact odds against sums and densities of SciPy, calibration, chance, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from lens_labs.scattering import pulses
from lens_labs.scattering.pulses import Scintillator

USUAL = Scintillator()
STORED = [[137, 92], [195, 143], [44, 17], [243, 139]]


def beta_of(mean, width):
    total = mean * (1 - mean) / width**2 - 1
    return mean * total, (1 - mean) * total


def densities(charge, tail, s=USUAL):
    """Return ln p(charge, tail) of neutrons and gammas, by the distributions of SciPy."""
    light = stats.lognorm(s.neutron_light_width, scale=s.neutron_light)
    below, above = (
        light.cdf(charge + 0.5) - light.cdf(charge - 0.5),
        light.sf(charge - 0.5) - light.sf(charge + 0.5),
    )
    neutron = np.log(np.where(charge > s.neutron_light, above, below)) - light.logsf(s.threshold - 0.5)
    gamma = stats.geom(1 - np.exp(-1 / s.gamma_light), loc=s.threshold - 1).logpmf(charge)
    neutron += stats.betabinom(charge, *beta_of(s.neutron_tail, s.neutron_tail_width)).logpmf(tail)
    gamma += stats.betabinom(charge, *beta_of(s.gamma_tail, s.gamma_tail_width)).logpmf(tail)
    return neutron, gamma


def some_scintillator(rng):
    neutron_tail, gamma_tail = rng.uniform(0.1, 0.9, 2)
    return Scintillator(
        threshold=int(rng.integers(1, 60)),
        neutron_light=rng.uniform(60, 400),
        neutron_light_width=rng.uniform(0.15, 0.6),
        gamma_light=rng.uniform(20, 200),
        neutron_tail=neutron_tail,
        neutron_tail_width=0.3 * min(neutron_tail, 1 - neutron_tail),
        gamma_tail=gamma_tail,
        gamma_tail_width=0.4 * min(gamma_tail, 1 - gamma_tail),
    )


# The exact rule


def test_odds_are_those_of_the_distributions_of_scipy_for_many_detectors():
    rng = np.random.default_rng(0)
    for _ in range(500):
        s, share = some_scintillator(rng), rng.uniform(0.05, 0.95)
        middle = max(s.neutron_light, s.threshold)
        charge = rng.integers(max(s.threshold, int(middle / 3)), int(2 * middle) + 2, 20)
        tail = rng.binomial(charge, rng.uniform(0.2, 0.8, 20))
        neutron, gamma = densities(charge, tail, s)
        x = np.stack([charge, tail / charge], axis=1)
        ours = pulses.log_odds(x, neutron_share=share, scintillator=s)
        exact = np.log(share / (1 - share)) + neutron - gamma
        assert_allclose(ours, exact, rtol=1e-8, atol=1e-8)


def test_probabilities_of_all_pulses_add_up_to_one_for_each_kind():
    s = Scintillator(threshold=5, neutron_light=30, gamma_light=12, neutron_light_width=0.3)
    charge, tail = np.meshgrid(np.arange(5, 400), np.arange(400), indexing="ij")
    possible = tail <= charge
    for one in pulses._log_probabilities(charge[possible].astype(float), tail[possible].astype(float), s):
        assert_allclose(np.exp(one).sum(), 1, rtol=1e-10)


def test_odds_stay_finite_where_probabilities_underflow():
    x = [[20, 0.0], [20, 1.0], [1e4, 0.0], [1e4, 1.0], [1e6, 0.7]]
    assert np.isfinite(pulses.log_odds(x)).all()


@pytest.mark.parametrize("ratio", [0.01, 1 / 3, 2, 50])
def test_another_share_shifts_all_odds_by_the_logarithm_of_the_ratio(ratio):
    x = pulses.simulate(200, seed=2).x
    shifted = pulses.log_odds(x, neutron_share=ratio / (1 + ratio))
    assert_allclose(shifted - pulses.log_odds(x), np.log(ratio), rtol=1e-9)


def test_odds_keep_the_shape_of_a_batch_and_bear_single_precision():
    x = pulses.simulate(60, seed=3).x
    assert_allclose(pulses.log_odds(x.reshape(3, 4, 5, 2)), pulses.log_odds(x).reshape(3, 4, 5))
    assert pulses.log_odds(x[0]).shape == ()
    assert_allclose(pulses.log_odds(x.astype(np.float32)), pulses.log_odds(x), atol=1e-4)


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_claimed_probabilities_come_true(share):
    data = pulses.simulate(100_000, seed=4, neutron_share=share)
    claimed = 1 / (1 + np.exp(-pulses.log_odds(data.x, neutron_share=share)))
    of_bin = np.digitize(claimed, np.linspace(0, 1, 11)[1:-1])
    for each in range(10):
        inside = of_bin == each
        expected = claimed[inside]
        assert inside.sum() > 20
        assert abs(data["neutron"][inside].sum() - expected.sum()) < 4 * np.sqrt(
            (expected * (1 - expected)).sum()
        )


def test_the_exact_rule_is_right_as_often_as_the_sum_says_and_that_is_between_93_and_96_percent():
    data, best = pulses.simulate(100_000, seed=5), pulses.best_accuracy()
    right = ((pulses.log_odds(data.x) > 0) == data["neutron"]).mean()
    assert abs(right - best) < 4 * np.sqrt(best * (1 - best) / 100_000)
    assert 0.93 < best < 0.96


def test_the_sum_is_that_over_all_pulses_with_densities_of_scipy():
    s = Scintillator(threshold=4, neutron_light=25, gamma_light=6, neutron_light_width=0.3)
    best = 0.0
    for charge in range(4, 180):
        neutron, gamma = np.exp(densities(charge, np.arange(charge + 1), s))
        best += np.maximum(0.3 * neutron, 0.7 * gamma).sum()
    assert_allclose(pulses.best_accuracy(neutron_share=0.3, scintillator=s), best, rtol=1e-6)


def test_kinds_that_are_alike_leave_only_the_share_to_guess_from():
    x = pulses.simulate(20, seed=0).x
    alike = Scintillator(gamma_tail=0.7, gamma_tail_width=0.07)
    same_charge = np.column_stack([np.full(20, 150.0), x[:, 1]])
    assert np.ptp(pulses.log_odds(same_charge, scintillator=alike)) < 1e-9
    assert np.ptp(pulses.log_odds(same_charge)) > 1
    assert pulses.best_accuracy(neutron_share=0.999) >= 0.999


def test_no_straight_line_comes_within_three_points_of_the_exact_rule():
    data = pulses.simulate(20_000, seed=6)
    best, neutron = 0.0, data["neutron"]
    for slope in np.concatenate([[0.0], np.geomspace(1e-4, 1e-2, 12), -np.geomspace(1e-4, 1e-2, 12)]):
        order = np.argsort(data.x[:, 1] + slope * data.x[:, 0])
        gammas_below = np.cumsum(1 - neutron[order])
        neutrons_above = neutron.sum() - np.cumsum(neutron[order])
        best = max(best, (gammas_below + neutrons_above).max() / 20_000)
    assert 0.88 < best < pulses.best_accuracy() - 0.03


# Simulation


def test_charges_and_tails_follow_their_distributions():
    data = pulses.simulate(40_000, seed=7)
    charge = data.x[:, 0]
    every = np.arange(20, 3_000)
    light = stats.lognorm(0.25, scale=200)
    for kind, probabilities in (
        (1, light.cdf(every + 0.5) - light.cdf(every - 0.5)),
        (0, stats.geom(1 - np.exp(-1 / 110), loc=19).pmf(every)),
    ):
        mine = charge[data["neutron"] == kind]
        edges = np.quantile(mine, np.linspace(0, 1, 21)[1:-1]).round() + 0.5
        expected = np.bincount(np.digitize(every, edges), weights=probabilities)
        seen = np.bincount(np.digitize(mine, edges))
        assert stats.chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-3
    for kind, mean, width in ((1, 0.70, 0.07), (0, 0.42, 0.14)):
        mine = data.x[data["neutron"] == kind]
        spread = np.sqrt(width**2 + (mean * (1 - mean) - width**2) / mine[:, 0])
        assert abs(((mine[:, 1] - mean) / spread).mean()) < 4 / np.sqrt(len(mine))
        assert abs((((mine[:, 1] - mean) / spread) ** 2).mean() - 1) < 0.05


def test_nothing_below_the_threshold_is_recorded_not_even_where_most_light_is_weak():
    s = Scintillator(threshold=150, neutron_light=100)
    data = pulses.simulate(2_000, seed=8, scintillator=s)
    neutrons = data.x[data["neutron"] == 1, 0]
    assert data.x[:, 0].min() == neutrons.min() == 150
    light = stats.lognorm(0.25, scale=100)
    for charge in (155, 170, 200):
        share = light.sf(charge - 0.5) / light.sf(149.5)
        assert abs((neutrons >= charge).mean() - share) < 4 * np.sqrt(share * (1 - share) / neutrons.size)


def test_pulses_far_above_the_light_of_neutrons_come_from_the_tail_of_their_distribution():
    s = Scintillator(threshold=2_000)  # more than nine standard deviations
    data = pulses.simulate(4_000, seed=8, scintillator=s)
    neutrons = data.x[data["neutron"] == 1, 0]
    light = stats.lognorm(0.25, scale=200)
    assert neutrons.min() == 2_000
    for charge in (2_020, 2_060, 2_150):
        share = light.sf(charge - 0.5) / light.sf(1_999.5)
        assert abs((neutrons >= charge).mean() - share) < 4 * np.sqrt(share * (1 - share) / neutrons.size)


@settings(max_examples=60)
@given(
    threshold=st.integers(1, 100_000),
    light=st.floats(1, 1e5),
    width=st.floats(0.01, 1),
    tail=st.floats(0.001, 0.999),
    spread=st.floats(1.1e-4, 0.98),
)
def test_every_scintillator_that_is_accepted_gives_pulses_and_finite_odds(
    threshold, light, width, tail, spread
):
    s = Scintillator(
        threshold=threshold,
        neutron_light=light,
        gamma_light=light,
        neutron_light_width=width,
        neutron_tail=tail,
        neutron_tail_width=spread * np.sqrt(tail * (1 - tail)),
    )
    data = pulses.simulate(20, seed=0, scintillator=s)
    assert data.x[:, 0].min() >= threshold
    assert np.isfinite(pulses.log_odds(data.x, scintillator=s)).all()


def test_the_sum_over_all_pulses_is_refused_where_it_would_take_minutes():
    with pytest.raises(ValueError, match="scintillator must give so little light"):
        pulses.best_accuracy(scintillator=Scintillator(gamma_light=1e4))


def test_the_share_of_neutrons_is_the_one_that_was_asked_for():
    share = pulses.simulate(20_000, seed=9, neutron_share=0.1)["neutron"].mean()
    assert abs(share - 0.1) < 4 * np.sqrt(0.09 / 20_000)


@pytest.mark.parametrize("simulate", [pulses.simulate, pulses.simulate_waveforms])
def test_a_small_set_is_the_beginning_of_a_large_one_and_blocks_are_parts_of_it(simulate):
    small, large = simulate(5, seed=3), simulate(1_030, seed=3)
    assert small.x.tobytes() == large.x[:5].tobytes()
    assert small.y.tobytes() == large.y[:5].tobytes()
    assert_array_equal(simulate(1_030, seed=3, blocks=[1]).x, large.x[1024:])
    assert not np.array_equal(simulate(5, seed=4).x, small.x)


def test_simulated_numbers_are_those_that_were_stored():
    data = pulses.simulate(4, seed=20)
    assert_array_equal(np.column_stack([data.x[:, 0], data.x.prod(axis=1).round()]), STORED)
    assert data.meta["classes"] == ("gamma", "neutron")
    assert data.units["neutron"] == "1"


def test_waveforms_are_those_of_the_same_pulses_and_hold_their_light_in_the_two_windows():
    data, two_numbers = pulses.simulate_waveforms(1_500, seed=3), pulses.simulate(1_500, seed=3)
    assert_array_equal(data.columns("charge", "tail_fraction"), two_numbers.x)
    assert_array_equal(data["neutron"], two_numbers["neutron"])
    late = data.coords["time"] > pulses.PROMPT
    assert_array_equal(data.x.sum(axis=1), data["charge"])
    assert_allclose(data.x[:, late].sum(axis=1) / data["charge"], data["tail_fraction"], rtol=1e-12)
    assert data.x.shape == (1_500, 115)
    assert data.coords["time"][[0, -1]].tolist() == [10, 2290]


def test_light_within_a_window_falls_exponentially_and_alike_for_both_kinds():
    data = pulses.simulate_waveforms(4_000, seed=6)
    late = data.coords["time"] > pulses.PROMPT
    kinds = [data.x[data["neutron"] == kind][:, late].sum(axis=0) for kind in (0, 1)]
    slope = np.polyfit(data.coords["time"][late], np.log(sum(kinds)), 1)[0]
    assert_allclose(-1 / slope, 700, rtol=0.03)
    assert stats.chi2_contingency(np.array(kinds)).pvalue > 1e-3


# Bad input


@settings(max_examples=60)
@given(
    name=st.sampled_from(["neutron_light", "neutron_light_width", "gamma_light"]),
    value=st.one_of(
        st.floats(max_value=0.001), st.floats(min_value=1.1e5), st.sampled_from([np.nan, "much", [1.0, 2.0]])
    ),
)
def test_light_that_is_not_positive_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"^{name} must (be|lie)"):
        Scintillator(**{name: value})


@settings(max_examples=60)
@given(
    name=st.sampled_from(["neutron_tail", "gamma_tail"]),
    value=st.one_of(st.floats(max_value=0), st.floats(min_value=1), st.just(np.nan)),
)
def test_tails_that_are_no_share_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"^{name} must lie between 0 and 1"):
        Scintillator(**{name: value})


@pytest.mark.parametrize("width", [0.0, -0.1, 0.5, np.nan])
def test_a_width_that_no_beta_distribution_has_is_refused(width):
    with pytest.raises(ValueError, match=r"neutron_tail_width must lie between 4.6e-05 and 0.454; got"):
        Scintillator(neutron_tail_width=width)


@pytest.mark.parametrize("threshold", [0, -3, 2.5, True, "20", 10**30])
def test_a_threshold_that_is_no_number_of_photons_is_refused(threshold):
    with pytest.raises(ValueError, match=r"threshold must be (a whole number, at least 1|at most 100,000)"):
        Scintillator(threshold=threshold)


@settings(max_examples=60)
@given(share=st.one_of(st.floats(max_value=0), st.floats(min_value=1), st.sampled_from([np.nan, [0.5, 0.5], "half"])))  # fmt: skip
def test_a_share_that_is_none_is_refused_by_all(share):
    for call in (
        lambda: pulses.log_odds([100, 0.5], neutron_share=share),
        lambda: pulses.best_accuracy(neutron_share=share),
        lambda: pulses.simulate(3, seed=0, neutron_share=share),
        lambda: pulses.simulate_waveforms(3, seed=0, neutron_share=share),
    ):
        with pytest.raises(ValueError, match="neutron_share must"):
            call()


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([100.0], r"x must have shape \(..., 2\), charge and tail fraction; got shape \(1,\)"),
        (3.0, r"x must have shape \(..., 2\)"),
        ([[100, 0.5, 1]], r"x must have shape \(..., 2\)"),
        ([[0, 0.5]], r"x\[..., 0\], the charge, must be between 20 and 1e\+09; got 0"),
        ([[19.0, 0.5]], "must be between 20 and .*; got 19"),
        ([[np.nan, 0.5]], "must be between 20 and .*; got nan"),
        ([[np.inf, 0.5]], "must be between 20 and"),
        ([[100, -0.1]], r"x\[..., 1\], the tail fraction, must lie between 0 and 1"),
        ([[100, 1.1]], "the tail fraction, must lie between 0 and 1"),
        ([[100, np.nan]], "the tail fraction, must lie between 0 and 1"),
        ("bright", "x must be a number or an array of numbers"),
    ],
)
def test_pulses_that_cannot_be_are_refused(x, words):
    with pytest.raises(ValueError, match=words):
        pulses.log_odds(x)


@pytest.mark.parametrize("simulate", [pulses.simulate, pulses.simulate_waveforms])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 0}, "n must be a whole number"),
        ({"seed": -1}, "seed must be"),
        ({"blocks": [1]}, "blocks of 5"),
    ],
)
def test_wrong_sizes_seeds_and_blocks_are_refused(simulate, arguments, words):
    with pytest.raises(ValueError, match=words):
        simulate(**({"n": 5, "seed": 0} | arguments))


def test_no_pulses_have_no_odds():
    assert pulses.log_odds(np.empty((0, 2))).shape == (0,)
