"""Reflectivity curves a second: ours in a batch against refnx one by one, in turn on one core.

refnx computes in double precision, compiled from C. Ours runs in NumPy, and compiled by JAX in double and in single
precision. The last rows are what a simulator does: a curve at real resolution, and counts.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import statistics
import time
from collections.abc import Callable

import _report as report
import jax
import jax.numpy as jnp
import numpy as np
from refnx import reflect

from lens_labs.scattering import reflectivity

CURVES, FEW, ROUNDS = 1024, 128, 7
Q = np.geomspace(0.008, 0.25, 100)
BEAM = 1e5 * (Q / Q[0]) ** 2
DQ = 0.05
Work = Callable[[], object]


def counted(curves: np.ndarray) -> np.ndarray:
    """Count neutrons."""
    return np.random.default_rng(0).poisson(np.asarray(curves, dtype=float) * BEAM) / BEAM


def curves(slabs: np.ndarray, dq: float | None, precision: str = "") -> Work:
    """Return our forward model for these stacks: in NumPy, or compiled by JAX in this precision."""
    points, matrix = (Q, np.eye(Q.size)) if dq is None else reflectivity.resolution_matrix(Q, dq)

    def smeared(points, matrix, stacks):
        ideal = reflectivity.reflectivity(points, stacks)
        return ideal if dq is None else ideal @ matrix.T

    if not precision:
        return lambda: smeared(points, matrix, slabs)
    there = [jnp.asarray(array, dtype=precision) for array in (points, matrix, slabs)]
    forward = jax.jit(smeared)
    return lambda: jax.block_until_ready(forward(*there))


def candidates(slabs: np.ndarray, dq: float | None, *, noise: bool) -> list[tuple[Work, int]]:
    """Return what is compared, each with the number of its curves: NumPy, JAX in two precisions, refnx."""
    many: list[Callable[[], object]] = [
        curves(slabs, dq),
        curves(slabs, dq, "float64"),
        curves(slabs, dq, "float32"),
    ]
    some = slabs[:FEW]
    if dq is None:
        theirs = lambda: np.array([reflect.abeles(Q, stack, threads=1) for stack in some])
    else:
        theirs = lambda: np.array([reflect.reflectivity(Q, stack, dq=100 * dq, threads=1) for stack in some])
    works = [(work, len(slabs)) for work in many] + [(theirs, FEW)]
    return [(lambda work=work: counted(work()), n) for work, n in works] if noise else works


def rates(works: list[tuple[Work, int]]) -> tuple[list[float], float]:
    """Return curves a second in the best round, and by how much the fastest of ours beats refnx in the median round."""
    for work, _ in works:
        work()  # compile, and fill the caches
    rounds = [[n / seconds(work) for work, n in works] for _ in range(ROUNDS)]
    best = [max(column) for column in zip(*rounds, strict=True)]
    return best, statistics.median(max(each[:-1]) / each[-1] for each in rounds)


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    rows = []
    for name, dq, noise in (("ideal", None, False), ("5 %", DQ, False), ("5 %, counted", DQ, True)):
        for layers in (1, 2, 3):
            slabs = np.zeros((CURVES, layers + 2, 4))
            slabs[:, 1:-1, 0] = rng.uniform(20, 800, (CURVES, layers))
            slabs[..., 1] = rng.uniform(-0.5, 7, (CURVES, layers + 2))
            slabs[:, 1:, 3] = rng.uniform(2, 20, (CURVES, layers + 1))
            found, ratio = rates(candidates(slabs, dq, noise=noise))
            rows.append((name, str(layers), *found, ratio))
    columns = ("Resolution", "Layers", "NumPy", "JAX", "JAX, single", "refnx", "ours to refnx")
    exact, single = (np.asarray(curves(slabs, DQ, precision)()) for precision in ("float64", "float32"))
    lost = np.quantile(np.abs(single / exact - 1), 0.99)
    note = (
        f"Curves of {Q.size} points a second; ours in batches of {CURVES}, smeared by `resolution_matrix`. The ratio is that "
        f"of our fastest. Single precision changes 99 % of the points by less than {lost:.1g} of their value."
    )
    report.keep(
        "reflectivity",
        [report.Table("Specular reflectivity", columns, rows, note)],
        report.versions(["numpy", "jax", "refnx"]),
    )
