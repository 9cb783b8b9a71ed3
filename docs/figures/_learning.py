"""Small learners for the figures of lecture 2: all of them linear or look-ups, none takes a second to train."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import spatial

from lens_labs.dataset import Dataset
from lens_labs.scattering import reflectivity

Array = npt.NDArray[np.float64]


def log_r(r: Array) -> Array:
    """Return log10 of a reflectivity, with everything below 1e-7 raised to it, as in lab 2."""
    return np.log10(np.maximum(r, 1e-7))


@functools.cache
def training() -> Dataset:
    """Simulate films to learn from: the first ones of lab 2."""
    return reflectivity.simulate(4_000, seed=0)


@functools.cache
def validation() -> Dataset:
    """Simulate films to choose on: the first ones of lab 2."""
    return reflectivity.simulate(1_000, seed=1)


def ridge(x: Array, n: int, *, alpha: float = 1.0) -> Array:
    """Read thickness off prepared curves (m, 80) with a ridge regression on the first `n` training films."""
    films = training()
    known, thickness = log_r(films.x[:n]), films["film_thickness"][:n]
    mean, spread = known.mean(axis=0), known.std(axis=0)
    a = (known - mean) / spread
    weights = np.linalg.solve(a.T @ a + alpha * np.eye(a.shape[1]), a.T @ (thickness - thickness.mean()))
    return np.asarray((x - mean) / spread @ weights + thickness.mean())


def look_up(x: Array, n: int) -> Array:
    """Read thickness off prepared curves (m, 80): the five nearest of `n` films, weighted with 1/distance."""
    films = training()
    distance = spatial.distance.cdist(x, log_r(films.x[:n]))
    nearest = np.argpartition(distance, 5, axis=1)[:, :5]
    weights = 1 / np.take_along_axis(distance, nearest, axis=1)
    return np.asarray((weights * films["film_thickness"][nearest]).sum(axis=1) / weights.sum(axis=1))


def strangeness(x: Array) -> Array:
    """Return by how many standard deviations the worst point of each prepared curve (m, 80) is off, as in lab 2."""
    known = log_r(training().x)
    return np.asarray(np.abs((x - known.mean(axis=0)) / known.std(axis=0)).max(axis=1))


def huber(error: Array, delta: float) -> Array:
    """Return Huber's loss: quadratic up to `delta`, linear beyond."""
    size = np.abs(error)
    return np.where(size < delta, 0.5 * error**2, delta * (size - 0.5 * delta))


def answers() -> tuple[Array, dict[str, float]]:
    """Draw a skewed sample of thicknesses (Å), and find the answer with the smallest loss, for three losses."""
    sample = 100 + np.random.default_rng(8).gamma(1.3, 30, 400)
    candidates = np.linspace(100, 180, 801)
    losses = huber(sample[:, None] - candidates, 20.0).sum(axis=0)
    best = float(candidates[losses.argmin()])
    return sample, {"squared": float(sample.mean()), "Huber": best, "absolute": float(np.median(sample))}


class Descent(NamedTuple):
    """Mean squared errors after each epoch, in units of the variance of the training targets."""

    training: Array
    validation: Array


@functools.cache
def descent() -> Descent:
    """Train 300 random Fourier features on 100 films by gradient descent, and watch 500 other films.

    A short count (10^3.5 neutrons on the first point) gives the noise that a patient learner ends up learning.
    """
    films = reflectivity.simulate(600, seed=4, prior={"film_thickness": (80, 200), "log10_dose": (3.5, 3.5)})
    n, features, epochs = 100, 300, 4_000
    x, y = log_r(films.x), films["film_thickness"]
    x, y = (x - x[:n].mean(axis=0)) / x[:n].std(axis=0), (y - y[:n].mean()) / y[:n].std()
    rng = np.random.default_rng(0)
    waves = rng.normal(scale=1 / np.sqrt(x.shape[1]), size=(x.shape[1], features))
    a = np.sqrt(2 / features) * np.cos(x @ waves + rng.uniform(0, 2 * np.pi, features))
    step = n / np.linalg.norm(a[:n], 2) ** 2  # one over the largest curvature: the longest step that is safe
    weights, losses = np.zeros(features), np.empty((epochs, 2))
    for epoch in range(epochs):
        weights -= step * a[:n].T @ (a[:n] @ weights - y[:n]) / n
        error = (a @ weights - y) ** 2
        losses[epoch] = error[:n].mean(), error[n:].mean()
    return Descent(*losses.T)


