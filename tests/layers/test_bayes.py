"""What variational layers, dropout, heads, losses, drawn networks and ensembles promise to those who use them."""

from __future__ import annotations

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from lens_labs.layers import (
    Conv2DVariational,
    DeepEnsemble,
    DenseVariational,
    GaussianHead,
    MCDropout,
    gaussian_nll,
    predict_samples,
)

pytestmark = pytest.mark.usefixtures("quickly_compiled")
X = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
IMAGES = np.random.default_rng(1).normal(size=(4, 8, 8, 1)).astype("float32")


def value(tensor):
    return ops.convert_to_numpy(ops.convert_to_tensor(tensor))


def small(*layers, inputs=(5,)):
    return keras.Sequential([keras.Input(inputs), *layers])


def everything():
    """A model with each layer that can be drawn, compiled with the loss of its head."""
    model = small(
        Conv2DVariational(4, 3, num_examples=50, padding="same", strides=(2, 1), activation="relu", seed=1),
        keras.layers.Flatten(),
        MCDropout(0.3, seed=2),
        MCDropout(0.0),
        DenseVariational(
            6, num_examples=50, prior_scale="learned", initial_scale=0.1, activation="gelu", seed=3
        ),
        DenseVariational(
            6, num_examples=50, estimator="flipout", use_bias=False, kernel_initializer="he_normal"
        ),
        GaussianHead(2, scale_range=(0.1, 10.0)),
        inputs=(8, 8, 1),
    )
    model.compile("adam", loss=gaussian_nll(beta=0.5))
    return model


def two():
    """A model that is compiled faster: with two layers that can be drawn."""
    return small(DenseVariational(3, num_examples=50, seed=1), MCDropout(0.3, seed=2))


# Training and prediction


def test_a_model_of_such_layers_trains():
    model = small(DenseVariational(16, num_examples=256, activation="gelu"), GaussianHead(2))
    model.compile(keras.optimizers.Adam(0.02), loss=gaussian_nll())
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(256, 5)).astype("float32")
    targets = inputs[:, :2] + 0.1 * rng.normal(size=(256, 2))
    losses = model.fit(inputs, targets, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < losses[0] - 0.5


def test_layers_sample_in_training_and_use_their_means_in_prediction():
    layer = DenseVariational(3, num_examples=10, seed=1)
    assert not np.allclose(value(layer(X, training=True)), value(layer(X, training=True)))
    wanted = X @ value(layer.kernel) + value(layer.bias)
    for found in (layer(X), layer(X, training=False), small(layer).predict(X, verbose=0)):
        np.testing.assert_allclose(value(found), wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "estimator"),
    [((6, 5), "local"), ((6, 3, 5), "flipout"), ((2, 3, 4, 5), "flipout"), ((6, 3, 5), "reparameterization")],
)
def test_a_dense_layer_acts_on_the_last_axis(shape, estimator):
    model = small(DenseVariational(4, num_examples=10, estimator=estimator), inputs=shape[1:])
    inputs = np.ones(shape, "float32")
    assert model(inputs, training=True).shape == (*shape[:-1], 4)
    assert predict_samples(model, inputs, n=3).shape == (3, *shape[:-1], 4)


