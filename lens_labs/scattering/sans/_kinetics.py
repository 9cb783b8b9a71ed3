"""Small-angle scattering of a sample that changes while it is measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import numbers, whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering.sans._curves import check_resolution, points
from lens_labs.scattering.sans._intensity import i_q
from lens_labs.scattering.sans._limits import check_values

Floats = npt.NDArray[np.float64]

PRIOR_KINETICS: Prior = {
    "radius": (18, 30),
    "radius_pd": (0.05, 0.2),
    "elongation": (2, 4),
    "length": (200, 600),
    "rate": (0.002, 0.02),
    "rate_2": (0.002, 0.02),
    "background": (0.001, 0.01),
    "dose": (1e3, 1e6),
}
"""Ranges from which `simulate_kinetics` draws: lengths in Å, rates in 1/s, the background as a share of the forward
intensity of the first state, the dose in counts a frame. Rates, background and dose are drawn with the same chance for equal
ratios."""

_BY_RATIO = ("rate", "rate_2", "background", "dose")
_UNITS = {"radius": "Å", "length": "Å", "rate": "1/s", "rate_2": "1/s", "x": "counts", "dose": "counts"}
_WITHIN = np.polynomial.legendre.leggauss(4)


def populations(time: Any, rates: Any) -> Floats:
    r"""Compute how much of a sample is in each state, where each state turns into the next one with a constant rate.

    .. math:: \frac{\mathrm{d}f_i}{\mathrm{d}t} = k_{i-1} f_{i-1} - k_i f_i, \qquad f_1(0) = 1.

    Parameters
    ----------
    time : array of shape (t,)
        Time since the beginning, s, not negative.
    rates : array of shape (..., 1) or (..., 2)
        Rate of the first transition, and perhaps of a second one, 1/s, positive.

    Returns
    -------
    array of shape (..., t, 2) or (..., t, 3)
        Shares of the two or three states, whose sum is 1.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> populations([0, 100], [0.01]).round(3)
    array([[1.   , 0.   ],
           [0.368, 0.632]])
    >>> populations([0, 100], [0.01, 0.01]).round(3)
    array([[1.   , 0.   , 0.   ],
           [0.368, 0.368, 0.264]])
    """
    time, rates = numbers(time, "time"), numbers(rates, "rates")
    if time.ndim != 1 or not time.size:
        raise ValueError(f"time must have shape (t,) with at least one point; got shape {time.shape}")
    if rates.shape[-1:] not in ((1,), (2,)):
        raise ValueError(f"rates must have shape (..., 1) or (..., 2); got {rates.shape}")
    check_values({"time": time, "rates": rates})
    first, second = rates[..., :1], rates[..., 1:]
    shares = [np.exp(-first * time)]
    if second.size:
        slow, apart = np.minimum(first, second), np.abs(first - second)
        passed = -np.expm1(-apart * time) / np.where(apart > 0, apart, 1)
        shares.append(first * np.exp(-slow * time) * np.where(apart > 0, passed, time))
    return np.stack([*shares, 1 - sum(shares)], axis=-1)


def simulate_kinetics(
    n: int,
    *,
    seed: int,
    frames: int = 200,
    states: int = 2,
    q: npt.ArrayLike | None = None,
    frame_time: float = 10.0,
    dq: float = 0.05,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    r"""Watch `n` samples in which round micelles grow into rods, frame after frame, at a small-angle diffractometer.

    The intensity is that of the states, each with its share, :math:`I(Q, t) = \sum_i f_i(t)\,I_i(Q)`. The first state are
    spheres, the last one cylinders of the same radius; with three states, ellipsoids with the semi-axis ``elongation *
    radius`` lie between them. All have the same contrast and fill the same volume. A frame counts over its whole time,
    while the sample goes on changing. Each point is a ring of the detector, as wide as a fixed share of q, so that its area
    grows as q²; it counts neutrons, Poisson around what the sample gives.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed.
    frames : int
        Frames a sample.
    states : {2, 3}
        States through which the sample goes.
    q : array of shape (m,), optional
        Momentum transfer, Å⁻¹, positive and increasing; 120 points from 0.005 to 0.3 by default.
    frame_time : float
        Duration of a frame, s.
    dq : float
        Resolution as standard deviation over q, at most 0.25.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR_KINETICS`, by parameter. The ``dose`` is the mean number of counts in a frame
        that sees the first state alone, on all rings together.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: counts, shape (n, frames, m); ``y``: the parameters; ``truth["shares"]``: share of each state in each frame,
        shape (n, frames, states), and ``truth["expected"]``: the mean number of counts. The coordinates are ``q``, the
        middle ``time`` of the frames, s, and the ``area`` of the rings over that of the first.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate_kinetics(3, seed=1, frames=50, states=3)
    >>> data.x.shape, data.truth["shares"].shape
    ((3, 50, 120), (3, 50, 3))
    """
    whole(frames, "frames", at_least=1)
    whole(states, "states", at_least=2)
    if states > 3:
        raise ValueError(f"states must be 2 or 3; got {states!r}")
    if np.shape(frame_time) != () or not 0 < numbers(frame_time, "frame_time") <= 1e9:
        raise ValueError(f"frame_time must be a positive number, at most 1e9 s; got {frame_time!r}")
    q = points(q, np.geomspace(0.005, 0.3, 120))
    check_resolution(dq)
    names = [name for name in PRIOR_KINETICS if states == 3 or name not in ("elongation", "rate_2")]
    drawn_from = ranges({name: PRIOR_KINETICS[name] for name in names}, prior, positive=names)
    area = (q / q[0]) ** 2

    def draw(rng: np.random.Generator, size: int) -> list[Floats]:
        return [np.column_stack([drawn(rng, size, drawn_from[n], by_ratio=n in _BY_RATIO) for n in names])]

    def record(rngs: list[np.random.Generator], table: Floats) -> list[npt.NDArray[Any]]:
        p = dict(zip(names, table.T, strict=True))
        curves = _curves(q, dq, p, states) + p["background"][:, None, None]  # (samples, states, m)
        curves = curves * area
        curves = curves * (p["dose"] / curves[:, 0].sum(axis=-1))[:, None, None]
        shares = _shares_of_frames(
            frames, frame_time, table[:, [names.index(r) for r in names if "rate" in r]]
        )
        expected = shares @ curves
        counts = np.stack([rng.poisson(mean) for rng, mean in zip(rngs, expected, strict=True)])
        return [counts, table, shares, expected]

    counts, y, shares, expected = simulated(n, seed, draw, blocks, record=record)
    units = dict.fromkeys([*names, "area", "shares"], "1") | {"q": "1/Å", "time": "s", "expected": "counts"}
    meta = {"simulator": "sans.simulate_kinetics", "seed": seed, "states": states, "dq": dq}
    return Dataset(
        counts,
        y,
        tuple(names),
        units | _UNITS,
        {"q": q, "time": (np.arange(frames) + 0.5) * frame_time, "area": area},
        np.sqrt(np.maximum(counts, 1)),
        meta | {"frame_time": frame_time, "prior": drawn_from},
        {"shares": shares, "expected": expected},
    )


def _curves(q: Floats, dq: float, p: dict[str, Floats], states: int) -> Floats:
    """Return the intensity of each state over that of the first one in forward direction, shape (samples, states, m)."""
    radius, width = p["radius"], p["radius_pd"]
    curves = [
        i_q("sphere", q, dq=dq, radius=radius, radius_pd=width),
        i_q(
            "cylinder", q, dq=dq, radius=radius, radius_pd=width, length=p["length"], sld=1.0, sld_solvent=6.0
        ),
    ]
    if states == 3:
        longer: dict[str, Any] = {"radius_polar": p["elongation"] * radius, "radius_equatorial": radius}
        between = i_q("ellipsoid", q, dq=dq, **longer, radius_equatorial_pd=width, sld=1.0, sld_solvent=6.0)
        curves.insert(1, between)
    forward = i_q("sphere", [1e-6], radius=radius, radius_pd=width)
    return np.asarray(np.stack(curves, axis=1) / forward[:, None, :])


def _shares_of_frames(frames: int, frame_time: float, rates: Floats) -> Floats:
    """Return the share of each state, averaged over the time of each frame, shape (samples, frames, states)."""
    nodes, weights = _WITHIN
    time = (np.arange(frames)[:, None] + 0.5 + nodes / 2) * frame_time
    shares = populations(time.ravel(), rates).reshape(len(rates), frames, nodes.size, -1)
    return np.asarray(np.einsum("sfnk,n->sfk", shares, weights / 2))
