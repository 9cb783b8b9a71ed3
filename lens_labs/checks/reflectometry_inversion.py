"""Checks of lab 02-reflectometry-inversion: read a film's thickness off its reflectivity curve."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs import data
from lens_labs.checks._exercise import NotYet, exercise
from lens_labs.dataset import Dataset
from lens_labs.scattering import reflectivity

Array = npt.NDArray[np.float64]
Predict = Callable[[Array], Array]

TARGETS = ("film_thickness", "film_sld", "solvent_roughness", "oxide_thickness")
"""What the lab reads off a curve, in the order of the columns."""

FLOOR = 1e-7
"""The smallest reflectivity that the lab tells apart from nothing."""

MEASURED = ("e361r", "PLP0011859")
"""Measured curves of films like the simulated ones."""

STRANGER = "PLP0000708"
"""A measured curve of something else."""


def _smooth_log(r: Array) -> Array:
    """Return nearly log10(r) well above the floor, and nearly its value below."""
    return np.asarray(np.arcsinh(np.asarray(r) / (2 * FLOOR)) / np.log(10) + np.log10(FLOOR))


@exercise(usage="log_reflectivity(np.array([1, 1e-3, 0]))", provided=lambda: _smooth_log)
def log_reflectivity(answer: Callable[[Array], Array]) -> str:
    """Judge a logarithm that survives points without counts."""
    r = np.array([[1.0, 2e-3, 5e-7], [1e-7, 3e-9, 0.0]])
    expected = np.log10(np.maximum(r, FLOOR))
    with np.errstate(divide="ignore"):
        got = np.asarray(answer(r.copy()), dtype=float)
    seen = f"log_reflectivity({r[1].tolist()}) = {np.round(got[-1], 3).tolist() if got.ndim else got}"
    fault = functools.partial(
        NotYet, expected=f"{np.round(expected[1], 3).tolist()} for {r[1].tolist()}", got=seen
    )
    if got.shape != r.shape:
        raise NotYet(
            expected=f"an array of shape {r.shape}, like r",
            got=f"shape {got.shape}",
            cause="work element by element",
        )
    if np.isneginf(got).any():
        raise fault(
            cause="a point without counts has no logarithm: raise it to the floor before you take the log"
        )
    if np.allclose(got, expected * np.log(10)):
        raise fault(cause="this is the natural logarithm; np.log10 counts in decades")
    if np.allclose(got, np.log10(r + FLOOR)):
        raise fault(
            cause="the floor was added to every point; only points below it should change: np.maximum"
        )
    if np.allclose(got, np.maximum(r, FLOOR)):
        raise fault(cause="the floor is right, the logarithm is missing")
    if not np.allclose(got, expected):
        raise fault(cause="every point above the floor becomes log10(r), every other one log10(floor)")
    return "Seven decades fit into one scale, and a point without counts no longer breaks it."


@exercise(usage="train_network(0)(test.x)", provided=lambda: _nearest_films)
def beat_the_baselines(train_network: Callable[[int], Predict]) -> str:
    """Judge a trained network on films that it has not seen."""
    predict = train_network(0)
    if not callable(predict):
        raise NotYet(
            expected="train_network(seed) returns a function predict(r)",
            got=f"an object of type {type(predict).__name__}",
            cause="return a function that takes reflectivities and does all the steps to film parameters",
        )
    fresh = _films(987_654)
    truth = fresh.columns(*TARGETS)
    _check_units(got := np.asarray(predict(fresh.x), dtype=float), truth)
    error, line, mean = (
        _error(got, truth),
        _line_error(),
        float(np.abs(truth[:, 0] - truth[:, 0].mean()).mean()),
    )
    want = f"a thickness error below 15 Å (ridge regression on 2,048 films: {line:.0f} Å)"
    fault = functools.partial(NotYet, expected=want, got=f"{error:.1f} Å on films that you have not seen")
    if error > 0.9 * mean:
        raise fault(
            cause="that is no better than always saying the mean: does predict prepare its input exactly as in training?"
        )
    if error > 0.7 * line:
        raise fault(cause="that is what a straight line can do: are there activations between the layers?")
    if error > 15:
        raise fault(
            cause="the network has learnt, but not enough: more epochs, wider layers, or a falling learning rate"
        )
    return f"Thickness to {error:.1f} Å on 2,048 films that you have not seen: {line / error:.0f} times better than a line."


@exercise(usage="is_stranger(log_reflectivity(test.x))")
def spot_the_stranger(is_stranger: Callable[[Array], Any]) -> str:
    """Judge a rule that knows when a curve is not of the training family."""
    family = _log(_films(987_654).x)
    flags = np.asarray(is_stranger(family))
    if flags.shape != (len(family),) or flags.dtype != bool:
        raise NotYet(
            expected=f"one True or False for each curve, shape ({len(family)},)",
            got=f"{flags.dtype} of shape {flags.shape}",
            cause="reduce over the points of each curve (axis=1) and compare with a limit",
        )
    if flags.all():
        raise NotYet(
            expected="a rule that lets most of the training family pass",
            got="every curve is called a stranger",
            cause="log_r is prepared already and standardise would take its logarithm a second time: use "
            "(log_r - x_mean) / x_spread",
        )
    if flags.mean() > 0.005:
        raise NotYet(
            expected="a false alarm for at most 0.5 % of the films of the training family",
            got=f"{100 * flags.mean():.1f} %",
            cause="the limit is too strict: choose it so high that training curves rarely reach it",
        )
    strangers = {
        "films under light water": _log(_films(5, solvent_sld=(-0.56, -0.5)).x),
        "the measured bare wafer PLP0000708": _measured(STRANGER)[None],
    }
    for name, curves in strangers.items():
        if (share := np.asarray(is_stranger(curves)).mean()) < 0.95:
            raise NotYet(
                expected=f"{name} recognised as strange",
                got=f"{100 * share:.0f} % of them",
                cause="one strange region is enough: look at the largest deviation of a curve, not at the mean one",
            )
    for name in MEASURED:
        if np.asarray(is_stranger(_measured(name)[None])).any():
            raise NotYet(
                expected=f"the measured film {name} accepted",
                got="it is called a stranger",
                cause="real curves deviate a little everywhere: set the limit by the rarest training curves, not the typical ones",
            )
    return f"The bare wafer is flagged, both films are not; false alarms: {flags.sum()} of {len(flags):,} simulated films."


@exercise(usage='read_film("e361r")', provided=lambda: _read_by_nearest_films)
def final_exam(read_film: Callable[[str], Any]) -> str:
    """Judge what the networks read off two measured curves."""
    reports = []
    for name in MEASURED:
        got = np.asarray(read_film(name), dtype=float)
        if got.ndim != 2 or got.shape[1] != len(TARGETS) or not np.isfinite(got).all():
            raise NotYet(
                expected=f"one row for each network, one column for each of {', '.join(TARGETS)}",
                got=f"an array of shape {got.shape}"
                + ("" if np.isfinite(got).all() else " with values that are not finite"),
                cause="stack the predictions of all networks for this one curve",
            )
        reference = data.load(name).reference
        assert reference is not None  # noqa: S101 - both cards have one, and a test says so
        known, thickness = reference["film_thickness"], got[:, 0]
        if (np.abs(thickness / known - 1) > 0.05).any():
            raise NotYet(
                expected=f"{name}: film thickness within 5 % of the reference's {known:.1f} Å from every network",
                got=", ".join(f"{value:.1f} Å" for value in thickness),
                cause="predict prepares its input itself, so hand it reflectivities, rebinned onto the 80 points of the "
                "networks; if you did, report the miss and do not tune it away",
            )
        reports.append(f"{name}: {thickness.mean():.1f} Å (reference {known:.1f} Å)")
    return "Both films are read within 5 % of the reference fit. " + "; ".join(reports) + "."


@exercise(usage='refine(load("e361r"), start)', provided=lambda: lambda _curve, start: dict(start))
def propose_and_refine(refine: Callable[[data.Measurement, Mapping[str, float]], Mapping[str, float]]) -> str:
    """Judge a least-squares fit that starts where the network points."""
    reports = []
    for name in MEASURED:
        curve = data.load(name)
        start, best = _a_little_off(curve), _chi2(curve, _reference_film(curve))
        got = dict(refine(curve, dict(start)))
        if missing := [key for key in start if key not in got]:
            raise NotYet(
                expected="a mapping with every parameter of start",
                got=f"no {', '.join(missing)}",
                cause="put the fitted numbers back under the names of start",
            )
        chi2 = _chi2(curve, got)
        fault = functools.partial(
            NotYet,
            expected=f"{name}: chi-squared at most 1.1 times that of the reference fit, {best:.0f}",
            got=f"{chi2:.0f} (at the start {_chi2(curve, start):.0f})",
        )
        if all(np.isclose(got[key], start[key], rtol=1e-9) for key in start):
            raise fault(cause="nothing moved: return the solution of the fit, not its start")
        if chi2 > 1.1 * best:
            raise fault(
                cause="the fit stopped early: are the residuals those of log R over their errors, are instrument parameters "
                "free too, and do the parameters have comparable scales (x_scale)?"
            )
        reports.append(
            f"{name}: {got['film_thickness']:.1f} Å, chi-squared {chi2 / best:.2f} of the reference's"
        )
    return "Least squares finishes what the network proposes. " + "; ".join(reports) + "."


# What the judges use


@functools.cache
def _films(seed: int, n: int = 2048, **prior: tuple[float, float]) -> Dataset:
    return reflectivity.simulate(n, seed=seed, prior=prior)


def _log(r: Array) -> Array:
    return np.asarray(np.log10(np.maximum(r, FLOOR)))


def _measured(name: str) -> Array:
    """Return the logarithm of a measured curve on the points of the simulated ones."""
    curve = data.load(name)
    onto = _films(987_654).coords["q"]
    return _log(reflectivity.rebin(curve["q"], curve["r"], curve["dr"], onto=onto))


def _error(predicted: Array, truth: Array) -> float:
    return float(np.abs(predicted[:, 0] - truth[:, 0]).mean())


@functools.cache
def _line_error() -> float:
    """Return the thickness error of ridge regression, Å."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415 - an extra, needed by this check only

    train, test = _films(987_653), _films(987_654)
    line = Ridge(alpha=1.0).fit(_log(train.x), train.columns(*TARGETS))
    return _error(line.predict(_log(test.x)), test.columns(*TARGETS))


