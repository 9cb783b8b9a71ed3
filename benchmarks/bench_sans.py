"""Small-angle curves a second: ours in a batch against sasmodels one by one, in turn on one core.

sasmodels is compiled from C, in double precision, and runs in a process and an environment of its own, made in build/peers/
at the first run; it needs a C compiler. Ours runs in NumPy. ``--python`` names another Python that has sasmodels.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import _report as report
import numpy as np

from lens_labs.scattering import sans

ROOT = Path(__file__).parents[1]
PEER = ROOT / "build" / "peers" / "sasmodels"
SASMODELS = "1.1.0"
sys.path.insert(0, str(ROOT / "tests" / "scattering"))
import random_particles as particles

Q = np.geomspace(0.004, 0.3, 64)
CURVES, SIZES, ROUNDS = 500, 50, 7
WORDS = {"curves": "one size", "sizes": "many sizes"}
Work = Callable[[], object]


def curves(name: str) -> tuple[Work, int]:
    """Curves of one size each."""
    p = {key: value[:CURVES] for key, value in particles.drawn(name).items()}
    return lambda: sans.i_q(name, Q, **p), CURVES


def sizes(name: str) -> tuple[Work, int]:
    """Curves of particles with a Schulz distribution of one size."""
    size = particles.SIZES.get(name, "radius")
    p = {key: value[:SIZES] for key, value in particles.drawn(name).items()}
    p[f"{size}_pd"] = particles.widths(name)
    return lambda: sans.i_q(name, Q, **p), SIZES


CASES = {
    f"{kind.__name__}/{name}": kind(name)
    for kind, names in (
        (curves, [name for name in particles.LENGTHS if name != "hardsphere"]),
        (sizes, ["sphere", "ellipsoid", "cylinder", "parallelepiped"]),
    )
    for name in names
}
"""What is compared: our work, and the number of its curves. `sans_worker` has a case of the same name."""


def peer(python: Path) -> subprocess.Popen[str]:
    """Start sasmodels, on the core of this process."""
    if not python.exists():
        print(f"making {PEER}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", f"sasmodels=={SASMODELS}"], check=True
        )
    worker = Path(__file__).with_name("sans_worker.py")
    return subprocess.Popen(
        [str(python), str(worker)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ours(case: str) -> float:
    """Return curves a second."""
    work, number = CASES[case]
    start = time.perf_counter()
    work()
    return number / (time.perf_counter() - start)


def theirs(case: str, process: subprocess.Popen[str]) -> float:
    """Return curves a second."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{case}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise SystemExit(f"sasmodels ended at {case}; its error is above")
    number, seconds = json.loads(answer)
    return number / seconds


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--python", type=Path, default=PEER / "bin" / "python")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    given = arguments.parse_args()
    process = peer(given.python)
    rows: list[tuple[str | float, ...]] = []
    try:
        for case in CASES:
            ours(case), theirs(case, process)  # fill the caches
            rounds = [(ours(case), theirs(case, process)) for _ in range(given.rounds)]
            kind, _, name = case.partition("/")
            best = [max(column) for column in zip(*rounds, strict=True)]
            rows.append((name, WORDS[kind], *best, statistics.median(a / b for a, b in rounds)))
    finally:
        process.kill()
    note = (
        "64 points, random particles of 20 to 600 Å. With one size, both add up orientations as finely as each of them "
        "chooses; with many, sasmodels adds up 80 sizes, and ours up to 81."
    )
    table = report.Table(
        "Curves a second", ("shape", "particles", "LENS Labs", "sasmodels", "ratio"), rows, note
    )
    used = report.versions(["numpy", "scipy"]) | {"sasmodels": SASMODELS}
    report.keep("sans", [table], used)


if __name__ == "__main__":
    main()
