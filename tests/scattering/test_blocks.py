"""Blocks: the same samples, whoever computes which of them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lens_labs import scattering
from lens_labs.scattering import diffraction, reflectivity, sans, spectroscopy
from lens_labs.scattering._blocks import simulated

FEW = np.geomspace(0.01, 0.1, 5)
SIMULATORS = [
    partial(diffraction.simulate, two_theta=np.linspace(20, 60, 50)),
    partial(reflectivity.simulate, q=FEW),
    partial(sans.simulate, q=FEW),
    partial(spectroscopy.simulate, q=[0.5, 1.5]),
]


@pytest.mark.parametrize("simulate", SIMULATORS)
def test_blocks_alone_are_those_of_the_whole_set(simulate):
    n = 2_100
    whole = simulate(n, seed=5)
    parts = [simulate(n, seed=5, blocks=[block]) for block in scattering.blocks(n)]
    assert [len(part) for part in parts] == [1024, 1024, 52]
    for name in ("x", "y", "errors"):
        assert_array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))
    assert_array_equal(simulate(n, seed=5, blocks=iter([2, 0])).x[:52], whole.x[2048:])


@pytest.mark.parametrize("simulate", SIMULATORS)
def test_a_block_of_a_set_that_nobody_could_hold_takes_the_memory_of_a_block(simulate):
    last = scattering.blocks(10**9)[-1]
    assert len(simulate(10**9, seed=0, blocks=[last])) == 10**9 - 1024 * last


@pytest.mark.parametrize(
    ("blocks", "words"),
    [([3], "blocks of 3000 samples have the numbers 0 to 2; got 3")]
    + [
        ([wrong], "a number in blocks must be a whole number, at least 0; got")
        for wrong in (-1, 0.0, True, "0")
    ],
)
def test_blocks_that_there_are_not_are_refused(blocks, words):
    with pytest.raises(ValueError, match=words):
        reflectivity.simulate(3000, seed=0, blocks=blocks)


def test_no_blocks_are_refused():
    with pytest.raises(ValueError, match="at least one block"):
        reflectivity.simulate(3000, seed=0, blocks=[])
    with pytest.raises(ValueError, match="n must be a whole number, at least 1; got 0"):
        scattering.blocks(0)
    with pytest.raises(ValueError, match="n must be at most 1,000,000,000,000; got"):
        scattering.blocks(10**30)


def test_what_is_costly_is_made_for_the_samples_that_are_asked_for_and_each_has_chances_of_its_own():
    made = []

    def draw(rng, size):
        return [rng.uniform(1, 5, size)]

    def record(rngs, rate):
        made.append(len(rate))
        return [np.array([rng.poisson(each, 3) for rng, each in zip(rngs, rate, strict=True)]), rate]

    few, rate = simulated(3, 7, draw, record=record)
    many, rates = simulated(1_030, 7, draw, record=record)
    rest, _ = simulated(1_030, 7, draw, [1], record=record)
    assert made == [3, 1024, 6, 6]
    assert_array_equal(many[:3], few)
    assert_array_equal(rates[:3], rate)
    assert_array_equal(many[1024:], rest)
    assert len(np.unique(many, axis=0)) > 100
    assert abs((many.mean(axis=1) - rates).mean()) < 4 * np.sqrt(3 / 3 / 1_030)
