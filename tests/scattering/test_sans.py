"""Small-angle scattering against closed forms, against values that sasmodels publishes, and against bad input."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, special, stats

from lens_labs.scattering import _resolution, sans
from lens_labs.scattering.sans._special import three_j1_over_x

Q = np.geomspace(0.004, 0.3, 64)
SPHERE = {"radius": 60.0, "sld": 1.0, "sld_solvent": 4.0}
VOLUME = 4 * np.pi / 3 * 60**3
STORED_RADIUS = [51.03402212344161, 60.9392665831915, 66.15685948594403]
STORED_COUNTS = [[447, 13095, 29569], [266, 7157, 7455], [101, 2429, 7138]]


def schulz_spheres(q, radius, width, contrast):
    """Return I(q) of Schulz-distributed spheres in closed form, from the moments of a gamma distribution."""
    k, theta = 1 / width**2, radius * width**2

    def mean(n, frequency):  # of r^n exp(i frequency r)
        return theta**n * special.poch(k, n) * (1 - 1j * frequency * theta) ** -(k + n)

    squared = 1 + q**2 * mean(2, 0) - mean(0, 2 * q) + 1j * 2 * q * mean(1, 2 * q) + q**2 * mean(2, 2 * q)
    return 1e-4 * 8 * np.pi**2 * contrast**2 / q**6 * squared.real / (4 * np.pi / 3 * mean(3, 0).real)


# Oracles


@pytest.mark.parametrize(
    ("q", "parameters", "expected"),
    [
        ([0.2], {"background": 1e-3}, [0.726362]),
        (
            [0.01, 0.1, 0.2],
            {"sld": 6, "sld_solvent": 1, "radius": 120},
            [1.34836265e4, 6.20114062, 1.04733914e-1],
        ),
    ],
)
def test_spheres_have_the_intensity_that_the_tests_of_sasmodels_ask_for(q, parameters, expected):
    assert_allclose(sans.i_q("sphere", q, **parameters), expected, rtol=1e-6)


def test_a_sum_over_gaussian_radii_has_the_value_that_the_tests_of_sasmodels_ask_for():
    t = np.linspace(-3, 3, 45)
    radius, share = 120 * (1 + 0.2 * t), np.exp(-(t**2) / 2)
    each = sans.i_q("sphere", [0.2], sld=6, sld_solvent=1, radius=radius)[:, 0]  # over its own volume
    assert_allclose((share * each * radius**3).sum() / (share * radius**3).sum(), 0.2288431, rtol=1e-6)


@pytest.mark.parametrize("width", [0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("radius", [20.0, 80.0, 300.0])
def test_polydisperse_spheres_follow_the_closed_form_of_the_schulz_distribution(width, radius):
    q = np.geomspace(1, 10 / width, 200) / radius
    ours = sans.i_q("sphere", q, radius=radius, radius_pd=width, sld=1, sld_solvent=4)
    assert_allclose(ours, schulz_spheres(q, radius, width, 3.0), rtol=1e-4)


def test_the_amplitude_of_a_sphere_is_a_spherical_bessel_function_on_both_sides_of_the_series():
    x = np.concatenate([[0.0], np.geomspace(1e-9, 100, 500), np.linspace(0.29, 0.31, 50)])
    exact = np.where(x > 0, 3 * special.spherical_jn(1, x) / np.where(x > 0, x, 1), 1)
    assert_allclose(three_j1_over_x(np, x), exact, rtol=1e-12, atol=1e-15)


# Known limits


def test_forward_intensity_is_scale_times_volume_times_contrast_squared():
    forward = sans.i_q("sphere", [1e-7], scale=0.02, **SPHERE)
    assert_allclose(forward, 0.02 * VOLUME * 3.0**2 * 1e-4, rtol=1e-9)


def test_forward_intensity_of_many_sizes_weighs_them_with_their_volume_squared():
    forward = sans.i_q("sphere", [1e-7], radius_pd=0.2, **SPHERE)
    k = 1 / 0.2**2
    moments = special.poch(k, 6) / (k**3 * special.poch(k, 3))  # of r^6 over r^3, in units of the mean cubed
    assert_allclose(forward, VOLUME * 9e-4 * moments, rtol=1e-8)


def test_small_angles_show_guiniers_radius_of_gyration():
    q = np.array([1e-4, 2e-4])
    slope = np.diff(np.log(sans.i_q("sphere", q, **SPHERE)))[0] / np.diff(q**2)[0]
    assert_allclose(-3 * slope, 3 * 60**2 / 5, rtol=1e-3)


def test_large_angles_fall_as_porod_says_in_the_mean():
    q = np.linspace(1, 1 + 20 * np.pi / 60, 20_000, endpoint=False)  # twenty whole fringes
    plateau = (sans.i_q("sphere", q, **SPHERE) * q**4).mean()
    assert_allclose(plateau, 2 * np.pi * 9e-4 * 4 * np.pi * 60**2 / VOLUME, rtol=1e-3)


def test_the_first_minimum_of_a_sphere_is_where_tan_x_equals_x():
    assert_allclose(optimize.brentq(lambda x: np.tan(x) - x, 4.4, 4.6), 4.493, atol=1e-3)
    found = optimize.minimize_scalar(
        lambda q: sans.i_q("sphere", [q], **SPHERE)[0], (0.07, 0.075, 0.08), tol=1e-9
    )
    assert_allclose(60 * found.x, 4.493409, rtol=1e-6)
    assert found.fun < 1e-12


def test_particles_without_contrast_leave_the_background_alone():
    curve = sans.i_q("sphere", Q, sld=4, sld_solvent=4, background=0.1)
    assert_allclose(curve, 0.1)


@pytest.mark.parametrize("width", [0.0, 1e-9, 1e-5, 1.1e-4])
def test_a_narrow_distribution_becomes_one_size(width):
    one = sans.i_q("sphere", Q, background=1e-4, **SPHERE)
    assert_allclose(sans.i_q("sphere", Q, background=1e-4, radius_pd=width, **SPHERE), one, rtol=2e-4)


def test_a_distribution_fills_the_minimum_the_more_the_wider_it_is():
    minimum = [4.493409 / 60]
    filled = sans.i_q("sphere", minimum, radius_pd=[0.0, 0.05, 0.1, 0.2], **SPHERE)[:, 0]
    assert (np.diff(filled) > 0).all()


# Resolution


@pytest.mark.parametrize("parameters", [{"radius_pd": 0.1}, {"radius": 80.0, "radius_pd": 0.05}, {}])
def test_smearing_is_a_gaussian_mean_over_q(parameters):
    t = np.linspace(-6, 6, 601)
    weight = np.exp(-(t**2) / 2) / np.exp(-(t**2) / 2).sum()
    exact = np.array([sans.i_q("sphere", q * (1 + 0.05 * t), **parameters) @ weight for q in Q])
    assert_allclose(sans.i_q("sphere", Q, dq=0.05, **parameters), exact, rtol=1e-3)


def test_points_that_share_their_neighbourhood_and_points_on_their_own_are_smeared_alike():
    together = sans.i_q("sphere", Q, dq=0.05, radius_pd=0.1)
    alone = [sans.i_q("sphere", [q], dq=0.05, radius_pd=0.1)[0] for q in Q]
    assert_allclose(together, alone, rtol=1e-3)
    assert _resolution.smearing(Q, 0.05 * Q)[0].size < 4 * Q.size


@pytest.mark.parametrize("q", [Q, Q[::9], Q[::-1], np.linspace(0.001, 0.5, 40)], ids=len)
def test_smearing_leaves_a_constant_alone_and_keeps_a_line(q):
    points, matrix = _resolution.smearing(q, 0.05 * q)
    assert_allclose(matrix.sum(axis=1), 1, rtol=1e-12)
    assert_allclose(matrix @ points, q, rtol=2e-3)


def test_relative_and_absolute_resolution_agree_and_none_is_a_perfect_instrument():
    assert_allclose(sans.i_q("sphere", Q, dq=0.04), sans.i_q("sphere", Q, dq=0.04 * Q), rtol=1e-12)
    assert_allclose(sans.i_q("sphere", Q, dq=0.0), sans.i_q("sphere", Q), rtol=1e-12)


# Batches and JAX


def test_a_batch_is_the_curves_one_by_one_whatever_its_shape():
    radius = np.array([[20.0, 40, 60], [80, 100, 120]])
    batch = sans.i_q("sphere", Q, radius=radius, radius_pd=0.1, scale=radius / 1000, dq=0.03)
    assert batch.shape == (2, 3, 64)
    alone = sans.i_q("sphere", Q, radius=100.0, radius_pd=0.1, scale=0.1, dq=0.03)
    assert_allclose(batch[1, 1], alone, rtol=1e-12)
    assert sans.i_q("sphere", Q, radius=np.empty(0), radius_pd=0.1).shape == (0, 64)


def test_the_same_code_compiles_and_differentiates_in_jax():
    import jax

    radius, width = np.array([25.0, 60.0]), np.array([0.0, 0.2])
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():

        def misfit(radius, width):
            curve = sans.i_q("sphere", Q, radius=radius, radius_pd=width, dq=0.05, background=1e-3)
            return jax.numpy.log(curve).sum()

        compiled = jax.jit(lambda r, p: sans.i_q("sphere", Q, radius=r, radius_pd=p, dq=0.05))(radius, width)
        assert compiled.dtype == np.float64
        assert_allclose(compiled, sans.i_q("sphere", Q, radius=radius, radius_pd=width, dq=0.05), rtol=1e-9)
        gradient = jax.jit(jax.grad(misfit))(jax.numpy.asarray(radius), jax.numpy.asarray(width))
        step = np.array([0.0, 1e-5])
        numerical = (
            misfit(jax.numpy.asarray(radius + step), width) - misfit(jax.numpy.asarray(radius - step), width)
        ) / 2e-5
        assert np.isfinite(gradient).all()
        assert_allclose(gradient[1], numerical, rtol=1e-5)


# Simulation


def test_a_small_set_is_the_beginning_of_a_large_one_byte_for_byte():
    small, large = (sans.simulate(n, seed=3, exposures=2, q=Q[::13]) for n in (5, 1030))
    for name in ("x", "y", "errors"):
        assert getattr(small, name).tobytes() == getattr(large, name)[:10].tobytes()
    assert not np.array_equal(sans.simulate(5, seed=4, exposures=2, q=Q[::13]).x, small.x)


def test_the_first_exposures_of_many_are_those_of_few():
    one, three = sans.simulate(6, seed=3), sans.simulate(6, seed=3, exposures=3)
    assert_array_equal(one.x, three.x[::3])
    assert_array_equal(one.y, three.y[::3])


def test_exposures_of_a_sample_share_all_but_time_transmission_and_counts():
    data = sans.simulate(30, seed=1, exposures=4)
    by_sample = data.y.reshape(30, 4, -1)
    differ = {name for i, name in enumerate(data.names) if np.ptp(by_sample[:, :, i], axis=1).any()}
    assert differ == {"transmission", "exposure"}
    assert_array_equal(data["sample"], np.repeat(np.arange(30), 4))
    assert len(np.unique(data.x[:, -1])) == 120
    assert_array_equal(data[data["sample"] == 7]["sample"], [7, 7, 7, 7])


def test_simulated_numbers_are_those_that_were_stored():
    """Parameters and counts are the same everywhere; the stored values come from the first release."""
    data = sans.simulate(3, seed=20)
    assert_allclose(data["radius"], STORED_RADIUS, rtol=1e-12)
    assert_array_equal(counts(data)[:, [0, 30, 63]], STORED_COUNTS)


def test_counts_scatter_as_poisson_around_particles_background_and_upturn():
    truth = {name: (value, value) for name, value in zip_columns(sans.simulate(1, seed=0)).items()}
    del truth["sample"]
    data = sans.simulate(4096, seed=5, prior=truth | {"exposure": (10, 10)})
    p = zip_columns(data[:1])
    expected = sans.i_q(
        "sphere",
        Q,
        dq=0.05,
        **{k: p[k] for k in ("radius", "radius_pd", "sld", "sld_solvent", "scale", "background")},
    )
    expected = (
        (expected + p["upturn"] * (Q / 0.01) ** -p["upturn_power"]) * p["transmission"] * 10 * (Q / Q[0]) ** 2
    )
    seen = counts(data)
    assert np.abs((seen.mean(0) - expected) / np.sqrt(expected / 4096)).max() < 5
    dispersion = seen.var(0) / expected  # scatters by sqrt(2/4096) around 1
    assert_allclose(dispersion, 1, atol=0.11)


def test_errors_are_the_square_root_of_the_counts_and_never_zero():
    data = sans.simulate(200, seed=6, prior={"exposure": (0.01, 0.02)})
    area = data["exposure"][:, None] * (Q / Q[0]) ** 2
    assert (counts(data) == 0).any()
    assert_allclose(data.errors * area, np.sqrt(np.maximum(counts(data), 1)))


def test_a_prior_moves_what_it_names_and_ratios_are_drawn_evenly():
    data = sans.simulate(2048, seed=0, q=Q[::13], prior={"radius": (90, 95), "scale": (1e-4, 1e-2)})
    assert 90 < data["radius"].min() < data["radius"].max() < 95
    assert stats.kstest(np.log10(data["scale"]), stats.uniform(-4, 2).cdf).pvalue > 1e-3
    assert data.meta["prior"]["radius"] == (90, 95)


def test_every_column_has_a_unit():
    data = sans.simulate(2, seed=0)
    assert data.units["radius"] == "Å"
    assert data.units["upturn"] == data.units["x"] == "1/cm"
    assert data.units["exposure"] == "s"


def counts(data):
    return np.rint(data.x * data["exposure"][:, None] * (Q / Q[0]) ** 2).astype(int)


def zip_columns(data):
    return dict(zip(data.names, data.y[0], strict=True))


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": "banana"}, "shape must be one of sphere, .*lamellar; got 'banana'"),
        ({"radious": 4}, "a sphere has no parameter 'radious'; its parameters are sld, sld_solvent, radius"),
        ({"q": [[0.1]]}, r"q must have shape \(m,\)"),
        ({"q": [0.0, 0.1]}, "q must be finite and positive.* 0.0"),
        ({"q": [0.0, 0.1], "dq": 0.1}, "q must be finite and positive.* 0.0"),
        ({"radius": 0.0}, "radius must be finite, from 0.001 to .* Å; got 0.0"),
        ({"radius": [40, -1]}, "radius must be finite, from 0.001 .*-1"),
        ({"radius": "big"}, "radius must be a number"),
        ({"radius": [40, 50], "sld": [1, 2, 3]}, r"one shape; got sld \(3,\), radius \(2,\)"),
        ({"radius_pd": 0.6}, r"radius_pd must be finite, from 0 to 0.5; got 0.6"),
        ({"radius_pd": -0.1}, "radius_pd must be finite, from 0"),
        ({"sld": np.nan}, "sld must be finite"),
        ({"scale": np.inf}, "scale must be finite"),
        ({"background": [np.nan]}, "background must be finite"),
        ({"dq": -0.1}, "dq must be finite and not negative"),
        ({"dq": [0.1, 0.1, 0.1]}, r"dq must be a number .* of shape \(2,\); got shape \(3,\)"),
        ({"dq": "wide"}, "dq must be a number"),
        ({"dq": 1.5}, "dq must be finite and not negative, and at most 1 for this shape; got 1.5"),
        ({"dq": [0.3, 0.0]}, "dq must be finite and not negative, and at most 1 q for this shape; got 0.3"),
        ({"shape": "lamellar", "dq": 0.3}, "dq must be .* at most 0.25 for this shape"),
        ({"shape": ["sphere"]}, r"shape must be one of sphere, .*; got \['sphere'\]"),
        ({"q": None}, "q must be a number or an array of numbers; got None"),
        ({"radius": None}, "radius must be a number or an array of numbers; got None"),
        ({"q": [1e-12]}, "q must be finite, from 1e-09 to 1000 Å⁻¹; got 1e-12"),
        ({"scale": -0.1}, "scale must be finite, from 0 to .*; got -0.1"),
    ],
)
def test_bad_input_to_i_q_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.i_q(**{"shape": "sphere", "q": [0.1, 0.2]} | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"seed": -1}, "seed must be a whole number, at least 0; got -1"),
        ({"exposures": 0}, "exposures must be a whole number, at least 1; got 0"),
        ({"exposures": 2.0}, "exposures must be a whole number"),
        ({"shape": "cube"}, "shape must be one of sphere"),
        ({"q": [0.2, 0.1]}, "q must increase"),
        ({"q": [-1, 1]}, "q must be finite and positive"),
        ({"dq": -0.1}, "dq must be a number from 0 to 0.25; got -0.1"),
        ({"dq": [0.1]}, "dq must be a number from"),
        ({"dq": None}, "dq must be a number"),
        ({"prior": {"thickness": (1, 2)}}, "prior has no parameter 'thickness'; the parameters are sld"),
        ({"shape": None}, "shape must be one of sphere, .*; got None"),
        ({"dq": 0.3}, "dq must be a number from 0 to 0.25; got 0.3"),
        ({"prior": {"upturn_power": (3, 7)}}, r"prior\['upturn_power'\] must lie between 0 and 6"),
        ({"prior": {"transmission": (0.5, 5)}}, r"prior\['transmission'\] must lie between 0 and 2"),
        (
            {"prior": {"upturn": (1e14, 1e14), "exposure": (1e9, 1e9)}},
            "prior and q must leave at most 1e.18 counts",
        ),
        ({"blocks": 3}, "blocks must be"),
        ({"prior": {"sample": (1, 2)}}, "prior has no parameter 'sample'"),
        ({"prior": {"radius": (2, 1)}}, r"prior\['radius'\] must be a finite pair"),
        ({"prior": {"radius": 5}}, "must be a finite pair"),
        ({"prior": {"scale": (0, 1)}}, r"prior\['scale'\] must be positive"),
        ({"prior": {"radius": (-5, 5)}}, "radius must be finite, from 0.001"),
        ({"prior": {"radius_pd": (0, 0.9)}}, "radius_pd must be finite, from 0 to 0.5"),
    ],
)
def test_bad_input_to_simulate_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.simulate(**{"n": 4, "seed": 0} | arguments)


@given(
    radius=st.floats(allow_nan=True, width=32) | st.lists(st.floats(1, 100), max_size=3),
    radius_pd=st.none() | st.floats(-0.1, 0.7),
    dq=st.none() | st.floats(-0.1, 0.3) | st.text(max_size=2),
)
def test_whatever_comes_in_gives_curves_or_an_error_that_names_the_argument(radius, radius_pd, dq):
    width = {} if radius_pd is None else {"radius_pd": radius_pd}
    message = ""
    try:
        curve = sans.i_q("sphere", [0.1, 0.2], radius=radius, dq=dq, **width)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("radius must", "radius_pd must", "dq must"))
    else:
        assert curve.shape == (*np.shape(radius), 2)
        assert np.isfinite(curve).all()


def test_the_physics_is_imported_without_any_framework():
    code = (
        "import sys; from lens_labs.scattering import sans; sans.simulate(1, seed=0); "
        "print([m for m in ('jax', 'keras', 'tensorflow', 'torch', 'matplotlib', 'sklearn') if m in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"
