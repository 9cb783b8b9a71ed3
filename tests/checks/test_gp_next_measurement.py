"""Right answers and typical wrong ones; for each wrong one, the cause that the check must name."""

from __future__ import annotations

import numpy as np
import pytest

from lens_labs.checks import State
from lens_labs.checks import gp_next_measurement as check


def told(result) -> str:
    assert result.state is State.NOT_YET, result
    return f"{result.expected} | {result.got} | {result.cause}"


# posterior


def gaussian_process(x, y, errors, x_new, covariance):
    root = np.linalg.cholesky(covariance(x, x) + np.diag(errors**2))
    half = np.linalg.solve(root, covariance(x, x_new))
    return half.T @ np.linalg.solve(root, y), covariance(x_new, x_new) - half.T @ half


def solved(matrix, x, y, x_new, covariance):
    """Return the posterior for a matrix in the place of that of points and errors."""
    between = covariance(x, x_new)
    spread = covariance(x_new, x_new) - between.T @ np.linalg.solve(matrix, between)
    return between.T @ np.linalg.solve(matrix, y), spread


def upper(matrix):
    """Return what is inverted when an upper Cholesky factor is taken for a lower one."""
    root = np.linalg.cholesky(matrix).T
    return root @ root.T


def about_their_mean(x, y, errors, x_new, covariance):
    mean, spread = gaussian_process(x, y - y.mean(), errors, x_new, covariance)
    return mean + y.mean(), spread


def with_spread(change):
    """Return a posterior whose covariance is changed by a function of it, of the prior's, and of the errors."""

    def answer(x, y, errors, x_new, covariance):
        mean, spread = gaussian_process(x, y, errors, x_new, covariance)
        return mean, change(spread, covariance(x_new, x_new), errors)

    return answer


def test_the_posterior_from_two_formulas_is_accepted():
    assert check.posterior(gaussian_process)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda x, y, e, n, k: gaussian_process(x, y, np.sqrt(e), n, k), "on the diagonal stand variances"),
        (lambda x, y, e, n, k: gaussian_process(x, y, 1e-6 + 0 * e, n, k), "the errors are missing"),
        (lambda x, y, e, n, k: gaussian_process(x, y, e, n, k)[0], "return mean, covariance"),
        (with_spread(lambda s, *_: np.sqrt(np.diag(s))), "take its diagonal later"),
        (with_spread(lambda s, prior, _: prior), "still that of the prior"),
        (with_spread(lambda s, prior, _: prior - s), "this is what the data explain"),
        (with_spread(lambda s, _, e: s + np.diag(e[:9] ** 2)), "about the function, without noise"),
        (with_spread(lambda s, *_: 2 * s), "K** minus K*x times the solution"),
        (lambda x, y, e, n, k: gaussian_process(x, 2 * y, e, n, k), "the mean is K*x times the solution"),
        (lambda x, y, e, n, k: gaussian_process(x, y, e, n.T, k), "the error arose while the check used"),
        (lambda x, y, e, n, k: gaussian_process(x, y, e, n, k)[::-1], "the two are exchanged"),
        (lambda x, y, e, n, k: gaussian_process(x, y[:, None], e, n, k), "the mean is no column"),
        (lambda x, y, e, n, k: gaussian_process(x, y, e**2, n, k), "squared twice"),
        (lambda x, y, e, n, k: solved(k(x, x) + e**2, x, y, n, k), "adds errors**2 to every row"),
        (lambda x, y, e, n, k: solved(upper(k(x, x) + np.diag(e**2)), x, y, n, k), "the upper one"),
        (about_their_mean, "take no mean away"),
        (with_spread(lambda s, prior, _: 2 * prior - s), "was added to K**"),
        (with_spread(lambda s, *_: np.sqrt(np.maximum(s, 0))), "these are standard deviations"),
        (lambda x, y, e, n, k: (gaussian_process(x, y, e, n, k)[0], gaussian_process(x, y, 1e-5 + 0 * e, n, k)[1]),
         "the errors are missing here"),
    ],
)  # fmt: skip
def test_a_wrong_posterior_is_explained(answer, cause):
    assert cause in told(check.posterior(answer))


# evidence


