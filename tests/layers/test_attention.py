"""Layers that look at a part of an image: the identity at the start, the right place after training."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from lens_labs.layers import GaussianAttention, SpatialTransformer
from lens_labs.layers._attention import SoftmaxCentre, centre_of

TRANSFORMS = ["affine", "attention"]


def value(tensor):
    return np.asarray(tensor.detach() if hasattr(tensor, "detach") else tensor)


def some(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def blobs(n, size=24, width=2.0, seed=0):
    """Return images with one bright blob each, and its place (x, y) in pixels from the middle."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(-0.32 * size, 0.32 * size, size=(n, 2))
    axis = np.arange(size) - (size - 1) / 2
    square = (axis - places[:, :1])[:, None] ** 2 + (axis - places[:, 1:])[:, :, None] ** 2
    images = np.exp(-square / (2 * width**2)) + 0.05 * rng.normal(size=square.shape)
    return images[..., None].astype("float32"), places


class Always(keras.layers.Layer):
    """A localisation that has made up its mind."""

    def __init__(self, answer, **kwargs):
        super().__init__(**kwargs)
        self.answer = answer

    def call(self, inputs):
        return keras.ops.ones_like(inputs[:, 0, 0, :1]) * keras.ops.convert_to_tensor(
            self.answer, dtype="float32"
        )

    def get_config(self):
        return {**super().get_config(), "answer": self.answer}


class FixedMap(Always):
    def call(self, inputs):
        return keras.ops.zeros_like(inputs[:, :2, :3, 0]) + keras.ops.convert_to_tensor(
            self.answer, dtype="float32"
        )


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("size", [(12, 12), (13, 22)])
def test_a_new_transformer_is_the_identity(transform, size):
    images = some(2, *size, 3)
    read, maps = SpatialTransformer(size, transform=transform)(images, return_transform=True)
    np.testing.assert_allclose(value(maps), np.tile(np.eye(2, 3), (2, 1, 1)), atol=1e-7)
    np.testing.assert_allclose(value(read), images, atol=2e-5)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_the_initial_zoom_shows_a_part_of_the_field(transform):
    y, x = np.mgrid[-1:1:21j, -1:1:21j]
    read = SpatialTransformer(7, transform=transform, initial_zoom=0.5)(
        (x + 2 * y)[None, ..., None].astype("float32")
    )
    v, u = 0.5 * np.mgrid[-1:1:7j, -1:1:7j]
    np.testing.assert_allclose(value(read)[0, ..., 0], u + 2 * v, atol=1e-5)


def test_both_transforms_read_the_same_for_one_diagonal_map():
    images, theta = some(3, 14, 11, 2), [[0.6, 0.0, 0.1], [0.0, 0.4, -0.3]]
    read = [
        value(SpatialTransformer((5, 8), transform=each, localization=FixedMap(theta))(images))
        for each in TRANSFORMS
    ]
    np.testing.assert_allclose(read[0], read[1], atol=2e-6)


def test_the_centre_of_a_map_is_its_centre_of_mass():
    weights = np.zeros((4, 6), "float32")
    weights[1, 5] = 1
    x, y = value(centre_of(weights.reshape(1, 1, -1), (4, 6), (16, 24)))[0]
    np.testing.assert_allclose(
        (x * 23 / 2 + 23 / 2, y * 15 / 2 + 15 / 2), (5 * 4 + 1.5, 1 * 4 + 1.5), atol=1e-5
    )
    weights[1, 5], weights[3, 1] = 0.25, 0.75
    x, y = value(centre_of(weights.reshape(1, 1, -1), (4, 6), (16, 24)))[0]
    np.testing.assert_allclose(
        (x * 23 / 2 + 23 / 2, y * 15 / 2 + 15 / 2), (2 * 4 + 1.5, 2.5 * 4 + 1.5), atol=1e-5
    )


def test_the_centre_follows_what_it_has_found():
    """A shift of the image by a step of the map shifts the centre by as much, wherever the map is not cut off."""
    layer = SoftmaxCentre(1)
    layer.build((None, 64, 64, 1))
    layer.scores.kernel.assign(30 * abs(some(1, 1, 16, 1)))
    image = np.zeros((1, 64, 64, 1), "float32")
    image[0, 24:28, 30:34, 0] = 10
    here, there = [value(layer(each))[0, :2] for each in (image, np.roll(image, (8, -12), axis=(1, 2)))]
    np.testing.assert_allclose((there - here) * 63 / 2, [-12, 8], atol=0.5)


def test_the_centre_cannot_leave_the_image_nor_the_rest_its_bounds():
    layer = SoftmaxCentre(4)
    layer.build((None, 20, 21, 1))
    for weight in layer.weights:
        weight.assign(50 * some(*weight.shape))
    found = value(layer(some(8, 20, 21, 1)))
    assert abs(found[:, :2]).max() <= 1
    assert abs(found[:, 2:]).max() <= 0.5


