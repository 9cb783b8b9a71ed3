"""The figures of lecture 9 are true: what they draw obeys the formulas that the notes derive."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from lens_labs.data import load
from lens_labs.scattering import detector, reflectivity

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


def test_films_with_another_oxide_hide_it_in_their_other_numbers():
    found = module("_uncertainty").oxides()
    thin, best, thick = found.films
    for one, film in enumerate(found.films):
        assert np.mean(found.residuals(one) ** 2) == pytest.approx(found.chi2[one])
        only_oxide = best | {"oxide_thickness": film["oxide_thickness"]}
        held = reflectivity.residuals(only_oxide, found.q, found.r, found.errors)
        assert found.chi2[one] <= np.mean(held**2) + 1e-9
    assert found.chi2[1] == min(found.chi2)
    error = load("e361r").reference.parameters["film_thickness"].error
    for other in (thin, thick):
        assert abs(other["film_thickness"] - best["film_thickness"]) > error
    for other in (0, 2):
        assert np.sqrt(np.mean((found.residuals(other) - found.residuals(1)) ** 2)) < 1.3


def test_seven_points_at_once_say_what_they_say_one_after_the_other():
    found = module("_processes").draws()
    where = np.concatenate([found.where, found.x])[:, None]
    mean, spread = np.zeros(len(where)), found.kernel(where, where)
    for place, (y, error) in enumerate(zip(found.y, found.errors, strict=True), start=found.where.size):
        gain = spread[:, place] / (spread[place, place] + error**2)
        mean = mean + gain * (y - mean[place])
        spread = spread - np.outer(gain, spread[place])
    m = found.where.size
    np.testing.assert_allclose(found.mean["posterior"], mean[:m], atol=1e-9)
    np.testing.assert_allclose(found.sd["posterior"] ** 2, np.diag(spread)[:m], atol=1e-9)
    np.testing.assert_allclose(found.sd["prior"], 1)


def test_the_evidence_is_the_density_of_the_counted_rates_and_chooses_the_length_of_the_lab():
    processes = module("_processes")
    found, total = processes.scan(), processes.scan().fit + processes.scan().complexity
    for number in (0, 30, 59):
        kernel = processes.Kernel(found.amplitude, (found.lengths[number],))
        covariance = kernel(found.energy[:, None], found.energy[:, None]) + np.diag(found.errors**2)
        normal = stats.multivariate_normal(np.zeros(found.energy.size), covariance)
        assert total[number] == pytest.approx(normal.logpdf(found.rate - found.rate.mean()), abs=1e-8)
    recorded = module("_drawing").recorded("L9.gp_scan_length")[0]
    assert found.best == pytest.approx(recorded, rel=1e-4)


def test_both_scans_of_a_map_have_the_same_number_of_points_and_the_errors_that_the_lab_found():
    found, recorded = module("_processes").maps(), module("_drawing").recorded
    assert {len(points) for points in found.points.values()} == {192}
    chosen = found.points["chosen"][found.start :]
    assert len(np.unique(chosen, axis=0)) == len(chosen) == 96
    assert found.errors["grid"] == pytest.approx(recorded("L9.gp_sharp_grid")[0], rel=5e-3)
    assert found.errors["chosen"] == pytest.approx(recorded("L9.gp_sharp_adaptive")[0], rel=5e-3)


def test_a_bayesian_regression_is_a_gaussian_process_and_its_ignorance_falls_as_one_over_the_root_of_n():
    uncertainty = module("_uncertainty")
    found = uncertainty.regression(20)
    features, elsewhere = uncertainty._bumps(found.x), uncertainty._bumps(found.where)
    matrix = features @ features.T / 2 + uncertainty.NOISE**2 * np.eye(20)  # the prior variance is 1/2
    across = elsewhere @ features.T / 2
    variance = (elsewhere**2).sum(axis=1) / 2 - np.einsum(
        "ij,ij->i", across, np.linalg.solve(matrix, across.T).T
    )
    np.testing.assert_allclose(found.mean, across @ np.linalg.solve(matrix, found.y), atol=1e-9)
    np.testing.assert_allclose(found.ignorance**2, variance, atol=1e-9)
    inside, beyond = uncertainty.ignorance(np.array([100, 1_000, 10_000]))
    np.testing.assert_allclose(inside[:-1] / inside[1:], np.sqrt(10), rtol=0.15)
    assert (beyond > uncertainty.NOISE).all()


def test_plain_likelihood_leaves_the_fringes_to_the_noise():
    uncertainty = module("_uncertainty")
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=(2, *shape)) for shape in ((1, 3), (1, 3), (3, 2), (1, 2))]
    x, y = rng.normal(size=(2, 9))

    def loss() -> float:
        mean, log_variance = np.moveaxis(uncertainty._layers(weights, x)[-1][0], -1, 0)
        return float(np.mean(0.5 * log_variance + 0.5 * (mean - y) ** 2 / np.exp(log_variance)))

    slopes = uncertainty._slopes(weights, x, y, np.zeros((2, 1)))
    for weight, slope in zip(weights, slopes, strict=True):
        weight[0, 0, 0] += 1e-5
        upper = loss()
        weight[0, 0, 0] -= 2e-5
        assert slope[0, 0, 0] == pytest.approx((upper - loss()) / 2e-5, rel=1e-5)
        weight[0, 0, 0] += 1e-5

    found = uncertainty.starved()
    error = {
        name: np.sqrt(np.mean((mean - found.truth)[found.where > 0] ** 2))
        for name, mean in found.mean.items()
    }
    assert error["likelihood"] > 2.5 * error["beta"]
    assert found.sd["likelihood"][found.where > 0.3].min() > 0.1  # five times the noise of the points


def test_the_log_evidence_is_the_bound_and_the_divergence_of_q_from_the_posterior():
    found = module("_uncertainty").bound()
    np.testing.assert_allclose(found.elbo + found.gap, found.evidence, atol=1e-10)
    assert found.posterior.sum() * (found.log_rate[1] - found.log_rate[0]) == pytest.approx(1, abs=1e-10)
    assert 0 < found.gap.min() < 0.01
    peak = found.log_rate[found.posterior.argmax()]
    laplace = (10 * np.exp(peak) + 1) ** -0.5  # the curvature of ten seconds' likelihood, and of the prior
    assert found.sd[found.elbo.argmax()] == pytest.approx(laplace, rel=0.1)


def test_only_the_shared_draw_keeps_a_floor_under_the_noise_of_the_means():
    uncertainty = module("_uncertainty")
    measured = uncertainty.estimators()
    law, far = (uncertainty.estimators_in_theory(np.array(b, float)) for b in (measured.sizes, (1e6, 1e7)))
    for part in ("means", "widths"):
        for name, values in getattr(measured, part).items():
            np.testing.assert_allclose(values, getattr(law, part)[name], rtol=0.2)
    one_over_b = {name: values[0] / values[1] > 9 for name, values in far.means.items()}
    assert one_over_b == {"shared": False, "flipout": True, "local": True}
    one_over_b = {name: values[0] / values[1] > 9 for name, values in far.widths.items()}
    assert one_over_b == {"shared": False, "flipout": False, "local": True}


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


def test_hits_lie_in_the_frame_that_holds_all_spots_of_the_motif():
    attention = module("_attention")
    corner, end = attention.frame()
    places = attention.spots_of_motif()
    assert (np.vstack([places, attention.CENTRE]) > corner).all()
    assert (np.vstack([places, attention.CENTRE]) < end).all()
    assert attention.misplaced().sum() == pytest.approx(100 * (len(places) + 2), rel=1e-3)
