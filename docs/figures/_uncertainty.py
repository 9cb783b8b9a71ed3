"""What the figures of lecture 9 compute about error bars: an oxide, posteriors, two variances, and Bayesian layers."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import integrate, optimize, special

from lens_labs.data import load
from lens_labs.scattering import reflectivity

Array = npt.NDArray[np.float64]


class Oxides(NamedTuple):
    """The measured film e361r with its oxide held at three thicknesses, and all else refined."""

    q: Array
    r: Array
    errors: Array
    films: tuple[dict[str, float], ...]
    chi2: tuple[float, ...]
    """Per point."""

    def residuals(self, one: int) -> Array:
        """Return how far log R of each point lies above that of a film, in units of its error."""
        return reflectivity.residuals(self.films[one], self.q, self.r, self.errors)


@functools.cache
def oxides() -> Oxides:
    """Hold the oxide of e361r at 6 Å, at the value of the reference fit, and at 20 Å; refine what that fit had refined.

    The resolution stays that of the reference fit.
    """
    curve = load("e361r")
    fit = curve.reference
    assert fit is not None  # noqa: S101 - this curve has one
    values = {name: estimate.value for name, estimate in fit.parameters.items()}
    oxide = values.pop("oxide_thickness")
    low, high = np.array([reflectivity.PRIOR[name] for name in values]).T
    start = np.clip(list(values.values()), low, high)
    found, chi2 = [], []
    for thickness in (6.0, oxide, 20.0):
        fixed = {**fit.fixed, "oxide_thickness": thickness}

        def residuals(numbers: Array, fixed: dict[str, float] = fixed) -> Array:
            film = fixed | dict(zip(values, numbers, strict=True))
            return reflectivity.residuals(film, curve["q"], curve["r"], curve["dr"])

        best = optimize.least_squares(residuals, start, bounds=(low, high), x_scale=high - low)
        found.append(fixed | dict(zip(values, map(float, best.x), strict=True)))
        chi2.append(float(np.mean(best.fun**2)))
    return Oxides(curve["q"], curve["r"], curve["dr"], tuple(found), tuple(chi2))


class OneRate(NamedTuple):
    """What a few counts say about a rate, on a grid, and Laplace's normal distribution at the peak."""

    rate: Array
    density: Array
    laplace: Array
    peak: float
    sd: float
    """Of Laplace's normal: one over the root of the curvature of minus the log posterior at its peak."""
    inside: tuple[float, float]
    """The middle 68 % of the posterior."""


def one_rate(counts: int = 4, seconds: float = 10.0) -> OneRate:
    """Compute the posterior of a rate from a Poisson count, with a flat prior on rates that are not negative."""
    rate = np.linspace(-0.4, 4, 8_801)
    log_posterior = np.where(rate > 0, counts * np.log(np.maximum(rate, 1e-300)) - rate * seconds, -np.inf)
    density = np.exp(log_posterior - log_posterior.max())
    share = integrate.cumulative_simpson(density, x=rate, initial=0)
    top, step = int(log_posterior.argmax()), rate[1] - rate[0]
    peak, curvature = float(rate[top]), -float(np.diff(log_posterior[top - 1 : top + 2], 2)[0]) / step**2
    laplace = np.exp(-0.5 * curvature * (rate - peak) ** 2) * np.sqrt(curvature / (2 * np.pi))
    low, high = np.interp([0.16, 0.84], share / share[-1], rate)
    return OneRate(rate, density / share[-1], laplace, peak, curvature**-0.5, (float(low), float(high)))


class Regression(NamedTuple):
    """A Bayesian regression in closed form: its data, and what it predicts."""

    x: Array
    y: Array
    where: Array
    mean: Array
    ignorance: Array
    """Standard deviation of the function at `where`."""


NOISE, MEASURED = 0.3, 0.75
"""Standard deviation of each point, and the end of the range of x, from 0 to 1, that is measured."""


def regression(n: int) -> Regression:
    """Fit 14 bumps to n noisy points of a curve; the height of each has the prior variance 1/2.

    Nothing is measured beyond `MEASURED`.
    """
    rng = np.random.default_rng(1)
    x = MEASURED * rng.permutation((np.arange(n) + rng.uniform(size=n)) / n)
    y = np.sin(2 * np.pi * x) + NOISE * rng.normal(size=n)
    where = np.linspace(0, 1, 81)
    features, elsewhere = _bumps(x), _bumps(where)
    precision = 2 * np.eye(features.shape[1]) + features.T @ features / NOISE**2
    mean = np.linalg.solve(precision, features.T @ y / NOISE**2)
    variance = np.einsum("ij,ji->i", elsewhere, np.linalg.solve(precision, elsewhere.T))
    return Regression(x, y, where, elsewhere @ mean, np.sqrt(variance))


