"""Small-angle neutron scattering of particles in solution, as a diffractometer records it.

Names, units and definitions are those of sasmodels: lengths in Å, momentum transfer in Å⁻¹, scattering length densities
(SLD) in 1e-6 Å⁻², intensities in cm⁻¹. Two of them deserve a second look:

* ``radius_pd`` is the relative width of a distribution of radii, standard deviation over mean. It is always the Schulz
  distribution here, and the mean is that over the particles (a number average).
* ``dq`` is the *standard deviation* of a Gaussian resolution, while `lens_labs.scattering.reflectivity` follows refnx and
  means the full width at half maximum.

The forward model is written against the Python array API: NumPy in float64 is the reference, and the same code runs,
compiles and differentiates in JAX.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import NUMPY, check_q, in_one_namespace, numbers, whole
from lens_labs.scattering._averages import WIDEST, per_volume, smearing
from lens_labs.scattering._blocks import positions, simulated
from lens_labs.scattering._priors import Prior, drawn, ranges
from lens_labs.scattering._shapes import SHAPES, Shape

__all__ = ["PRIOR", "i_q", "simulate"]

PRIOR: Prior = {
    "sld": (1.0, 4.5),
    "sld_solvent": (5.8, 6.36),
    "radius": (20, 80),
    "radius_pd": (0.05, 0.3),
    "scale": (0.002, 0.02),
    "background": (0.03, 0.3),
    "upturn": (0.01, 1.0),
    "upturn_power": (3, 4),
    "transmission": (0.98, 1.02),
    "exposure": (10, 1000),
}
"""Ranges from which `simulate` draws: in the units of this module, the exposure in seconds.

