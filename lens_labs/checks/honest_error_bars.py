"""Checks of lab 09-honest-error-bars: what an error bar promises, what it holds, and what breaks it."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs import data
from lens_labs.checks import _error_bars as bars
from lens_labs.checks._exercise import NotYet, exercise
from lens_labs.scattering import reflectivity

Array = npt.NDArray[np.float64]

TARGETS = ("film_thickness", "film_sld", "oxide_thickness")
"""What the lab reads off a curve, in the order of the columns."""

MEASURED = ("e361r", "PLP0011859")
"""Measured curves of films like the simulated ones."""

STRANGER = "PLP0000708"
"""A measured curve of something else."""


@functools.cache
def recorded() -> dict[str, Any]:
    """Return what `benchmarks/honest_error_bars.py` measured with the cells of the lab: seeds, digits, posteriors."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@exercise(usage="elbo_loss(np.ones(4), np.zeros((2, 3)), np.ones((2, 3)), 100)", provided=lambda: _elbo_loss)
def weigh_the_kl(elbo_loss: Callable[[Array, Array, Array, int], Any]) -> str:
    """Judge the loss of a Bayesian layer: its divergence by Monte Carlo, its weight by data that come twice."""
    rng = np.random.default_rng(3)
    mean, scale, nll = rng.normal(0, 0.5, (4, 3)), rng.uniform(0.2, 0.8, (4, 3)), rng.uniform(0, 2, 8)
    n = 40

    given = elbo_loss(nll.copy(), mean.copy(), scale.copy(), n)
    if np.shape(given):
        raise NotYet(
            expected="one number",
            got=f"an array of shape {np.shape(given)}",
            cause="the mean of nll over the batch, and the sum of the divergence over all weights",
        )

    def loss(nll: Array, n: int) -> float:
        return float(elbo_loss(nll.copy(), mean.copy(), scale.copy(), n))

    found, estimate, error = loss(0 * nll, n) * n, *_monte_carlo_kl(mean, scale)
    fault = functools.partial(
        NotYet,
        expected=f"without the likelihood, {estimate:.2f} ± {error:.2f} nats (Monte Carlo) divided by num_examples = {n}",
        got=f"{found / n:.4f}, which is {found:.2f} nats divided by {n}",
    )
    if cause := bars.why_divergence_is_wrong(found, mean, scale, n, len(nll)):
        raise fault(cause=cause)
    if not abs(found - estimate) < 3 * error:
        raise fault(cause="for each weight ½(mean² + scale² - 1) - ln(scale), summed over all weights")
    alone, twice = loss(nll, n), loss(np.tile(nll, 2), n)
    if not np.isclose(alone, twice, rtol=1e-9):
        raise NotYet(
            expected="the same loss if the batch holds each example twice, because it is a loss for one example",
            got=f"{alone:.4f} and {twice:.4f}",
            cause="take the mean of nll over the batch, and let nothing else depend on the size of the batch",
        )
    extra = alone - loss(0 * nll, n)
    if not np.isclose(extra, nll.mean()):
        cause = "the loss is the mean of nll, once"
        if np.isclose(extra, nll.mean() / n):
            cause = "the mean of nll belongs to one example already: divide the divergence only"
        elif np.isclose(extra, -nll.mean()):
            cause = "the sign: nll is minus the log likelihood already"
        raise NotYet(
            expected=f"mean negative log likelihood {nll.mean():.4f} plus the weighted divergence",
            got=f"{extra:.4f} more than without it",
            cause=cause,
        )
    if not np.isclose(loss(0 * nll, 2 * n), loss(0 * nll, n) / 2):
        raise NotYet(
            expected="half the weight of the divergence for twice as many training examples",
            got=f"{loss(0 * nll, 2 * n):.4f} after {loss(0 * nll, n):.4f}",
            cause="more data speak louder against the same prior: divide by num_examples",
        )
    return f"{found:.2f} nats, as {_DRAWS:,} samples say, and twice the data count twice."


