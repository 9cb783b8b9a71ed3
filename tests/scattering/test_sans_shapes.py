"""Shapes of particles at small angles against their known limits, one by one, in batches and in JAX."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lens_labs.scattering import sans
from lens_labs.scattering.sans import _orientations
from lens_labs.scattering.sans._shapes import SHAPES

PLAIN = {
    "sphere": {"radius": 40.0},
    "ellipsoid": {"radius_polar": 90.0, "radius_equatorial": 30.0},
    "cylinder": {"radius": 25.0, "length": 160.0},
    "parallelepiped": {"length_a": 30.0, "length_b": 60.0, "length_c": 90.0},
}
CONTRAST = {"sld": 4.0, "sld_solvent": 1.0}
VOLUME = {"sphere": 4 / 3 * math.pi * 40**3, "ellipsoid": 4 / 3 * math.pi * 90 * 30**2}
VOLUME |= {"cylinder": math.pi * 25**2 * 160, "parallelepiped": 30.0 * 60 * 90}
GYRATION = {"sphere": 3 / 5 * 40**2, "ellipsoid": (90**2 + 2 * 30**2) / 5}
GYRATION |= {"cylinder": 25**2 / 2 + 160**2 / 12, "parallelepiped": (30**2 + 60**2 + 90**2) / 12}
_E = math.sqrt(1 - (30 / 90) ** 2)
SURFACE = {"sphere": 4 * math.pi * 40**2, "ellipsoid": 2 * math.pi * 30**2 * (1 + 3 / _E * math.asin(_E))}
SURFACE |= {
    "cylinder": 2 * math.pi * 25 * (25 + 160),
    "parallelepiped": 2 * (30.0 * 60 + 60 * 90 + 90 * 30),
}
AVERAGED = [name for name, shape in SHAPES.items() if shape.angles]
Q = np.geomspace(0.004, 0.3, 24)


# Known limits


@pytest.mark.parametrize("name", PLAIN)
def test_forward_intensity_is_scale_times_volume_times_contrast_squared(name):
    forward = sans.i_q(name, [1e-7], scale=0.02, **PLAIN[name], **CONTRAST)
    assert_allclose(forward, 0.02 * VOLUME[name] * 3.0**2 * 1e-4, rtol=1e-9)


@pytest.mark.parametrize("name", PLAIN)
def test_small_angles_show_the_radius_of_gyration_of_each_shape(name):
    q = np.array([1e-4, 2e-4])
    slope = np.diff(np.log(sans.i_q(name, q, **PLAIN[name], **CONTRAST)))[0] / np.diff(q**2)[0]
    assert_allclose(-3 * slope, GYRATION[name], rtol=1e-3)


@pytest.mark.parametrize("name", PLAIN)
def test_large_angles_show_the_surface_over_the_volume_of_each_shape(name):
    q = np.linspace(1.5, 1.5 + 0.4 * np.pi, 500, endpoint=False)  # whole fringes of all sizes
    plateau = (sans.i_q(name, q, **PLAIN[name], **CONTRAST) * q**4).mean()
    assert_allclose(plateau, 2 * np.pi * 9e-4 * SURFACE[name] / VOLUME[name], rtol=0.01)


@pytest.mark.parametrize("name", SHAPES)
def test_contrast_counts_and_its_sign_does_not(name):
    slds = {key: value for key, value in SHAPES[name].defaults.items() if key.startswith("sld")}
    one = sans.i_q(name, Q, **slds)
    assert_allclose(sans.i_q(name, Q, **{key: 7 - value for key, value in slds.items()}), one, rtol=1e-6)
    assert_allclose(sans.i_q(name, Q, **{key: 2 * value for key, value in slds.items()}), 4 * one, rtol=1e-9)
    assert_allclose(sans.i_q(name, Q, **dict.fromkeys(slds, 3.0), background=0.1), 0.1, rtol=1e-9)


def test_an_ellipsoid_with_equal_axes_is_a_sphere_and_a_shell_may_vanish():
    sphere = sans.i_q("sphere", Q, radius=50.0, **CONTRAST, background=1e-6)
    same = {"radius_polar": 50.0, "radius_equatorial": 50.0}
    assert_allclose(sans.i_q("ellipsoid", Q, **same, **CONTRAST, background=1e-6), sphere, rtol=1e-8)
    shell = {"radius": 40.0, "thickness": 10.0, "sld_core": 4.0, "sld_shell": 4.0, "sld_solvent": 1.0}
    assert_allclose(sans.i_q("core_shell_sphere", Q, **shell, background=1e-6), sphere, rtol=1e-8)


def test_a_wide_disc_scatters_as_a_sheet_and_a_long_cylinder_as_a_line():
    q = np.geomspace(0.05, 0.15, 8)
    disc = sans.i_q("cylinder", q, radius=4_000.0, length=20.0, **CONTRAST)
    assert_allclose(disc, sans.i_q("lamellar", q, thickness=20.0, **CONTRAST), rtol=0.01)
    q = np.geomspace(0.01, 0.02, 8)
    line = sans.i_q("cylinder", q, radius=1.0, length=30_000.0, **CONTRAST)
    assert_allclose(line, 1e-4 * math.pi / q * math.pi * 9.0, rtol=3e-3)


@pytest.mark.parametrize("name", AVERAGED)
def test_twice_as_many_orientations_change_nothing(name, monkeypatch):
    few = sans.i_q(name, Q, dq=0.03)
    enough = _orientations._enough
    monkeypatch.setattr(_orientations, "_enough", lambda product: 2 * enough(product))
    assert_allclose(few, sans.i_q(name, Q, dq=0.03), rtol=1e-7)


@pytest.mark.parametrize("name", AVERAGED)
def test_leaving_out_sizes_at_small_angles_costs_less_than_a_thousandth(name, monkeypatch):
    size = SHAPES[name].size
    p = {size: np.array([25.0, 50, 80]), f"{size}_pd": np.array([0.05, 0.2, 0.3])}
    some = sans.i_q(name, Q, **p)
    monkeypatch.setattr(_orientations, "_stride", lambda product: np.ones(product.size, dtype=int))
    assert_allclose(some, sans.i_q(name, Q, **p), rtol=5e-4)


# Batches and JAX


@pytest.mark.parametrize("name", SHAPES)
def test_a_curve_does_not_depend_on_the_batch_in_which_it_is_computed(name):
    size = SHAPES[name].size
    p = {size: np.array([20.0, 33, 50, 90]), f"{size}_pd": np.array([0.0, 0.1, 0.2, 0.3])}
    batch = sans.i_q(name, Q[::6], **p)
    alone = [sans.i_q(name, Q[::6], **{key: value[i] for key, value in p.items()}) for i in range(4)]
    assert_array_equal(batch, alone)


@pytest.mark.parametrize(
    ("name", "size"), [("core_shell_cylinder", "length"), ("parallelepiped", "length_b")]
)
def test_averages_over_orientations_compile_and_differentiate_in_jax(name, size):
    import jax

    q, lengths = Q[::4], np.array([60.0, 150.0])
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():

        def curve(length):
            return sans.i_q(name, q, **{size: length}, sld_solvent=0.3)

        tangent = jax.jit(lambda length: jax.jvp(curve, (length,), (jax.numpy.ones(2),)))
        value, slope = tangent(jax.numpy.asarray(lengths))
        assert_allclose(value, curve(lengths), rtol=1e-6)
        numerical = (curve(lengths + 1e-3) - curve(lengths - 1e-3)) / 2e-3
        assert_allclose(slope, numerical, rtol=1e-4, atol=1e-5)


def test_particles_for_which_jax_has_too_few_orientations_are_refused_as_far_as_values_are_known():
    import jax

    jnp = jax.numpy
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        q = jnp.asarray([0.1, 0.2])
        with pytest.raises(ValueError, match=r"extent of a particle must be at most 280 in JAX.*; got 300"):
            sans.i_q("cylinder", q, radius=1.0, length=1_500.0)
        with pytest.raises(
            ValueError, match=r"diagonal of its sides a and b must be at most 50 in JAX.*; got 63"
        ):
            sans.i_q("parallelepiped", q, length_a=300.0, length_b=jnp.asarray([50.0, 100.0]))
        with pytest.raises(ValueError, match="at most 280 in JAX"):
            jax.jit(lambda scale: sans.i_q("ellipsoid", [0.1], radius_polar=2_000.0, scale=scale))(0.1)
        with pytest.raises(ValueError, match=r"radius must be finite, from 0\.001"):
            sans.i_q("sphere", q, radius=jnp.asarray([-1.0]))
        largest = {"length_a": 150.0, "length_b": 190.0, "length_c": 1_300.0}
        curve = sans.i_q("parallelepiped", q, **largest)
        assert_allclose(curve, sans.i_q("parallelepiped", [0.1, 0.2], **largest), rtol=1e-6)


# Hard spheres


def test_the_structure_factor_has_the_values_that_the_tests_of_sasmodels_ask_for():
    assert_allclose(sans.structure_factor([0.001, 0.1]), [0.209128, 0.930587], rtol=5e-6)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5])
def test_hard_spheres_have_the_compressibility_of_percus_and_yevick(share):
    forward = sans.structure_factor([1e-8, 1e-4], volfraction=share)
    assert_allclose(forward, (1 - share) ** 4 / (1 + 2 * share) ** 2, rtol=1e-4)
    assert_allclose(sans.structure_factor([50.0], volfraction=share), 1, atol=1e-3)


def test_the_structure_factor_is_smooth_where_its_two_forms_meet():
    q = 0.01 * (2 + np.array([-1e-9, 1e-9])) / 2 / 0.5  # 2 q R = 2 for R = 50
    assert_allclose(*sans.structure_factor(q, radius_effective=25.0, volfraction=0.4), rtol=1e-7)
    near = sans.structure_factor(2 / 100 * np.array([1 - 1e-13, 1 + 1e-13]), volfraction=0.4)
    assert_allclose(near[0], near[1], rtol=1e-11)


def test_a_structure_factor_multiplies_the_intensity_of_the_particles():
    dense = sans.i_q("sphere", Q, structure="hardsphere", radius_effective=60.0, volfraction=[0.1, 0.3])
    alone = sans.i_q("sphere", Q, scale=[0.1, 0.3])
    apart = sans.structure_factor(Q, radius_effective=60.0, volfraction=[0.1, 0.3])
    assert_allclose(dense, alone * apart, rtol=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"shape": "ellipsoid", "radius": 5},
            "an ellipsoid has no parameter 'radius'; its parameters are sld",
        ),
        ({"shape": "cylinder", "length": 0}, "length must be finite, from 0.001 to .* Å; got 0"),
        (
            {"shape": "cylinder", "length": 1e6},
            "q times the extent of the largest particle must be at most 4000",
        ),
        ({"structure": "sticky"}, "structure must be 'hardsphere' or None; got 'sticky'"),
        ({"volfraction": 0.1}, "a sphere has no parameter 'volfraction'"),
        (
            {"structure": "hardsphere", "volfraction": 0.8},
            "volfraction must be finite, from 0 to 0.74; got 0.8",
        ),
        (
            {"structure": "hardsphere", "radius_effective": -1},
            "radius_effective must be finite, from 0.001 .*-1",
        ),
    ],
)
def test_bad_input_to_i_q_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.i_q(**{"shape": "sphere", "q": [0.1, 0.2]} | arguments)


@given(st.sampled_from(sorted(SHAPES)), st.floats(allow_nan=True), st.data())
def test_whatever_a_parameter_is_it_gives_a_curve_or_an_error_that_names_it(shape, value, data):
    name = data.draw(st.sampled_from([*SHAPES[shape].defaults, SHAPES[shape].width]))
    message = ""
    try:
        curve = sans.i_q(shape, [0.05, 0.1], **{name: value})
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith((f"{name} must", "q times the extent"))
    else:
        assert curve.shape == (2,)
        assert np.isfinite(curve).all()


@given(
    q=st.lists(st.floats(allow_nan=True), max_size=3),
    radius=st.floats(allow_nan=True),
    share=st.floats(allow_nan=True) | st.lists(st.floats(0, 0.7), max_size=2),
)
def test_whatever_comes_in_gives_a_structure_factor_or_an_error_that_names_the_argument(q, radius, share):
    message = ""
    try:
        apart = sans.structure_factor(q, radius_effective=radius, volfraction=share)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("q must", "radius_effective", "volfraction must"))
    else:
        assert apart.shape == (*np.shape(share), len(q))
        assert np.isfinite(apart).all()
