"""Images read between their pixels: grids, bilinear samples, and filters that act on rows and columns."""

# Keras carries no types.
# mypy: allow-subclassing-any, allow-any-expr, disable-error-code="import-untyped, no-any-return, untyped-decorator"

from __future__ import annotations

import importlib
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from lens_labs.layers._bayes import pair

Tensor: TypeAlias = Any


def affine_grid(theta: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Return where an affine map reads an image, for every pixel of its output.

    Parameters
    ----------
    theta : tensor, shape (batch, 2, 3)
        The maps. The output pixel at (x, y) reads at ``theta @ (x, y, 1)``; x runs from -1, the centre of the first
        column, to 1, the centre of the last one, and y in the same way down the rows.
    size : int or (int, int)
        Height and width of the output, in pixels.

    Returns
    -------
    tensor, shape (batch, height, width, 2)
        x and y of each reading; a grid for `grid_sample`.

    Raises
    ------
    ValueError
        If a shape is wrong.

    Notes
    -----
    Section 3.2 of Jaderberg et al., Spatial transformer networks, 2015, arXiv:1506.02025. An axis of one pixel
    lies at 0.

    Examples
    --------
    Half of the field, round its centre:

    >>> grid = affine_grid([[[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]], (2, 3))
    >>> np.asarray(grid)[0, 1].tolist()
    [[-0.5, 0.5], [0.0, 0.5], [0.5, 0.5]]
    """
    height, width = pair("size", size)
    theta = tensor("theta", theta, "(batch, 2, 3)", (None, 2, 3))
    x, y = np.meshgrid(axis(width), axis(height))
    base = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(1, -1, 3)
    grid = ops.matmul(
        ops.convert_to_tensor(base, dtype=theta.dtype), ops.transpose(theta, (0, 2, 1))
    )  # (batch, height*width, 2)
    return ops.reshape(grid, (-1, height, width, 2))


def grid_sample(images: Tensor, grid: Tensor) -> Tensor:
    """Read images at any places: bilinear between pixels, zero outside, differentiable in images and places.

    Parameters
    ----------
    images : tensor, shape (batch, height, width, channels)
        Floating point.
    grid : tensor, shape (batch, rows, columns, 2)
        x and y of each reading, from -1 to 1 between the centres of the outer pixels (`affine_grid`).

    Returns
    -------
    tensor, shape (batch, rows, columns, channels)
        The same as ``torch.nn.functional.grid_sample`` with ``align_corners=True``.

    Raises
    ------
    ValueError
        If a rank or a type is wrong.

    Notes
    -----
    Section 3.3 of Jaderberg et al., 2015. At a pixel's centre the interpolation has a kink; the slope towards the
    right and downwards is returned there. One pixel outside and beyond, readings and slopes are zero.

    Examples
    --------
    >>> image = np.array([[0.0, 10.0], [20.0, 30.0]], "float32").reshape(1, 2, 2, 1)
    >>> np.asarray(grid_sample(image, [[[[0.0, 0.0], [0.5, -1.0], [3.0, 0.0]]]])).ravel().tolist()
    [15.0, 7.5, 0.0]
    """
    images = tensor("images", images, "(batch, height, width, channels)", (None,) * 4)
    grid = tensor("grid", grid, "(batch, rows, columns, 2)", (None, None, None, 2))
    precision = "float64" if keras.backend.standardize_dtype(images.dtype) == "float64" else "float32"
    pixels, grid = ops.cast(images, precision), ops.cast(grid, precision)
    return ops.cast(_sampler()(pixels, grid), images.dtype)


def _sampler() -> Any:
    match keras.backend.backend():
        case "jax":  # for a gradient that is fast on a CPU
            return importlib.import_module("lens_labs.layers._attention_jax").sample
        case "torch":
            return _sample_torch
        case _:
            return _sample


def _sample_torch(images: Tensor, grid: Tensor) -> Tensor:
    torch = importlib.import_module("torch")
    planes = torch.permute(images, (0, 3, 1, 2))
    read = torch.nn.functional.grid_sample(planes, grid, mode="bilinear", align_corners=True)
    return torch.permute(read, (0, 2, 3, 1))


def _sample(images: Tensor, grid: Tensor) -> Tensor:
    """Gather the four neighbours of each place from images with a border of zeros."""
    batch, height, width, channels = ops.shape(images)
    x = ops.clip((grid[..., 0] + 1) * ((width - 1) / 2), -1.0, float(width)) + 1
    y = ops.clip((grid[..., 1] + 1) * ((height - 1) / 2), -1.0, float(height)) + 1
    left, top = ops.floor(x), ops.floor(y)
    right, down = (x - left)[..., None], (y - top)[..., None]  # the weights of the neighbours there

    wide = width + 3
    border = ops.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0)))
    pixels = ops.reshape(border, (-1, channels))
    first = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1)) * ((height + 3) * wide)
    corner = first + ops.cast(top, "int32") * wide + ops.cast(left, "int32")
    upper = (1 - right) * ops.take(pixels, corner, axis=0) + right * ops.take(pixels, corner + 1, axis=0)
    corner = corner + wide
    lower = (1 - right) * ops.take(pixels, corner, axis=0) + right * ops.take(pixels, corner + 1, axis=0)
    return (1 - down) * upper + down * lower


def filter_images(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Act on rows and columns of images: ``rows`` (batch, n, height), ``columns`` (batch, m, width) -> (batch, n, m, channels)."""
    _, height, width, channels = ops.shape(images)
    n, m = ops.shape(rows)[1], ops.shape(columns)[1]
    read = ops.matmul(rows, ops.reshape(images, (-1, height, width * channels)))
    read = ops.transpose(ops.reshape(read, (-1, n, width, channels)), (0, 2, 1, 3))
    read = ops.matmul(columns, ops.reshape(read, (-1, width, n * channels)))
    return ops.transpose(ops.reshape(read, (-1, m, n, channels)), (0, 2, 1, 3))


def hat_filters(scale: Tensor, shift: Tensor, n: int, length: int) -> Tensor:
    """Return the weights (batch, n, length) with which ``n`` places, ``scale * x + shift``, read a line bilinearly."""
    places = (scale[:, None] * ops.convert_to_tensor(axis(n), dtype=scale.dtype) + shift[:, None] + 1) * (
        (length - 1) / 2
    )
    away = places[..., None] - ops.arange(length, dtype=scale.dtype)
    right = ops.where((away >= 0) & (away < 1), 1 - away, 0.0)  # on a pixel, the slope of `grid_sample`
    return ops.where((away >= -1) & (away < 0), 1 + away, right)


def gaussian_filters(centre: Tensor, stride: Tensor, width: Tensor, n: int, length: int) -> Tensor:
    """Return ``n`` normalised Gaussians (batch, n, length), ``stride`` pixels apart."""
    steps = ops.convert_to_tensor(np.arange(n) - (n - 1) / 2, dtype=centre.dtype)
    means = (centre[:, None] + 1) * ((length - 1) / 2) + stride[:, None] * steps
    distances = (ops.arange(length, dtype=centre.dtype) - means[..., None]) / width[:, None, None]
    return ops.softmax(-0.5 * ops.square(distances), axis=-1)  # finite also where a Gaussian lies outside


def axis(n: int) -> Tensor:
    """Return the places of ``n`` pixels between -1 and 1."""
    return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)


def tensor(name: str, given: Any, wanted: str, shape: tuple[int | None, ...]) -> Tensor:
    """Return an argument as a tensor of floating point; a ValueError tells which shape and type it must have."""
    given = given if hasattr(given, "dtype") else np.asarray(given, dtype="float32")
    dtype = keras.backend.standardize_dtype(given.dtype)
    fits = len(given.shape) == len(shape) and all(
        want is None or have == want for have, want in zip(given.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} must have the shape {wanted}; got {tuple(given.shape)}")
    if "float" not in dtype:
        raise ValueError(f"{name} must be floating point; got {dtype}")
    return ops.convert_to_tensor(given)
