"""Error bars judged as it is meant, and as it is commonly mistaken."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]


def judge(y: Array, mean: Array, sd: Array) -> dict[str, float]:
    """Return coverage of 68 and 95 % intervals, log score and CRPS of normal predictions."""
    z = (y - mean) / sd
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    return {
        "coverage_68": float((np.abs(z) <= special.ndtri(0.84)).mean()),
        "coverage_95": float((np.abs(z) <= special.ndtri(0.975)).mean()),
        "nll": float((0.5 * z**2 + np.log(sd) + 0.5 * math.log(2 * math.pi)).mean()),
        "crps": float((sd * (z * (2 * special.ndtr(z) - 1) + 2 * density - 1 / math.sqrt(math.pi))).mean()),
    }


def why_misjudged(name: str, got: float, y: Array, mean: Array, sd: Array) -> str:
    """Return what has led to a wrong number of this name."""
    explain = {"nll": _why_log_score, "crps": _why_crps}.get(name)
    if explain is None:
        return _why_coverage(int(name[-2:]) / 100, got, (y - mean) / sd)
    return explain(got, y, mean, sd)


def _named(got: float, wrong: list[tuple[float, str]], otherwise: str) -> str:
    return next((cause for value, cause in wrong if np.isclose(got, value)), otherwise)


def _why_coverage(level: float, got: float, z: Array) -> str:
    reach = f"norm.ppf(0.5 + {level:g} / 2)"
    right = float((np.abs(z) <= special.ndtri(0.5 + level / 2)).mean())
    two_sided = f"half of the error lies on each side: {reach} standard deviations"
    wrong = [
        (100 * right, "a share is a number from 0 to 1, without per cent"),
        (len(z) * right, "this is a number of films; take the mean"),
        (1 - right, "this is the share outside of the intervals"),
        (float((z <= special.ndtri(0.5 + level / 2)).mean()), "an error has two sides: compare |y - mean|"),
        (float((np.abs(z) <= special.ndtri(level)).mean()), two_sided),
        (
            float((np.abs(z) <= level).mean()),
            f"a promise is no number of standard deviations: it reaches {reach}",
        ),
        (
            float((np.abs(z) <= special.ndtr(0.5 + level / 2)).mean()),
            "ppf goes from a share to a number of standard deviations, cdf goes back",
        ),
    ]
    wrong += [
        (float((np.abs(z) <= n).mean()), f"one and two sd are 68.27 % and 95.45 %; take {reach}")
        for n in (1, 2)
    ]
    return _named(got, wrong, f"the share of y within mean ± {reach} · sd")


def _why_log_score(got: float, y: Array, mean: Array, sd: Array) -> str:
    right, square = judge(y, mean, sd)["nll"], ((y - mean) / sd) ** 2
    logarithm = 0.5 * np.log(2 * np.pi * sd**2)
    wrong = [
        (
            float((0.5 * square + np.log(sd)).mean()),
            "½ ln 2π is missing: harmless as a loss, not as a number that others compare",
        ),
        (-right, "the sign: minus the logarithm of the density"),
        (right * len(y), "this is the sum over the films; a score is their mean"),
        (
            float((0.5 * np.log(2 * np.pi * sd) + 0.5 * square).mean()),
            "the logarithm is that of 2π sd²: sd is squared, or its logarithm is not halved",
        ),
        (float((2 * logarithm + 0.5 * square).mean()), "the logarithm of 2π sd² is halved"),
        (float((logarithm + square).mean()), "the squared distance is halved: (y - mean)² / (2 sd²)"),
        (float((logarithm + 0.5 * square * sd).mean()), "the squared distance is over 2 sd², a variance"),
        (float((0.5 * square).mean()), "the logarithm is missing: without it the widest error bar wins"),
        (
            float((logarithm / np.log(10) + 0.5 * square).mean()),
            "the logarithm is the natural one: np.log, not np.log10",
        ),
    ]
    return _named(got, wrong, "the mean of ½ ln(2π sd²) + (y - mean)² / (2 sd²)")


def _why_crps(got: float, y: Array, mean: Array, sd: Array) -> str:
    z, right = (y - mean) / sd, judge(y, mean, sd)["crps"]
    share, density = special.ndtr(z), np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    root = 1 / math.sqrt(math.pi)
    wrong = [
        (float(np.abs(y - mean).mean()), "this is the mean absolute error, which does not see the error bar"),
        (judge(y, mean, sd**2)["crps"], "a standard deviation is asked for, not a variance"),
        (right * len(y), "this is the sum over the films; a score is their mean"),
        (judge(z, 0 * z, 0 * z + 1)["crps"], "the factor sd is missing: the CRPS has the unit of y"),
        (right + float(root * sd.mean()), "1/√π is missing"),
        (right + float(root * sd.mean()) - root, "the factor sd stands before all three terms"),
        (
            right + float(sd.mean()) * (root - root / math.sqrt(2)),
            "the last term is 1/√π, without the factor 2 of the normal density",
        ),
        (right - float((sd * density).mean()), "the density counts twice: 2 φ(z)"),
        (
            float((sd * (z * (2 * density - 1) + 2 * share - root)).mean()),
            "cdf and pdf are exchanged: Φ is the distribution function, φ the density",
        ),
    ]
    return _named(got, wrong, "the mean of sd · [z (2Φ(z) - 1) + 2φ(z) - 1/√π], with z = (y - mean) / sd")


def kl(mean: Array, scale: Array) -> float:
    """Return the divergence of normal weights from a standard normal prior."""
    return float((0.5 * (mean**2 + scale**2 - 1) - np.log(scale)).sum())


def why_divergence_is_wrong(found: float, mean: Array, scale: Array, n: int, batch: int) -> str:
    """Return what has led to a wrong divergence, or nothing if no usual mistake has."""
    exact = kl(mean, scale)
    square, logarithm = float((0.5 * (mean**2 + scale**2 - 1)).sum()), float(np.log(scale).sum())
    reverse = float((np.log(scale) + (1 + mean**2) / (2 * scale**2) - 0.5).sum())
    as_variance = float(((mean**2 + scale) / 2 - np.log(scale) / 2 - 0.5).sum())
    for wrong, cause in (
        (exact * n, "the divergence is not divided: the sum over the examples became a mean, so divide it by num_examples"),
        (exact * n / batch, "the divergence is divided by the size of the batch: divide by num_examples"),
        (exact / batch, "the divergence is divided by the size of the batch as well: divide by num_examples only"),
        (exact * batch, "the size of the batch has no place in the divergence: divide by num_examples only"),
        (-exact, "the sign: the bound subtracts the divergence, and the loss is minus the bound"),
        (reverse, "this is the divergence of the prior from the posterior: scale² stands in the numerator"),
        (as_variance, "scale is a standard deviation, not a variance: square it"),
        (exact + 0.5 * mean.size, "the -1/2 of each weight is missing: the divergence of a Gaussian from itself is zero"),
        (exact / mean.size, "this is the mean over the weights; the divergence is their sum"),
        (square + logarithm, "ln(scale) is subtracted: a weight that is known better costs more"),
        (square, "ln(scale) is missing: it is what a narrow distribution costs"),
        (square - 2 * logarithm, "ln(scale) counts once: the half of ln(scale²)"),
        (square - logarithm / 2, "the half belongs to mean² + scale² - 1 only, and not to ln(scale)"),
        (2 * square - logarithm, "mean² + scale² - 1 has a factor of one half"),
    ):  # fmt: skip
        if np.isclose(found, wrong, rtol=1e-6):
            return cause
    return ""


def why_rank_is_wrong(factor: float, y: Array) -> str:
    """Return what has led to a factor other than 18 for 90 % of the scores 1 to 19, or nothing if no usual mistake has."""
    scores, normal = np.abs(y), float(special.ndtri(0.95))
    signed = [*np.sort(y)[[16, 17]], np.quantile(y, 0.9)]
    for wrong, cause in (
        ([19], "this is the largest score, and the (n + 1) · 0.9 = 18th smallest of 19 is asked for: a list in Python begins at 0, and np.quantile counts in its own way"),
        ([17, np.quantile(scores, 0.9)], "the quantile of the calibration scores forgets the new film: take the ⌈(n + 1) · level⌉-th smallest"),
        ([np.quantile(scores, 18 / 19)], "np.quantile goes between two scores: sort them, and take the score with this rank itself"),
        ([np.quantile(scores, 0.95)], "the rank is that of the promise: a score counts errors to both sides already"),
        ([scores[17]], "sort the scores before you count to the rank"),
        (signed, "a score is an absolute value: errors upwards and downwards count"),
        ([18.0**2], "a score is the distance itself, not its square"),
        ([normal], "this is the factor of a normal distribution; let the calibration films decide"),
        ([normal * np.std(y), normal * np.std(scores)], "no normal distribution is needed: take a score, not a multiple of a standard deviation"),
    ):  # fmt: skip
        if np.isclose(factor, wrong).any():
            return cause
    return ""


def why_distance_is_wrong(distance: Array, off: Array, sd: Array, error: Array, reference: Array) -> str:
    """Return what has led to wrong distances of readings from a reference that is `off` away."""
    wanted = off / np.hypot(sd, error)
    for wrong, cause in (
        (off / sd, "the reference has an error too: its variance adds to that of the network"),
        (off / error, "the network has an error too: its variance adds to that of the reference"),
        (off / (sd + error), "independent errors add in squares: np.hypot(sd, error)"),
        (off / (sd**2 + error**2), "divide by the root of the summed variances: np.hypot(sd, error)"),
        (off / np.hypot(sd**2, error**2), "np.hypot squares already: hand it standard deviations"),
        (off, "divide the difference by its standard deviation"),
        (off / reference, "the distance is counted in standard deviations, not in per cent"),
        (np.abs(wanted), "keep the sign: it says on which side of the reference the network reads"),
        (-wanted, "the sign is that of network minus reference"),
    ):
        if np.allclose(distance, wrong, rtol=1e-6):
            return cause
    return "(mean - reference) / sqrt(sd² + error²), with value and error of the reference"
