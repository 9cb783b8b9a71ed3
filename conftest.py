"""What holds for tests and for the examples in docstrings alike.

Keras runs on JAX, unless the caller chose otherwise. Examples that Hypothesis draws have no deadline of their own: on a
busy machine 200 ms pass by chance, and each test has its timeout.
"""

from __future__ import annotations

import contextlib
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

with contextlib.suppress(ModuleNotFoundError):  # where the layers are tested on other backends there is none
    from hypothesis import settings

    settings.register_profile("school", deadline=None)
    settings.load_profile("school")
