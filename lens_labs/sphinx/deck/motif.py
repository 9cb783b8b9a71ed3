"""The ground of a title slide: the scattering of a sphere, as a detector of dots would see it."""

from __future__ import annotations

import math
import random
from collections import defaultdict

WIDTH, HEIGHT = 1280, 720
_SPACING = 13
_CENTRE = (1032.0, 318.0)
_RADIUS = 0.034  # of the sphere, in radians of phase for each pixel
_CLASSES = 8


def form_factor(x: float) -> float:
    """Return the scattered intensity of a homogeneous sphere, one in the forward direction.

    Parameters
    ----------
    x : float
        Momentum transfer times radius.

    Returns
    -------
    float
        The square of 3 (sin x − x cos x) / x³ (Rayleigh 1911).

    Examples
    --------
    The first ring of darkness is where tan x = x:

    >>> form_factor(0.0), form_factor(4.4934) < 1e-9
    (1.0, True)
    """
    if x < 1e-3:
        return 1.0
    return float((3 * (math.sin(x) - x * math.cos(x)) / x**3) ** 2)


def title_ground(*, seed: int = 2) -> str:
    """Draw the rings as dots, whose size is the logarithm of what was counted.

    Parameters
    ----------
    seed : int
        Seed of the counting noise.

    Returns
    -------
    str
        An SVG of the size of the stage.

    Examples
    --------
    >>> title_ground()[:43], len(title_ground()) < 40_000
    ('<svg xmlns="http://www.w3.org/2000/svg" vie', True)
    """
    noise = random.Random(seed)  # noqa: S311 - a picture, not a secret
    dots: dict[int, list[str]] = defaultdict(list)
    for y in range(_SPACING // 2, HEIGHT, _SPACING):
        for x in range(_SPACING // 2, WIDTH, _SPACING):
            r = math.hypot(x - _CENTRE[0], y - _CENTRE[1])
            counts = 3e5 * form_factor(_RADIUS * r)
            seen = max(0.0, counts + math.sqrt(counts) * noise.gauss(0, 1))
            fade = min(1.0, max(0.0, (x - 500) / 380))
            size = min(_CLASSES, round(_CLASSES * fade * math.log10(1 + seen / 6) / 4.2))
            if size > 0:
                dots[size].append(f"M{x} {y}h0")
    paths = "".join(
        f'<path d="{"".join(dots[size])}" stroke-width="{0.9 + 1.15 * size:.2f}" '
        f'stroke-opacity="{0.2 + 0.09 * size:.2f}"/>'
        for size in sorted(dots)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" stroke="#4fd1c5" '
        f'stroke-linecap="round">{paths}</svg>\n'
    )