def log_evidence(x, y, errors, covariance, *, fit=1.0, complexity=1.0, constant=1.0):
    matrix = covariance(x, x) + np.diag(errors**2)
    terms = -0.5 * y @ np.linalg.solve(matrix, y), -0.5 * np.linalg.slogdet(matrix)[1]
    return fit * terms[0] + complexity * terms[1] - constant * len(y) / 2 * np.log(2 * np.pi)


def wrong_evidence(**factors):
    return lambda *arguments: log_evidence(*arguments, **factors)


def log_density(matrix, y):
    return -0.5 * (y @ np.linalg.solve(matrix, y) + np.linalg.slogdet(2 * np.pi * matrix)[1])


def test_the_right_evidence_is_accepted():
    assert check.evidence(log_evidence)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (wrong_evidence(constant=0), "the constant is missing"),
        (wrong_evidence(complexity=2), "is that half already"),
        (wrong_evidence(complexity=0.5), "twice the sum over the diagonal"),
        (wrong_evidence(fit=2), "the fit has a factor of one half"),
        (wrong_evidence(complexity=0), "the complexity is missing"),
        (wrong_evidence(complexity=-1), "the determinant is subtracted"),
        (wrong_evidence(fit=-1, complexity=-1, constant=-1), "the sign is turned round"),
        (lambda x, y, e, k: log_evidence(x, y, np.sqrt(e), k), "on the diagonal stand variances"),
        (wrong_evidence(fit=0.7), "print the three and compare"),
        (lambda x, y, e, k: y * log_evidence(x, y, e, k), "sum over all points"),
        (wrong_evidence(fit=-1), "the fit has a minus"),
        (wrong_evidence(fit=0), "the fit is missing"),
        (wrong_evidence(constant=2), "the constant is N/2 times ln 2π, with the half"),
        (wrong_evidence(constant=1 / 12), "once for each point"),
        (wrong_evidence(constant=-1), "the constant is subtracted"),
        (wrong_evidence(complexity=1 / np.log(10)), "np.log, not np.log10"),
        (lambda x, y, e, k: log_evidence(x, y, e, k) / len(y), "the mean over the points"),
        (lambda x, y, e, k: np.exp(log_evidence(x, y, e, k)), "return its logarithm"),
        (lambda x, y, e, k: log_density(k(x, x), y), "the errors are missing"),
        (lambda x, y, e, k: log_density(k(x, x) + e**2, y), "adds errors**2 to every row"),
        (lambda x, y, e, k: log_evidence(x, y, e, k, complexity=0) - np.linalg.det(k(x, x) + np.diag(e**2)) / 2,
         "take the logarithm of the determinant"),
    ],
)  # fmt: skip
def test_a_wrong_evidence_is_explained(answer, cause):
    assert cause in told(check.evidence(answer))


# coverage

POINTS, CURVE = np.sort(np.random.default_rng(3).uniform(0, 10, 15))[:, None], np.linspace(0, 10, 60)[:, None]


def share_inside(rng, truth, assumed, *, wide=1.96, error=0.2, noise=0.2, blur=0.0, kind="both"):
    assumed = assumed if kind == "both" else truth
    places = np.concatenate([POINTS, CURVE])
    f = np.linalg.cholesky(truth(places, places) + 1e-9 * np.eye(75)) @ rng.normal(size=75)
    y = f[:15] + noise * rng.normal(size=15)
    mean, spread = gaussian_process(POINTS, y, np.full(15, error), CURVE, assumed)
    seen = f[15:] + blur * rng.normal(size=60)
    return np.mean(np.abs(seen - mean) <= wide * np.sqrt(np.diag(spread)))


def wrong_share(**settings):
    return lambda *arguments: share_inside(*arguments, **settings)


