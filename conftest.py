"""What holds for tests and for the examples in docstrings alike: Keras runs on JAX, unless the caller chose otherwise."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
