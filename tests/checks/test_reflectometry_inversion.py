"""Right answers and typical wrong ones; for each wrong one, the cause that the check must name."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from lens_labs import data
from lens_labs.checks import State
from lens_labs.checks import reflectometry_inversion as check
from lens_labs.scattering import reflectivity

FRESH = check._films(987_654)
TRUTH = FRESH.columns(*check.TARGETS)


def told(result) -> str:
    assert result.state is State.NOT_YET, result
    return f"{result.expected} | {result.got} | {result.cause}"


# log_reflectivity


def test_the_right_logarithm_is_accepted():
    assert check.log_reflectivity(lambda r: np.log10(np.maximum(r, 1e-7)))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (np.log10, "no logarithm: raise it to the floor"),
        (lambda r: np.log(np.maximum(r, 1e-7)), "natural logarithm"),
        (lambda r: np.log10(r + 1e-7), "the floor was added to every point"),
        (lambda r: np.maximum(r, 1e-7), "the logarithm is missing"),
        (lambda r: np.log10(np.maximum(r, 1e-5)), "every point above the floor becomes log10"),
        (lambda r: np.log10(max(r[0, 0], 1e-7)), "work element by element"),
        (lambda r: np.log10(max(r, 1e-7)), "the error arose while the check used your answer"),
    ],
)
def test_a_wrong_logarithm_is_explained(answer, cause):
    assert cause in told(check.log_reflectivity(answer))


# beat_the_baselines; instead of a network, the truth with a known error


def network_with_error(size: float):
    """Return a train_network whose predictions miss the thickness by so many Å in the mean."""

    def train_network(_seed, _n=0):
        def predict(r):
            np.testing.assert_array_equal(r, FRESH.x)
            noise = np.random.default_rng(0).uniform(-2 * size, 2 * size, len(r))
            return TRUTH + noise[:, None] * [1, 0, 0, 0]

        return predict

    return train_network


def test_a_network_that_reads_to_5_angstrom_is_accepted():
    result = check.beat_the_baselines(network_with_error(5))
    assert result
    assert "times better than a line" in result.message


@pytest.mark.parametrize(
    ("predict", "cause"),
    [
        (lambda r: (TRUTH - TRUTH.mean(0)) / TRUTH.std(0), "still standardised: undo the scaling"),
        (lambda r: np.tile(TRUTH.mean(0), (len(r), 1)), "no better than always saying the mean"),
        (lambda r: TRUTH[:, ::-1], "the columns are in another order"),
        (lambda r: TRUTH[:, :1], "one unit for each target"),
        (lambda r: np.full_like(TRUTH, np.nan), "a learning rate that is too high"),
        (network_with_error(85)(0), "are there activations between the layers"),
        (network_with_error(30)(0), "not enough: more epochs"),
    ],
)
def test_a_wrong_network_is_explained(predict, cause):
    assert cause in told(check.beat_the_baselines(lambda seed: predict))


def test_a_trained_model_in_place_of_its_predict_function_is_explained():
    assert "return a function" in told(check.beat_the_baselines(lambda seed: np.zeros(4)))


# spot_the_stranger


def deviation(log_r):
    train = check._log(check._films(1, 4096).x)
    return np.abs((log_r - train.mean(0)) / train.std(0))


def test_the_largest_deviation_finds_strangers():
    assert check.spot_the_stranger(lambda log_r: deviation(log_r).max(axis=1) > 10)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda log_r: np.zeros(len(log_r), bool), "one strange region is enough"),
        (lambda log_r: np.ones(len(log_r), bool), "would take its logarithm a second time"),
        (lambda log_r: deviation(log_r).max(axis=1) > 2, "the limit is too strict"),
        (lambda log_r: deviation(log_r).mean(axis=1) > 3, "look at the largest deviation"),
        (lambda log_r: deviation(log_r) > 10, "reduce over the points of each curve"),
        (lambda log_r: deviation(log_r).max(axis=1), "compare with a limit"),
    ],
)
def test_a_wrong_doorkeeper_is_explained(answer, cause):
    assert cause in told(check.spot_the_stranger(answer))


# final_exam


def exam(factor: float = 1.0):
    def read_film(name):
        reference = data.load(name).reference
        return np.tile([reference[target] for target in check.TARGETS], (3, 1)) * factor

    return read_film


def test_readings_within_five_per_cent_pass_the_exam():
    assert check.final_exam(exam(1.03))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (exam(1.06), "predict prepares its input itself"),
        (lambda name: exam()(name)[0], "stack the predictions of all networks"),
        (lambda name: exam()(name)[:, :1], "stack the predictions of all networks"),
        (exam(np.nan), "stack the predictions of all networks"),
    ],
)
def test_a_wrong_reading_is_explained(answer, cause):
    assert cause in told(check.final_exam(answer))


# propose_and_refine


def fit(curve, start, *, logarithmic=True, steps=None):
    low, high = np.array([reflectivity.PRIOR[name] for name in start]).T

    def residuals(values):
        film = dict(zip(start, values, strict=True))
        if logarithmic:
            return reflectivity.residuals(
                film, curve["q"], curve["r"], curve["dr"], dq=curve.arrays.get("dq")
            )
        return curve["r"] - reflectivity.model(film, curve["q"], dq=curve.arrays.get("dq"))

    found = optimize.least_squares(
        residuals, list(start.values()), bounds=(low, high), x_scale=high - low, max_nfev=steps
    )
    return dict(zip(start, found.x, strict=True))


def test_a_fit_of_log_r_reaches_the_chi_squared_of_the_reference():
    result = check.propose_and_refine(fit)
    assert result
    assert "of the reference's" in result.message


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda curve, start: start, "nothing moved"),
        (lambda curve, start: fit(curve, start, logarithmic=False), "are the residuals those of log R"),
        (lambda curve, start: fit(curve, start, steps=2), "the fit stopped early"),
        (lambda curve, start: {"film_thickness": 211.0}, "put the fitted numbers back under the names"),
    ],
)
def test_a_wrong_fit_is_explained(answer, cause):
    assert cause in told(check.propose_and_refine(answer))


# What the school provides


def test_the_provided_reader_is_honest_about_its_size_and_knows_nothing_of_the_labs_test_set():
    test = reflectivity.simulate(500, seed=2)
    predict = check.beat_the_baselines.or_provided(...)(2, 4096)
    error = np.abs(predict(test.x)[:, 0] - test["film_thickness"]).mean()
    assert 5 < error < 20


def test_the_provided_readings_let_the_lab_go_on():
    readings = check.final_exam.or_provided(...)("e361r")
    assert readings.shape == (3, 4)
    assert readings[:, 0] == pytest.approx(211, abs=15)
