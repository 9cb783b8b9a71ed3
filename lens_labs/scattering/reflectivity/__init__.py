"""Specular neutron reflectivity of layered films, as a reflectometer records it.

Conventions are those of refnx: a stack is an array ``slabs``, from the medium of the beam to the medium behind, with columns

===  ======================================================  ===========
0    thickness (ignored in the first and the last row)       Å
1    scattering length density (SLD), real part              1e-6 Å⁻²
2    scattering length density, imaginary part (absorption)  1e-6 Å⁻²
3    roughness of the interface to the row above             Å
===  ======================================================  ===========

and the resolution ``dq`` is the full width at half maximum of a Gaussian. The forward models are written against
the Python array API: NumPy in float64 is the reference, and the same code runs, compiles and differentiates in JAX.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import (
    absolute_width,
    check_per_stack,
    check_q,
    check_slabs,
    in_one_namespace,
    numbers,
)
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering._priors import Prior
from lens_labs.scattering._resolution import smearing
from lens_labs.scattering.reflectivity._films import PRIOR, parameter_names, ranges, slabs
from lens_labs.scattering.reflectivity._parratt import FWHM, parratt, smeared
from lens_labs.scattering.reflectivity._rebinning import rebin

__all__ = [
    "PRIOR",
    "fresnel",
    "model",
    "parameter_names",
    "rebin",
    "reflectivity",
    "residuals",
    "resolution_matrix",
    "simulate",
    "slabs",
    "sld_profile",
]

_UNITS = {"thickness": "Å", "roughness": "Å", "sld": "1e-6/Å²"}


def reflectivity(q: Any, slabs: Any, *, dq: Any = None, scale: Any = 1.0, background: Any = 0.0) -> Any:
    r"""Compute the specular reflectivity of one stack, or of a batch of stacks.

    Parratt's recursion [1]_ over the interfaces, from the back to the front, with the factor of Névot and Croce
    [2]_ for rough interfaces:

    .. math:: k_n = \sqrt{(Q/2)^2 - 4\pi(\rho_n - \rho_0)}, \qquad
              r_n = \frac{k_n - k_{n+1}}{k_n + k_{n+1}}\, e^{-2 k_n k_{n+1} \sigma_{n+1}^2}.

    Parameters
    ----------
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive.
    slabs : array of shape (..., layers + 2, 4)
        The stack, or a batch of stacks, in the convention of this module.
    dq : float or array of shape (m,) or (..., m), optional
        Resolution as FWHM: a number is relative, ``dq/q``; an array is absolute, Å⁻¹, one value a point.
        None is a perfect instrument.
    scale : float or array of shape (...)
        Factor on the reflectivity.
    background : float or array of shape (...)
        Added to the scaled reflectivity.

    Returns
    -------
    array of shape (..., m)
        The reflectivity; a JAX array if any argument is one.

    Raises
    ------
    ValueError
        If a shape does not fit, or (outside JAX, which cannot look at values while it compiles) if a value is
        not finite or not physical.

    Notes
    -----
    The reflectivity is smeared by a sum over 13 equally spaced nodes within 3.5 standard deviations; for a
    Gaussian weight this converges as fast as Gauss quadrature and is steadier at sharp minima. Absorption in the
    first medium is ignored, as in refnx, because the scale contains it.

    References
    ----------
    .. [1] L. G. Parratt, Phys. Rev. 95, 359 (1954), https://doi.org/10.1103/PhysRev.95.359
    .. [2] L. Névot, P. Croce, Rev. Phys. Appl. 15, 761 (1980), https://doi.org/10.1051/rphysap:01980001503076100

    Examples
    --------
    Heavy water under silicon reflects everything below the critical edge at 0.0147 Å⁻¹, and little above it:

    >>> bare = [[0, 2.07, 0, 0], [0, 6.36, 0, 3]]
    >>> reflectivity([0.010, 0.020], bare).round(3)
    array([1.   , 0.036])
    """
    xp, (q, slabs, scale, background, dq) = in_one_namespace(
        q=q, slabs=slabs, scale=scale, background=background, dq=dq
    )
    check_q(q)
    check_slabs(slabs)
    check_per_stack(scale, slabs, "scale")
    check_per_stack(background, slabs, "background")
    curve = parratt(xp, q, slabs) if dq is None else smeared(xp, q, slabs, absolute_width(q, slabs, dq))
    return scale[..., None] * curve + background[..., None]


def resolution_matrix(
    q: npt.ArrayLike, dq: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Prepare for many curves at one resolution: where to compute ideal ones, and the matrix that smears them.

    Points close to each other share their neighbourhood. So this is several times faster than ``dq`` in `reflectivity`,
    where each point has 13 nodes of its own, and about as exact.

    Parameters
    ----------
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive and increasing.
    dq : float or array of shape (m,)
        Resolution as FWHM: a number is relative, ``dq/q``; an array is absolute, Å⁻¹.

    Returns
    -------
    points, matrix : array of shape (k,) and (m, k)
        ``reflectivity(points, slabs) @ matrix.T`` are the curves at these `q`.

    Raises
    ------
    ValueError
        If a shape does not fit or a value is not finite and positive.

    Examples
    --------
    >>> film, q = [[0, 2.07, 0, 0], [200, 0.5, 0, 3], [0, 6.36, 0, 5]], np.geomspace(0.01, 0.2, 80)
    >>> points, matrix = resolution_matrix(q, dq=0.05)
    >>> points.shape, (reflectivity(points, film) @ matrix.T)[[20, 40]].round(5)
    ((329,), array([0.04198, 0.00202]))
    """
    q, dq = numbers(q, "q"), numbers(dq, "dq")
    check_q(q)
    if (np.diff(q) <= 0).any():
        raise ValueError("q must increase from point to point")
    if dq.shape not in ((), q.shape) or not np.isfinite(dq).all() or (dq <= 0).any():
        raise ValueError(f"dq must be positive, a number or an array of shape {q.shape}; got {dq}")
    return smearing(q, (dq if dq.ndim else dq * q) / FWHM, spacing=0.6)


