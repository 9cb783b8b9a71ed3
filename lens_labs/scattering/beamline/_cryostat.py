"""The cryostat behind `beamline`: two thermal masses, a cold head, and a controller that knows one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import along, numbers, per_series, require, series

Floats = npt.NDArray[np.float64]

STEP = 10.0
"""Time between two rows of a log, s."""
_HALF, _LEAST = 85.0, 0.05  # K where a heat capacity has half of its final value, and its share at 0 K
_RESPONSE, _DERIVATIVE = 120.0, 20.0  # times of the controller, s
# K, and what no other parameter exceeds, nor falls below its inverse if it is positive
_HOTTEST, LARGEST = 1e5, 1e6


class Temperatures(NamedTuple):
    """What happened in the cryostat, step by step: four arrays of shape (..., steps)."""

    stage: Floats
    """Temperature of the stage with heater and sensor, K."""
    sample: Floats
    """Temperature of the sample, K, which no sensor sees."""
    sensor: Floats
    """What the sensor reads, K."""
    heater: Floats
    """Power of the heater during the step that ends here, W."""


def heat_capacity(temperature: npt.ArrayLike, largest: npt.ArrayLike = 150.0) -> Floats:
    r"""Compute a heat capacity that grows as in a solid: with the cube of the temperature, then no more.

    .. math:: \mathcal C(\Theta) = \mathcal C_\infty \left[0.05 + 0.95\,\frac{\Theta^3}{\Theta^3 + \Theta_h^3}\right],
              \qquad \Theta_h = 85\ \mathrm{K}.

    It has the limits of Debye's formula and its half-way point for copper, and a floor, for all that never freezes out.

    Parameters
    ----------
    temperature : array of shape (...)
        Temperature, K, not negative.
    largest : float or array that broadcasts with `temperature`
        Heat capacity of the warm solid, J/K, positive.

    Returns
    -------
    array of shape (...)
        Heat capacity, J/K.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> heat_capacity([4, 85, 300]).round(1)
    array([  7.5,  78.8, 146.8])
    """
    temperature, largest = numbers(temperature, "temperature"), numbers(largest, "largest")
    allowed = (temperature >= 0) & (temperature <= _HOTTEST)
    require(temperature, "temperature", allowed, f"finite and not negative, in K, at most {_HOTTEST:g}")
    require(largest, "largest", largest > 0, "finite and positive, in J/K")
    return _capacity(temperature, largest)


def cryostat(
    setpoint: npt.ArrayLike,
    *,
    stage_capacity: npt.ArrayLike = 150.0,
    sample_capacity: npt.ArrayLike = 30.0,
    cooling: npt.ArrayLike = 0.16,
    link: npt.ArrayLike = 0.08,
    sample_load: npt.ArrayLike = 0.02,
    base: npt.ArrayLike = 3.5,
    strongest: npt.ArrayLike = 50.0,
    leak: npt.ArrayLike = 0.0,
    offset: npt.ArrayLike = 0.0,
    stuck: npt.ArrayLike = False,
) -> Temperatures:
    r"""Follow a stage under control, and the sample behind it, from one setpoint to the next.

    The stage holds heater and sensor and touches a cold head; the sample touches the stage alone, through a weak link:

    .. math:: \mathcal C_1(\Theta_1)\,\dot\Theta_1 = \mathcal Q_h + \mathcal Q_l - \Lambda_0 (\Theta_1 - \Theta_0) -
              \Lambda_2 (\Theta_1 - \Theta_2), \qquad
              \mathcal C_2(\Theta_2)\,\dot\Theta_2 = \mathcal Q_2 - \Lambda_2 (\Theta_2 - \Theta_1).

    Within a step of 10 s powers are constant, and heat capacities those of half-way. Then the two equations are solved
    exactly, by the exponential of their matrix: so no step is too long. The controller is a PID, tuned to answer within two minutes: its
    proportional gain follows the heat capacity at the setpoint, its integral gain the conductance to the cold head. Its
    power, and its integral, stay within the range of the heater. All begins in equilibrium at the first setpoint.

    Parameters
    ----------
    setpoint : array of shape (..., steps)
        Temperature that the controller aims at, K, not below `base`.
    stage_capacity, sample_capacity : float or array of shape (...)
        Heat capacities of the warm masses, see `heat_capacity`, J/K, positive.
    cooling, link : float or array of shape (...)
        Conductance to the cold head, and to the sample, W/K, positive.
    sample_load : float or array of shape (...)
        Power that reaches the sample by radiation and wires, W, not negative.
    base : float or array of shape (...)
        Temperature of the cold head, K, positive.
    strongest : float or array of shape (...)
        Largest power of the heater, W, positive; 0 is an open loop that only cools.
    leak : float or array that broadcasts to `setpoint`
        Power that bad vacuum lets onto the stage, W, not negative.
    offset : float or array that broadcasts to `setpoint`
        What the sensor reads too much: its noise, its drift, K.
    stuck : bool or array that broadcasts to `setpoint`
        Where the sensor repeats its last reading.

    Returns
    -------
    Temperatures
        ``stage``, ``sample``, ``sensor`` (K) and ``heater`` (W), each of shape (..., steps).

    Raises
    ------
    ValueError
        If an argument is out of range, or a shape does not fit.

    Examples
    --------
    Half an hour after a step from 50 to 100 K the stage has arrived, and the sample has not:

    >>> seen = cryostat([50.0] + 180 * [100.0])
    >>> bool(abs(seen.stage[-1] - 100) < 0.5), bool(seen.sample[-1] < 99.5)
    (True, False)
    """
    setpoint = series(setpoint, "setpoint")
    batch = setpoint.shape[:-1]
    of_run = {
        "stage_capacity": stage_capacity,
        "sample_capacity": sample_capacity,
        "cooling": cooling,
        "link": link,
        "base": base,
        "sample_load": sample_load,
        "strongest": strongest,
    }
    p = {name: _of_run(value, name, batch) for name, value in of_run.items()}
    allowed = (setpoint >= p["base"][..., None]) & (setpoint <= _HOTTEST)
    require(setpoint, "setpoint", allowed, f"finite and not below base, in K, at most {_HOTTEST:g}")
    leak, offset = along(leak, "leak", setpoint.shape), along(offset, "offset", setpoint.shape)
    allowed = (leak >= 0) & (leak <= LARGEST)
    require(leak, "leak", allowed, f"finite and not negative, in W, at most {LARGEST:g}")
    require(offset, "offset", np.abs(offset) <= LARGEST, f"finite, in K, within {LARGEST:g}")
    return _followed(setpoint, leak, offset, along(stuck, "stuck", setpoint.shape) != 0, p)


def _followed(
    setpoint: Floats, leak: Floats, offset: Floats, stuck: npt.NDArray[np.bool_], p: Mapping[str, Floats]
) -> Temperatures:
    gain = _capacity(setpoint, p["stage_capacity"][..., None]) / _RESPONSE  # W/K
    stage, sample = _equilibrium(setpoint[..., 0], p)
    read = stage + offset[..., 0]
    integral = np.clip(p["cooling"] * (stage - p["base"]) - p["sample_load"], 0, p["strongest"])
    power, log = integral, [np.empty_like(setpoint) for _ in range(4)]
    for step in range(setpoint.shape[-1]):
        if step:
            stage, sample = relaxed(stage, sample, power + leak[..., step], p)
        before, now = read, np.where(stuck[..., step], read, stage + offset[..., step])
        for row, value in zip(log, (stage, sample, now, power), strict=True):
            row[..., step] = value
        error, slope = setpoint[..., step] - now, (now - before) / STEP
        read = now
        integral = np.clip(integral + p["cooling"] * error * STEP / _RESPONSE, 0, p["strongest"])
        wanted = integral + gain[..., step] * (error - _DERIVATIVE * slope)
        power = np.clip(wanted, 0, p["strongest"])
    return Temperatures(*log)


def relaxed(stage: Floats, sample: Floats, power: Floats, p: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return both temperatures one step later, with the heat capacities of half-way."""
    middle = stage, sample
    for time in (STEP / 2, STEP):
        masses = _capacity(middle[0], p["stage_capacity"]), _capacity(middle[1], p["sample_capacity"])
        middle = exact((stage, sample), power, masses, time, p)
    return middle


