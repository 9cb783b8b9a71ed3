"""The projector of parallel beams: which share of each square pixel each detector pixel sees, from each direction."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]

_TOUCHED = 3
"""A pixel seen from any direction is at most √2 wide, so it touches at most 3 detector pixels of width 1."""


# Labs go back and forth between a few geometries, and to make a matrix takes longer than to use it.
@lru_cache(maxsize=4)
def shares(size: int, angles: tuple[float, ...], centre: float) -> csr_array:
    """Return the shares as a matrix of shape (size², views * size): it projects back, and its transpose forwards.

    Seen under an angle ψ, a square of side 1 is the convolution of two boxes, cos ψ and sin ψ wide: a
    trapezoid. Its integral over a detector pixel is the share, exactly. All shares of a pixel have the sum 1 as long
    as it is in sight, so no mass is lost.
    """
    across = np.arange(size) - (size - 1) / 2
    y, x = (axis.ravel() for axis in np.meshgrid(across, across, indexing="ij"))
    weights = np.empty((size * size, len(angles), _TOUCHED))
    rays = np.empty(weights.shape, dtype=np.int32)
    for view, angle in enumerate(angles):
        place = x * np.cos(angle) + y * np.sin(angle) + centre + (size - 1) / 2  # in detector pixels
        boxes = np.abs([np.cos(angle), np.sin(angle)])
        first = np.floor(place - boxes.sum() / 2 + 0.5)
        below = [_share_below(first + edge - place, *boxes) for edge in (0.5, 1.5)]
        share = np.stack([below[0], below[1] - below[0], 1 - below[1]], axis=-1)
        bins = first[:, None].astype(np.int32) + np.arange(_TOUCHED, dtype=np.int32)
        weights[:, view] = np.where((bins >= 0) & (bins < size), share, 0.0)
        rays[:, view] = view * size + np.clip(bins, 0, size - 1)
    row = len(angles) * _TOUCHED
    starts = np.arange(0, size * size * row + 1, row)
    shape = (size * size, len(angles) * size)
    return csr_array((weights.ravel(), rays.ravel(), starts), shape=shape)


def _share_below(edge: Floats, one: float, other: float) -> Floats:
    """Return the area of a trapezoid of area 1 around 0 that lies below an edge."""
    narrow, wide = sorted((one, other))
    ramp = max(narrow, 1e-300)  # from the side a square is a box, whose ramps have no width
    rising = np.clip(edge + (wide + narrow) / 2, 0, narrow)
    level = np.clip(edge + (wide - narrow) / 2, 0, wide - narrow)
    falling = np.clip(edge - (wide - narrow) / 2, 0, narrow)
    return (rising * (rising / ramp) / 2 + level + falling * (1 - falling / ramp / 2)) / wide


def window(name: str, frequency: Floats) -> Floats:
    """Return what a filter leaves of each frequency, in cycles a pixel, beside the ramp."""
    match name:
        case "shepp-logan":
            return np.asarray(np.sinc(frequency))
        case "cosine":
            return np.cos(np.pi * frequency)
        case "hann":
            return 0.5 + 0.5 * np.cos(2 * np.pi * frequency)
    return np.ones_like(frequency)


def ramp(length: int) -> Floats:
    """Return the ramp filter at the frequencies of ``rfft``: the transform of the kernel that is band-limited.

    A sampled ramp would set the mean of each projection to zero, which pulls a whole slice down (Kak and
    Slaney, section 3.3.3, equation 61).
    """
    n = np.fft.fftfreq(length, 1 / length)
    with np.errstate(divide="ignore"):
        kernel = np.where(n % 2 == 1, -1 / (np.pi * n) ** 2, 0.0)
    kernel[0] = 0.25
    return np.asarray(np.fft.rfft(kernel).real)