@pytest.mark.parametrize(
    "make",
    [
        lambda: SpatialTransformer(8, transform="affine", initial_zoom=0.7),
        lambda: SpatialTransformer(8, transform="attention", initial_zoom=0.7),
        lambda: GaussianAttention(8, initial_zoom=0.5),
    ],
    ids=[*TRANSFORMS, "gaussian"],
)
def test_a_glimpse_learns_to_look_at_the_blob(make):
    """Asked for light in the middle of the glimpse, the layer finds where the blobs are."""
    keras.utils.set_random_seed(1)
    look = make()
    inputs = keras.Input((24, 24, 1))
    model = keras.Model(inputs, look(inputs))
    model.compile(keras.optimizers.Adam(3e-3), lambda wanted, seen: -keras.ops.mean(wanted * seen))
    pixel = np.linspace(-1, 1, 8)
    middle = np.exp(-4 * (pixel**2 + pixel[:, None] ** 2))[None, ..., None].astype("float32")
    model.fit(blobs(256)[0], np.repeat(middle, 256, 0), epochs=12, batch_size=32, verbose=0)
    images, places = blobs(64, seed=9)
    _, where = look(keras.ops.convert_to_tensor(images), return_transform=True)
    found = value(where)[:, :2] if isinstance(look, GaussianAttention) else value(where)[:, :, 2]
    away = np.hypot(*(found * 11.5 - places).T)
    assert np.hypot(*places.T).mean() > 5
    assert np.median(away) < 0.6
    assert np.quantile(away, 0.9) < 1.5


def test_reading_a_gaussian_shows_it_where_it_is():
    y, x = np.mgrid[:30, :40].astype("float32")
    image = np.exp(-((x - 25) ** 2 + (y - 11) ** 2) / (2 * 3**2))[None, ..., None]
    centre = [2 * 24 / 39 - 1, 2 * 12 / 29 - 1]  # of the lattice: at column 24 and row 12
    patch = value(GaussianAttention((13, 15)).read(image, np.array([[*centre, 1.5, 1.0, 2.0]], "float32")))[
        0, ..., 0
    ]
    weights = patch / patch.sum()
    row, column = (weights.sum(1) * (np.arange(13) - 6)).sum(), (weights.sum(0) * (np.arange(15) - 7)).sum()
    np.testing.assert_allclose((24 + 1.5 * column, 12 + 1.5 * row), (25, 11), atol=0.1)
    blurred = 2 * 3**2 / (3**2 + 1**2)  # intensity, and the peak of two Gaussians folded
    np.testing.assert_allclose(patch.max(), blurred, rtol=0.05)


def test_what_is_read_can_be_written_back():
    y, x = np.mgrid[-1:1:24j, -1:1:24j]
    image = (np.cos(2 * x) * np.cos(y))[None, ..., None].astype("float32")
    look, where = GaussianAttention(16), np.array([[0.1, -0.1, 1.0, 0.6, 3.0]], "float32")
    back = value(look.write(look.read(image, where), where, (24, 24)))
    assert back.shape == image.shape
    inside = (0, slice(6, 15), slice(9, 18), 0)
    np.testing.assert_allclose(back[inside], image[inside], atol=0.02)
    assert abs(back[0, -3:, :3]).max() < 0.01  # nothing is written far from the window


def test_a_gaussian_far_outside_reads_and_trains_without_nan():
    where = np.array([[30.0, -30.0, 1.0, 0.01, 1.0]], "float32")
    assert np.isfinite(value(GaussianAttention(4).read(some(1, 9, 9, 1), where))).all()


@pytest.mark.parametrize(
    "layer",
    [
        SpatialTransformer((6, 5), initial_zoom=0.7),
        SpatialTransformer(6, transform="attention"),
        SpatialTransformer(6, localization=FixedMap([[0.5, 0.1, 0.0], [0.0, 0.5, 0.2]])),
        GaussianAttention((4, 3), initial_zoom=0.6),
        GaussianAttention(4, localization=Always([0.1, 0.2, 1.0, 0.5, 1.0])),
    ],
    ids=lambda layer: layer.name,
)
def test_a_layer_returns_after_saving(layer, tmp_path):
    inputs = keras.Input((12, 10, 2))
    model = keras.Model(inputs, layer(inputs))
    for weight in model.weights:
        weight.assign(some(*weight.shape) * 0.3)
    model.save(tmp_path / "model.keras")
    known = {"Always": Always, "FixedMap": FixedMap}
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects=known)
    images = some(3, 12, 10, 2)
    np.testing.assert_allclose(value(again(images)), value(model(images)), atol=1e-6)
    assert model.output_shape == (None, *layer.size, 2)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: SpatialTransformer(0), "output_size must be a whole number of at least 1; got 0"),
        (
            lambda: SpatialTransformer(4, transform="tps"),
            "transform must be one of 'affine', 'attention'; got 'tps'",
        ),
        (
            lambda: SpatialTransformer(4, localization="dense"),
            "localization must be 'softmax_centre' or a layer",
        ),
        (lambda: SpatialTransformer(4, initial_zoom=0), "initial_zoom must be a number above 0; got 0"),
        (lambda: GaussianAttention((3, -1)), "size must be a whole number of at least 1; got -1"),
        (lambda: SpatialTransformer(4)(some(5, 5, 1)), r"images must have the shape .*; got \(5, 5, 1\)"),
        (
            lambda: SpatialTransformer(4, localization=Always([1.0]))(some(1, 5, 5, 1)),
            r"must have the shape \(batch, 2, 3\)",
        ),
        (
            lambda: GaussianAttention(4).read(some(1, 5, 5, 1), some(1, 4)),
            r"where must have the shape \(batch, 5\)",
        ),
        (
            lambda: GaussianAttention(4).write(some(1, 5, 5, 1), some(1, 5), (9, 9)),
            "patches must have the shape",
        ),
    ],
)
def test_bad_input_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
