"""The films that the school measures: silicon, perhaps its oxide, polymer films, and a solvent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.scattering._arguments import numbers, whole
from lens_labs.scattering._priors import Prior, checked

SILICON, OXIDE = 2.07, 3.47
"""Scattering length densities of silicon and of its oxide, 1e-6 Å⁻²."""

PRIOR: Prior = {
    "oxide_thickness": (5, 40),
    "film_thickness": (50, 500),
    "film_sld": (-0.5, 4),
    "oxide_roughness": (1, 10),
    "film_roughness": (1, 10),
    "solvent_roughness": (1, 15),
    "solvent_sld": (5.8, 6.36),
    "scale": (0.8, 1.2),
    "log10_background": (-6.7, -4.3),
    "resolution": (0.02, 0.08),
    "log10_dose": (3.5, 6),
}
"""Ranges from which `simulate` draws, uniformly: Å, 1e-6 Å⁻², relative FWHM, neutrons on the first point."""


def parameter_names(layers: int = 2) -> tuple[str, ...]:
    """Return the names of the parameters that `simulate` draws for stacks of so many layers.

    Parameters
    ----------
    layers : int
        0: silicon against the solvent; 1: a film between them; 2: silicon oxide and a film; more: silicon oxide
        and several films, ``film_1`` beside the oxide.

    Examples
    --------
    >>> parameter_names(0)
    ('solvent_sld', 'solvent_roughness', 'scale', 'log10_background', 'resolution', 'log10_dose')
    """
    whole(layers, "layers", at_least=0)
    oxide = ("oxide_thickness", "oxide_roughness") if layers > 1 else ()
    films = (f"{film}_{kind}" for film in _films(layers) for kind in ("thickness", "sld", "roughness"))
    return (
        *oxide,
        *films,
        "solvent_sld",
        "solvent_roughness",
        "scale",
        "log10_background",
        "resolution",
        "log10_dose",
    )


def slabs(parameters: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """Build the stacks that named parameters describe: silicon, perhaps its oxide, films, solvent.

    Parameters
    ----------
    parameters : mapping of str to float or array of shape (...)
        Values by the names of `parameter_names`; those that describe the instrument are not needed.

    Returns
    -------
    array of shape (..., layers + 2, 4)
        The stacks, in the convention of this module.

    Examples
    --------
    >>> slabs({"film_thickness": 200, "film_sld": 0.5, "film_roughness": 3, "solvent_sld": 6.36, "solvent_roughness": 5})
    array([[  0.  ,   2.07,   0.  ,   0.  ],
           [200.  ,   0.5 ,   0.  ,   3.  ],
           [  0.  ,   6.36,   0.  ,   5.  ]])
    """
    names = [name.removesuffix("_thickness") for name in parameters if name.endswith("_thickness")]
    films = sorted(name for name in names if name != "oxide")
    needed = [f"{film}_{kind}" for film in films for kind in ("thickness", "sld", "roughness")]
    needed += [
        "solvent_sld",
        "solvent_roughness",
        *(["oxide_thickness", "oxide_roughness"] if "oxide" in names else []),
    ]
    if missing := [name for name in needed if name not in parameters]:
        raise ValueError(f"parameters must also have {', '.join(missing)}; got {', '.join(parameters)}")
    parameters = {name: numbers(parameters[name], name) for name in needed}
    rows: list[tuple[Any, ...]] = [(0.0, SILICON, 0.0, 0.0)]
    if "oxide" in names:
        rows.append((parameters["oxide_thickness"], OXIDE, 0.0, parameters["oxide_roughness"]))
    rows += [
        (parameters[f"{f}_thickness"], parameters[f"{f}_sld"], 0.0, parameters[f"{f}_roughness"])
        for f in films
    ]
    rows.append((0.0, parameters["solvent_sld"], 0.0, parameters["solvent_roughness"]))
    values = np.broadcast_arrays(*(value for row in rows for value in row))
    return np.stack(values, axis=-1).reshape(*values[0].shape, len(rows), 4)


def _films(layers: int) -> list[str]:
    films = layers - 1 if layers > 1 else layers
    return ["film"] if films == 1 else [f"film_{i}" for i in range(1, films + 1)]


def ranges(names: tuple[str, ...], prior: Prior | None) -> tuple[Any, Any]:
    """Return the lower and upper bounds of all parameters."""
    given = dict(prior or {})
    general = {name: re.sub(r"film_\d+", "film", name) for name in names}
    for name, bounds in given.items():
        if name not in names and name not in general.values():
            raise ValueError(f"prior has no parameter {name!r}; the parameters are {', '.join(names)}")
        checked(name, bounds)
    chosen = [given.get(name, given.get(general[name], PRIOR[general[name]])) for name in names]
    low, high = np.asarray(chosen, dtype=float).T
    return low, high
