"""Whether the probabilities of a classifier are honest, and the one number that mends most networks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from lens_labs.metrics._arguments import Array, classes, numbers, probabilities_of


class Reliability(NamedTuple):
    """Confidence against accuracy, one value for each bin that holds a sample.

    Attributes
    ----------
    confidence : ndarray of shape (bins,)
        Mean probability of the class that was answered.
    accuracy : ndarray of shape (bins,)
        Share of right answers.
    samples : ndarray of shape (bins,)
        How many there are in the bin.
    """

    confidence: Array
    accuracy: Array
    samples: npt.NDArray[np.intp]


def reliability_curve(probabilities: npt.ArrayLike, labels: npt.ArrayLike, *, bins: int = 15) -> Reliability:
    """Compare how sure a classifier is with how often it is right.

    Parameters
    ----------
    probabilities : array_like of shape (n, classes)
        Of each sample; a row adds up to one.
    labels : array_like of shape (n,)
        The true classes, 0 to classes - 1.
    bins : int, default 15
        Into how many parts of equal width the confidence is divided.

    Returns
    -------
    Reliability
        Bins without a sample are left out.

    Raises
    ------
    ValueError
        If a row does not add up to one, a label is no class, or there is no bin.

    Examples
    --------
    >>> curve = reliability_curve([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]], [0, 1, 1], bins=10)
    >>> curve.confidence.tolist(), curve.accuracy.tolist(), curve.samples.tolist()
    ([0.6, 0.9], [1.0, 0.5], [1, 2])
    """
    table = probabilities_of(probabilities)
    truth = classes(labels, table)
    if bins < 1:
        raise ValueError(f"bins must be at least 1; got {bins!r}")
    answer = table.argmax(axis=1)
    confidence, right = table.max(axis=1), answer == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    filled = count > 0
    means = [
        np.bincount(place, weights=values, minlength=bins)[filled] / count[filled]
        for values in (confidence, right)
    ]
    return Reliability(means[0], means[1], count[filled])


def expected_calibration_error(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike, *, bins: int = 15
) -> float:
    r"""Return the mean distance of confidence and accuracy, weighted by how many samples a bin holds.

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n}\,\lvert \mathrm{acc}_b - \mathrm{conf}_b \rvert

    It depends on the bins and is too large for few samples, so compare only values of equal `bins` and n [1]_.

    Parameters
    ----------
    probabilities, labels, bins
        As for `reliability_curve`.

    Returns
    -------
    float
        0 for a calibrated classifier with many samples, at most 1.

    References
    ----------
    .. [1] M. P. Naeini, G. F. Cooper and M. Hauskrecht, AAAI 29 (2015), doi:10.1609/aaai.v29i1.9602.

    Examples
    --------
    >>> float(round(expected_calibration_error([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]], [0, 1, 1]), 3))
    0.4
    """
    curve = reliability_curve(probabilities, labels, bins=bins)
    return float(np.average(np.abs(curve.accuracy - curve.confidence), weights=curve.samples))


def brier_score(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Return the mean squared distance of the probabilities from the truth, summed over the classes [1]_.

    Parameters
    ----------
    probabilities, labels
        As for `reliability_curve`.

    Returns
    -------
    float
        0 is best, 2 is worst; 1 - 1/classes for equal probabilities.

    References
    ----------
    .. [1] G. W. Brier, Monthly Weather Review 78 (1950) 1-3,
       doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> brier_score([[0.5, 0.5], [1.0, 0.0]], [0, 0])
    0.25
    """
    table = probabilities_of(probabilities)
    truth = np.eye(table.shape[1])[classes(labels, table)]
    return float(((table - truth) ** 2).sum(axis=1).mean())


def negative_log_likelihood(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Return the mean of minus the logarithm of the probability that the true class was given.

    Parameters
    ----------
    probabilities, labels
        As for `reliability_curve`.

    Returns
    -------
    float
        0 is best; infinite if a true class was called impossible.

    Examples
    --------
    >>> round(negative_log_likelihood([[0.5, 0.5], [1.0, 0.0]], [0, 0]), 4)
    0.3466
    """
    table = probabilities_of(probabilities)
    given = table[np.arange(len(table)), classes(labels, table)]
    with np.errstate(divide="ignore"):
        return float(-np.log(given).mean())


def softmax(logits: npt.ArrayLike, temperature: float = 1.0) -> Array:
    """Turn the logits of a network into probabilities, softer for a temperature above one.

    Parameters
    ----------
    logits : array_like of shape (n, classes)
        What the last layer gives before its softmax.
    temperature : float, default 1
        By which all logits are divided.

    Returns
    -------
    ndarray of shape (n, classes)
        The class with the largest logit stays the most probable one.

    Examples
    --------
    >>> softmax([[2.0, 0.0]], temperature=2.0).round(3)
    array([[0.731, 0.269]])
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive; got {temperature!r}")
    return np.asarray(special.softmax(numbers("logits", logits, ndim=(2,)) / temperature, axis=1))


def temperature(logits: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    r"""Return the temperature at which the logits of a network are most likely, on samples that it has not learned from [1]_.

    The likelihood is that of ``softmax(logits, temperature)``. It is concave in the inverse of the temperature, so its maximum is where
    the mean logit of the true class equals the one that the probabilities expect.

    Parameters
    ----------
    logits : array_like of shape (n, classes)
        What the last layer gives before its softmax.
    labels : array_like of shape (n,)
        The true classes, 0 to classes - 1.

    Returns
    -------
    float
        Above one for a network that is too sure of itself.

    Raises
    ------
    ValueError
        If no temperature between 0.001 and 1000 is best: the logits make no mistake, or do not beat chance.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, ICML 2017, arXiv:1706.04599.

    Examples
    --------
    Three answers of four are right, so the best confidence is 0.75:

    >>> best = temperature([[6.0, 0.0]] * 4, [0, 0, 0, 1])
    >>> float(softmax([[6.0, 0.0]], best)[0, 0].round(6))
    0.75
    """
    table = numbers("logits", logits, ndim=(2,))
    truth = classes(labels, table, of="logits")
    table = table - table.max(axis=1, keepdims=True)
    given = table[np.arange(len(table)), truth].mean()

    def slope(beta: float) -> float:
        return float((special.softmax(beta * table, axis=1) * table).sum(axis=1).mean() - given)

    low, high = 1e-3, 1e3
    if slope(low) >= 0 or slope(high) <= 0:
        raise ValueError(
            "logits must tell the classes better than chance, and not without a mistake; no temperature between "
            f"0.001 and 1000 is best for these {len(table)}"
        )
    return 1 / float(optimize.brentq(slope, low, high, xtol=1e-12, rtol=1e-12))
