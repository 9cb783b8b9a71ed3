"""Crystals: unit cells, the atoms in them, and the families of lattice planes at which neutrons are reflected."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import finite, numbers, one

Array = npt.NDArray[np.float64]

SYSTEMS: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    "cubic": ("a", (90, 90, 90)),
    "tetragonal": ("ac", (90, 90, 90)),
    "orthorhombic": ("abc", (90, 90, 90)),
    "hexagonal": ("ac", (90, 90, 120)),
}
"""Which edges a crystal system leaves free, and the angles between them, degrees."""

_MOST_PLANES = 400_000
"""More sets of indices than these are not searched: nobody measures so many peaks."""

LARGEST_STRAIN = 0.5
"""Beyond this nobody would call it the same crystal."""


def unit_cell(
    system: str, a: float, b: float | None = None, c: float | None = None
) -> tuple[float, float, float, float, float, float]:
    """Return the edges and angles of a unit cell of one of the common crystal systems.

    Parameters
    ----------
    system : {"cubic", "tetragonal", "orthorhombic", "hexagonal"}
        The crystal system.
    a, b, c : float
        Those edges that the system leaves free, Å: `a` of a cubic cell, `a` and `c` of a tetragonal or hexagonal one,
        all three of an orthorhombic one.

    Returns
    -------
    tuple of float
        a, b, c in Å, and the angles α, β, γ in degrees.

    Raises
    ------
    ValueError
        If the system is unknown, an edge is missing or not free, or an edge is not positive.

    Examples
    --------
    >>> unit_cell("hexagonal", a=2.951, c=4.684)
    (2.951, 2.951, 4.684, 90.0, 90.0, 120.0)
    """
    if system not in tuple(SYSTEMS):
        raise ValueError(f"system must be one of {', '.join(SYSTEMS)}; got {system!r}")
    free, angles = SYSTEMS[system]
    given = {name: one(value, name) for name, value in (("a", a), ("b", b), ("c", c)) if value is not None}
    if "".join(given) != free:
        raise ValueError(
            f"a {system} cell has the free edges {', '.join(free)}; got {', '.join(given) or 'none'}"
        )
    edges = [given.get(name, given["a"]) for name in "abc"]
    return _checked_cell((*edges, *map(float, angles)))


def d_spacing(hkl: npt.ArrayLike, cell: npt.ArrayLike) -> Array:
    r"""Compute the distance of neighbouring lattice planes.

    .. math:: \frac{1}{d_{hkl}^2} = h^\mathsf{T} g^{-1} h, \qquad g_{ij} = a_i \cdot a_j,

    with the metric tensor :math:`g` of the cell, which holds for all crystal systems.

    Parameters
    ----------
    hkl : array of shape (..., 3)
        Miller indices, not all zero.
    cell : array of shape (6,)
        Edges, Å, and angles, degrees, see `unit_cell`.

    Returns
    -------
    array of shape (...)
        Distances, Å.

    Raises
    ------
    ValueError
        If the cell or the indices are none.

    Examples
    --------
    >>> d_spacing([[1, 1, 1], [2, 2, 0]], unit_cell("cubic", 5.431)).round(4)
    array([3.1356, 1.9201])
    """
    h = numbers(hkl, "hkl")
    if h.shape[-1:] != (3,) or not np.isfinite(h).all() or not h.any(axis=-1).all():
        raise ValueError(
            f"hkl must be finite and have shape (..., 3), with no row of zeros; got shape {h.shape}"
        )
    return np.asarray(1 / np.linalg.norm(h @ _reciprocal(_checked_cell(cell)), axis=-1))


@dataclasses.dataclass(frozen=True)
class Crystal:
    """A crystal as neutrons see it: a unit cell, and nuclei in it.

    Parameters
    ----------
    cell : tuple of 6 floats
        Edges a, b, c, Å, and angles α, β, γ, degrees, see `unit_cell`.
    positions : sequence of shape (atoms, 3)
        Where the nuclei of one unit cell are, in fractions of its edges.
    b : float or sequence of shape (atoms,)
        Coherent scattering length of each nucleus, fm.
    b_iso : float or sequence of shape (atoms,)
        Displacement of each nucleus by heat, the crystallographer's B = 8π²⟨u²⟩, Å².
    incoherent : float
        Incoherent cross-section of one unit cell, barn.
    absorption : float
        Absorption cross-section of one unit cell at 1.798 Å, barn.

    Raises
    ------
    ValueError
        If a value is missing, not finite or not physical.

    Examples
    --------
    >>> iron = CRYSTALS["alpha iron"]
    >>> iron.peaks(d_min=1.1).hkl
    array([[1, 1, 0],
           [2, 0, 0],
           [2, 1, 1]])
    """

    cell: tuple[float, float, float, float, float, float]
    positions: tuple[tuple[float, float, float], ...]
    b: float | tuple[float, ...]
    b_iso: float | tuple[float, ...] = 0.0
    incoherent: float = 0.0
    absorption: float = 0.0

    def __post_init__(self) -> None:
        _checked_cell(self.cell)
        places, b = numbers(self.positions, "positions"), numbers(self.b, "b")
        if places.ndim != 2 or places.shape[1:] != (3,) or not len(places) or not np.isfinite(places).all():
            raise ValueError(
                f"positions must be finite and have shape (atoms, 3), at least one atom; got shape {places.shape}"
            )
        if b.shape not in ((), (len(places),)) or not np.isfinite(b).all():
            raise ValueError(f"b must be a finite number or have shape ({len(places)},), in fm; got {self.b}")
        if (motion := finite(self.b_iso, "b_iso", least=0)).shape not in ((), (len(places),)):
            raise ValueError(
                f"b_iso must be a number or have shape ({len(places)},); got shape {motion.shape}"
            )
        for name in ("incoherent", "absorption"):
            one(getattr(self, name), name, least=0)

    @cached_property
    def volume(self) -> float:
        """Volume of the unit cell, Å³."""
        return float(1 / abs(np.linalg.det(_reciprocal(self.cell))))

    @property
    def atoms(self) -> int:
        """Number of nuclei in the unit cell."""
        return len(self.positions)

    def peaks(self, d_min: float) -> Peaks:
        r"""Return the families of planes that reflect, those with the widest spacing first.

        The structure factor is the sum over the nuclei of the cell, weakened by their motion:

        .. math:: F_{hkl} = \sum_n b_n\, e^{-B_n/4d_{hkl}^2}\, e^{2\pi i (h x_n + k y_n + l z_n)}.

        Parameters
        ----------
        d_min : float
            The smallest spacing, Å.

        Returns
        -------
        Peaks
            All families of planes with a spacing of `d_min` or more whose waves do not cancel.

        Raises
        ------
        ValueError
            If `d_min` is not positive, or so small that there are millions of planes.
        """
        return families(self, d_min, "d_min", d_min)


@dataclasses.dataclass(frozen=True)
class Peaks:
    """Families of lattice planes that share one spacing, and so one peak of a powder and one Bragg edge.

    Parameters
    ----------
    hkl : array of shape (k, 3)
        Miller indices of one plane of each family.
    d : array of shape (k,)
        Distance of neighbouring planes, Å, from large to small.
    multiplicity : array of shape (k,)
        How many sets of indices belong to the family.
    f_squared : array of shape (k,)
        Squared structure factor, with the Debye-Waller factor, mean over the family, fm².
    members : array of shape (p, 3)
        All planes of all families, as unit vectors of their normals.
    family : array of shape (p,)
        To which family each of them belongs.
    """

    hkl: npt.NDArray[np.int64]
    d: Array
    multiplicity: npt.NDArray[np.int64]
    f_squared: Array
    members: Array
    family: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of families."""
        return len(self.d)

    def mean(self, values: Array) -> Array:
        """Return the mean over each family of what is given for each plane, shape (..., p) to (..., k)."""
        total = np.add.reduceat(values, np.flatnonzero(np.diff(self.family, prepend=-1)), axis=-1)
        return np.asarray(total / self.multiplicity)


