"""Milliseconds of a training step: our layers for Keras against their peers, and samplers of images against theirs.

Each library runs in an environment and a process of its own; all processes are kept on one core, and take turns round by
round, so that a machine that slows down slows all of them. The environments are made in build/peers/ at the first run, by
pip, and take several gigabytes. ``--rounds 3`` is a quick look; the tables of the notes come from the default.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import _report as report

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers"
KERAS = ("keras==3.15.1", "keras-proba==0.1.0", "lazy-loader", "scipy")
ENVIRONMENTS = {
    "jax": ("jax[cpu]==0.6.2", *KERAS),
    "tensorflow": (
        "tensorflow-cpu==2.21.0",
        "tf-keras==2.21.0",
        "tensorflow-probability==0.25.0",
        *KERAS,
    ),
    "torch": ("torch==2.13.0", "bayesian-torch==0.5.0", "torchbnn==1.2", *KERAS),
}
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}
XLA_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

ESTIMATORS = ("local", "reparameterization", "flipout")
DENSE = tuple(f"dense/{each}" for each in ESTIMATORS)
CNN = ("cnn/reparameterization", "cnn/flipout")
SAMPLERS = tuple(f"{kind}/{size}" for kind in ("attention", "affine") for size in ("small", "large"))
PLAIN = {
    "deterministic": "deterministic",
    "MaxPool2D": "deterministic, our MaxPool2D",
    "cropped": "deterministic, cropped, not pooled",
}
OURS = ("dense/deterministic", *DENSE, "cnn/deterministic", "cnn/MaxPool2D", "cnn/cropped", *CNN, *SAMPLERS)
CASES = {
    ("lens_labs", "jax"): (*OURS, "keras affine/small", "keras affine/large"),
    ("lens_labs", "tensorflow"): OURS,
    ("lens_labs", "torch"): OURS,
    ("keras-proba", "jax"): (*DENSE, *CNN),
    ("keras-proba", "tensorflow"): (*DENSE, *CNN),
    ("keras-proba", "torch"): (*DENSE, *CNN),
    ("tfp", "tensorflow"): ("dense/deterministic", *DENSE, "cnn/deterministic", *CNN),
    ("torch", "torch"): (
        *(f"{kind}/{name}" for kind in ("dense", "cnn") for name in (
            "deterministic", "bayesian-torch reparameterization", "bayesian-torch flipout", "torchbnn",
        )),
        "affine/small", "affine/large",
    ),
}  # fmt: skip


@dataclass
class Peer:
    """A library in a process of its own, and the seconds of a step that it has answered so far, by case."""

    library: str
    backend: str
    process: subprocess.Popen[str]
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def time(self, case: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{case}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.library} on {self.backend} ended at {case}; its error is above")
        self.seconds.setdefault(case, []).append(json.loads(answer))


def environment(name: str) -> Path:
    """Return the Python of an environment; make it if it is not there."""
    folder = PEERS / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"making {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *ENVIRONMENTS[name]], check=True)
        done.touch()
    return python


def start(library: str, backend: str, core: int) -> Peer:
    """Start a library in the environment of its backend, on one core."""
    settings = os.environ | ONE_THREAD | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    settings |= {"XLA_FLAGS": XLA_ONE_THREAD} if backend == "jax" else {}
    settings |= {"TF_USE_LEGACY_KERAS": "1"} if library == "tfp" else {}
    process = subprocess.Popen(
        [str(environment(backend)), str(Path(__file__).with_name("layers_worker.py")), library],
        env=settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {core})
    return Peer(library, backend, process)


def best(peer: Peer, case: str) -> float:
    """Return the milliseconds of a step in the best round: what the program needs when nothing else runs."""
    return 1e3 * min(peer.seconds[case])


def ratio(peer: Peer, case: str, of: Peer, other: str) -> float:
    """Return the median over the rounds of the time of a case over that of another one."""
    pairs = zip(peer.seconds[case], of.seconds[other], strict=True)
    return statistics.median(a / b for a, b in pairs)


def weights_table(peers: dict[tuple[str, str], Peer], kind: str, title: str, note: str) -> report.Table:
    """Compare layers with uncertain weights with the deterministic network of the same backend."""
    rows: list[tuple[str | float, ...]] = []
    for backend in ENVIRONMENTS:
        ours = peers["lens_labs", backend]
        for (library, on), peer in peers.items():
            if on != backend:
                continue
            for case in CASES[library, on]:
                start, _, name = case.partition("/")
                if start != kind:
                    continue
                who = {"lens_labs": "LENS Labs", "tfp": "tfp.layers, tf-keras", "torch": "PyTorch"}.get(
                    library, library
                )
                if name in PLAIN:
                    who = {"lens_labs": "Keras", "tfp": "tf-keras"}.get(library, "PyTorch")
                if name.startswith(("bayesian-torch", "torchbnn")):
                    who, _, name = name.partition(" ")
                shown = PLAIN.get(name, name or "reparameterization")
                base = f"{kind}/deterministic"
                rows.append((backend, who, shown, best(peer, case), ratio(peer, case, ours, base)))
    columns = ("Backend", "Layers", "Weights", "ms a step", "to Keras, deterministic")
    return report.Table(title, columns, rows, note)


def samplers_table(peers: dict[tuple[str, str], Peer]) -> report.Table:
    """Compare samplers of images with PyTorch's own."""
    rows: list[tuple[str | float, ...]] = []
    theirs = peers["torch", "torch"]
    for size, words in (("small", "64 of 40 × 40"), ("large", "64 of 128 × 128, 3 channels")):
        rows.append((words, "PyTorch", "affine_grid, grid_sample", best(theirs, f"affine/{size}"), 1.0))
        for (library, backend), peer in peers.items():
            for kind, what in (
                ("attention", "attention: shift and zoom, two matrix products"),
                ("affine", "affine_grid, grid_sample"),
                ("keras affine", "keras.ops.image.affine_transform"),
            ):
                if library == "lens_labs" and (case := f"{kind}/{size}") in CASES[library, backend]:
                    who = "Keras" if kind.startswith("keras") else "LENS Labs"
                    rows.append(
                        (
                            words,
                            f"{who}, {backend}",
                            what,
                            best(peer, case),
                            ratio(peer, case, theirs, f"affine/{size}"),
                        )
                    )
    columns = ("Images", "Sampler", "How", "ms a call", "to PyTorch")
    note = "A call samples the images and computes the gradient to images and transforms."
    return report.Table("Samplers of images", columns, rows, note)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--core", type=int, default=max(range(os.cpu_count() or 1)))
    given = arguments.parse_args()
    peers = {who: start(*who, given.core) for who in CASES}
    try:
        for number in range(given.rounds):
            for who, cases in CASES.items():
                for case in cases:
                    peers[who].time(case)
            print(f"round {number + 1} of {given.rounds}", flush=True)
    finally:
        for peer in peers.values():
            peer.process.kill()
    tables = (
        weights_table(
            peers,
            "dense",
            "A dense network, 784-400-400-10, batches of 128",
            "All weights of all layers are uncertain. Adam; the loss is minus the evidence lower bound.",
        ),
        weights_table(
            peers,
            "cnn",
            "A small convolutional network, batches of 128 images of 28 × 28",
            "Two convolutions of 16 and 32 filters, each with pooling, and a dense layer. The convolutions are uncertain.",
        ),
        samplers_table(peers),
    )
    pins = [each.partition("==") for group in ENVIRONMENTS.values() for each in group if "==" in each]
    report.keep("layers", tables, {name.partition("[")[0]: version for name, _, version in pins})


if __name__ == "__main__":
    main()