class Tradeoff(NamedTuple):
    """Fits of polynomials to many noisy draws of one curve."""

    x: Array
    truth: Array
    points: Array
    draws: Array
    """Noisy values at the points, shape (draws, points)."""
    fits: dict[int, Array]
    """By degree: shape (draws, len(x))."""
    noise: float
    bias2: Array
    variance: Array
    measured: Array
    """By degree: mean squared error at fresh noisy points."""


DEGREES = range(11)


@functools.cache
def tradeoff() -> Tradeoff:
    """Fit polynomials of degree 0 to 10 to 400 draws of 16 noisy points of log10(R Q⁴)."""
    films, count, noise = 400, 16, 0.15
    q = np.linspace(0.03, 0.12, 121)
    slabs = [[0, 2.07, 0, 0], [100, 0.5, 0, 4], [0, 6.36, 0, 6]]
    truth = np.log10(reflectivity.reflectivity(q, slabs, dq=0.05) * (q / q[0]) ** 4)
    truth -= truth.mean()
    rng = np.random.default_rng(5)
    at = np.linspace(0, q.size - 1, count).round().astype(int)
    draws = truth[at] + rng.normal(scale=noise, size=(films, count))
    u = np.linspace(-1, 1, q.size)
    fits = {}
    for degree in DEGREES:
        basis = np.polynomial.legendre.legvander(u, degree)
        fits[degree] = draws @ np.linalg.pinv(basis[at]).T @ basis.T
    every = np.stack([fits[degree] for degree in DEGREES])
    fresh = truth + rng.normal(scale=noise, size=(films, q.size))
    return Tradeoff(
        q, truth, q[at], draws, fits, noise**2,
        bias2=((every.mean(axis=1) - truth) ** 2).mean(axis=1),
        variance=every.var(axis=1).mean(axis=1),
        measured=((fresh - every) ** 2).mean(axis=(1, 2)),
    )  # fmt: skip


class Gradients(NamedTuple):
    """Gradients of a linear model's loss, for many batches of each size."""

    sizes: tuple[int, ...]
    batches: dict[int, Array]
    """By size: two components of the gradient, shape (batches, 2)."""
    mean: Array
    """The gradient over all films."""
    variance: Array
    """By size: mean squared distance of a batch's gradient from it."""
    one: float
    """The same for a batch of one."""


def _linear_task() -> tuple[Array, Array]:
    films = training()
    x, y = log_r(films.x), films["film_sld"]
    return (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()


@functools.cache
def gradients() -> Gradients:
    """Compute the gradient of ½(w·x - SLD)² at w = 0 for 2,000 batches of four sizes."""
    x, y = _linear_task()
    each = -(y[:, None] * x)[:, [20, 60]]  # the weights of two points of the curve
    mean = each.mean(axis=0)
    rng = np.random.default_rng(6)
    sizes = (4, 16, 64, 256)
    batches = {size: each[rng.integers(len(each), size=(2_000, size))].mean(axis=1) for size in sizes}
    variance = np.array([((batches[size] - mean) ** 2).sum(axis=1).mean() for size in sizes])
    return Gradients(sizes, batches, mean, variance, float(((each - mean) ** 2).sum(axis=1).mean()))


class Schedules(NamedTuple):
    """Two ways to choose the step size, and how far above the best loss they end."""

    steps: Array
    size: dict[str, Array]
    """Step size by schedule, as a share of its peak."""
    excess: dict[str, Array]
    """Loss over all films, less the lowest possible one; mean over eight runs."""


@functools.cache
def schedules() -> Schedules:
    """Train a linear model with batches of 16 and two schedules: constant, and warm-up with a cosine decay."""
    x, y = _linear_task()
    a = x[:, ::4]
    best = np.linalg.lstsq(a, y, rcond=None)[0]
    lowest = float(np.mean((a @ best - y) ** 2))
    steps, peak, warm = 2_000, 0.06, 100
    t = np.arange(steps)
    cosine = np.where(t < warm, (t + 1) / warm, 0.5 * (1 + np.cos(np.pi * (t - warm) / (steps - warm))))
    size = {"constant": np.minimum((t + 1) / warm, 1), "cosine": cosine}
    covariance = a.T @ a / len(a)
    excess = {}
    for name, shares in size.items():
        rng = np.random.default_rng(7)  # the same batches for both
        weights, above = np.zeros((8, a.shape[1])), np.empty(steps)
        for step, share in enumerate(shares):
            batch = rng.integers(len(a), size=(8, 16))
            error = np.einsum("rbk,rk->rb", a[batch], weights) - y[batch]
            weights -= peak * share * np.einsum("rb,rbk->rk", error, a[batch]) / 16
            off = weights - best
            above[step] = np.einsum("rk,kl,rl->", off, covariance, off) / 8
        excess[name] = above / lowest
    return Schedules(t, size, excess)
