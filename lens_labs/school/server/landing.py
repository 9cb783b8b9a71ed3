"""What the landing page shows: the labs, the student's copies, and a picture computed from physics."""

from __future__ import annotations

import dataclasses
import functools
import math
from pathlib import Path
from typing import Any

from lens_labs.school import catalogue
from lens_labs.school.server.work import Copy, WorkFolder


@dataclasses.dataclass(frozen=True)
class Card:
    """One lab on the page.

    Parameters
    ----------
    lab : Lab
        What the lab is about.
    copy : Copy
        How the student's copy stands.
    """

    lab: catalogue.Lab
    copy: Copy


def contents(folder: WorkFolder) -> dict[str, Any]:
    """Return what the template of the landing page needs.

    Parameters
    ----------
    folder : WorkFolder
        The student's work folder.

    Raises
    ------
    SchoolError
        If a notebook of the school cannot be read.
    """
    labs = catalogue.labs(folder.releases)
    return {
        "cards": [Card(lab, folder.copy(name)) for name, lab in labs.items()],
        "folder": from_home(folder.root),
        "pattern": pattern(columns=46, rows=30, pitch=10.0),
    }


def from_home(path: Path) -> str:
    r"""Return a path as a person writes it.

    Examples
    --------
    >>> from_home(Path.home() / "lens-labs").replace("\\\\", "/")
    '~/lens-labs'
    """
    home = Path.home()
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)


@functools.cache
def pattern(columns: int, rows: int, pitch: float) -> dict[float, str]:
    r"""Return small-angle scattering of a sphere as dots, larger where more neutrons arrive.

    The form factor is :math:`I(q) = [3 (\\sin qR - qR \\cos qR) / (qR)^3]^2`; a beam stop hides the middle.

    Parameters
    ----------
    columns, rows : int
        Dots across and down.
    pitch : float
        Distance of two dots, in the units of the drawing.

    Returns
    -------
    dict of float to str
        SVG path data by the diameter of its dots, each dot a line of no length.
    """
    centre_x, centre_y, per_dot = round(0.56 * columns), round(0.5 * rows), 0.5
    drawn: dict[float, list[str]] = {}
    for row in range(rows):
        for column in range(columns):
            size = _diameter(per_dot * math.hypot(column + 0.5 - centre_x, row + 0.5 - centre_y))
            if size:
                drawn.setdefault(size, []).append(f"M{(column + 0.5) * pitch:g} {(row + 0.5) * pitch:g}h0")
    return {size: "".join(moves) for size, moves in sorted(drawn.items())}


def _diameter(x: float) -> float:
    """Return the diameter of a dot at ``x = qR``, at most 10; 0 where there is nothing to see."""
    if x < 1.35:
        return 0.0  # the beam stop
    amplitude = 3 * (math.sin(x) - x * math.cos(x)) / x**3
    decades = math.log10(amplitude**2 + 0.01 * x**-4)  # sizes that differ a little fill the minima
    return max(0.0, round(2 * (10 + 2.3 * decades)) / 2)
