"""All tests of layers run on the backend that KERAS_BACKEND names; nox runs them on each of the three."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest

HERE = Path(__file__).parent
# What Keras and its backends say to NumPy 2, and to each other, is not ours to mend.
NOT_OURS = ("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.layers)
            for each in NOT_OURS:
                item.add_marker(pytest.mark.filterwarnings(each))


@pytest.fixture(scope="module")
def quickly_compiled():
    """Let JAX compile without optimising: tests of many small programs spend their time there."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    was = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", was)


@pytest.fixture(autouse=True)
def seeded():
    """Begin each test with the same random numbers, whichever tests ran before."""
    keras.utils.set_random_seed(20)
