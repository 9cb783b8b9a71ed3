"""Runs the lecturer editions afresh and writes down what they measure: ``docs/results.json`` and ``labs/targets``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from lens_labs.school.checkout import Checkout
from lens_labs.school.editions.make import build
from lens_labs.school.recorded import Recorded
from lens_labs.school.runs.fingerprint import fingerprint
from lens_labs.school.runs.run import Outcome, Runner, Task, Watcher


def measure(checkout: Checkout, labs: Iterable[str], watcher: Watcher, jobs: int = 1) -> list[Outcome]:
    """Run labs and write down what they measure; what is known of other labs stays.

    Parameters
    ----------
    checkout : Checkout
        Where the labs are.
    labs : iterable of str
        Names of labs; all of them if none is named.
    watcher : Watcher
        Is told how the runs go.
    jobs : int
        How many run at a time.

    Returns
    -------
    list of Outcome
        One for each lab; nothing is written for those with faults.

    Raises
    ------
    SchoolError
        Two labs record the same name.
    """
    chosen = checkout.choose(labs)
    outcomes = Runner(checkout, watcher, fresh=True).run([Task(lab, "lecturer") for lab in chosen], jobs)
    recorded = Recorded.load(checkout.results)
    good = [outcome for outcome in outcomes if not outcome.faults]
    for outcome in good:
        _write_down(recorded, outcome)
    recorded.save(checkout.results)
    for outcome in good:
        _write_targets(checkout, outcome)
    if good:
        build(checkout, [outcome.report.lab for outcome in good])  # the figures are part of the notebooks
    return outcomes


def stale(checkout: Checkout) -> list[str]:
    """Return the labs whose recorded results are older than something on which they depend."""
    recorded = Recorded.load(checkout.results)
    return [
        lab
        for lab, about in sorted(recorded.labs.items())
        if not checkout.source(lab).exists() or about["fingerprint"] != fingerprint(checkout, lab)
    ]


def _write_down(recorded: Recorded, outcome: Outcome) -> None:
    report = outcome.report
    figures = {
        record["figure"]: {
            "alt": record["alt"],
            "sha256": hashlib.sha256(outcome.figures[f"{record['figure']}.svg"]).hexdigest(),
        }
        for record in report.records
        if "figure" in record
    }
    about = {
        "fingerprint": report.fingerprint,
        "date": report.date,
        "python": report.python,
        "versions": report.versions,
        "cpu_seconds": round(report.execution.cpu, 1),
        "figures": figures,
    }
    values = {
        record["name"]: {
            "values": [
                float(f"{value:.6g}") for value in record["values"]
            ],  # further digits depend on the machine
            "unit": record["unit"],
            "band": record["band"],
        }
        for record in report.records
        if "name" in record
    }
    recorded.replace(report.lab, about, values)


def _write_targets(checkout: Checkout, outcome: Outcome) -> None:
    lab = outcome.report.lab
    checkout.targets.mkdir(parents=True, exist_ok=True)
    for old in checkout.targets.glob(f"{lab}-*"):
        old.unlink()
    for name, picture in outcome.figures.items():
        exercise, suffix = name.rsplit(".", 1)
        checkout.target(lab, exercise, f".{suffix}").write_bytes(picture)
