"""Layers that look at a part of an image: which part, they learn."""

# Keras carries no types.
# mypy: allow-subclassing-any, allow-any-expr, disable-error-code="import-untyped, no-any-return, untyped-decorator"

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import keras
import numpy as np
from keras import layers, ops

from lens_labs.layers._attention_sampling import (
    affine_grid,
    filter_images,
    gaussian_filters,
    grid_sample,
    hat_filters,
    tensor,
)
from lens_labs.layers._bayes import number, one_of, pair

Tensor: TypeAlias = Any
TRANSFORMS = {"affine": 4, "attention": 1}  # and how many numbers each learns besides the centre
CENTRE = "softmax_centre"
REACH, GAIN = 0.5, 0.3  # of the learned numbers; a small gain keeps a bounded number from saturating


class SoftmaxCentre(layers.Layer):
    """Find a centre (x, y), the mean place of a softmax map, and ``extras`` bounded numbers that are 0 at the start."""

    def __init__(self, extras: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        conv = {"padding": "same", "activation": "relu"}
        self.features = keras.Sequential(  # kernels of 4 with steps of 2 see alike to both sides
            [layers.Conv2D(16, 4, 2, **conv), layers.Conv2D(16, 5, **conv), layers.Conv2D(16, 4, 2, **conv)]
        )
        self.scores = layers.Conv2D(1, 1, kernel_initializer="zeros")
        self.extras = layers.Dense(extras, kernel_initializer="zeros")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights, for images of one size."""
        self.features.build(input_shape)
        shape = self.features.compute_output_shape(input_shape)
        self.scores.build(shape)
        self.extras.build((shape[0], shape[-1]))
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """Return (batch, 2 + extras)."""
        features = self.features(inputs)
        weights = ops.softmax(
            ops.reshape(self.scores(features), (-1, 1, features.shape[1] * features.shape[2]))
        )
        there = ops.matmul(weights, ops.reshape(features, (-1, weights.shape[-1], features.shape[-1])))
        centre = centre_of(weights, features.shape[1:3], inputs.shape[1:3])
        return ops.concatenate([centre, REACH * ops.tanh(GAIN * self.extras(there[:, 0]))], axis=-1)


def centre_of(weights: Tensor, size: tuple[int, int], image: tuple[int, int]) -> Tensor:
    """Return the mean place (batch, 2) under weights (batch, 1, rows * columns), four pixels of the image apart."""
    y, x = [
        (np.arange(n) - (n - 1) / 2) * 4 * 2 / max(length - 1, 1)
        for n, length in zip(size, image, strict=True)
    ]
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(1, -1, 2)
    return ops.matmul(weights, ops.convert_to_tensor(places, dtype=weights.dtype))[:, 0]


class _Glimpse(layers.Layer):
    """What the two layers share: their arguments, and a localisation."""

    def __init__(self, size: Any, localization: Any, initial_zoom: Any, extras: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = pair(self._size_name, size)
        if localization != CENTRE and not isinstance(localization, layers.Layer):
            raise ValueError(f"localization must be {CENTRE!r} or a layer of Keras; got {localization!r}")
        self.localization = localization
        self.initial_zoom = number("initial_zoom", initial_zoom)
        self.locate: Any = SoftmaxCentre(extras) if localization == CENTRE else localization

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights of the localisation, for images of one size."""
        if len(input_shape) != 4 or None in input_shape[1:]:
            wanted = "(batch, height, width, channels), all but the batch known"
            raise ValueError(f"images must have the shape {wanted}; got {tuple(input_shape)}")
        if not self.locate.built:
            self.locate.build(input_shape)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as plain values."""
        localization = self.localization
        if localization != CENTRE:
            localization = keras.saving.serialize_keras_object(localization)
        own = {self._size_name: self.size, "localization": localization, "initial_zoom": self.initial_zoom}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the layer from its arguments."""
        if isinstance(config["localization"], dict):
            layer = keras.saving.deserialize_keras_object(config["localization"])
            config = {**config, "localization": layer}
        return cls(**config)


@keras.saving.register_keras_serializable(package="lens_labs")
class SpatialTransformer(_Glimpse):
    """Read a glimpse of each image through a map that depends on the image and is learned with the task.

    Parameters
    ----------
    output_size : int or (int, int)
        Height and width of the glimpse, in pixels.
    transform : {"affine", "attention"}, default "affine"
        All affine maps; or shift and zoom, which two products of matrices read without a gather.
    localization : {"softmax_centre"} or keras.layers.Layer, default "softmax_centre"
        What chooses the map. The default trains well: its centre is the mean of a softmax map and cannot leave the image,
        its other numbers are bounded. A layer of your own takes images and returns maps (batch, 2, 3), see `affine_grid`;
        "attention" reads the diagonal and the last column of them.
    initial_zoom : float, default 1.0
        The part of the field that the default localisation shows at the start. 1 is the identity; 0.7 often trains better.
    **kwargs
        What every layer of Keras takes.

    Raises
    ------
    ValueError
        If an argument or the shape of the images is not allowed.

    Notes
    -----
    Jaderberg et al., Spatial transformer networks, 2015, arXiv:1506.02025.

    Examples
    --------
    >>> images = np.random.default_rng(0).random((2, 20, 20, 1), dtype="float32")
    >>> glimpses, maps = SpatialTransformer(20)(images, return_transform=True)
    >>> np.allclose(glimpses, images, atol=1e-5), np.allclose(maps, np.eye(2, 3))
    (True, True)
    """

    _size_name = "output_size"

    def __init__(
        self,
        output_size: int | tuple[int, int],
        *,
        transform: Literal["affine", "attention"] = "affine",
        localization: Any = CENTRE,
        initial_zoom: float = 1.0,
        **kwargs: Any,
    ) -> None:
        self.transform = one_of("transform", transform, tuple(TRANSFORMS))
        super().__init__(output_size, localization, initial_zoom, TRANSFORMS[transform], **kwargs)

    def call(self, inputs: Tensor, return_transform: bool = False) -> Any:
        """Return glimpses (batch, height, width, channels), and the maps (batch, 2, 3) if they are asked for."""
        maps = self._maps(inputs)
        if self.transform == "affine":
            read = grid_sample(inputs, affine_grid(maps, self.size))
        else:
            rows = hat_filters(maps[:, 1, 1], maps[:, 1, 2], self.size[0], inputs.shape[1])
            columns = hat_filters(maps[:, 0, 0], maps[:, 0, 2], self.size[1], inputs.shape[2])
            read = filter_images(inputs, rows, columns)
        return (read, maps) if return_transform else read

    def _maps(self, images: Tensor) -> Tensor:
        found = self.locate(images)
        if self.localization != CENTRE:
            return tensor("what localization returns", found, "(batch, 2, 3)", (None, 2, 3))
        centre, rest = found[:, :2], found[:, 2:]
        identity = ops.eye(2, dtype=found.dtype)
        if self.transform == "affine":
            turn = self.initial_zoom * identity + ops.reshape(rest, (-1, 2, 2))
        else:
            turn = self.initial_zoom * ops.exp(rest)[..., None] * identity
        return ops.concatenate([turn, centre[..., None]], axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as plain values."""
        return {**super().get_config(), "transform": self.transform}


@keras.saving.register_keras_serializable(package="lens_labs")
class GaussianAttention(_Glimpse):
    """Read images through a lattice of Gaussians: centre, stride, width and intensity are learned with the task.

    Parameters
    ----------
    size : int or (int, int)
        Rows and columns of the lattice.
    localization : {"softmax_centre"} or keras.layers.Layer, default "softmax_centre"
        As in `SpatialTransformer`. A layer of your own returns (batch, 5): x and y of the centre from -1 to 1, stride and
        width (standard deviation) in pixels, both above 0, and the intensity.
    initial_zoom : float, default 1.0
        The part of the field that the lattice of the default localisation spans at the start.
    **kwargs
        What every layer of Keras takes.

    Raises
    ------
    ValueError
        If an argument or the shape of the images is not allowed.

    Notes
    -----
    Section 3 of Gregor et al., DRAW, 2015, arXiv:1502.04623; here x = -1 is the centre of the first pixel. The
    weights of a Gaussian sum to 1 over the image, wherever it lies. Writing turns reading round, and so spreads a value
    over stride² pixels.

    Examples
    --------
    >>> images = np.ones((1, 9, 9, 1), "float32")
    >>> where = np.array([[0.0, 0.0, 1.0, 0.4, 1.0]], "float32")
    >>> patch = GaussianAttention(5).read(images, where)
    >>> patch.shape, bool(np.allclose(patch, 1))
    ((1, 5, 5, 1), True)
    """

    _size_name = "size"

    def __init__(
        self,
        size: int | tuple[int, int],
        *,
        localization: Any = CENTRE,
        initial_zoom: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(size, localization, initial_zoom, 3, **kwargs)

    def call(self, inputs: Tensor, return_transform: bool = False) -> Any:
        """Return glimpses, and x, y, stride, width, intensity (batch, 5) if they are asked for."""
        where = self._where(inputs)
        read = self.read(inputs, where)
        return (read, where) if return_transform else read

    def read(self, images: Tensor, where: Tensor) -> Tensor:
        """Read images (batch, height, width, channels) at places (batch, 5)."""
        images = tensor("images", images, "(batch, height, width, channels)", (None,) * 4)
        where = tensor("where", where, "(batch, 5)", (None, 5))
        return where[:, 4, None, None, None] * filter_images(images, *self._filters(where, images.shape[1:3]))

    def write(self, patches: Tensor, where: Tensor, image_size: tuple[int, int]) -> Tensor:
        """Write patches (batch, *size, channels) into empty images at places (batch, 5)."""
        patches = tensor("patches", patches, f"(batch, {self.size}, channels)", (None, *self.size, None))
        where = tensor("where", where, "(batch, 5)", (None, 5))
        turned = [
            ops.transpose(each, (0, 2, 1)) for each in self._filters(where, pair("image_size", image_size))
        ]
        return filter_images(patches, *turned) / where[:, 4, None, None, None]

    def _filters(self, where: Tensor, image: tuple[int, int]) -> tuple[Tensor, Tensor]:
        x, y, stride, width = [where[:, k] for k in range(4)]
        rows = gaussian_filters(y, stride, width, self.size[0], image[0])
        return rows, gaussian_filters(x, stride, width, self.size[1], image[1])

    def _where(self, images: Tensor) -> Tensor:
        found = self.locate(images)
        if self.localization != CENTRE:
            return tensor("what localization returns", found, "(batch, 5)", (None, 5))
        stride = self.initial_zoom * (max(images.shape[1:3]) - 1) / max(max(self.size) - 1, 1)
        start = ops.convert_to_tensor([[stride, max(stride / 2, 0.5), 1.0]], dtype=found.dtype)
        return ops.concatenate([found[:, :2], start * ops.exp(2 * found[:, 2:])], axis=-1)