`scale`, `background`, `upturn` and `exposure` are drawn with the same chance for equal ratios, all others for equal
differences.
"""

_BY_RATIO = ("scale", "background", "upturn", "exposure")
_OF_SAMPLE = ("scale", "background", "upturn", "upturn_power")
_OF_EXPOSURE = ("transmission", "exposure")
_POSITIVE = (*_BY_RATIO, "transmission")
_UNITS = {"background": "1/cm", "upturn": "1/cm", "exposure": "s", "x": "1/cm", "q": "1/Å"}

_UPTURN_AT = 0.01
"""The momentum transfer, Å⁻¹, at which the strength of the upturn is given."""


def i_q(
    shape: str, q: Any, *, dq: Any = None, scale: Any = 1.0, background: Any = 0.0, **parameters: Any
) -> Any:
    r"""Compute the intensity that particles in a dilute solution scatter, averaged over their orientations.

    .. math:: I(Q) = \frac{\mathrm{scale}}{\langle V\rangle}\,\langle F(Q)^2\rangle + \mathrm{background}, \qquad
              F_\mathrm{sphere}(Q) = 3 V \Delta\rho\, \frac{\sin Qa - Qa\cos Qa}{(Qa)^3},

    where :math:`a` is the radius, and the mean is taken over the distribution of sizes [1]_ [2]_.

    Parameters
    ----------
    shape : {"sphere"}
        What the particles look like.
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive.
    dq : float or array of shape (m,), optional
        Resolution as standard deviation: a number is relative, ``dq/q``; an array is absolute, Å⁻¹, one value a
        point. None is a perfect instrument.
    scale : float or array of shape (...)
        Volume fraction of the particles.
    background : float or array of shape (...)
        Flat background, 1/cm.
    **parameters : float or array of shape (...)
        Those of the shape. For a sphere ``sld`` (1), ``sld_solvent`` (6), both in 1e-6 Å⁻², and ``radius`` (50 Å), with
        defaults in brackets; ``radius_pd`` makes the spheres polydisperse, with a Schulz distribution of this relative
        width, at most 0.5.

    Returns
    -------
    array of shape (..., m)
        Intensity, 1/cm; a JAX array if any argument is one.

    Raises
    ------
    ValueError
        If the shape or a parameter is not known, if shapes of arrays do not fit, or (outside JAX, which cannot look
        at values while it compiles) if a value is not finite or not physical.

    Notes
    -----
    The distribution of sizes is added up over 81 radii, from 6 standard deviations below the mean to 10 above it, as
    sasmodels does over 80. The sum is exact to 1e-4 as long as q times the standard deviation of the radius is below
    10; beyond, fringes come back that are not there. The resolution is added up over equally spaced points; the result
    is good to 1e-3 where the curve has fringes.

    References
    ----------
    .. [1] A. Guinier, G. Fournet, Small-Angle Scattering of X-Rays, Wiley (1955)
    .. [2] M. Kotlarchyk, S.-H. Chen, J. Chem. Phys. 79, 2461 (1983), https://doi.org/10.1063/1.446055

    Examples
    --------
    The first minimum of a sphere of 50 Å is at q = 4.493/50 Å⁻¹. Other radii fill it up:

    >>> i_q("sphere", [0.01, 4.493 / 50], scale=0.01).round(3)
    array([12.449,  0.   ])
    >>> i_q("sphere", [0.01, 4.493 / 50], scale=0.01, radius_pd=[0.1, 0.2]).round(3)
    array([[13.909,  0.047],
           [18.849,  0.11 ]])
    """
    known = _shape(shape)
    given = {"scale": scale, "background": background} | _filled_in(shape, known, parameters)
    points, matrix = (q, None) if dq is None else _resolution(q, dq)
    xp, (q, points, matrix, *values) = in_one_namespace(q=q, points=points, matrix=matrix, **given)
    check_q(q)
    batch = _common_shape(dict(zip(given, values, strict=True)))
    flat = [xp.reshape(xp.broadcast_to(value, batch), (-1,)) for value in values]
    named = dict(zip(given, flat, strict=True))
    if xp is NUMPY:
        _check_values(known, named)
    scale, background = named.pop("scale"), named.pop("background")
    curve = per_volume(xp, known, points, named)
    if matrix is not None:
        curve = curve @ matrix.T
    curve = 1e-4 * scale[:, None] * curve + background[:, None]  # 1e-12 Å⁻¹ are 1e-4 cm⁻¹
    return xp.reshape(curve, (*batch, q.shape[0]))


def simulate(
    n: int,
    *,
    seed: int,
    shape: str = "sphere",
    exposures: int = 1,
    q: npt.ArrayLike | None = None,
    dq: float = 0.05,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Measure `n` random solutions of particles at a simulated diffractometer, each of them one or several times.

    What is drawn for a sample stays the same in all of its exposures: particles, contrast, concentration, incoherent
    background, and an upturn towards small q, ``upturn * (q / 0.01 Å⁻¹)**-upturn_power``, as dust and large aggregates
    give it. From exposure to exposure the time changes, and the transmission drifts by up to 2 % from the one that the
    reduction knows. Each point is a ring of the detector, whose area grows as q²; it counts neutrons, Poisson around
    what sample and time give, one a second on the first ring for an intensity of 1/cm. What is returned is the reduced
    intensity: counts over area, time and flux.

    Parameters
    ----------
    n : int
        Number of samples.
    seed : int
        Seed; the first samples of a large set are those of a small set with the same seed, and the first exposures of
        many are those of few.
    shape : {"sphere"}
        What the particles look like, see `i_q`.
    exposures : int
        How often each sample is measured.
    q : array of shape (m,), optional
        Momentum transfer, Å⁻¹, positive and increasing; 64 points from 0.004 to 0.3 by default.
    dq : float
        Resolution as standard deviation over q.
    prior : mapping of str to (low, high), optional
        Ranges that replace those of `PRIOR`, by parameter.
    blocks : iterable of int, optional
        Return the samples of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        One row an exposure, those of one sample in sequence. ``x``: measured intensity, 1/cm, shape (n * exposures, m);
        ``errors``: its standard deviation; ``y``: all parameters, and in the column ``sample`` the number of the sample.

    Raises
    ------
    ValueError
        If an argument is out of range or a parameter of `prior` is unknown.

    Examples
    --------
    >>> data = simulate(100, seed=1, exposures=5)
    >>> data.x.shape, data.y.shape
    ((500, 64), (500, 11))
    >>> data["sample"][3:8]
    array([0., 0., 1., 1., 1.])
    """
    known = _shape(shape)
    whole(exposures, "exposures", at_least=1)
    q = np.geomspace(0.004, 0.3, 64) if q is None else numbers(q, "q")
    check_q(q)
    if (np.diff(q) <= 0).any():
        raise ValueError("q must increase from point to point")
    if np.shape(dq) != () or not np.isfinite(numbers(dq, "dq")) or dq < 0:
        raise ValueError(f"dq must be a number, finite and not negative; got {dq!r}")
    of_particles = (*known.defaults, known.width)
    of_sample = (*of_particles, *_OF_SAMPLE)
    drawn_from = ranges(
        {name: PRIOR[name] for name in (*of_sample, *_OF_EXPOSURE)}, prior, positive=_POSITIVE
    )

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[np.float64]]:
        sample = {name: _drawn(rng, size, name, drawn_from[name]) for name in of_sample}
        given = {name: sample[name] for name in (*of_particles, "scale", "background")}
        upturn = sample["upturn"][:, None] * (q / _UPTURN_AT) ** -sample["upturn_power"][:, None]
        expected = i_q(shape, q, dq=dq, **given) + upturn
        times = [_expose(q, expected, drawn_from, rng) for _ in range(exposures)]
        x, errors, conditions = (np.stack(parts, axis=1) for parts in zip(*times, strict=True))
        same = np.stack(list(sample.values()), axis=-1)[:, None, :]  # (samples, 1, parameters)
        return [x, errors, np.concatenate([np.repeat(same, exposures, axis=1), conditions], axis=-1)]

    sample = positions(n, chosen := None if blocks is None else list(blocks))
    x, errors, y = (array.reshape(sample.size * exposures, -1) for array in simulated(n, seed, draw, chosen))
    y = np.column_stack([np.repeat(sample.astype(float), exposures), y])
    names = ("sample", *of_sample, *_OF_EXPOSURE)
    units = dict.fromkeys(names, "1") | dict(known.units) | _UNITS
    meta = {"simulator": "sans.simulate", "seed": seed, "shape": shape, "exposures": exposures, "dq": dq}
    return Dataset(x, y, names, units, {"q": q}, errors, meta | {"prior": drawn_from})


