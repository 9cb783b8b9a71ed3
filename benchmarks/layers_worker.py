"""One library in one process: it builds the cases that `bench_layers` asks for and times them, one round at a time.

Run with the Python of an environment that has the library. A request is a line with the name of a case; the answer is a
line of JSON with the processor's seconds for a step. Nothing here is imported by more than one library.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np

BATCH, STEPS = 128, {"dense": 20, "cnn": 8}
EXAMPLES = {kind: BATCH * steps for kind, steps in STEPS.items()}
SHAPE = {"dense": (784,), "cnn": (28, 28, 1)}
IMAGES = {"small": (64, 40, 40, 1), "large": (64, 128, 128, 3)}  # batch, height, width, channels
SAMPLES = {"small": 20, "large": 4}
Work = Callable[[], object]  # a round of so many steps


@functools.cache
def data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(EXAMPLES[kind], *SHAPE[kind])).astype("float32")
    return x, rng.integers(0, 10, EXAMPLES[kind]).astype("int32")


@functools.cache
def images(size: str) -> tuple[np.ndarray, np.ndarray]:
    """Return images and affine maps with a little of everything."""
    rng = np.random.default_rng(1)
    theta = np.array([[0.8, 0.1, 0.05], [-0.1, 0.7, -0.05]]) + 0.05 * rng.normal(size=(IMAGES[size][0], 2, 3))
    return rng.normal(size=IMAGES[size]).astype("float32"), theta.astype("float32")


def fit(keras, kind: str, dense, conv, pool) -> Work:
    """Train the network of this kind, made of these layers, by Keras' own `fit`."""
    layers = [keras.layers.Input(SHAPE[kind])]
    if kind == "cnn":
        for filters, half in ((16, 14), (32, 7)):
            layers += [conv(filters), pool(half)]
        layers += [keras.layers.Flatten(), keras.layers.Dense(10)]
    else:
        layers += [dense(400, "relu"), dense(400, "relu"), dense(10, None)]
    model = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
    x, y = data(kind)
    return lambda: model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)


def plain(keras):
    """Return the ordinary layers of Keras: dense, conv, pool."""
    return (
        lambda units, activation: keras.layers.Dense(units, activation=activation),
        lambda filters: keras.layers.Conv2D(filters, 3, padding="same", activation="relu"),
        lambda _: keras.layers.MaxPooling2D(),
    )


def of_lens_labs(case: str) -> Work:
    import keras

    from lens_labs import layers

    kind, name = case.split("/")
    if kind in ("attention", "affine", "keras affine"):
        return sampler(kind, name)
    dense, conv, pool = plain(keras)
    if name == "MaxPool2D":
        pool = lambda _: layers.MaxPool2D()
    elif name == "cropped":  # as small as after pooling, for nothing: what the convolutions cost
        pool = lambda half: keras.layers.Cropping2D(((0, half), (0, half)))
    elif name != "deterministic":
        options = {"num_examples": EXAMPLES[kind], "estimator": name}
        dense = lambda units, activation: layers.DenseVariational(units, activation=activation, **options)
        conv = lambda filters: layers.Conv2DVariational(
            filters, 3, padding="same", activation="relu", **options
        )
    return fit(keras, kind, dense, conv, pool)


def sampler(kind: str, size: str) -> Work:
    """Sample images and pull a gradient back to images and transforms, compiled as a training step is."""
    import keras
    from keras import ops

    from lens_labs.layers import _attention_sampling as sampling

    x, theta = images(size)
    _, height, width, _ = x.shape

    def sampled(x, theta):
        if kind == "affine":
            return sampling.grid_sample(x, sampling.affine_grid(theta, (height, width)))
        if kind == "keras affine":
            flat = ops.concatenate([ops.reshape(theta, (-1, 6)), ops.zeros((theta.shape[0], 2))], axis=1)
            return ops.image.affine_transform(x, flat, interpolation="bilinear")
        rows = sampling.hat_filters(theta[:, 1, 1], theta[:, 1, 2], height, height)
        columns = sampling.hat_filters(theta[:, 0, 0], theta[:, 0, 2], width, width)
        return sampling.filter_images(x, rows, columns)

    def loss(x, theta):
        return ops.sum(ops.square(sampled(x, theta)))

    return repeated(gradient(keras.backend.backend(), loss), (x, theta), SAMPLES[size])


def gradient(backend: str, loss):
    """Return a compiled function that computes the gradient of a loss of two arrays."""
    if backend == "jax":
        import jax

        compiled = jax.jit(jax.grad(loss, argnums=(0, 1)))
        return lambda *arrays: jax.block_until_ready(compiled(*arrays))
    if backend == "tensorflow":
        import tensorflow as tf

        @tf.function
        def graph(*arrays):
            with tf.GradientTape() as tape:
                tape.watch(arrays)
                value = loss(*arrays)
            return tape.gradient(value, arrays)

        return graph
    import torch

    def eager(*arrays):
        leaves = [array.detach().requires_grad_() for array in arrays]
        return torch.autograd.grad(loss(*leaves), leaves)

    return eager


def repeated(function, arrays, times: int) -> Work:
    from keras import ops

    there = [ops.convert_to_tensor(array) for array in arrays]
    return lambda: [function(*there) for _ in range(times)]


