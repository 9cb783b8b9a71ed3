"""Reading images between pixels: exact where it can be, as PyTorch elsewhere, with slopes that finite differences confirm.

The file sampled_by_torch.npz was made by PyTorch 2.13:

    rng = np.random.default_rng(0)
    images, slope = rng.normal(size=(3, 6, 7, 2)).astype("f"), rng.normal(size=(3, 5, 4, 2)).astype("f")
    theta = rng.normal(scale=0.6, size=(3, 2, 3)).astype("f")
    x, t = (torch.tensor(each, requires_grad=True) for each in (images, theta))
    grid = torch.nn.functional.affine_grid(t, (3, 2, 5, 4), align_corners=True)
    read = torch.nn.functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True).permute(0, 2, 3, 1)
    in_images, in_grid, in_theta = torch.autograd.grad(read, [x, grid, t], torch.tensor(slope))
    np.savez_compressed(path, **{name: np.asarray(value) of the names above without x and t})
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from lens_labs.layers import affine_grid, grid_sample
from lens_labs.layers._attention_sampling import filter_images, gaussian_filters, hat_filters

STORED = Path(__file__).with_name("sampled_by_torch.npz")
IDENTITY = np.array([[[1, 0, 0], [0, 1, 0]]], "float32")


def value(tensor):
    return np.asarray(tensor.detach() if hasattr(tensor, "detach") else tensor)


def slopes(function, *arrays):
    """Return the gradients of the sum of a function in all its arguments; one that is None fails."""
    arrays = [np.asarray(each, "float32") for each in arrays]
    match keras.backend.backend():
        case "jax":
            import jax

            found = jax.jit(jax.grad(lambda *a: keras.ops.sum(function(*a)), tuple(range(len(arrays)))))(
                *arrays
            )
        case "tensorflow":
            import tensorflow as tf

            tensors = [tf.Variable(each) for each in arrays]
            with tf.GradientTape() as tape:
                total = keras.ops.sum(function(*[tf.convert_to_tensor(each) for each in tensors]))
            found = tape.gradient(total, tensors)
        case "torch":
            import torch

            tensors = [torch.tensor(each, requires_grad=True) for each in arrays]
            found = torch.autograd.grad(function(*tensors).sum(), tensors, allow_unused=True)
    assert all(each is not None for each in found)
    return [value(each) for each in found]


def read_slowly(images, grid):
    """The definition, in float64: each pixel of the image weighs by two hats."""
    images, grid = images.astype("float64"), grid.astype("float64")
    _, height, width, _ = images.shape
    x, y = (grid[..., 0] + 1) / 2 * (width - 1), (grid[..., 1] + 1) / 2 * (height - 1)
    along = np.maximum(0, 1 - abs(x[..., None] - np.arange(width)))
    down = np.maximum(0, 1 - abs(y[..., None] - np.arange(height)))
    return np.einsum("bijy,bijx,byxc->bijc", down, along, images)


def fixed(array):
    return keras.ops.convert_to_tensor(array)


def some(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_an_affine_grid_holds_the_centres_of_the_outer_pixels():
    grid = value(affine_grid(IDENTITY, (3, 5)))
    assert grid.shape == (1, 3, 5, 2)
    np.testing.assert_allclose(grid[0, 0, 0], [-1, -1], atol=1e-7)
    np.testing.assert_allclose(grid[0, -1, -1], [1, 1], atol=1e-7)
    np.testing.assert_allclose(grid[0, 1, 3], [0.5, 0], atol=1e-7)


def test_an_axis_of_one_pixel_lies_in_the_middle():
    np.testing.assert_allclose(value(affine_grid(IDENTITY, (1, 1)))[0, 0, 0], [0, 0])


@pytest.mark.parametrize("size", [(1, 1), (4, 9), (41, 30), (128, 128)])
def test_the_identity_grid_returns_the_image(size):
    image = some(1, *size, 2)
    np.testing.assert_allclose(
        value(grid_sample(image, affine_grid(IDENTITY, size))), image, atol=1e-6 * max(size)
    )  # rounding of places


def test_a_ramp_is_read_exactly_between_pixels():
    y, x = np.mgrid[-1:1:11j, -1:1:17j]
    image = (3 * x - 2 * y + 0.5).astype("float32")[None, ..., None]
    grid = np.random.default_rng(1).uniform(-1, 1, size=(1, 8, 9, 2)).astype("float32")
    read = value(grid_sample(image, grid))[0, ..., 0]
    np.testing.assert_allclose(read, 3 * grid[0, ..., 0] - 2 * grid[0, ..., 1] + 0.5, atol=2e-6)


def test_a_shifted_grid_shifts_a_gaussian():
    y, x = np.mgrid[-1:1:81j, -1:1:81j]
    blob = lambda at_x, at_y: np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * 0.2**2))
    theta = IDENTITY + np.array([[[0, 0, 0.13], [0, 0, -0.21]]], "float32")
    read = value(
        grid_sample(blob(0.13, -0.21)[None, ..., None].astype("float32"), affine_grid(theta, (81, 81)))
    )
    np.testing.assert_allclose(
        read[0, ..., 0], blob(0, 0), atol=0.005
    )  # h²/8 of the largest curvature, twice


def test_nothing_is_read_beyond_one_pixel_outside():
    step = 2 / 4
    grid = np.array(
        [[[[-1 - step, 0], [1 + step, 0], [0, -1 - step], [0, 9e9], [-1 - step / 2, 0]]]], "float32"
    )
    read = value(grid_sample(np.ones((1, 5, 5, 1), "float32"), grid)).ravel()
    np.testing.assert_allclose(read, [0, 0, 0, 0, 0.5], atol=1e-6)


def test_values_and_slopes_equal_those_of_torch():
    stored = np.load(STORED)
    grid = value(affine_grid(stored["theta"], (5, 4)))
    np.testing.assert_allclose(grid, stored["grid"], atol=1e-6)
    np.testing.assert_allclose(
        value(grid_sample(stored["images"], stored["grid"])), stored["read"], atol=1e-6
    )
    weigh = lambda images, grid: grid_sample(images, grid) * fixed(stored["slope"])
    in_images, in_grid = slopes(weigh, stored["images"], stored["grid"])
    np.testing.assert_allclose(in_images, stored["in_images"], atol=1e-6)
    np.testing.assert_allclose(in_grid, stored["in_grid"], atol=1e-5, rtol=1e-6)
    through = lambda theta: (
        grid_sample(fixed(stored["images"]), affine_grid(theta, (5, 4))) * fixed(stored["slope"])
    )
    np.testing.assert_allclose(slopes(through, stored["theta"])[0], stored["in_theta"], atol=2e-5, rtol=1e-6)


def test_slopes_equal_finite_differences_off_the_pixel_grid():
    images, weights = some(2, 6, 5, 3), some(2, 4, 3, 3, seed=1)
    pixel = np.random.default_rng(2).integers(-2, 6, size=(2, 4, 3, 2))
    pixel = pixel + np.random.default_rng(3).uniform(
        0.1, 0.9, size=pixel.shape
    )  # inside, at the edge and outside
    grid = (2 * pixel / (np.array([5, 6]) - 1) - 1).astype("float32")
    found = slopes(lambda x, g: grid_sample(x, g) * fixed(weights), images, grid)

    eps, exact = 1e-6, np.zeros(grid.shape)
    for axis in range(2):
        step = eps * np.eye(2)[axis]
        change = read_slowly(images, grid + step) - read_slowly(images, grid.astype("float64") - step)
        exact[..., axis] = (change * weights).sum(-1) / (2 * eps)
    np.testing.assert_allclose(found[1], exact, atol=2e-5)
    flat = np.eye(images.size).reshape(images.size, *images.shape)
    exact = [(read_slowly(each, grid) * weights).sum() for each in flat]
    np.testing.assert_allclose(found[0].ravel(), exact, atol=1e-6)


def test_hats_read_what_a_diagonal_map_reads_with_the_same_slopes():
    images, theta = some(3, 7, 9, 2), some(3, 4, seed=4) * np.float32(0.6)
    weights = some(3, 6, 5, 2, seed=5)

    def by_hats(images, theta):
        rows, columns = (
            hat_filters(theta[:, 2], theta[:, 3], 6, 7),
            hat_filters(theta[:, 0], theta[:, 1], 5, 9),
        )
        return filter_images(images, rows, columns) * fixed(weights)

    def by_grid(images, theta):
        zero, stack = keras.ops.zeros_like(theta[:, 0]), keras.ops.stack
        first = stack([theta[:, 0], zero, theta[:, 1]], -1)
        maps = stack([first, stack([zero, theta[:, 2], theta[:, 3]], -1)], 1)
        return grid_sample(images, affine_grid(maps, (6, 5))) * fixed(weights)

    there = fixed(theta)
    np.testing.assert_allclose(
        value(by_hats(fixed(images), there)), value(by_grid(fixed(images), there)), atol=2e-6
    )
    for one, other in zip(slopes(by_hats, images, theta), slopes(by_grid, images, theta), strict=True):
        np.testing.assert_allclose(one, other, atol=5e-5, rtol=1e-5)


def test_a_hat_on_a_pixel_has_a_slope():
    ramp = fixed(np.arange(5, dtype="float32"))
    total = lambda shift: (hat_filters(keras.ops.ones_like(shift), shift, 5, 5) * ramp)[:, :4]
    assert (
        slopes(total, np.zeros(1))[0] == 4 * 2
    )  # |x| has none there: training from the identity would stand still


@pytest.mark.parametrize("centre", [0.3, -1.0, 1.7, 40.0])
@pytest.mark.parametrize("width", [0.05, 1.0, 8.0])
def test_gaussian_filters_sum_to_one_wherever_they_lie(centre, width):
    one = fixed(np.ones(1, "float32"))
    filters = value(gaussian_filters(one * centre, one * 1.5, one * width, 6, 20))
    np.testing.assert_allclose(filters.sum(-1), 1, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_images_keep_their_precision(dtype):
    image = keras.ops.cast(some(1, 4, 4, 1), dtype)
    assert keras.backend.standardize_dtype(grid_sample(image, affine_grid(IDENTITY, (4, 4))).dtype) == dtype


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: affine_grid(np.ones((2, 3), "f"), (3, 3)),
            r"theta must have the shape \(batch, 2, 3\); got \(2, 3\)",
        ),
        (lambda: affine_grid(IDENTITY.astype(int), (3, 3)), "theta must be floating point; got int64"),
        (lambda: affine_grid(IDENTITY, (3, 0)), "size must be a whole number of at least 1; got 0"),
        (lambda: affine_grid(IDENTITY, 2.5), "size must be a whole number .* got 2.5"),
        (
            lambda: grid_sample(some(4, 4, 1), some(1, 2, 2, 2)),
            r"images must have the shape .* got \(4, 4, 1\)",
        ),
        (
            lambda: grid_sample(some(1, 4, 4, 1), some(1, 2, 2, 3)),
            r"grid must have the shape .* got \(1, 2, 2, 3\)",
        ),
        (
            lambda: grid_sample(np.ones((1, 4, 4, 1), "uint8"), some(1, 2, 2, 2)),
            "images must be floating point",
        ),
    ],
)
def test_bad_input_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
