"""Layers that Keras lacks, for JAX, TensorFlow and PyTorch alike.

Nothing is loaded before it is used; then Keras is, on the backend that was chosen before:

>>> from lens_labs import use_backend
>>> use_backend("jax")
>>> from lens_labs.layers import DenseVariational
>>> DenseVariational(128, num_examples=34_000).estimator
'local'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lens_labs.layers._attention import GaussianAttention, SpatialTransformer
    from lens_labs.layers._attention_sampling import affine_grid, grid_sample
    from lens_labs.layers._bayes import Conv2DVariational, DenseVariational, MCDropout
    from lens_labs.layers._bayes_predict import DeepEnsemble, GaussianHead, gaussian_nll, predict_samples
    from lens_labs.layers._pooling import MaxPool2D

__all__ = [
    "Conv2DVariational",
    "DeepEnsemble",
    "DenseVariational",
    "GaussianAttention",
    "GaussianHead",
    "MCDropout",
    "MaxPool2D",
    "SpatialTransformer",
    "affine_grid",
    "gaussian_nll",
    "grid_sample",
    "predict_samples",
]

_HOMES = {
    "_attention": ("GaussianAttention", "SpatialTransformer"),
    "_attention_sampling": ("affine_grid", "grid_sample"),
    "_bayes": ("Conv2DVariational", "DenseVariational", "MCDropout"),
    "_bayes_predict": ("DeepEnsemble", "GaussianHead", "gaussian_nll", "predict_samples"),
    "_pooling": ("MaxPool2D",),
}


def __getattr__(name: str) -> Any:
    """Load the layers when the first of them is used: all of them, so that Keras knows them when it loads a model."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        for home, names in _HOMES.items():
            module = importlib.import_module(f"{__name__}.{home}")
            globals().update({each: getattr(module, each) for each in names})
    except ModuleNotFoundError as error:
        raise ImportError(_advice(str(error.name).partition(".")[0])) from error
    return globals()[name]


def _advice(missing: str) -> str:
    if missing in ("tensorflow", "torch"):  # Keras takes TensorFlow where nobody has chosen
        return f"Keras wants to run on {missing}, which is not installed: call lens_labs.use_backend('jax') first"
    return f'lens_labs.layers needs {missing}: python -m pip install "lens-labs[labs]"'


def __dir__() -> list[str]:
    return __all__