def exact(
    now: tuple[Floats, Floats],
    power: Floats,
    capacities: tuple[Floats, Floats],
    time: float,
    p: Mapping[str, Floats],
) -> tuple[Floats, Floats]:
    """Return both temperatures after some time with constant power on the stage and constant heat capacities."""
    end = p["base"] + (power + p["sample_load"]) / p["cooling"]  # where the stage would end
    warmer = p["sample_load"] / p["link"]  # than the stage, in the end
    a, b = (
        -(p["cooling"] + p["link"]) / capacities[0],
        p["link"] / capacities[0],
    )  # the matrix, row by row, 1/s
    c, d = p["link"] / capacities[1], -p["link"] / capacities[1]
    u, v = now[0] - end, now[1] - end - warmer
    mean, half = (a + d) / 2, (a - d) / 2
    root = np.sqrt(half**2 + b * c)  # real: heat flows through the link both ways, so b c > 0
    quick = mean - root
    slow, fast = np.exp((a * d - b * c) / quick * time), np.exp(quick * time)
    even, odd = (slow + fast) / 2, (slow - fast) / (2 * root)
    return end + even * u + odd * (half * u + b * v), end + warmer + even * v + odd * (c * u - half * v)


def _equilibrium(setpoint: Floats, p: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return both temperatures where nothing changes any more, as near to the setpoint as the heater comes."""
    coldest = p["base"] + p["sample_load"] / p["cooling"]
    stage = np.clip(setpoint, coldest, coldest + p["strongest"] / p["cooling"])
    return stage, stage + p["sample_load"] / p["link"]


def _capacity(temperature: Floats, largest: Floats) -> Floats:
    cube = temperature * temperature * temperature
    return largest * (_LEAST + (1 - _LEAST) * cube / (cube + _HALF**3))


def _of_run(value: npt.ArrayLike, name: str, batch: tuple[int, ...]) -> Floats:
    array = per_series(value, name, batch)
    check_parameter(array, name, may_be_zero=name in ("sample_load", "strongest"))
    return np.broadcast_to(array, batch)


def check_parameter(array: Floats, name: str, *, may_be_zero: bool) -> None:
    """Raise ValueError unless a parameter has a size with which one can compute."""
    least, words = (
        (0.0, "not negative") if may_be_zero else (1 / LARGEST, f"positive, at least {1 / LARGEST:g}")
    )
    require(array, name, (array >= least) & (array <= LARGEST), f"finite and {words}, at most {LARGEST:g}")
