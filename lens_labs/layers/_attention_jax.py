"""Bilinear samples for JAX: the numbers of `_attention_sampling._sample`, with slopes up to four times as fast on a CPU.

Two things make it fast. Its gradient is written by hand: each place adds to two pairs of neighbouring pixels, in two
scatters instead of four, and the slopes need only four dot products. And a CPU works on one image after the other,
so that an image stays in the cache while it is read and written.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax


@jax.custom_vjp
def sample(images: Array, grid: Array) -> Array:
    """Read images (batch, height, width, channels) at the places of a grid (batch, rows, columns, 2)."""
    read: Array = _each(_read, images, grid)
    return read


def _forward(images: Array, grid: Array) -> tuple[Array, tuple[Array, Array]]:
    return _each(_read, images, grid), (images, grid)


def _backward(kept: tuple[Array, Array], slope: Array) -> tuple[Array, Array]:
    slopes: tuple[Array, Array] = _each(_pull_back, *kept, slope)
    return slopes


sample.defvjp(_forward, _backward)


@functools.partial(jax.jit, static_argnums=0)  # compiled once for each shape, also outside of a model
def _each(function: Callable[..., Any], *batches: Array) -> Any:
    def one_by_one(*batches: Array) -> Any:
        return lax.map(lambda each: function(*each), batches)

    return lax.platform_dependent(*batches, cpu=one_by_one, default=jax.vmap(function))


def _cells(grid: Array, height: int, width: int) -> tuple[Array, Array, Array, Array, Array]:
    """Return where each place lies in the image with a border of zeros, its upper left pixel, and the place in that cell."""
    x = jnp.clip((grid[..., 0].ravel() + 1) * ((width - 1) / 2), -1, width) + 1
    y = jnp.clip((grid[..., 1].ravel() + 1) * ((height - 1) / 2), -1, height) + 1
    left, top = jnp.floor(x), jnp.floor(y)
    corner = top.astype("int32") * (width + 3) + left.astype("int32")
    return x, y, corner, x - left, y - top


def _neighbours(image: Array, corner: Array) -> list[Array]:
    """Return the four pixels round each place: upper left, upper right, lower left, lower right."""
    wide = image.shape[1] + 3
    pixels = jnp.pad(image, ((1, 2), (1, 2), (0, 0))).reshape(-1, image.shape[2])
    return [pixels.at[corner + step].get(mode="promise_in_bounds") for step in (0, 1, wide, wide + 1)]


def _weights(right: Array, down: Array) -> list[Array]:
    """Return the weights of the four pixels."""
    parts = (1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right
    return [part[:, None] for part in parts]


def _read(image: Array, grid: Array) -> Array:
    height, width, channels = image.shape
    *_, corner, right, down = _cells(grid, height, width)
    read = sum(w * p for w, p in zip(_weights(right, down), _neighbours(image, corner), strict=True))
    return jnp.reshape(read, (*grid.shape[:2], channels))


def _pull_back(image: Array, grid: Array, slope: Array) -> tuple[Array, Array]:
    """Return the slopes in the image and in the grid, from those in what was read."""
    height, width, channels = image.shape
    x, y, corner, right, down = _cells(grid, height, width)
    slope = slope.reshape(-1, channels)

    a, b, c, d = [(slope * pixel).sum(-1) for pixel in _neighbours(image, corner)]
    in_x = ((1 - down) * (b - a) + down * (d - c)) * ((width - 1) / 2)
    in_y = ((1 - right) * (c - a) + right * (d - b)) * ((height - 1) / 2)
    in_x = jnp.where((x > 0) & (x < width + 1), in_x, 0)
    in_y = jnp.where((y > 0) & (y < height + 1), in_y, 0)

    wide, parts = width + 3, [weight * slope for weight in _weights(right, down)]
    pairs = jnp.zeros(
        ((height + 3) * wide, 2 * channels), image.dtype
    )  # a pixel, and what its right neighbour gets
    for step, (one, other) in ((0, parts[:2]), (wide, parts[2:])):
        pairs = pairs.at[corner + step].add(jnp.concatenate([one, other], -1), mode="promise_in_bounds")
    own, given = jnp.split(pairs.reshape(height + 3, wide, 2 * channels), 2, axis=-1)
    in_image = own[1:-2, 1:-2] + given[1:-2, :-3]
    return in_image, jnp.stack([in_x, in_y], -1).reshape(grid.shape)
