"""A pinhole instrument for small angles: where its pixels are, and how it blurs.

Two things blur. The velocity selector lets a range of wavelengths through, so a pixel sees a range of momentum transfers
along its own direction. And the beam is wide and diverges, and pixels have a size; this blurs the detector by the same
amount everywhere. Both are carried out exactly for Gaussian beams: a wave of so many periods around the beam stays one.
"""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage, special

from lens_labs.scattering._arguments import numbers, whole

Array = npt.NDArray[np.float64]

HARMONICS = 64
"""The largest number of periods around the beam that is kept."""

_REACH = 6.0  # standard deviations, after which a Gaussian is over
_MARGIN = 0.3  # of the half width of the detector: how far off the beam may be
_WIDEST = 4096  # pixels
_FARTHEST, _COARSEST, _FINEST = 2.0, 0.5, 3000  # Å⁻¹, Å⁻¹, and q over its blur: beyond, tables would be huge
_LONGEST = 1200.0  # Å; particles whose fringes the table holds, blurred or not


@dataclasses.dataclass(frozen=True)
class Pinhole:
    r"""A small-angle instrument with two round apertures and a square detector.

    Parameters
    ----------
    size : int
        Pixels on a side of the detector.
    pixel : float
        Side of a pixel, mm.
    distance : float
        From the sample to the detector, m.
    wavelength : float
        Mean wavelength, Å.
    spread : float
        Full width at half maximum of the triangular distribution of wavelengths, over the mean; below 0.5.
    collimation : float
        From the first aperture to the second, which is at the sample, m.
    source, aperture : float
        Radius of the first aperture, and of the second, mm.
    stop : float
        Radius of the beam stop in front of the detector, mm.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    The blur of the geometry is a Gaussian with the standard deviation

    .. math:: s_c = \frac{2\pi}{\lambda} \sqrt{\frac{R_1^2}{4 L_1^2} + \frac{R_2^2}{4} \left(\frac{1}{L_1} +
              \frac{1}{L_2}\right)^2 + \frac{p^2}{12 L_2^2}}

    in each direction, with the radii of the apertures, the lengths before and after the sample, and the pixel [1]_.

    References
    ----------
    .. [1] D. F. R. Mildner, J. M. Carpenter, J. Appl. Cryst. 17, 249 (1984), https://doi.org/10.1107/S0021889884011468

    Examples
    --------
    >>> near = Pinhole()
    >>> qx, qy = near.momentum_transfer()
    >>> qx.shape, round(float(qx.max()), 3), round(near.blur, 4)
    ((64, 64), 0.163, 0.0025)
    """

    size: int = 64
    pixel: float = 15.0
    distance: float = 3.0
    wavelength: float = 6.0
    spread: float = 0.1
    collimation: float = 8.0
    source: float = 20.0
    aperture: float = 6.0
    stop: float = 32.0

    def __post_init__(self) -> None:
        whole(self.size, "size", at_least=4)
        if self.size > _WIDEST:
            raise ValueError(f"size must be at most {_WIDEST} pixels; got {self.size}")
        for name in ("pixel", "distance", "wavelength", "collimation", "source", "aperture", "stop"):
            value = getattr(self, name)
            if np.shape(value) != () or not 1e-9 <= numbers(value, name) <= 1e9:
                raise ValueError(f"{name} must be a positive number, from 1e-9 to 1e9; got {value!r}")
        if np.shape(self.spread) != () or not 0 <= numbers(self.spread, "spread") < 0.5:
            raise ValueError(f"spread must lie between 0 and 0.5, without the latter; got {self.spread!r}")
        if self.stop >= 0.45 * self.size * self.pixel:
            raise ValueError(
                f"stop must be smaller than 0.45 of the detector's side, {0.45 * self.size * self.pixel} mm; got {self.stop}"
            )

        if self.q_max > _FARTHEST:
            raise ValueError(
                f"wavelength, distance, pixel and size must keep q at {_FARTHEST:g} Å⁻¹ or below; got {self.q_max:.3g} Å⁻¹"
            )
        if not self.q_max / _FINEST <= self.blur <= _COARSEST:
            raise ValueError(
                f"source, aperture, pixel and their distances must blur by {self.q_max / _FINEST:.1g} to {_COARSEST} Å⁻¹; "
                f"got {self.blur:.1g} Å⁻¹"
            )

    @property
    def blur(self) -> float:
        """Standard deviation of the blur in each direction that the geometry causes, Å⁻¹."""
        first = self.source / (2 * self.collimation)
        second = self.aperture / 2 * (1 / self.collimation + 1 / self.distance)
        cell = self.pixel / (math.sqrt(12) * self.distance)
        return 2 * math.pi / self.wavelength * 1e-3 * math.hypot(first, second, cell)

    def position(self, centre: tuple[float, float] = (0.0, 0.0)) -> tuple[Array, Array]:
        """Return where the pixels are, x and y in mm from a beam that is `centre` off the middle, in mm."""
        steps = np.arange(self.size) - (self.size - 1) / 2
        x, y = np.meshgrid(steps * self.pixel - centre[0], steps * self.pixel - centre[1])
        return x, y

    def momentum_transfer(self, centre: tuple[float, float] = (0.0, 0.0)) -> tuple[Array, Array]:
        """Return the components of the momentum transfer at each pixel, Å⁻¹, each of shape (size, size).

        Parameters
        ----------
        centre : tuple of float
            Where the beam would hit, in mm right of the middle of the detector and above it.
        """
        x, y = self.position(centre)
        radius = np.hypot(x, y)
        q = self._q(radius)
        safe = np.where(radius > 0, radius, 1.0)
        return q * x / safe, q * y / safe

    def solid_angle(self, centre: tuple[float, float] = (0.0, 0.0)) -> Array:
        """Return the solid angle of each pixel over that of one in the beam, shape (size, size)."""
        return np.asarray(np.cos(np.arctan(np.hypot(*self.position(centre)) / (1e3 * self.distance))) ** 3)

    @property
    def q_max(self) -> float:
        """The largest momentum transfer that a pixel sees when the beam is as far off as is allowed, Å⁻¹."""
        return float(self._q(math.sqrt(2) * (1 + _MARGIN) * self.size * self.pixel / 2))

    @property
    def farthest(self) -> float:
        """How far the beam may be off the middle, mm."""
        return _MARGIN * self.size * self.pixel / 2

    @property
    def longest(self) -> float:
        """The extent of the longest particle whose fringes `blur` tells from others, Å."""
        return _LONGEST + 1 / self.blur

    def _q(self, radius: npt.ArrayLike) -> Array:
        angle = np.arctan(np.asarray(radius) / (1e3 * self.distance))
        return np.asarray(4 * math.pi / self.wavelength * np.sin(angle / 2))


