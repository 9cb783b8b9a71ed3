"""Particles that scatter at small angles: what is known of each shape. Names, units and defaults are those of sasmodels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from lens_labs.scattering.sans import _particles as particles

Parameters = Mapping[str, Any]
Symmetry = Literal["sphere", "axis", "none", "sheet"]


@dataclasses.dataclass(frozen=True)
class Shape:
    """A shape of particle.

    Parameters
    ----------
    defaults : mapping of str to float
        Its parameters, in the order of sasmodels, with their default values: lengths in Å, and scattering length
        densities in 1e-6 Å⁻², whose names begin with ``sld``.
    size : str
        The length that may be distributed; its relative width is the parameter of that name with ``_pd``.
    volume : callable
        Takes the parameters; returns the volume of one particle, Å³.
    amplitude : callable
        Takes the array namespace, the components of the momentum transfer along the axes a, b and c of the particle, Å⁻¹,
        and the parameters, which broadcast against them; returns the amplitude of one particle, 1e-6 Å.
    symmetry : {"sphere", "axis", "none", "sheet"}
        Over what an average over orientations must run: over nothing, since only the length of the momentum transfer
        counts; over the angle to the axis c; over all directions; or, for a sheet without end, over nothing, since it
        scatters along its normal c alone. A particle with an axis may be given the whole of its transverse momentum
        transfer along a, and 0 along b.
    extent, across : callable, optional
        Take the parameters; return lengths, Å. Times q, the first one says how fast the squared amplitude can oscillate
        along the cosine of the angle to c, the second one how fast along the angle about it. Neither needs to exceed the
        largest distance in the particle.
    """

    defaults: Mapping[str, float]
    size: str
    volume: Callable[[Parameters], Any]
    amplitude: Callable[[Any, Any, Any, Any, Parameters], Any]
    symmetry: Symmetry
    extent: Callable[[Parameters], Any] = lambda _: 0.0
    across: Callable[[Parameters], Any] = lambda _: 0.0

    @property
    def width(self) -> str:
        """The name of the relative width of the size."""
        return f"{self.size}_pd"

    @property
    def angles(self) -> int:
        """How many angles an average over orientations has."""
        return {"sphere": 0, "sheet": 0, "axis": 1, "none": 2}[self.symmetry]

    @property
    def units(self) -> dict[str, str]:
        """The unit of each parameter."""
        return {name: "1e-6/Å²" if name.startswith("sld") else "Å" for name in self.defaults}


SHAPES: Mapping[str, Shape] = {
    "sphere": Shape(
        defaults={"sld": 1.0, "sld_solvent": 6.0, "radius": 50.0},
        size="radius",
        volume=particles.sphere_volume,
        amplitude=particles.sphere,
        symmetry="sphere",
    ),
    "ellipsoid": Shape(
        defaults={"sld": 4.0, "sld_solvent": 1.0, "radius_polar": 20.0, "radius_equatorial": 400.0},
        size="radius_equatorial",
        volume=particles.ellipsoid_volume,
        amplitude=particles.ellipsoid,
        symmetry="axis",
        extent=lambda p: 2 * np.maximum(p["radius_polar"], p["radius_equatorial"]),
    ),
    "cylinder": Shape(
        defaults={"sld": 4.0, "sld_solvent": 1.0, "radius": 20.0, "length": 400.0},
        size="radius",
        volume=particles.cylinder_volume,
        amplitude=particles.cylinder,
        symmetry="axis",
        extent=lambda p: _diagonal(2 * p["radius"], p["length"]),
        across=lambda p: 2 * p["radius"],
    ),
    "core_shell_sphere": Shape(
        defaults={"radius": 60.0, "thickness": 10.0, "sld_core": 1.0, "sld_shell": 2.0, "sld_solvent": 3.0},
        size="radius",
        volume=particles.core_shell_sphere_volume,
        amplitude=particles.core_shell_sphere,
        symmetry="sphere",
    ),
    "core_shell_cylinder": Shape(
        defaults={
            "sld_core": 4.0,
            "sld_shell": 4.0,
            "sld_solvent": 1.0,
            "radius": 20.0,
            "thickness": 20.0,
            "length": 400.0,
        },
        size="radius",
        volume=particles.core_shell_cylinder_volume,
        amplitude=particles.core_shell_cylinder,
        symmetry="axis",
        extent=lambda p: _diagonal(2 * p["radius"] + 2 * p["thickness"], p["length"] + 2 * p["thickness"]),
    ),
    "parallelepiped": Shape(
        defaults={"sld": 4.0, "sld_solvent": 1.0, "length_a": 35.0, "length_b": 75.0, "length_c": 400.0},
        size="length_a",
        volume=particles.parallelepiped_volume,
        amplitude=particles.parallelepiped,
        symmetry="none",
        extent=lambda p: _diagonal(p["length_a"], p["length_b"], p["length_c"]),
        across=lambda p: _diagonal(p["length_a"], p["length_b"]),
    ),
    "lamellar": Shape(
        defaults={"thickness": 50.0, "sld": 1.0, "sld_solvent": 6.0},
        size="thickness",
        volume=particles.lamellar_volume,
        amplitude=particles.lamellar,
        symmetry="sheet",
    ),
}
"""The shapes that are known, by the names of sasmodels."""


def _diagonal(*sides: Any) -> Any:
    return sum(side * side for side in sides) ** 0.5