def direction(axis: npt.ArrayLike, cell: npt.ArrayLike) -> Array:
    """Return the unit vector of the normal on the planes with the indices `axis`."""
    normal = numbers(axis, "axis")
    if normal.shape != (3,) or not np.isfinite(normal).all() or not normal.any():
        raise ValueError(f"axis must be three Miller indices that are not all zero; got {axis!r}")
    vector = normal @ _reciprocal(cell)
    return np.asarray(vector / np.linalg.norm(vector))


def stretched(strain: npt.ArrayLike) -> Array:
    """Return 1 + strain, or raise ValueError if a strain is none."""
    share = finite(strain, "strain")
    if (np.abs(share) > LARGEST_STRAIN).any():
        raise ValueError(f"strain must lie between -{LARGEST_STRAIN} and {LARGEST_STRAIN}; got {strain!r}")
    return 1 + share


def families(crystal: Crystal, d_min: float, name: str, value: Any) -> Peaks:
    """Return the peaks of a crystal; if there are too many, the argument of that name and value is to blame."""
    hkl = _indices(crystal.cell, one(d_min, name, above=0), name, value)
    d = d_spacing(hkl, crystal.cell)
    b = numbers(crystal.b, "b") * np.ones(crystal.atoms)
    waves = np.exp(2j * np.pi * hkl @ numbers(crystal.positions, "positions").T)
    seen = np.abs(waves @ b) > 3e-5 * np.abs(b).sum()  # others cancel, but for rounding
    hkl, d, waves = hkl[seen], d[seen], waves[seen]
    moving = b * np.exp(-numbers(crystal.b_iso, "b_iso") / (4 * d[:, None] ** 2))  # (planes, atoms)
    squared = np.abs((waves * moving).sum(axis=1)) ** 2
    return _together(hkl, d, squared, crystal.cell)


