"""Train all seeds of the lab 09-honest-error-bars with the lab's own code, sample its posteriors, and write both down.

Run from the repository: ``python benchmarks/honest_error_bars.py``. It takes about five minutes of one core. What the file holds already
is kept as long as the code of the lab is the same, so an interrupted run goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lens_labs

lens_labs.use_backend("jax")

import jax
import jax.numpy as jnp
import keras
import numpy as np
from scipy import optimize, stats
from sklearn.datasets import load_digits

from lens_labs import metrics
from lens_labs.data import Measurement, load
from lens_labs.inference import Chains, nuts
from lens_labs.layers import (
    DeepEnsemble,
    DenseVariational,
    GaussianHead,
    MCDropout,
    gaussian_nll,
    predict_samples,
)
from lens_labs.scattering import reflectivity

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "labs" / "source" / "09-honest-error-bars.py"
RECORDED = ROOT / "lens_labs" / "checks" / "honest_error_bars.json"
MARK = "# These lines made the recorded runs too"
SEEDS = (1, 2)  # the lab trains seed 0 itself
METHODS = ("ensemble", "beta-NLL", "MC dropout", "Bayesian layers")
WEIGHTS = ("1/N", "1/batch", "1", "no Bayesian layer")
MEASURED = ("e361r", "PLP0011859")
ROW = 0

# What the cells of the lab use, beside NumPy.
GIVEN = (
    Callable, Chains, DeepEnsemble, DenseVariational, GaussianHead, MCDropout, Mapping, Measurement, gaussian_nll,
    load, load_digits, nuts, predict_samples,
)  # fmt: skip


def shared(source: str) -> list[str]:
    """Return the cells of the lab that the recorded runs execute."""
    cells = ["".join(part.splitlines(keepends=True)[1:]).strip() for part in source.split("\n# %%")]
    return [cell for cell in cells if cell.startswith(MARK)]


def judged(y: Any, mean: Any, sd: Any) -> dict[str, float]:
    """Judge the error bars of one target."""
    result = {}
    for level in (68, 95):
        reach = stats.norm.ppf(0.5 + level / 200) * sd
        result[f"coverage_{level}"] = metrics.coverage(y, mean - reach, mean + reach)
    result["nll"] = metrics.gaussian_log_score(y, mean, sd)
    result["crps"] = metrics.crps_gaussian(y, mean, sd)
    return result


def of_mixture(said: Any) -> tuple[Any, Any]:
    """Return mean and standard deviation of what several networks say, each (n, targets)."""
    mean, sd = said[..., 0], said[..., 1]
    return mean.mean(axis=0), np.sqrt((sd**2).mean(axis=0) + mean.var(axis=0))


def one_seed(lab: dict[str, Any], seed: int) -> dict[str, Any]:
    """Train all methods from one seed; return their scores and what they say about the measured curves."""
    found: dict[str, Any] = {}
    for method in METHODS:
        start = time.process_time()
        answer = lab["train"](method, seed)
        said = {part: answer(lab["x"][part]) for part in ("calibration", "test")}
        measured = {name: answer(lab["on_grid"](load(name))) for name in MEASURED}
        for name, pick in (("Gaussian head", slice(0, 1)), (method, slice(None))):
            if method not in (name, "ensemble"):
                continue  # the plain network is the first member of the ensemble
            test, calibration = of_mixture(said["test"][pick]), of_mixture(said["calibration"][pick])
            found[name] = {
                "scores": [
                    judged(lab["y"]["test"][:, k], test[0][:, k], test[1][:, k])
                    for k in range(len(lab["TARGETS"]))
                ],
                "intervals": [held_and_wide(lab, k, calibration, test) for k in range(len(lab["TARGETS"]))],
                "measured": {
                    curve: np.stack(of_mixture(each[pick]), axis=-1)[0].tolist()
                    for curve, each in measured.items()
                },
            }  # fmt: skip
            if name == "Gaussian head":
                known = of_mixture(answer(lab["x"]["training"][:2_000])[pick])
                found[name]["training"] = judged(
                    lab["y"]["training"][:2_000, 0], known[0][:, 0], known[1][:, 0]
                )
            if name == "ensemble":
                found[name]["by_neutrons"] = by_neutrons(lab, said["test"])
                found[name]["held"] = held(lab, calibration, answer)
        found[method]["cpu_seconds"] = round(time.process_time() - start, 1)
        print(f"seed {seed}, {method}: {found[method]}", flush=True)
    return found


def conformal(lab: dict[str, Any], k: int, calibration: Any, new: Any) -> tuple[Any, Any]:
    """Return the ends of conformal intervals that promise 90 %."""
    return metrics.conformal_interval(
        lab["y"]["calibration"][:, k], calibration[0][:, k], new[0][:, k],
        scale=calibration[1][:, k], new_scale=new[1][:, k],
    )  # fmt: skip


def held_and_wide(lab: dict[str, Any], k: int, calibration: Any, test: Any) -> list[float]:
    """Return coverage and mean width of the 90 % intervals of a method, and of the conformal ones."""
    mean, reach = test[0][:, k], stats.norm.ppf(0.95) * test[1][:, k]
    both = (mean - reach, mean + reach), conformal(lab, k, calibration, test)
    return [
        value
        for ends in both
        for value in (metrics.coverage(lab["y"]["test"][:, k], *ends), metrics.sharpness(*ends))
    ]


def held(lab: dict[str, Any], calibration: Any, answer: Callable[[Any], Any]) -> dict[str, float]:
    """Return the share of thicknesses in conformal 90 % intervals, for parts of the test set and for other films."""
    return {
        words: metrics.coverage(thickness, *conformal(lab, 0, calibration, of_mixture(answer(curves))))
        for words, (curves, thickness) in lab["groups_of_films"]().items()
    }


def by_neutrons(lab: dict[str, Any], said: Any) -> dict[str, list[float]]:
    """Return the median noise and ignorance of the thickness, for the eighth with the fewest neutrons and that with the most."""
    eighths = np.array_split(np.argsort(lab["films"]["log10_dose"][lab["PARTS"]["test"]]), 8)
    both = {"noise": (said[..., 0, 1] ** 2).mean(axis=0), "ignorance": said[..., 0, 0].var(axis=0)}
    return {
        name: [float(np.sqrt(np.median(values[part]))) for part in (eighths[0], eighths[-1])]
        for name, values in both.items()
    }


def posterior(lab: dict[str, Any], names: list[str], chains: Chains) -> dict[str, Any]:
    """Sum samples up, for each target."""
    flat = chains.samples.reshape(-1, len(names))
    at = [names.index(target) for target in lab["TARGETS"]]
    return {
        "mean": flat[:, at].mean(axis=0).tolist(),
        "sd": flat[:, at].std(axis=0, ddof=1).tolist(),
        "quantiles": np.quantile(flat[:, at], [0.025, 0.16, 0.5, 0.84, 0.975], axis=0).T.tolist(),
        "all_means": dict(zip(names, flat.mean(axis=0).tolist(), strict=True)),
        "worst_r_hat": float(chains.r_hat.max()),
        "least_ess": float(chains.ess.min()),
        "divergences": chains.divergences,
    }


def main() -> None:
    """Run what the file does not hold yet; with names as arguments, only these parts."""
    cells = shared(SOURCE.read_text(encoding="utf-8"))
    code = hashlib.sha256("\n".join(cells).encode()).hexdigest()
    done: dict[str, Any] = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    if done.get("code") != code:
        done = {"code": code}
    lab: dict[str, Any] = {each.__name__: each for each in GIVEN}
    lab |= {"np": np, "keras": keras, "math": math, "metrics": metrics, "reflectivity": reflectivity}
    lab |= {"jax": jax, "jnp": jnp, "optimize": optimize}
    for cell in cells:
        exec(compile(cell, str(SOURCE), "exec"), lab)
    jobs: dict[str, Callable[[], Any]] = {}
    for seed in SEEDS:
        jobs[f"seed {seed}"] = lambda seed=seed: one_seed(lab, seed)
        jobs[f"digits {seed}"] = lambda seed=seed: {
            weight: lab["read_digits"](weight, seed) for weight in WEIGHTS
        }
    jobs["posterior simulated"] = lambda: posterior(lab, *lab["posterior_of_simulated"](ROW))
    for name in MEASURED:
        jobs[f"posterior {name}"] = lambda name=name: posterior(lab, *lab["posterior_of_measured"](name))
    for name, job in jobs.items():
        if name in done or (sys.argv[1:] and name not in sys.argv[1:]):
            continue
        start = time.process_time()
        done[name] = job()
        done[name]["cpu_seconds"] = round(time.process_time() - start, 1)
        print(name, done[name], flush=True)
        RECORDED.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
