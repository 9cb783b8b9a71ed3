"""Projection along parallel beams, its adjoint, and filtered back-projection."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from lens_labs.scattering._arguments import numbers
from lens_labs.scattering.tomography._radon import ramp, shares, window

Floats = npt.NDArray[np.float64]

FILTERS = ("ramp", "shepp-logan", "cosine", "hann")
"""Filters of `filtered_back_projection`, from sharp and noisy to smooth."""

_LARGEST = 28_000_000


def project(
    images: npt.ArrayLike, angles: npt.ArrayLike, *, pixel: float = 1.0, centre: float = 0.0
) -> Floats:
    r"""Integrate images along parallel beams.

    .. math:: \mathcal P(\psi, \xi) = \int\!\!\int \Sigma(x, y)\, \delta(x\cos\psi + y\sin\psi - \xi)\,\mathrm dx\,\mathrm dy

    Pixels are squares of constant value, and a detector pixel records the mean over its width; both are integrated exactly.

    Parameters
    ----------
    images : array of shape (..., n, n)
        What is in the beam, such as attenuation coefficients, 1/cm.
    angles : array of shape (v,)
        Directions of the views, rad.
    pixel : float
        Width of a pixel, cm.
    centre : float
        Where on the detector the axis of rotation is seen, in pixels from the middle.

    Returns
    -------
    array of shape (..., v, n)
        Sinograms: attenuation coefficients times cm.

    Raises
    ------
    ValueError
        If images are not square, or a value is not finite or out of range.

    Notes
    -----
    The sum of every view is the sum of the image times `pixel`, to rounding, if the image is zero outside of the circle
    that the detector sees. The matrix of a geometry is kept for the next call; it takes about 36 bytes a pixel and view.

    References
    ----------
    .. [1] A. C. Kak, M. Slaney, Principles of Computerized Tomographic Imaging, SIAM (2001), chapter 3,
       https://doi.org/10.1137/1.9780898719277

    Examples
    --------
    >>> image = np.zeros((5, 5))
    >>> image[2, 3] = 1.0
    >>> project(image, [0, np.pi / 2, np.pi]).round(9)
    array([[0., 0., 0., 1., 0.],
           [0., 0., 1., 0., 0.],
           [0., 1., 0., 0., 0.]])
    """
    values = stacked(images, "images")
    if values.shape[-1] != values.shape[-2]:
        raise ValueError(f"images must be square, of shape (..., n, n); got shape {values.shape}")
    size, views = values.shape[-1], numbers(angles, "angles").size
    matrix = _geometry(size, angles, pixel, centre)
    flat = values.reshape(-1, size * size)
    return np.asarray(pixel * (matrix.T @ flat.T).T).reshape(*values.shape[:-2], views, size)


def back_project(
    sinograms: npt.ArrayLike, angles: npt.ArrayLike, *, pixel: float = 1.0, centre: float = 0.0
) -> Floats:
    """Smear sinograms back along their beams: the adjoint of `project`, and not its inverse.

    Parameters
    ----------
    sinograms : array of shape (..., v, n)
        One row a view.
    angles, pixel, centre
        As in `project`.

    Returns
    -------
    array of shape (..., n, n)
        For all images f and sinograms p the sums of ``project(f) * p`` and of ``f * back_project(p)`` are equal.

    Raises
    ------
    ValueError
        If the number of angles is not that of the views, or a value is not finite or out of range.

    Examples
    --------
    >>> back_project([[0.0, 1.0, 0.0]], [0.0])
    array([[0., 1., 0.],
           [0., 1., 0.],
           [0., 1., 0.]])
    """
    values = stacked(sinograms, "sinograms")
    views, size = values.shape[-2:]
    matrix = _geometry(size, angles, pixel, centre, views)
    flat = values.reshape(-1, views * size)
    return np.asarray(pixel * (matrix @ flat.T).T).reshape(*values.shape[:-2], size, size)


def filtered_back_projection(
    sinograms: npt.ArrayLike,
    angles: npt.ArrayLike,
    *,
    filter: str = "ramp",
    pixel: float = 1.0,
    centre: float = 0.0,
) -> Floats:
    r"""Reconstruct slices from sinograms.

    .. math:: \Sigma(x, y) = \int_0^\pi\! \left[\int |\nu_\xi|\, w(\nu_\xi)\, \hat{\mathcal P}(\psi, \nu_\xi)\,
              \mathrm e^{2\pi\mathrm i\nu_\xi\xi}\,\mathrm d\nu_\xi\right]_{\xi = x\cos\psi + y\sin\psi} \mathrm d\psi

    with the Fourier transform of each view, and w the window of the filter.

    Parameters
    ----------
    sinograms : array of shape (..., v, n)
        Line integrals, see `line_integrals`; one row a view.
    angles : array of shape (v,)
        Directions of the views, rad, at equal steps over half a turn, or over a whole number of half turns.
    filter : {"ramp", "shepp-logan", "cosine", "hann"}
        What multiplies the transform of each view: the ramp, alone or with a window that spares the high frequencies.
    pixel, centre
        As in `project`.

    Returns
    -------
    array of shape (..., n, n)
        Slices, in the unit of the line integrals over cm.

    Raises
    ------
    ValueError
        If the filter is unknown, the number of angles is not that of the views, or a value is not finite or out of range.

    References
    ----------
    .. [1] A. C. Kak, M. Slaney, Principles of Computerized Tomographic Imaging, SIAM (2001), section 3.3.3,
       https://doi.org/10.1137/1.9780898719277

    Examples
    --------
    >>> angles = np.linspace(0, np.pi, 90, endpoint=False)
    >>> across = np.arange(64) - 31.5
    >>> disc = 1.0 * (np.hypot(across[:, None], across) < 20)
    >>> filtered_back_projection(project(disc, angles), angles)[28:36, 28:36].mean().round(2)
    np.float64(1.0)
    """
    if filter not in FILTERS:
        raise ValueError(f"filter must be one of {', '.join(FILTERS)}; got {filter!r}")
    values = stacked(sinograms, "sinograms")
    views, size = values.shape[-2:]
    length = 2 ** int(
        np.ceil(np.log2(2 * size))
    )  # zeros beside the views keep the filter from reaching around
    weight = ramp(length) * window(filter, np.asarray(np.fft.rfftfreq(length), dtype=np.float64))
    sharp = np.fft.irfft(np.fft.rfft(values, length) * weight, length)[..., :size]
    smeared = back_project(sharp, angles, pixel=pixel, centre=centre)
    return np.asarray(smeared * np.pi / (views * pixel**2))


def stacked(value: npt.ArrayLike, name: str) -> Floats:
    """Return images or sinograms, or raise ValueError if they are none."""
    array = finite(value, name)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ValueError(
            f"{name} must have shape (..., rows, columns), none of them 0; got shape {array.shape}"
        )
    return array


def finite(value: npt.ArrayLike, name: str) -> Floats:
    """Return an array of finite numbers, or raise ValueError."""
    array = numbers(value, name)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array


def _geometry(
    size: int, angles: npt.ArrayLike, pixel: float, centre: float, views: int | None = None
) -> csr_array:
    """Return the matrix of a geometry that makes sense."""
    directions = finite(angles, "angles")
    if directions.ndim != 1 or directions.size == 0:
        raise ValueError(f"angles must have shape (v,) with at least one view; got shape {directions.shape}")
    if views is not None and directions.size != views:
        raise ValueError(f"angles must have one value for each of the {views} views; got {directions.size}")
    if np.shape(pixel) != () or not 1e-9 <= numbers(pixel, "pixel") <= 1e9:
        raise ValueError(f"pixel must be a positive number, in cm, from 1e-9 to 1e9; got {pixel!r}")
    if np.shape(centre) != () or not abs(numbers(centre, "centre")) <= size / 2:
        raise ValueError(f"centre must lie between {-size / 2} and {size / 2} pixels; got {centre!r}")
    if (needed := size**2 * directions.size) > _LARGEST:
        raise ValueError(
            f"pixels times views must not exceed {_LARGEST:,}, whose matrix takes 1 GB; got {needed:,}: take "
            f"smaller images or fewer angles"
        )
    return shares(size, tuple(directions.tolist()), float(centre))
