"""Predictions with error bars: a Gaussian for each output, networks drawn from a posterior, networks trained apart."""

# mypy: allow-subclassing-any, disable-error-code="import-untyped, no-any-return, untyped-decorator"

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from lens_labs.layers._bayes import Networks, Tensor, ask, number, whole

Array = npt.NDArray[np.floating[Any]]


@keras.saving.register_keras_serializable(package="lens_labs")
class GaussianHead(keras.layers.Layer):
    """The last layer of a network that predicts numbers with error bars: (batch, ..., units, 2).

    The means are ``[..., 0]``, the standard deviations ``[..., 1]``. At the start all of these are the geometric mean of
    their bounds, 1 if you do not choose: so scale your targets.

    Parameters
    ----------
    units : int
        How many numbers to predict.
    scale_range : (float, float)
        The bounds of a standard deviation, which it does not reach.

    Raises
    ------
    ValueError
        If an argument is not what it must be, or the inputs have fewer than two axes.

    References
    ----------
    Nix and Weigend (1994), doi:10.1109/ICNN.1994.374138.

    Examples
    --------
    >>> prediction = GaussianHead(4)(np.ones((5, 16)))
    >>> prediction.shape, float(prediction[0, 0, 1])
    ((5, 4, 2), 1.0)
    """

    def __init__(self, units: int, *, scale_range: tuple[float, float] = (1e-3, 1e3), **options: Any) -> None:
        super().__init__(**options)
        self.units = whole("units", units)
        if np.shape(scale_range) != (2,):
            raise ValueError(f"scale_range must be two numbers; got {scale_range!r}")
        low = number("scale_range[0]", scale_range[0])
        self.scale_range = (low, number("scale_range[1]", scale_range[1], low))
        self.mean = keras.layers.Dense(self.units, name="mean")
        self.raw_scale = keras.layers.Dense(self.units, kernel_initializer="zeros", name="raw_scale")
        self.input_spec = keras.InputSpec(min_ndim=2)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the weights for inputs of this shape."""
        self.mean.build(input_shape)
        self.raw_scale.build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """Return means and standard deviations."""
        low, high = map(math.log, self.scale_range)
        middle, reach = (low + high) / 2, (high - low) / 2
        log_scale = middle + reach * ops.tanh(self.raw_scale(inputs) / reach)
        return ops.stack([self.mean(inputs), ops.exp(log_scale)], axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as plain values."""
        return {**super().get_config(), "units": self.units, "scale_range": self.scale_range}


