"""The mathematics of variational layers, against closed forms, exact posteriors and averages over many draws."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from keras import ops

from lens_labs.layers import Conv2DVariational, DenseVariational
from lens_labs.metrics import kl_gaussian

pytestmark = pytest.mark.usefixtures("quickly_compiled")
ESTIMATORS = ("local", "flipout", "reparameterization")
RNG = np.random.default_rng(5)


def value(tensor):
    return ops.convert_to_numpy(ops.convert_to_tensor(tensor))


def nats(layer):
    return float(value(layer.kl()))


def dense(units=3, inputs=4, *, scale=0.3, **options):
    """A layer without bias, with another scale for each weight."""
    layer = DenseVariational(units, **{"num_examples": 100, "use_bias": False, "seed": 8, **options})
    layer.build((None, inputs))
    rng = np.random.default_rng(1)
    layer.kernel.assign(rng.normal(size=(inputs, units)))
    layer.log_scale.assign(np.log(scale * rng.uniform(0.5, 1.5, size=(inputs, units))))
    return layer


def gradients(layer, loss, times=1):
    """Return d loss() / d weights of the layer, for some states of its random stream; None where there is no path."""
    variables = layer.trainable_variables
    if keras.backend.backend() == "jax":
        import jax

        def of(values, state):
            mapping = [*zip(variables, values, strict=True), (layer.seed_generator.state, state)]
            with keras.StatelessScope(state_mapping=mapping):
                return loss()

        slopes = jax.jit(jax.grad(of))
        values = [variable.value for variable in variables]
        found = [slopes(values, np.array([k, 0], "uint32")) for k in range(times)]
    elif keras.backend.backend() == "torch":
        import torch

        values = [variable.value for variable in variables]
        found = [torch.autograd.grad(loss(), values, allow_unused=True) for _ in range(times)]
    else:
        import tensorflow as tf

        @tf.function
        def slopes_of_tensorflow():
            with tf.GradientTape() as tape:
                outcome = loss()
            return tape.gradient(outcome, [variable.value for variable in variables])

        found = [slopes_of_tensorflow() for _ in range(times)]
    return [[None if each is None else value(each) for each in one] for one in found]


@pytest.mark.parametrize("seed", range(20))
def test_the_divergence_is_what_an_average_over_draws_says(seed):
    rng = np.random.default_rng(seed)
    layer = dense(prior_scale=float(rng.uniform(0.3, 2)))
    layer.kernel.assign(rng.normal(size=(4, 3)))
    layer.log_scale.assign(rng.normal(-1, 0.7, size=(4, 3)))
    mean, log_scale = value(layer.kernel), value(layer.log_scale)
    noise = rng.normal(size=(4_000, 4, 3))
    weights, prior = mean + np.exp(log_scale) * noise, layer.prior_scale
    terms = -0.5 * noise**2 - log_scale + 0.5 * (weights / prior) ** 2 + math.log(prior)
    draws = terms.sum(axis=(1, 2))
    # three standard errors, for all twenty seeds: an average misses by more in one of 370
    assert abs(nats(layer) - draws.mean()) < 3 * draws.std() / math.sqrt(len(draws))


def test_the_divergence_is_the_sum_of_those_of_the_weights():
    layer = dense(prior_scale=0.7)
    mean, scale = value(layer.kernel).ravel(), np.exp(value(layer.log_scale)).ravel()
    assert nats(layer) == pytest.approx(np.sum(kl_gaussian(mean, scale, 0.0, 0.7)), rel=1e-5)


def test_the_posterior_that_equals_its_prior_does_not_diverge():
    layer = dense(prior_scale=0.2)
    layer.kernel.assign(np.zeros((4, 3)))
    layer.log_scale.assign(np.full((4, 3), math.log(0.2)))
    assert nats(layer) == pytest.approx(0, abs=1e-5)


def test_no_fixed_prior_diverges_less_than_the_learned_one():
    learned = nats(dense(prior_scale="learned"))
    fixed = [nats(dense(prior_scale=scale)) for scale in np.geomspace(0.05, 20, 200)]
    assert learned <= min(fixed) + 1e-4
    assert min(fixed) == pytest.approx(learned, rel=1e-3)


def exact(layer, inputs):
    """Mean and variance of the outputs of a dense layer."""
    return inputs @ value(layer.kernel), inputs**2 @ np.exp(2 * value(layer.log_scale))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_samples_have_the_mean_and_the_variance_that_the_weights_imply(estimator):
    layer, inputs, n = dense(estimator=estimator), RNG.normal(size=(8, 4)).astype("float32"), 4_000
    draws = many(layer, inputs, n)
    mean, variance = exact(layer, inputs)
    assert np.abs((draws.mean(0) - mean) / np.sqrt(variance / n)).max() < 4.5
    np.testing.assert_allclose(draws.var(0), variance, rtol=0.15)


def many(layer, inputs, n):
    """Return n samples of a layer in training, in one compiled loop where there is one."""
    if keras.backend.backend() == "torch":
        return np.stack([value(layer(inputs, training=True)) for _ in range(n)])
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        sample = tf.function(lambda: layer(inputs, training=True))
        return np.stack([value(sample()) for _ in range(n)])
    import jax

    def step(state, _):
        outputs, state = layer.stateless_call(weights, state, inputs, training=True)
        return state, outputs

    weights = [variable.value for variable in layer.trainable_variables]
    state = [variable.value for variable in layer.non_trainable_variables]
    return np.asarray(jax.jit(lambda s: jax.lax.scan(step, s, length=n))(state)[1])


def test_the_noise_of_a_batch_shrinks_only_where_examples_have_their_own():
    inputs = RNG.normal(size=(64, 4)).astype("float32") + 1
    noise = {each: many(dense(estimator=each), inputs, 600).mean(axis=1).var(axis=0) for each in ESTIMATORS}
    own = exact(dense(), inputs)[1].mean(axis=0) / 64  # what 64 independent examples would have
    np.testing.assert_allclose(noise["local"], own, rtol=0.3)
    np.testing.assert_allclose(noise["flipout"], own, rtol=0.3)
    assert (noise["reparameterization"] > 5 * own).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_gradients_are_right_on_average(estimator):
    layer, n = dense(estimator=estimator), 1_000
    inputs = RNG.normal(size=(16, 4)).astype("float32")
    target = RNG.normal(size=(16, 3)).astype("float32")
    found = gradients(
        layer, lambda: ops.mean(ops.square(ops.subtract(layer(inputs, training=True), target))), n
    )
    mean, _ = exact(layer, inputs)  # E (f - y)² = (mean - y)² + variance
    variance = np.exp(2 * value(layer.log_scale))
    wanted = 2 * inputs.T @ (mean - target), 2 * np.square(inputs).T @ np.ones_like(mean) * variance
    for got, want in zip(map(np.array, zip(*found, strict=True)), wanted, strict=True):
        error = got.std(axis=0) / math.sqrt(n)
        assert (np.abs(got.mean(axis=0) - want / target.size) < 4 * error).all()
        assert (error < 0.1 * np.abs(want / target.size).max()).all()  # or the test would say nothing


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_every_weight_has_a_gradient(estimator, kind):
    if kind == "dense":
        layer, inputs = DenseVariational(3, num_examples=10, estimator=estimator), RNG.normal(size=(5, 4))
    else:
        layer = Conv2DVariational(3, 3, num_examples=10, estimator=estimator, prior_scale="learned")
        inputs = RNG.normal(size=(2, 6, 6, 2))
    layer.build(inputs.shape)
    inputs = inputs.astype("float32")
    (found,) = gradients(layer, lambda: ops.sum(ops.square(layer(inputs, training=True))) + 1e-3 * layer.kl())
    assert [None if each is None else each.shape for each in found] == [
        tuple(variable.shape) for variable in layer.trainable_variables
    ]
    assert all(np.isfinite(each).all() and np.abs(each).max() > 0 for each in found)


def test_an_example_without_a_signal_has_finite_gradients():
    layer = dense(estimator="local")
    (found,) = gradients(layer, lambda: ops.sum(ops.square(layer(np.zeros((2, 4), "f"), training=True))))
    assert all(np.isfinite(each).all() for each in found)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_convolution_samples_what_its_patches_imply(estimator):
    layer = Conv2DVariational(2, 3, num_examples=10, estimator=estimator, use_bias=False, seed=2)
    images = RNG.normal(size=(3, 5, 5, 2)).astype("float32")
    layer.build(images.shape)
    layer.log_scale.assign(RNG.normal(-1, 0.3, size=(3, 3, 2, 2)))
    draws = many(layer, images, 3_000)
    patches = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    mean = np.einsum("nhwcij,ijcf->nhwf", patches, value(layer.kernel))
    variance = np.einsum("nhwcij,ijcf->nhwf", patches**2, np.exp(2 * value(layer.log_scale)))
    assert np.abs((draws.mean(0) - mean) / np.sqrt(variance / 3_000)).max() < 4.5
    np.testing.assert_allclose(draws.var(0), variance, rtol=0.2)


def regression(inputs, targets, *, noise, num_examples, steps=1_500, seed=0):
    """Fit one variational layer to data with known noise, all data in each step; return mean and sd of its weights."""
    layer = DenseVariational(
        1, num_examples=num_examples, use_bias=False, prior_scale=0.8, initial_scale=0.2, seed=seed
    )
    model = keras.Sequential([keras.Input(inputs.shape[1:]), layer])
    rate = keras.optimizers.schedules.CosineDecay(0.03, steps)
    model.compile(
        keras.optimizers.Adam(rate), loss=lambda y, f: ops.sum(0.5 * ops.square((y - f) / noise), axis=-1)
    )
    together = (np.tile(each, (50, 1)) for each in (inputs, targets))  # 50 steps an epoch, each with all data
    model.fit(*together, batch_size=len(inputs), epochs=steps // 50, shuffle=False, verbose=0)
    return value(layer.kernel)[:, 0], np.exp(value(layer.log_scale))[:, 0]


@pytest.fixture(scope="module")
def line():
    """Data of a linear model with correlated inputs, and its exact posterior: mean and precision."""
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(100, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 0.5]])
    targets = inputs @ np.array([[0.7], [-0.4], [1.1]]) + 0.5 * rng.normal(size=(100, 1))
    precision = inputs.T @ inputs / 0.5**2 + np.eye(3) / 0.8**2
    mean = np.linalg.solve(precision, inputs.T @ targets / 0.5**2)[:, 0]
    return inputs.astype("float32"), targets.astype("float32"), mean, precision


def test_one_linear_layer_finds_the_exact_posterior(line):
    inputs, targets, mean, precision = line
    found, scale = regression(inputs, targets, noise=0.5, num_examples=100)
    sd = 1 / np.sqrt(np.diag(precision))  # of all factorised Gaussians, the nearest
    assert np.abs(found - mean).max() < 0.15 * sd.min()
    np.testing.assert_allclose(scale, sd, rtol=0.06)
    assert (
        sd[:2] < 0.95 * np.sqrt(np.diag(np.linalg.inv(precision)))[:2]
    ).all()  # too sure, where inputs correlate


def test_what_is_given_twice_counts_twice_unless_each_copy_counts_half(line):
    # The loss is an average over examples, which copies leave alone: only N tells how many there are.
    inputs, targets, _, _ = line
    twice = np.tile(inputs, (2, 1)), np.tile(targets, (2, 1))
    once = regression(inputs, targets, noise=0.5, num_examples=100)
    again = regression(*twice, noise=0.5 * math.sqrt(2), num_examples=200)  # each copy counts half
    np.testing.assert_allclose(again[0], once[0], atol=0.01)
    np.testing.assert_allclose(again[1], once[1], rtol=0.06)
    more = regression(*twice, noise=0.5, num_examples=200)  # two independent measurements that agree
    np.testing.assert_allclose(more[1], once[1] / math.sqrt(2), rtol=0.06)


def test_the_divergence_is_added_once_a_call_whatever_the_batch():
    first, second = (DenseVariational(3, num_examples=50, kl_weight=0.5) for _ in range(2))
    model = keras.Sequential([keras.Input((4,)), first, second])
    wanted = [0.5 * nats(each) / 50 for each in (first, second)]
    for batch in (1, 7, 32):
        for training in (True, False):
            model(np.ones((batch, 4), "f"), training=training)
            np.testing.assert_allclose([value(loss) for loss in model.losses], wanted, rtol=1e-5)


def test_the_loss_of_a_model_is_the_bound_per_example():
    layer = DenseVariational(1, num_examples=20)
    model = keras.Sequential([keras.Input((4,)), layer])
    model.compile("sgd", loss="mse")
    inputs, targets = RNG.normal(size=(20, 4)), RNG.normal(size=(20, 1))
    for batch_size in (5, 20):
        loss = model.evaluate(inputs, targets, batch_size=batch_size, verbose=0)
        wanted = np.mean((targets - model.predict(inputs, verbose=0)) ** 2) + nats(layer) / 20
        assert loss == pytest.approx(wanted, rel=1e-4)