def _check_units(got: Array, truth: Array) -> None:
    if got.shape != truth.shape:
        raise NotYet(
            expected=f"predictions of shape {truth.shape}: one column for each of {', '.join(TARGETS)}",
            got=f"shape {got.shape}",
            cause="the last layer has one unit for each target, without activation",
        )
    if not np.isfinite(got).all():
        raise NotYet(
            expected="finite predictions",
            got=f"{np.sum(~np.isfinite(got))} values that are not",
            cause="a learning rate that is too high, or a logarithm of zero in the input",
        )
    if np.abs(got).max() < 20:
        raise NotYet(
            expected="thickness in Å, between 50 and 500",
            got=f"values between {got.min():.2f} and {got.max():.2f}",
            cause="the predictions are still standardised: undo the scaling of the targets in predict",
        )
    likeness = [
        abs(np.corrcoef(got[:, column], truth[:, 0])[0, 1]) if np.ptp(got[:, column]) else 0
        for column in range(4)
    ]
    if (best := int(np.argmax(likeness))) and likeness[best] > 0.9:
        raise NotYet(
            expected="film_thickness in the first column",
            got=f"a first column that does not follow it, while column {best} does",
            cause=f"the columns are in another order than {', '.join(TARGETS)}",
        )


def _reference_film(curve: data.Measurement) -> dict[str, float]:
    reference = curve.reference
    assert reference is not None  # noqa: S101 - both cards have one, and a test says so
    return {name: reference[name] for name in (*reference.parameters, *reference.fixed)} | {
        "resolution": reference.fixed.get("resolution", 0.05)
    }