@exercise(usage="split_variance(np.ones((5, 2, 3, 2)))", provided=lambda: _split_variance)
def two_variances(split_variance: Callable[[Array], tuple[Any, Any]]) -> str:
    """Judge noise and ignorance of several networks."""
    rng = np.random.default_rng(4)
    said = np.stack([rng.normal(0, 2, (5, 7, 3)), rng.uniform(0.5, 3, (5, 7, 3))], axis=-1)
    noise, ignorance = _pair(split_variance(said.copy()), "noise, ignorance")
    wanted = (said[..., 1] ** 2).mean(axis=0), said[..., 0].var(axis=0)
    if noise.shape != wanted[0].shape or ignorance.shape != wanted[0].shape:
        raise NotYet(
            expected=f"two arrays of shape {wanted[0].shape}: one value for each curve and target",
            got=f"shapes {noise.shape} and {ignorance.shape}",
            cause="average over the networks, which are axis 0, and over nothing else",
        )
    first = functools.partial(
        NotYet, expected=f"noise {wanted[0][0, 0]:.4f} for the first curve", got=f"{noise[0, 0]:.4f}"
    )
    second = functools.partial(
        NotYet, expected=f"ignorance {wanted[1][0, 0]:.4f} for the first curve", got=f"{ignorance[0, 0]:.4f}"
    )
    if np.allclose(noise, wanted[1]) and np.allclose(ignorance, wanted[0]):
        raise first(
            cause="the two are exchanged: noise is what each network says, ignorance where they differ"
        )
    for wrong, cause in (
        (
            said[..., 1].mean(axis=0) ** 2,
            "the standard deviations were averaged; variances add up, so square first",
        ),
        (said[..., 1].mean(axis=0), "these are standard deviations; a variance is their square"),
        (
            said[..., 1].var(axis=0),
            "noise is the mean of the squared standard deviations, not their variance",
        ),
        (wanted[0] + wanted[1], "this is the total: leave the ignorance out"),
        (wanted[0] / len(said), "do not divide by the number of networks: they share this noise"),
        (
            (said[..., 0] ** 2).mean(axis=0),
            "on the last axis the mean stands at 0 and the standard deviation at 1",
        ),
    ):
        if np.allclose(noise, wrong):
            raise first(cause=cause)
    for wrong, cause in (
        (said[..., 0].var(axis=0, ddof=1), "ddof=1 asks about networks not trained; the mixture of these has ddof=0"),
        (said[..., 0].std(axis=0), "this is a standard deviation; a variance is its square"),
        (wanted[0] + wanted[1], "this is the total: leave the noise out"),
        (wanted[1] / len(said), "the spread of the networks is asked for, not the error of their mean: do not divide by their number"),
        ((said[..., 0] ** 2).mean(axis=0), "take the mean over the networks away before you square"),
    ):  # fmt: skip
        if np.allclose(ignorance, wrong):
            raise second(cause=cause)
    if not np.allclose(noise, wanted[0], rtol=1e-6):
        raise first(cause="the mean over the networks of the squared standard deviations")
    if not np.allclose(ignorance, wanted[1], rtol=1e-6, atol=1e-12):
        raise second(cause="the variance over the networks of their means")
    return "Noise is what the networks say, ignorance is where they differ; the two add up to the variance of the mixture."


@exercise(usage="judge(np.zeros(3), np.ones(3), np.ones(3))", provided=lambda: bars.judge)
def judge_error_bars(judge: Callable[[Array, Array, Array], Mapping[str, float]]) -> str:
    """Judge a judge: coverage, log score and CRPS."""
    rng = np.random.default_rng(5)
    mean, sd = rng.normal(200, 100, 5_000), rng.uniform(1, 6, 5_000)
    y = mean + 1.3 * sd * rng.normal(size=5_000)
    wanted, found = bars.judge(y, mean, sd), judge(y.copy(), mean.copy(), sd.copy())
    if missing := [name for name in wanted if name not in found]:
        raise NotYet(
            expected=f"a mapping with {', '.join(wanted)}",
            got=f"no {', '.join(missing)}",
            cause="return a dict with these four names",
        )
    for name, right in wanted.items():
        if np.shape(found[name]):
            raise NotYet(
                expected=f"{name}: one number for all films",
                got=f"an array of shape {np.shape(found[name])}",
                cause="take the mean over the films",
            )
        got = float(found[name])
        if np.isclose(got, right, rtol=1e-6, atol=3e-4 if name.startswith("coverage") else 1e-6):
            continue  # 1.96 is near enough
        raise NotYet(
            expected=f"{name} = {right:.6f} for error bars that are too narrow",
            got=f"{got:.6f}",
            cause=bars.why_misjudged(name, got, y, mean, sd),
        )
    return "These error bars are 30 % too narrow, and all four numbers say so."


