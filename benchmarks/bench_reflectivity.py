"""Reflectivity curves a second: ours in a batch against refnx one by one, in turn on one core; quote the ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from refnx import reflect

from lens_labs.scattering import reflectivity

CURVES, REPEATS = 300, 5
Q = np.geomspace(0.008, 0.25, 100)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Time the two in turn, so that a machine that slows down slows both."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(REPEATS)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(
        f"{name:24s} ours {CURVES / mine:7.0f}/s   refnx {CURVES / other:7.0f}/s   ours is {ratio:.2f} times as fast"
    )


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    for layers in (1, 2, 3):
        slabs = np.zeros((CURVES, layers + 2, 4))
        slabs[:, 1:-1, 0] = rng.uniform(20, 800, (CURVES, layers))
        slabs[..., 1] = rng.uniform(-0.5, 7, (CURVES, layers + 2))
        slabs[:, 1:, 3] = rng.uniform(2, 20, (CURVES, layers + 1))
        compare(
            f"{layers} layers, ideal",
            lambda slabs=slabs: reflectivity.reflectivity(Q, slabs),
            lambda slabs=slabs: [reflect.abeles(Q, stack, threads=1) for stack in slabs],
        )
        compare(
            f"{layers} layers, dq/q = 5 %",
            lambda slabs=slabs: reflectivity.reflectivity(Q, slabs, dq=0.05),
            lambda slabs=slabs: [reflect.reflectivity(Q, stack, dq=5.0, threads=1) for stack in slabs],
        )
