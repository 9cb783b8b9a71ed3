"""The log of a beamline: what a control system writes down every ten seconds, and what it cannot see.

A log is an array of shape (n, steps, channels); one step takes `STEP` seconds. Temperatures are in kelvin, powers in watts, the
beam current in microamperes, counts in counts a step. The last axis of a single series counts the steps; all axes before
it are a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import per_series, require, series, whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.beamline._cryostat import (
    STEP,
    Temperatures,
    check_parameter,
    cryostat,
    heat_capacity,
)
from lens_labs.scattering.beamline._days import Day, draw_day

__all__ = [
    "CHANNELS",
    "FAULTS",
    "PRIOR",
    "STEP",
    "Temperatures",
    "announced",
    "beam_current",
    "cryostat",
    "heat_capacity",
    "lagged",
    "simulate",
    "transformed",
]

Floats = npt.NDArray[np.float64]

CHANNELS: Mapping[str, str] = {
    "current": "µA",
    "moderator": "K",
    "setpoint": "K",
    "sensor": "K",
    "heater": "W",
    "vacuum": "log10(mbar)",
    "chopper": "µs",
    "monitor": "counts",
    "detector": "counts",
}
"""The channels of a log, and their units."""

FAULTS = ("trip", "stuck sensor", "sensor drift", "chopper out of phase", "vacuum leak")
"""What goes wrong; several of them can go wrong together."""

PRIOR: Mapping[str, tuple[float, float]] = {
    "current": (150.0, 200.0),
    "moderator_time": (150.0, 300.0),
    "stage_capacity": (100.0, 160.0),
    "sample_capacity": (15.0, 50.0),
    "cooling": (0.14, 0.18),
    "link": (0.05, 0.15),
    "sample_load": (0.005, 0.03),
    "transition": (60.0, 180.0),
    "hysteresis": (6.0, 24.0),
    "contrast": (-0.5, -0.2),
    "efficiency": (0.5, 2.0),
    "sensor_drift": (0.05, 0.2),
}
"""Ranges from which `simulate` draws, one beamline a run."""

_UNITS = {
    "current": "µA",
    "moderator_time": "s",
    "stage_capacity": "J/K",
    "sample_capacity": "J/K",
    "cooling": "W/K",
    "link": "W/K",
    "sample_load": "W",
    "transition": "K",
    "hysteresis": "K",
    "efficiency": "1/(s µA)",
    "sensor_drift": "K/min",
}
_NOT_NEGATIVE = ("sample_load", "hysteresis", "sensor_drift")
_AT_ONCE = 128  # runs that are followed together: enough for NumPy, few enough for a laptop's memory
_RECOVERY, _TRANSFORMATION = 80.0, 300.0  # s
_COLD, _PER_CURRENT, _COLD_FLUX = 17.0, 0.018, 0.02  # moderator: K, K/µA, share lost a kelvin
_MONITOR, _DARK = 3.5, 0.3  # counts in a second: a µA, and without any beam
_CHOPPER_WIDTH = 150.0  # µs
_GOOD_VACUUM, _WARM_VACUUM = -7.0, 1.5  # log10(mbar) with all walls cold, and by how much warm ones are worse
_LEAK_TIME, _LEAK_VACUUM, _LEAK_POWER = 600.0, 3.0, 3.0  # s, decades, W
_READ = {"current": 0.3, "moderator": 0.01, "sensor": 0.005, "heater": 0.02, "vacuum": 0.02, "chopper": 1.5}


def announced(setpoint: npt.ArrayLike, horizon: int) -> Floats:
    """Return what is known of the future: the setpoints that the plan of the experiment announces.

    Parameters
    ----------
    setpoint : array of shape (..., steps)
        Planned setpoints, such as that channel of a log.
    horizon : int
        How many steps to look ahead, at least 1.

    Returns
    -------
    array of shape (..., steps, horizon)
        At each step the next setpoints; after its end a plan stays what it was. A view that cannot be written to.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> announced([5.0, 5.0, 100.0], horizon=2)
    array([[  5., 100.],
           [100., 100.],
           [100., 100.]])
    """
    setpoint = series(setpoint, "setpoint")
    whole(horizon, "horizon", at_least=1)
    after = np.repeat(setpoint[..., -1:], horizon, axis=-1)
    plan = np.concatenate([setpoint[..., 1:], after], axis=-1)
    return np.lib.stride_tricks.sliding_window_view(plan, horizon, axis=-1)


def beam_current(
    trip: npt.ArrayLike, current: npt.ArrayLike = 180.0, recovery_time: npt.ArrayLike = _RECOVERY
) -> Floats:
    """Compute the beam current of an accelerator that trips and comes back.

    It is 0 during a trip. After one, what is missing falls exponentially, from the last step of the trip on.

    Parameters
    ----------
    trip : array of shape (..., steps)
        Where there is no beam.
    current : float or array of shape (...)
        Current that is aimed at, µA, positive.
    recovery_time : float or array of shape (...)
        Time in which what is missing falls to 1/e, s, positive.

    Returns
    -------
    array of shape (..., steps)
        Current, µA.

    Raises
    ------
    ValueError
        If an argument is out of range, or a shape does not fit.

    Examples
    --------
    >>> beam_current([False, True, False, False], 200.0, recovery_time=20.0).round(1)
    array([200. ,   0. ,  78.7, 126.4])
    """
    tripped = series(trip, "trip") != 0
    current = _positive(current, "current", tripped.shape[:-1])
    time = _positive(recovery_time, "recovery_time", tripped.shape[:-1])
    step = np.arange(tripped.shape[-1])
    last = np.maximum.accumulate(np.where(tripped, step, -np.inf), axis=-1)
    return -current * np.expm1(-(step - last) * STEP / time)


def lagged(target: npt.ArrayLike, time: npt.ArrayLike) -> Floats:
    r"""Follow a quantity that relaxes to a target, such as the temperature of a moderator in the beam.

    .. math:: \Theta_t = \Theta_{t-1} + (1 - e^{-\Delta t/\tau_r})\,(\Theta'_t - \Theta_{t-1}), \qquad
              \Theta_0 = \Theta'_0.

    This is the exact solution of :math:`\tau_r\dot\Theta = \Theta' - \Theta` with a target :math:`\Theta'` that is constant
    during a step.

    Parameters
    ----------
    target : array of shape (..., steps)
        Where it would end.
    time : float or array of shape (...)
        Time constant :math:`\tau_r`, s, positive.

    Returns
    -------
    array of shape (..., steps)
        What is reached.

    Raises
    ------
    ValueError
        If an argument is out of range, or a shape does not fit.

    Examples
    --------
    >>> lagged([0.0, 1.0, 1.0, 1.0], time=20.0).round(2)
    array([0.  , 0.39, 0.63, 0.78])
    """
    target = series(target, "target")
    share = -np.expm1(-STEP / _positive(time, "time", target.shape[:-1]))[..., 0]
    reached, now = np.empty_like(target), target[..., 0]
    for step in range(target.shape[-1]):
        now = now + share * (target[..., step] - now)
        reached[..., step] = now
    return reached


def transformed(
    temperature: npt.ArrayLike,
    *,
    transition: npt.ArrayLike = 120.0,
    hysteresis: npt.ArrayLike = 12.0,
    time: npt.ArrayLike = _TRANSFORMATION,
) -> Floats:
    """Compute how much of a sample is in the phase of high temperature, when it changes with hysteresis.

    Warming transforms it above ``transition + hysteresis / 2``, cooling back below ``transition - hysteresis / 2``. In
    between the sample keeps on with what it was doing, and only its past says what that is. It begins in the phase
    that is stable at the first temperature, the cold one if both are.

    Parameters
    ----------
    temperature : array of shape (..., steps)
        Temperature of the sample, K, not negative.
    transition : float or array of shape (...)
        Middle of the hysteresis, K, positive.
    hysteresis : float or array of shape (...)
        Its width, K, not negative.
    time : float or array of shape (...)
        Time constant with which a phase grows, s, positive.

    Returns
    -------
    array of shape (..., steps)
        Share of the phase of high temperature, 0 to 1.

    Raises
    ------
    ValueError
        If an argument is out of range, or a shape does not fit.

    Examples
    --------
    >>> transformed([100, 120, 130, 120, 100], time=0.1).round(2) + 0.0
    array([0., 0., 1., 1., 0.])
    """
    temperature = series(temperature, "temperature")
    require(temperature, "temperature", temperature >= 0, "finite and not negative, in K")
    batch = temperature.shape[:-1]
    middle = _positive(transition, "transition", batch)
    width = per_series(hysteresis, "hysteresis", batch)[..., None]
    require(width, "hysteresis", width >= 0, "finite and not negative, in K")
    warm = temperature > middle + width / 2
    decided = warm | (temperature < middle - width / 2)
    step = np.where(decided, np.arange(temperature.shape[-1]), 0)  # an undecided beginning is not warm
    decisive = np.maximum.accumulate(step, axis=-1)
    return lagged(np.take_along_axis(warm, decisive, axis=-1), time)


def simulate(
    n: int, *, seed: int, steps: int = 5_000, prior: Prior | None = None, blocks: Iterable[int] | None = None
) -> Dataset:
    """Write the logs of `n` runs of a beamline, ten seconds a row.

    An accelerator trips and recovers; its current warms a cold moderator, which gives fewer cold neutrons when it is
    warmer. A controller takes the stage of a cryostat from setpoint to setpoint, as a plan has announced; the sample follows
    behind a weak link, and changes its phase with hysteresis. Monitor and detector count neutrons, Poisson; the detector
    behind chopper and sample. Sensors have noise, and the thermometer walks slowly away from the truth. Five kinds of
    `FAULTS` happen at random; a stuck or drifting thermometer misleads the controller, and a leak loads the cryostat.

    Parameters
    ----------
    n : int
        Number of runs.
    seed : int
        Seed; the first runs of a large set are those of a small set with the same seed.
    steps : int
        Rows of a log, at least 1.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the runs of these blocks alone, see `lens_labs.scattering.blocks`. A whole block of long logs is large:
        1,024 runs of 5,000 steps take 0.4 GB.

    Returns
    -------
    Dataset
        ``x``: the log, shape (n, steps, 9), with the channels of `CHANNELS`; ``y``: the parameters of `PRIOR`;
        ``coords``: the ``time`` of each row, s; ``truth``, which the log does not hold: ``stage`` and ``sample``, their
        temperatures (K), ``phase``, the share of the sample in the phase of high temperature, each of shape (n, steps), and
        ``faults``, shape (n, steps, 5), whether each of `FAULTS` is going on.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(2, seed=1, steps=600)
    >>> data.x.shape, data.truth["faults"].shape
    ((2, 600, 9), (2, 600, 5))
    >>> plan = announced(data.x[..., list(CHANNELS).index("setpoint")], horizon=30)
    >>> plan.shape
    (2, 600, 30)
    """
    whole(steps, "steps", at_least=1)
    drawn_from = ranges(PRIOR, prior)
    for name, bounds in drawn_from.items():
        _check_prior(name, np.asarray(bounds))

    def draw(rng: np.random.Generator, size: int) -> list[Floats]:
        return [np.stack([drawn(rng, size, bounds) for bounds in drawn_from.values()], axis=-1)]

    def record(rngs: Sequence[np.random.Generator], y: Floats) -> list[npt.NDArray[Any]]:
        parts = [
            _log(rngs[first : first + _AT_ONCE], y[first : first + _AT_ONCE], steps)
            for first in range(0, len(y), _AT_ONCE)
        ]
        return [y, *(np.concatenate(arrays) for arrays in zip(*parts, strict=True))]

    y, x, stage, sample, phase, faults = simulated(n, seed, draw, blocks, record=record)
    units = dict.fromkeys((*PRIOR, "x", "phase", "faults"), "1") | _UNITS
    units |= {"time": "s", "stage": "K", "sample": "K"}
    meta = {"simulator": "beamline.simulate", "seed": seed, "steps": steps, "prior": drawn_from}
    meta |= {"channels": tuple(CHANNELS), "channel_units": tuple(CHANNELS.values()), "faults": FAULTS}
    truth = {"stage": stage, "sample": sample, "phase": phase, "faults": faults}
    return Dataset(x, y, tuple(PRIOR), units, {"time": STEP * np.arange(steps)}, None, meta, truth)


def _log(rngs: Sequence[np.random.Generator], y: Floats, steps: int) -> tuple[npt.NDArray[Any], ...]:
    """Return the log of some runs, and what it does not hold."""
    p = dict(zip(PRIOR, y.T, strict=True))
    days = [draw_day(rng, steps) for rng in rngs]
    day = Day(*(np.stack(parts) for parts in zip(*days, strict=True)))
    trip, stuck, drift, _, leak = np.moveaxis(day.faults, -1, 0)  # steps since each began, 0 where it did not

    current = beam_current(trip > 0, p["current"]) * (1 + 0.004 * day.flutter)
    moderator = lagged(_COLD + _PER_CURRENT * current, p["moderator_time"])
    leaking = -np.expm1(-leak * STEP / _LEAK_TIME)
    drifted = p["sensor_drift"][:, None] * drift * STEP / 60
    inside = cryostat(
        day.setpoint,
        **{name: p[name] for name in ("stage_capacity", "sample_capacity", "cooling", "link", "sample_load")},
        leak=_LEAK_POWER * leaking,
        offset=drifted + day.walk + _READ["sensor"] * day.noise[..., 3],
        stuck=stuck > 0,
    )
    phase = transformed(inside.sample, transition=p["transition"], hysteresis=p["hysteresis"])
    vacuum = _GOOD_VACUUM + _WARM_VACUUM * inside.stage / 300 + _LEAK_VACUUM * leaking

    cold = np.exp(-_COLD_FLUX * (moderator - 20)) * current
    through = p["efficiency"][:, None] * np.exp(-((day.phase_error / _CHOPPER_WIDTH) ** 2) / 2)
    rates = np.stack([_MONITOR * cold, through * (1 + p["contrast"][:, None] * phase) * cold], axis=-1)
    counts = np.stack([rng.poisson(STEP * (rate + _DARK)) for rng, rate in zip(rngs, rates, strict=True)])
    seen = {"current": current, "moderator": moderator, "setpoint": day.setpoint, "sensor": inside.sensor}
    seen |= {"heater": inside.heater, "vacuum": vacuum, "chopper": day.phase_error}
    noisy = [
        value if name in ("setpoint", "sensor") else value + _READ[name] * day.noise[..., i]
        for i, (name, value) in enumerate(seen.items())
    ]
    x = np.concatenate([np.stack(noisy, axis=-1), counts], axis=-1)
    return x, inside.stage, inside.sample, phase, day.faults > 0


def _positive(value: npt.ArrayLike, name: str, batch: tuple[int, ...]) -> Floats:
    """Return a number, or one a series, with an axis for the steps."""
    array = per_series(value, name, batch)
    require(array, name, array > 0, "finite and positive")
    return array[..., None]


def _check_prior(name: str, bounds: Floats) -> None:
    if name == "contrast":
        allowed = (bounds > -1) & (bounds <= 1e6)
        require(bounds, "prior['contrast']", allowed, "finite and larger than -1, at most 1e6")
    else:
        check_parameter(bounds, f"prior[{name!r}]", may_be_zero=name in _NOT_NEGATIVE)
