"""An alloy of three metals: which phases a composition consists of, and what they look like to neutrons.

The metals are invented, and called A, B and C. Their phases have the structures of copper, of iron and of titanium.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import numbers
from lens_labs.scattering.diffraction._crystals import Array, Crystal, unit_cell

METALS = ("A", "B", "C")
PHASES = {
    "fcc": Crystal(
        unit_cell("cubic", 3.60), ((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)), 8.0, 0.5
    ),
    "bcc": Crystal(unit_cell("cubic", 2.87), ((0, 0, 0), (0.5, 0.5, 0.5)), 8.0, 0.5),
    "hcp": Crystal(
        unit_cell("hexagonal", 2.95, c=4.70), ((1 / 3, 2 / 3, 0.25), (2 / 3, 1 / 3, 0.75)), 8.0, 0.5
    ),
}
"""The phases, each rich in one of the metals; an edge is that of the pure metal."""

AXES = ((1, 1, 1), (1, 1, 0), (0, 0, 1))
"""Planes whose normals a rolled or pressed sample turns to one direction, phase by phase."""

PAIRS = tuple(itertools.combinations(range(3), 2))
REGIONS = (*PHASES, *(f"{a} + {b}" for a, b in itertools.combinations(PHASES, 2)), " + ".join(PHASES))
"""The seven regions of the phase diagram: one phase, two, or all three."""

SOLUBILITY = np.array([[0, 0.31, 0.38], [0.36, 0, 0.33], [0.34, 0.37, 0]])
"""How much of each metal (columns) each phase (rows) takes up where the third metal is absent."""

TIE = np.array([[0.61, 0.18, 0.21], [0.20, 0.61, 0.19], [0.19, 0.21, 0.60]])
"""Compositions of the three phases where all three are present: the corners of the tie triangle."""

_SIZES = np.array([0.0, -1.0, 1.0])
"""By how much the atoms differ in size, in units of the mismatch."""


def equilibrium(composition: npt.ArrayLike) -> tuple[Array, Array]:
    """Read the phase diagram of the alloy: which phases a composition consists of, and how much of each.

    Inside the tie triangle all three phases are present and keep the compositions of its corners. Beside it two phases
    share the metals along a tie line, and near the corners of the diagram there is one phase. The shares follow the lever
    rule: weighted with them, the phases have the composition of the sample as their mean.

    Parameters
    ----------
    composition : array of shape (..., 3)
        Shares of the metals A, B and C; not negative, with the sum 1.

    Returns
    -------
    fractions : array of shape (..., 3)
        Share of the atoms that are in the phases fcc, bcc and hcp; each row has the sum 1.
    compositions : array of shape (..., 3, 3)
        Composition of each phase; NaN for a phase that is absent.

    Raises
    ------
    ValueError
        If a composition is none.

    Examples
    --------
    >>> fractions, compositions = equilibrium([[0.9, 0.05, 0.05], [0.5, 0.5, 0.0]])
    >>> fractions.round(3)
    array([[1.   , 0.   , 0.   ],
           [0.424, 0.576, 0.   ]])
    >>> compositions[1, :2]
    array([[0.69, 0.31, 0.  ],
           [0.36, 0.64, 0.  ]])
    """
    c = numbers(composition, "composition")
    if c.shape[-1:] != (3,) or not np.isfinite(c).all() or (c < -1e-9).any():
        raise ValueError(
            f"composition must have shape (..., 3), finite and not negative; got shape {c.shape}"
        )
    if not np.allclose(c.sum(axis=-1), 1, atol=1e-6):
        raise ValueError("composition must have the sum 1 in each row")
    rows = c.reshape(-1, 3)
    fractions = np.eye(3)[rows.argmax(axis=1)]  # one phase, where none of the following finds more
    compositions = np.full((len(rows), 3, 3), np.nan)
    single = np.arange(len(rows)), rows.argmax(axis=1)
    compositions[single] = rows

    three = rows @ np.linalg.inv(TIE)
    inside = (three > 0).all(axis=1)
    fractions[inside], compositions[inside] = three[inside], TIE
    for j, k in PAIRS:
        share, first, second = _tie_line(rows, j, k)
        between = (share > 0) & (share < 1) & ~inside
        fractions[between], compositions[between] = 0, np.nan
        fractions[between, j], fractions[between, k] = share[between], 1 - share[between]
        compositions[between, j], compositions[between, k] = first[between], second[between]
    return fractions.reshape(c.shape), compositions.reshape(*c.shape, 3)


def vegard(compositions: npt.ArrayLike, mismatch: float) -> Array:
    """Return by which share the edges of each phase are longer than those of its pure metal, by Vegard's law.

    The edge is the mean over the atoms in the phase. Atoms of B are smaller than those of A by the mismatch, those of C
    larger. Takes what `equilibrium` returns, shape (..., 3, 3); returns shape (..., 3), 0 for a phase that is absent.
    """
    size = 1 + mismatch * _SIZES
    return np.asarray(np.nan_to_num(numbers(compositions, "compositions") @ size / size - 1))


def region(fractions: Array) -> npt.NDArray[np.int64]:
    """Return the number of the region, among `REGIONS`, in which these phases are present."""
    code = (fractions > 0) @ np.array([1, 2, 4])
    return np.asarray(np.array([-1, 0, 1, 3, 2, 4, 5, 6])[code])


def _tie_line(c: Array, j: int, k: int) -> tuple[Array, Array, Array]:
    """Return the share of phase j, and the compositions of j and k, on the tie line through each composition.

    Both ends of a tie line move along the borders of their phases, by the same share u of the way from the side of the
    diagram to the tie triangle. The composition lies between them where a determinant that is quadratic in u vanishes.
    Where there is no such line, the share is NaN.
    """
    ends = []
    for own, other in ((j, k), (k, j)):
        start = np.zeros(3)
        start[[own, other]] = 1 - SOLUBILITY[own, other], SOLUBILITY[own, other]
        ends.append((start, TIE[own] - start))
    (p0, p1), (q0, q1) = ends
    constant, linear, square = (
        c @ v for v in (np.cross(p0, q0), np.cross(p0, q1) + np.cross(p1, q0), np.cross(p1, q1))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(linear**2 - 4 * square * constant)
        u = np.stack([(-linear + root) / (2 * square), (-linear - root) / (2 * square)])
        u = np.where((u >= -1e-12) & (u <= 1), u, np.nan)
        u = np.where(np.isnan(u[0]), u[1], u[0])[:, None]
        first, second = p0 + u * p1, q0 + u * q1
        share = (c[:, j] - second[:, j]) / (first[:, j] - second[:, j])
    return share, first, second