@dataclasses.dataclass(frozen=True)
class Blur:
    """What turns ideal intensities at `inside` into blurred ones at `outside`, period by period around the beam.

    Parameters
    ----------
    inside, outside : array of shape (m,) and (k,)
        Momentum transfers, Å⁻¹; those outside have equal steps and begin at 0.
    kernels : array of shape (HARMONICS / 2 + 1, k, m)
        One for each even number of periods.
    """

    inside: Array
    outside: Array
    kernels: Array


@lru_cache(maxsize=8)
def blur(instrument: Pinhole) -> Blur:
    """Return how the instrument blurs; it is computed once."""
    width, spread = instrument.blur, instrument.spread
    end = instrument.q_max
    inside = _nodes(width, spread / math.sqrt(6), end * (1 + spread) + _REACH * width)
    outside = np.linspace(0, end, math.ceil(1.6 * end / width) + 2)
    step = np.gradient(inside)
    number = 4 * math.ceil(spread * end / width) + 1
    shifts = np.arange(1 - number, number, 2) / number if number > 1 else np.zeros(1)
    kernels = np.zeros((HARMONICS // 2 + 1, outside.size, inside.size))
    for shift, share in zip(shifts, (1 - np.abs(shifts)) / (1 - np.abs(shifts)).sum(), strict=True):
        seen = inside * (1 + spread * shift)  # at which a longer wavelength shows what is there
        near = np.abs(outside[:, None] - seen) < _REACH * width
        row, column = np.nonzero(near)
        a, b = outside[row], seen[column]
        gauss = (
            share
            * (1 + spread * shift)
            * np.exp(-((a - b) ** 2) / (2 * width**2))
            * b
            * step[column]
            / width**2
        )
        for k, periods in enumerate(_scaled_bessel(a * b / width**2)):
            kernels[k, row, column] += gauss * periods
    kernels /= kernels[0].sum(axis=1)[:, None]
    return Blur(inside, outside, kernels)


def _scaled_bessel(x: Array) -> Array:
    """Return the scaled modified Bessel functions of the orders 0, 2, ..., HARMONICS, shape (orders, len(x)).

    Where the highest of them does not vanish, the others follow from it downwards, which is many times faster.
    """
    values = np.empty((HARMONICS // 2 + 1, x.size))
    small = x < 100
    values[:, small] = special.ive(np.arange(0, HARMONICS + 1, 2)[:, None], x[small])
    large = x[~small]
    above, now = special.ive(HARMONICS + 1, large), special.ive(HARMONICS, large)
    for order in range(HARMONICS, -1, -1):
        if order % 2 == 0:
            values[order // 2, ~small] = now
        above, now = now, above + 2 * order / large * now
    return values


def _nodes(width: float, spread: float, end: float) -> Array:
    """Return momentum transfers that are dense enough for the blur and for the fringes of the longest particle."""
    q = np.linspace(0, end, 2000)
    density = (_LONGEST + 5 / np.hypot(width, spread * q)) / (2 * math.pi)
    count = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(q))])
    number = math.ceil(count[-1])
    return np.asarray(np.interp((np.arange(number) + 0.5) * count[-1] / number, count, q))


def at_pixels(table: Array, step: float, q: Array, angle: Array) -> Array:
    """Read a blurred image at pixels.

    Parameters
    ----------
    table : array of shape (k, angles)
        Intensities at momentum transfers in equal steps from 0, and at angles in equal steps from 0 to a right angle.
    step : float
        The step of the momentum transfer, Å⁻¹.
    q, angle : array of shape (...)
        Where the pixels are: momentum transfer and angle to the director, in radians.
    """
    row = q / step
    if table.shape[1] == 1:
        return np.asarray(ndimage.map_coordinates(table[:, 0], [row], order=3, mode="mirror"))
    folded = np.abs((angle + math.pi / 2) % math.pi - math.pi / 2) * (table.shape[1] - 1) / (math.pi / 2)
    return np.asarray(ndimage.map_coordinates(table, [row, folded], order=3, mode="mirror"))