@exercise(usage="conformal(y, mean, sd, mean, sd, level=0.9)", provided=lambda: _conformal)
def guarantee(conformal: Callable[..., tuple[Any, Any]]) -> str:
    """Judge conformal intervals: by the rank of the quantile, and by what they hold on 2,000 new films."""
    scores = np.roll(np.arange(1.0, 20.0), 7)
    y, mean = np.where(scores % 3 == 1, scores, -scores), np.zeros(19)
    new, wide = np.array([100.0, 200.0]), np.array([1.0, 3.0])
    low, high = _pair(conformal(y, mean, np.ones(19), new, wide, level=0.9), "lower ends, upper ends")
    got = f"[{np.ravel(low)[0]:.2f}, {np.ravel(high)[0]:.2f}]"
    fault = functools.partial(
        NotYet, expected="[82, 118] around 100, from 19 films with the scores 1, 2, ..., 19", got=got
    )
    if low.shape != new.shape or high.shape != new.shape:
        raise fault(cause="return the lower and the upper end of each new interval: mean ± factor · sd")
    if (low > high).all():
        raise fault(cause="the two ends are exchanged: return the lower ends first")
    half = (high - low) / 2
    if np.isclose(half[0], half[1]):
        raise fault(cause="all intervals are equally wide: multiply the factor by the sd of each new film")
    if cause := bars.why_rank_is_wrong(half[0], y):
        raise fault(cause=cause)
    if not np.allclose([low, high], [new - 18 * wide, new + 18 * wide]):
        raise fault(cause="mean ± q · sd, where q is the ⌈(n + 1) · level⌉-th smallest |y - mean| / sd")
    low, high = _pair(conformal(y, mean, np.ones(19), new, wide, level=0.52), "lower ends, upper ends")
    if not np.allclose(np.subtract(high, low) / 2, 11 * wide):
        rounded_down = np.allclose(np.subtract(high, low) / 2, 10 * wide)
        raise NotYet(
            expected="[89, 111] around 100 for level=0.52: the ⌈20 · 0.52⌉ = 11th smallest of the 19 scores",
            got=f"[{np.ravel(low)[0]:.2f}, {np.ravel(high)[0]:.2f}]",
            cause="this is the 10th: multiply n + 1 by the level, and round up"
            if rounded_down
            else "the promise is an argument: compute the rank from level and the number of films",
        )
    rng = np.random.default_rng(6)
    sd = rng.uniform(1, 6, 4_000)
    truth = 2.2 * sd * rng.standard_t(3, 4_000)
    low, high = conformal(truth[:2_000], np.zeros(2_000), sd[:2_000], np.zeros(2_000), sd[2_000:], level=0.9)
    held = float(((low <= truth[2_000:]) & (truth[2_000:] <= high)).mean())
    error = math.sqrt(0.09 * 2 / 2_000)
    if abs(held - 0.9) > 0.03 + 3 * error:
        raise NotYet(
            expected="90 % of 2,000 new films, whose errors are not normal and whose sd is too small, inside",
            got=f"{100 * held:.1f} %",
            cause="divide each calibration error by its own sd before you sort",
        )
    return f"Promised 90 %, held {100 * held:.1f} % of 2,000 films with error bars that were wrong."


@exercise(usage='examine("e361r")', provided=lambda: _examine)
def final_exam(examine: Callable[[str], Any]) -> str:
    """Judge what is said about three measured curves."""
    given = examine(STRANGER)
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise NotYet(
            expected="a pair: True or False, and a table or None",
            got=f"an object of type {type(given).__name__}",
            cause="return both, also for a stranger: return True, None",
        )
    strange, table = given
    if not isinstance(strange, bool | np.bool_):
        raise NotYet(
            expected="a pair: True or False, and a table or None",
            got=f"{type(strange).__name__} in the first place",
            cause="compare the largest deviation of this curve with the limit; bool(...) makes one value of an array of one",
        )
    if not strange:
        raise NotYet(
            expected=f"{STRANGER}, the bare wafer, called a stranger",
            got="it is accepted",
            cause="ask the input, not the error bar: compare deviation(on_grid(curve)) with the limit",
        )
    if table is not None:
        raise NotYet(
            expected=f"no reading of {STRANGER}: (True, None)",
            got="a table",
            cause="a network answers every question; you are the one who must refuse",
        )
    reports = []
    for name in MEASURED:
        strange, table = examine(name)
        if strange:
            raise NotYet(
                expected=f"{name} accepted",
                got="it is called a stranger",
                cause="real curves deviate a little everywhere: take the limit that the rarest training curves set",
            )
        distance = _judged(name, table)
        reports.append(f"{name}: {', '.join(f'{each:+.1f}' for each in distance)}")
    return f"The wafer is refused. Distances from the reference in standard deviations: {'; '.join(reports)}."


# What the judges use


def _pair(given: Any, names: str) -> tuple[Array, Array]:
    if not isinstance(given, np.ndarray | tuple | list) or len(given) != 2:
        raise NotYet(
            expected=f"a pair: {names}",
            got=f"an object of type {type(given).__name__}",
            cause=f"return both, with a comma between them: return {names}",
        )
    return np.asarray(given[0], dtype=float), np.asarray(given[1], dtype=float)


_DRAWS = 20_000


