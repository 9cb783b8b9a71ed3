"""Max pooling whose gradient is cheap on JAX."""

# Keras carries no types.
# mypy: allow-subclassing-any, disable-error-code="import-untyped, no-any-return, untyped-decorator"

from __future__ import annotations

from typing import Any, TypeAlias

import keras
from keras import ops

from lens_labs.layers._bayes import one_of

Tensor: TypeAlias = Any


@keras.saving.register_keras_serializable(package="lens_labs")
class MaxPool2D(keras.layers.MaxPooling2D):
    """Keep the largest value of each window: ``keras.layers.MaxPooling2D``, with a gradient that is fast on JAX.

    Parameters
    ----------
    pool_size : int or (int, int), default 2
        Height and width of a window.
    strides : int or (int, int), optional
        Steps between windows; as wide as the windows if not given.
    padding : {"valid", "same"}, default "valid"
        Whether pixels that fill no window are left out, or windows may reach over the edge.
    **kwargs
        ``data_format``, and what every layer of Keras takes.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Notes
    -----
    On a CPU, JAX finds the gradient of overlapping windows by comparing every window with every step, although windows
    that do not overlap need no search. There this layer takes the maximum of a reshaped image. Overlapping windows, and
    the other backends, use the layer of Keras.

    Where values of a window are equal, this layer divides the gradient among them; Keras gives all of it to the first.
    Both are subgradients. Behind a ReLU, which passes no gradient at zero, only positive equal values tell them apart.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(20, dtype="float32").reshape(1, 4, 5, 1)
    >>> np.asarray(MaxPool2D()(image))[0, :, :, 0].tolist()
    [[6.0, 8.0], [16.0, 18.0]]
    """

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", **kwargs: Any
    ) -> None:
        super().__init__(pool_size, strides, one_of("padding", padding, ("valid", "same")), **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        """Pool images (batch, height, width, channels)."""
        plain = self.data_format == "channels_last" and tuple(self.strides) == tuple(self.pool_size)
        known = None not in inputs.shape[1:]
        floating = "float" in keras.backend.standardize_dtype(inputs.dtype)
        if not (keras.backend.backend() == "jax" and plain and known and floating):
            return super().call(inputs)
        return _largest(inputs, *self.pool_size, same=self.padding == "same")


def _largest(images: Tensor, high: int, wide: int, *, same: bool) -> Tensor:
    """Return the maxima of windows side by side."""
    _, height, width, channels = images.shape
    if same:
        lack = -height % high, -width % wide
        edges = [(each // 2, each - each // 2) for each in lack]
        images = ops.pad(images, ((0, 0), *edges, (0, 0)), constant_values=float("-inf"))
        height, width = height + lack[0], width + lack[1]
    rows, columns = height // high, width // wide
    images = images[:, : rows * high, : columns * wide]
    return ops.max(ops.reshape(images, (-1, rows, high, columns, wide, channels)), axis=(2, 4))
