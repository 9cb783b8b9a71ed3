"""All tests of layers run on the backend that KERAS_BACKEND names; nox runs them on each of the three."""

from __future__ import annotations

import keras
import pytest


@pytest.fixture(autouse=True)
def seeded():
    """Begin each test with the same random numbers, whichever tests ran before."""
    keras.utils.set_random_seed(20)