def _monte_carlo_kl(mean: Array, scale: Array) -> tuple[float, float]:
    """Return the divergence from a standard normal prior by sampling, and its standard error."""
    noise = np.random.default_rng(7).normal(size=(_DRAWS, *mean.shape))
    drawn = mean + scale * noise
    ratio = (-np.log(scale) - 0.5 * noise**2 + 0.5 * drawn**2).reshape(_DRAWS, -1).sum(axis=1)
    return float(ratio.mean()), float(ratio.std(ddof=1) / math.sqrt(_DRAWS))


def _judged(name: str, table: Any) -> Array:
    """Return the distances of a table of readings, if they are right."""
    found = np.asarray(table, dtype=float)
    if found.shape != (3, 3) or not np.isfinite(found).all() or (found[:, 1] <= 0).any():
        raise NotYet(
            expected="three rows, one a target, with mean, sd (positive) and distance",
            got=f"an array of shape {found.shape}",
            cause="stack mean, sd and distance along the last axis: np.stack([...], axis=-1)",
        )
    reference, error = _reference(name)
    mean, sd, distance = found[:, 0], found[:, 1], found[:, 2]
    if abs(found[0, 1] / reference[0] - 1) < 0.05:
        raise NotYet(
            expected="in each row mean, sd and distance, in this order",
            got=f"{np.round(found[0], 1).tolist()} in the first row",
            cause="mean and sd are exchanged",
        )
    if np.allclose(found[2], (found[0] - reference) / np.hypot(found[1], error), rtol=1e-6):
        raise NotYet(
            expected="a row for each target",
            got="a column for each target",
            cause="stack along the last axis: np.stack([...], axis=-1), or transpose the table",
        )
    if abs(mean[0] / reference[0] - 1) > 0.05:
        raise NotYet(
            expected=f"{name}: thickness within 5 % of the reference's {reference[0]:.1f} Å",
            got=f"{mean[0]:.1f} Å",
            cause="hand the networks the reflectivity on their 80 points, on_grid(curve); if you did, report the miss and "
            "do not tune it away",
        )
    wanted = (mean - reference) / np.hypot(sd, error)
    if not np.allclose(distance, wanted, rtol=1e-6):
        raise NotYet(
            expected=f"{name}: distances {np.round(wanted, 2).tolist()}",
            got=f"{np.round(distance, 2).tolist()}",
            cause=bars.why_distance_is_wrong(distance, mean - reference, sd, error, reference),
        )
    return distance


def _reference(name: str) -> tuple[Array, Array]:
    """Return what the reference fit found for the targets, and its errors."""
    reference = data.load(name).reference
    assert reference is not None  # noqa: S101 - both cards have one, and a test says so
    found = [reference.parameters[target] for target in TARGETS]
    return np.array([each.value for each in found]), np.array([each.error for each in found])


# What the school provides while an exercise is open


def _elbo_loss(nll: Array, mean: Array, scale: Array, num_examples: int) -> float:
    return float(np.mean(nll)) + bars.kl(np.asarray(mean), np.asarray(scale)) / num_examples


def _split_variance(answers: Array) -> tuple[Array, Array]:
    return (answers[..., 1] ** 2).mean(axis=0), answers[..., 0].var(axis=0)


def _conformal(
    y: Array, mean: Array, sd: Array, new_mean: Array, new_sd: Array, *, level: float = 0.9
) -> tuple[Array, Array]:
    scores = np.sort(np.abs(y - mean) / sd)
    rank = math.ceil((len(scores) + 1) * level - 1e-9)
    factor = scores[rank - 1] if rank <= len(scores) else math.inf
    return new_mean - factor * new_sd, new_mean + factor * new_sd


@functools.cache
def _library() -> tuple[Array, Array, Array]:
    films = reflectivity.simulate(4096, seed=1001)  # not the seed of the lab
    return np.log10(np.maximum(films.x, 1e-7)), films.columns(*TARGETS), films.coords["q"]


def _examine(name: str) -> tuple[bool, Array | None]:
    """Read a curve by the ten most similar films of a library; refuse the one that is known to be strange."""
    if name == STRANGER:
        return True, None
    curves, answers, q = _library()
    curve = data.load(name)
    seen = np.log10(np.maximum(reflectivity.rebin(curve["q"], curve["r"], curve["dr"], onto=q), 1e-7))
    nearest = answers[np.argsort(((curves - seen) ** 2).sum(axis=1))[:10]]
    mean, sd, (reference, error) = nearest.mean(axis=0), nearest.std(axis=0, ddof=1), _reference(name)
    return False, np.stack([mean, sd, (mean - reference) / np.hypot(sd, error)], axis=-1)
