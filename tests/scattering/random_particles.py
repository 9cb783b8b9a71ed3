"""Random particles that the tests and the oracle of small angles draw alike; it needs NumPy alone."""

from __future__ import annotations

import zlib

import numpy as np

SETS = 500
Q = np.geomspace(0.003, 0.3, 5)
"""Where averages over orientations are compared, Å⁻¹."""

PLANE = np.meshgrid(np.linspace(-0.16, 0.16, 64), np.linspace(-0.16, 0.16, 64))
"""The momentum transfers of an image, Å⁻¹, for comparisons of speed."""

LENGTHS = {
    "sphere": {"radius": (10, 300)},
    "ellipsoid": {"radius_polar": (10, 300), "radius_equatorial": (10, 300)},
    "cylinder": {"radius": (10, 150), "length": (20, 600)},
    "core_shell_sphere": {"radius": (10, 200), "thickness": (5, 100)},
    "core_shell_cylinder": {"radius": (10, 100), "thickness": (5, 50), "length": (20, 500)},
    "parallelepiped": {"length_a": (20, 100), "length_b": (30, 200), "length_c": (40, 500)},
    "lamellar": {"thickness": (10, 300)},
    "hardsphere": {"radius_effective": (10, 300)},
}
"""Ranges of the lengths, Å; they are drawn with the same chance for equal ratios."""

SLDS = {
    "core_shell_sphere": ("sld_core", "sld_shell", "sld_solvent"),
    "core_shell_cylinder": ("sld_core", "sld_shell", "sld_solvent"),
    "hardsphere": (),
}
"""The scattering length densities of shapes that have others than ``sld`` and ``sld_solvent``, 1e-6 Å⁻²."""

AVERAGED = ("ellipsoid", "cylinder", "core_shell_cylinder", "parallelepiped")
SIZES = {"ellipsoid": "radius_equatorial", "cylinder": "radius", "parallelepiped": "length_a"}


def generator(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def drawn(name: str) -> dict[str, np.ndarray]:
    """Return parameters of `SETS` particles."""
    rng = generator(name)
    sizes = {length: low * (high / low) ** rng.random(SETS) for length, (low, high) in LENGTHS[name].items()}
    slds = {sld: rng.uniform(-0.5, 7, SETS) for sld in SLDS.get(name, ("sld", "sld_solvent"))}
    return sizes | slds | ({"volfraction": rng.uniform(0.01, 0.5, SETS)} if name == "hardsphere" else {})


def momenta(name: str) -> np.ndarray:
    """Return three momentum transfers (qx, qy) for each particle, Å⁻¹, shape (2, sets, 3)."""
    rng = generator(f"{name}, momenta")
    q, angle = 0.003 * 100 ** rng.random((SETS, 3)), rng.uniform(0, 2 * np.pi, (SETS, 3))
    return np.stack([q * np.cos(angle), q * np.sin(angle)])


def angles(name: str) -> np.ndarray:
    """Return the angles theta, phi and psi of each particle, in degrees, shape (sets, 3)."""
    return generator(f"{name}, angles").uniform(0, [180, 360, 360], (SETS, 3))


def widths(name: str) -> np.ndarray:
    """Return the relative width of the size for the first fifty particles."""
    return generator(f"{name}, widths").uniform(0.05, 0.3, 50)
