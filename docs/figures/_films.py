"""Films for the figures of lecture 2: two that cannot be told apart, what a curve says about one, and fits."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize

from lens_labs.data import Measurement, load
from lens_labs.scattering import reflectivity

Array = npt.NDArray[np.float64]
SILICON, WATER = 2.07, 6.36
"""Scattering length densities of silicon and of heavy water, 1e-6 Å⁻²."""


def film(
    thickness: Any, sld: Any, *, inner: float = 4.0, outer: float = 4.0, **others: float
) -> dict[str, Any]:
    """Return a film on silicon under heavy water: thickness, SLD, and roughness towards silicon and water."""
    return {
        "film_thickness": thickness,
        "film_sld": sld,
        "film_roughness": inner,
        "solvent_sld": WATER,
        "solvent_roughness": outer,
        "scale": 1.0,
        "log10_background": -6.5,
        "resolution": 0.04,
    } | others


def profile(parameters: dict[str, Any], z: Array) -> Array:
    """Return the scattering length density of a film at these depths."""
    return reflectivity.sld_profile(z, reflectivity.slabs(parameters))


def counted(parameters: dict[str, Any], q: Array, *, dose: float, seed: int) -> tuple[Array, Array]:
    """Count neutrons; the beam has `dose` neutrons on the first point and grows as q², as the slits open."""
    beam = dose * (q / q[0]) ** 2
    counts = np.random.default_rng(seed).poisson(beam * reflectivity.model(parameters, q))
    return counts / beam, np.sqrt(np.maximum(counts, 1)) / beam


class Pair(NamedTuple):
    """Two films, the counts of the first one, and chi-squared per point of both."""

    films: tuple[dict[str, Any], dict[str, Any]]
    q: Array
    r: Array
    errors: Array
    chi2: tuple[float, float]


@functools.cache
def pair() -> Pair:
    """Find a second film with the curve of the first.

    Without multiple reflection, a film with the steps a (silicon to film) and b (film to water) reflects as
    |a + b exp(iQd)|², and so does the film with the steps exchanged. The search starts there and moves thickness,
    SLD and roughness until the exact curves agree best within the errors of the counts.
    """
    q = np.geomspace(0.02, 0.19, 60)
    first = film(100, 2.9, inner=4, outer=7)
    r, errors = counted(first, q, dose=1e5, seed=2)
    seen = np.sqrt(reflectivity.model(first, q) / (1e5 * (q / q[0]) ** 2))

    def mirrored(values: Array) -> dict[str, Any]:
        thickness, sld, inner, outer = values
        return film(thickness, sld, inner=inner, outer=outer)

    def difference(values: Array) -> Array:
        return (reflectivity.model(mirrored(values), q) - reflectivity.model(first, q)) / seen

    start = [100, SILICON + WATER - 2.9, 7, 4]
    found = optimize.least_squares(
        difference, start, x_scale=[10, 0.5, 2, 2], bounds=([50, 0, 2, 2], [200, 7, 20, 20])
    )
    both = (first, mirrored(found.x))
    chi2 = [float(np.mean(((r - reflectivity.model(one, q)) / errors) ** 2)) for one in both]
    return Pair(both, q, r, errors, (chi2[0], chi2[1]))


class Posterior(NamedTuple):
    """What one curve says about the SLD of a film, on a grid; the thickness is integrated out."""

    sld: Array
    density: Array
    q: Array
    r: Array
    errors: Array
    films: dict[str, dict[str, Any]]
    """The most likely film of ``low`` and ``high`` SLD, and the ``mean`` over all films that the curve allows."""
    log_likelihood: dict[str, float]
    """Of these three."""


@functools.cache
def posterior() -> Posterior:
    """Compute the posterior of SLD and thickness for a curve that two films explain.

    The prior is flat, in SLD from 0 to 7 and in thickness from 50 to 90 Å; everything else is known.
    """
    q = np.geomspace(0.02, 0.15, 40)
    r, errors = counted(film(70, 2.6), q, dose=1e4, seed=7)

    def log_likelihood(thickness: Any, sld: Any) -> Any:
        curves = reflectivity.model(film(thickness, sld), q)
        return -0.5 * (((r - curves) / errors) ** 2).sum(axis=-1)

    sld, thickness = np.linspace(0, 7, 281), np.linspace(50, 90, 41)
    likely = log_likelihood(thickness[None, :], sld[:, None])
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    middle = (SILICON + WATER) / 2
    places = {
        side: np.unravel_index(
            np.where((sld < middle) == (side == "low"), likely.T, -np.inf).T.argmax(), likely.shape
        )
        for side in ("low", "high")
    }
    values = {side: (float(thickness[column]), float(sld[row])) for side, (row, column) in places.items()}
    values["mean"] = (float(weight.sum(axis=0) @ thickness), float(weight.sum(axis=1) @ sld))
    return Posterior(
        sld, weight.sum(axis=1) / (sld[1] - sld[0]), q, r, errors,
        {name: film(*value) for name, value in values.items()},
        {name: float(log_likelihood(*value)) for name, value in values.items()},
    )  # fmt: skip


def reference(curve: Measurement) -> dict[str, float]:
    """Return the film that the reference fit of a measured curve found."""
    fit = curve.reference
    assert fit is not None  # noqa: S101 - the curves of lecture 2 have one
    return {name: estimate.value for name, estimate in fit.parameters.items()} | dict(fit.fixed)


ROUGH = {"film_thickness": 200.0, "film_sld": 1.2, "solvent_roughness": 10.0, "oxide_thickness": 25.0}
"""A rough guess of the film of e361r, as somebody reads it off the fringes."""


@functools.cache
def refined() -> tuple[dict[str, float], dict[str, float]]:
    """Refine a rough guess of e361r by least squares; return the start and the end.

    What the guess does not say is the middle of its prior.
    """
    curve = load("e361r")
    start = {name: sum(ends) / 2 for name, ends in reflectivity.PRIOR.items() if name != "log10_dose"} | ROUGH
    low, high = np.array([reflectivity.PRIOR[name] for name in start]).T

    def residuals(values: Array) -> Array:
        parameters = dict(zip(start, values, strict=True))
        return reflectivity.residuals(parameters, curve["q"], curve["r"], curve["dr"])

    found = optimize.least_squares(residuals, list(start.values()), bounds=(low, high), x_scale=high - low)
    return start, dict(zip(start, map(float, found.x), strict=True))
