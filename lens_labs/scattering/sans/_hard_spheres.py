"""How hard spheres keep apart, in NumPy or JAX."""

from __future__ import annotations

import math
from typing import Any

from lens_labs.scattering._arguments import check_q, in_one_namespace
from lens_labs.scattering.sans._limits import check_given, check_values, seen

DEFAULTS = {"radius_effective": 50.0, "volfraction": 0.2}


def structure_factor(q: Any, *, radius_effective: Any = 50.0, volfraction: Any = 0.2) -> Any:
    r"""Compute the structure factor of hard spheres in the approximation of Percus and Yevick.

    .. math:: \frac{1}{S(Q)} = 1 + 24\,\phi \int_0^1 \left(\alpha + \beta t + \gamma t^3\right)
              \frac{\sin xt}{xt}\, t^2\,\mathrm{d}t, \qquad x = 2QR,

    .. math:: \alpha = \frac{(1 + 2\phi)^2}{(1 - \phi)^4}, \qquad
              \beta = -\frac{6\phi\,(1 + \phi/2)^2}{(1 - \phi)^4}, \qquad \gamma = \frac{\phi\,\alpha}{2},

    with the radius :math:`R` and the volume fraction :math:`\phi` of the spheres [1]_ [2]_. Names are those of the model
    ``hardsphere`` in sasmodels.

    Parameters
    ----------
    q : array of shape (m,)
        Momentum transfer, Å⁻¹, positive.
    radius_effective : float or array of shape (...)
        Half the distance within which no two centres come, Å.
    volfraction : float or array of shape (...)
        Share of the volume that spheres of this radius fill, from 0 to 0.74. The approximation is good up to about 0.5.

    Returns
    -------
    array of shape (..., m)
        Structure factor; a JAX array if any argument is one.

    Raises
    ------
    ValueError
        If an argument is out of range, or shapes of arrays do not fit.

    References
    ----------
    .. [1] J. K. Percus, G. J. Yevick, Phys. Rev. 110, 1 (1958), https://doi.org/10.1103/PhysRev.110.1
    .. [2] M. S. Wertheim, Phys. Rev. Lett. 10, 321 (1963), https://doi.org/10.1103/PhysRevLett.10.321

    Examples
    --------
    At small angles a dense solution scatters less, near the distance of neighbours more than its particles alone:

    >>> structure_factor([0.001, 0.064, 0.1], radius_effective=50, volfraction=0.3).round(3)
    array([0.094, 1.513, 0.855])
    """
    given = {"q": q, "radius_effective": radius_effective, "volfraction": volfraction}
    check_given(**given)
    xp, (q, radius, share) = in_one_namespace(**given)
    check_q(q)
    if radius.ndim and share.ndim and radius.shape != share.shape:
        raise ValueError(
            "radius_effective and volfraction must be numbers or arrays of one shape; "
            f"got {tuple(radius.shape)} and {tuple(share.shape)}"
        )
    check_values(seen(given))
    return hard_spheres(xp, q, radius[..., None], share[..., None])


def hard_spheres(xp: Any, q: Any, radius: Any, share: Any) -> Any:
    """Return the structure factor where all arguments broadcast against each other."""
    alpha = (1 + 2 * share) ** 2 / (1 - share) ** 4
    beta = -6 * share * (1 + share / 2) ** 2 / (1 - share) ** 4
    x = 2 * q * radius
    one, linear, cubic = (_moment(xp, x, power) for power in (2, 3, 5))
    return 1 / (1 + 24 * share * (alpha * one + beta * linear + share * alpha / 2 * cubic))


def _moment(xp: Any, x: Any, power: int) -> Any:
    """Return the integral of t^power sin(xt)/(xt) over t from 0 to 1; below x = 2 the closed forms lose digits."""
    near = x < 2
    square, far = xp.where(near, x * x, xp.zeros_like(x)), xp.where(near, xp.full_like(x, 2.0), x)
    series = xp.zeros_like(x)
    for k in reversed(range(14)):
        series = 1 / (math.factorial(2 * k + 1) * (2 * k + 1 + power)) - square * series
    sine, cosine, z = xp.sin(far), xp.cos(far), far * far
    match power:
        case 2:
            closed = (sine - far * cosine) / far**3
        case 3:
            closed = (2 * far * sine - (z - 2) * cosine - 2) / far**4
        case _:  # 5
            closed = ((4 * z - 24) * far * sine - (z * z - 12 * z + 24) * cosine + 24) / far**6
    return xp.where(near, series, closed)
