"""How a table of Gaussian filters is judged, and what a wrong one was made by."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from lens_labs.checks._exercise import NotYet

Array = npt.NDArray[np.float64]


def filters(centre: float, stride: float, width: float, n: int, length: int) -> Array:
    """Return n normalised Gaussians along a line of pixels, shape (n, length)."""
    means = centre + stride * (np.arange(n) - (n - 1) / 2)
    logs = -(((np.arange(length) - means[:, None]) / width) ** 2) / 2
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def judge_filters(got: Array, setting: tuple[float, float, float, int, int]) -> None:
    """Compare a table with the filters of a setting, and say what is wrong with it."""
    _, _, _, n, length = setting
    expected = filters(*setting)
    call = f"gaussian_filters{setting}"
    if got.shape == (length, n):
        raise NotYet(
            expected=f"{call} of shape {(n, length)}",
            got=f"shape {got.shape}",
            cause="one row for each Gaussian, one column for each pixel: the table is transposed",
        )
    if got.shape != expected.shape:
        raise NotYet(
            expected=f"{call} of shape {expected.shape}",
            got=f"shape {got.shape}",
            cause="let means[:, None] and the pixels np.arange(length) make a table of all pairs"
            if got.ndim
            else "this is no table: does the function end with return?",
        )
    if np.allclose(got, expected, rtol=0, atol=1e-6):
        return
    raise NotYet(
        expected=f"{call}[0, :4] = {np.round(expected[0, :4], 4).tolist()}, to 1e-6",
        got=np.array2string(np.round(got[0, :4], 4), separator=", "),
        cause=_why(got, setting),
    )


def _why(got: Array, setting: tuple[float, float, float, int, int]) -> str:
    centre, stride, width, n, length = setting
    if not np.isfinite(got).all() or got[:, [0, -1]].sum() > got[:, 1:-1].sum():
        return "the weights grow with the distance: the exponent needs its minus sign"
    sums = got.sum(axis=1, keepdims=True)
    normal = got / np.where(sums == 0, 1, sums)
    if np.allclose(got.sum(axis=0), 1):
        return "the weights of each pixel sum to one: normalise along the pixels, which are axis=1"
    if np.allclose(normal, filters(*setting), atol=1e-6):
        return "the weights of a Gaussian do not sum to one: divide each row by its sum over the pixels"
    for wrong, cause in {
        (centre + stride * (n - 1) / 2, stride, width): (
            "the lattice starts at the centre: the middle of its n places belongs there, so count from -(n - 1)/2"
        ),
        (centre - stride, stride, width): (
            "the lattice is one stride too far left: the formula counts from 1 and np.arange(n) from 0, so count from -(n - 1)/2"
        ),
        (centre + stride, stride, width): (
            "the lattice is one stride too far right: counted from 1, the middle of n places is (n + 1)/2"
        ),
        (centre + (stride - 1) * (n - 1) / 2, stride, width): (
            "(n - 1)/2 counts strides: take it away before you multiply by the stride"
        ),
        (
            centre + stride / 2,
            stride,
            width,
        ): "the lattice is half a stride off: count from -(n - 1)/2, not from -n/2",
        (
            centre - stride / 2,
            stride,
            width,
        ): "the lattice is half a stride off: count from -(n - 1)/2, not from -n/2",
        (centre, stride, width / math.sqrt(2)): "the exponent lacks its factor 1/2",
        (centre, stride, math.sqrt(width)): "width is a standard deviation: it is squared in the exponent",
        (centre, stride, 1 / width): "a / 2 * b is (a / 2) * b: put 2 * width**2 in brackets",
        (centre, 2 * stride / (n - 1), width): (
            "the places reach only one stride from the centre: n places have n - 1 steps of one stride"
        ),
        (centre, 1.0, width): "the places are one pixel apart: multiply the steps by the stride",
        (centre, stride * n / (n - 1), width): (
            "the places are more than a stride apart: n places have n - 1 steps, from -(n - 1)/2 to (n - 1)/2"
        ),
        (centre - 1, stride, width): "the first pixel is at zero: the pixels are np.arange(length)",
        (centre, width, stride): "stride and width are exchanged",
    }.items():
        if np.allclose(normal, filters(*wrong, n, length), atol=1e-6):
            return cause
    return "each row is exp(-(pixel - mean)²/(2 width²)), divided by its sum"
