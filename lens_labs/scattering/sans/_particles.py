"""What single particles scatter: their volumes, and their amplitudes at momentum transfers along their own axes.

Lengths are in Å, scattering length densities in 1e-6 Å⁻², amplitudes in 1e-6 Å. The axis of a particle that is symmetric
about one is c. All amplitudes are real, because all particles are their own images under inversion.

References
----------
A. Guinier, G. Fournet, Small-Angle Scattering of X-Rays, Wiley (1955): spheres, ellipsoids, cylinders.
P. Mittelbach, G. Porod, Acta Phys. Austriaca 14, 185 (1961): parallelepipeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lens_labs.scattering.sans._special import sin_over_x, three_j1_over_x, two_j1_over_x

P = Mapping[str, Any]


def sphere_volume(p: P) -> Any:
    return 4 * math.pi / 3 * p["radius"] ** 3


def sphere(xp: Any, qa: Any, qb: Any, qc: Any, p: P) -> Any:
    contrast = p["sld"] - p["sld_solvent"]
    return contrast * sphere_volume(p) * three_j1_over_x(xp, _length(xp, qa, qb, qc) * p["radius"])


def core_shell_sphere_volume(p: P) -> Any:
    return 4 * math.pi / 3 * (p["radius"] + p["thickness"]) ** 3


def core_shell_sphere(xp: Any, qa: Any, qb: Any, qc: Any, p: P) -> Any:
    core = {"radius": p["radius"], "sld": p["sld_core"], "sld_solvent": p["sld_shell"]}
    whole = {"radius": p["radius"] + p["thickness"], "sld": p["sld_shell"], "sld_solvent": p["sld_solvent"]}
    return sphere(xp, qa, qb, qc, core) + sphere(xp, qa, qb, qc, whole)


def ellipsoid_volume(p: P) -> Any:
    return 4 * math.pi / 3 * p["radius_polar"] * p["radius_equatorial"] ** 2


def ellipsoid(xp: Any, qa: Any, qb: Any, qc: Any, p: P) -> Any:
    contrast, equatorial = p["sld"] - p["sld_solvent"], p["radius_equatorial"]
    x = _length(xp, qa * equatorial, qb * equatorial, qc * p["radius_polar"])
    return contrast * ellipsoid_volume(p) * three_j1_over_x(xp, x)


def cylinder_volume(p: P) -> Any:
    return math.pi * p["radius"] ** 2 * p["length"]


def cylinder(xp: Any, qa: Any, qb: Any, qc: Any, p: P) -> Any:
    contrast, across = p["sld"] - p["sld_solvent"], _length(xp, qa, qb)
    ends = contrast * cylinder_volume(p) * sin_over_x(xp, qc * p["length"] / 2)
    return ends * two_j1_over_x(xp, across * p["radius"])


def core_shell_cylinder_volume(p: P) -> Any:
    return math.pi * (p["radius"] + p["thickness"]) ** 2 * (p["length"] + 2 * p["thickness"])


def core_shell_cylinder(xp: Any, qa: Any, qb: Any, qc: Any, p: P) -> Any:
    core = {"radius": p["radius"], "length": p["length"], "sld": p["sld_core"], "sld_solvent": p["sld_shell"]}
    whole = {
        "radius": p["radius"] + p["thickness"],
        "length": p["length"] + 2 * p["thickness"],
        "sld": p["sld_shell"],
        "sld_solvent": p["sld_solvent"],
    }
    return cylinder(xp, qa, qb, qc, core) + cylinder(xp, qa, qb, qc, whole)


def parallelepiped_volume(p: P) -> Any:
    return p["length_a"] * p["length_b"] * p["length_c"]


def parallelepiped(xp: Any, qa: Any, qb: Any, qc: Any, p: P) -> Any:
    contrast = p["sld"] - p["sld_solvent"]
    sides = (qa * p["length_a"] / 2, qb * p["length_b"] / 2, qc * p["length_c"] / 2)
    a, b, c = (sin_over_x(xp, side) for side in sides)
    return contrast * parallelepiped_volume(p) * c * (a * b)


def lamellar_volume(p: P) -> Any:
    return 1 + 0 * p["thickness"]


def lamellar(xp: Any, _qa: Any, _qb: Any, qc: Any, p: P) -> Any:
    """Return the amplitude along the normal c, for the piece of a sheet whose volume is 1, over the root of its area.

    A sheet without end scatters along its normal alone, so the other two have no part in it.
    """
    contrast = p["sld"] - p["sld_solvent"]
    return contrast * xp.sqrt(p["thickness"]) * sin_over_x(xp, qc * p["thickness"] / 2)


def _length(xp: Any, *components: Any) -> Any:
    return xp.sqrt(sum(component * component for component in components))