def ignorance(counts: Array) -> tuple[Array, Array]:
    """Return the standard deviation of the function where points are (root mean square), and at x = 0.95, for these N."""
    fits = [regression(int(n)) for n in counts]
    inside = [np.sqrt(np.mean(each.ignorance[each.where <= MEASURED] ** 2)) for each in fits]
    return np.array(inside), np.array([np.interp(0.95, each.where, each.ignorance) for each in fits])


def _bumps(x: Array) -> Array:
    centres = np.linspace(-0.1, 1.1, 14)
    return np.asarray(np.exp(-0.5 * ((x[:, None] - centres) / 0.12) ** 2))


class Starved(NamedTuple):
    """What two networks learned of the same points: by ``likelihood`` and by ``beta``."""

    x: Array
    y: Array
    where: Array
    truth: Array
    mean: dict[str, Array]
    sd: dict[str, Array]
    """Both at `where`."""


BETA, STEPS = 0.5, 1_500
"""The power of the width that takes weight back, and the steps of Adam."""


@functools.cache
def starved(seed: int = 0) -> Starved:
    """Train two small networks that predict mean and width of points on a slope, then on fringes, with little noise.

    Both have two hidden layers of 32 units and start from the same weights; one follows the negative log likelihood, in
    the other each point's loss is multiplied by its predicted variance to the power `BETA`, through which no slope flows.
    """
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1, 1, 150))
    y = _slope_and_fringes(x) + 0.02 * rng.normal(size=x.size)
    rng, power = np.random.default_rng(seed), np.array([[0.0], [BETA]])
    sizes = ((1, 32), (32, 32), (32, 2))
    weights = []  # of each layer: a matrix and a vector, with a first axis for the two networks
    for layer, (inputs, outputs) in enumerate(sizes):
        matrix = rng.normal(size=(inputs, outputs)) * (3.0, inputs**-0.5, 0.1 * inputs**-0.5)[layer]
        vector = rng.uniform(-2, 2, outputs) * (layer == 0)
        weights += [np.stack([matrix] * 2), np.stack([vector[None]] * 2)]
    first, second = ([np.zeros_like(each) for each in weights] for _ in range(2))  # moments of the slopes
    for step in range(1, STEPS + 1):
        rate = 0.0015 * (1 + np.cos(np.pi * step / STEPS))
        for k, slope in enumerate(_slopes(weights, x, y, power)):
            first[k] += 0.1 * (slope - first[k])
            second[k] += 0.001 * (slope**2 - second[k])
            height = np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8
            weights[k] -= rate * first[k] / (1 - 0.9**step) / height
    where = np.linspace(-1, 1, 241)
    mean, log_variance = np.moveaxis(_layers(weights, where)[-1], -1, 0)
    names = ("likelihood", "beta")
    return Starved(
        x, y, where, _slope_and_fringes(where),
        mean=dict(zip(names, mean, strict=True)),
        sd=dict(zip(names, np.exp(0.5 * log_variance), strict=True)),
    )  # fmt: skip


def _slope_and_fringes(x: Array) -> Array:
    return np.where(x < 0, x, 0.5 * np.sin(6 * np.pi * x))


def _layers(weights: list[Array], x: Array) -> list[Array]:
    """Return inputs and outputs of all layers for both networks, each of shape (2, n, units)."""
    outputs = [np.stack([x[:, None]] * 2)]
    for matrix, vector in zip(weights[::2], weights[1::2], strict=True):
        sums = outputs[-1] @ matrix + vector
        outputs.append(sums if matrix is weights[-2] else np.tanh(sums))
    return outputs


def _slopes(weights: list[Array], x: Array, y: Array, power: Array) -> list[Array]:
    """Return the slope of the mean loss with respect to all weights."""
    *inputs, last = _layers(weights, x)
    residual, variance = last[..., 0] - y, np.exp(last[..., 1])
    back = np.stack([residual / variance, 0.5 * (1 - residual**2 / variance)], axis=-1)
    back *= variance[..., None] ** power[..., None] / x.size
    slopes: list[Array] = []
    for matrix, given in zip(weights[-2::-2], inputs[::-1], strict=True):
        slopes = [given.swapaxes(1, 2) @ back, back.sum(axis=1, keepdims=True), *slopes]
        back = back @ matrix.swapaxes(1, 2) * (1 - given**2)
    return slopes


class Bound(NamedTuple):
    """What a normal distribution says about the logarithm of a rate, in place of the posterior; all in nats."""

    log_rate: Array
    posterior: Array
    evidence: float
    sd: Array
    """Standard deviations of the normal distribution; it has the mean that suits each best."""
    mean: Array
    fit: Array
    """Expectation of the log likelihood."""
    divergence: Array
    """From the prior."""
    gap: Array
    """Divergence from the posterior, integrated on the grid `log_rate`."""

    @property
    def elbo(self) -> Array:
        """Return the evidence lower bound at each standard deviation."""
        return self.fit - self.divergence

    def normal(self, which: int) -> Array:
        """Return the density of one of the normal distributions."""
        return _normal(self.log_rate, self.mean[which], self.sd[which])


