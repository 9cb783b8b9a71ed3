"""Right answers and typical wrong ones; for each wrong one, the cause that the check must name."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from scipy import stats

from lens_labs import metrics
from lens_labs.checks import State
from lens_labs.checks import honest_error_bars as check
from lens_labs.school.checkout import Checkout


def told(result) -> str:
    assert result.state is State.NOT_YET, result
    return f"{result.expected} | {result.got} | {result.cause}"


# weigh_the_kl


def kl(mean, scale):
    return metrics.kl_gaussian(mean, scale)


def reverse_kl(mean, scale):
    return metrics.kl_gaussian(0 * mean, 1 + 0 * scale, mean, scale)


def terms(mean, scale, *, square=0.5, logarithm=-1.0):
    return (square * (mean**2 + scale**2 - 1) + logarithm * np.log(scale)).sum()


def test_the_loss_with_the_divergence_over_the_number_of_examples_is_accepted():
    assert check.weigh_the_kl(lambda nll, mean, scale, n: nll.mean() + kl(mean, scale) / n)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda nll, m, s, n: nll.mean() + kl(m, s), "the divergence is not divided"),
        (lambda nll, m, s, n: nll.mean() + kl(m, s) / len(nll), "divided by the size of the batch"),
        (lambda nll, m, s, n: nll.mean() + reverse_kl(m, s) / n, "of the prior from the posterior"),
        (lambda nll, m, s, n: nll.mean() + kl(m, np.sqrt(s)) / n, "a standard deviation, not a variance"),
        (lambda nll, m, s, n: nll.mean() + (kl(m, s) + m.size / 2) / n, "the -1/2 of each weight is missing"),
        (lambda nll, m, s, n: nll.mean() + kl(m, s) / m.size / n, "the mean over the weights"),
        (lambda nll, m, s, n: nll.mean() - kl(m, s) / n, "the bound subtracts the divergence"),
        (lambda nll, m, s, n: nll.mean() + 0.7 * kl(m, s) / n, "summed over all weights"),
        (lambda nll, m, s, n: nll.sum() + kl(m, s) / n, "take the mean of nll over the batch"),
        (lambda nll, m, s, n: 2 * nll.mean() + kl(m, s) / n, "the mean of nll, once"),
        (lambda nll, m, s, n: nll.mean() + kl(m, s) / 40, "more data speak louder"),
        (lambda nll, m, s: nll.mean(), "the error arose while the check used your answer"),
        (lambda nll, m, s, n: nll + kl(m, s) / n, "the mean of nll over the batch"),
        (lambda nll, m, s, n: -nll.mean() + kl(m, s) / n, "minus the log likelihood already"),
        (lambda nll, m, s, n: (nll.mean() + kl(m, s)) / n, "divide the divergence only"),
        (lambda nll, m, s, n: nll.mean() + kl(m, s) / n / len(nll), "the size of the batch as well"),
        (lambda nll, m, s, n: nll.mean() + kl(m, s) / n * len(nll), "no place in the divergence"),
        (lambda nll, m, s, n: nll.mean() + terms(m, s, logarithm=1) / n, "ln(scale) is subtracted"),
        (lambda nll, m, s, n: nll.mean() + terms(m, s, logarithm=0) / n, "ln(scale) is missing"),
        (lambda nll, m, s, n: nll.mean() + terms(m, s, logarithm=-2) / n, "ln(scale) counts once"),
        (lambda nll, m, s, n: nll.mean() + terms(m, s, logarithm=-0.5) / n, "and not to ln(scale)"),
        (lambda nll, m, s, n: nll.mean() + terms(m, s, square=1) / n, "a factor of one half"),
    ],
)
def test_a_wrong_loss_is_explained(answer, cause):
    assert cause in told(check.weigh_the_kl(answer))


# two_variances


def test_the_mean_of_variances_and_the_variance_of_means_are_accepted():
    assert check.two_variances(lambda said: ((said[..., 1] ** 2).mean(0), said[..., 0].var(0)))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda s: (s[..., 1].mean(0) ** 2, s[..., 0].var(0)), "variances add up, so square first"),
        (lambda s: (s[..., 1].mean(0), s[..., 0].var(0)), "a variance is their square"),
        (lambda s: (s[..., 1].var(0), s[..., 0].var(0)), "not their variance"),
        (lambda s: ((s[..., 1] ** 2).mean(0), s[..., 0].var(0, ddof=1)), "has ddof=0"),
        (lambda s: ((s[..., 1] ** 2).mean(0), s[..., 0].std(0)), "this is a standard deviation"),
        (lambda s: ((s[..., 1] ** 2).mean(0), (s[..., 1] ** 2).mean(0) + s[..., 0].var(0)), "leave the noise out"),
        (lambda s: (s[..., 0].var(0), (s[..., 1] ** 2).mean(0)), "the two are exchanged"),
        (lambda s: ((s[..., 1] ** 2).mean(1), s[..., 0].var(1)), "average over the networks"),
        (lambda s: ((s[..., 1] ** 2).sum(0), s[..., 0].var(0)), "the mean over the networks of the squared"),
        (lambda s: ((s[..., 1] ** 2).mean(0), np.ptp(s[..., 0], axis=0)), "the variance over the networks"),
        (lambda s: ((s[..., 1] ** 2).mean(0) + s[..., 0].var(0), s[..., 0].var(0)), "leave the ignorance out"),
        (lambda s: ((s[..., 1] ** 2).mean(0) / 5, s[..., 0].var(0)), "they share this noise"),
        (lambda s: ((s[..., 1] ** 2).mean(0), s[..., 0].var(0) / 5), "not the error of their mean"),
        (lambda s: ((s[..., 0] ** 2).mean(0), s[..., 1].var(0)), "the mean stands at 0"),
        (lambda s: ((s[..., 1] ** 2).mean(0), (s[..., 0] ** 2).mean(0)), "before you square"),
        (lambda s: (s[..., 1] ** 2).mean(0) + s[..., 0].var(0), "return noise, ignorance"),
    ],
)  # fmt: skip
def test_a_wrong_split_is_explained(answer, cause):
    assert cause in told(check.two_variances(answer))


# judge_error_bars


def judge(y, mean, sd, **changes):
    right = {
        "coverage_68": metrics.coverage(
            y, mean - stats.norm.ppf(0.84) * sd, mean + stats.norm.ppf(0.84) * sd
        ),
        "coverage_95": metrics.coverage(
            y, mean - stats.norm.ppf(0.975) * sd, mean + stats.norm.ppf(0.975) * sd
        ),
        "nll": metrics.gaussian_log_score(y, mean, sd),
        "crps": metrics.crps_gaussian(y, mean, sd),
    }
    return right | {name: change(y, mean, sd) for name, change in changes.items()}


def log_score(y, mean, sd, *, logarithm=0.5, square=0.5):
    return (logarithm * np.log(2 * np.pi * sd**2) + square * ((y - mean) / sd) ** 2).mean()


def crps(y, mean, sd, *, last=1.0, density=2, share=stats.norm.cdf, bell=stats.norm.pdf):
    z = (y - mean) / sd
    return (sd * (z * (2 * share(z) - 1) + density * bell(z) - last / math.sqrt(math.pi))).mean()


def test_a_reach_of_196_is_near_enough():
    assert check.judge_error_bars(
        lambda y, mean, sd: judge(y, mean, sd, coverage_95=lambda y, m, s: (abs(y - m) <= 1.96 * s).mean())
    )


def test_a_judge_that_agrees_with_the_metrics_is_accepted():
    assert check.judge_error_bars(judge)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"coverage_68": lambda y, m, s: (abs(y - m) <= s).mean()}, "one and two sd are 68.27 % and 95.45 %"),
        ({"coverage_95": lambda y, m, s: (abs(y - m) <= 2 * s).mean()}, "one and two sd"),
        (
            {"coverage_68": lambda y, m, s: (abs(y - m) <= stats.norm.ppf(0.68) * s).mean()},
            "half of the error",
        ),
        ({"coverage_95": lambda y, m, s: (y - m <= stats.norm.ppf(0.975) * s).mean()}, "two sides"),
        (
            {
                "coverage_68": lambda y, m, s: (
                    100 * metrics.coverage(y, m - 0.994457883 * s, m + 0.994457883 * s)
                )
            },
            "without per cent",
        ),
        ({"coverage_95": lambda y, m, s: 0.95}, "the share of y within"),
        ({"nll": lambda y, m, s: (0.5 * ((y - m) / s) ** 2 + np.log(s)).mean()}, "½ ln 2π is missing"),
        ({"nll": lambda y, m, s: -metrics.gaussian_log_score(y, m, s)}, "minus the logarithm"),
        ({"nll": lambda y, m, s: len(y) * metrics.gaussian_log_score(y, m, s)}, "the sum over the films"),
        (
            {"nll": lambda y, m, s: metrics.gaussian_log_score(y, m, s) - np.log(s).mean() / 2},
            "sd is squared",
        ),
        ({"nll": lambda y, m, s: 0.0}, "the mean of ½ ln"),
        ({"crps": lambda y, m, s: abs(y - m).mean()}, "does not see the error bar"),
        ({"crps": lambda y, m, s: metrics.crps_gaussian(y, m, s**2)}, "not a variance"),
        ({"crps": lambda y, m, s: len(y) * metrics.crps_gaussian(y, m, s)}, "the sum over the films"),
        (
            {"crps": lambda y, m, s: metrics.crps_gaussian((y - m) / s, 0 * y, 0 * y + 1)},
            "the factor sd is missing",
        ),
        ({"crps": lambda y, m, s: 0.0}, "the mean of sd"),
        ({"coverage_68": lambda y, m, s: abs(y - m) <= s}, "take the mean over the films"),
        ({"coverage_68": lambda y, m, s: (abs(y - m) > 0.994457883 * s).mean()}, "the share outside"),
        ({"coverage_68": lambda y, m, s: (abs(y - m) <= 0.994457883 * s).sum()}, "a number of films"),
        (
            {"coverage_68": lambda y, m, s: (abs(y - m) <= 0.68 * s).mean()},
            "no number of standard deviations",
        ),
        ({"coverage_68": lambda y, m, s: (abs(y - m) <= stats.norm.cdf(0.84) * s).mean()}, "cdf goes back"),
        ({"nll": lambda y, m, s: log_score(y, m, s, logarithm=1)}, "the logarithm of 2π sd² is halved"),
        ({"nll": lambda y, m, s: log_score(y, m, s, logarithm=0)}, "the logarithm is missing"),
        ({"nll": lambda y, m, s: log_score(y, m, s, logarithm=0.5 / np.log(10))}, "not np.log10"),
        ({"nll": lambda y, m, s: log_score(y, m, s, square=1)}, "the squared distance is halved"),
        ({"nll": lambda y, m, s: log_score(y, m, s, square=0.5 * s)}, "a variance"),
        ({"crps": lambda y, m, s: crps(y, m, s, last=0)}, "1/√π is missing"),
        ({"crps": lambda y, m, s: crps(y, m, s, last=1 / s)}, "before all three terms"),
        ({"crps": lambda y, m, s: crps(y, m, s, last=2**-0.5)}, "the factor 2 of the normal density"),
        ({"crps": lambda y, m, s: crps(y, m, s, density=1)}, "the density counts twice"),
        ({"crps": lambda y, m, s: crps(y, m, s, share=stats.norm.pdf, bell=stats.norm.cdf)}, "are exchanged"),
    ],
)
def test_a_wrong_judge_is_explained(changes, cause):
    assert cause in told(check.judge_error_bars(lambda y, mean, sd: judge(y, mean, sd, **changes)))


def test_a_judge_without_crps_is_explained():
    assert "with these four names" in told(check.judge_error_bars(lambda y, mean, sd: {"nll": 0.0}))


# guarantee


def conformal(y, mean, sd, new_mean, new_sd, *, level=0.9):
    return metrics.conformal_interval(y, mean, new_mean, level=level, scale=sd, new_scale=new_sd)


def at_rank(scores, rank):
    return np.sort(scores)[rank - 1]


def with_factor(factor):
    def answer(y, mean, sd, new_mean, new_sd, *, level=0.9):
        q = factor(y, mean, sd, level)
        return new_mean - q * new_sd, new_mean + q * new_sd

    return answer


def test_the_interval_of_the_metrics_is_accepted():
    assert check.guarantee(conformal)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (with_factor(lambda y, m, s, level: np.quantile(abs(y - m) / s, level)), "forgets the new film"),
        (
            with_factor(lambda y, m, s, level: np.sort(abs(y - m) / s)[math.ceil((len(y) + 1) * level) % 19]),
            "a list in Python",
        ),
        (with_factor(lambda y, m, s, level: at_rank(abs(y - m) / s, int((len(y) + 1) * level))), "round up"),
        (with_factor(lambda y, m, s, level: at_rank(abs(y - m) / s, round((len(y) + 1) * level))), "round up"),
        (with_factor(lambda y, m, s, level: at_rank(abs(y - m) / s, math.ceil(len(y) * level))), "multiply n + 1"),
        (with_factor(lambda y, m, s, level: np.quantile(abs(y - m) / s, math.ceil((len(y) + 1) * level) / len(y))),
         "between two scores"),
        (with_factor(lambda y, m, s, level: np.quantile(abs(y - m) / s, 0.5 + level / 2)), "both sides already"),
        (with_factor(lambda y, m, s, level: (abs(y - m) / s)[17]), "sort the scores"),
        (with_factor(lambda y, m, s, level: at_rank((abs(y - m) / s) ** 2, 18)), "not its square"),
        (with_factor(lambda y, m, s, level: stats.norm.ppf(0.95) * np.std((y - m) / s)), "no normal distribution"),
        (lambda *given, level=0.9: conformal(*given, level=level)[::-1], "the two ends are exchanged"),
        (lambda *given, level=0.9: 18.0, "return both"),
        (with_factor(lambda y, m, s, level: np.sort((y - m) / s)[16]), "a score is an absolute value"),
        (with_factor(lambda y, m, s, level: np.quantile((y - m) / s, level)), "a score is an absolute value"),
        (with_factor(lambda y, m, s, level: stats.norm.ppf(0.95)), "of a normal distribution"),
        (
            lambda y, m, s, new, wide, *, level=0.9: metrics.conformal_interval(y, m, new, level=level),
            "equally wide",
        ),
        (lambda y, m, s, new, wide, *, level=0.9: (18, 18), "return the lower and the upper end"),
        (lambda *given, level=0.9: conformal(*given, level=0.9), "the promise is an argument"),
        (with_factor(lambda y, m, s, level: np.sort(abs(y - m))[math.ceil((len(y) + 1) * level) - 1]), "its own sd"),
    ],
)  # fmt: skip
def test_a_wrong_guarantee_is_explained(answer, cause):
    assert cause in told(check.guarantee(answer))


# final_exam


def exam(distance=lambda m, r, s, e: (m - r) / np.hypot(s, e), factor=1.02, stranger=(True, None)):
    def examine(name):
        if name == check.STRANGER:
            return stranger
        reference, error = check._reference(name)
        mean, sd = reference * factor, np.array([2.0, 0.05, 1.0])
        return False, np.stack([mean, sd, distance(mean, reference, sd, error)], axis=-1)

    return examine


def test_an_exam_that_refuses_the_wafer_and_tells_the_distances_is_accepted():
    assert check.final_exam(exam())


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (exam(stranger=(False, None)), "ask the input, not the error bar"),
        (exam(stranger=(True, np.ones((3, 3)))), "you are the one who must refuse"),
        (exam(stranger=(np.array([True]), None)), "makes one value of an array of one"),
        (exam(factor=1.06), "do not tune it away"),
        (exam(lambda m, r, s, e: (m - r) / s), "the reference has an error too"),
        (exam(lambda m, r, s, e: (m - r) / (s + e)), "independent errors add in squares"),
        (exam(lambda m, r, s, e: m - r), "divide the difference"),
        (exam(lambda m, r, s, e: (r - m) / np.hypot(s, e)), "the sign is that of network minus reference"),
        (exam(lambda m, r, s, e: abs(m - r) / np.hypot(s, e)), "keep the sign"),
        (exam(lambda m, r, s, e: (m - r) / np.hypot(s, e) ** 2), "the root of the summed variances"),
        (exam(lambda m, r, s, e: (m - r) / np.hypot(s**2, e**2)), "np.hypot squares already"),
        (exam(lambda m, r, s, e: (m - r) / e), "the network has an error too"),
        (exam(lambda m, r, s, e: (m - r) / r), "not in per cent"),
        (exam(lambda m, r, s, e: (m - r) / np.hypot(s, 2 * e)), "with value and error of the reference"),
        (exam(stranger=True), "return both, also for a stranger"),
        (lambda name: (exam()(name)[0], exam()(name)[1] if name == check.STRANGER else exam()(name)[1].T), "transpose the table"),
        (lambda name: (exam()(name)[0], None if name == check.STRANGER else exam()(name)[1][:, [1, 0, 2]]), "are exchanged"),
        (lambda name: (name == check.STRANGER, None if name == check.STRANGER else np.ones(3)), "stack mean, sd"),
        (lambda name: (True, None), "real curves deviate a little everywhere"),
    ],
)  # fmt: skip
def test_a_wrong_exam_is_explained(answer, cause):
    if "keep the sign" in cause:  # the readings must lie on both sides, or nothing is lost
        answer = exam(lambda m, r, s, e: abs(m - r) / np.hypot(s, e), factor=0.98)
    assert cause in told(check.final_exam(answer))


# What the school provides


def test_what_is_provided_passes_the_checks_itself():
    for exercise in (check.weigh_the_kl, check.two_variances, check.judge_error_bars, check.guarantee):
        assert exercise(exercise.or_provided(...)), exercise.name


def test_the_provided_exam_lets_the_lab_go_on():
    examine = check.final_exam.or_provided(...)
    assert examine(check.STRANGER) == (True, None)
    assert examine("e361r")[1][0, 0] == pytest.approx(211, abs=25)


# The recorded runs


def test_the_recorded_runs_are_those_of_the_cells_of_the_lab():
    checkout = Checkout.find()
    path = checkout.root / "benchmarks" / "honest_error_bars.py"
    text = path.read_text(encoding="utf-8")
    mark = "# These lines made the recorded runs too"
    assert f'MARK = "{mark}"' in text
    source = checkout.source("09-honest-error-bars").read_text(encoding="utf-8")
    cells = ["".join(part.splitlines(keepends=True)[1:]).strip() for part in source.split("\n# %%")]
    code = hashlib.sha256("\n".join(cell for cell in cells if cell.startswith(mark)).encode()).hexdigest()
    assert check.recorded()["code"] == code, "record them anew with: python benchmarks/honest_error_bars.py"


def test_two_further_seeds_and_three_posteriors_are_recorded():
    found = check.recorded()
    assert {"seed 1", "seed 2", "digits 1", "digits 2"} <= set(found)
    for curve in ("simulated", *check.MEASURED):
        assert found[f"posterior {curve}"]["worst_r_hat"] < 1.05
        assert found[f"posterior {curve}"]["least_ess"] > 100


@pytest.mark.parametrize("seed", [1, 2])
def test_conformal_intervals_hold_what_they_promise_for_every_method_and_target(seed):
    standard_error = math.sqrt(0.9 * 0.1 * (1 / 2_000 + 1 / 2_000))
    for method in ("Gaussian head", "beta-NLL", "MC dropout", "Bayesian layers", "ensemble"):
        for _, _, held, _ in check.recorded()[f"seed {seed}"][method]["intervals"]:
            assert held == pytest.approx(0.9, abs=0.03 + 3 * standard_error), method


def test_only_the_right_weight_of_the_divergence_learns():
    for seed in (1, 2):
        found = check.recorded()[f"digits {seed}"]
        assert found["1/N"]["accuracy"] > 0.9
        assert max(found[wrong]["accuracy"] for wrong in ("1/batch", "1")) < 0.2