@keras.saving.register_keras_serializable(package="lens_labs")
class _GaussianNLL(keras.losses.Loss):
    """The loss of :func:`gaussian_nll`: an object, so that Keras can save it with a compiled model."""

    def __init__(self, beta: float = 0.0, name: str = "gaussian_nll", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.beta = beta

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        mean, scale = ops.unstack(y_pred, 2, axis=-1)
        if len(y_true.shape) + 1 == len(mean.shape) and mean.shape[-1] == 1:
            y_true = ops.expand_dims(y_true, -1)
        if y_true.shape[1:] != mean.shape[1:]:  # they would be broadcast, silently
            raise ValueError(f"y_true must have the shape of the means, {mean.shape}; got {y_true.shape}")
        distance = (ops.cast(y_true, mean.dtype) - mean) / scale
        nll = 0.5 * ops.square(distance) + ops.log(scale) + 0.5 * math.log(2 * math.pi)
        weight = ops.stop_gradient(scale ** (2 * self.beta)) if self.beta else 1.0
        return ops.sum(weight * nll, axis=-1)  # not their mean: the outputs are parts of one example

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta": self.beta}


def gaussian_nll(beta: float = 0.0) -> keras.losses.Loss:
    """Make the loss of a :class:`GaussianHead`: minus the log of its density at the targets, summed over the outputs.

    The gradient of a mean is divided by the variance, so what is noisy at first may stay badly fitted. With ``beta`` each
    term is multiplied by the variance to this power, held constant: for 1, means learn as from a squared error. Such a
    loss is no likelihood; judge with ``beta=0``, and use that beside variational layers.

    Parameters
    ----------
    beta : float
        From 0, the likelihood, to 1; a ValueError says so. 0.5 is what the paper recommends.

    References
    ----------
    Seitzer et al. (2022), arXiv:2203.09168.

    Examples
    --------
    >>> float(gaussian_nll()(np.zeros((1, 1)), np.array([[[0.0, 1.0]]])))
    0.9189...
    """
    if number("beta", beta, least=True) > 1:
        raise ValueError(f"beta must be at most 1; got {beta!r}")
    return _GaussianNLL(float(beta))


def predict_samples(
    model: keras.Model, x: Array, n: int = 100, *, seed: int = 0, batch_size: int = 32
) -> Array:
    """Predict with ``n`` networks drawn from what a model learned: (n, rows, ...).

    A drawn network has one kernel for each variational layer and one mask for each :class:`MCDropout`, the same for all
    rows: the samples of neighbouring rows are values of one function. All networks answer at once. The model keeps its
    weights and its random streams.

    Parameters
    ----------
    model : keras.Model
        A model with at least one such layer.
    x : array
        Its inputs.
    n : int
        How many networks to draw.
    seed : int
        The same seed draws the same networks, whatever the size of a batch.
    batch_size : int
        How many rows all networks are given at once. In memory are ``n`` times these rows and ``n`` times the weights.

    Raises
    ------
    ValueError
        If an argument is not what it must be, or no layer of the model can be drawn.

    Examples
    --------
    >>> from lens_labs.layers import DenseVariational
    >>> model = keras.Sequential([keras.Input((2,)), DenseVariational(1, num_examples=50)])
    >>> predict_samples(model, np.ones((3, 2)), n=10).shape
    (10, 3, 1)
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"model must be a keras.Model; got {model!r}")  # noqa: TRY004
    rows = np.asarray(x)
    if rows.ndim == 0 or len(rows) == 0:
        raise ValueError(f"x must be an array with at least one row; got {rows!r:.80}")
    networks, step = Networks(whole("n", n), whole("seed", seed, 0)), whole("batch_size", batch_size)
    answers = []
    with ask(networks):
        for start in range(0, len(rows), step):
            batch = rows[start : start + step]
            repeated = np.tile(batch, (n, *(1,) * (rows.ndim - 1)))
            found = ops.convert_to_numpy(model(repeated, training=False))
            answers.append(found.reshape(n, len(batch), *found.shape[1:]))
    if not networks.parts:
        raise ValueError(
            "model must have a DenseVariational, Conv2DVariational or MCDropout layer; it has none"
        )
    return np.concatenate(answers, axis=1)


class DeepEnsemble:
    """One network trained several times, from other starting weights and with another order of the examples.

    Parameters
    ----------
    make_model : callable
        Returns a new compiled model at each call.
    n : int
        How many members, at least two. They are in the list ``members``.
    seed : int
        What is random in making and training follows from it; like ``keras.utils.set_random_seed``, both set the seeds
        of Keras, NumPy and Python.

    Raises
    ------
    ValueError
        If an argument is not what it must be, or a model is not new.

    References
    ----------
    Lakshminarayanan, Pritzel and Blundell (2017), arXiv:1612.01474.

    Examples
    --------
    >>> def make_model():
    ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    ...     model.compile("adam", loss="mse")
    ...     return model
    >>> ensemble = DeepEnsemble(make_model, n=3)
    >>> histories = ensemble.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
    >>> ensemble.predict(np.ones((4, 2))).shape
    (3, 4, 1)
    """

    def __init__(self, make_model: Callable[[], keras.Model], n: int = 5, *, seed: int = 0) -> None:
        self.seed = whole("seed", seed, 0)
        self.members: list[keras.Model] = []
        for member in range(whole("n", n, 2)):
            self._begin(member)
            model = make_model()
            if not isinstance(model, keras.Model) or any(model is other for other in self.members):
                raise ValueError(f"make_model must return a new keras.Model at each call; got {model!r}")
            self.members.append(model)

    def _begin(self, member: int) -> None:
        (state,) = np.random.SeedSequence(self.seed, spawn_key=(member,)).generate_state(1)
        keras.utils.set_random_seed(int(state))

    def fit(self, *data: Any, **options: Any) -> list[keras.callbacks.History]:
        """Train each member; what goes in and comes out is that of ``keras.Model.fit``."""
        histories = []
        for member, model in enumerate(self.members):
            self._begin(member)
            histories.append(model.fit(*data, **options))
        return histories

    def predict(self, x: Any, *, verbose: int = 0, **options: Any) -> Array:
        """Return what each member predicts, (n, rows, ...)."""
        return np.stack([model.predict(x, verbose=verbose, **options) for model in self.members])

    def save(self, folder: str | Path) -> None:
        """Write the members to a folder: ``member-00.keras``, ``member-01.keras``, ..."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for member, model in enumerate(self.members):
            model.save(Path(folder) / f"member-{member:02d}.keras")

    @classmethod
    def load(cls, folder: str | Path, *, seed: int = 0) -> DeepEnsemble:
        """Read the members that ``save`` wrote; a FileNotFoundError says if there are fewer than two."""
        paths = sorted(Path(folder).glob("member-*.keras"))
        if len(paths) < 2:
            raise FileNotFoundError(
                f"folder must hold member-00.keras, member-01.keras, ...; got {str(folder)!r}"
            )
        models = map(keras.saving.load_model, paths)
        return cls(lambda: next(models), len(paths), seed=seed)
