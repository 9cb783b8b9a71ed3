"""A Gaussian process as it is meant and as it is commonly mistaken."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Covariance = Callable[[Array, Array], Array]


def posterior(x: Array, y: Array, errors: Array, x_new: Array, covariance: Covariance) -> tuple[Array, Array]:
    """Return mean (m,) and covariance (m, m) at x_new, given y ± errors (n,) at x."""
    matrix = covariance(x, x) + np.diag(errors**2)
    return _condition(matrix, covariance(x, x_new), y, covariance(x_new, x_new))


def log_evidence(x: Array, y: Array, errors: Array, covariance: Covariance) -> float:
    """Return the logarithm of the probability density of y ± errors (n,) at x."""
    fit, determinant = terms(covariance(x, x) + np.diag(errors**2), y)
    return float(fit - determinant / 2 - len(y) / 2 * np.log(2 * np.pi))


def terms(matrix: Array, y: Array) -> tuple[float, float]:
    """Return the fit term of the evidence and the logarithm of the determinant."""
    return float(-0.5 * y @ np.linalg.solve(matrix, y)), float(np.linalg.slogdet(matrix)[1])


def why_mean_is_wrong(
    mean: Array, *, x: Array, y: Array, errors: Array, x_new: Array, covariance: Covariance
) -> str:
    """Return what has led to a wrong mean."""
    plain, between, prior = covariance(x, x), covariance(x, x_new), covariance(x_new, x_new)
    right = plain + np.diag(errors**2)
    root = np.linalg.cholesky(right)
    for matrix, cause in (
        (plain + np.diag(errors), "errors are standard deviations; on the diagonal stand variances: square them"),
        (plain + errors**2, "NumPy adds errors**2 to every row of the matrix; np.diag(errors**2) puts it on the diagonal"),
        (plain + np.diag(errors**4), "the errors were squared twice: diag(errors²)"),
        (root.T @ root, "this Cholesky factor is the upper one, as SciPy returns it: use its transpose, or that of NumPy"),
    ):  # fmt: skip
        if np.allclose(mean, _condition(matrix, between, y, prior)[0], atol=1e-6):
            return cause
    if np.allclose(mean, _condition(plain + 1e-10 * np.eye(len(y)), between, y, prior)[0], atol=1e-2):
        return "the errors are missing, so the curve passes through every point: add diag(errors²)"
    if np.allclose(mean, _condition(right, between, y - y.mean(), prior)[0] + y.mean(), atol=1e-6):
        return "take no mean away: this process has mean zero, and the lab takes the mean rate away outside"
    return "the mean is K*x times the solution of (Kxx + diag(errors²)) with y"


def why_spread_is_wrong(spread: Array, known: Array, prior: Array, explained_without_errors: Array) -> str:
    """Return what has led to a wrong covariance although the mean is right."""
    off = spread - known
    for wrong, cause in (
        (prior, "the covariance is still that of the prior: take away what the data explain"),
        (prior - known, "this is what the data explain: take it away from K**"),
        (2 * prior - known, "what the data explain was added to K**: take it away"),
        (prior - explained_without_errors, "the errors are missing here: solve with Kxx + diag(errors²), as for the mean"),
    ):  # fmt: skip
        if np.allclose(spread, wrong, atol=1e-3):
            return f"the mean is right; {cause}"
    if np.allclose(np.diag(spread) ** 2, np.diag(known)):
        return "the mean is right; these are standard deviations: take the root of the diagonal later"
    if np.allclose(off, np.diag(np.diag(off))) and (np.diag(off) > 0).all():
        return "the mean is right; something was added to the variances: the band is about the function, without noise"
    return "the mean is right; the covariance is K** minus K*x times the solution for Kx*"


def why_evidence_is_wrong(got: float, x: Array, y: Array, errors: Array, covariance: Covariance) -> str:
    """Return what has led to a wrong logarithm of the evidence."""
    plain = covariance(x, x)
    fit, determinant = terms(plain + np.diag(errors**2), y)
    constant = len(y) / 2 * np.log(2 * np.pi)
    right = fit - determinant / 2 - constant
    noiseless, squeezed, blurred = (
        (each := terms(matrix, y))[0] - each[1] / 2 - constant
        for matrix in (plain, plain + np.diag(errors), plain + errors**2)
    )
    for wrong, cause in (
        (right + constant, "the constant is missing: N/2 times ln 2π"),
        (right - constant, "the constant is N/2 times ln 2π, with the half"),
        (right + constant - constant / len(y), "the constant counts once for each point: N/2 times ln 2π"),
        (right + 2 * constant, "the constant is subtracted, as a density has 2π in the denominator"),
        (right - determinant / 2, "half of the logarithm of the determinant; from a Cholesky factor the sum over its diagonal is that half already"),
        (right + determinant / 4, "the determinant is that of the matrix, not of its Cholesky factor: its logarithm is twice the sum over the diagonal"),
        (right + determinant / 2, "the complexity is missing: without the determinant, the shortest length scale always wins"),
        (right + determinant, "the determinant is subtracted: a kernel that expects everything expects nothing"),
        (right + determinant / 2 - determinant / np.log(100), "the logarithm is the natural one: np.log, not np.log10"),
        (right + determinant / 2 - np.exp(determinant) / 2, "take the logarithm of the determinant"),
        (right + fit, "the fit has a factor of one half"),
        (right - fit, "the fit is missing: it is the only term that knows the data"),
        (right - 2 * fit, "the fit has a minus: data far from what the kernel expects are improbable"),
        (-right, "the sign is turned round: this is the loss that a program would make small"),
        (right / len(y), "this is the mean over the points; the evidence belongs to all of them together"),
        (np.exp(right), "this is the evidence itself: return its logarithm"),
        (noiseless, "the errors are missing: add diag(errors²) to Kxx"),
        (squeezed, "errors are standard deviations; on the diagonal stand variances: square them"),
        (blurred, "NumPy adds errors**2 to every row of the matrix; np.diag(errors**2) puts it on the diagonal"),
    ):  # fmt: skip
        if np.isclose(got, wrong, rtol=1e-9, atol=1e-6 if abs(wrong) > 1e-3 else 0):
            return cause
    return "it is the sum of fit, complexity and constant; print the three and compare with the formula"


def _condition(matrix: Array, between: Array, y: Array, prior: Array) -> tuple[Array, Array]:
    solved = np.linalg.solve(matrix, np.column_stack([y, between]))
    return between.T @ solved[:, 0], prior - between.T @ solved[:, 1:]
