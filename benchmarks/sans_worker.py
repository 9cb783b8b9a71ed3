"""sasmodels in a process of its own: it builds the cases that `bench_sans` asks for and times them, one round at a time.

A request is a line with the name of a case; the answer is a line of JSON with the number of curves and the seconds.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sasmodels.core import build_model, load_model_info
from sasmodels.direct_model import call_kernel

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "scattering"))
import random_particles as particles

Q = np.geomspace(0.004, 0.3, 64)
CURVES, FEW = 100, 5
DIRECTIONS = 25
Work = Callable[[], object]


def curves(name: str) -> tuple[Work, int]:
    """Curves of one size each."""
    kernel = model(name).make_kernel([Q])
    sets = one_by_one(particles.drawn(name), CURVES)
    return lambda: [call_kernel(kernel, one) for one in sets], CURVES


def sizes(name: str) -> tuple[Work, int]:
    """Curves of particles with a Schulz distribution of one size, 80 sizes each."""
    kernel = model(name).make_kernel([Q])
    size = particles.SIZES.get(name, "radius")
    width = {f"{size}_pd_n": 80, f"{size}_pd_nsigma": 8, f"{size}_pd_type": "schulz"}
    sets = one_by_one(particles.drawn(name) | {f"{size}_pd": particles.widths(name)}, FEW)
    return lambda: [call_kernel(kernel, one | width) for one in sets], FEW


def images(name: str) -> tuple[Work, int]:
    """Images of aligned particles of one size each, 25 by 25 directions with a Gaussian of 10° each way."""
    kernel = model(name).make_kernel([q.ravel() for q in particles.PLANE])
    aligned = {"theta": 90.0, "phi": 30.0}
    for angle in ("theta", "phi"):
        aligned |= {f"{angle}_pd": 10.0, f"{angle}_pd_n": DIRECTIONS, f"{angle}_pd_nsigma": 3}
    sets = one_by_one(particles.drawn(name), FEW)
    return lambda: [call_kernel(kernel, one | aligned) for one in sets], FEW


def round_(name: str) -> tuple[Work, int]:
    """Images of particles with a Schulz distribution of one size, 80 sizes each."""
    kernel = model(name).make_kernel([q.ravel() for q in particles.PLANE])
    width = {"radius_pd_n": 80, "radius_pd_nsigma": 8, "radius_pd_type": "schulz"}
    sets = one_by_one(particles.drawn(name) | {"radius_pd": particles.widths(name)}, FEW)
    return lambda: [call_kernel(kernel, one | width) for one in sets], FEW


def model(name: str) -> object:
    return build_model(load_model_info(name), dtype="double!", platform="dll")


def one_by_one(parameters: dict[str, np.ndarray], number: int) -> list[dict[str, float]]:
    rows = list(zip(*(values[:number] for values in parameters.values()), strict=True))
    return [dict(zip(parameters, row, strict=True)) for row in rows]


@functools.cache
def built(case: str) -> tuple[Work, int]:
    kind, _, name = case.partition("/")
    work, number = {"curves": curves, "sizes": sizes, "images": images, "round": round_}[kind](name)
    work()  # load what is loaded at the first call
    return work, number


if __name__ == "__main__":
    for line in sys.stdin:
        work, number = built(line.strip())
        start = time.perf_counter()
        work()
        print(json.dumps([number, time.perf_counter() - start]), flush=True)