def test_a_right_test_of_coverage_is_accepted():
    result = check.coverage(share_inside)
    assert result
    assert "three times too smooth" in result.message


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (wrong_share(wide=1.0), "within one standard deviation"),
        (wrong_share(error=0.2**0.5), "the band is too wide"),
        (wrong_share(error=0.04), "hand ERROR as it is to the posterior"),
        (wrong_share(blur=0.2), "the function itself, without noise"),
        (wrong_share(kind="truth"), "compute the posterior with the kernel assumed"),
        (lambda _, t, a: share_inside(np.random.default_rng(0), t, a), "every draw gives the same share"),
        (lambda rng, t, a: 100 * share_inside(rng, t, a), "take the mean over CURVE"),
        (lambda rng, t, a: np.full(60, True), "take the mean over CURVE"),
        (lambda rng, t, a: float(share_inside(rng, t, a) == 1), "np.all asks"),
        (lambda rng, t, a: 1 - share_inside(rng, t, a), "outside of the band"),
        (wrong_share(noise=0), "add noise of size ERROR to each point"),
        (wrong_share(wide=1.6), "1.96 roots of the diagonal"),
    ],
)
def test_a_wrong_test_of_coverage_is_explained(answer, cause):
    assert cause in told(check.coverage(answer))


# next_point


@pytest.mark.parametrize(
    "rule",
    [
        lambda mean, sd: int(np.argmax(sd * np.maximum(mean, 0))),
        lambda mean, sd: np.argmax(mean + 2 * sd),
    ],
)
def test_a_rule_in_which_the_signal_enters_beats_the_grid(rule):
    result = check.next_point(rule)
    assert result
    assert "times that of the even grid" in result.message


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda mean, sd: int(np.argmax(sd)), "the width of the band alone"),
        (lambda mean, sd: int(np.argmin(sd)), "np.argmax of the score, not np.argmin"),
        (lambda mean, sd: 0, "compute a score for each pixel from both arrays"),
        (lambda mean, sd: float(np.max(sd)), "np.argmax returns where it is"),
        (lambda mean, sd: 4, "np.argmax returns where it is"),
        (lambda mean, sd: sd * mean, "np.argmax returns where it is"),
        (lambda mean, sd: np.array([1]), "as one whole number"),
        (lambda mean, sd: int(np.argmax(sd / mean)), "do not divide"),
        (lambda mean, sd: int(np.argmin(sd * mean)), "np.argmax of the score, not np.argmin"),
    ],
)
def test_a_rule_that_does_not_help_is_explained(answer, cause):
    assert cause in told(check.next_point(answer))


# straight_line


def line(features, y, errors, prior_sd, identity=((1, 0), (0, 1))):
    weighted = features / errors[:, None] ** 2
    spread = np.linalg.inv(np.array(identity) / prior_sd**2 + features.T @ weighted)
    return spread @ weighted.T @ y, spread


def test_a_line_in_closed_form_is_accepted():
    assert check.straight_line(line)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda f, y, e, p: line(f, y, np.sqrt(e), p), "divide by their squares"),
        (lambda f, y, e, p: line(f, y, e, 1e9), "the prior is missing"),
        (lambda f, y, e, p: line(f, y, e, np.sqrt(p)), "prior_sd is a standard deviation"),
        (lambda f, y, e, p: line(f, y, e, 1 / p), "a wide prior has a small precision"),
        (lambda f, y, e, p: line(f, y, np.ones(len(y)), p), "every point counts the same"),
        (lambda f, y, e, p: (line(f, y, e, p)[0], np.linalg.inv(line(f, y, e, p)[1])), "this is the precision"),
        (lambda f, y, e, p: (line(f, y, e, p)[1] @ f.T @ y, line(f, y, e, p)[1]), "the covariance is right"),
        (lambda f, y, e, p: line(f, y + 1, e, 2 * p), "the mean is Σ_w Ψᵀ"),
        (lambda f, y, e, p: line(f, y, 1 / e, p), "do not multiply"),
        (lambda f, y, e, p: line(f, y, e, p, identity=np.ones((2, 2))), "1/prior_sd² was added to all elements"),
        (lambda f, y, e, p: (line(f, y, e, p)[0], np.sqrt(np.abs(line(f, y, e, p)[1]))), "return the covariance"),
        (lambda f, y, e, p: line(f, y, e, p)[::-1], "in this order"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_explained(answer, cause):
    assert cause in told(check.straight_line(answer))


# What the school provides


@pytest.mark.parametrize("name", ["posterior", "evidence", "coverage", "next_point", "straight_line"])
def test_what_the_school_provides_passes_its_own_check(name):
    exercise = getattr(check, name)
    assert exercise(exercise.or_provided(...))
    assert exercise(...).state is State.NOT_ANSWERED