def _together(hkl: npt.NDArray[np.int64], d: Array, squared: Array, cell: Any) -> Peaks:
    """Put planes of one spacing together; within a family one with positive and large indices comes first."""
    order = np.lexsort((*-hkl.T[::-1], (hkl < 0).sum(axis=1), -np.round(d, 9)))
    hkl, d, squared = hkl[order], d[order], squared[order]
    start = np.diff(d, prepend=np.inf) < -1e-9
    family = np.cumsum(start) - 1
    normals = hkl @ _reciprocal(cell)
    size = np.bincount(family)
    return Peaks(
        hkl=hkl[start],
        d=d[start],
        multiplicity=size,
        f_squared=np.bincount(family, squared) / size,
        members=normals / np.linalg.norm(normals, axis=1, keepdims=True),
        family=family,
    )


def _indices(cell: Any, d_min: float, name: str, value: Any) -> npt.NDArray[np.int64]:
    """Return all sets of Miller indices whose planes are at least `d_min` apart."""
    # A plane of index h cuts the edge a into h parts, so d cannot be larger than a/h.
    with np.errstate(over="ignore"):
        most = np.floor(numbers(cell, "cell")[:3] / d_min)
        planes = np.prod(2 * most + 1)
    if planes > _MOST_PLANES:
        raise ValueError(
            f"{name} must not be so small that more than {_MOST_PLANES:,} sets of planes have to be searched; "
            f"got {value!r}, which needs {planes:.1e}"
        )
    grid = np.meshgrid(*(np.arange(-n, n + 1) for n in most.astype(int)), indexing="ij")
    hkl = np.stack(grid, axis=-1).reshape(-1, 3)
    hkl = hkl[hkl.any(axis=1)]
    return np.asarray(hkl[d_spacing(hkl, cell) >= d_min - 1e-9])


