"""Small pictures for the cards of the home page and its large one, computed and written as SVG by hand.

Each function returns the text of one SVG whose colours are variables of the style sheet. A lecture ``NN`` may have a
picture of its own, ``lectureNN``; `plain` serves the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.scattering import reflectivity

Array = npt.NDArray[np.float64]

ACCENT, HOT, INK, MUTE, RULE = (f"var(--{name})" for name in ("accent", "hot", "ink", "mute", "rule"))
WIDTH, HEIGHT = 320, 200
_ACROSS, _DOWN = 8, 7  # a raster of nearly equilateral triangles on whole numbers


def hero() -> str:
    """Return the picture of the home page: cylinders in a hexagonal array, as a detector sees them end-on.

    The distances of the cylinders vary, so that the peaks of their rows grow broader and fade with their order, as in
    a paracrystal (R. Hosemann, Z. Phys. 128, 465 (1950)); the pattern is the product over the three directions of
    rows. The cross-section of the cylinders adds rings, and a beam stop hides the middle.
    """
    side = 400
    x, y = _raster(side, side)
    u, v = x - side / 2, y - side / 2
    q = np.hypot(u, v)
    distance, spread, radius = 0.085, 0.0082, 0.0333  # between rows of cylinders, its spread, and theirs
    lattice = np.ones_like(q)
    damping = np.exp(-0.5 * (spread * q) ** 2)
    for angle in np.deg2rad([12, 72, 132]):
        phase = distance * (u * np.cos(angle) + v * np.sin(angle))
        lattice *= (1 - damping**2) / (1 - 2 * damping * np.cos(phase) + damping**2)
    section = (2 * special.j1(radius * q) / (radius * q)) ** 2
    counts = np.random.default_rng(1).poisson(1500 * (section + 0.004) * (lattice + 0.3) + 1)
    level = np.clip(np.log10(1 + counts) / 3.6, 0, 1) ** 1.7 * np.clip((side / 2 - q) / 40, 0, 1)
    seen = q > 24
    first = seen & (lattice > 4) & (np.abs(q - 4 * np.pi / np.sqrt(3) / distance) < 24)
    rest = seen & ~first
    label = "Neutrons on a detector, drawn as dots: a hexagon of six bright peaks around a beam stop, fainter ones further out"
    parts = [
        _halftone(x[rest], y[rest], level[rest], ACCENT),
        _halftone(x[first], y[first], level[first], HOT),
    ]
    return _svg(*parts, width=side, height=side, label=label)


def lecture02() -> str:
    """Return the card of lecture 2: a counted reflectivity curve, and the fringe that tells the thickness."""
    film = {
        "film_thickness": 190, "film_sld": -0.3, "film_roughness": 3, "solvent_sld": 6.36, "solvent_roughness": 4,
        "scale": 1, "log10_background": -6, "resolution": 0.03,
    }  # fmt: skip
    low, high = 0.008, 0.17

    def place(q: Array, r: Array) -> tuple[Array, Array]:
        return 24 + (q - low) / (high - low) * 276, 24 - np.log10(r) / 5.9 * 150

    q, points = np.linspace(low, high, 180), np.linspace(0.009, 0.158, 24)
    beam = 1e4 * (points / points[0]) ** 2
    counts = np.maximum(np.random.default_rng(3).poisson(beam * reflectivity.model(film, points)), 1)
    error = np.sqrt(counts) / beam
    r = counts / beam
    bars = [(place(points, np.maximum(r + sign * error, 1e-6))[1]) for sign in (-1, 1)]
    across, _ = place(points, r)
    bar = "".join(
        f"M{_n(x)} {_n(a)}V{_n(b)}" for x, a, b in zip(across, *bars, strict=True) if abs(a - b) > 5
    )
    curve = reflectivity.model(film, q)
    inside = np.flatnonzero((curve[1:-1] < curve[:-2]) & (curve[1:-1] < curve[2:]) & (q[1:-1] > 0.03)) + 1
    (x0, x1), (y0, y1) = place(q[inside[:2]], curve[inside[:2]])
    y = max(y0, y1) + 14
    fringe = f"M{_n(x0)} {_n(y - 6)}v12M{_n(x1)} {_n(y - 6)}v12M{_n(x0)} {_n(y)}H{_n(x1)}"
    return _svg(
        _line([24, 24, 300], [16, 184, 184], RULE, 2),
        f'<path d="{bar}" stroke="{MUTE}" stroke-width="1.5"/>',
        _line(*place(q, curve), ACCENT, 4),
        _dots(*place(points, r), 7, INK),
        f'<path d="{fringe}" stroke="{HOT}" stroke-width="4"/>',
    )


def lecture09() -> str:
    """Return the card of lecture 9: a Gaussian process between five points, and where it is least sure."""
    known, value = np.array([0.2, 1.1, 1.8, 2.5, 5.2]), np.array([-0.5, 0.4, 1.5, 0.3, -0.4])
    where, error, length = np.linspace(0, 6, 91), 0.12, 0.75

    def kernel(a: Array, b: Array) -> Array:
        return np.asarray(np.exp(-((a[:, None] - b) ** 2) / (2 * length**2)))

    gain = np.linalg.solve(kernel(known, known) + error**2 * np.eye(known.size), kernel(known, where))
    mean, sd = value @ gain, np.sqrt(1 - (gain * kernel(known, where)).sum(axis=0))

    def place(x: Array, y: Array) -> tuple[Array, Array]:
        return 24 + x / 6 * 276, 112 - 36 * y

    low, high = mean - 1.5 * sd, mean + 1.5 * sd
    widest = int(sd[where < 5].argmax())
    (x,), (y0, y1) = place(where[[widest]], np.array([low[widest], high[widest]]))
    bar = f"M{_n(x - 8)} {_n(y0)}h16M{_n(x - 8)} {_n(y1)}h16M{_n(x)} {_n(y0)}V{_n(y1)}"
    return _svg(
        _line([24, 24, 300], [16, 184, 184], RULE, 2),
        _area(*place(np.append(where, where[::-1]), np.append(high, low[::-1])), ACCENT),
        _line(*place(where, mean), ACCENT, 4),
        f'<path d="{bar}" stroke="{HOT}" stroke-width="4"/>',
        _dots(*place(known, value), 11, INK),
    )


def plain(number: int) -> str:
    """Return a picture for a lecture without its own: as many peaks on a ring as the number says, the last one hot.

    Parameters
    ----------
    number : int
        Number of the lecture, at least 1.

    Raises
    ------
    ValueError
        If the number is below 1.
    """
    if number < 1:
        raise ValueError(f"number must be at least 1, the first lecture; got {number}")
    x, y = _raster(WIDTH, HEIGHT)
    u, v = x - WIDTH / 2, y - HEIGHT / 2
    q = np.hypot(u, v)
    angles = 2 * np.pi * np.arange(1, number + 1) / number - np.pi / 2
    peaks = np.exp(
        -((u - 66 * np.cos(angles)[:, None]) ** 2 + (v - 66 * np.sin(angles)[:, None]) ** 2) / 2 / 8**2
    )
    diffuse = 0.42 * np.exp(-((q / 60) ** 2)) + 0.1 * np.exp(-(((q - 66) / 12) ** 2)) + 0.03
    level = np.clip(diffuse + peaks.sum(axis=0), 0, 1) * np.clip((160 - np.abs(u)) / 60, 0, 1)
    hot = peaks[-1] > 0.25
    rest = (q > 15) & ~hot
    return _svg(_halftone(x[rest], y[rest], level[rest], ACCENT), _halftone(x[hot], y[hot], level[hot], HOT))


def _raster(width: int, height: int) -> tuple[Array, Array]:
    """Return the places of dots in rows, every second row moved by half a distance."""
    rows = np.arange(_DOWN // 2 + 1, height - 2, _DOWN)
    places = [
        (x, y)
        for i, y in enumerate(rows)
        for x in range(_ACROSS // 2 + _ACROSS // 2 * (i % 2), width - 2, _ACROSS)
    ]
    x, y = np.array(places, dtype=float).T
    return x, y


def _halftone(x: Array, y: Array, level: Array, colour: str, *, sizes: int = 8) -> str:
    """Return dots on the raster whose area follows the level, from 0 to 1."""
    classes = np.round(np.sqrt(level) * sizes).astype(int)
    return "".join(
        _dots(x[classes == size], y[classes == size], _ACROSS * size / sizes, colour)
        for size in range(1, sizes + 1)
        if (classes == size).any()
    )


def _dots(x: Array, y: Array, size: float, colour: str) -> str:
    """Return round dots: lines of no length with round ends, each written as the way from the one before."""
    x, y = np.round(x, 1), np.round(y, 1)
    steps = zip(np.diff(x), np.diff(y), strict=True)
    moves = "".join(f"m{_n(dx)} {_n(dy)}h0" for dx, dy in steps)
    return f'<path d="M{_n(x[0])} {_n(y[0])}h0{moves}" stroke="{colour}" stroke-width="{_n(size)}"/>'


def _line(x: npt.ArrayLike, y: npt.ArrayLike, colour: str, width: float) -> str:
    return f'<path d="{_through(x, y)}" stroke="{colour}" stroke-width="{_n(width)}"/>'


def _area(x: npt.ArrayLike, y: npt.ArrayLike, colour: str) -> str:
    return f'<path d="{_through(x, y)}Z" fill="{colour}" fill-opacity=".22"/>'


def _through(x: npt.ArrayLike, y: npt.ArrayLike) -> str:
    return "M" + "L".join(f"{_n(a)} {_n(b)}" for a, b in zip(np.asarray(x), np.asarray(y), strict=True))


def _n(value: float) -> str:
    """Write a number with one decimal at most."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _svg(*parts: str, width: int = WIDTH, height: int = HEIGHT, label: str = "") -> str:
    said = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    look = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {said} {look}>{"".join(parts)}</svg>'
