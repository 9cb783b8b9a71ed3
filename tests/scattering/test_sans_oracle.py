"""Small-angle scattering of random particles against what sasmodels computes; `benchmarks/oracle_sasmodels.py` stored it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import random_particles as particles
from numpy.testing import assert_allclose

from lens_labs.scattering import sans
from lens_labs.scattering._arguments import NUMPY
from lens_labs.scattering.sans._shapes import SHAPES

EXACT = [name for name in particles.LENGTHS if name in SHAPES and name not in particles.AVERAGED]


@pytest.fixture(scope="module")
def stored():
    with np.load(Path(__file__).with_name("sasmodels.npz")) as file:
        return dict(file)


def along_own_axes(name):
    """Return the components of the momentum transfers along the axes of each particle, each of shape (sets, 3)."""
    qx, qy = particles.momenta(name)
    theta, phi, psi = np.radians(particles.angles(name)).T[:, :, None]
    if SHAPES[name].symmetry == "axis":
        psi = 0 * psi
    x, y = (
        np.cos(phi) * qx + np.sin(phi) * qy,
        np.cos(phi) * qy - np.sin(phi) * qx,
    )  # turned back by phi about the beam
    x, c = np.cos(theta) * x, np.sin(theta) * x
    return np.cos(psi) * x + np.sin(psi) * y, np.cos(psi) * y - np.sin(psi) * x, c


def intensity(name, qa, qb, qc):
    """Return what one particle scatters, in 1/cm for a volume fraction of 1, as oriented as it is."""
    p = {key: value[:, None] for key, value in particles.drawn(name).items()}
    return 1e-4 * SHAPES[name].amplitude(NUMPY, qa, qb, qc, p) ** 2 / SHAPES[name].volume(p)


def assert_close_to_the_envelope(ours, theirs, name):
    """Compare to 1e-10 of the intensity, or of 1e-6 of the forward intensity where that is larger.

    Near its zeros an amplitude is the difference of much larger numbers, and no program has ten digits of it.
    """
    forward = intensity(name, 0.0, 0.0, np.full(ours.shape, 1e-6))
    assert np.max(np.abs(ours - theirs) / np.maximum(theirs, 1e-6 * forward)) < 1e-10
    assert np.mean(theirs > 1e-6 * forward) > 0.3  # so that most are compared to themselves


@pytest.mark.parametrize("name", particles.AVERAGED)
def test_oriented_particles_scatter_as_in_sasmodels(stored, name):
    ours = intensity(name, *along_own_axes(name))
    assert ours.shape == (particles.SETS, 3)
    assert_close_to_the_envelope(ours, stored[f"{name}, oriented"], name)


@pytest.mark.parametrize("name", EXACT)
def test_particles_that_look_the_same_from_all_sides_scatter_as_in_sasmodels(stored, name):
    q = np.hypot(*particles.momenta(name))
    ours = intensity(name, 0.0, 0.0, q)
    if name == "lamellar":
        ours = 2 * np.pi / q**2 * ours
        assert_allclose(ours, stored[name], rtol=1e-10, atol=1e-10)
    else:
        assert_close_to_the_envelope(ours, stored[name], name)


@pytest.mark.parametrize("name", particles.AVERAGED)
def test_averages_over_orientations_are_those_of_sasmodels(stored, name):
    ours = sans.i_q(name, particles.Q, **particles.drawn(name))
    assert_allclose(ours, stored[name], rtol=1e-3)
    assert np.median(np.abs(ours / stored[name] - 1)) < 1e-7


@pytest.mark.parametrize("name", particles.SIZES)
def test_averages_over_sizes_and_orientations_are_those_of_sasmodels(stored, name):
    width = particles.widths(name)
    some = {key: value[: width.size] for key, value in particles.drawn(name).items()}
    ours = sans.i_q(name, particles.Q, **some, **{f"{particles.SIZES[name]}_pd": width})
    assert_allclose(ours, stored[f"{name}, sizes"], rtol=1e-3)


def test_hard_spheres_keep_apart_as_in_sasmodels(stored):
    q = np.hypot(*particles.momenta("hardsphere"))
    p = particles.drawn("hardsphere")
    ours = [
        sans.structure_factor(row, **dict(zip(p, one, strict=True)))
        for row, *one in zip(q, *p.values(), strict=True)
    ]
    assert_allclose(
        ours, stored["hardsphere"], rtol=1e-7
    )  # below 2qR = 0.05 sasmodels stops its series early
    assert np.median(np.abs(ours / stored["hardsphere"] - 1)) < 1e-12


def test_spheres_in_a_dense_solution_scatter_as_in_sasmodels(stored):
    p = {
        key: value[:100] for key, value in (particles.drawn("sphere") | particles.drawn("hardsphere")).items()
    }
    ours = sans.i_q("sphere", particles.Q, structure="hardsphere", **p)
    assert_allclose(ours, stored["sphere@hardsphere"], rtol=1e-6, atol=1e-12)
