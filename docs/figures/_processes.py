"""Gaussian processes for the figures of lecture 9: a prior and what data leave of it, the evidence, and the next point."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lens_labs.checks.gp_next_measurement import squared_exponential
from lens_labs.scattering import spectroscopy

Array = npt.NDArray[np.float64]


class Kernel(NamedTuple):
    """The squared exponential kernel with an amplitude and a length scale for each coordinate."""

    amplitude: float
    scales: tuple[float, ...]

    def __call__(self, a: Array, b: Array) -> Array:
        """Return the covariance of the values at a (n, d) and b (m, d), shape (n, m)."""
        return squared_exponential(a, b, self.amplitude, np.array(self.scales))


def posterior(x: Array, y: Array, errors: Array, where: Array, kernel: Kernel) -> tuple[Array, Array]:
    """Return mean (m,) and covariance (m, m) at `where` (m, d), given y ± errors (n,) at x (n, d); the prior has mean zero."""
    root = np.linalg.cholesky(kernel(x, x) + np.diag(errors**2))
    white = np.linalg.solve(root, np.column_stack([y, kernel(x, where)]))
    return white[:, 1:].T @ white[:, 0], kernel(where, where) - white[:, 1:].T @ white[:, 1:]


def evidence(x: Array, y: Array, errors: Array, kernel: Kernel) -> tuple[float, float]:
    """Return the two parts of the log evidence: the fit, and the complexity with the constant."""
    root = np.linalg.cholesky(kernel(x, x) + np.diag(errors**2))
    white = np.linalg.solve(root, y)
    return float(-0.5 * white @ white), float(-np.log(np.diag(root)).sum() - 0.5 * y.size * np.log(2 * np.pi))


class Draws(NamedTuple):
    """Functions drawn from a process before and after it has seen some points."""

    where: Array
    kernel: Kernel
    x: Array
    y: Array
    errors: Array
    mean: dict[str, Array]
    sd: dict[str, Array]
    functions: dict[str, Array]
    """Each by ``prior`` and ``posterior``; functions have the shape (draws, m)."""


@functools.cache
def draws() -> Draws:
    """Draw five functions from a prior, and five from what seven noisy points of another function leave of it."""
    where, kernel = np.linspace(0, 10, 201)[:, None], Kernel(1.0, (1.2,))
    x = np.array([0.8, 1.9, 2.6, 4.1, 4.9, 7.9, 8.6])[:, None]
    errors = np.full(len(x), 0.12)
    rng = np.random.default_rng(12)
    hidden = _drawn(kernel(x, x), 1, rng)[0]
    y = hidden + errors * rng.normal(size=len(x))
    mean, spread = posterior(x, y, errors, where, kernel)
    beliefs = {"prior": (np.zeros(len(where)), kernel(where, where)), "posterior": (mean, spread)}
    return Draws(
        where[:, 0], kernel, x[:, 0], y, errors,
        mean={name: middle for name, (middle, _) in beliefs.items()},
        sd={name: np.sqrt(np.maximum(np.diag(each), 0)) for name, (_, each) in beliefs.items()},
        functions={name: middle + _drawn(each, 5, rng) for name, (middle, each) in beliefs.items()},
    )  # fmt: skip


def _drawn(covariance: Array, n: int, rng: np.random.Generator) -> Array:
    """Draw n vectors with this covariance, which may be singular, shape (n, m)."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(rng.normal(size=(n, len(values))) @ (vectors * np.sqrt(np.maximum(values, 0))).T)


