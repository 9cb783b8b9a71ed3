"""The intensity that particles scatter at small angles, in NumPy or JAX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import NUMPY, check_q, in_one_namespace, numbers, require
from lens_labs.scattering._resolution import smearing
from lens_labs.scattering.sans._averages import check_compiled, per_volume
from lens_labs.scattering.sans._hard_spheres import DEFAULTS, hard_spheres
from lens_labs.scattering.sans._limits import check_given, check_values, seen
from lens_labs.scattering.sans._shapes import SHAPES, Shape


def i_q(
    shape: str,
    q: Any,
    *,
    dq: Any = None,
    scale: Any = 1.0,
    background: Any = 0.0,
    structure: str | None = None,
    **parameters: Any,
) -> Any:
    r"""Compute the intensity that particles in solution scatter, averaged over their orientations.

    .. math:: I(Q) = \frac{\mathrm{scale}}{\langle V\rangle}\,\langle F(Q)^2\rangle + \mathrm{background}, \qquad
              F_\mathrm{sphere}(Q) = 3 V \Delta\rho\, \frac{\sin Qa - Qa\cos Qa}{(Qa)^3},

    where :math:`a` is the radius, and the mean is taken over the distribution of sizes and over all orientations [1]_ [2]_.

    Parameters
    ----------
    shape : str
        What the particles look like, one of the shapes below.
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive.
    dq : float or array of shape (m,), optional
        Resolution as standard deviation: a number is relative, ``dq/q``; an array is absolute, Å⁻¹, one value a
        point. It is at most q, and at most a quarter of q for sheets. None is a perfect instrument.
    scale : float or array of shape (...)
        Volume fraction of the particles; with a structure factor, a number close to 1 by which the fraction is multiplied.
    background : float or array of shape (...)
        Flat background, 1/cm.
    structure : {"hardsphere"}, optional
        How the particles keep apart: not at all by default, as in a dilute solution; or as hard spheres, whose
        ``radius_effective`` (50 Å) and ``volfraction`` (0.2) are two more parameters, see `structure_factor`.
    **parameters : float or array of shape (...)
        Those of the shape, with defaults in brackets. Scattering length densities are in 1e-6 Å⁻², lengths in Å:

        * ``sphere``: ``sld`` (1), ``sld_solvent`` (6), ``radius`` (50)
        * ``ellipsoid``: ``sld`` (4), ``sld_solvent`` (1), ``radius_polar`` (20), ``radius_equatorial`` (400)
        * ``cylinder``: ``sld`` (4), ``sld_solvent`` (1), ``radius`` (20), ``length`` (400)
        * ``core_shell_sphere``: ``radius`` (60) of the core, ``thickness`` (10), ``sld_core`` (1), ``sld_shell`` (2),
          ``sld_solvent`` (3)
        * ``core_shell_cylinder``: ``sld_core`` (4), ``sld_shell`` (4), ``sld_solvent`` (1), ``radius`` (20),
          ``thickness`` (20), ``length`` (400) of the core
        * ``parallelepiped``: ``sld`` (4), ``sld_solvent`` (1), ``length_a`` (35), ``length_b`` (75), ``length_c`` (400)
        * ``lamellar``: ``thickness`` (50), ``sld`` (1), ``sld_solvent`` (6); sheets without end

        One size may be distributed, ``radius``, ``radius_equatorial``, ``length_a`` or ``thickness`` of the sheets: its name
        with ``_pd`` is the relative width, at most 0.5, of a Schulz distribution.

    Returns
    -------
    array of shape (..., m)
        Intensity, 1/cm; a JAX array if any argument is one.

    Raises
    ------
    ValueError
        If the shape or a parameter is not known, if shapes of arrays do not fit, if a value is not finite or not
        physical, or if q times the extent of a particle with an axis exceeds 4,000, or 280 in JAX. While JAX compiles
        or differentiates, values cannot be looked at, and nothing is raised for them.

    Notes
    -----
    The distribution of sizes is added up over 81 sizes, from 6 standard deviations below the mean to 10 above it, as
    sasmodels does over 80. The sum is exact to 1e-4 as long as q times the standard deviation of the radius is below
    10; beyond, fringes come back that are not there. Where orientations are added up, too, some of the sizes are left
    out at small angles, which costs up to 5e-4. As in sasmodels, thicknesses of sheets are distributed over their
    volume, all other sizes over the particles. The resolution is added up over equally spaced points; the result
    is good to 1e-3 where the curve has fringes.

    Orientations are added up over as many directions as q times the extent of the particle asks for, to 1e-7. In JAX
    their number is fixed: enough for a product of 280, and of 50 with the diagonal of sides a and b. At 400, or 200
    with the diagonal, a curve is wrong by several per cent, at 800 by a third and more. Outside compiled and
    differentiated code that is an error. Inside, no value is known, so hold the range of your lengths against these
    numbers first.

    The structure factor multiplies the mean of the squared amplitude. This product is exact for equal spheres and an
    approximation for all others.

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

    A long cylinder scatters as 1/q as long as q is far below 1/radius:

    >>> i_q("cylinder", [0.001, 0.002], radius=10, length=20_000).round(1)
    array([858.8, 436.9])
    """
    known = known_shape(shape)
    given = {"scale": scale, "background": background} | _filled_in(shape, known, structure, parameters)
    check_given(q=q, **given)
    looked_at = seen({"q": q, **given})
    points, matrix = (q, None) if dq is None else _resolution(known, q, dq)
    xp, (q, points, matrix, *values) = in_one_namespace(q=q, points=points, matrix=matrix, **given)
    check_q(q)
    batch = _common_shape(dict(zip(given, values, strict=True)))
    flat = [xp.reshape(xp.broadcast_to(value, batch), (-1,)) for value in values]
    named = dict(zip(given, flat, strict=True))
    check_values(looked_at, known)
    if xp is not NUMPY:
        check_compiled(known, looked_at)
    scale, background = named.pop("scale"), named.pop("background")
    spheres = [named.pop(name)[:, None] for name in DEFAULTS if structure]
    curve = per_volume(xp, known, points, named)
    if spheres:
        curve = curve * spheres[1] * hard_spheres(xp, points, *spheres)
    if matrix is not None:
        curve = curve @ matrix.T
    curve = 1e-4 * scale[:, None] * curve + background[:, None]  # 1e-12 Å⁻¹ are 1e-4 cm⁻¹
    return xp.reshape(curve, (*batch, q.shape[0]))


def known_shape(name: object) -> Shape:
    if not isinstance(name, str) or name not in SHAPES:
        raise ValueError(f"shape must be one of {', '.join(SHAPES)}; got {name!r}")
    return SHAPES[name]


def known_shapes(shape: object) -> dict[str, Shape]:
    """Return the shapes of these names, or of this one."""
    names = list(shape) if isinstance(shape, Iterable) and not isinstance(shape, str) else [shape]
    kinds = {str(name): known_shape(name) for name in names}
    if not names or len(kinds) < len(names):
        raise ValueError(f"shape must name at least one shape, and each of them once; got {shape!r}")
    return kinds


def _resolution(shape: Shape, q: Any, dq: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return where to compute the ideal curve, and the matrix that smears it."""
    q, dq = numbers(q, "q"), numbers(dq, "dq")
    check_q(q)
    if dq.shape not in ((), q.shape):
        raise ValueError(
            f"dq must be a number (relative) or an array (absolute, Å⁻¹) of shape {q.shape}; got shape {dq.shape}"
        )
    share = 0.25 if shape.symmetry == "sheet" else 1.0  # the intensity of a sheet has no end at q = 0
    most = share * q if dq.ndim else share
    words = f"finite and not negative, and at most {share:g}{' q' if dq.ndim else ''} for this shape"
    require(dq, "dq", (dq >= 0) & (dq <= most), words)
    return smearing(q, dq if dq.ndim else dq * q)


def _filled_in(
    name: str, shape: Shape, structure: str | None, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parameters with the defaults of those that are not given."""
    if structure not in (None, "hardsphere"):
        raise ValueError(f"structure must be 'hardsphere' or None; got {structure!r}")
    defaults = {**shape.defaults, **(DEFAULTS if structure else {})}
    allowed = (*defaults, shape.width)
    for given in parameters:
        if given not in allowed:
            raise ValueError(
                f"{'an' if name[0] == 'e' else 'a'} {name} has no parameter {given!r}; its parameters are {', '.join(allowed)}"
            )
    return {**defaults, **parameters}


def _common_shape(given: Mapping[str, Any]) -> tuple[int, ...]:
    shapes = {name: tuple(value.shape) for name, value in given.items() if value.ndim}
    if len(set(shapes.values())) > 1:
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"parameters must be numbers or arrays of one shape; got {found}")
    return next(iter(shapes.values()), ())
