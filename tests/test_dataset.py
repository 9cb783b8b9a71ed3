"""Dataset: arrays that carry their names and units and cannot change by accident."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens_labs import Dataset


def make(n: int = 10, **changes) -> Dataset:
    fields = {
        "x": np.arange(3.0 * n).reshape(n, 3),
        "y": np.arange(2.0 * n).reshape(n, 2),
        "names": ["thickness", "sld"],
        "units": {"x": "1", "thickness": "Å", "sld": "1e-6/Å²", "q": "1/Å"},
        "coords": {"q": [0.1, 0.2, 0.3]},
        "errors": np.ones((n, 3)),
        "meta": {"seed": 1},
    }
    return Dataset(**fields | changes)


def test_a_column_is_found_by_its_name():
    np.testing.assert_array_equal(make(3)["sld"], [1, 3, 5])
    np.testing.assert_array_equal(make(3).columns("sld", "thickness"), [[1, 0], [3, 2], [5, 4]])


def test_an_unknown_column_is_answered_with_those_there_are():
    with pytest.raises(KeyError, match="no column 'mass'; the columns are thickness, sld"):
        make()["mass"]


def test_arrays_cannot_be_changed_and_the_callers_own_can():
    x = np.zeros((10, 3))
    data = make(x=x)
    with pytest.raises(ValueError, match="read-only"):
        data.x[0] = 1
    x[0] = 1
    with pytest.raises(AttributeError):
        data.x = x


def test_a_selection_keeps_everything_that_belongs_to_its_samples():
    data = make(10)
    for part in (data[2:4], data[[2, 3]], data[np.isin(np.arange(10), [2, 3])]):
        np.testing.assert_array_equal(part.x, data.x[2:4])
        np.testing.assert_array_equal(part.y, data.y[2:4])
        assert part.errors.shape == (2, 3)
        assert part.coords["q"] is not None
        assert part.meta == {"seed": 1}


@given(st.integers(10, 500), st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_the_parts_of_a_split_are_the_whole_in_its_order(n, weights):
    fractions = [weight / sum(weights) for weight in weights]
    if min(fractions) * n < 1.5:
        return
    parts = make(n).split(*fractions)
    np.testing.assert_array_equal(np.concatenate([part.y for part in parts]), make(n).y)
    assert all(abs(len(part) - f * n) <= 1 for part, f in zip(parts, fractions, strict=True))


@pytest.mark.parametrize("fractions", [(), (0.5,), (0.8, 0.3), (1.2, -0.2), (0.5, 0.5, 0.0)])
def test_fractions_that_are_no_parts_of_a_whole_are_refused(fractions):
    with pytest.raises(ValueError, match="fractions must be positive with the sum 1"):
        make().split(*fractions)


def test_an_empty_part_is_refused():
    with pytest.raises(ValueError, match="leave a part empty"):
        make(3).split(0.9, 0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": np.ones((9, 2))}, r"x must have shape \(n, \.\.\.\) and y shape \(n, k\)"),
        ({"y": np.ones(10)}, "y shape"),
        ({"names": ["thickness"]}, "names must be 2 different names"),
        ({"names": ["sld", "sld"]}, "names must be 2 different names"),
        (
            {"units": {"x": "1", "thickness": "Å", "q": "1/Å"}},
            r"units must name a unit for each of \['sld'\]",
        ),
        ({"errors": np.ones((10, 2))}, r"errors must have the shape of x, \(10, 3\)"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_it_says_what_it_holds():
    assert repr(make(4)) == "Dataset: 4 samples, x (4, 3), y: thickness (Å), sld (1e-6/Å²)"


def test_what_lies_behind_a_sample_goes_with_it_when_samples_are_chosen():
    masks = np.arange(40).reshape(10, 2, 2)
    units = make().units | {"mask": "1"}
    data = make(truth={"mask": masks}, units=units)
    np.testing.assert_array_equal(data[[3, 7]].truth["mask"], masks[[3, 7]])
    np.testing.assert_array_equal(data.split(0.5, 0.5)[1].truth["mask"], masks[5:])
    with pytest.raises(
        ValueError, match=r"truth\['mask'\] must have one entry a sample, 10; got shape \(9, 2, 2\)"
    ):
        make(truth={"mask": masks[:9]}, units=units)
    with pytest.raises(ValueError, match="units must name a unit for each of \\['mask'\\]"):
        make(truth={"mask": masks})
