"""Hysteresis against relays one by one, closed forms and the theorems of Preisach's model; and against bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, optimize, special, stats

from lens_labs import scattering
from lens_labs.scattering import magnetism
from lens_labs.scattering.magnetism._programmes import RATE, STRONGEST, ramps

MAGNET = {
    "coercive_field": 0.35,
    "coercive_spread": 0.4,
    "interaction_field": 0.12,
    "reversible": 0.08,
    "curie_temperature": 150.0,
}
STRONG = 100.0  # a field that turns every domain
STORED_COERCIVE = [0.27372712570913266, 0.2936119541800557, 0.4434084408209098]
STORED_UP = [[3992, 3381, 3507], [1011, 1313, 1385], [3113, 3043, 2698]]


def magnets(size, seed=0):
    """Return parameters of random magnets, one value a series."""
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(*magnetism.PRIOR[name], size) for name in MAGNET}


def programme(size, steps, seed=1):
    return np.random.default_rng(seed).uniform(-1.2, 1.2, (size, steps))


def mean_over_coercive_fields(function, median, spread):
    """Integrate over the log-normal coercive fields of one magnet, to many digits."""

    def weighted(t):
        return function(median * np.exp(spread * t)) * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)

    return integrate.quad(weighted, -9, 9, limit=400, epsabs=1e-11)[0]


# Oracles


def test_borders_are_what_hundreds_of_thousands_of_relays_show_when_they_are_counted():
    rng = np.random.default_rng(3)
    coercive = 0.35 * np.exp(0.4 * rng.normal(size=300_000))
    centre = rng.normal(0, 0.12, coercive.size)
    state = np.where(centre < 0, 1.0, -1.0)  # demagnetised
    field = programme(1, 12)[0]
    seen = []
    for now in field:
        state = np.where(now > centre + coercive, 1.0, np.where(now < centre - coercive, -1.0, state))
        seen.append(state.mean())
    assert_allclose(magnetism.magnetisation(field, reversible=0), seen, atol=5 / np.sqrt(coercive.size))


def test_relays_of_one_coercive_field_have_one_border_in_500_random_magnets():
    """With one coercive field, the interaction fields are a Gaussian cut at one border, which every relay obeys."""
    rng = np.random.default_rng(4)
    coercive, interaction = rng.uniform(0.1, 0.6, 500), rng.uniform(0.05, 0.3, 500)
    field = programme(500, 20)
    centre = interaction[:, None] * special.ndtri((np.arange(400) + 0.5) / 400)
    state = np.where(centre < 0, 1.0, -1.0)
    ours = magnetism.magnetisation(
        field, coercive_field=coercive, coercive_spread=0, interaction_field=interaction, reversible=0
    )
    for step in range(20):
        now = field[:, step, None]
        up, down = centre + coercive[:, None], centre - coercive[:, None]
        state = np.where(now > up, 1.0, np.where(now < down, -1.0, state))
        assert np.abs(ours[:, step] - state.mean(axis=1)).max() < 1.01 * 2 / 400


@pytest.mark.parametrize("spread", [0.1, 0.3, 0.5])
def test_the_branch_down_from_saturation_is_its_integral(spread):
    down = np.linspace(1.2, -1.2, 25)
    ours = magnetism.magnetisation([STRONG, *down], coercive_spread=spread, reversible=0)[1:]
    exact = [
        mean_over_coercive_fields(lambda c, h=h: special.erf((h + c) / (np.sqrt(2) * 0.12)), 0.35, spread)
        for h in down
    ]
    assert_allclose(ours, exact, atol=2e-4)


def test_the_first_curve_and_a_reversal_are_everetts_integrals_in_500_random_magnets():
    p = magnets(500)
    rng = np.random.default_rng(5)
    high = rng.uniform(0.1, 1.0, 500)
    low = rng.uniform(-1, 1, 500) * high
    ours = magnetism.magnetisation(np.stack([high, low], axis=1), **(p | {"reversible": np.zeros(500)}))
    t = np.linspace(-8, 8, 2001)
    weight = np.exp(-(t**2) / 2) / np.exp(-(t**2) / 2).sum()
    coercive = p["coercive_field"][:, None] * np.exp(p["coercive_spread"][:, None] * t)
    narrow = np.sqrt(2) * p["interaction_field"][:, None]
    first = np.maximum(high[:, None] - coercive, 0)
    back = np.minimum(first, low[:, None] + coercive)
    for step, border in enumerate((first, back)):
        assert_allclose(ours[:, step], (special.erf(border / narrow) * weight).sum(axis=1), atol=1e-3)


def test_turning_points_are_those_that_a_slow_search_finds():
    for field in np.random.default_rng(6).integers(-3, 4, (300, 15)).astype(float):
        path = [0.0, *field]
        moves = [(a, b) for a, b in itertools.pairwise(path) if a != b]
        corners = [0.0] if moves else []
        corners += [b for (a, b), (_, d) in itertools.pairwise(moves) if (b - a) * (d - b) < 0]
        expected = ([*corners[::-1], 0, 0, 0])[:3]
        assert_array_equal(magnetism.turning_points(field)[-1], expected)


# Theorems of the model


def test_the_magnet_comes_back_to_where_it_turned_round_however_many_smaller_loops_it_ran_through():
    p, start = magnets(500), programme(500, 6)
    high, low = start[:, -1:], start[:, -1:] - np.linspace(0.05, 1, 500)[:, None]
    inner, middle = low + 0.7 * (high - low), low + 0.3 * (high - low)
    path = [start, low, high, middle, inner, middle, low, high]
    m = magnetism.magnetisation(np.concatenate(path, axis=1), **p)[:, 6:]
    assert_array_equal(m[:, 0], m[:, 5])  # low
    assert_array_equal(m[:, 1], m[:, 6])  # high
    assert_array_equal(m[:, 2], m[:, 4])  # middle, a loop inside of the loop
    assert np.abs(m[:, 1] - m[:, 0]).max() > 1


def test_a_stronger_field_wipes_out_what_was_between():
    p, start = magnets(500), programme(500, 5)
    between = 0.999 * programme(500, 7, seed=2) * np.abs(start).max(axis=1, keepdims=True) / 1.2
    strong = np.sign(start[:, -1:]) * 1.3
    end = programme(500, 3, seed=8)
    long = magnetism.magnetisation(np.concatenate([start, between, -strong, strong, end], axis=1), **p)
    short = magnetism.magnetisation(np.concatenate([-strong, strong, end], axis=1), **p)
    assert_allclose(long[:, -3:], short[:, -3:], rtol=0, atol=1e-14)


def test_minor_loops_between_the_same_fields_are_congruent():
    p = magnets(500)
    loop = np.repeat([[0.4, -0.2, 0.0, 0.2, 0.4, 0.1, -0.2]], 500, axis=0)
    heights = []
    for before in (STRONG, -STRONG):
        field = np.concatenate([np.full((500, 1), before), loop], axis=1)
        m = magnetism.magnetisation(field, **p)[:, 2:]
        heights.append(m - m[:, :1])
    assert_allclose(heights[0], heights[1], rtol=0, atol=1e-13)


def test_the_opposite_programme_gives_the_opposite_magnetisation():
    p, field = magnets(500), programme(500, 30)
    temperature = np.random.default_rng(2).uniform(5, 200, field.shape)
    assert_array_equal(
        magnetism.magnetisation(-field, temperature, **p), -magnetism.magnetisation(field, temperature, **p)
    )


def test_how_long_a_field_is_held_and_how_finely_it_is_ramped_make_no_difference():
    p, field = magnets(500), programme(500, 10)
    m = magnetism.magnetisation(field, **p)
    assert_array_equal(magnetism.magnetisation(np.repeat(field, 3, axis=1), **p)[:, ::3], m)
    before = np.concatenate([np.zeros((500, 1)), field[:, :-1]], axis=1)
    fine = np.stack([before + share * (field - before) for share in (0.25, 0.5, 0.75)] + [field], axis=-1)
    finely = magnetism.magnetisation(fine.reshape(500, -1), **p)[:, 3::4]
    assert_allclose(finely, m, rtol=0, atol=1e-14)


def test_a_loop_costs_energy_and_the_magnetisation_rises_with_the_field():
    p = magnets(500)
    wave = np.concatenate([np.linspace(-1, 1, 41), np.linspace(1, -1, 41)[1:]])
    field = np.repeat(np.concatenate([wave, wave])[None], 500, axis=0)
    m = magnetism.magnetisation(field, **p)
    assert (np.diff(m, axis=1) * np.diff(field, axis=1) >= -1e-15).all()
    assert (integrate.trapezoid(field[:, 81:], m[:, 81:]) > 0).all()


def test_a_field_that_alternates_and_fades_leaves_no_magnetisation():
    fading = np.repeat(2 * 0.995 ** np.arange(2_000), 2) * np.tile([1, -1], 2_000)
    m = magnetism.magnetisation([*fading, 0.0], **MAGNET)
    assert abs(m[-1]) < 0.01
    assert magnetism.magnetisation([0.5, 0.0], **MAGNET)[-1] > 0.3


# Temperature


def test_strong_fields_saturate_each_domain_as_its_temperature_allows():
    p = magnets(500)
    warm = np.random.default_rng(1).uniform(1, 1.3, (500, 1)) * np.linspace(5, 150, 12)
    m = magnetism.magnetisation(np.full((500, 12), STRONG), warm, **p)
    assert_allclose(m, magnetism.saturation(warm, p["curie_temperature"][:, None]), rtol=1e-9, atol=1e-12)
    assert (np.abs(m) <= 1).all()


def test_saturation_falls_as_bloch_says_and_ends_with_a_third_as_exponent():
    cold, near = np.array([1.0, 2.0, 4.0]), np.array([1e-3, 1e-4, 1e-5])
    assert_allclose(1 - magnetism.saturation(cold, 1000), (cold / 1000) ** 1.5 / 3, rtol=1e-3)
    assert_allclose(magnetism.saturation(1 - near, 1), np.cbrt(1.5 * near), rtol=1e-3)
    assert_array_equal(magnetism.saturation([150, 151, 1e6]), 0)


@pytest.mark.parametrize("temperature", [0.0, 75.0, 140.0])
def test_the_coercive_field_falls_with_the_square_of_the_domain_magnetisation(temperature):
    def branch(h):
        return mean_over_coercive_fields(
            lambda c: special.erf((c - h) / (np.sqrt(2) * 0.12)), 0.35, 0.4
        ) - 0.08 / 0.92 * np.tanh(h / 0.35)

    expected = optimize.brentq(branch, 0.1, 0.6) * magnetism.saturation(temperature) ** 2
    at_coercive_field = magnetism.magnetisation([STRONG, -expected], temperature)[1]
    assert_allclose(at_coercive_field, 0, atol=2e-4)


def test_heating_above_the_curie_temperature_forgets_and_cooling_in_a_field_remembers_it():
    field, warmth = [1.0, 0, 0, 0], [20.0, 20, 151, 20]
    assert_array_equal(magnetism.magnetisation(field, warmth)[2:], 0)
    just_below = magnetism.magnetisation([0, 0.05, 0.05, 0], [151.0, 151, 149, 20])
    assert just_below[-1] > 0.8
    only_cold = magnetism.magnetisation([0, 0.05, 0.05, 0], 20.0)
    assert abs(only_cold[-1]) < 0.01


def test_warming_below_the_curie_temperature_in_zero_field_changes_no_domain():
    p, field = magnets(500), np.concatenate([programme(500, 5), np.zeros((500, 3))], axis=1)
    warmth = np.full(field.shape, 20.0)
    warmth[:, -2] = 110
    m = magnetism.magnetisation(field, warmth, **p)
    assert_array_equal(m[:, -1], m[:, -3])
    assert (np.abs(m[:, -2]) <= np.abs(m[:, -3])).all()


# Neutrons


def test_the_sum_of_both_spins_knows_the_temperature_alone_and_the_difference_the_magnetisation():
    m = np.linspace(-0.8, 0.8, 9)
    up, down = magnetism.intensities(m, 75.0, amplitude_ratio=0.2, polarisation=0.9)
    assert_allclose(up + down, 2 * (1 + (0.2 * magnetism.saturation(75.0)) ** 2), rtol=1e-14)
    assert_allclose(up - down, 4 * 0.9 * 0.2 * m, rtol=1e-12, atol=1e-15)


def test_a_saturated_crystal_in_a_perfect_beam_has_the_flipping_ratio_of_two_amplitudes():
    for ratio in (0.1, 0.5, 0.9):
        up, down = magnetism.intensities([1.0], amplitude_ratio=ratio, polarisation=1)
        assert_allclose(up / down, ((1 + ratio) / (1 - ratio)) ** 2, rtol=1e-12)


def test_counts_scatter_as_poisson_around_the_intensities_of_the_magnetisation():
    data = magnetism.simulate(200, seed=7)
    p = {name: data[name] for name in ("amplitude_ratio", "polarisation", "curie_temperature")}
    expected = data["monitor"][:, None, None] * np.stack(
        magnetism.intensities(data.truth["magnetisation"], data.x[..., 1], **p), axis=-1
    )
    pulls = ((data.x[..., 2:] - expected) / np.sqrt(expected)).ravel()
    assert abs(pulls.mean()) < 5 / np.sqrt(pulls.size)
    assert abs(pulls.var() - 1) < 5 * np.sqrt(2 / pulls.size)
    assert abs((pulls[:-1] * pulls[1:]).mean()) < 5 / np.sqrt(pulls.size)


def test_the_magnetisation_of_a_sample_follows_from_its_channels_and_parameters():
    data = magnetism.simulate(64, seed=8)
    p = {name: data[name] for name in MAGNET}
    assert_allclose(
        magnetism.magnetisation(data.x[..., 0], data.x[..., 1], **p), data.truth["magnetisation"], rtol=1e-12
    )


# Programmes and seeds


def test_ramps_go_to_their_goals_and_hold_them():
    field = ramps(np.array([[0.25, 0.0, -0.1]]), np.array([[2, 1, 4]]), 10)[0]
    by_hand = [0.25 / 3, 0.5 / 3, 0.25, 0.25, 0.25, 0.5 / 3, 0.25 / 3, 0, 0, -0.1]
    assert_allclose(field, by_hand, atol=1e-15)


def test_fields_move_at_the_allowed_rate_and_are_zero_for_about_half_of_the_time():
    field = magnetism.simulate(200, seed=9).x[..., 0]
    assert np.abs(np.diff(field, prepend=0, axis=1)).max() <= RATE + 1e-12
    assert np.abs(field).max() <= STRONGEST
    assert 0.4 < (field == 0).mean() < 0.8


def test_some_specimens_are_heated_above_their_curie_temperature_and_most_never():
    data = magnetism.simulate(500, seed=9)
    hottest = (data.x[..., 1] / data["curie_temperature"][:, None]).max(axis=1)
    assert 0.05 < (hottest > 1).mean() < 0.2
    assert 0.6 < (np.ptp(data.x[..., 1], axis=1) == 0).mean() < 0.8


@pytest.mark.parametrize("lag", [1, 30, 77])
def test_recall_has_its_answer_at_the_lag_and_no_clue_after_it(lag):
    data = magnetism.simulate_recall(300, seed=3, lag=lag, steps=80)
    up = data["state"] == 1
    field = data.x[..., 0] / data["coercive_field"][:, None]
    assert_allclose(field[:, 79 - lag], np.where(up, 3, -3))
    assert (np.abs(field) > 2).sum(axis=1).tolist() == [2] * 300
    after = field[:, 80 - lag :]
    assert np.abs(after).max() <= 0.3
    assert (after[:, -1] == 0).all()
    if lag > 1:
        assert stats.ttest_ind(after[up].mean(axis=1), after[~up].mean(axis=1)).pvalue > 1e-3
    assert ((data.truth["magnetisation"][:, -1] > 0) == up).all()
    assert abs(up.mean() - 0.5) < 0.1
    assert data.meta["classes"]["state"] == ("down", "up")


def test_the_earlier_pulse_says_nothing_about_the_later_one():
    data = magnetism.simulate_recall(1000, seed=4, lag=20, steps=60)
    early = data.x[:, :39, 0]
    first = np.take_along_axis(early, np.abs(early).argmax(axis=1)[:, None], axis=1)[:, 0] > 0
    assert abs((first == (data["state"] == 1)).mean() - 0.5) < 5 * 0.5 / np.sqrt(1000)


@pytest.mark.parametrize("simulate", [magnetism.simulate, magnetism.simulate_recall])
def test_blocks_alone_are_those_of_the_whole_set_and_few_are_the_first_of_many(simulate):
    n = 1_050
    whole, few = (
        simulate(n, seed=5, steps=12, **small(simulate)),
        simulate(4, seed=5, steps=12, **small(simulate)),
    )
    parts = [
        simulate(n, seed=5, steps=12, blocks=[block], **small(simulate)) for block in scattering.blocks(n)
    ]
    for read in (lambda d: d.x, lambda d: d.y, lambda d: d.truth["magnetisation"]):
        assert np.concatenate([read(part) for part in parts]).tobytes() == read(whole).tobytes()
        assert read(few).tobytes() == read(whole)[:4].tobytes()
    assert not np.array_equal(simulate(4, seed=6, steps=12, **small(simulate)).x, few.x)


def small(simulate):
    return {"lag": 5} if simulate is magnetism.simulate_recall else {}


def test_simulated_numbers_are_those_that_were_stored():
    data = magnetism.simulate(3, seed=20)
    assert_allclose(data["coercive_field"], STORED_COERCIVE, rtol=1e-12)
    assert_array_equal(data.x[:, [0, 80, 159], 2], STORED_UP)


def test_one_specimen_is_the_same_in_all_programmes():
    data = magnetism.simulate(20, seed=0, prior=magnetism.SPECIMEN)
    assert np.ptp(data.y, axis=0).max() == 0
    assert len(np.unique(data.x[:, -1, 2])) > 10
    assert set(magnetism.SPECIMEN) == set(magnetism.PRIOR) == set(data.names)


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"field": 1.0}, r"field must have shape \(..., steps\) with at least one step; got shape \(\)"),
        ({"field": []}, r"field must have shape .* got shape \(0,\)"),
        ({"field": [np.nan]}, "field must be finite; got nan"),
        ({"field": [1e30]}, "field must be finite, in T, within"),
        ({"coercive_spread": 200}, "coercive_spread must be finite and not negative, at most 10; got 200"),
        ({"field": "strong"}, "field must be a number or an array of numbers"),
        ({"temperature": -1}, "temperature must be finite and not negative, in K; got -1"),
        ({"temperature": [1, 2, 3]}, r"temperature must be a number or broadcast to shape \(2,\)"),
        ({"temperature": np.inf}, "temperature must be finite"),
        ({"coercive_field": 0}, "coercive_field must be finite and positive, 1e-09 to 1e.09; got 0"),
        (
            {"coercive_field": [0.1, 0.2]},
            r"coercive_field must be a number or have shape \(\); got shape \(2,\)",
        ),
        ({"coercive_spread": -0.1}, "coercive_spread must be finite and not negative, at most 10; got -0.1"),
        ({"interaction_field": 0}, "interaction_field must be finite and positive"),
        ({"interaction_field": np.nan}, "interaction_field must be finite and positive, .*; got nan"),
        ({"reversible": 1.1}, "reversible must be between 0 and 1; got 1.1"),
        ({"curie_temperature": 0}, "curie_temperature must be finite and positive"),
    ],
)
def test_bad_input_to_magnetisation_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        magnetism.magnetisation(**{"field": [0.1, 0.2]} | arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: magnetism.saturation([-1]), "temperature must be finite and not negative"),
        (
            lambda: magnetism.saturation([1, 2, 3], [1, 2]),
            "curie_temperature must broadcast with temperature",
        ),
        (lambda: magnetism.intensities([1.1]), "magnetisation must be at most the saturation .* got 1.1"),
        (lambda: magnetism.intensities([0.1], 200), "magnetisation must be at most the saturation"),
        (lambda: magnetism.intensities([0.1], polarisation=2), "polarisation must be between 0 and 1"),
        (lambda: magnetism.intensities([0.1], amplitude_ratio=-1), "amplitude_ratio must be between 0 and 1"),
        (lambda: magnetism.turning_points([]), "field must have shape"),
        (lambda: magnetism.turning_points([1.0], last=0), "last must be a whole number, at least 1; got 0"),
    ],
)
def test_bad_input_to_the_other_functions_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"seed": -1}, "seed must be a whole number, at least 0; got -1"),
        ({"steps": 1}, "steps must be a whole number, at least"),
        ({"steps": 20.0}, "steps must be a whole number"),
        ({"prior": {"field": (0, 1)}}, "prior has no parameter 'field'; the parameters are coercive_field"),
        ({"prior": {"monitor": (2, 1)}}, r"prior\['monitor'\] must be a finite pair"),
        ({"prior": {"monitor": (0, 1)}}, r"prior\['monitor'\] must be finite and positive, .*; got 0"),
        ({"prior": {"reversible": (0, 2)}}, r"prior\['reversible'\] must be between 0 and 1; got 2"),
        (
            {"prior": {"coercive_spread": (-1, 2)}},
            r"prior\['coercive_spread'\] must be finite and not negative",
        ),
        ({"prior": {"base_temperature": (-5, 2)}}, r"prior\['base_temperature'\] must be finite and not"),
        ({"blocks": [1]}, "blocks of 4 samples"),
    ],
)
@pytest.mark.parametrize("simulate", [magnetism.simulate, magnetism.simulate_recall])
def test_bad_input_to_the_simulators_is_named(simulate, arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate(**{"n": 4, "seed": 0} | arguments)


@pytest.mark.parametrize("lag", [0, -3, 198, 5.0])
def test_a_lag_that_leaves_no_room_is_refused(lag):
    with pytest.raises(ValueError, match=r"^lag must be"):
        magnetism.simulate_recall(4, seed=0, lag=lag)


@given(
    field=st.lists(st.floats(allow_nan=True, width=32), max_size=4),
    temperature=st.floats(-10, 400),
    coercive_field=st.floats(-0.1, 1) | st.just(np.nan),
    reversible=st.floats(-0.5, 1.5),
)
def test_whatever_comes_in_gives_a_magnetisation_or_an_error_that_names_the_argument(
    field, temperature, coercive_field, reversible
):
    given_ = {"temperature": temperature, "coercive_field": coercive_field, "reversible": reversible}
    message = ""
    try:
        m = magnetism.magnetisation(field, **given_)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(tuple(f"{name} must" for name in ("field", *given_)))
    else:
        assert m.shape == (len(field),)
        assert (np.abs(m) <= 1 + 1e-12).all()