def _a_little_off(curve: data.Measurement) -> dict[str, float]:
    """Return a start as a network would propose it: good for the thickness, the middle of the prior for the rest."""
    needless = {"log10_dose", *(["resolution"] if "dq" in curve.arrays else [])}
    middle = {name: sum(bounds) / 2 for name, bounds in reflectivity.PRIOR.items() if name not in needless}
    film = _reference_film(curve)
    near = {"film_thickness": 1.02 * film["film_thickness"], "film_sld": film["film_sld"] + 0.1}
    return middle | near | {"solvent_roughness": 6.0, "oxide_thickness": 0.85 * film["oxide_thickness"]}


def _chi2(curve: data.Measurement, film: Mapping[str, float]) -> float:
    residuals = reflectivity.residuals(film, curve["q"], curve["r"], curve["dr"], dq=curve.arrays.get("dq"))
    return float(np.sum(residuals**2))


# What the school provides while an exercise is open


def _nearest_films(seed: int, n: int = 4096) -> Predict:
    """Return a reader of curves that needs no training: the mean of the five most similar of up to 4,096 films."""
    films = _films(1000 + seed, min(n, 4096))  # not the seeds of the lab's own sets
    known, answers = _log(films.x), films.columns(*TARGETS)

    def predict(r: Array) -> Array:
        curves = _log(np.atleast_2d(r))
        distance = (curves**2).sum(1)[:, None] - 2 * curves @ known.T + (known**2).sum(1)
        nearest = np.argpartition(distance, 5, axis=1)[:, :5]
        return np.asarray(answers[nearest].mean(axis=1))

    return predict


def _read_by_nearest_films(name: str) -> Array:
    return np.concatenate([_nearest_films(seed)(10 ** _measured(name)) for seed in (1, 2, 3)])
