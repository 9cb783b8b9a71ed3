"""Layers whose weights are uncertain: a Gaussian for each weight, and dropout that stays on when networks are drawn."""

# mypy: allow-subclassing-any, disable-error-code="import-untyped, no-any-return, untyped-decorator"

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Integral
from typing import Any, Literal, TypeAlias

import keras
import numpy as np
from keras import ops

Tensor: TypeAlias = Any
Estimator: TypeAlias = Literal["local", "flipout", "reparameterization"]


class Networks:
    """Networks drawn from a posterior: ``n`` kernels, or masks, for each layer, however often the layer is called."""

    def __init__(self, n: int, seed: int) -> None:
        self.n, self.seed = n, seed
        self.parts: dict[int, Tensor] = {}

    def part(self, layer: keras.Layer, draw: Callable[[int], Tensor]) -> Tensor:
        """Return what was drawn for a layer; at its first call, draw it with a seed of its own."""
        if id(layer) not in self.parts:
            sequence = np.random.SeedSequence(self.seed, spawn_key=(len(self.parts),))
            self.parts[id(layer)] = draw(int(sequence.generate_state(1)[0]))
        return self.parts[id(layer)]


# Keras hands a layer its inputs and `training`, nothing else: so the networks wait here while `predict_samples` runs.
_NETWORKS: ContextVar[Networks | None] = ContextVar("networks", default=None)


@contextmanager
def ask(networks: Networks) -> Iterator[None]:
    """Let the layers that are called here answer for each of these networks."""
    token = _NETWORKS.set(networks)
    try:
        yield
    finally:
        _NETWORKS.reset(token)


def whole(name: str, given: Any, least: int = 1) -> int:
    """Return an argument that must be a whole number."""
    if isinstance(given, bool) or not isinstance(given, Integral) or int(given) < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {given!r}")
    return int(given)


def number(name: str, given: Any, low: float = 0.0, *, least: bool = False) -> float:
    """Return an argument that must be a finite number above ``low``, or at least ``low``."""
    value = float(given) if isinstance(given, (int, float, np.number)) else math.nan
    if not low <= value < math.inf or (value == low and not least):
        raise ValueError(
            f"{name} must be a number {'of at least' if least else 'above'} {low:g}; got {given!r}"
        )
    return value


def one_of(name: str, given: Any, allowed: tuple[str, ...]) -> Any:
    """Return an argument that must be one of some words."""
    if given not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}; got {given!r}")
    return given


def pair(name: str, given: Any) -> tuple[int, int]:
    """Return one whole number twice, or two as they are."""
    found = given if isinstance(given, (tuple, list)) else (given, given)
    if len(found) != 2:
        raise ValueError(f"{name} must be a whole number or two of them; got {given!r}")
    return whole(name, found[0]), whole(name, found[1])


class _Stream:
    """Saves the random stream of a layer with its weights: Keras does not, and a loaded layer would begin it again."""

    seed_generator: keras.random.SeedGenerator | None = None  # as it is for dropout with rate 0

    def save_own_variables(self, store: Any) -> None:
        """Write the weights, and where the stream is."""
        super().save_own_variables(store)  # type: ignore[misc]
        if self.seed_generator is not None:
            store["stream"] = ops.convert_to_numpy(self.seed_generator.state.value)

    def load_own_variables(self, store: Any) -> None:
        """Read what was written."""
        found = {name: store[name] for name in store.keys()}  # noqa: SIM118  # a store is no dictionary
        if self.seed_generator is not None:
            self.seed_generator.state.assign(found.pop("stream"))
        super().load_own_variables(found)  # type: ignore[misc]


