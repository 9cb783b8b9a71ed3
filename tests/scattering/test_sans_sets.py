"""Sets of small-angle curves of several shapes, of samples that change, and what is read from curves without a model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lens_labs import scattering
from lens_labs.scattering import sans
from lens_labs.scattering.sans._shapes import SHAPES

FEW = np.geomspace(0.01, 0.1, 5)
KINDS = ["sphere", "cylinder", "core_shell_sphere", "lamellar"]
STORED_SHAPES = [2.0, 0.0, 2.0]
STORED_SOLVENTS = [5.943954125432622, 5.9193705726630075, 5.955797288522406]
STORED_COUNTS = [[1885, 3499, 2358, 1289, 2679], [347, 1010, 2438, 2859, 609], [309, 814, 1940, 3264, 2976]]
STORED_RATES = [0.004842889493332313, 0.005382369742823327]
STORED_FRAMES = [[11438, 28988, 74477, 161435, 177940], [10844, 27542, 70031, 155459, 193923]]


# Several shapes


def test_each_sample_has_one_of_the_shapes_and_only_its_parameters():
    data = sans.simulate(300, seed=1, shape=KINDS, q=FEW, dq=0.0)
    assert data.meta["classes"] == tuple(KINDS)
    assert np.bincount(data["shape"].astype(int), minlength=4).min() > 45  # 75 on average
    for number, name in enumerate(KINDS):
        of_shape = data[data["shape"] == number]
        given = {key for key in data.names if np.isfinite(of_shape[key]).all()}
        missing = {key for key in data.names if np.isnan(of_shape[key]).all()}
        assert given | missing == set(data.names)
        assert {key for key in given if key in SHAPES[name].units} == set(SHAPES[name].units)
    assert np.isfinite(data.x).all()


def test_the_mean_of_a_shape_is_its_curve_with_the_upturn():
    data = sans.simulate(2_000, seed=2, shape="core_shell_sphere", q=FEW, prior={"exposure": (1000, 1000)})
    some = data[:40]
    names = (*SHAPES["core_shell_sphere"].defaults, "radius_pd", "scale", "background")
    ideal = sans.i_q("core_shell_sphere", FEW, dq=0.05, **{name: some[name] for name in names})
    upturn = some["upturn"][:, None] * (FEW / 0.01) ** -some["upturn_power"][:, None]
    away = (some.x - some["transmission"][:, None] * (ideal + upturn)) / some.errors
    assert abs(away.mean()) < 0.35
    assert_allclose((away**2).mean(), 1, atol=0.4)


@pytest.mark.parametrize("shape", ["cylinder", ["sphere", "ellipsoid"]])
def test_costly_samples_are_those_of_any_larger_set_byte_for_byte(shape):
    small = sans.simulate(3, seed=3, shape=shape, q=FEW, exposures=2)
    large = sans.simulate(1_027, seed=3, shape=shape, q=FEW, exposures=2)
    last = sans.simulate(1_027, seed=3, shape=shape, q=FEW, exposures=2, blocks=[1])
    once = sans.simulate(3, seed=3, shape=shape, q=FEW)
    for name in ("x", "y", "errors"):
        assert getattr(small, name).tobytes() == getattr(large, name)[:6].tobytes()
        assert getattr(last, name).tobytes() == getattr(large, name)[2048:].tobytes()
    assert_array_equal(once.x, small.x[::2])


def test_simulated_shapes_are_those_that_were_stored():
    """Parameters and counts are the same everywhere; the stored values come from the first release."""
    data = sans.simulate(3, seed=20, shape=KINDS, q=FEW)
    counts = np.rint(data.x * data["exposure"][:, None] * (FEW / FEW[0]) ** 2).astype(int)
    assert_array_equal(data["shape"], STORED_SHAPES)
    assert_allclose(data["sld_solvent"], STORED_SOLVENTS, rtol=1e-12)
    assert_array_equal(counts, STORED_COUNTS)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([], "shape must name at least one shape"),
        (["sphere", "sphere"], "each of them once"),
        (["sphere", "banana"], "shape must be one of sphere"),
        ("banana", "shape must be one of sphere"),
    ],
)
def test_shapes_that_there_are_not_are_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        sans.simulate(4, seed=0, shape=shape)


# Samples that change


def test_populations_solve_their_equation_and_keep_the_whole():
    time, rates = np.linspace(0, 400, 4001), np.array([[0.01, 0.003], [0.01, 0.01], [0.01, 0.01 + 1e-12]])
    shares = sans.populations(time, rates)
    assert shares.shape == (3, 4001, 3)
    assert_allclose(shares.sum(axis=-1), 1, rtol=1e-14)
    first, second, last = np.moveaxis(shares, -1, 0)
    flow, on = rates[:, :1] * first, rates[:, 1:] * second
    for found, expected in ((first, -flow), (second, flow - on), (last, on)):
        assert_allclose(np.gradient(found, time, axis=-1)[:, 1:-1], expected[:, 1:-1], atol=1e-7)
    assert_allclose(shares[1], shares[2], atol=1e-9)


def test_counts_scatter_as_poisson_around_what_the_shares_of_the_states_give():
    data = sans.simulate_kinetics(12, seed=1, frames=40, states=3)
    expected = data.truth["expected"]
    assert_allclose(((data.x - expected) ** 2 / expected).mean(), 1, atol=0.03)
    assert_allclose(data.truth["shares"].sum(axis=-1), 1, rtol=1e-12)
    assert_allclose(data.errors, np.sqrt(np.maximum(data.x, 1)))


def test_a_frame_that_sees_the_first_state_alone_holds_the_dose():
    still = {"rate": (1e-9, 1e-9), "dose": (1000, 1000)}
    data = sans.simulate_kinetics(4, seed=2, frames=5, prior=still)
    assert_allclose(data.truth["expected"].sum(axis=-1), 1000, rtol=1e-6)


def test_a_frame_sees_the_mean_over_its_time():
    data = sans.simulate_kinetics(2, seed=2, frames=3, frame_time=100.0)
    rate, edges = data["rate"][:, None], 100.0 * np.arange(4)
    passed = np.exp(-rate * edges)
    assert_allclose(data.truth["shares"][..., 0], -np.diff(passed, axis=-1) / (100 * rate), rtol=1e-6)
    assert_array_equal(data.coords["time"], [50, 150, 250])


@pytest.mark.parametrize(("states", "dose", "seen"), [(2, 3e6, 1), (3, 3e6, 2), (3, 300, 1), (3, 20, 0)])
def test_a_principal_component_for_each_further_state_stands_above_the_noise_if_the_dose_is_high(
    states, dose, seen
):
    same = {"rate": (0.004, 0.004), "elongation": (4, 4), "length": (300, 300), "dose": (dose, dose)}
    if states == 2:
        del same["elongation"]
    else:
        same["rate_2"] = (0.004, 0.004)
    data = sans.simulate_kinetics(1, seed=5, states=states, prior=same)
    white = data.x[0] / np.sqrt(data.truth["expected"][0].mean(axis=0))
    values = np.linalg.svd(white - white.mean(axis=0), compute_uv=False) ** 2 / 200
    edge = (1 + np.sqrt(120 / 200)) ** 2
    assert (values > 1.15 * edge).sum() == seen


def test_series_are_those_of_any_larger_set_and_of_their_block():
    small = sans.simulate_kinetics(2, seed=3, frames=2, q=FEW)
    large = sans.simulate_kinetics(1_026, seed=3, frames=2, q=FEW)
    last = sans.simulate_kinetics(1_026, seed=3, frames=2, q=FEW, blocks=scattering.blocks(1_026)[1:])
    assert small.x.tobytes() == large.x[:2].tobytes()
    assert small.y.tobytes() == large.y[:2].tobytes()
    assert last.x.tobytes() == large.x[1024:].tobytes()
    assert_allclose(small["rate"], STORED_RATES, rtol=1e-12)
    assert_array_equal(small.x[:, 1], STORED_FRAMES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"frames": 0}, "frames must be a whole number, at least 1; got 0"),
        ({"states": 4}, "states must be 2 or 3; got 4"),
        ({"states": 2.0}, "states must be a whole number, at least 2; got 2.0"),
        ({"frame_time": 1e300}, "frame_time must be a positive number, at most 1e9 s"),
        ({"frame_time": 0}, "frame_time must be a positive number, at most 1e9 s; got 0"),
        ({"frame_time": [1.0]}, "frame_time must be a positive number"),
        ({"q": [0.2, 0.1]}, "q must increase"),
        ({"dq": -1}, "dq must be a number from 0 to 0.25"),
        ({"prior": {"rate_2": (1, 2)}}, "prior has no parameter 'rate_2'"),
        ({"prior": {"dose": (0, 1)}}, r"prior\['dose'\] must be positive"),
    ],
)
def test_bad_input_to_simulate_kinetics_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.simulate_kinetics(**{"n": 2, "seed": 0, "frames": 2} | arguments)


@given(
    time=st.lists(st.floats(allow_nan=True), max_size=3) | st.text(max_size=2),
    rates=st.lists(st.floats(allow_nan=True), max_size=3),
)
def test_whatever_comes_in_gives_populations_or_an_error_that_names_the_argument(time, rates):
    message = ""
    try:
        shares = sans.populations(time, rates)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("time must", "rates must"))
    else:
        assert shares.shape == (len(time), len(rates) + 1)


# What is read without a model

FINE = np.geomspace(0.0005, 1.0, 400)


@pytest.mark.parametrize("radius", [20.0, 50.0, 120.0])
def test_features_of_spheres_are_those_of_guinier_and_porod(radius):
    curve = sans.i_q("sphere", FINE, scale=0.01, radius=radius, radius_pd=0.1)
    found, slope, invariant = sans.features(FINE, curve)
    k = 1 / 0.1**2  # moments of the Schulz distribution
    mean_square = radius**2 * (k + 7) * (k + 6) / k**2
    assert_allclose(found, np.sqrt(3 / 5 * mean_square), rtol=0.02)
    assert_allclose(slope, -4, atol=0.25)
    assert_allclose(invariant, 2 * np.pi**2 * 0.01 * 25e-4, rtol=0.01)


def test_features_of_a_power_law_and_of_guiniers_law_are_exact():
    q = np.geomspace(0.001, 0.1, 60)
    assert_allclose(sans.features(q, 3 * q**-2.5)[1], -2.5, rtol=1e-9)
    assert_allclose(sans.features(q, 7 * np.exp(-(q**2) * 50**2 / 3))[0], 50, rtol=1e-9)
    assert sans.features(q, q)[0] == 0


def test_features_scale_with_the_intensity_and_leave_a_background_behind():
    q = np.geomspace(0.002, 0.3, 80)
    curves = sans.i_q("sphere", q, radius=np.array([[30.0, 50.0]]), radius_pd=0.1)
    one = sans.features(q, curves)
    assert one.shape == (1, 2, 3)
    assert_allclose(sans.features(q, 2 * curves), one * [1, 1, 2], rtol=1e-9)
    lifted = curves + np.array([[0.5, 1.0]])[..., None]
    assert_allclose(sans.features(q, lifted, background=[[0.5, 1.0]]), one, rtol=1e-6)


def test_points_that_are_not_positive_are_left_out_of_the_lines():
    q = np.geomspace(0.001, 0.1, 60)
    curve = q**-4
    curve[-3] = -1.0
    assert_allclose(sans.features(q, curve)[1], -4, rtol=1e-9)
    assert np.isnan(sans.features(q, -curve)[:2]).all()


@given(
    q=st.lists(st.floats(allow_nan=True), min_size=14, max_size=17),
    size=st.integers(14, 17),
    value=st.floats(allow_nan=True),
    background=st.floats(allow_nan=True) | st.lists(st.floats(0, 1), max_size=2),
    increasing=st.booleans(),
)
def test_whatever_comes_in_gives_features_or_an_error_that_names_the_argument(
    q, size, value, background, increasing
):
    message = ""
    try:
        found = sans.features(
            np.arange(1, size + 1) / 100 if increasing else q, np.full(size, value), background=background
        )
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("q must", "intensity must", "background must"))
    else:
        assert found.shape == (3,)