def fresnel(q: npt.ArrayLike, sld: npt.ArrayLike) -> npt.NDArray[np.float64]:
    r"""Compute the reflectivity of one ideally sharp, flat interface.

    .. math:: R = \left|\frac{Q - \sqrt{Q^2 - Q_c^2}}{Q + \sqrt{Q^2 - Q_c^2}}\right|^2, \qquad
              Q_c = 4\sqrt{\pi\,\Delta\rho}.

    Parameters
    ----------
    q : array
        Momentum transfer, Å⁻¹, positive.
    sld : float or array
        Contrast: scattering length density behind the interface less that in front of it, 1e-6 Å⁻².

    Returns
    -------
    array with the shape of `q`
        The reflectivity.

    Examples
    --------
    >>> fresnel([0.01, 0.1], sld=6.36 - 2.07).round(6)
    array([1.e+00, 3.e-05])
    """
    q, contrast = numbers(q, "q"), numbers(sld, "sld")
    if not np.isfinite(q).all() or (q <= 0).any():
        raise ValueError("q must be finite and positive, in Å⁻¹; got " + repr(q))
    inside = np.sqrt(q**2 - 16e-6 * np.pi * contrast + 0j)
    amplitude = (q - inside) / (q + inside)
    return np.asarray(np.abs(amplitude) ** 2)


def sld_profile(z: Any, slabs: Any) -> npt.NDArray[np.float64]:
    """Compute the scattering length density along the depth of one stack.

    Parameters
    ----------
    z : array of shape (m,)
        Depth, Å; 0 is the first interface and the first medium lies at negative values.
    slabs : array of shape (layers + 2, 4)
        One stack in the convention of this module.

    Returns
    -------
    array of shape (m,)
        Real part of the scattering length density, 1e-6 Å⁻²; each interface is an error function as wide as
        its roughness.

    Examples
    --------
    >>> sld_profile([-50, 50, 250], [[0, 2.07, 0, 0], [200, 0.5, 0, 3], [0, 6.36, 0, 5]]).round(2)
    array([2.07, 0.5 , 6.36])
    """
    z, slabs = numbers(z, "z"), numbers(slabs, "slabs")
    check_slabs(slabs)
    if z.ndim != 1 or slabs.ndim != 2:
        raise ValueError(f"z must have shape (m,) and slabs (layers + 2, 4); got {z.shape} and {slabs.shape}")
    depth = np.concatenate([[0.0], np.cumsum(slabs[1:-1, 0])])
    roughness = np.maximum(slabs[1:, 3], 1e-9)  # a sharp step as the limit of a steep one
    steps = special.ndtr((z[:, None] - depth) / roughness)
    return np.asarray(slabs[0, 1] + steps @ np.diff(slabs[:, 1]))


def model(
    parameters: Mapping[str, Any], q: npt.ArrayLike, *, dq: npt.ArrayLike | None = None
) -> npt.NDArray[np.float64]:
    """Compute what a reflectometer would record of a film, but for the counting noise.

    Parameters
    ----------
    parameters : mapping of str to float or array of shape (...)
        The film and the instrument, by the names of `parameter_names`; ``log10_dose`` is not needed.
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive.
    dq : array of shape (m,), optional
        Resolution at each point as FWHM, Å⁻¹; by default ``parameters["resolution"] * q``.

    Returns
    -------
    array of shape (..., m)
        The reflectivity with its scale and background.

    Raises
    ------
    ValueError
        If a parameter is missing or not physical.

    Examples
    --------
    >>> film = {"film_thickness": 200, "film_sld": 0.5, "film_roughness": 3, "solvent_sld": 6.36,
    ...         "solvent_roughness": 5, "scale": 1, "log10_background": -6, "resolution": 0.05}
    >>> model(film, [0.01, 0.02]).round(3)
    array([1.   , 0.064])
    """
    needed = ["scale", "log10_background", *(["resolution"] if dq is None else [])]
    if missing := [name for name in needed if name not in parameters]:
        raise ValueError(f"parameters must also have {', '.join(missing)}; got {', '.join(parameters)}")
    q = numbers(q, "q")
    given = {name: numbers(parameters[name], name) for name in needed}
    if dq is None:
        dq = given["resolution"][..., None] * q
    scale, background = given["scale"], 10.0 ** given["log10_background"]
    curve = reflectivity(q, slabs(parameters), dq=dq, scale=scale, background=background)
    return np.asarray(curve)