@functools.cache
def bound(counts: int = 4, seconds: float = 10.0) -> Bound:
    """Compute evidence and bound for a Poisson count, with a normal prior of mean 0 and width 1 for the log of its rate."""
    w, sd = np.linspace(-15, 13, 7_001), np.geomspace(0.1, 1.4, 131)
    step, constant = w[1] - w[0], counts * np.log(seconds) - special.gammaln(counts + 1)
    log_joint = counts * w - seconds * np.exp(w) + constant - 0.5 * w**2 - 0.5 * np.log(2 * np.pi)
    evidence = float(np.log(np.exp(log_joint).sum() * step))
    stretch = seconds * np.exp(0.5 * sd**2)  # the expected number of counts is this times exp(mean)
    mean = counts - special.lambertw(stretch * np.exp(counts)).real  # where the bound has no slope
    fit = counts * mean - stretch * np.exp(mean) + constant
    divergence = 0.5 * (mean**2 + sd**2 - 1) - np.log(sd)
    density = _normal(w, mean[:, None], sd[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(density > 0, np.log(density) - (log_joint - evidence), 0.0)
    gap = (density * ratio).sum(axis=1) * step
    return Bound(w, np.exp(log_joint - evidence), evidence, sd, mean, fit, divergence, gap)


def _normal(x: Array, mean: Array, sd: Array) -> Array:
    return np.asarray(np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))


class Estimators(NamedTuple):
    """Variance of two gradients of a layer with random weights, by estimator: ``shared``, ``flipout``, ``local``."""

    sizes: tuple[int, ...]
    means: dict[str, Array]
    widths: dict[str, Array]
    """With respect to the means and to the logarithms of the widths of the weights, summed over the weights."""


INPUTS, WIDTH = 32, 32**-0.5
"""Inputs of the layer, and the standard deviation of each of its weights, so that an output has one of about 1."""


@functools.cache
def estimators() -> Estimators:
    """Draw 1,000 gradients of half a squared error for each estimator and batch size.

    Inputs are absolute values of normal numbers, as they leave an activation, and what the mean weights leave of the
    error is normal, with mean 0 and variance 1. Every gradient has a batch of its own.
    """
    rng, repeats, sizes = np.random.default_rng(9), 1_000, (1, 4, 16, 64)
    found: dict[str, list[list[float]]] = {"shared": [], "flipout": [], "local": []}
    for size in sizes:
        x = np.abs(rng.normal(size=(repeats, size, INPUTS)))
        error = rng.normal(size=(repeats, size))
        kernel = WIDTH * rng.normal(size=(repeats, 1, INPUTS))  # one draw for the batch
        signs = 2.0 * rng.integers(2, size=x.shape) - 1
        for name, changes in (("shared", x * kernel), ("flipout", x * kernel * signs)):
            after = error + changes.sum(axis=-1)
            found[name].append(_variances(after, x, changes))
        spread = WIDTH * np.sqrt((x**2).sum(axis=-1))
        noise = rng.normal(size=error.shape)
        moved = (noise / spread)[..., None] * x**2 * WIDTH**2
        found["local"].append(_variances(error + spread * noise, x, moved))
    means, widths = ({name: np.array(values)[:, part] for name, values in found.items()} for part in (0, 1))
    return Estimators(sizes, means, widths)


def _variances(error: Array, x: Array, moved: Array) -> list[float]:
    """Return the variance of both gradients; `moved` is the slope of each output with respect to the log widths."""
    both = (np.einsum("rb,rbi->ri", error, each) / error.shape[1] for each in (x, moved))
    return [float(gradient.var(axis=0).sum()) for gradient in both]


def estimators_in_theory(size: Array) -> Estimators:
    """Return the expectations of what `estimators` measures, in closed form, for any batch sizes."""
    d, s2 = INPUTS, WIDTH**2
    both = (2 / np.pi) ** 2  # the squared mean of the product of two inputs
    fourth = d * (d + 2)  # the mean of the fourth power of the length of x
    floor = d + d * (d - 1) * both  # the squared entries of the mean of x xᵀ, summed
    alone = (d + s2 * fourth) / size
    one = d * s2 * (1 + s2 * (6 + d - 1)) / size + 2 * d * s2**2
    return Estimators(
        tuple(size),
        means={"shared": d / size + s2 * (floor + (fourth - floor) / size), "flipout": alone, "local": alone},
        widths={
            "shared": one + d * s2**2 * (d - 1) * both * (1 - 1 / size),
            "flipout": one,
            "local": d * s2 * (3 / (d + 2) + 8 * s2) / size,
        },
    )
