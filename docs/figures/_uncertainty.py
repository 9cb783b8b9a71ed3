"""What the figures of lecture 9 compute about error bars: posteriors, Gaussian processes, two variances, and a bound."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import integrate

Array = npt.NDArray[np.float64]


class OneRate(NamedTuple):
    """What a few counts say about a rate, on a grid, and Laplace's normal distribution at the peak."""

    rate: Array
    density: Array
    laplace: Array
    peak: float
    sd: float
    """Of Laplace's normal: one over the root of the curvature of the log posterior at its peak."""
    inside: tuple[float, float]
    """The middle 68 % of the posterior."""


def one_rate(counts: int = 4, seconds: float = 10.0) -> OneRate:
    """Compute the posterior of a rate from a Poisson count, with a flat prior on rates that are not negative."""
    rate = np.linspace(0, 4, 8_001)
    with np.errstate(divide="ignore"):
        log_posterior = counts * np.log(rate) - rate * seconds
    density = np.exp(log_posterior - log_posterior.max())
    share = integrate.cumulative_simpson(density, x=rate, initial=0)
    top, step = int(log_posterior.argmax()), rate[1]
    peak = float(rate[top])
    curvature = -float(np.diff(log_posterior[top - 1 : top + 2], 2)[0]) / step**2
    laplace = np.exp(-0.5 * curvature * (rate - peak) ** 2) * np.sqrt(curvature / (2 * np.pi))
    low, high = np.interp([0.16, 0.84], share / share[-1], rate)
    return OneRate(
        rate, density / share[-1], laplace, peak, curvature**-0.5, inside=(float(low), float(high))
    )
