"""Checks of lab 09-gp-next-measurement: a Gaussian process chooses where a spectrometer counts next."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import distance

from lens_labs.checks import _gaussian_process as gp
from lens_labs.checks._exercise import NotYet, exercise
from lens_labs.scattering import spectroscopy

Array = npt.NDArray[np.float64]
Covariance = Callable[[Array, Array], Array]
Share = Callable[[np.random.Generator, Covariance, Covariance], float]

DRAWS = 200
"""How many functions are drawn to test a coverage."""

COUNT = 3.5
"""Seconds that the spectrometer counts at each point."""


def squared_exponential(a: Array, b: Array, amplitude: float, scales: Any) -> Array:
    """Return the covariance of function values at a (n, d) and b (m, d), shape (n, m)."""
    return np.asarray(amplitude**2 * np.exp(-0.5 * distance.cdist(a / scales, b / scales, "sqeuclidean")))


def _kernel(amplitude: float, *scales: float) -> Covariance:
    return functools.partial(squared_exponential, amplitude=amplitude, scales=np.array(scales))


@functools.cache
def _example() -> tuple[Array, Array, Array, Array, Covariance]:
    """Return twelve points in two dimensions with unequal errors, nine new places, and a kernel."""
    rng = np.random.default_rng(987)
    x, x_new = rng.uniform(0, 3, (12, 2)), rng.uniform(0, 3, (9, 2))
    y = 2 * np.sin(x[:, 0]) * np.cos(x[:, 1]) + 0.3 * rng.normal(size=12)
    return x, y, rng.uniform(0.1, 0.6, 12), x_new, _kernel(2.0, 0.9, 1.4)


@functools.cache
def _by_library() -> tuple[Array, Array, float]:
    """Return mean, covariance and log evidence of the example by scikit-learn."""
    from sklearn.gaussian_process import (  # noqa: PLC0415 - an extra, needed by two checks only
        GaussianProcessRegressor,
        kernels,
    )

    x, y, errors, x_new, _ = _example()
    kernel = kernels.ConstantKernel(4.0) * kernels.RBF([0.9, 1.4])
    process = GaussianProcessRegressor(kernel, alpha=errors**2, optimizer=None).fit(x, y)
    mean, spread = process.predict(x_new, return_cov=True)
    return mean, spread, float(process.log_marginal_likelihood_value_)


@exercise(
    usage="posterior(energies[:, None], rates, errors, fine[:, None], kernel(10.0, 0.5))",
    provided=lambda: gp.posterior,
)
def posterior(answer: Callable[..., Any]) -> str:
    """Judge mean and covariance at new points against those of scikit-learn."""
    x, y, errors, x_new, covariance = _example()
    given = answer(x.copy(), y.copy(), errors.copy(), x_new.copy(), covariance)
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise NotYet(
            expected="two arrays: mean and covariance",
            got=f"an object of type {type(given).__name__}",
            cause="return mean, covariance",
        )
    mean, spread = (np.asarray(part, dtype=float) for part in given)
    wanted, known, _ = _by_library()
    m = len(x_new)
    if mean.shape != (m,) or spread.shape != (m, m):
        raise NotYet(
            expected=f"mean of shape ({m},) and covariance of shape ({m}, {m})",
            got=f"shapes {mean.shape} and {spread.shape}",
            cause={
                ((m, m), (m,)): "the two are exchanged: return mean, covariance",
                ((m, 1), (m, m)): "the mean is no column: solve with y as it comes, of shape (n,)",
            }.get(
                (mean.shape, spread.shape),
                "the covariance is a whole matrix, K** minus K*x times the solution for Kx*; take its diagonal later",
            ),
        )
    fault = functools.partial(
        NotYet,
        expected=f"mean {wanted[:3].round(4)}, variance {np.diag(known)[:3].round(4)} at the first three places",
        got=f"mean {mean[:3].round(4)}, variance {np.diag(spread)[:3].round(4)}",
    )
    if not np.allclose(mean, wanted, atol=1e-6):
        raise fault(
            cause=gp.why_mean_is_wrong(mean, x=x, y=y, errors=errors, x_new=x_new, covariance=covariance)
        )
    if not np.allclose(spread, known, atol=1e-6):
        prior = covariance(x_new, x_new)
        explained = prior - gp.posterior(x, y, 1e-4 + 0 * errors, x_new, covariance)[1]
        raise fault(cause=gp.why_spread_is_wrong(spread, known, prior, explained))
    return "Mean and covariance agree with scikit-learn to 1e-6."


@exercise(
    usage="log_evidence(energies[:, None], rates, errors, kernel(10.0, 0.5))",
    provided=lambda: gp.log_evidence,
)
def evidence(answer: Callable[..., Any]) -> str:
    """Judge the logarithm of the marginal likelihood against that of scikit-learn."""
    x, y, errors, _, covariance = _example()
    got = np.asarray(answer(x.copy(), y.copy(), errors.copy(), covariance), dtype=float)
    wanted = _by_library()[2]
    if got.shape != ():
        raise NotYet(expected="one number", got=f"an array of shape {got.shape}", cause="sum over all points")
    if np.isclose(got, wanted, rtol=0, atol=1e-6):
        return f"{float(got):.4f}, as scikit-learn says, to 1e-6."
    fit, determinant = gp.terms(covariance(x, x) + np.diag(errors**2), y)
    constant = len(y) / 2 * np.log(2 * np.pi)
    raise NotYet(
        expected=f"{wanted:.4f} (fit {fit:.4f}, complexity {-determinant / 2:.4f}, constant {-constant:.4f})",
        got=f"{float(got):.4f}",
        cause=gp.why_evidence_is_wrong(float(got), x, y, errors, covariance),
    )


@exercise(
    usage="draw_coverage(np.random.default_rng(0), kernel(1.0, 1.0), kernel(1.0, 1.0))",
    provided=lambda: _draw_coverage,
)
def coverage(answer: Share) -> str:
    """Judge a test of coverage: it must find a right kernel right and a wrong one wrong."""
    right, smooth = _kernel(1.0, 1.0), _kernel(1.0, 3.0)
    first = np.asarray(answer(np.random.default_rng(5_000), right, right), dtype=float)
    if first.shape != () or not 0 <= first <= 1:
        raise NotYet(
            expected="one number from 0 to 1, the share of the curve inside its band",
            got=f"an array of shape {first.shape}" if first.shape else f"{float(first):.3g}",
            cause="take the mean over CURVE of whether the function lies inside",
        )
    matched = _shares(answer, right, right)
    mean, error = matched.mean(), matched.std(ddof=1) / np.sqrt(DRAWS)
    fault = functools.partial(
        NotYet,
        expected=f"0.95 within three standard errors, {3 * error:.3f}, over {DRAWS} draws from the kernel that is assumed",
        got=f"{mean:.3f}",
    )
    if np.ptp(matched) < 1e-12:
        raise fault(cause="every draw gives the same share: pass rng on to draw, and take the noise from it")
    if abs(mean - 0.68) < 0.03:
        raise fault(cause="this is the share within one standard deviation; 95 % lie within 1.96")
    if np.isin(matched, (0, 1)).all():
        raise fault(cause="np.all asks whether a whole curve lies inside: take the mean over CURVE")
    if mean < 0.1:
        raise fault(cause="this is the share outside of the band")
    if mean > 0.95 + 3 * error:
        raise fault(
            cause="the band is too wide for what was measured: add noise of size ERROR to each point, hand ERROR as it is to the "
            "posterior, add no noise to the band, and ask for both sides, |f - mean| within 1.96 roots of the diagonal"
        )
    if mean < 0.95 - 3 * error:
        raise fault(
            cause="the band misses too often: hand ERROR as it is to the posterior, which squares it; take 1.96 roots of the diagonal; give "
            "each point noise of its own; take points and curve of one draw; compare the band with the function itself, without noise"
        )
    stiff = _shares(answer, right, smooth).mean()
    if stiff > 0.8:
        raise NotYet(
            expected="a coverage far below 0.95 when the assumed kernel is three times too smooth",
            got=f"{stiff:.3f}",
            cause="draw with the kernel truth, and compute the posterior with the kernel assumed",
        )
    return f"Coverage {mean:.3f} with the right kernel, promised 0.950; {stiff:.2f} with one that is three times too smooth."


def _shares(answer: Share, truth: Covariance, assumed: Covariance) -> Array:
    return np.array([answer(np.random.default_rng(5_000 + i), truth, assumed) for i in range(DRAWS)])


def _draw_coverage(rng: np.random.Generator, truth: Covariance, assumed: Covariance) -> float:
    known = np.sort(np.random.default_rng(0).uniform(0, 10, 15))[:, None]
    curve = np.linspace(0, 10, 60)[:, None]
    places = np.concatenate([known, curve])
    values = np.linalg.cholesky(truth(places, places) + 1e-9 * np.eye(len(places))) @ rng.normal(
        size=len(places)
    )
    noise = np.full(len(known), 0.2)
    mean, spread = gp.posterior(known, values[:15] + noise * rng.normal(size=15), noise, curve, assumed)
    return float(np.mean(np.abs(values[15:] - mean) <= 1.96 * np.sqrt(np.diag(spread))))


@exercise(
    usage="next_point(np.array([1.0, 3.0, 2.0]), np.array([0.5, 0.4, 0.1]))", provided=lambda: _upper_end
)
def next_point(answer: Callable[[Array, Array], Any]) -> str:
    """Judge a rule that steers a spectrometer by the maps that it leads to."""
    mean, sd = np.array([0.5, 4.0, 3.0, 1.0]), np.array([1.0, 0.3, 0.9, 0.2])
    got = answer(mean, sd)
    if isinstance(got, bool) or not isinstance(got, int | np.integer) or not 0 <= got < len(mean):
        raise NotYet(
            expected="the number of a pixel, a whole number from 0 to m - 1",
            got=f"{got!r}",
            cause="np.max returns the largest value; np.argmax returns where it is, as one whole number",
        )
    ratio = float(np.mean([_map_error(seed, answer) / _even_error(seed) for seed in (901, 902, 903)]))
    if ratio < 0.9:
        return f"The error of the map is {ratio:.2f} times that of the even grid, over three landscapes of the check."
    pairs = (mean, sd), (mean[::-1], sd), (sd, mean), (np.array([9.0, 1, 1, 1]), np.array([1, 0.9, 0.2, 0.2]))

    def always(score: Callable[[Array, Array], Array]) -> bool:
        return all(answer(*pair) == int(np.argmax(score(*pair))) for pair in pairs)

    cause = "compute a score for each pixel from both arrays, and return the number of the largest score"
    if always(lambda _, sd: sd):
        cause = "the width of the band alone spreads the points over the empty parts of the map: let the signal enter the score"
    elif always(lambda mean, sd: sd / mean):
        cause = (
            "the relative error is largest where nothing is: multiply the band by the signal, do not divide"
        )
    elif always(lambda _, sd: -sd) or always(lambda mean, sd: -sd * mean):
        cause = "the rule looks where least is to be learnt: np.argmax of the score, not np.argmin"
    raise NotYet(
        expected="an error of the map at most 0.9 times that of an even grid with the same total time",
        got=f"{ratio:.2f} times, over three landscapes",
        cause=cause,
    )


def _upper_end(mean: Array, sd: Array) -> int:
    """Return where the upper end of the band is highest."""
    return int(np.argmax(mean + 2 * sd))


@functools.cache
def _places() -> tuple[Array, Array]:
    """Return the pixels that may be measured and the places at which a map is judged."""
    pixels = np.array([(h, e) for h in np.linspace(0, 1, 21) for e in np.linspace(1, 11, 31)])
    judged = np.array([(h, e) for h in np.linspace(0.02, 0.98, 25) for e in np.linspace(1.1, 10.9, 40)])
    return pixels, judged


def _map_error(seed: int, rule: Callable[[Array, Array], int] | None) -> float:
    """Return the relative error of a map of 192 points; the second half by a rule, or all on a grid if there is none."""
    rng, (pixels, judged) = np.random.default_rng(seed), _places()
    sizes = {"gap": (1.5, 3.0), "top": (6.0, 10.0), "level": (3.0, 10.0), "strength": (30.0, 90.0)}
    film = {name: float(rng.uniform(*ends)) for name, ends in sizes.items()}
    across, along = (12, 16) if rule is None else (8, 12)
    points = np.array([(h, e) for h in np.linspace(0, 1, across) for e in np.linspace(1, 11, along)])
    y = _roots(points, film, rng)
    free = np.arange(len(pixels))
    noise = 0.25 / COUNT
    for step in range(192 - len(points)):
        if step % 48 == 0:
            mean, spread = _believe(points, y, pixels)
        assert rule is not None  # noqa: S101 - without a rule no point is left to choose
        i = free[int(rule(mean[free], np.sqrt(np.maximum(np.diag(spread)[free], 0))))]
        free = free[free != i]
        new = _roots(pixels[[i]], film, rng)
        gain = spread[:, i] / (spread[i, i] + noise)
        mean = mean + gain * (new[0] - mean[i])
        spread -= np.outer(gain, spread[i])
        points, y = np.concatenate([points, pixels[[i]]]), np.concatenate([y, new])
    truth = spectroscopy.excitation_map(judged, **film)
    seen = np.maximum(_believe(points, y, judged)[0], 0) ** 2
    return float(np.sqrt(np.mean((seen - truth) ** 2)) / truth.std())


@functools.cache
def _even_error(seed: int) -> float:
    return _map_error(seed, None)


def _roots(points: Array, film: dict[str, float], rng: np.random.Generator) -> Array:
    return np.asarray(np.sqrt((spectroscopy.measure(points, COUNT, rng=rng, **film) + 0.375) / COUNT))


def _believe(points: Array, y: Array, where: Array) -> tuple[Array, Array]:
    away, errors = y - y.mean(), np.full(len(y), 0.5 / np.sqrt(COUNT))
    kernels = [
        _kernel(float(y.std()) * size, h, e) for h in (0.05, 0.1) for e in (0.4, 0.7) for size in (1, 2)
    ]
    best = max(kernels, key=lambda covariance: gp.log_evidence(points, away, errors, covariance))
    mean, spread = gp.posterior(points, away, errors, where, best)
    return mean + y.mean(), spread


@exercise(usage="straight_line(features, squares, square_errors, 100.0)", provided=lambda: _straight_line)
def straight_line(answer: Callable[..., Any]) -> str:
    """Judge the posterior of the coefficients of a line."""
    rng = np.random.default_rng(77)
    features = np.column_stack([np.ones(7), np.linspace(0, 1, 7)])
    errors = rng.uniform(0.1, 0.8, 7)
    y = features @ [2.0, 5.0] + errors * rng.normal(size=7)
    prior_sd = 1.5
    given = answer(features.copy(), y.copy(), errors.copy(), prior_sd)
    shapes = [np.shape(part) for part in given] if isinstance(given, tuple | list) else [np.shape(given)]
    if shapes != [(2,), (2, 2)]:
        raise NotYet(
            expected="mean of shape (2,) and covariance of shape (2, 2)",
            got=f"shapes {shapes}",
            cause="return the mean of the coefficients and their covariance, in this order",
        )
    mean, spread = (np.asarray(part, dtype=float) for part in given)
    wanted, known = _straight_line(features, y, errors, prior_sd)

    def like(other: tuple[Array, Array]) -> bool:
        return np.allclose(mean, other[0], atol=1e-6) and np.allclose(spread, other[1], atol=1e-6)

    if like((wanted, known)):
        return "Mean and covariance of the coefficients agree with the closed form to 1e-6."
    causes = (
        ((features, y, np.sqrt(errors), prior_sd), "errors are standard deviations: divide by their squares"),
        ((features, y, 1 / errors, prior_sd), "a point with a large error counts little: divide by its variance, do not multiply"),
        ((features, y, errors, 1e9), "the prior is missing: add the identity over prior_sd² to the precision"),
        ((features, y, errors, np.sqrt(prior_sd)), "prior_sd is a standard deviation: divide the identity by its square"),
        ((features, y, errors, 1 / prior_sd), "a wide prior has a small precision: divide the identity by prior_sd²"),
        ((features, y, np.ones(7), prior_sd), "every point counts the same: divide each row by the variance of its point"),
    )  # fmt: skip
    named = [cause for arguments, cause in causes if like(_straight_line(*arguments))]
    precision = np.linalg.inv(known)
    if np.allclose(spread, precision, atol=1e-6):
        named = ["this is the precision: the covariance is its inverse"]
    elif np.allclose(spread, np.linalg.inv(precision + (1 - np.eye(2)) / prior_sd**2), atol=1e-6):
        named = [
            "1/prior_sd² was added to all elements; the prior adds it to the diagonal: np.eye(k) / prior_sd**2"
        ]
    elif np.allclose(np.diag(spread) ** 2, np.diag(known)):
        named = ["these are standard deviations: return the covariance, whose diagonal holds variances"]
    elif np.allclose(spread, known, atol=1e-6):
        named = ["the covariance is right; the mean is Σ_w Ψᵀ diag(1/s²) y, with the variances in it once"]
    raise NotYet(
        expected=f"mean {wanted.round(4)}, variances {np.diag(known).round(5)}",
        got=f"mean {mean.round(4)}, variances {np.diag(spread).round(5)}",
        cause=named[0]
        if named
        else "the mean is Σ_w Ψᵀ diag(1/s²) y, and Σ_w the inverse of I/s_w² + Ψᵀ diag(1/s²) Ψ; each has the variances once",
    )


def _straight_line(features: Array, y: Array, errors: Array, prior_sd: float) -> tuple[Array, Array]:
    precision = np.eye(features.shape[1]) / prior_sd**2 + features.T @ (features / errors[:, None] ** 2)
    spread = np.asarray(np.linalg.inv(precision), dtype=float)
    return spread @ features.T @ (y / errors**2), spread
