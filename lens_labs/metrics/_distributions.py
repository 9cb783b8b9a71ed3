"""How good a whole predicted distribution is: scores that only the truth can win, and what intervals promise and hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.metrics._arguments import Array, alike, numbers, positive


def coverage(y: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike) -> float:
    """Return the share of true values that lie within their intervals, ends included.

    Parameters
    ----------
    y : array_like of shape (n,) or (n, m)
        True values.
    lower, upper : array_like of the shape of `y`
        Ends of the intervals; one that is infinite promises everything.

    Returns
    -------
    float
        Compare it with what was promised, within about ``sqrt(p * (1 - p) / n)``.

    Examples
    --------
    >>> coverage([1.0, 2.0, 3.0, 9.0], [0, 0, 0, 0], [4, 4, 4, 4])
    0.75
    """
    low, high = _ends(lower, upper)
    truth = numbers("y", y, ndim=(1, 2))
    if truth.shape != low.shape:
        raise ValueError(f"y must have the shape of lower and upper, {low.shape}; got {truth.shape}")
    return float(((low <= truth) & (truth <= high)).mean())


def sharpness(lower: npt.ArrayLike, upper: npt.ArrayLike) -> float:
    """Return the mean width of intervals; of two with the same coverage the narrower ones tell more.

    Parameters
    ----------
    lower, upper : array_like of one shape
        Ends of the intervals.

    Returns
    -------
    float
        In the unit of the values.

    Examples
    --------
    >>> sharpness([0.0, 1.0], [2.0, 5.0])
    3.0
    """
    low, high = _ends(lower, upper)
    return float((high - low).mean())


def _ends(lower: npt.ArrayLike, upper: npt.ArrayLike) -> tuple[Array, Array]:
    """Return the ends of intervals, which may be infinite."""
    low, high = (
        numbers(name, end, ndim=(1, 2), finite=False) for name, end in (("lower", lower), ("upper", upper))
    )
    if low.shape != high.shape:
        raise ValueError(f"lower and upper must have one shape; got {low.shape} and {high.shape}")
    if not (low <= high).all():
        worst = int(np.argmin((low <= high).ravel()))
        raise ValueError(
            f"upper must not lie below lower; got {high.ravel()[worst]} and {low.ravel()[worst]} at position {worst}"
        )
    return low, high


def gaussian_log_score(y: npt.ArrayLike, mean: npt.ArrayLike, scale: npt.ArrayLike) -> float:
    r"""Return the mean of minus the logarithm of a normal density at the true values.

    .. math:: \tfrac12\ln 2\pi s^2 + \frac{(y - \mu)^2}{2 s^2}

    Parameters
    ----------
    y : array_like of shape (n,) or (n, m)
        True values.
    mean : array_like of the shape of `y`, or float
        Means of the predicted distributions.
    scale : array_like of the shape of `y`, or float
        Their standard deviations.

    Returns
    -------
    float
        Smaller is better; the unit is that of a logarithm, so a change of units of `y` adds a constant.

    Examples
    --------
    >>> round(gaussian_log_score([0.0], [0.0], [1.0]), 4)
    0.9189
    """
    truth, centre, width = alike(y=y, mean=mean, scale=scale)
    z = (truth - centre) / positive("scale", width)
    return float((0.5 * np.log(2 * np.pi) + np.log(width) + 0.5 * z**2).mean())


def crps_gaussian(y: npt.ArrayLike, mean: npt.ArrayLike, scale: npt.ArrayLike) -> float:
    r"""Return the continuous ranked probability score of normal distributions, on average over the samples [1]_.

    .. math:: s\left[z\,(2\Phi(z) - 1) + 2\varphi(z) - \tfrac{1}{\sqrt{\pi}}\right], \qquad z = (y - \mu)/s

    Parameters
    ----------
    y : array_like of shape (n,) or (n, m)
        True values.
    mean : array_like of the shape of `y`, or float
        Means of the predicted distributions.
    scale : array_like of the shape of `y`, or float
        Their standard deviations.

    Returns
    -------
    float
        In the unit of `y`; smaller is better. For a vanishing scale it is the mean absolute error.

    References
    ----------
    .. [1] T. Gneiting and A. E. Raftery, J. Am. Stat. Assoc. 102 (2007) 359-378,
       doi:10.1198/016214506000001437, eq. 21.

    Examples
    --------
    >>> round(crps_gaussian([0.0], [0.0], [1.0]), 4)
    0.2337
    """
    truth, centre, width = alike(y=y, mean=mean, scale=scale)
    z = (truth - centre) / positive("scale", width)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    score = width * (z * (2 * special.ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
    return float(score.mean())


def crps_samples(y: npt.ArrayLike, samples: npt.ArrayLike) -> float:
    r"""Return the continuous ranked probability score of distributions of which samples are known.

    .. math:: \frac1m\sum_i \lvert x_i - y\rvert - \frac{1}{2m(m-1)}\sum_{i,j} \lvert x_i - x_j\rvert

    The second sum is divided by :math:`m(m-1)` and not by :math:`m^2`, so that few samples are not punished for being
    few [1]_.

    Parameters
    ----------
    y : array_like of shape (n,)
        True values.
    samples : array_like of shape (n, m)
        At least two of each distribution.

    Returns
    -------
    float
        In the unit of `y`; smaller is better.

    References
    ----------
    .. [1] C. A. T. Ferro, Q. J. R. Meteorol. Soc. 140 (2014) 1917-1923, doi:10.1002/qj.2270.

    Examples
    --------
    >>> crps_samples([0.0], [[-1.0, 1.0]])
    0.0
    """
    truth, drawn = numbers("y", y), numbers("samples", samples, ndim=(2,))
    if drawn.shape[0] != truth.size or drawn.shape[1] < 2:
        raise ValueError(f"samples must have shape ({truth.size}, m) with m at least 2; got {drawn.shape}")
    m = drawn.shape[1]
    ranks = 2 * np.arange(1, m + 1) - m - 1  # of sorted samples: the sum over all pairs takes one pass
    spread = (np.sort(drawn, axis=1) @ ranks) / (m * (m - 1))
    return float((np.abs(drawn - truth[:, None]).mean(axis=1) - spread).mean())


def kl_gaussian(
    mean: npt.ArrayLike,
    scale: npt.ArrayLike,
    prior_mean: npt.ArrayLike = 0.0,
    prior_scale: npt.ArrayLike = 1.0,
) -> float:
    r"""Return the Kullback-Leibler divergence of independent normal distributions from others, summed over all of them.

    .. math:: \sum \ln\frac{s_0}{s} + \frac{s^2 + (\mu - \mu_0)^2}{2 s_0^2} - \frac12

    Parameters
    ----------
    mean, scale : array_like of one shape with one or two axes
        Of the distributions over which the mean is taken, such as a posterior.
    prior_mean, prior_scale : array_like of the same shape, or float
        Of the others, such as a prior.

    Returns
    -------
    float
        In nats; zero only if both are the same.

    Examples
    --------
    >>> kl_gaussian([0.0, 1.0], [1.0, 1.0])
    0.5
    """
    centre, width, other, wide = alike(mean=mean, scale=scale, prior_mean=prior_mean, prior_scale=prior_scale)
    positive("scale", width)
    positive("prior_scale", wide)
    ratio = width / wide
    return float((-np.log(ratio) + 0.5 * (ratio**2 + ((centre - other) / wide) ** 2 - 1)).sum())