def _reciprocal(cell: npt.ArrayLike) -> Array:
    """Return the reciprocal basis (without 2π), one vector a row, 1/Å."""
    a, b, c, *angles = numbers(cell, "cell")
    cos_a, cos_b, cos_c = np.cos(np.radians(angles))
    sin_c = np.sin(np.radians(angles[2]))
    up = (cos_a - cos_b * cos_c) / sin_c
    direct = np.array(
        [
            [a, 0, 0],
            [b * cos_c, b * sin_c, 0],
            [c * cos_b, c * up, c * np.sqrt(max(1 - cos_b**2 - up**2, 0.0))],
        ]
    )
    return np.asarray(np.linalg.inv(direct).T)


def _checked_cell(cell: npt.ArrayLike) -> tuple[float, float, float, float, float, float]:
    values = numbers(cell, "cell")
    if values.shape != (6,) or not ((values > 0) & (values <= 1e6)).all() or (values[:3] < 0.01).any():
        raise ValueError(
            f"cell must be three edges, 0.01 to 1,000,000 Å, and three angles, degrees, positive; got {cell!r}"
        )
    cosines = np.cos(np.radians(values[3:]))
    if (values[3:] >= 180).any() or 1 - (cosines**2).sum() + 2 * cosines.prod() <= 1e-12:
        raise ValueError(f"cell must have angles between which a volume fits; got {cell!r}")
    a, b, c, alpha, beta, gamma = values.tolist()
    return a, b, c, alpha, beta, gamma


_SIMPLE = ((0.0, 0.0, 0.0),)
_BODY = (*_SIMPLE, (0.5, 0.5, 0.5))
_FACE = (*_SIMPLE, (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))
_DIAMOND = (*_FACE, *((x + 0.25, y + 0.25, z + 0.25) for x, y, z in _FACE))
_CLOSE = ((1 / 3, 2 / 3, 0.25), (2 / 3, 1 / 3, 0.75))

CRYSTALS: Mapping[str, Crystal] = {
    "alpha iron": Crystal(unit_cell("cubic", 2.8664), _BODY, 9.45, 0.34, 2 * 0.40, 2 * 2.56),
    "gamma iron": Crystal(unit_cell("cubic", 3.59), _FACE, 9.45, 0.56, 4 * 0.40, 4 * 2.56),
    "aluminium": Crystal(unit_cell("cubic", 4.0495), _FACE, 3.449, 0.77, 4 * 0.0082, 4 * 0.231),
    "copper": Crystal(unit_cell("cubic", 3.6150), _FACE, 7.718, 0.54, 4 * 0.55, 4 * 3.78),
    "silicon": Crystal(unit_cell("cubic", 5.4310), _DIAMOND, 4.1491, 0.53, 8 * 0.004, 8 * 0.171),
    "titanium": Crystal(unit_cell("hexagonal", 2.9505, c=4.6826), _CLOSE, -3.438, 0.53, 2 * 2.87, 2 * 6.09),
    "caesium chloride": Crystal(unit_cell("cubic", 4.123), _BODY, (5.42, 9.577), 2.0, 0.21 + 5.3, 29 + 33.5),
    "La0.5Ba0.5CoO3": Crystal(
        unit_cell("cubic", 3.8908),
        ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0)),
        (0.5 * (8.24 + 5.07), 2.49, 5.803, 5.803, 5.803),
        (0.50, 0.20, 1.39, 1.39, 1.39),
        0.5 * (1.13 + 0.15) + 4.8,
        0.5 * (8.97 + 1.1) + 37.18,
    ),
}
"""Some materials at room temperature; gamma iron is as wide as it is in austenitic steel.

Scattering lengths and cross-sections are those of Sears [1]_; edges are rounded handbook values, and `b_iso` has the size
that heat gives it, without a claim to its digits. Edge and `b_iso` of the last one, a perovskite, come from a fit to the
measured pattern ``lens_labs.data.load("LBCO")``.

.. [1] V. F. Sears, Neutron News 3, 26 (1992), https://doi.org/10.1080/10448639208218770
"""
