"""Small-angle scattering in two dimensions: particles that point more or less in one direction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import NUMPY, numbers
from lens_labs.scattering.sans._alignment import SHARPEST, degree_needed, legendre, order_parameters, waves
from lens_labs.scattering.sans._hard_spheres import hard_spheres
from lens_labs.scattering.sans._intensity import _common_shape, _filled_in, known_shape
from lens_labs.scattering.sans._limits import check_given, check_values
from lens_labs.scattering.sans._orientations import LARGEST
from lens_labs.scattering.sans._pinhole import HARMONICS, Pinhole, at_pixels, blur
from lens_labs.scattering.sans._shapes import Shape

Array = npt.NDArray[np.float64]

BLURRED_ORDER = 0.98
"""The largest order that an image can have: beyond, details are finer than the periods that it keeps."""

_PER_CM = 1e-4  # 1e-12 Å⁻¹ in cm⁻¹
_ANGLES = 97  # from the director to a right angle, for a table of an image: six in each of its periods


def i_qxy(
    shape: str,
    qx: npt.ArrayLike,
    qy: npt.ArrayLike,
    *,
    order: npt.ArrayLike = 0.0,
    director: npt.ArrayLike = 0.0,
    tilt: npt.ArrayLike = 0.0,
    scale: npt.ArrayLike = 1.0,
    background: npt.ArrayLike = 0.0,
    structure: str | None = None,
    **parameters: npt.ArrayLike,
) -> Array:
    r"""Compute the intensity that particles scatter into each direction, when their axes point more or less one way.

    The axes follow the distribution of Maier and Saupe around a director [1]_. The squared amplitude of a particle over its
    volume, after the average over its sizes, is a series of Legendre polynomials in the angle between its axis and the
    momentum transfer. Averaged over the axes, each term keeps its form and loses strength:

    .. math:: I(\vec Q) = \mathrm{scale} \sum_{l = 0, 2, \ldots} p_l(Q)\, \langle P_l\rangle\, P_l(\cos\gamma)
              + \mathrm{background},

    where :math:`\gamma` is the angle between the director and the momentum transfer. No direction is sampled, so there is
    no streak, and the result is exact to about 1e-6 of the largest intensity at the same Q.

    Parameters
    ----------
    shape : str
        What the particles look like, as in `i_q`. The axis of a cylinder or an ellipsoid is that of its symmetry, the one
        of a parallelepiped is ``length_c``, around which it spins freely. Spheres and lamellae know no direction here.
    qx, qy : array of one shape
        Components of the momentum transfer in the plane of the detector, Å⁻¹.
    order : float or array of shape (...)
        The order parameter :math:`\langle P_2\rangle` of the axes: 0 is no order, 1 a perfect one; nothing between 0.999
        and 1.
    director, tilt : float or array of shape (...)
        Direction of the director in degrees: from the axis x towards y, and out of the plane of the detector.
    scale, background, structure, parameters
        As in `i_q`: numbers, or arrays of shape (...).

    Returns
    -------
    array of shape (..., and that of qx)
        Intensity, 1/cm.

    Raises
    ------
    ValueError
        If the shape or a parameter is not known, if shapes of arrays do not fit, or if a value is not finite or not
        physical.

    References
    ----------
    .. [1] W. Maier, A. Saupe, Z. Naturforsch. A 14, 882 (1959)

    Examples
    --------
    Long cylinders along y scatter across it, and the better they are ordered, the more so:

    >>> rods = {"radius": 20, "length": 600, "director": 90}
    >>> i_qxy("cylinder", [0.05, 0.0], [0.0, 0.05], order=[0, 0.5, 0.9], **rods).round(2)
    array([[ 54.24,  54.24],
           [ 97.98,  11.66],
           [205.99,   2.25]])
    """
    x, y = _plane(qx, qy)
    known, batch, rows = _ensembles(
        shape,
        structure,
        parameters,
        order=order,
        director=director,
        tilt=tilt,
        scale=scale,
        background=background,
    )
    _check_reach(known, float(np.hypot(x, y).max()), rows)
    images = [row["scale"] * ideal(known, x, y, row) + row["background"] for row in rows]
    return np.reshape(np.array(images, dtype=np.float64), (*batch, *x.shape))


def image(
    shape: str,
    instrument: Pinhole | None = None,
    *,
    centre: tuple[float, float] = (0.0, 0.0),
    order: npt.ArrayLike = 0.0,
    director: npt.ArrayLike = 0.0,
    tilt: npt.ArrayLike = 0.0,
    scale: npt.ArrayLike = 1.0,
    background: npt.ArrayLike = 0.0,
    structure: str | None = None,
    **parameters: npt.ArrayLike,
) -> Array:
    """Compute the intensity at each pixel of a detector, as the wavelengths and the beam of an instrument blur it.

    Parameters
    ----------
    shape : str
        What the particles look like, see `i_qxy`.
    instrument : Pinhole, optional
        Where the pixels are and what blurs; ``Pinhole()`` by default.
    centre : tuple of float
        Where the beam hits the detector, in mm right of its middle and above it.
    order : float or array of shape (...)
        As in `i_qxy`, but at most 0.98.
    director, tilt, scale, background, structure, parameters
        As in `i_qxy`.

    Returns
    -------
    array of shape (..., size, size)
        Intensity, 1/cm. Rows are y, from below, and columns are x.

    Raises
    ------
    ValueError
        If an argument is out of range, or a particle is so long that the instrument's table would miss its fringes.

    Notes
    -----
    Beyond the beam stop, images are good to 1e-3 of the intensity of the pixel.

    Examples
    --------
    >>> image("cylinder", Pinhole(size=16, pixel=60), order=0.8, director=[0, 45, 90]).shape
    (3, 16, 16)
    """
    instrument = checked_instrument(instrument)
    if np.shape(centre) != (2,) or not (np.abs(numbers(centre, "centre")) <= instrument.farthest).all():
        raise ValueError(
            f"centre must be two numbers, at most {instrument.farthest:g} mm off the middle; got {centre!r}"
        )
    known, batch, rows = _ensembles(
        shape,
        structure,
        parameters,
        order=order,
        director=director,
        tilt=tilt,
        scale=scale,
        background=background,
    )
    check_blurred(known, instrument, rows)
    images = [row["scale"] * blurred(known, instrument, centre, row) + row["background"] for row in rows]
    return np.reshape(np.array(images, dtype=np.float64), (*batch, instrument.size, instrument.size))


def ideal(shape: Shape, qx: Array, qy: Array, p: dict[str, float]) -> Array:
    """Return the intensity of a volume fraction of 1 at any momentum transfers, without instrument, 1/cm."""
    q, place = np.unique(np.hypot(qx, qy), return_inverse=True)
    most = 2 * math.ceil((q[-1] * shape.extent(p) + 30) / 2)
    degree = degree_needed(p["order"], most) if shape.angles else 0
    series = _series(shape, q, p, degree)
    azimuth = np.arctan2(qy, qx) - math.radians(p["director"])
    cosine = math.cos(math.radians(p["tilt"])) * np.cos(azimuth)
    polynomials = legendre(degree, cosine.ravel())
    return np.asarray(_PER_CM * np.einsum("il,li->i", series[place.ravel()], polynomials)).reshape(qx.shape)


def blurred(shape: Shape, instrument: Pinhole, centre: tuple[float, float], p: dict[str, float]) -> Array:
    """Return the intensity of a volume fraction of 1 as the instrument blurs it, 1/cm."""
    known = blur(instrument)
    degree = degree_needed(p["order"], HARMONICS) if shape.angles else 0
    series = _series(shape, known.inside, p, degree)
    periods = series @ _around(degree, math.cos(math.radians(p["tilt"])))  # (m, degree / 2 + 1)
    smeared = np.matmul(known.kernels[: degree // 2 + 1], periods.T[..., None])[..., 0]  # (degree / 2 + 1, k)
    angles = np.linspace(0, math.pi / 2, _ANGLES if degree else 1)
    table = smeared.T @ np.cos(np.arange(0, degree + 1, 2)[:, None] * angles)
    qx, qy = instrument.momentum_transfer(centre)
    angle = np.arctan2(qy, qx) - math.radians(p["director"])
    return _PER_CM * at_pixels(table, float(known.outside[1]), np.hypot(qx, qy), angle)


def checked_instrument(instrument: Pinhole | None) -> Pinhole:
    """Return the instrument, or the usual one, or raise ValueError if it is none."""
    if instrument is None:
        return Pinhole()
    if not isinstance(instrument, Pinhole):
        raise ValueError(f"instrument must be a Pinhole; got {instrument!r}")  # noqa: TRY004 - as for all bad input
    return instrument


def check_blurred(shape: Shape, instrument: Pinhole, rows: list[dict[str, float]]) -> None:
    """Raise ValueError if an image of one of these ensembles could not be blurred rightly."""
    for p in rows:
        if p["order"] > BLURRED_ORDER:
            raise ValueError(
                f"order of an image must be at most {BLURRED_ORDER}; i_qxy takes more; got {p['order']}"
            )
        length = shape.extent(p) if shape.angles else 2 * p[shape.size]
        if length > instrument.longest:
            raise ValueError(
                f"{shape.size} and other lengths must make particles of at most {instrument.longest:.0f} Å, "
                f"whose fringes this instrument can tell; got {length:.0f} Å"
            )


def _series(shape: Shape, q: Array, p: dict[str, float], degree: int) -> Array:
    """Return the intensity as a series in the angle between director and momentum transfer, 1e-12 Å⁻¹."""
    series = waves(shape, q, p, degree) * order_parameters(p["order"], degree)
    if "volfraction" in p:
        between = hard_spheres(NUMPY, q, p["radius_effective"], p["volfraction"])
        series *= p["volfraction"] * between[:, None]
    return series


def _around(degree: int, lean: float) -> Array:
    """Return the periods around the beam of each Legendre polynomial in the cosine `lean` times that of the azimuth."""
    azimuth = (np.arange(degree + 1) + 0.5) * math.pi / (degree + 1)  # exact for these polynomials
    values = legendre(degree, lean * np.cos(azimuth))
    periods = np.arange(0, degree + 1, 2)
    waves_around = np.cos(azimuth[:, None] * periods) * np.where(periods > 0, 2, 1) / azimuth.size
    return np.asarray(values @ waves_around)


def _plane(qx: npt.ArrayLike, qy: npt.ArrayLike) -> tuple[Array, Array]:
    x, y = numbers(qx, "qx"), numbers(qy, "qy")
    if x.shape != y.shape or x.size == 0:
        raise ValueError(
            f"qx and qy must have one shape, with at least one point; got {x.shape} and {y.shape}"
        )
    check_values({"qx": x, "qy": y})
    if (np.hypot(x, y) == 0).any():
        raise ValueError("qx and qy must not both be 0: nothing can be told from the direct beam")
    check_values({"q": np.hypot(x, y)})
    return x, y


def _ensembles(
    name: str, structure: str | None, parameters: dict[str, npt.ArrayLike], **others: npt.ArrayLike
) -> tuple[Shape, tuple[int, ...], list[dict[str, float]]]:
    """Return the shape, the shape of the batch, and the parameters of each ensemble in it."""
    known = known_shape(name)
    given: dict[str, Any] = others | _filled_in(name, known, structure, parameters)
    check_given(**given)
    values = {key: numbers(value, key) for key, value in given.items()}
    batch = _common_shape(values)
    check_values(values, known)
    order = values["order"]
    if not (((order >= 0) & (order <= SHARPEST)) | (order == 1)).all():
        raise ValueError(f"order must lie between 0 and {SHARPEST}, or be 1; got {order}")
    flat = {key: np.broadcast_to(value, batch).ravel().tolist() for key, value in values.items()}
    return known, batch, [dict(zip(flat, row, strict=True)) for row in zip(*flat.values(), strict=True)]


def _check_reach(shape: Shape, furthest: float, rows: list[dict[str, float]]) -> None:
    most = max((furthest * float(shape.extent(p)) for p in rows), default=0.0)
    if most > LARGEST:
        raise ValueError(
            f"q times the extent of a particle must be at most {LARGEST:.0f}, for qx and qy in Å⁻¹; got {most:.0f}"
        )