def test_a_random_stream_follows_from_its_seed():
    draws = [
        value(DenseVariational(3, num_examples=10, kernel_initializer="ones", seed=s)(X, training=True))
        for s in (1, 1, 2)
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.allclose(draws[0], draws[2])


def test_half_precision_keeps_the_divergence_in_full():
    layer = DenseVariational(300, num_examples=1, prior_scale=0.01, dtype="mixed_bfloat16")
    outputs = layer(np.ones((2, 300), "float32"), training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    assert keras.backend.standardize_dtype(layer.losses[0].dtype) == "float32"
    assert float(value(layer.losses[0])) == pytest.approx(float(value(layer.kl())), rel=1e-2)


# Drawn networks


def test_drawn_networks_answer_for_every_row():
    assert predict_samples(everything(), IMAGES, n=2).shape == (2, 4, 2, 2)


def test_the_same_seed_draws_the_same_networks():
    model = two()
    first, again, other = (predict_samples(model, X, n=5, seed=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_the_size_of_a_batch_changes_no_network():
    model = two()
    whole, parts = (predict_samples(model, X, n=3, batch_size=size) for size in (32, 3))
    np.testing.assert_allclose(whole, parts, atol=1e-5)


def test_drawing_leaves_the_model_as_it_was():
    model = two()
    before = [value(weight) for weight in model.variables]
    predict_samples(model, X, n=2)
    for weight, was in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(value(weight), was)
    assert not model.losses


def test_a_drawn_network_is_a_function_the_same_for_every_row():
    for layer in (DenseVariational(1, num_examples=9, use_bias=False), MCDropout(0.5)):
        draws = predict_samples(small(layer), np.stack([X[0], X[0], 2 * X[0]]), n=20)
        np.testing.assert_allclose(draws[:, 0], draws[:, 1], atol=1e-6)
        np.testing.assert_allclose(2 * draws[:, 0], draws[:, 2], rtol=1e-5, atol=1e-6)
        assert draws[:, 0].std() > 0.05


def test_a_layer_that_is_called_twice_is_drawn_once():
    inputs, layer = keras.Input((5,)), DenseVariational(5, num_examples=9, use_bias=False)
    model = keras.Model(inputs, layer(inputs) - layer(inputs))
    np.testing.assert_allclose(predict_samples(model, X, n=3), 0, atol=1e-6)


def test_drawn_networks_have_the_spread_of_the_weights():
    layer = DenseVariational(1, num_examples=9, initial_scale=0.4, use_bias=False)
    draws = predict_samples(small(layer), X, n=4_000)
    np.testing.assert_allclose(draws.mean(0), X @ value(layer.kernel), atol=0.08)
    np.testing.assert_allclose(draws.std(0)[:, 0], 0.4 * np.linalg.norm(X, axis=1), rtol=0.06)


def test_a_drawn_convolution_is_a_convolution_with_one_kernel():
    layer = Conv2DVariational(2, 3, num_examples=9, padding="same")
    model = small(layer, inputs=(8, 8, 1))
    draws = predict_samples(model, np.concatenate([IMAGES, np.roll(IMAGES, 1, axis=1)]), n=3)
    np.testing.assert_allclose(draws[:, :4, 2:5], draws[:, 4:, 3:6], atol=1e-5)
    assert draws.std(axis=0).max() > 0.05


@pytest.mark.parametrize("noise_shape", [None, (None, 1, 5)])
def test_dropout_in_drawn_networks_keeps_the_mean(noise_shape):
    model = small(MCDropout(0.25, noise_shape=noise_shape), inputs=(3, 5))
    draws = predict_samples(model, np.ones((2, 3, 5)), n=4_000)
    np.testing.assert_allclose(np.unique(draws), [0, 4 / 3], atol=1e-6)
    np.testing.assert_allclose(draws.mean(0), 1, atol=0.05)
    assert (draws == draws[:, :, :1]).all() == (noise_shape is not None)


def test_dropout_is_that_of_keras_elsewhere():
    ours, theirs = MCDropout(0.4, seed=3), keras.layers.Dropout(0.4, seed=3)
    for training in (True, False):
        np.testing.assert_array_equal(value(ours(X, training=training)), value(theirs(X, training=training)))


# Gaussian predictions


def test_a_head_begins_with_one_scale_and_keeps_to_its_bounds():
    head = GaussianHead(3, scale_range=(0.01, 100.0))
    np.testing.assert_allclose(value(head(X))[..., 1], 1, rtol=1e-5)
    head.raw_scale.kernel.assign(np.full((5, 3), 1e3))
    scales = value(head(X))[..., 1]
    assert 0.0099 < scales.min() < 0.0101
    assert 99 < scales.max() < 101


def test_the_loss_is_minus_the_log_of_the_density():
    rng = np.random.default_rng(0)
    mean, scale, target = rng.normal(size=(6, 3)), rng.uniform(0.5, 2, size=(6, 3)), rng.normal(size=(6, 3))
    density = np.exp(-0.5 * ((target - mean) / scale) ** 2) / (scale * np.sqrt(2 * np.pi))
    found = gaussian_nll()(target, np.stack([mean, scale], axis=-1))
    assert float(found) == pytest.approx(-np.log(density).sum(axis=1).mean(), rel=1e-5)


def test_beta_multiplies_each_term_by_a_power_of_the_variance():
    target, mean, scale = np.float32(1.5), np.float32(0.3), np.float32(0.6)
    for beta in (0.0, 0.5, 1.0):
        step, loss = 1e-3, gaussian_nll(beta)
        found = [
            float(loss(np.array([[target]]), np.array([[[m, scale]]], "f")))
            for m in (mean - step, mean + step)
        ]
        slope = (found[1] - found[0]) / (2 * step)
        assert slope == pytest.approx(scale ** (2 * beta - 2) * (mean - target), rel=1e-2)


def test_beta_is_held_constant_where_the_scale_learns():
    # With beta = 1 the slope of the scale is that of the likelihood times the variance, and not of their product.
    head, mean, scale = GaussianHead(1), 0.3, 0.6
    head.build((None, 1))
    head.mean.bias.assign([mean])
    head.raw_scale.bias.assign([np.log(scale)])
    before = np.log(value(head(np.zeros((1, 1), "f")))[0, 0, 1])
    model = small(head, inputs=(1,))
    model.compile(keras.optimizers.SGD(0.01), loss=gaussian_nll(1.0))
    model.fit(np.zeros((1, 1)), np.array([[1.5]]), verbose=0)
    moved = np.log(value(head(np.zeros((1, 1), "f")))[0, 0, 1]) - before
    assert moved == pytest.approx(-0.01 * scale**2 * (1 - (1.5 - mean) ** 2 / scale**2), rel=0.05)


def test_targets_of_one_output_need_no_second_axis():
    prediction = np.stack([X[:, :1], np.ones((7, 1), "f")], axis=-1)
    assert float(gaussian_nll()(X[:, 1], prediction)) == pytest.approx(
        float(gaussian_nll()(X[:, 1:2], prediction))
    )


# Ensembles


def member():
    model = small(keras.layers.Dense(1))
    model.compile("adam", loss="mse")
    return model


def test_members_differ_and_follow_from_the_seed():
    targets = X[:, :1]
    predictions = []
    for _ in range(2):
        ensemble = DeepEnsemble(member, n=2, seed=5)
        histories = ensemble.fit(X, targets, batch_size=1, verbose=0)
        assert len(histories) == 2
        predictions.append(ensemble.predict(X))
    np.testing.assert_allclose(*predictions, atol=1e-6)
    assert not np.allclose(
        ensemble.members[0].get_weights()[0], DeepEnsemble(member, n=2).members[0].get_weights()[0]
    )
    assert predictions[0].shape == (2, 7, 1)
    assert predictions[0].std(axis=0).min() > 1e-3


def test_a_saved_ensemble_predicts_as_before(tmp_path):
    ensemble = DeepEnsemble(member, n=2)
    for model in ensemble.members:
        model.optimizer.build(model.trainable_variables)
    ensemble.save(tmp_path / "nets")
    np.testing.assert_allclose(
        DeepEnsemble.load(tmp_path / "nets").predict(X), ensemble.predict(X), atol=1e-6
    )


# Saving


def test_a_saved_model_predicts_as_before_and_continues_its_random_streams(tmp_path):
    model = everything()
    model.optimizer.build(model.trainable_variables)  # as training does; Keras warns where it is not done
    model(IMAGES, training=True)  # the random streams have begun
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(IMAGES, verbose=0), model.predict(IMAGES, verbose=0), atol=1e-6)
    np.testing.assert_allclose(
        predict_samples(loaded, IMAGES, n=2), predict_samples(model, IMAGES, n=2), atol=1e-6
    )
    np.testing.assert_allclose(
        value(loaded(IMAGES, training=True)), value(model(IMAGES, training=True)), atol=1e-6
    )
    assert loaded.loss.get_config() == model.loss.get_config()


@pytest.mark.parametrize("layer", everything().layers, ids=lambda layer: type(layer).__name__)
def test_a_config_holds_plain_values_and_makes_the_same_layer(layer):
    def plain(config):
        match config:
            case dict():
                return all(isinstance(key, str) and plain(each) for key, each in config.items())
            case list() | tuple():
                return all(map(plain, config))
        return config is None or type(config) in (str, int, float, bool)

    config = layer.get_config()
    assert plain(config)
    assert type(layer).from_config(config).get_config() == config


# Wrong input


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DenseVariational(0, num_examples=1), "units must be a whole number of at least 1; got 0"),
        (lambda: DenseVariational(2.5, num_examples=1), "units must be a whole number of at least 1; got 2.5"),
        (lambda: DenseVariational(2, num_examples=0), "num_examples must be a whole number of at least 1; got 0"),
        (lambda: DenseVariational(2, num_examples=True), "num_examples must be .* got True"),
        (
            lambda: DenseVariational(2, num_examples=1, estimator="best"),
            "estimator must be one of 'local', 'flipout', 'reparameterization'; got 'best'",
        ),
        (lambda: DenseVariational(2, num_examples=1, prior_scale=-1), "prior_scale must be a number above 0; got -1"),
        (lambda: DenseVariational(2, num_examples=1, prior_scale="wide"), "prior_scale must .* got 'wide'"),
        (lambda: DenseVariational(2, num_examples=1, initial_scale=0), "initial_scale must .* above 0; got 0"),
        (lambda: DenseVariational(2, num_examples=1, initial_scale=np.nan), "initial_scale must .* got nan"),
        (lambda: DenseVariational(2, num_examples=1, kl_weight=-0.1), "kl_weight must be .* of at least 0; got -0.1"),
        (lambda: DenseVariational(2, num_examples=1)(np.ones(3, "f")), "expected min_ndim=2, found ndim=1"),
        (lambda: Conv2DVariational(-1, 3, num_examples=1), "filters must be .* got -1"),
        (lambda: Conv2DVariational(2, (3, 3, 3), num_examples=1), r"kernel_size must be .* got \(3, 3, 3\)"),
        (lambda: Conv2DVariational(2, 3, num_examples=1, strides=0), "strides must be .* got 0"),
        (
            lambda: Conv2DVariational(2, 3, num_examples=1, padding="causal"),
            "padding must be one of 'valid', 'same'; got 'causal'",
        ),
        (lambda: Conv2DVariational(2, 3, num_examples=1)(X), "expected ndim=4, found ndim=2"),
        (lambda: MCDropout(1.0), "rate must be below 1; got 1.0"),
        (lambda: MCDropout(-0.1), "rate must be a number of at least 0; got -0.1"),
        (lambda: GaussianHead(0), "units must be .* got 0"),
        (lambda: GaussianHead(2, scale_range=1.0), "scale_range must be two numbers; got 1.0"),
        (lambda: GaussianHead(2, scale_range=(0, 1)), r"scale_range\[0\] must be a number above 0; got 0"),
        (lambda: GaussianHead(2, scale_range=(2, 1)), r"scale_range\[1\] must be a number above 2; got 1"),
        (lambda: GaussianHead(2)(np.ones(3, "f")), "expected min_ndim=2, found ndim=1"),
        (lambda: gaussian_nll(-1), "beta must be a number of at least 0; got -1"),
        (lambda: gaussian_nll(1.5), "beta must be at most 1; got 1.5"),
        (lambda: gaussian_nll()(X[:, :2], np.ones((7, 3, 2), "f")), "y_true must have the shape of the means"),
        (lambda: gaussian_nll()(X[:, 0], np.ones((7, 7, 2), "f")), "y_true must have the shape of the means"),
        (lambda: predict_samples("model", X), "model must be a keras.Model; got 'model'"),
        (lambda: predict_samples(member(), X), "model must have a DenseVariational, .*; it has none"),
        (lambda: predict_samples(member(), X, n=0), "n must be a whole number of at least 1; got 0"),
        (lambda: predict_samples(member(), X, seed=-1), "seed must be a whole number of at least 0; got -1"),
        (lambda: predict_samples(member(), X, batch_size=0), "batch_size must be .* got 0"),
        (lambda: predict_samples(member(), X[:0]), "x must be an array with at least one row"),
        (lambda: DeepEnsemble(member, n=1), "n must be a whole number of at least 2; got 1"),
        (lambda: DeepEnsemble(lambda: "net", n=2), "make_model must return a new keras.Model .* got 'net'"),
        (lambda: DeepEnsemble(lambda model=[]: (model or model.append(member()) or model)[0], n=2), "make_model must return a new keras.Model"),
    ],
)  # fmt: skip
def test_wrong_input_is_named_with_what_is_allowed(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_number_of_examples_cannot_be_forgotten():
    with pytest.raises(TypeError, match="num_examples"):
        DenseVariational(3)


def test_a_folder_without_members_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="folder must hold member-00"):
        DeepEnsemble.load(tmp_path)


def in_a_new_python(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", **environment},
    )
    return done.stdout + done.stderr


def test_the_room_loads_nothing_before_it_is_used():
    assert (
        in_a_new_python("import sys, lens_labs.layers as l; dir(l); print('keras' in sys.modules)")
        == "False\n"
    )


def test_without_keras_the_extra_is_named():
    code = "import sys; sys.modules['keras'] = None; from lens_labs.layers import MCDropout"
    assert 'lens_labs.layers needs keras: python -m pip install "lens-labs[labs]"' in in_a_new_python(code)


def test_without_the_backend_of_keras_the_way_on_is_named():
    code = "import sys; sys.modules['tensorflow'] = None; from lens_labs.layers import MCDropout"
    said = in_a_new_python(code, KERAS_BACKEND="tensorflow")
    assert (
        "Keras wants to run on tensorflow, which is not installed: call lens_labs.use_backend('jax') first"
        in said
    )
