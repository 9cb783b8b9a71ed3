"""From which ranges the images of an area detector are drawn, and which ranges make sense."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import whole
from lens_labs.scattering._priors import Prior, drawn, within

FAULTS: Prior = {"dead_tubes": (0, 2), "hot_pixels": (0, 6), "hot_counts": (10, 100)}
"""How many tubes count nothing, how many pixels are hot, and what those count besides neutrons."""


CENTRES: Prior = {
    "offset": (-11, 11),
    "halo": (6, 60),
    "halo_radius": (3, 8),
    "halo_exponent": (1.0, 2.5),
    "anisotropy": (1.0, 2.2),
    "direction": (0, 180),
    "background": (0.2, 2.0),
    "gradient": (0.0, 0.8),
    "gradient_direction": (0, 360),
    "stop": (2.5, 4.5),
    "stop_offset": (-1.5, 1.5),
    "leakage": (1, 60),
    **FAULTS,
}
"""Ranges from which `simulate_centres` draws, in pixels, degrees and counts.

`halo` (counts in a pixel at the centre), `leakage` (counts in all) and `hot_counts` are drawn with the same chance for
equal ratios, all others for equal differences. `offset` is that of the beam centre from the middle of the image, in x and
in y, and `stop_offset` that of the beam stop from the beam centre.
"""

MOTIFS: Prior = {
    "offset": (-13, 13),
    "scale": (4.5, 7.0),
    "width": (0.9, 1.3),
    "counts": (350, 800),
    "unevenness": (0.6, 1.4),
    "halo": (4, 12),
    "stop": (1.6, 2.1),
    "background": (0.3, 1.0),
    "strays": (0, 7),
    "stray_counts": (50, 200),
    "ring": (0, 1.5),
    "ring_radius": (12, 24),
    "streak": (0, 3),
    **FAULTS,
    "dead_tubes": (0, 1),
}
"""Ranges from which `simulate_motifs` draws, in pixels and counts.

`counts` (of all spots of the motif), `stray_counts` (of one stray spot), `hot_counts` and `halo` are drawn with the same
chance for equal ratios, all others for equal differences. `halo`, `background`, `ring` and `streak` are counts in a pixel;
`unevenness` is how bright a spot is among those of its motif.
"""

_BY_RATIO = ("halo", "leakage", "counts", "stray_counts", "hot_counts")
_LENGTHS = ("halo_radius", "scale", "width", "ring_radius")
_NUMBERS = ("strays", "dead_tubes", "hot_pixels")
_LIMITS: Prior = {
    # With at most a hundred of everything a pixel cannot count more than 32 bits hold.
    **dict.fromkeys(_BY_RATIO, (1e-9, 1e6)),
    **dict.fromkeys(("background", "ring", "streak"), (0, 1e6)),
    **dict.fromkeys(_NUMBERS, (0, 100)),
    **dict.fromkeys(_LENGTHS, (0.1, 1000)),
    **dict.fromkeys(("offset", "stop_offset"), (-1000, 1000)),
    **dict.fromkeys(("direction", "gradient_direction"), (-360, 360)),
    "stop": (0, 1000),
    "halo_exponent": (0.01, 100),
    "anisotropy": (0.01, 100),
    "unevenness": (0.01, 100),
    "gradient": (0, 1),
}


def chosen(defaults: Prior, prior: Prior | None, size: int) -> dict[str, tuple[float, float]]:
    """Return the default ranges with those in their place that the argument `prior` gives, if all make sense."""
    whole(size, "size", at_least=24)
    found = within(defaults, prior, _LIMITS)
    for name in found.keys() & _NUMBERS:
        if any(bound % 1 for bound in found[name]):
            raise ValueError(f"prior[{name!r}] must be a pair of whole numbers; got {found[name]}")
    reach = max(map(abs, found["offset"]))
    if defaults is MOTIFS:
        reach += found["scale"][1] + 2 * found["width"][1]
    if reach > size / 2:
        raise ValueError(
            f"prior['offset'] must keep the beam centre and all of the motif (scale + 2 width around it) within {size / 2:g} "
            f"pixels of the middle, half of size; the largest offset gives {reach:g}"
        )
    return found


def drawn_by_name(
    rng: np.random.Generator, size: int, name: str, drawn_from: Prior
) -> npt.NDArray[np.float64]:
    """Draw a parameter in the way that goes with it."""
    return drawn(rng, size, drawn_from[name], by_ratio=name in _BY_RATIO)
