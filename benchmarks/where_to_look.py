"""Train the rivals of the lab 09-where-to-look with the lab's own code, and write down what they reach.

Run from the repository: ``python benchmarks/where_to_look.py``. It takes about half an hour of one core. Runs that the file holds
already are kept as long as the code of the lab is the same, so an interrupted run goes on where it was.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import lens_labs

lens_labs.use_backend("jax")

import keras
import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits

from lens_labs.layers import GaussianAttention, MaxPool2D, SpatialTransformer
from lens_labs.scattering import detector

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "labs" / "source" / "09-where-to-look.py"
RECORDED = ROOT / "lens_labs" / "checks" / "where_to_look.json"
MARK = "# These lines made the recorded runs too"
SEEDS = range(5)


def shared(source: str) -> list[str]:
    """Return the cells of the lab that the recorded runs execute."""
    cells = ["".join(part.splitlines(keepends=True)[1:]).strip() for part in source.split("\n# %%")]
    return [cell for cell in cells if cell.startswith(MARK)]


def motifs(lab: dict[str, Any]) -> dict[str, tuple[Any, Any, Any]]:
    """Return prepared images, classes and beam centres for training, validation and test."""
    sizes = {"training": 10_000, "validation": 1000, "test": 2000}
    images = {name: detector.simulate_motifs(n, seed=k) for k, (name, n) in enumerate(sizes.items())}
    return {
        name: (lab["prepare"](each.x), each["motif"].astype(int), each.columns("centre_x", "centre_y"))
        for name, each in images.items()
    }


def digits(lab: dict[str, Any], distortion: str) -> dict[str, tuple[Any, Any, None]]:
    """Return distorted digits for training, validation and test; no digit is in two of them."""
    found = load_digits()
    large = np.stack([np.clip(ndimage.zoom(each, 2, order=3) / 16, 0, 1) for each in found.images])
    order = np.random.default_rng(0).permutation(len(large))
    parts = {
        "training": (order[:1100], 4000),
        "validation": (order[1100:1400], 900),
        "test": (order[1400:], 1588),
    }
    settings = lab["DISTORTIONS"][distortion]
    return {
        name: (*lab["distort"](large[rows], found.target[rows], n, seed, **settings), None)
        for seed, (name, (rows, n)) in enumerate(parts.items())
    }


def run(lab: dict[str, Any], kind: str, seed: int, data: dict[str, tuple[Any, Any, Any]]) -> dict[str, float]:
    """Train one network; return its errors, what it cost, and how far its glimpse is from the centre."""
    began = time.process_time()
    x, y, _ = data["training"]
    network = lab["train"](kind, seed, x, y)
    told = {"cpu_s": round(time.process_time() - began, 1), "parameters": network.count_params()}
    for name in ("validation", "test"):
        x, y, centres = data[name]
        told[name] = round(lab["error"](network, x, y), 5)
        if centres is not None and kind not in ("plain", "max"):
            found = keras.ops.convert_to_numpy(network.get_layer("look").locate(x))[:, :2]
            off = np.hypot(*((found + 1) * (x.shape[1] - 1) / 2 - centres).T)
            told[f"{name}_centre_px"] = round(float(off.mean()), 3)
    return told


def fingerprint(cells: list[str]) -> str:
    """Return the hash of cells."""
    return hashlib.sha256("\n".join(cells).encode()).hexdigest()


def main(*chosen: str) -> None:
    """Train what is missing; ``chosen`` is a list of task:kind, all if empty."""
    cells = shared(SOURCE.read_text(encoding="utf-8"))
    lab: dict[str, Any] = {
        "GaussianAttention": GaussianAttention,
        "MaxPool2D": MaxPool2D,
        "SpatialTransformer": SpatialTransformer,
        "keras": keras,
        "math": math,
        "ndimage": ndimage,
        "np": np,
    }
    for cell in cells:
        exec(cell, lab)  # the lab's own code
    before = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}
    tasks = {"motifs": (cells[:1], lambda: motifs(lab))}
    tasks |= {name: (cells, functools.partial(digits, lab, name)) for name in lab.get("DISTORTIONS", {})}
    done: dict[str, Any] = {}
    for task, (used, _) in tasks.items():
        same = before.get(task, {}).get("code") == fingerprint(used)
        done[task] = before[task] if same else {"code": fingerprint(used), "runs": {}}
    for task, (_, make) in tasks.items():
        data = None
        for seed, kind in itertools.product(SEEDS, lab["KINDS"]):
            runs = done[task]["runs"].setdefault(kind, {})
            if str(seed) in runs or (chosen and f"{task}:{kind}" not in chosen):
                continue
            data = data or make()
            runs[str(seed)] = run(lab, kind, seed, data)
            print(task, kind, seed, runs[str(seed)], flush=True)
            RECORDED.write_text(json.dumps(done, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
