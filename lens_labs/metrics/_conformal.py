"""Split conformal prediction: intervals and sets that hold what they promise, whatever the model.

The promise needs one thing: calibration samples and new ones must be exchangeable, as independent draws of one kind are.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from lens_labs.metrics._arguments import Array, alike, classes, numbers, positive, probabilities_of, share


def conformal_quantile(scores: npt.ArrayLike, *, level: float = 0.9) -> float:
    r"""Return what the score of a new sample does not exceed, with at least the promised chance [1]_.

    This is the :math:`\lceil (n + 1)\,p\rceil`-th smallest of the n scores. Over draws of the calibration samples and
    the new one, the chance lies between p and :math:`p + 1/(n + 1)` if no two scores are equal.

    Parameters
    ----------
    scores : array_like of shape (n,)
        How badly the model did on samples that it has not learned from, such as absolute errors.
    level : float, default 0.9
        The promised chance p.

    Returns
    -------
    float
        Infinite if there are too few scores for this level, fewer than ``level / (1 - level)``.

    References
    ----------
    .. [1] J. Lei, M. G'Sell, A. Rinaldo, R. J. Tibshirani and L. Wasserman, J. Am. Stat. Assoc. 113 (2018) 1094-1111,
       doi:10.1080/01621459.2017.1307116. An introduction: A. N. Angelopoulos and S. Bates, Found. Trends Mach.
       Learn. 16 (2023) 494-591, doi:10.1561/2200000101.

    Examples
    --------
    >>> conformal_quantile(range(1, 20), level=0.9)
    18.0
    >>> conformal_quantile([1.0, 2.0], level=0.9)
    inf
    """
    found = np.sort(numbers("scores", scores))
    # (n + 1) p in floating point may lie just above a whole number that it equals
    rank = math.ceil((found.size + 1) * share("level", level) - 1e-9)
    return float(found[rank - 1]) if rank <= found.size else math.inf


def conformal_interval(
    y: npt.ArrayLike,
    prediction: npt.ArrayLike,
    new: npt.ArrayLike,
    *,
    level: float = 0.9,
    scale: npt.ArrayLike = 1.0,
    new_scale: npt.ArrayLike = 1.0,
) -> tuple[Array, Array]:
    """Put intervals around new predictions, as wide as the errors on calibration samples ask for.

    Parameters
    ----------
    y, prediction : array_like of shape (n,)
        True values and predictions of samples that the model has not learned from.
    new : array_like of shape (m,)
        Predictions of new samples.
    level : float, default 0.9
        The promised coverage.
    scale, new_scale : array_like of shape (n,) and (m,), or float
        What the model itself thinks of its errors. Then the intervals are wide where it is unsure; the promise holds
        whether or not it is right about that.

    Returns
    -------
    lower, upper : ndarray of shape (m,)
        Infinite if there are too few calibration samples for this level.

    Examples
    --------
    >>> low, high = conformal_interval(range(19), [0.0] * 19, [100.0], level=0.5)
    >>> low.tolist(), high.tolist()
    ([91.0], [109.0])
    """
    truth, centre, width = alike(y=y, prediction=prediction, scale=scale)
    fresh, wide = alike(new=new, new_scale=new_scale)
    half = conformal_quantile(np.abs(truth - centre) / positive("scale", width), level=level)
    reach = half * positive("new_scale", wide)
    return fresh - reach, fresh + reach


def conformal_sets(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike, new: npt.ArrayLike, *, level: float = 0.9
) -> npt.NDArray[np.bool_]:
    """Return the classes that cannot be excluded for new samples.

    A class belongs to the set if its probability is at least as large as that of the true class in all but few of the
    calibration samples. A set may be empty, or hold all classes.

    Parameters
    ----------
    probabilities : array_like of shape (n, classes)
        Of samples that the model has not learned from; a row adds up to one.
    labels : array_like of shape (n,)
        Their true classes.
    new : array_like of shape (m, classes)
        Probabilities of new samples.
    level : float, default 0.9
        The promised chance that the true class is in the set.

    Returns
    -------
    ndarray of bool of shape (m, classes)
        Whether a class is in the set.

    Examples
    --------
    >>> known = [[0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.9, 0.1]]
    >>> conformal_sets(known, [0, 0, 0, 0], [[0.95, 0.05], [0.5, 0.5]], level=0.5).tolist()
    [[True, False], [False, False]]
    """
    table, fresh = probabilities_of(probabilities), probabilities_of(new, name="new")
    if fresh.shape[1] != table.shape[1]:
        raise ValueError(
            f"new must have {table.shape[1]} classes, as probabilities has; got {fresh.shape[1]}"
        )
    truth = classes(labels, table)
    limit = conformal_quantile(1 - table[np.arange(len(table)), truth], level=level)
    return np.asarray(1 - fresh <= limit)
