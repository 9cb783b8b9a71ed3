"""Choose the engine of Keras before Keras chooses for itself."""

from __future__ import annotations

import os
import sys

BACKENDS = ("jax", "tensorflow", "torch")


def use_backend(name: str) -> None:
    """Make Keras run on one of its backends; to be called before the first ``import keras``.

    Parameters
    ----------
    name : {"jax", "tensorflow", "torch"}
        The backend.

    Raises
    ------
    ValueError
        If there is no such backend.
    RuntimeError
        If Keras has been imported already with another one: it cannot change after that.

    Examples
    --------
    >>> use_backend("numpy")
    Traceback (most recent call last):
        ...
    ValueError: name must be one of 'jax', 'tensorflow', 'torch'; got 'numpy'
    """
    if name not in BACKENDS:
        allowed = ", ".join(map(repr, BACKENDS))
        raise ValueError(f"name must be one of {allowed}; got {name!r}")
    if "keras" in sys.modules:
        current = sys.modules["keras"].backend.backend()
        if current != name:
            raise RuntimeError(
                f"Keras is already running on {current!r} and cannot change to {name!r}: "
                "restart the kernel and call use_backend before anything imports keras"
            )
    os.environ["KERAS_BACKEND"] = name
