"""Small-angle curves and images a second: ours in a batch against sasmodels one by one, in turn on one core.

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
CURVES, SIZES, IMAGES, ROUNDS = 500, 50, 20, 7
WORDS = {"curves": "one size", "sizes": "many sizes", "images": "one size, aligned", "round": "many sizes"}
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


def images(name: str) -> tuple[Work, int]:
    """Images of aligned particles of one size each; the order is that of a Gaussian of 10° in two directions."""
    p = {key: value[:IMAGES] for key, value in particles.drawn(name).items()}
    return lambda: sans.i_qxy(name, *particles.PLANE, order=0.913, director=30.0, **p), IMAGES


def round_(name: str) -> tuple[Work, int]:
    """Images of particles with a Schulz distribution of one size."""
    p = {key: value[:IMAGES] for key, value in particles.drawn(name).items()}
    p["radius_pd"] = particles.widths(name)[:IMAGES]
    return lambda: sans.i_qxy(name, *particles.PLANE, **p), IMAGES


CASES = {
    f"{kind.__name__.strip('_')}/{name}": kind(name)
    for kind, names in (
        (curves, [name for name in particles.LENGTHS if name != "hardsphere"]),
        (sizes, ["sphere", "ellipsoid", "cylinder", "parallelepiped"]),
        (images, ["ellipsoid", "cylinder", "core_shell_cylinder"]),
        (round_, ["sphere"]),
    )
    for name in names
}
"""What is compared: our work, and the number of its curves or images. `sans_worker` has a case of the same name."""


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
    """Return curves or images a second."""
    work, number = CASES[case]
    start = time.perf_counter()
    work()
    return number / (time.perf_counter() - start)


def theirs(case: str, process: subprocess.Popen[str]) -> float:
    """Return curves or images a second."""
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
    rows: dict[bool, list[tuple[str | float, ...]]] = {False: [], True: []}  # of curves, of images
    try:
        for case in CASES:
            ours(case), theirs(case, process)  # fill the caches
            rounds = [(ours(case), theirs(case, process)) for _ in range(given.rounds)]
            kind, _, name = case.partition("/")
            best = [max(column) for column in zip(*rounds, strict=True)]
            rows[kind in ("images", "round")].append(
                (name, WORDS[kind], *best, statistics.median(a / b for a, b in rounds))
            )
    finally:
        process.kill()
    note = (
        "64 points, random particles of 20 to 600 Å. With one size, both add up orientations as finely as each of them "
        "chooses; with many, sasmodels adds up 80 sizes, and ours up to 81."
    )
    columns = ("Shape", "Particles", "LENS Labs", "sasmodels", "Ratio")
    table = report.Table("Curves a second", columns, rows[False], note)
    note = (
        "64 × 64 pixels without blur. Aligned, sasmodels adds up 25 × 25 directions, the fewest that leave no streaks, and "
        "ours a series that is exact; with many sizes, as for curves."
    )
    pictures = report.Table("Images a second", columns, rows[True], note)
    used = report.versions(["numpy", "scipy"]) | {"sasmodels": SASMODELS}
    report.keep("sans", [table, pictures], used)


if __name__ == "__main__":
    main()
