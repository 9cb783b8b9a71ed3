"""Amplitudes of oriented particles against their known limits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from lens_labs.scattering._arguments import NUMPY
from lens_labs.scattering.sans import _special
from lens_labs.scattering.sans._shapes import SHAPES

DEFAULTS = {name: shape.defaults for name, shape in SHAPES.items()}
RNG = np.random.default_rng(0)
DIRECTIONS = RNG.normal(size=(3, 200))


def amplitude(name, qa, qb, qc, **parameters):
    return SHAPES[name].amplitude(NUMPY, qa, qb, qc, DEFAULTS[name] | parameters)


def test_functions_of_one_number_have_all_digits_on_both_sides_of_where_they_change():
    x = np.concatenate(
        [[0.0], np.geomspace(1e-9, 1e3, 800), np.linspace(0.29, 0.31, 50), np.linspace(7.9, 8.1, 50)]
    )
    some = np.where(x > 0, x, 1)
    three = np.where(x > 0, 3 * special.spherical_jn(1, x) / some, 1)
    two = np.where(x > 0, 2 * special.j1(x) / some, 1)
    wave = np.minimum(1, 1.6 * some**-1.5)  # the zeros of the function are no place for a relative error
    for xp in (np, NUMPY):
        assert_allclose(_special.three_j1_over_x(xp, x), three, rtol=1e-12, atol=1e-15)
        assert_allclose(_special.sin_over_x(xp, x), np.sinc(x / np.pi), rtol=1e-12, atol=1e-16)
    assert_allclose(_special.two_j1_over_x(NUMPY, x), two, rtol=1e-15)
    assert_allclose(_special.two_j1_over_x(np, x) / wave, two / wave, atol=1e-13)


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "lamellar"])
def test_forward_amplitude_is_the_excess_of_scattering_length_in_the_particle(name):
    p = {key: value + 0.5 * i for i, (key, value) in enumerate(DEFAULTS[name].items())}
    shape = SHAPES[name]
    excess = shape.volume(p) * (p.get("sld_shell", p.get("sld", 0)) - p["sld_solvent"])
    if "core" in name:
        of_core = {"core_shell_sphere": "sphere", "core_shell_cylinder": "cylinder"}[name]
        excess += SHAPES[of_core].volume(p) * (p["sld_core"] - p["sld_shell"])
    assert_allclose(shape.amplitude(NUMPY, 0.0, 0.0, 1e-9, p), excess, rtol=1e-9)
    assert_allclose(shape.amplitude(NUMPY, 1e-9, 0.0, 0.0, p), excess, rtol=1e-9)


@pytest.mark.parametrize(
    "name", [name for name, shape in SHAPES.items() if shape.symmetry in ("sphere", "axis")]
)
def test_a_particle_with_an_axis_looks_the_same_from_all_sides(name):
    qa, qb, qc = 0.1 * DIRECTIONS
    assert_allclose(
        amplitude(name, qa, qb, qc), amplitude(name, np.hypot(qa, qb), 0.0, qc), rtol=1e-10, atol=1e-6
    )


def test_an_ellipsoid_with_equal_axes_is_a_sphere():
    round_one = amplitude("ellipsoid", *0.1 * DIRECTIONS, radius_polar=50.0, radius_equatorial=50.0)
    assert_allclose(round_one, amplitude("sphere", *0.1 * DIRECTIONS, sld=4.0, sld_solvent=1.0), rtol=1e-12)


@pytest.mark.parametrize("bare", ["sphere", "cylinder"])
def test_a_shell_of_the_core_makes_a_larger_particle_and_a_shell_of_solvent_none(bare):
    sizes = {"radius": 30.0} | ({"length": 200.0} if bare == "cylinder" else {})
    grown = {"radius": 42.0} | ({"length": 224.0} if bare == "cylinder" else {})
    q = 0.05 * DIRECTIONS
    one = amplitude(
        f"core_shell_{bare}", *q, **sizes, thickness=12.0, sld_core=4.0, sld_shell=4.0, sld_solvent=1.0
    )
    assert_allclose(one, amplitude(bare, *q, **grown, sld=4.0, sld_solvent=1.0), rtol=1e-10, atol=1e-6)
    none = amplitude(
        f"core_shell_{bare}", *q, **sizes, thickness=12.0, sld_core=4.0, sld_shell=1.0, sld_solvent=1.0
    )
    assert_allclose(none, amplitude(bare, *q, **sizes, sld=4.0, sld_solvent=1.0), rtol=1e-10, atol=1e-6)


def test_the_sides_of_a_brick_may_change_places_with_the_axes():
    qa, qb, qc = 0.05 * DIRECTIONS
    one = amplitude("parallelepiped", qa, qb, qc, length_a=30.0, length_b=60.0, length_c=90.0)
    other = amplitude("parallelepiped", qc, qa, qb, length_a=90.0, length_b=30.0, length_c=60.0)
    assert_allclose(one, other, rtol=1e-10)