class Scan(NamedTuple):
    """A scan of the energy transfer, and what the evidence says of length scales."""

    energy: Array
    rate: Array
    errors: Array
    amplitude: float
    lengths: Array
    fit: Array
    complexity: Array
    """Of each length scale."""

    @property
    def best(self) -> float:
        """Return the length scale with the largest evidence."""
        return float(self.lengths[(self.fit + self.complexity).argmax()])

    def curve(self, length: float, energy: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the rate with this length scale."""
        kernel, away = Kernel(self.amplitude, (length,)), self.rate - self.rate.mean()
        mean, spread = posterior(self.energy[:, None], away, self.errors, energy[:, None], kernel)
        return mean + self.rate.mean(), np.sqrt(np.maximum(np.diag(spread), 0))


@functools.cache
def scan() -> Scan:
    """Count for 5 s at each of 36 energies, as in lab 9, and weigh 60 length scales with the best amplitude of ten."""
    seconds, energy = 5.0, np.linspace(1, 8, 36)
    at = np.column_stack([np.full(36, 0.1), energy])
    counts = spectroscopy.measure(at, seconds, rng=np.random.default_rng(0))
    rate, errors = counts / seconds, np.sqrt(np.maximum(counts, 1)) / seconds
    lengths = np.geomspace(0.08, 4, 60)
    terms = {
        amplitude: np.array(
            [
                evidence(energy[:, None], rate - rate.mean(), errors, Kernel(amplitude, (length,)))
                for length in lengths
            ]
        )
        for amplitude in map(float, np.geomspace(5, 40, 10))
    }
    best = max(terms, key=lambda amplitude: float(terms[amplitude].sum(axis=1).max()))
    return Scan(energy, rate, errors, best, lengths, *terms[best].T)


COUNT, POINTS = 3.5, 192
"""Seconds at each point of a map, and how many points each strategy has."""

PLACES = np.array([(h, e) for h in np.linspace(0.0125, 0.9875, 40) for e in np.linspace(1.1, 10.9, 60)])
"""Where a map is judged: 40 momentum transfers (r.l.u.), 60 energy transfers (meV) at each."""


class Map(NamedTuple):
    """A landscape of lab 9, measured in two ways with the same number of points."""

    h: Array
    energy: Array
    rate: Array
    """The truth, of shape (len(energy), len(h))."""
    points: dict[str, Array]
    errors: dict[str, float]
    """By ``grid`` and ``chosen``: points of shape (192, 2), and the error of the map over the spread of the truth."""
    start: int
    """How many of the points in ``chosen`` lie on a first grid."""


@functools.cache
def maps() -> Map:
    """Measure the first landscape of lab 9 on a grid of 12 by 16, and on one of 8 by 12 with 96 points that are chosen."""
    landscape = _landscape(0)
    truth = spectroscopy.excitation_map(PLACES, **landscape)
    grid, start = _even(12, 16), _even(8, 12)
    measured = {
        "grid": (grid, spectroscopy.measure(grid, COUNT, rng=np.random.default_rng([1, 0]), **landscape)),
        "chosen": _adaptive(start, landscape, np.random.default_rng([1, 0])),
    }
    errors = {
        name: float(np.sqrt(np.mean((_rates(points, counts) - truth) ** 2)) / truth.std())
        for name, (points, counts) in measured.items()
    }
    h, energy = np.linspace(0, 1, 27), np.linspace(0.9, 9.9, 46)
    rate = spectroscopy.excitation_map([(x, e) for e in energy for x in h], **landscape)
    points = {name: places for name, (places, _) in measured.items()}
    return Map(h, energy, rate.reshape(energy.size, h.size), points, errors, len(start))


def _landscape(seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    even = {"gap": (1.5, 3), "top": (6, 10), "level": (3, 10)}
    by_ratio = {"strength": (20, 100), "level_strength": (2, 15), "background": (0.1, 1)}
    drawn = {name: rng.uniform(*ends) for name, ends in even.items()}
    drawn |= {name: float(np.exp(rng.uniform(*np.log(ends)))) for name, ends in by_ratio.items()}
    return drawn | {"damping": rng.uniform(0.05, 0.3)}


def _even(along_h: int, along_energy: int) -> Array:
    return np.array([(h, e) for h in np.linspace(0, 1, along_h) for e in np.linspace(1, 11, along_energy)])


def _roots(counts: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Return roots of rates, and their errors, which are all the same."""
    return np.sqrt((counts + 0.375) / COUNT), np.full(len(counts), 0.5 / np.sqrt(COUNT))


def _chosen_kernel(points: Array, y: Array, errors: Array) -> Kernel:
    """Return the kernel with the largest evidence of those that lab 9 allows."""
    scales = [(h, e) for h in (0.05, 0.1, 0.2) for e in (0.3, 0.6, 1.2, 2.4)]
    kernels = [Kernel(size * y.std(), each) for each in scales for size in (1.0, 2.0)]
    return max(kernels, key=lambda kernel: sum(evidence(points, y - y.mean(), errors, kernel)))


def _rates(points: Array, counts: npt.NDArray[np.int64]) -> Array:
    """Return the rate at `PLACES`; without its covariance, which would be large."""
    y, errors = _roots(counts)
    kernel = _chosen_kernel(points, y, errors)
    solved = np.linalg.solve(kernel(points, points) + np.diag(errors**2), y - y.mean())
    return np.asarray(np.maximum(kernel(PLACES, points) @ solved + y.mean(), 0) ** 2)


def _adaptive(
    start: Array, landscape: dict[str, float], rng: np.random.Generator
) -> tuple[Array, npt.NDArray[np.int64]]:
    """Begin with a grid, then count where band times mean of the root is largest, at no pixel twice."""
    points, counts = start, spectroscopy.measure(start, COUNT, rng=rng, **landscape)
    pixels = _even(21, 31)
    free = np.ones(len(pixels), dtype=bool)
    for step in range(POINTS - len(start)):
        if step % 48 == 0:
            y, errors = _roots(counts)
            mean, spread = posterior(points, y - y.mean(), errors, pixels, _chosen_kernel(points, y, errors))
            mean = mean + y.mean()
        worth = np.sqrt(np.maximum(np.diag(spread), 0)) * np.maximum(mean, 0)
        i = int(np.where(free, worth, -1).argmax())
        free[i] = False
        new = spectroscopy.measure(pixels[[i]], COUNT, rng=rng, **landscape)
        (root,), (error,) = _roots(new)
        gain = spread[:, i] / (spread[i, i] + error**2)
        mean = mean + gain * (root - mean[i])
        spread = spread - np.outer(gain, spread[i])
        points, counts = np.concatenate([points, pixels[[i]]]), np.concatenate([counts, new])
    return points, counts
