"""MaxPool2D means what keras.layers.MaxPooling2D means, and passes the same gradient where no values tie."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from lens_labs.layers import MaxPool2D


def value(tensor):
    return np.asarray(tensor.detach() if hasattr(tensor, "detach") else tensor)


def slope(layer, images, weights):
    """Return the gradient of a weighted sum of what a layer returns."""
    match keras.backend.backend():
        case "jax":
            import jax

            return value(jax.jit(jax.grad(lambda x: (layer(x) * weights).sum()))(images))
        case "tensorflow":
            import tensorflow as tf

            x = tf.Variable(images)
            with tf.GradientTape() as tape:
                total = keras.ops.sum(layer(tf.convert_to_tensor(x)) * weights)
            return value(tape.gradient(total, x))
        case "torch":
            import torch

            x = torch.tensor(images, requires_grad=True)
            return value(torch.autograd.grad((layer(x) * torch.tensor(weights)).sum(), x)[0])


WINDOWS = [
    ((2, 6, 8, 3), {}),
    ((1, 7, 5, 2), {}),
    ((1, 7, 5, 2), {"padding": "same"}),
    ((2, 8, 11, 1), {"pool_size": (3, 2), "padding": "same"}),
    ((2, 10, 9, 2), {"pool_size": (4, 3)}),
    ((1, 9, 9, 2), {"pool_size": 3, "strides": 2}),
    ((1, 9, 8, 2), {"pool_size": 2, "strides": 3, "padding": "same"}),
    ((1, 3, 3, 1), {"pool_size": 3}),
]


@pytest.mark.parametrize(("shape", "arguments"), WINDOWS)
def test_values_and_slopes_equal_those_of_keras(shape, arguments):
    images = (
        np.random.default_rng(0).permutation(np.prod(shape)).reshape(shape).astype("float32") - 50
    )  # no ties
    ours, theirs = MaxPool2D(**arguments), keras.layers.MaxPooling2D(**({"pool_size": 2} | arguments))
    expected = value(theirs(images))
    np.testing.assert_array_equal(value(ours(images)), expected)
    assert ours.compute_output_shape(shape) == expected.shape
    weights = np.random.default_rng(1).normal(size=expected.shape).astype("float32")
    np.testing.assert_allclose(slope(ours, images, weights), slope(theirs, images, weights), atol=1e-6)


def test_random_shapes_give_the_values_of_keras():
    rng = np.random.default_rng(3)
    for _ in range(8):
        images = rng.normal(size=(2, *rng.integers(4, 14, size=2), 3)).astype("float32")
        arguments = {
            "pool_size": tuple(map(int, rng.integers(1, 4, size=2))),
            "padding": rng.choice(["same", "valid"]),
        }
        expected = value(keras.layers.MaxPooling2D(**arguments)(images))
        np.testing.assert_array_equal(value(MaxPool2D(**arguments)(images)), expected)


def test_a_tie_keeps_the_whole_slope():
    ties = np.ones((1, 4, 4, 1), "float32")
    found = slope(MaxPool2D(), ties, np.arange(1, 5, dtype="float32").reshape(1, 2, 2, 1))
    np.testing.assert_allclose(found.reshape(2, 2, 2, 2).sum((1, 3)), [[1, 2], [3, 4]])


def test_whole_numbers_and_other_layouts_are_pooled_as_keras_pools_them():
    image = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(value(MaxPool2D()(image.astype("int32"))).ravel(), [5, 7, 13, 15])
    if keras.backend.backend() != "tensorflow":  # which pools channels first on a GPU only
        first = MaxPool2D(data_format="channels_first")(image.transpose(0, 3, 1, 2))
        np.testing.assert_array_equal(value(first).ravel(), [5, 7, 13, 15])


def test_a_model_that_pools_returns_after_saving(tmp_path):
    inputs = keras.Input((9, 7, 2))
    model = keras.Model(inputs, MaxPool2D((3, 2), padding="same")(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    images = np.random.default_rng(0).normal(size=(2, 9, 7, 2)).astype("float32")
    np.testing.assert_array_equal(value(again(images)), value(model(images)))
    assert again.layers[-1].pool_size == (3, 2)


def test_images_of_any_size_can_be_declared():
    inputs = keras.Input((None, None, 1))
    assert keras.Model(inputs, MaxPool2D()(inputs)).output_shape == (None, None, None, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"pool_size": 0}, "pool_size"), ({"padding": "full"}, "padding"), ({"strides": -1}, "strides")],
)
def test_bad_arguments_are_refused(arguments, told):
    with pytest.raises(ValueError, match=told):
        MaxPool2D(**arguments)


def test_an_image_without_channels_is_refused():
    with pytest.raises(ValueError, match="expected ndim=4"):
        MaxPool2D()(np.ones((4, 4, 1), "float32"))