def of_keras_proba(case: str) -> Work:
    import keras
    import keras_proba.layers.variational as peer

    kind, name = case.split("/")
    weight = {"kl_weight": 1 / EXAMPLES[kind]}
    _, _, pool = plain(keras)
    of_dense = {
        "local": "DenseLocalReparameterization",
        "flipout": "DenseFlipout",
        "reparameterization": "DenseReparameterization",
    }
    of_conv = {"flipout": "Conv2DFlipout", "reparameterization": "Conv2DReparameterization"}
    dense = lambda units, activation: getattr(peer, of_dense[name])(units, activation=activation, **weight)
    conv = lambda filters: getattr(peer, of_conv[name])(
        filters, 3, padding="same", activation="relu", **weight
    )
    return fit(keras, kind, dense, conv, pool)


def of_tfp(case: str) -> Work:
    import tensorflow_probability as tfp
    import tf_keras

    kind, name = case.split("/")
    _, _, pool = plain(tf_keras)
    if name == "deterministic":
        return fit(tf_keras, kind, *plain(tf_keras))
    end = {
        "local": "LocalReparameterization",
        "flipout": "Flipout",
        "reparameterization": "Reparameterization",
    }[name]
    options = {"kernel_divergence_fn": lambda q, p, _: tfp.distributions.kl_divergence(q, p) / EXAMPLES[kind]}
    dense = lambda units, activation: getattr(tfp.layers, f"Dense{end}")(
        units, activation=activation, **options
    )
    conv = lambda filters: getattr(tfp.layers, f"Convolution2D{end}")(
        filters, 3, padding="same", activation="relu", **options
    )
    return fit(tf_keras, kind, dense, conv, pool)


def of_torch(case: str) -> Work:
    """Train with PyTorch, its layers being plain ones, those of bayesian-torch, or those of torchbnn."""
    import torch
    from torch import nn

    kind, name = case.split("/")
    if kind in ("attention", "affine"):
        return torch_sampler(name)
    dense, conv, divergence = nn.Linear, nn.Conv2d, None
    if name.startswith("bayesian-torch"):
        import bayesian_torch.layers as peer
        from bayesian_torch.models.dnn_to_bnn import get_kl_loss as divergence

        end = {"flipout": "Flipout", "reparameterization": "Reparameterization"}[name.split()[1]]
        dense, conv = getattr(peer, f"Linear{end}"), getattr(peer, f"Conv2d{end}")
    elif name == "torchbnn":
        import torchbnn

        dense, conv = (
            functools.partial(torchbnn.BayesLinear, 0, 1.0),
            functools.partial(torchbnn.BayesConv2d, 0, 1.0),
        )
        divergence = torchbnn.BKLLoss(reduction="sum")

    class Stack(nn.Sequential):
        def forward(self, x):
            for layer in self:
                x = layer(x)
                x = (
                    x[0] if isinstance(x, tuple) else x
                )  # bayesian-torch returns its divergence beside the output
            return x

    if kind == "cnn":
        parts = [conv(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), conv(16, 32, 3, padding=1), nn.ReLU()]
        parts += [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 10)]
    else:
        parts = [dense(784, 400), nn.ReLU(), dense(400, 400), nn.ReLU(), dense(400, 10)]
    model = Stack(*parts)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    x, y = (torch.tensor(array) for array in data(kind))
    x, y = (x.permute(0, 3, 1, 2).contiguous() if kind == "cnn" else x), y.long()

    def epoch() -> None:
        for start in range(0, len(x), BATCH):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[start : start + BATCH]), y[start : start + BATCH])
            if divergence is not None:
                loss = loss + divergence(model).sum() / len(x)
            loss.backward()
            optimizer.step()

    return epoch


def torch_sampler(size: str) -> Work:
    import torch
    from torch.nn import functional

    x, theta = (torch.tensor(array) for array in images(size))
    x = x.permute(0, 3, 1, 2).contiguous()

    def loss(x, theta):
        grid = functional.affine_grid(theta, x.shape, align_corners=True)
        return functional.grid_sample(x, grid, align_corners=True).square().sum()

    function = gradient("torch", loss)
    return lambda: [function(x, theta) for _ in range(SAMPLES[size])]


LIBRARIES = {
    "lens_labs": of_lens_labs,
    "keras-proba": of_keras_proba,
    "tfp": of_tfp,
    "torch": of_torch,
}


def steps(case: str) -> int:
    kind, name = case.split("/")
    return STEPS[kind] if kind in STEPS else SAMPLES[name]


def one_thread() -> None:
    """Let the framework of this process compute in one thread."""
    backend = os.environ.get("KERAS_BACKEND")
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    if backend == "torch":
        import torch

        torch.set_num_threads(1)


def main(library: str) -> None:
    """Answer requests until there are none."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is not an answer
    one_thread()
    ready: dict[str, Work] = {}
    for line in sys.stdin:
        case = line.strip()
        if case not in ready:
            ready[case] = LIBRARIES[library](case)
            for _ in range(2):  # compile, and fill the caches
                ready[case]()
        start = time.process_time()  # of all threads; another program on the same core does not count
        ready[case]()
        print(json.dumps((time.process_time() - start) / steps(case)), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
