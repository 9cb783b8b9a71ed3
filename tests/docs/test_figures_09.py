"""The figures of lecture 9 are true: what they draw obeys the formulas that the notes derive."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from lens_labs.scattering import detector

FOLDER = Path(__file__).parents[2] / "docs" / "figures"


def module(name: str):
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    return importlib.import_module(name)


def test_the_posterior_of_a_count_is_a_gamma_distribution_and_the_error_of_laplace_is_the_root_of_the_count():
    found = module("_uncertainty").one_rate(counts=4, seconds=10.0)
    exact = stats.gamma(5, scale=1 / 10)
    np.testing.assert_allclose(found.density, exact.pdf(found.rate), atol=1e-8)
    assert found.peak == pytest.approx(0.4)
    assert found.sd == pytest.approx(np.sqrt(4) / 10, rel=1e-4)
    np.testing.assert_allclose(found.inside, exact.ppf([0.16, 0.84]), rtol=1e-5)
    np.testing.assert_allclose(found.laplace, stats.norm(0.4, 0.2).pdf(found.rate), rtol=1e-3)


def test_the_tables_of_a_glimpse_sum_to_one_and_lie_where_the_lattice_does():
    found = module("_attention").glimpse()
    for table, places in ((found.rows, found.y), (found.columns, found.x)):
        np.testing.assert_allclose(table.sum(axis=1), 1)
        np.testing.assert_allclose(table @ np.arange(24), places, atol=0.03)


def test_an_image_that_is_drawn_as_shapes_keeps_every_pixel():
    attention = module("_attention")
    chosen = np.random.default_rng(0).random((24, 24)) < 0.4
    outline = attention._outline(chosen)
    corners = outline.vertices.reshape(-1, 5, 2)
    covered = np.zeros((24, 24))
    for left, top, right, bottom in np.hstack([corners[:, 0], corners[:, 2]]).astype(int):
        covered[top:bottom, left:right] += 1
    np.testing.assert_array_equal(covered, chosen)


def test_the_softmax_of_log_likelihoods_is_the_posterior_of_the_place():
    found = module("_attention").soft_map()
    x, y = np.meshgrid(found.line, found.line)
    rates = 0.3 * detector.halo(x, y, radius=5.0, exponent=1.5, size=24) + 0.01
    likelihood = stats.poisson(rates).logpmf(found.counts).sum(axis=(-2, -1))
    likely = np.exp(likelihood - likelihood.max())
    np.testing.assert_allclose(found.weights, likely / likely.sum(), rtol=1e-9)
    assert np.hypot(*(found.mean - found.truth)) < found.line[1] - found.line[0]


@pytest.mark.parametrize("width", [0.6, 2.0, 5.0])
def test_the_slope_of_a_reading_is_its_finite_difference_and_its_noise_that_of_counted_background(width):
    attention = module("_attention")
    away, step = np.linspace(0.3, 14, 9), 1e-5
    ahead, behind = (attention.reading(away + shift, width)[0] for shift in (step, -step))
    np.testing.assert_allclose(
        attention.reading(away, width)[1], (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-9
    )
    row = attention._gaussians(np.array([60.0]), width, 121)
    slopes = np.outer(row[0], attention._sloping(row, width)[0])
    assert attention.slope_noise(width, background=0.6) == pytest.approx(
        np.sqrt(0.6 * (slopes**2).sum()), rel=1e-9
    )


def test_far_from_a_spot_only_the_wide_gaussian_sees_it():
    attention = module("_attention")
    seen = {
        width: np.abs(attention.reading(np.array([1.5, 12.0]), width)[1]) / attention.slope_noise(width)
        for width in (0.6, 5.0)
    }
    assert seen[0.6][0] > seen[5.0][0] > 5
    assert seen[0.6][1] < 1e-6
    assert seen[5.0][1] > 2


def test_a_bilinear_reading_weighs_pixels_by_opposite_areas_and_its_slope_jumps_at_a_pixel():
    sample, step = module("_attention").sample, 1e-6
    for k, area in enumerate((0.28, 0.12, 0.42, 0.18)):
        one = np.zeros(4)
        one[k] = 1
        assert sample(one.reshape(2, 2), np.array(0.3), np.array(0.6))[0] == pytest.approx(area)
    image = np.random.default_rng(0).random((6, 7))
    u, v = np.random.default_rng(1).uniform(0.1, 4.9, (2, 50))
    u, v = np.floor(u) + 0.05 + 0.9 * (u % 1), np.floor(v) + 0.05 + 0.9 * (v % 1)
    _, along_u, along_v = sample(image, u, v)
    np.testing.assert_allclose(
        along_u, (sample(image, u + step, v)[0] - sample(image, u - step, v)[0]) / (2 * step), atol=1e-8
    )
    np.testing.assert_allclose(
        along_v, (sample(image, u, v + step)[0] - sample(image, u, v - step)[0]) / (2 * step), atol=1e-8
    )
    before, after = (sample(image, np.array(2.0 + shift), np.array(3.0))[1] for shift in (-step, step))
    assert before == pytest.approx(image[3, 2] - image[3, 1])
    assert after == pytest.approx(image[3, 3] - image[3, 2])


def test_the_grids_read_what_their_names_say():
    attention = module("_attention")
    image = attention.misplaced()
    u, v = np.meshgrid(*[np.arange(24.0)] * 2)
    np.testing.assert_array_equal(attention.sample(image, u, v)[0], image)
    bent = np.stack(attention.thin_plate(*attention.KNOTS.T), axis=-1)
    np.testing.assert_allclose(bent, attention.HELD, atol=1e-9)
    tilt = {}
    for turn in (0.0, attention.TURN):
        read = attention.sample(image, *attention.affine(u, v, zoom=0.6, turn=turn, to=attention.CENTRE))[0]
        right, below = u - attention.MIDDLE, v - attention.MIDDLE
        across, along = (read * right * below).sum(), (read * (right**2 - below**2)).sum()
        tilt[turn] = np.degrees(np.arctan2(2 * across, along) / 2)
    assert tilt[0.0] == pytest.approx(attention.TURN, abs=6)
    assert tilt[attention.TURN] == pytest.approx(0, abs=6)


@pytest.mark.parametrize(("n", "rank"), [(9, 9), (19, 18), (99, 90), (1_999, 1_800)])
def test_the_quantile_is_the_next_whole_rank_of_n_plus_one_and_holds_between_the_two_bounds(n, rank):
    judged = module("_judged")
    assert judged.rank(n) == rank
    mean = judged.share_held(n).mean()
    assert 0 <= mean - 0.9 + 1e-12 <= 1 / (n + 1)


def test_the_share_that_conformal_intervals_hold_is_beta_distributed_over_calibration_sets():
    judged = module("_judged")
    scores = np.abs(np.random.default_rng(0).normal(size=(4_000, 99)))
    quantiles = np.sort(scores, axis=1)[:, judged.rank(99) - 1]
    shares = 2 * stats.norm.cdf(quantiles) - 1
    assert stats.kstest(shares, judged.share_held(99).cdf).pvalue > 0.01
    assert judged.nine_scores().shape == (9,)


@pytest.mark.parametrize("film", ["e361r", "PLP0011859"])
def test_readings_of_measured_films_are_as_far_from_the_fits_as_the_lab_recorded(film):
    judged, page = module("_judged"), module("_drawing")
    for target in judged.TARGETS:
        read = judged.exam(film, target)
        distances = read.ensemble[:, 0] / np.hypot(read.ensemble[:, 1], read.fit)
        recorded = page.recorded(f"L9.bars_{film.lower()}_{target}_distance")
        np.testing.assert_allclose(distances, recorded, atol=3e-4)  # records have six digits


def test_scores_are_seen_from_the_mean_of_all_films_and_the_grey_bands_are_binomial():
    judged = module("_judged")
    assert judged.crps("thickness")["ensemble"].mean() < judged.crps("thickness")["ridge"].mean() < 1
    assert judged.counting_error(95) == pytest.approx(100 * stats.binom(2_000, 0.95).std() / 2_000)
