"""The figures of lecture 9 are true: what they draw obeys the formulas that the notes derive."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

FOLDER = Path(__file__).parents[2] / "docs" / "figures"


def module(name: str):
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    return importlib.import_module(name)


def test_the_posterior_of_a_count_is_a_gamma_distribution_and_the_error_of_laplace_is_the_root_of_the_count():
    found = module("_uncertainty").one_rate(counts=4, seconds=10.0)
    exact = stats.gamma(5, scale=1 / 10)
    np.testing.assert_allclose(found.density, exact.pdf(found.rate), atol=1e-8)
    assert found.peak == pytest.approx(0.4)
    assert found.sd == pytest.approx(np.sqrt(4) / 10, rel=1e-4)
    np.testing.assert_allclose(found.inside, exact.ppf([0.16, 0.84]), rtol=1e-5)
    np.testing.assert_allclose(found.laplace, stats.norm(0.4, 0.2).pdf(found.rate), rtol=1e-3)
