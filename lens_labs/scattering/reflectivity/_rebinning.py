"""A measured curve on other points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import numbers


def rebin(
    q: npt.ArrayLike, r: npt.ArrayLike, errors: npt.ArrayLike, *, onto: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Bring a measured curve onto the points of another q grid.

    Each new point is the mean, weighted with 1/errors², of the measured points that are nearer to it than to any
    other new point; where there is none, the logarithm of the curve is interpolated.

    Parameters
    ----------
    q, r, errors : array of shape (k,)
        The measured curve: momentum transfer (Å⁻¹, increasing), reflectivity, its standard deviation (positive).
    onto : array of shape (m,)
        The new points, Å⁻¹, increasing, within the measured range.

    Returns
    -------
    array of shape (m,)
        The reflectivity on the new points.

    Raises
    ------
    ValueError
        If the curve does not cover the new points, or a shape or value does not fit.

    Examples
    --------
    >>> rebin([0.01, 0.02, 0.03, 0.04], [1, 3, 8, 8], [1, 1, 1, 1], onto=[0.015, 0.035])
    array([2., 8.])
    """
    q, r, errors, onto = (numbers(a, n) for a, n in ((q, "q"), (r, "r"), (errors, "errors"), (onto, "onto")))
    for name, points in (("q", q), ("onto", onto)):
        if points.ndim != 1 or points.size < 2 or not (np.diff(points) > 0).all() or not points[0] > 0:
            raise ValueError(
                f"{name} must be a positive, increasing array of at least two points; got {points}"
            )
    if r.shape != q.shape or errors.shape != q.shape or not (errors > 0).all():
        raise ValueError(
            f"r and errors must have the shape of q, {q.shape}, and errors must be positive; "
            f"got {r.shape} and {errors.shape}"
        )
    if onto[0] < q[0] or onto[-1] > q[-1]:
        raise ValueError(
            f"onto must lie within the measured {q[0]:.4g} to {q[-1]:.4g} Å⁻¹; got {onto[0]:.4g} to {onto[-1]:.4g}"
        )
    edges = np.sqrt(onto[1:] * onto[:-1])
    outer = (onto[0] ** 2 / edges[0], onto[-1] ** 2 / edges[-1])
    inside = (q >= outer[0]) & (q <= outer[1])
    bins, weights = np.digitize(q[inside], edges), 1 / errors[inside] ** 2
    total = np.bincount(bins, weights, minlength=onto.size)
    mean = np.bincount(bins, weights * r[inside], minlength=onto.size) / np.where(total > 0, total, 1)
    between = np.exp(np.interp(onto, q, np.log(np.maximum(r, np.finfo(float).tiny))))
    return np.where(total > 0, mean, between)
