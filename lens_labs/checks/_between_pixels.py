"""How a reading of an image between its pixels is judged, with its slopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.checks._exercise import NotYet

Array = npt.NDArray[np.float64]


def read_smoothly(image: Array, u: Array, v: Array) -> tuple[Array, Array, Array]:
    """Return readings and slopes through narrow hats on all pixels: slow, and enough to go on."""
    rows, columns = (np.arange(n) for n in image.shape)
    across, down = np.asarray(u)[..., None] - columns, np.asarray(v)[..., None] - rows
    hats = [np.maximum(0, 1 - np.abs(away)) for away in (across, down)]
    turns = [
        np.where((away >= 0) & (away < 1), -1.0, 0.0) + ((away >= -1) & (away < 0)) for away in (across, down)
    ]
    read = [
        np.einsum("...i,...j,ij->...", b, a, image)
        for a, b in ((hats[0], hats[1]), (turns[0], hats[1]), (hats[0], turns[1]))
    ]
    return read[0], read[1], read[2]


def _read(answer: Callable[..., Any], image: Array, u: Array, v: Array) -> tuple[Array, ...]:
    try:
        got = answer(image.copy(), u.copy(), v.copy())
    except IndexError as error:
        raise NotYet(
            expected="a reading at every place, also on the last row and column and outside of the image",
            got=f"IndexError: {error}",
            cause="some of the four neighbours are no pixels there: pad the image by a border of zeros, and clip the places to it",
        ) from error
    if not isinstance(got, tuple | list) or len(got) != 3:
        raise NotYet(
            expected="three arrays: values, slopes along u, slopes along v",
            got=f"{type(got).__name__}" + (f" of {len(got)}" if isinstance(got, tuple | list) else ""),
            cause="return the reading and both slopes",
        )
    arrays = tuple(np.asarray(each, dtype=float) for each in got)
    if wrong := [each.shape for each in arrays if each.shape != u.shape]:
        raise NotYet(
            expected=f"arrays of shape {u.shape}, like u",
            got=f"shape {wrong[0]}",
            cause="work element by element",
        )
    return arrays


def judge_values(answer: Callable[..., Any], image: Array, u: Array, v: Array) -> None:
    """Hold the readings against an image at its pixels, a ramp between them, and zeros outside."""
    got = _read(answer, image, u, v)[0]
    if not np.array_equal(got, image):
        raise NotYet(
            expected="the image itself, exactly, when it is read at all its pixels",
            got=f"values that differ by up to {np.abs(got - image).max():.2g}",
            cause=_why_not_the_image(got, image),
        )
    ramp = 2.0 * u - 3.0 * v
    inside = u[1:-1, 1:-1] + 0.3, v[1:-1, 1:-1] - 0.4
    wanted = 2.0 * inside[0] - 3.0 * inside[1]
    got = _read(answer, ramp, *inside)[0]
    if not np.allclose(got, wanted, rtol=0, atol=1e-6):
        cause = "the neighbour to the left has weight 1 - (u - floor(u)), the one to the right u - floor(u); the same for rows"
        if np.allclose(got, 2.0 * np.round(inside[0]) - 3.0 * np.round(inside[1])):
            cause = "this is the nearest pixel; weigh the four around the place"
        elif np.allclose(got, 2.0 * (inside[0] + 0.3) - 3.0 * (inside[1] - 0.3)):
            cause = "a and b are exchanged: a, from u, weighs the columns, and b, from v, the rows"
        raise NotYet(
            expected="a ramp 2u - 3v read as 2u - 3v between its pixels, to 1e-6",
            got=f"values that differ by up to {np.abs(got - wanted).max():.2g}",
            cause=cause,
        )
    far = np.array([-3.0, 14.0, 5.0, 5.0]), np.array([4.0, 4.0, -2.5, 10.5])
    if np.abs(outside := _read(answer, image, *far)[0]).max() > 1e-6:
        raise NotYet(
            expected="zero outside of the image",
            got=f"{np.round(outside, 3).tolist()} at u = {far[0].tolist()}, v = {far[1].tolist()}",
            cause="neighbours that are no pixels count as zero: pad the image, or drop them; neither np.clip alone nor a "
            "negative index will do",
        )
    edge = np.array([-0.4, 11.4, 5.0, 5.0]), np.array([4.0, 4.0, -0.4, 8.4])
    near = 0.6 * np.array([image[4, 0], image[4, -1], image[0, 5], image[-1, 5]])
    if not np.allclose(got := _read(answer, image, *edge)[0], near, rtol=0, atol=1e-6):
        cause = "a place less than a pixel outside still has neighbours in the image: only the others count as zero"
        if np.any(np.abs(got) > np.abs(near) + 1e-6):
            cause = (
                "the weights there are wrong: np.floor rounds -0.4 to -1, while astype(int) alone makes it 0"
            )
        raise NotYet(
            expected=f"{np.round(near, 3).tolist()} at u = {edge[0].tolist()}, v = {edge[1].tolist()}",
            got=f"{np.round(got, 3).tolist()}",
            cause=cause,
        )


def _why_not_the_image(got: Array, image: Array) -> str:
    n = min(image.shape)
    if np.allclose(got[:n, :n], image[:n, :n].T):
        return "u counts columns and v counts rows: an image is indexed image[v, u]"
    if np.allclose(got, image, atol=1e-6):
        return "the last places were clipped, and so moved a little: pad the image by a border, and clip to the border"
    if np.allclose(got[1:, 1:], image[:-1, :-1]):
        return "a border moves every pixel by one: add one to u and v after padding"
    return "at a pixel its own weight is 1 and those of its neighbours are 0: take a and b after the border has moved u and v"


def judge_slopes(answer: Callable[..., Any], image: Array) -> None:
    """Hold the slopes against differences of the readings."""
    rng = np.random.default_rng(6)
    u = rng.integers(0, 11, 40) + rng.uniform(0.1, 0.9, 40)
    v = rng.integers(0, 8, 40) + rng.uniform(0.1, 0.9, 40)
    _value, *got = _read(answer, image, u, v)
    step = (
        2.0**-10
    )  # inside a cell the reading is linear in each argument, so the difference has no error of its own
    true = [
        (_read(answer, image, u + a, v + b)[0] - _read(answer, image, u - a, v - b)[0]) / (2 * step)
        for a, b in ((step, 0.0), (0.0, step))
    ]
    if all(np.allclose(each, want, rtol=0, atol=1e-8) for each, want in zip(got, true, strict=True)):
        return
    worst = max(float(np.abs(each - want).max()) for each, want in zip(got, true, strict=True))
    cause = "the slope along u is the difference of right and left, weighted by rows; the slope along v that of lower and upper"
    if np.allclose(got[0], true[1]) and np.allclose(got[1], true[0]):
        cause = "the two slopes are there, in another order: first along u, then along v"
    elif np.allclose(got[0], -true[0]) or np.allclose(got[1], -true[1]):
        cause = "a slope has the wrong sign: right minus left, lower minus upper"
    elif not any(np.any(each) for each in got):
        cause = "the slopes are zero everywhere; the weights depend on the place"
    elif np.allclose(got[0], true[0]):
        cause = "only the slope along v is off: lower minus upper, the columns weighed by 1 - a and a"
    elif np.allclose(got[1], true[1]):
        cause = "only the slope along u is off: right minus left, the rows weighed by 1 - b and b"
    raise NotYet(
        expected="slopes equal to differences of your readings, to 1e-8",
        got=f"off by up to {worst:.2g}",
        cause=cause,
    )
