"""Store what sasmodels computes for the random particles of the tests; run it with a Python that has sasmodels.

    uv venv build/sasmodels --python 3.11
    uv pip install --python build/sasmodels/bin/python sasmodels
    build/sasmodels/bin/python benchmarks/oracle_sasmodels.py

It needs a C compiler. Tests draw the parameters again, from the same seeds, so that intensities alone are stored.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import sasmodels
from sasmodels.core import build_model, load_model_info
from sasmodels.direct_model import call_kernel

ROOT = Path(__file__).parents[1]
STORED = ROOT / "tests" / "scattering" / "sasmodels.npz"
sys.path.insert(0, str(STORED.parent))
import random_particles as particles

ALONE = {"scale": 1.0, "background": 0.0}


def model(name: str) -> Any:
    return build_model(load_model_info(name), dtype="double!", platform="dll")


def one_by_one(parameters: dict[str, np.ndarray]) -> list[dict[str, float]]:
    return [dict(zip(parameters, values, strict=True)) for values in zip(*parameters.values(), strict=True)]


def curves(name: str, parameters: dict[str, np.ndarray], q: np.ndarray, **same: Any) -> np.ndarray:
    """Return an intensity for each set of parameters and each of its momentum transfers, shape (sets, m)."""
    whole = model(name)
    q = np.broadcast_to(q, (len(next(iter(parameters.values()))), q.shape[-1]))
    sets = zip(one_by_one(parameters), q, strict=True)
    return np.array([call_kernel(whole.make_kernel([own.copy()]), ALONE | one | same) for one, own in sets])


def oriented(name: str, parameters: dict[str, np.ndarray]) -> np.ndarray:
    """Return intensities on a detector of particles that are turned by known angles, shape (sets, 3)."""
    whole = model(name)
    given = one_by_one(parameters | dict(zip(("theta", "phi", "psi"), particles.angles(name).T, strict=True)))
    known = {parameter.name for parameter in whole.info.parameters.call_parameters}
    rows = zip(given, *particles.momenta(name), strict=True)
    return np.array(
        [
            call_kernel(whole.make_kernel([qx, qy]), ALONE | {key: one[key] for key in one if key in known})
            for one, qx, qy in rows
        ]
    )


def main() -> None:
    stored = {"version": np.array(sasmodels.__version__)}
    for name in particles.LENGTHS:
        parameters = particles.drawn(name)
        if name in particles.AVERAGED:
            stored[name] = curves(name, parameters, particles.Q).astype(np.float32)
            stored[f"{name}, oriented"] = oriented(name, parameters)
        else:
            stored[name] = curves(name, parameters, np.hypot(*particles.momenta(name)))
        if size := particles.SIZES.get(name):
            width = particles.widths(name)
            some = {key: value[: width.size] for key, value in parameters.items()} | {f"{size}_pd": width}
            schulz = {f"{size}_pd_n": 161, f"{size}_pd_nsigma": 10, f"{size}_pd_type": "schulz"}
            stored[f"{name}, sizes"] = curves(name, some, particles.Q, **schulz).astype(np.float32)
    spheres = {key: value[:100] for key, value in particles.drawn("sphere").items()}
    apart = {key: value[:100] for key, value in particles.drawn("hardsphere").items()}
    stored["sphere@hardsphere"] = curves(
        "sphere@hardsphere", spheres | apart, particles.Q, radius_effective_mode=0, structure_factor_mode=0
    ).astype(np.float32)
    np.savez_compressed(STORED, **stored)
    print(
        f"{STORED.relative_to(ROOT)}: {STORED.stat().st_size / 1000:.0f} kB from sasmodels {sasmodels.__version__}"
    )


if __name__ == "__main__":
    main()