class _Variational(_Stream, keras.layers.Layer):
    """A linear layer with a Gaussian for each weight of its kernel; a subclass says how the kernel acts."""

    def __init__(
        self,
        outputs: int,
        *,
        num_examples: int,
        estimator: Estimator,
        prior_scale: float | Literal["learned"] = 1.0,
        initial_scale: float | None = None,
        kl_weight: float = 1.0,
        activation: str | Callable[[Tensor], Tensor] | None = None,
        use_bias: bool = True,
        kernel_initializer: str | keras.Initializer = "glorot_uniform",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.outputs, self.use_bias, self.seed = outputs, use_bias, seed
        self.num_examples = whole("num_examples", num_examples)
        self.estimator = one_of("estimator", estimator, ("local", "flipout", "reparameterization"))
        self.prior_scale = prior_scale if prior_scale == "learned" else number("prior_scale", prior_scale)
        self.initial_scale = None if initial_scale is None else number("initial_scale", initial_scale)
        self.kl_weight = number("kl_weight", kl_weight, least=True)
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def _build(self, shape: tuple[int, ...]) -> None:
        start = math.log(self.initial_scale or 1 / math.sqrt(math.prod(shape[:-1])))
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self.kernel_initializer)
        constant = keras.initializers.Constant(start)
        self.log_scale = self.add_weight(name="log_scale", shape=shape, initializer=constant)
        self.bias = (
            self.add_weight(name="bias", shape=shape[-1:], initializer="zeros") if self.use_bias else None
        )

    def _linear(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        raise NotImplementedError

    def _linear_each(self, inputs: Tensor, kernels: Tensor) -> Tensor:
        """Act with kernel i on inputs i: (n, batch, ...) and (n, ...)."""
        raise NotImplementedError

    def kl(self, variance: Tensor | None = None) -> Tensor:
        """Return the Kullback-Leibler divergence of the posterior from the prior, in nats, summed over all weights."""
        variance = ops.exp(2.0 * self.log_scale) if variance is None else variance
        kernel, log_scale, variance = (
            ops.cast(each, self.variable_dtype) for each in (self.kernel, self.log_scale, variance)
        )
        size = math.prod(kernel.shape)
        if self.prior_scale == "learned":  # the variance that fits the posterior best is this mean
            mean = ops.mean(ops.square(kernel) + variance)
            return 0.5 * size * ops.log(mean) - ops.sum(log_scale)
        prior = float(self.prior_scale)
        terms = (0.5 / prior**2) * (ops.square(kernel) + variance) - log_scale
        return ops.sum(terms) + size * (math.log(prior) - 0.5)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        networks = _NETWORKS.get()
        if networks is None:
            variance = ops.exp(2.0 * self.log_scale)
            self.add_loss(self.kl_weight / self.num_examples * self.kl(variance))
            outputs = self._sampled(inputs, variance) if training else self._linear(inputs, self.kernel)
        else:  # the rows are those of network 0, then those of network 1, ...
            rows = ops.reshape(inputs, (networks.n, -1, *inputs.shape[1:]))
            outputs = self._linear_each(
                rows, networks.part(self, lambda seed: self._kernels(networks.n, seed))
            )
            outputs = ops.reshape(outputs, (-1, *outputs.shape[2:]))
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def _kernels(self, n: int, seed: int) -> Tensor:
        noise = keras.random.normal((n, *self.kernel.shape), dtype=self.compute_dtype, seed=seed)
        return self.kernel + ops.exp(self.log_scale) * noise

    def _sampled(self, inputs: Tensor, variance: Tensor) -> Tensor:
        """Sample the outputs in one of three ways, which agree in mean and variance for each example."""
        if self.estimator == "local":  # a Gaussian kernel makes a Gaussian output: sample that
            mean = self._linear(inputs, self.kernel)
            spread = self._linear(ops.square(inputs), variance) + 1e-12  # the root has no slope at 0
            # Divided, not multiplied: XLA then keeps the noise, and does not compute it in each loop that needs it.
            return mean + self._noise(ops.shape(mean)) / ops.rsqrt(spread)
        change = ops.exp(self.log_scale) * self._noise(self.kernel.shape)
        if self.estimator == "reparameterization":  # one kernel for the whole batch
            return self._linear(inputs, self.kernel + change)
        ones = (
            ops.shape(inputs)[0],
            *(1,) * (len(inputs.shape) - 2),
        )  # flipout: one change, signs for each example
        flipped = self._linear(inputs * self._signs((*ones, inputs.shape[-1])), change)
        return self._linear(inputs, self.kernel) + flipped * self._signs((*ones, self.outputs))

    def _noise(self, shape: tuple[Any, ...]) -> Tensor:
        return keras.random.normal(shape, dtype=self.compute_dtype, seed=self.seed_generator)

    def _signs(self, shape: tuple[Any, ...]) -> Tensor:
        side = keras.random.uniform(shape, -1.0, 1.0, dtype=self.compute_dtype, seed=self.seed_generator)
        return ops.where(side < 0, -1.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as plain values."""
        names = ("num_examples", "estimator", "prior_scale", "initial_scale", "kl_weight", "use_bias", "seed")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


@keras.saving.register_keras_serializable(package="lens_labs")
class DenseVariational(_Variational):
    """A dense layer with a Gaussian for each weight: ``activation(inputs @ kernel + bias)``.

    In training, each call samples. In ``predict`` and ``evaluate`` the mean of the kernel is used, as ``Dropout`` drops
    nothing there; :func:`predict_samples` draws networks. Each call adds the divergence of the posterior from the prior,
    divided by ``num_examples``, to the loss. With the negative log likelihood of one example as the loss of the model,
    their sum is minus the evidence lower bound, per example. The bias is an ordinary weight.

    Parameters
    ----------
    units : int
        The number of outputs.
    num_examples : int
        How many examples the model is trained on, not how many are in a batch.
    estimator : {"local", "flipout", "reparameterization"}
        How to sample in training. Mean and variance of an output are the same, the noise of gradients is not.
    prior_scale : float or "learned"
        The standard deviation of the weights in the prior; "learned" is the one that fits the posterior best.
    initial_scale : float, optional
        The standard deviation of a weight at the start, 1 / sqrt(inputs) if you do not say: noise as large as the signal.
    kl_weight : float
        A factor of the divergence. With another one than 1, the loss is no bound on the evidence.
    activation, use_bias, kernel_initializer, seed
        As in Keras.

    Raises
    ------
    ValueError
        If an argument is not what it must be, or the inputs have fewer than two axes.

    References
    ----------
    Blundell et al. (2015), arXiv:1505.05424; Kingma et al. (2015), arXiv:1506.02557, for "local"; Wen et al.
    (2018), arXiv:1803.04386, eq. 4, for "flipout".

    Examples
    --------
    >>> layer = DenseVariational(3, num_examples=1_000)
    >>> layer(np.ones((5, 2))).shape, len(layer.losses)
    ((5, 3), 1)
    """

    def __init__(
        self, units: int, *, num_examples: int, estimator: Estimator = "local", **options: Any
    ) -> None:
        super().__init__(whole("units", units), num_examples=num_examples, estimator=estimator, **options)
        self.input_spec = keras.InputSpec(min_ndim=2)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the weights for inputs of this shape."""
        self.input_spec = keras.InputSpec(min_ndim=2, axes={-1: input_shape[-1]})
        self._build((input_shape[-1], self.outputs))

    def _linear(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        return ops.matmul(inputs, kernel)

    def _linear_each(self, inputs: Tensor, kernels: Tensor) -> Tensor:
        rows = ops.reshape(inputs, (inputs.shape[0], -1, inputs.shape[-1]))
        return ops.reshape(ops.matmul(rows, kernels), (*inputs.shape[:-1], self.outputs))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as plain values."""
        return {"units": self.outputs, **super().get_config()}


@keras.saving.register_keras_serializable(package="lens_labs")
class Conv2DVariational(_Variational):
    """A convolution of images (batch, height, width, channels) with a Gaussian for each weight.

    Parameters
    ----------
    filters : int
        The number of channels of the outputs.
    kernel_size, strides : int or (int, int)
        Height and width of the kernel, and its steps.
    padding : {"valid", "same"}
        Whether the kernel stays inside the image, or zeros surround it.
    num_examples, estimator, options
        As in :class:`DenseVariational`. Here "local" samples each place of an image by itself, although all places share
        their weights: right for each output, wrong for what is made of several.

    Raises
    ------
    ValueError
        If an argument is not what it must be, or the inputs are no images.

    Examples
    --------
    >>> Conv2DVariational(8, 3, num_examples=1_000, padding="same")(np.ones((2, 16, 16, 1))).shape
    (2, 16, 16, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        *,
        num_examples: int,
        estimator: Estimator = "flipout",
        strides: int | tuple[int, int] = 1,
        padding: Literal["valid", "same"] = "valid",
        **options: Any,
    ) -> None:
        super().__init__(whole("filters", filters), num_examples=num_examples, estimator=estimator, **options)
        self.kernel_size, self.strides = pair("kernel_size", kernel_size), pair("strides", strides)
        self.padding = one_of("padding", padding, ("valid", "same"))
        self.input_spec = keras.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the weights for inputs of this shape."""
        self.input_spec = keras.InputSpec(ndim=4, axes={-1: input_shape[-1]})
        self._build((*self.kernel_size, input_shape[-1], self.outputs))

    def _linear(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        return ops.conv(inputs, kernel, self.strides, self.padding, data_format="channels_last")

    def _linear_each(self, inputs: Tensor, kernels: Tensor) -> Tensor:
        return ops.stack([self._linear(inputs[i], kernels[i]) for i in range(inputs.shape[0])])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as plain values."""
        own = {"kernel_size": self.kernel_size, "strides": self.strides, "padding": self.padding}
        return {"filters": self.outputs, **own, **super().get_config()}


@keras.saving.register_keras_serializable(package="lens_labs")
class MCDropout(_Stream, keras.layers.Dropout):
    """Dropout that :func:`predict_samples` leaves on; elsewhere it is ``keras.layers.Dropout``.

    Parameters
    ----------
    rate : float
        The share of inputs to drop, at least 0 and below 1; a ValueError says so.

    References
    ----------
    Gal and Ghahramani (2016), arXiv:1506.02142.

    Examples
    --------
    >>> MCDropout(0.5)(np.ones((1, 3))).shape
    (1, 3)
    """

    def __init__(self, rate: float, **options: Any) -> None:
        if number("rate", rate, least=True) >= 1:
            raise ValueError(f"rate must be below 1; got {rate!r}")
        super().__init__(float(rate), **options)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Drop inputs in training; for drawn networks, drop the same ones in every row of a network."""
        networks = _NETWORKS.get()
        if networks is None:
            return super().call(inputs, training=bool(training))
        given = self.noise_shape or (None,) * len(inputs.shape)
        shape = [size or inputs.shape[axis] for axis, size in enumerate(given)][1:]

        def mask(seed: int) -> Tensor:
            draws = keras.random.uniform((networks.n, 1, *shape), dtype=self.compute_dtype, seed=seed)
            return ops.where(draws < self.rate, 0.0, 1.0 / (1.0 - self.rate))

        rows = ops.reshape(inputs, (networks.n, -1, *inputs.shape[1:]))
        return ops.reshape(rows * networks.part(self, mask), inputs.shape)
