"""The log of a beamline against closed forms and other solvers, fault by fault, and against bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, linalg, signal

from lens_labs import scattering
from lens_labs.scattering import beamline
from lens_labs.scattering.beamline import _cryostat
from lens_labs.scattering.beamline._days import draw_day

DT = beamline.STEP
CHANNEL = {name: i for i, name in enumerate(beamline.CHANNELS)}
STORED_CURRENT = [155.93178142728317, 160.90298854501393, 198.35211020522746]
STORED_DETECTOR = [[2634, 1763, 1686], [1275, 1079, 1282], [1207, 1278, 1183]]


def cryostats(size, seed=0):
    """Return parameters of random cryostats, one value a run."""
    rng = np.random.default_rng(seed)
    names = ("stage_capacity", "sample_capacity", "cooling", "link", "sample_load")
    return {name: rng.uniform(*beamline.PRIOR[name], size) for name in names}


@pytest.fixture(scope="module")
def runs():
    return beamline.simulate(40, seed=3, steps=2_500)


def fault(data, name):
    return data.truth["faults"][..., beamline.FAULTS.index(name)]


def read(data, name):
    return data.x[..., CHANNEL[name]]


# Oracles


def test_one_step_of_both_masses_is_the_exponential_of_their_matrix_in_500_random_cryostats():
    p, rng = cryostats(500), np.random.default_rng(1)
    stage, sample, power = rng.uniform(5, 300, 500), rng.uniform(5, 300, 500), rng.uniform(0, 50, 500)
    of_stage, of_sample = rng.uniform(5, 160, 500), rng.uniform(0.7, 50, 500)
    ours = _cryostat.exact((stage, sample), power, (of_stage, of_sample), DT, p | {"base": np.full(500, 3.5)})
    for i in range(500):
        cooling, link, load = (p[name][i] for name in ("cooling", "link", "sample_load"))
        matrix = np.array(
            [
                [
                    -(cooling + link) / of_stage[i],
                    link / of_stage[i],
                    (power[i] + cooling * 3.5) / of_stage[i],
                ],
                [link / of_sample[i], -link / of_sample[i], load / of_sample[i]],
                [0, 0, 0],
            ]
        )
        expected = linalg.expm(matrix * DT) @ [stage[i], sample[i], 1]
        assert_allclose([ours[0][i], ours[1][i]], expected[:2], rtol=1e-10)


def test_the_heater_and_the_leak_drive_the_temperatures_that_another_solver_finds():
    setpoint = np.repeat([150.0, 200.0, 40.0], 200)
    leak = np.where((np.arange(600) > 100) & (np.arange(600) < 150), 2.0, 0.0)
    seen = beamline.cryostat(setpoint, leak=leak)

    def slope(t, temperatures):
        stage, sample = temperatures
        step = min(int(t // DT) + 1, 599)
        power = seen.heater[step] + leak[step] - 0.16 * (stage - 3.5) - 0.08 * (stage - sample)
        into_sample = 0.02 + 0.08 * (stage - sample)
        return [
            power / beamline.heat_capacity(stage, 150.0),
            into_sample / beamline.heat_capacity(sample, 30.0),
        ]

    times = np.arange(600) * DT
    exact = integrate.solve_ivp(
        slope, (0, times[-1]), [seen.stage[0], seen.sample[0]], t_eval=times, max_step=DT, rtol=1e-6
    )
    assert_allclose(seen.stage, exact.y[0], atol=0.1)  # of a swing of 160 K
    assert_allclose(seen.sample, exact.y[1], atol=0.1)


def test_a_cryostat_of_constant_heat_capacity_answers_a_step_with_two_exponentials(monkeypatch):
    monkeypatch.setattr(_cryostat, "_capacity", lambda now, largest: largest + 0 * now)
    seen = beamline.cryostat(np.full(300, 200.0), strongest=0.0, sample_load=0.5, leak=[0.0] + 299 * [8.0])
    matrix = np.array([[-(0.16 + 0.08) / 150, 0.08 / 150], [0.08 / 30, -0.08 / 30]])
    end = 3.5 + (8.0 + 0.5) / 0.16 + np.array([0, 0.5 / 0.08])
    start = 3.5 + 0.5 / 0.16 + np.array([0, 0.5 / 0.08])
    rates, modes = np.linalg.eig(matrix)
    amplitudes = np.linalg.solve(modes, start - end)
    expected = end + (np.exp(np.outer(np.arange(300) * DT, rates)) * amplitudes) @ modes.T
    assert_allclose(np.stack([seen.stage, seen.sample], axis=-1), expected, rtol=1e-11)


def test_what_lags_is_what_a_digital_filter_gives_for_500_random_series():
    rng = np.random.default_rng(2)
    target, times = rng.uniform(0, 5, (500, 40)), rng.uniform(5, 400, 500)
    ours = beamline.lagged(target, times)
    for series, time, found in zip(target, times, ours, strict=True):
        keep = np.exp(-DT / time)
        expected, _ = signal.lfilter([1 - keep], [1, -keep], series, zi=[keep * series[0]])
        assert_allclose(found, expected, rtol=1e-10)


def test_a_constant_target_is_approached_exponentially_however_long_the_step():
    for time in (0.5, 30.0, 5_000.0):
        series = beamline.lagged([1.0] + 50 * [0.0], time)
        assert_allclose(series, np.exp(-np.arange(51) * DT / time), rtol=1e-10, atol=1e-15)


def test_the_beam_recovers_as_its_equation_says_for_500_random_series_of_trips():
    trip = np.random.default_rng(3).random((500, 60)) < 0.1
    current = np.random.default_rng(4).uniform(150, 200, 500)
    ours = beamline.beam_current(trip, current, 80.0)
    now = current.copy()
    for step in range(60):
        now = np.where(trip[:, step], 0, now + (1 - np.exp(-DT / 80)) * (current - now))
        assert_allclose(ours[:, step], now, rtol=1e-10)


def test_a_sample_transforms_as_a_relay_that_is_followed_step_by_step():
    rng = np.random.default_rng(5)
    temperature = rng.uniform(60, 180, (500, 40))
    middle, width = rng.uniform(90, 150, 500), rng.uniform(0, 40, 500)
    ours = beamline.transformed(temperature, transition=middle, hysteresis=width, time=1e-3)
    state = temperature[:, 0] > middle + width / 2
    for step in range(40):
        up, down = temperature[:, step] > middle + width / 2, temperature[:, step] < middle - width / 2
        state = np.where(up, True, np.where(down, False, state))
        assert_array_equal(ours[:, step], state)


def test_an_announcement_is_the_setpoint_that_will_come():
    plan = np.random.default_rng(6).uniform(5, 200, (4, 30))
    seen = beamline.announced(plan, 7)
    for step in range(30):
        for ahead in range(7):
            assert_array_equal(seen[:, step, ahead], plan[:, min(step + 1 + ahead, 29)])


# Known limits


def test_at_rest_the_heater_balances_what_the_cold_head_takes_in_500_random_cryostats():
    p = cryostats(500)
    setpoint = np.repeat(np.random.default_rng(2).uniform(10, 200, (500, 1)), 600, axis=1)
    setpoint[:, 0] = 5.0
    seen = beamline.cryostat(setpoint, **p)
    stage, sample, heater = (array[:, -1] for array in (seen.stage, seen.sample, seen.heater))
    assert_allclose(stage, setpoint[:, -1], atol=0.5)
    assert_allclose(heater + p["sample_load"], p["cooling"] * (stage - 3.5), atol=0.5 * 0.18)
    assert_allclose(sample - stage, p["sample_load"] / p["link"], atol=0.3)


def test_a_cryostat_that_begins_at_its_setpoint_stays_there():
    seen = beamline.cryostat(np.full((500, 50), 77.0), **cryostats(500))
    assert_allclose(seen.stage, 77, rtol=1e-10)
    assert_allclose(np.ptp(seen.sample, axis=1), 0, atol=1e-9)
    assert_allclose(np.ptp(seen.heater, axis=1), 0, atol=1e-9)


def test_heat_that_flows_through_the_link_is_lost_by_one_mass_and_won_by_the_other(monkeypatch):
    monkeypatch.setattr(_cryostat, "_capacity", lambda now, largest: largest + 0 * now)
    p = {"stage_capacity": 150.0, "sample_capacity": 30.0, "cooling": 1e-12, "link": 0.08, "base": 3.5}
    p = {name: np.array([value]) for name, value in p.items()} | {"sample_load": np.zeros(1)}
    now = np.array([100.0]), np.array([20.0])
    after = _cryostat.relaxed(*now, np.zeros(1), p)
    heat = [150 * stage + 30 * sample for stage, sample in (now, after)]
    assert_allclose(heat[1], heat[0], rtol=1e-6)
    assert 20 < after[1] < after[0] < 100


def test_the_heater_stays_within_its_range_and_a_setpoint_beyond_it_is_not_reached():
    seen = beamline.cryostat(np.repeat([20.0, 400.0], 2_000))
    assert seen.heater.min() >= 0
    assert seen.heater.max() == 50
    assert_allclose(seen.stage[-1], 3.5 + 50.02 / 0.16, rtol=1e-6)


def test_a_cryostat_that_cannot_heat_stays_as_cold_as_its_cold_head_allows():
    seen = beamline.cryostat(np.full(20, 100.0), strongest=0.0)
    assert_allclose(seen.stage, 3.5 + 0.02 / 0.16, rtol=1e-12)
    assert_array_equal(seen.heater, 0)


def test_the_sample_arrives_later_than_the_stage_the_weaker_its_link():
    setpoint = np.repeat([[50.0, 120.0]], 3, axis=0).repeat([1, 299], axis=1)
    seen = beamline.cryostat(setpoint, link=[0.15, 0.08, 0.05])
    within = np.abs(seen.sample - 120) < 1
    arrived = within.argmax(axis=1)
    assert ((np.abs(seen.stage - 120) < 1).argmax(axis=1) < arrived).all()
    assert (np.diff(arrived) > 0).all()


def test_a_thermometer_that_reads_too_much_keeps_the_stage_as_much_too_cold():
    seen = beamline.cryostat(np.full(400, 80.0), offset=np.minimum(np.arange(400) * 0.05, 2.0))
    assert_allclose(seen.stage[-1], 78, atol=0.05)
    assert_allclose(seen.sensor[-1], 80, atol=0.05)


def test_a_stuck_thermometer_repeats_itself_while_the_stage_runs_away():
    stuck = np.arange(300) >= 100
    seen = beamline.cryostat(np.repeat([50.0, 80.0], [110, 190]), stuck=stuck)
    assert_array_equal(seen.sensor[100:], seen.sensor[99])
    assert seen.stage[-1] > 150


def test_a_heat_capacity_grows_with_the_cube_of_the_temperature_and_then_no_more():
    low = beamline.heat_capacity([2.0, 4.0], 100.0) - 5
    assert_allclose(low[1] / low[0], 8, rtol=1e-3)
    assert_allclose(beamline.heat_capacity(1e5, 100.0), 100, rtol=1e-6)
    assert_allclose(beamline.heat_capacity(85.0, 100.0), 52.5)


# The log


def test_the_monitor_counts_in_proportion_to_the_current_as_poisson(runs):
    current, moderator = read(runs, "current"), read(runs, "moderator")
    expected = DT * (3.5 * np.exp(-0.02 * (moderator - 20)) * current + 0.3)
    steady = current > 140
    pulls = ((read(runs, "monitor") - expected) / np.sqrt(np.maximum(expected, 1)))[steady]
    assert abs(pulls.mean()) < 0.02
    assert abs(pulls.var() - 1) < 0.05  # the reading of the current adds two per cent
    nothing = fault(runs, "trip")
    assert abs(read(runs, "monitor")[nothing].mean() - 3) < 5 * np.sqrt(3 / nothing.sum())


def test_the_detector_sees_the_phase_of_the_sample_and_the_chopper(runs):
    for i in range(20):
        run = runs[i : i + 1]
        good = (read(run, "current") > 140) & ~fault(run, "chopper out of phase")
        for phase, factor in ((0, 1), (1, 1 + run["contrast"][0])):
            there = good & (np.abs(run.truth["phase"] - phase) < 1e-3)
            if there.sum() < 50:
                continue
            monitor, detector = (
                read(run, name)[there].sum() - 3 * there.sum() for name in ("monitor", "detector")
            )
            expected = run["efficiency"][0] * factor / 3.5
            assert abs(detector / monitor / expected - 1) < 5 * np.sqrt(1 / monitor + 1 / detector) + 1e-3


def test_a_late_chopper_lets_a_gaussian_of_its_error_through(runs):
    error, late = read(runs, "chopper"), fault(runs, "chopper out of phase")
    late = late & (np.abs(error) < 250) & (read(runs, "current") > 100)
    seen = (1 + runs["contrast"][:, None] * runs.truth["phase"]) * runs["efficiency"][:, None] / 3.5
    expected = (read(runs, "monitor") - 3) * seen * np.exp(-((error / 150) ** 2) / 2)
    assert late.sum() > 500
    assert_allclose((read(runs, "detector") - 3)[late].sum(), expected[late].sum(), rtol=1e-2)


def test_trips_are_where_the_current_is_gone(runs):
    trip = fault(runs, "trip")
    assert 0.01 < trip.mean() < 0.08
    assert np.abs(read(runs, "current")[trip]).max() < 3
    before = np.pad(trip, ((0, 0), (1, 0)))[:, :-1]
    assert read(runs, "current")[~trip & ~before].min() > 20


def test_a_stuck_sensor_repeats_its_reading_and_no_other_does(runs):
    stuck, sensor = fault(runs, "stuck sensor"), read(runs, "sensor")
    same = np.diff(sensor, axis=1) == 0
    assert stuck.any()
    assert_array_equal(same, stuck[:, 1:])


def test_a_drift_takes_the_reading_away_from_the_stage_at_its_rate(runs):
    drift = fault(runs, "sensor drift") & ~fault(runs, "stuck sensor")
    wrong = read(runs, "sensor") - runs.truth["stage"]
    on = drift[:, 1:] & drift[:, :-1]
    rate = np.diff(wrong, axis=1) * 60 / DT
    assert on.sum() > 1000
    assert abs((rate - runs["sensor_drift"][:, None])[on].mean()) < 0.01
    healthy = ~fault(runs, "sensor drift") & ~fault(runs, "stuck sensor")
    assert np.abs(wrong[healthy]).max() < 0.7


def test_a_chopper_out_of_phase_says_so_by_at_least_sixty_microseconds(runs):
    late = np.abs(read(runs, "chopper"))
    out = fault(runs, "chopper out of phase")
    assert late[out].min() > 50
    assert late[~out].max() < 10


def test_a_leak_spoils_the_vacuum_and_warms_what_the_heater_does_not_hold(runs):
    leak = fault(runs, "vacuum leak")
    usual = -7 + 1.5 * runs.truth["stage"] / 300
    assert np.abs((read(runs, "vacuum") - usual)[~leak]).max() < 0.15
    assert (read(runs, "vacuum") - usual)[leak].max() > 2
    stage, sample = runs.truth["stage"], runs.truth["sample"]
    rest = np.maximum(*(np.abs(np.gradient(each, axis=-1)) for each in (stage, sample))) < 0.005
    lost = runs["cooling"][:, None] * (stage - 3.5) - runs["sample_load"][:, None]
    leaked = (lost - read(runs, "heater"))[leak & rest]  # 3 W where the vacuum is worse by three decades
    assert leaked.size > 20
    assert_allclose(leaked, (read(runs, "vacuum") - usual)[leak & rest], atol=0.3)


def test_the_setpoint_changes_where_the_plan_says_and_the_stage_follows(runs):
    setpoint = read(runs, "setpoint")
    changes = (np.diff(setpoint, axis=1) != 0).sum(axis=1)
    assert 3 < changes.mean() < 12
    healthy = ~runs.truth["faults"][..., 1:].any(axis=(1, 2))
    steady = np.lib.stride_tricks.sliding_window_view(setpoint[healthy], 300, axis=1)
    held = (steady == steady[..., :1]).all(axis=-1)
    off = np.abs(runs.truth["stage"][healthy][:, 299:] - steady[..., -1])
    assert held.sum() > 1000
    assert np.median(off[held]) < 0.2


def test_the_phase_needs_memory_the_same_temperature_finds_both():
    one = {"transition": (120, 120), "hysteresis": (24, 24)}
    data = beamline.simulate(20, seed=1, steps=2_000, prior=one)
    between = np.abs(data.truth["sample"] - 120) < 10
    phase = data.truth["phase"][between]
    assert (phase < 0.05).mean() > 0.1
    assert (phase > 0.95).mean() > 0.1


def test_noise_of_different_channels_and_runs_is_independent(runs):
    parts = [
        np.diff(read(runs, name)[:, :1000], axis=1) for name in ("moderator", "vacuum", "chopper", "heater")
    ]
    quiet = np.stack([part[i] for part in parts for i in (0, 1)])
    together = np.corrcoef(np.clip(quiet, *np.percentile(quiet, [5, 95], axis=1)[:, :, None]))
    assert np.abs(together - np.eye(8)).max() < 0.25


# Seeds


def test_blocks_alone_are_those_of_the_whole_set_and_few_are_the_first_of_many():
    n = 1_030
    whole, few = beamline.simulate(n, seed=5, steps=40), beamline.simulate(3, seed=5, steps=40)
    parts = [beamline.simulate(n, seed=5, steps=40, blocks=[block]) for block in scattering.blocks(n)]
    takes = [lambda d: d.x, lambda d: d.y]
    takes += [lambda d, name=name: d.truth[name] for name in ("stage", "sample", "phase", "faults")]
    for take in takes:
        assert np.concatenate([take(part) for part in parts]).tobytes() == take(whole).tobytes()
        assert take(few).tobytes() == take(whole)[:3].tobytes()
    assert not np.array_equal(beamline.simulate(3, seed=6, steps=40).x, few.x)
    assert len(np.unique(whole.x[:, 20, CHANNEL["vacuum"]])) == n


def test_simulated_numbers_are_those_that_were_stored():
    data = beamline.simulate(3, seed=20, steps=400)
    assert_allclose(data["current"], STORED_CURRENT, rtol=1e-12)
    assert_array_equal(read(data, "detector")[:, [0, 200, 399]], STORED_DETECTOR)


def test_every_channel_and_every_truth_has_a_unit():
    data = beamline.simulate(1, seed=0, steps=5)
    assert data.x.shape == (1, 5, len(data.meta["channels"])) == (1, 5, len(data.meta["channel_units"]))
    assert data.meta["faults"] == beamline.FAULTS
    assert data.units["link"] == "W/K"
    assert_array_equal(data.coords["time"], [0, 10, 20, 30, 40])


def test_episodes_begin_at_one_and_count_their_steps():
    day = draw_day(np.random.default_rng(0), 30_000)
    for ages in day.faults.T:
        began = (np.diff(ages) != 1) & (ages[1:] != 0)
        assert (ages[1:][began] == 1).all()
        assert ages.max() >= 20
    error = day.phase_error
    assert ((error != 0) == (day.faults[:, 3] > 0)).all()
    assert len(np.unique(error)) < 12


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: beamline.cryostat([]), r"setpoint must have shape \(..., steps\)"),
        (lambda: beamline.cryostat([np.nan]), "setpoint must be finite; got nan"),
        (
            lambda: beamline.cryostat([2.0]),
            "setpoint must be finite and not below base, in K, at most 100000; got 2.0",
        ),
        (
            lambda: beamline.cryostat([1e6]),
            "setpoint must be finite and not below base, in K, at most 100000; got",
        ),
        (
            lambda: beamline.cryostat([9.0], link=1e25),
            "link must be finite and positive, at least 1e-06, at most 1e",
        ),
        (
            lambda: beamline.cryostat([9.0], leak=1e9),
            r"leak must be finite and not negative, in W, at most 1e\+06",
        ),
        (lambda: beamline.cryostat([9.0], link=0), "link must be finite and positive, .*; got 0.0"),
        (lambda: beamline.cryostat([9.0], cooling=-1), "cooling must be finite and positive, .*; got -1.0"),
        (lambda: beamline.cryostat([9.0], base=np.nan), "base must be finite and positive, .*; got nan"),
        (lambda: beamline.cryostat([9.0], sample_load=-1), "sample_load must be finite and not negative"),
        (lambda: beamline.cryostat([9.0], strongest=-1), "strongest must be finite and not negative"),
        (
            lambda: beamline.cryostat([9.0], leak=-1),
            "leak must be finite and not negative, in W, .*; got -1.0",
        ),
        (lambda: beamline.cryostat([9.0], offset=np.inf), "offset must be finite, in K, .*; got inf"),
        (
            lambda: beamline.cryostat([9.0], stuck=[0, 1]),
            r"stuck must be a number or broadcast to shape \(1,\)",
        ),
        (
            lambda: beamline.cryostat([9.0], stage_capacity=[1, 2]),
            r"stage_capacity must be a number or have shape",
        ),
        (lambda: beamline.cryostat([9.0], sample_capacity="big"), "sample_capacity must be a number"),
        (
            lambda: beamline.heat_capacity([-1]),
            "temperature must be finite and not negative, in K, .*; got -1",
        ),
        (lambda: beamline.heat_capacity([1], 0), "largest must be finite and positive, in J/K; got 0"),
        (lambda: beamline.lagged([1.0], 0), "time must be finite and positive; got 0"),
        (lambda: beamline.lagged(1.0, 1), "target must have shape"),
        (lambda: beamline.beam_current([0, 1], -1), "current must be finite and positive; got -1"),
        (lambda: beamline.beam_current([0, 1], recovery_time=0), "recovery_time must be finite and positive"),
        (lambda: beamline.beam_current([]), "trip must have shape"),
        (lambda: beamline.transformed([-1.0]), "temperature must be finite and not negative"),
        (lambda: beamline.transformed([1.0], hysteresis=-1), "hysteresis must be finite and not negative"),
        (lambda: beamline.transformed([1.0], transition=0), "transition must be finite and positive"),
        (lambda: beamline.transformed([1.0], time=np.nan), "time must be finite and positive; got nan"),
        (lambda: beamline.announced([1.0], 0), "horizon must be a whole number, at least 1; got 0"),
        (lambda: beamline.announced([], 3), "setpoint must have shape"),
    ],
)
def test_bad_input_to_the_forward_models_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"seed": -1}, "seed must be a whole number, at least 0; got -1"),
        ({"steps": 0}, "steps must be a whole number, at least 1; got 0"),
        ({"steps": 10.0}, "steps must be a whole number"),
        ({"prior": {"monitor": (1, 2)}}, "prior has no parameter 'monitor'; the parameters are current"),
        ({"prior": {"current": (2, 1)}}, r"prior\['current'\] must be a finite pair"),
        ({"prior": {"current": (0, 1)}}, r"prior\['current'\] must be finite and positive, .*; got 0"),
        ({"prior": {"link": (-1, 1)}}, r"prior\['link'\] must be finite and positive, .*; got -1"),
        ({"prior": {"hysteresis": (-1, 1)}}, r"prior\['hysteresis'\] must be finite and not negative"),
        ({"prior": {"contrast": (-1, 1)}}, r"prior\['contrast'\] must be finite and larger than -1"),
        ({"blocks": [3]}, "blocks of 4 samples"),
    ],
)
def test_bad_input_to_simulate_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        beamline.simulate(**{"n": 4, "seed": 0, "steps": 5} | arguments)


@given(
    setpoint=st.lists(st.floats(allow_nan=True, width=32), max_size=4),
    link=st.floats(-0.1, 1) | st.just(np.nan),
    leak=st.floats(-1, 10),
)
def test_whatever_comes_in_gives_temperatures_or_an_error_that_names_the_argument(setpoint, link, leak):
    message = ""
    try:
        seen = beamline.cryostat(setpoint, link=link, leak=leak)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("setpoint must", "link must", "leak must"))
    else:
        assert all(array.shape == (len(setpoint),) and np.isfinite(array).all() for array in seen)