def _shape(name: str) -> Shape:
    if name not in SHAPES:
        raise ValueError(f"shape must be one of {', '.join(SHAPES)}; got {name!r}")
    return SHAPES[name]


def _resolution(q: Any, dq: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return where to compute the ideal curve, and the matrix that smears it."""
    q, dq = numbers(q, "q"), numbers(dq, "dq")
    check_q(q)
    if dq.shape not in ((), q.shape):
        raise ValueError(
            f"dq must be a number (relative) or an array (absolute, Å⁻¹) of shape {q.shape}; got shape {dq.shape}"
        )
    if not np.isfinite(dq).all() or (dq < 0).any():
        raise ValueError(f"dq must be finite and not negative; the smallest value is {np.min(dq)}")
    return smearing(q, dq if dq.ndim else dq * q)


def _filled_in(name: str, shape: Shape, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the defaults of those that are not given."""
    allowed = (*shape.defaults, shape.width)
    for given in parameters:
        if given not in allowed:
            raise ValueError(f"a {name} has no parameter {given!r}; its parameters are {', '.join(allowed)}")
    return {**shape.defaults, **parameters}


def _common_shape(given: Mapping[str, Any]) -> tuple[int, ...]:
    shapes = {name: tuple(value.shape) for name, value in given.items() if value.ndim}
    if len(set(shapes.values())) > 1:
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"parameters must be numbers or arrays of one shape; got {found}")
    return next(iter(shapes.values()), ())


def _check_values(shape: Shape, given: Mapping[str, npt.NDArray[np.float64]]) -> None:
    for name, value in given.items():
        if not np.isfinite(value).all():
            raise ValueError(f"{name} must be finite; got {value}")
        if shape.units.get(name) == "Å" and (value <= 0).any():
            raise ValueError(f"{name} must be positive, in Å; the smallest value is {value.min()}")
    width = given.get(shape.width, np.zeros(1))
    if ((width < 0) | (width > WIDEST)).any():
        raise ValueError(f"{shape.width} must lie between 0 and {WIDEST}; got {width}")


def _drawn(
    rng: np.random.Generator, size: int, name: str, bounds: tuple[float, float]
) -> npt.NDArray[np.float64]:
    return drawn(rng, size, bounds, by_ratio=name in _BY_RATIO)


def _expose(
    q: npt.NDArray[np.float64],
    expected: npt.NDArray[np.float64],
    drawn_from: Prior,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.float64], ...]:
    """Count neutrons once for each sample; returns intensities, their errors, and the conditions."""
    transmission, exposure = (_drawn(rng, len(expected), name, drawn_from[name]) for name in _OF_EXPOSURE)
    beam = exposure[:, None] * (q / q[0]) ** 2
    counts = rng.poisson(beam * transmission[:, None] * expected)
    conditions = np.stack([transmission, exposure], axis=-1)
    return counts / beam, np.sqrt(np.maximum(counts, 1)) / beam, conditions
