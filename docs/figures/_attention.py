"""What the figures on attention show: filters, maps, readings and grids, computed with NumPy, and images drawn as shapes.

Pixel centres lie at whole numbers, x (u) grows to the right and y (v) downwards, as in `lens_labs.scattering.detector`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from scipy import interpolate, ndimage

from lens_labs.plotting import INK, MUTE
from lens_labs.scattering import detector

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
SIZE = 24  # pixels along each side of the images that are drawn


def shades(
    ax: Axes,
    image: Array,
    *,
    top: float | None = None,
    levels: int = 5,
    step: float = 1.0,
    at: tuple[float, float] = (0.0, 0.0),
    colour: str = INK,
) -> None:
    """Draw an image as shapes in a few strengths of one colour, with a frame.

    Zero is the paper. Every strength lies over the weaker ones, so that no seam is seen between pixels.

    Parameters
    ----------
    ax
        Where to draw.
    image
        Values from 0 up, shape (rows, columns).
    top
        What has the full strength; by default the largest value.
    levels
        How many strengths there are.
    step
        Width of a pixel of this image, in units of the axes.
    at
        Where the middle of its first pixel would be, were it one unit wide.
    colour
        The colour of what is large.
    """
    steps = np.clip(np.round(image / (top or image.max()) * levels), 0, levels)
    corner, seen = np.array(at) - 0.5, 0.0
    for level in range(1, levels + 1):
        wanted = 0.92 * level / levels
        outline = _outline(steps >= level)
        if outline is not None:
            shape = Path(outline.vertices * step + corner, outline.codes)
            ax.add_patch(PathPatch(shape, facecolor=colour, linewidth=0, alpha=(wanted - seen) / (1 - seen)))
        seen = wanted
    rows, columns = image.shape
    ax.add_patch(Rectangle(corner, columns * step, rows * step, fill=False, edgecolor=MUTE, linewidth=0.8))


def bare(ax: Axes, *, width: float = SIZE, height: float = SIZE) -> None:
    """Prepare axes for images: pixels as wide as high, rows from top to bottom, and nothing round them."""
    ax.set(xlim=(-0.7, width - 0.3), ylim=(height - 0.3, -0.7), aspect="equal")
    ax.axis("off")


def _outline(chosen: npt.NDArray[np.bool_]) -> Path | None:
    """Return rectangles that cover the chosen pixels, as few as runs along rows and their repetitions allow."""
    open_runs: dict[tuple[int, int], int] = {}
    boxes = []
    for row, line in enumerate(np.vstack([chosen, np.zeros_like(chosen[:1])])):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        runs = set(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
        ended = [run for run in open_runs if run not in runs]
        boxes += [(left, open_runs.pop((left, right)), right, row) for left, right in ended]
        for run in runs - open_runs.keys():
            open_runs[run] = row
    if not boxes:
        return None
    corners = np.array(
        [[(l, t), (r, t), (r, b), (l, b), (l, t)] for l, t, r, b in sorted(boxes)], dtype=float
    )
    codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(corners))
    return Path(corners.reshape(-1, 2), codes.astype(np.uint8))


def gaussian_filters(centre: float, stride: float, width: float, n: int, length: int) -> Array:
    """Return the weights of n Gaussians for the pixels of a line, shape (n, length); each row sums to one."""
    return _gaussians(centre + stride * (np.arange(n) - (n - 1) / 2), width, length)


def _gaussians(means: Array, width: float, length: int) -> Array:
    logs = -((np.arange(length) - means[:, None]) ** 2) / (2 * width**2)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


class SoftMap(NamedTuple):
    """A softmax map: counts (24, 24), scores and weights of places (12, 12), and places as x, y."""

    counts: Array
    line: Array  # where the columns, and the rows, of the map lie
    scores: Array
    weights: Array
    mean: Array
    truth: Array


@functools.cache
def soft_map() -> SoftMap:
    """Find the centre of a faint halo: the score of a place is the log likelihood of a halo there.

    The softmax of these scores is then the posterior of the place, for a prior that is equal at all places.
    """
    shape = {"radius": 5.0, "exponent": 1.5, "size": SIZE}
    truth, line = np.array([15.2, 9.1]), 2 * np.arange(12) + 0.5
    brightness, background = 0.3, 0.01
    counts = np.random.default_rng(3).poisson(brightness * detector.halo(*truth, **shape) + background)
    x, y = np.meshgrid(line, line)
    rates = brightness * detector.halo(x, y, **shape) + background
    scores = (counts * np.log(rates) - rates).sum(axis=(-2, -1))
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    mean = np.array([(weights * x).sum(), (weights * y).sum()])
    return SoftMap(counts.astype(float), line, scores, weights, mean, truth)


class Glimpse(NamedTuple):
    """A lattice of Gaussians over an image: counts (24, 24), tables (n, 24), and places of the lattice (n,)."""

    image: Array
    rows: Array
    columns: Array
    x: Array  # of the lattice
    y: Array


CLUTTERED = {
    "offset": (-5.0, 5.0), "scale": (4.4, 4.4), "width": (0.75, 0.75), "counts": (500.0, 500.0), "unevenness": (0.9, 1.1),
    "strays": (4.0, 6.0), "stray_counts": (50.0, 70.0), "ring": (0.0, 0.0), "ring_radius": (6.0, 12.0), "streak": (0.0, 0.0),
    "halo": (3.0, 3.0), "stop": (1.0, 1.0), "background": (0.1, 0.1), "dead_tubes": (0.0, 0.0), "hot_pixels": (0.0, 0.0),
    "hot_counts": (10.0, 30.0),
}  # fmt: skip
"""What `lens_labs.scattering.detector.simulate_motifs` draws on a detector of 24 × 24 pixels."""


@functools.cache
def glimpse() -> Glimpse:
    """Read a hexagonal motif among stray spots through a lattice of 12 × 12 Gaussians around its true centre."""
    data, shown = detector.simulate_motifs(71, seed=2, size=SIZE, prior=CLUTTERED), 70
    image, n, stride, width = data.x[shown].astype(float), 12, 0.95, 0.55
    x, y = data.columns("centre_x", "centre_y")[shown]
    rows, columns = (gaussian_filters(each, stride, width, n, SIZE) for each in (y, x))
    lattice = stride * (np.arange(n) - (n - 1) / 2)
    return Glimpse(image, rows, columns, x + lattice, y + lattice)


def reading(away: Array, width: float, *, spot: float = 1.1, counts: float = 100.0) -> tuple[Array, Array]:
    """Return what one Gaussian reads of a spot to its left or right, and the slope of that along the distance.

    Parameters
    ----------
    away
        Distances of the Gaussian from the spot, pixels, shape (n,).
    width, spot
        Standard deviations of the Gaussian and of the spot, pixels.
    counts
        Counts of the spot.
    """
    length, middle = 121, 60
    there = _gaussians(np.array([float(middle)]), spot, length)[0]
    along, across = _gaussians(middle + away, width, length), _gaussians(np.array([60.0]), width, length)[0]
    level = counts * (across @ there)
    return level * along @ there, level * _sloping(along, width) @ there


def slope_noise(width: float, *, background: float = 0.6) -> float:
    """Return the standard deviation of the slope of a reading where nothing but background is counted."""
    row = _gaussians(np.array([60.0]), width, 121)
    return float(np.sqrt(background * (_sloping(row, width) ** 2).sum() * (row**2).sum()))


def _sloping(filters: Array, width: float) -> Array:
    """Return the slopes of normalised Gaussians (n, length) along their means."""
    pixels = np.arange(filters.shape[1])
    return filters * (pixels - (filters @ pixels)[:, None]) / width**2


def sample(image: Array, u: Array, v: Array) -> tuple[Array, Array, Array]:
    """Return bilinear readings at columns u and rows v, and their slopes along u and v; outside is zero."""
    border = np.pad(image, 1)
    u, v = (
        np.clip(each, -1, length - 1e-9) + 1 for each, length in zip((u, v), image.shape[::-1], strict=True)
    )
    column, row = np.floor(u).astype(int), np.floor(v).astype(int)
    a, b = u - column, v - row
    (x00, x01), (x10, x11) = ((border[row + down, column], border[row + down, column + 1]) for down in (0, 1))
    upper, lower = (1 - a) * x00 + a * x01, (1 - a) * x10 + a * x11
    return (1 - b) * upper + b * lower, (1 - b) * (x01 - x00) + b * (x11 - x10), lower - upper


MIDDLE = (SIZE - 1) / 2
KNOTS = np.stack(np.meshgrid(*[np.array([1.0, MIDDLE, SIZE - 2.0])] * 2), axis=-1).reshape(9, 2)
"""Nine points that a thin plate is held at, x and y."""
HELD = KNOTS + np.array([(4, 3), (0, -1), (-4, 1), (1, 0), (2, -2), (1, 1), (3, -4), (0, 2), (-2, -3)])
"""Where it is held."""


def affine(u: Array, v: Array, *, zoom: float, turn: float, to: tuple[float, float]) -> tuple[Array, Array]:
    """Return where a grid lies after it was zoomed and turned (degrees) about its middle, and moved to a place."""
    c, s = zoom * np.cos(np.radians(turn)), zoom * np.sin(np.radians(turn))
    right, below = u - MIDDLE, v - MIDDLE
    return to[0] + c * right - s * below, to[1] + s * right + c * below


def thin_plate(u: Array, v: Array) -> tuple[Array, Array]:
    """Return where a grid lies on a thin plate that is bent as little as holding nine points allows."""
    plate = interpolate.RBFInterpolator(KNOTS, HELD, kernel="thin_plate_spline")
    places = plate(np.stack([np.ravel(u), np.ravel(v)], axis=-1))
    return places[:, 0].reshape(np.shape(u)), places[:, 1].reshape(np.shape(v))


CENTRE, TURN = (14.0, 9.0), 35.0
"""Where the motif of `misplaced` lies, and its angle in degrees."""


def spots_of_motif() -> Array:
    """Return where the spots of the motif of `misplaced` lie, x and y."""
    angles, radii = np.array(detector.SPOTS["stretched"]).T
    turned = np.radians(angles + TURN)
    return np.stack(
        [CENTRE[0] + 5.5 * radii * np.cos(turned), CENTRE[1] + 5.5 * radii * np.sin(turned)], axis=-1
    )


def misplaced(*, width: float = 0.8) -> Array:
    """Return the expected counts of a motif away from the middle, with its long axis turned, and of two stray spots."""
    places = np.concatenate([spots_of_motif(), [(3.0, 16.0), (19.5, 20.0)]])
    return detector.spots(*places.T, np.full(len(places), 100.0), width=width, size=SIZE)


def frame(*, width: float = 0.8) -> Array:
    """Return the corners of the frame round that motif, left top and right bottom: two standard deviations from its spots."""
    places = spots_of_motif()
    return np.stack([places.min(axis=0) - 2 * width, places.max(axis=0) + 2 * width])


def digits() -> list[Array]:
    """Return a handwritten digit as three distortions show it, 32 × 32 pixels: turned; also shifted, smaller; among pieces.

    The lab draws angles, shifts, scales and pieces at random; here they are fixed.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415 - for one figure

    drawn = [
        np.clip(ndimage.zoom(each, 2, order=3) / 16, 0, 1) for each in load_digits().images[[13, 4, 7, 6, 2]]
    ]
    images = []
    for turn, scale, middle in ((70, 1.0, (15.5, 15.5)), (-35, 0.8, (20.0, 11.0)), (8, 1.0, (15.0, 16.5))):
        angle = np.radians(turn)
        back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / scale
        images.append(ndimage.affine_transform(drawn[0], back, 7.5 - back @ middle, (32, 32), order=1))
    for piece, (row, column) in zip(drawn[1:], ((0, 0), (0, 24), (23, 1), (22, 23)), strict=True):
        place = images[2][row : row + 8, column : column + 8]
        np.maximum(place, piece[4:12, 4:12], out=place)
    return images
