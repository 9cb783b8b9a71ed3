"""Judges of predictions: whether probabilities are honest, intervals hold what they promise, distributions are good.

NumPy arrays go in, numbers or NumPy arrays come out. What scikit-learn judges already is not repeated here.

>>> from lens_labs import metrics
>>> round(metrics.crps_gaussian([212.0], [210.0], [2.0]), 4)
1.2049
"""

from lens_labs.metrics._calibration import (
    Reliability,
    brier_score,
    expected_calibration_error,
    negative_log_likelihood,
    reliability_curve,
    softmax,
    temperature,
)
from lens_labs.metrics._conformal import conformal_interval, conformal_quantile, conformal_sets
from lens_labs.metrics._distributions import (
    coverage,
    crps_gaussian,
    crps_samples,
    gaussian_log_score,
    kl_gaussian,
    sharpness,
)

__all__ = [
    "Reliability",
    "brier_score",
    "conformal_interval",
    "conformal_quantile",
    "conformal_sets",
    "coverage",
    "crps_gaussian",
    "crps_samples",
    "expected_calibration_error",
    "gaussian_log_score",
    "kl_gaussian",
    "negative_log_likelihood",
    "reliability_curve",
    "sharpness",
    "softmax",
    "temperature",
]
