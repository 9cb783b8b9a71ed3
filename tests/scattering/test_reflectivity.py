"""Reflectivity against refnx, against known limits, and against bad input."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from refnx import reflect

from lens_labs.scattering import reflectivity as r

Q = np.geomspace(0.005, 0.5, 150)
SILICON_D2O = np.array([[0, 2.07, 0, 0], [0, 6.36, 0, 0]], dtype=float)
STORED_THICKNESS = [485.16899184704704, 340.8542586727411, 190.6876052898683]
STORED_COUNTS = [[17836, 1236, 12], [105038, 1398, 11], [10396, 183, 49]]
CRITICAL = 4 * np.sqrt(np.pi * (6.36 - 2.07) * 1e-6)


def random_stacks(rng: np.random.Generator, n: int, layers: int, *, absorption: float = 0.5) -> np.ndarray:
    slabs = np.zeros((n, layers + 2, 4))
    slabs[:, 1:-1, 0] = rng.uniform(0, 800, (n, layers))
    slabs[..., 1] = rng.uniform(-0.5, 7, (n, layers + 2))
    slabs[..., 2] = rng.uniform(0, absorption, (n, layers + 2))
    slabs[:, 1:, 3] = rng.uniform(0, 20, (n, layers + 1))
    return slabs


# Oracle: refnx


@pytest.mark.parametrize("layers", range(6))
def test_unsmeared_curves_equal_those_of_refnx(layers):
    slabs = random_stacks(np.random.default_rng(layers), 200, layers)  # 1,200 stacks in all
    ours = r.reflectivity(Q, slabs)
    theirs = np.array([reflect.abeles(Q, stack, threads=1) for stack in slabs])
    assert_allclose(ours, theirs, rtol=1e-10)


def test_scale_and_background_mean_what_they_mean_in_refnx():
    stack = random_stacks(np.random.default_rng(7), 1, 2)[0]
    ours = r.reflectivity(Q, stack, scale=0.9, background=3e-6)
    assert_allclose(ours, reflect.abeles(Q, stack, scale=0.9, bkg=3e-6, threads=1), rtol=1e-10)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("kind", ["constant", "pointwise"])
def test_smeared_curves_equal_those_of_refnx_in_the_median(layers, kind):
    q = np.geomspace(0.008, 0.3, 100)
    slabs = random_stacks(np.random.default_rng(layers), 60, layers, absorption=0.0)
    dq_ours, dq_theirs = (0.05, 5.0) if kind == "constant" else (0.05 * q, 0.05 * q)
    ours = r.reflectivity(q, slabs, dq=dq_ours)
    theirs = np.array([reflect.reflectivity(q, stack, dq=dq_theirs, threads=1) for stack in slabs])
    difference = np.abs(ours / theirs - 1)
    assert np.median(difference) <= 0.005
    assert np.quantile(difference, 0.99) <= 0.05  # sharp minima, where the two programs' quadratures differ


# Known limits


def test_a_bare_substrate_reflects_as_fresnel_says():
    assert_allclose(r.reflectivity(Q, SILICON_D2O), r.fresnel(Q, 6.36 - 2.07), rtol=1e-10)


def test_reflection_is_total_below_the_critical_edge_and_not_above():
    q = CRITICAL * np.array([0.3, 0.9, 0.999, 1.05, 2])
    total = r.reflectivity(q, SILICON_D2O)
    assert_allclose(total[:3], 1, atol=1e-12)
    assert total[3] < 0.6
    assert total[4] < 0.02


def test_absorption_takes_away_from_total_reflection():
    absorbing = SILICON_D2O + np.array([[0, 0, 0, 0], [0, 0, 0.5, 0]])
    assert r.reflectivity([0.5 * CRITICAL], absorbing)[0] < 0.99


def test_fringes_of_a_film_are_2_pi_over_d_apart_in_the_momentum_transfer_inside_it():
    thickness, sld = 400.0, 4.0
    film = np.array([[0, 0, 0, 0], [thickness, sld, 0, 0], [0, 2.07, 0, 0]])
    q = np.linspace(0.1, 0.3, 20_001)
    curve = r.reflectivity(q, film) * q**4
    minima = q[1:-1][(curve[1:-1] < curve[:-2]) & (curve[1:-1] < curve[2:])]
    inside = np.sqrt(minima**2 - 16e-6 * np.pi * sld)
    assert len(minima) == 13
    assert_allclose(np.diff(inside), 2 * np.pi / thickness, rtol=2e-3)


def test_sharp_interfaces_fall_as_q_to_the_minus_4_and_rough_ones_faster():
    q = np.array([0.2, 0.4])
    sharp = r.reflectivity(q, SILICON_D2O)
    assert_allclose(sharp[0] / sharp[1], 2**4, rtol=0.01)
    rough = SILICON_D2O + np.array([[0, 0, 0, 0], [0, 0, 0, 5]])
    assert_allclose(r.reflectivity(q, rough) / sharp, np.exp(-((q * 5) ** 2)), rtol=0.01)


@given(st.floats(-1, 8), st.integers(1, 3))
def test_a_layer_without_thickness_changes_nothing(sld, row):
    stack = random_stacks(np.random.default_rng(3), 1, 2)[0]
    stack[:, 3] = 0
    assert_allclose(
        r.reflectivity(Q, np.insert(stack, row, [0, sld, 0, 0], axis=0)), r.reflectivity(Q, stack), rtol=1e-9
    )


@given(st.integers(0, 2**32 - 1), st.integers(0, 5))
def test_reflectivity_lies_between_0_and_1(seed, layers):
    curve = r.reflectivity(Q, random_stacks(np.random.default_rng(seed), 1, layers))
    assert ((curve >= 0) & (curve <= 1 + 1e-12)).all()


def test_a_curve_does_not_change_when_the_stack_is_cut_into_equal_layers():
    whole = np.array([[0, 2.07, 0, 0], [300, 1.0, 0.1, 4], [0, 6.36, 0, 5]])
    cut = np.insert(whole, 2, [200, 1.0, 0.1, 0], axis=0)
    cut[1, 0] = 100
    assert_allclose(r.reflectivity(Q, cut), r.reflectivity(Q, whole), rtol=1e-9)


def test_smearing_leaves_a_constant_alone_and_fills_minima():
    q = np.linspace(0.5, 0.9, 9) * CRITICAL
    assert_allclose(r.reflectivity(q, SILICON_D2O, dq=0.01), 1, rtol=1e-12)
    film = np.array([[0, 0, 0, 0], [400, 4, 0, 0], [0, 0, 0, 0]])
    q = np.linspace(0.05, 0.1, 500)
    assert r.reflectivity(q, film, dq=0.05).min() > 3 * r.reflectivity(q, film).min()


def test_a_resolution_of_zero_is_a_perfect_instrument():
    assert_allclose(r.reflectivity(Q, SILICON_D2O, dq=0.0), r.reflectivity(Q, SILICON_D2O), rtol=1e-12)


def test_relative_and_absolute_resolution_agree():
    slabs = random_stacks(np.random.default_rng(1), 5, 2)
    assert_allclose(r.reflectivity(Q, slabs, dq=0.04), r.reflectivity(Q, slabs, dq=0.04 * Q), rtol=1e-10)
    batched = np.full((5, 1), 0.04) * Q
    assert_allclose(r.reflectivity(Q, slabs, dq=batched), r.reflectivity(Q, slabs, dq=0.04), rtol=1e-10)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("dq", [0.02, 0.05, 0.08])
def test_smearing_equals_a_very_fine_sum_whether_points_are_shared_or_not(dq, layers):
    q = np.geomspace(0.008, 0.25, 100)
    slabs = random_stacks(np.random.default_rng(layers), 60, layers, absorption=0.0)
    slabs[:, :, 0] *= 0.5  # up to 400 Å a layer
    nodes = np.linspace(-5, 5, 401)
    width = dq * q / (2 * np.sqrt(2 * np.log(2)))
    ideal = r.reflectivity(np.abs(q[:, None] + width[:, None] * nodes).ravel(), slabs).reshape(60, q.size, -1)
    exact = np.average(ideal, weights=np.exp(-(nodes**2) / 2), axis=-1)
    points, matrix = r.resolution_matrix(q, dq)
    for curves in (r.reflectivity(q, slabs, dq=dq), r.reflectivity(points, slabs) @ matrix.T):
        error = np.abs(curves / exact - 1)
        assert np.median(error) < 2e-4
        assert np.quantile(error, 0.99) < 0.01  # sharp minima


def test_points_are_shared_where_that_saves_some_and_bad_resolutions_are_named():
    assert r.resolution_matrix(Q, 0.05)[0].size < 4 * Q.size
    points, matrix = r.resolution_matrix([0.01, 0.2], [0.001, 0.01])
    assert_allclose(matrix.sum(axis=1), 1, rtol=1e-12)
    assert_allclose(matrix @ points, [0.01, 0.2], rtol=1e-9)
    for q, dq in (([0.1, 0.2], 0), ([0.1, 0.2], [0.1]), ([0.1, 0.2], np.nan)):
        with pytest.raises(ValueError, match="dq must be positive, a number or an array of shape"):
            r.resolution_matrix(q, dq)
    with pytest.raises(ValueError, match="q must increase"):
        r.resolution_matrix([0.2, 0.1], 0.05)


def test_a_batch_is_the_stacks_one_by_one_whatever_its_shape():
    slabs = random_stacks(np.random.default_rng(2), 6, 2)
    one_by_one = np.array([r.reflectivity(Q, stack, dq=0.05) for stack in slabs])
    assert_allclose(
        r.reflectivity(Q, slabs.reshape(2, 3, 4, 4), dq=0.05), one_by_one.reshape(2, 3, -1), rtol=1e-12
    )
    assert r.reflectivity(Q, slabs[:0]).shape == (0, Q.size)


# JAX


def test_the_same_code_compiles_in_jax_and_gives_the_same_curve():
    import jax

    slabs = random_stacks(np.random.default_rng(4), 8, 3)
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        compiled = jax.jit(lambda s: r.reflectivity(Q, s, dq=0.05, scale=0.9, background=1e-7))(
            jax.numpy.asarray(slabs)
        )
        assert compiled.dtype == np.float64
        assert_allclose(compiled, r.reflectivity(Q, slabs, dq=0.05, scale=0.9, background=1e-7), rtol=1e-9)


def test_gradients_in_jax_equal_finite_differences():
    import jax

    slabs = np.array([[0, 2.07, 0, 0], [15, 3.47, 0, 3], [210, 0.5, 0.01, 4], [0, 6.2, 0, 6]])
    free = [(1, 0), (2, 0), (2, 1), (2, 2), (3, 1), (2, 3), (3, 3)]
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():

        def misfit(stack):
            return jax.numpy.sum(jax.numpy.log(r.reflectivity(Q, stack, dq=0.05, background=1e-7)) ** 2)

        gradient = jax.jit(jax.grad(misfit))(jax.numpy.asarray(slabs))
        assert np.isfinite(gradient).all()
        for row, column in free:
            step = np.zeros_like(slabs)
            step[row, column] = 1e-5
            numerical = (
                misfit(jax.numpy.asarray(slabs + step)) - misfit(jax.numpy.asarray(slabs - step))
            ) / 2e-5
            assert_allclose(gradient[row, column], numerical, rtol=1e-5)


# Profile, stacks, rebinning


def test_the_profile_joins_the_layers_and_conserves_scattering_length():
    stack = np.array([[0, 2.07, 0, 0], [15, 3.47, 0, 3], [210, 0.5, 0, 4], [0, 6.2, 0, 6]])
    z = np.linspace(-100, 400, 50_001)
    profile = r.sld_profile(z, stack)
    assert_allclose(profile[[0, -1]], [2.07, 6.2], atol=1e-9)
    sharp = 100 * 2.07 + 15 * 3.47 + 210 * 0.5 + 175 * 6.2
    assert_allclose(np.trapezoid(profile, z), sharp, rtol=1e-5)


def test_named_parameters_become_the_stack_that_they_describe():
    assert "oxide_thickness" not in r.parameter_names(1)
    data = r.simulate(3, seed=1, layers=4)
    stacks = r.slabs(dict(zip(data.names, data.y.T, strict=True)))
    assert stacks.shape == (3, 6, 4)
    assert_array_equal(stacks[:, 0, 1], 2.07)
    assert_array_equal(stacks[:, 1, 1], 3.47)
    assert_array_equal(stacks[:, 1, 0], data["oxide_thickness"])
    assert_array_equal(stacks[:, 4, 0], data["film_3_thickness"])
    assert_array_equal(stacks[:, 5, 1], data["solvent_sld"])


def test_rebinning_keeps_a_constant_and_weights_with_the_errors():
    q = np.linspace(0.01, 0.2, 400)
    onto = np.geomspace(0.011, 0.19, 80)
    assert_allclose(r.rebin(q, np.full(400, 0.3), np.full(400, 0.1), onto=onto), 0.3)
    errors = np.where(np.arange(4) == 1, 1e-3, 1.0)
    assert_allclose(
        r.rebin([0.010, 0.0101, 0.03, 0.0301], [9, 1, 5, 5], errors, onto=[0.01, 0.03])[0], 1, atol=1e-4
    )


def test_rebinning_interpolates_the_logarithm_where_nothing_was_measured():
    assert_allclose(
        r.rebin([0.01, 0.1, 1], [1, 1e-2, 1e-4], [1e-3] * 3, onto=[0.02, 0.04])[0], 10 ** (-2 * 0.01 / 0.09)
    )


# Simulation


def test_a_small_set_is_the_beginning_of_a_large_one():
    small, large = r.simulate(5, seed=3), r.simulate(1030, seed=3)
    assert_array_equal(small.x, large.x[:5])
    assert_array_equal(small.y, large.y[:5])
    assert not np.array_equal(r.simulate(5, seed=4).x, small.x)


def test_simulated_numbers_are_those_that_were_stored():
    """Parameters and counts are the same everywhere; the stored values come from the first release."""
    data = r.simulate(3, seed=20)
    beam = 10 ** data["log10_dose"][:, None] * (data.coords["q"] / data.coords["q"][0]) ** 2
    counts = np.rint(data.x * beam).astype(int)
    assert_allclose(data["film_thickness"], STORED_THICKNESS, rtol=1e-12)
    assert_array_equal(counts[:, [0, 30, 79]], STORED_COUNTS)


def test_counts_scatter_as_poisson_around_the_model():
    narrow = {
        name: (value, value)
        for name, value in zip(r.parameter_names(), r.simulate(1, seed=0).y[0], strict=True)
    }
    data = r.simulate(4096, seed=5, prior=narrow)
    parameters = dict(zip(data.names, data.y[0], strict=True))
    q = data.coords["q"]
    expected = r.model(parameters, q)
    beam = 10 ** parameters["log10_dose"] * (q / q[0]) ** 2
    counts = data.x * beam
    standard_error = np.sqrt(expected * beam / 4096)
    assert np.abs((counts.mean(0) - expected * beam) / standard_error).max() < 5
    assert_allclose(counts.var(0) / (expected * beam), 1, atol=0.2)


def test_errors_are_the_square_root_of_the_counts_and_never_zero():
    data = r.simulate(200, seed=6, prior={"log10_dose": (2, 2.5)})
    beam = 10 ** data["log10_dose"][:, None] * (data.coords["q"] / data.coords["q"][0]) ** 2
    counts = np.rint(data.x * beam)
    assert (counts == 0).any()
    assert_allclose(data.errors * beam, np.sqrt(np.maximum(counts, 1)))


def test_a_prior_moves_all_films_or_one():
    data = r.simulate(50, seed=0, layers=3, prior={"film_thickness": (60, 70), "film_2_thickness": (80, 90)})
    assert data["film_1_thickness"].max() < 70
    assert data["film_2_thickness"].min() > 80


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"q": [[0.1]]}, r"q must have shape \(m,\)"),
        ({"q": []}, "q must have shape"),
        ({"q": [0.0, 0.1]}, "q must be finite and positive.* 0.0"),
        ({"q": [np.nan]}, "q must be finite and positive"),
        ({"slabs": [[0, 1, 0, 0]]}, r"slabs must have shape \(\.\.\., layers \+ 2, 4\); got shape \(1, 4\)"),
        ({"slabs": [[0, 1, 0], [0, 1, 0]]}, "slabs must have shape"),
        ({"slabs": [[0, 1, 0, 0], [0, np.inf, 0, 0]]}, "slabs must be finite"),
        ({"slabs": [[0, 1, 0, 0], [-5, 1, 0, 0], [0, 2, 0, 0]]}, r"thickness\) must not be negative.* -5"),
        ({"slabs": [[0, 1, 0, 0], [0, 1, -1, 0]]}, "absorption"),
        ({"slabs": [[0, 1, 0, 0], [0, 1, 0, -1]]}, "roughness"),
        ({"dq": -0.1}, "dq must be finite and not negative"),
        ({"dq": [0.1, 0.1, 0.1]}, "dq must be a number"),
        ({"scale": [1.0, 1.0]}, r"scale must be a number or have shape \(\)"),
        ({"background": [0.0]}, "background must be a number"),
    ],
)
def test_bad_input_to_reflectivity_is_named(arguments, message):
    good = {"q": [0.1, 0.2], "slabs": SILICON_D2O}
    with pytest.raises(ValueError, match=message):
        r.reflectivity(**good | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"n": 2.5}, "n must be a whole number"),
        ({"n": True}, "n must be a whole number"),
        ({"seed": -1}, "seed must be a whole number, at least 0; got -1"),
        ({"seed": None}, "seed must be"),
        ({"layers": -1}, "layers must be a whole number"),
        ({"layers": 1.5}, "layers must be a whole number"),
        ({"q": [0.2, 0.1]}, "q must increase"),
        ({"q": [-1, 1]}, "q must be finite and positive"),
        ({"prior": {"thickness": (1, 2)}}, "prior has no parameter 'thickness'"),
        ({"prior": {"film_sld": (2, 1)}}, r"prior\['film_sld'\] must be a finite pair"),
        ({"prior": {"film_sld": (1, 2, 3)}}, "must be a finite pair"),
    ],
)
def test_bad_input_to_simulate_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        r.simulate(**{"n": 4, "seed": 0} | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"onto": [0.001, 0.1]}, "onto must lie within the measured"),
        ({"onto": [0.1, 0.05]}, "onto must be a positive, increasing array"),
        ({"q": [0.1, 0.05, 0.2]}, "q must be a positive, increasing array"),
        ({"errors": [1, 0, 1]}, "errors must be positive"),
        ({"r": [1, 2]}, "must have the shape of q"),
    ],
)
def test_bad_input_to_rebin_is_named(arguments, message):
    good = {"q": [0.01, 0.05, 0.2], "r": [1, 1, 1], "errors": [1, 1, 1], "onto": [0.02, 0.1]}
    with pytest.raises(ValueError, match=message):
        r.rebin(**good | arguments)


@given(
    q=st.lists(st.floats(allow_nan=True, width=32), max_size=4),
    rows=st.lists(st.lists(st.floats(allow_nan=True, width=32), min_size=3, max_size=5), max_size=4),
    dq=st.none() | st.floats(allow_nan=True, width=32) | st.text(max_size=2),
)
@pytest.mark.filterwarnings(
    "ignore:overflow encountered:RuntimeWarning", "ignore:invalid value:RuntimeWarning"
)
def test_whatever_comes_in_gives_a_curve_or_an_error_that_names_the_argument(q, rows, dq):
    message = ""
    try:
        curve = r.reflectivity(q, rows, dq=dq)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("q must", "slabs must", "slabs[", "dq must"))
    else:
        assert curve.shape == (len(q),)


def test_bad_input_to_the_small_functions_is_named():
    with pytest.raises(ValueError, match="slabs must be a number or an array of numbers; got 'film'"):
        r.reflectivity([0.1], "film")
    with pytest.raises(ValueError, match="sld must be a number"):
        r.fresnel([0.1], "D2O")
    with pytest.raises(ValueError, match="film_sld must be a number"):
        r.slabs(
            {
                "film_thickness": 3,
                "film_sld": "D2O",
                "film_roughness": 1,
                "solvent_sld": 6,
                "solvent_roughness": 1,
            }
        )
    with pytest.raises(ValueError, match="scale must be finite"):
        r.reflectivity([0.1], SILICON_D2O, scale=np.nan)
    with pytest.raises(ValueError, match="q must be finite and positive"):
        r.fresnel([0.0], 4)
    with pytest.raises(ValueError, match="z must have shape"):
        r.sld_profile([[0]], SILICON_D2O)
    with pytest.raises(ValueError, match="parameters must also have film_sld, film_roughness"):
        r.slabs({"film_thickness": 3, "solvent_sld": 6, "solvent_roughness": 3})
    with pytest.raises(ValueError, match="parameters must also have log10_background, resolution; got scale"):
        r.model({"scale": 1}, [0.1])
    film = dict(zip(r.parameter_names(), r.simulate(1, seed=0).y[0], strict=True))
    with pytest.raises(ValueError, match="q, r and errors must have the same shape"):
        r.residuals(film, [0.1], [1, 2], [1])
    with pytest.raises(ValueError, match="r and errors must be positive"):
        r.residuals(film, [0.1], [0.0], [1])


def test_the_physics_is_imported_without_any_framework():
    code = (
        "import sys; from lens_labs.scattering import reflectivity; reflectivity.simulate(1, seed=0); "
        "print([m for m in ('jax', 'keras', 'tensorflow', 'torch', 'matplotlib', 'sklearn') if m in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"