def residuals(
    parameters: Mapping[str, Any],
    q: npt.ArrayLike,
    r: npt.ArrayLike,
    errors: npt.ArrayLike,
    *,
    dq: npt.ArrayLike | None = None,
) -> npt.NDArray[np.float64]:
    """Compute by how many of its errors each point of a measured curve lies above the model, in log R.

    Their sum of squares is chi-squared, the function that a least-squares fit makes small. The logarithm gives
    every decade of the curve a voice, as reflectometry programs do.

    Parameters
    ----------
    parameters : mapping of str to float
        The film and the instrument, see `model`.
    q, r, errors : array of shape (m,)
        The measured curve: momentum transfer (Å⁻¹), reflectivity, its standard deviation; all positive.
    dq : array of shape (m,), optional
        Resolution at each point as FWHM, Å⁻¹.

    Returns
    -------
    array of shape (m,)
        Residuals, pure numbers.

    Raises
    ------
    ValueError
        If the shapes differ, or a reflectivity or an error is not positive.

    Examples
    --------
    >>> film = {"film_thickness": 200, "film_sld": 0.5, "film_roughness": 3, "solvent_sld": 6.36,
    ...         "solvent_roughness": 5, "scale": 1, "log10_background": -6, "resolution": 0.05}
    >>> curve = model(film, [0.02, 0.03])
    >>> residuals(film, [0.02, 0.03], 1.1 * curve, 0.1 * 1.1 * curve).round(2)
    array([0.95, 0.95])
    """
    q, r, errors = numbers(q, "q"), numbers(r, "r"), numbers(errors, "errors")
    if not q.shape == r.shape == errors.shape:
        raise ValueError(
            f"q, r and errors must have the same shape; got {q.shape}, {r.shape} and {errors.shape}"
        )
    if not ((r > 0).all() and (errors > 0).all()):
        raise ValueError(
            "r and errors must be positive, because the residuals are those of log R; leave out other points"
        )
    return np.asarray((np.log(r) - np.log(model(parameters, q, dq=dq))) / (errors / r))


def simulate(
    n: int,
    *,
    seed: int,
    layers: int = 2,
    q: npt.ArrayLike | None = None,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure `n` random films on silicon, under a heavy-water solvent, at a simulated reflectometer.

    Slits open in proportion to the angle, so the relative resolution is constant along a curve and the beam on
    the sample grows as q². Each point counts neutrons: Poisson around what the beam, the film and the background
    give. What is returned is the counts over the beam, as a reduction program would.

    Parameters
    ----------
    n : int
        Number of films.
    seed : int
        Seed; the first films of a large set are those of a small set with the same seed.
    layers : int
        Layers between silicon and solvent, see `parameter_names`.
    q : array of shape (m,), optional
        Momentum transfer, Å⁻¹, positive and increasing; 80 points from 0.011 to 0.19 by default.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter; ``film_sld`` speaks for all films.
    blocks : iterable of int, optional
        Return the films of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: measured reflectivity, shape (n, m); ``errors``: its standard deviation; ``y``: all parameters.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(1000, seed=1)
    >>> data.x.shape, data.y.shape
    ((1000, 80), (1000, 11))
    >>> bool(50 < data["film_thickness"].min() < data["film_thickness"].max() < 500)
    True
    """
    q = np.geomspace(0.011, 0.19, 80) if q is None else numbers(q, "q")
    check_q(q)
    if (np.diff(q) <= 0).any():
        raise ValueError("q must increase from point to point")
    names = parameter_names(layers)
    low, high = ranges(names, prior)

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[np.float64]]:
        y = rng.uniform(low, high, size=(size, len(names)))
        return [*_measure(q, dict(zip(names, y.T, strict=True)), rng), y]

    x, errors, y = simulated(n, seed, draw, blocks)
    units = {name: _UNITS.get(name.rpartition("_")[2], "1") for name in names}
    meta = {"simulator": "reflectivity.simulate", "seed": seed, "layers": layers}
    meta["prior"] = {name: (lo, hi) for name, lo, hi in zip(names, low, high, strict=True)}
    return Dataset(x, y, names, units | {"x": "1", "q": "1/Å"}, {"q": q}, errors, meta)


def _measure(
    q: npt.NDArray[Any], y: Mapping[str, npt.NDArray[Any]], rng: np.random.Generator
) -> list[npt.NDArray[Any]]:
    """Count neutrons for a batch of films; returns the reflectivity and its errors, each (n, m)."""
    expected = model(y, q)
    beam = 10 ** y["log10_dose"][:, None] * (q / q[0]) ** 2
    counts = rng.poisson(beam * expected)
    return [counts / beam, np.sqrt(np.maximum(counts, 1)) / beam]
