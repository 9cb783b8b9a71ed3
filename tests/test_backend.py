"""The engine of Keras is chosen before Keras chooses."""

from __future__ import annotations

import os
import sys
import types

import pytest

from lens_labs import use_backend


def keras_on(name: str) -> types.SimpleNamespace:
    return types.SimpleNamespace(backend=types.SimpleNamespace(backend=lambda: name))


def test_the_backend_is_set_before_keras_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    use_backend("jax")
    assert os.environ["KERAS_BACKEND"] == "jax"


def test_choosing_again_what_is_running_is_allowed(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setitem(sys.modules, "keras", keras_on("jax"))
    use_backend("jax")


def test_a_change_after_the_import_is_refused_with_a_way_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", keras_on("tensorflow"))
    with pytest.raises(
        RuntimeError, match="already running on 'tensorflow' and cannot change to 'jax': restart"
    ):
        use_backend("jax")


def test_an_unknown_backend_is_refused():
    with pytest.raises(ValueError, match="name must be one of 'jax', 'tensorflow', 'torch'; got 'theano'"):
        use_backend("theano")
