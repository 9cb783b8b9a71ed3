"""What a run of a lab showed, and whether that is what the school promises."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from lens_labs.school.checkout import Edition, check_module
from lens_labs.school.runs.capped import Execution

WANTED = {"lecturer": "correct", "student": "not answered"}
"""The state of every exercise in an edition that nobody has touched."""


@dataclasses.dataclass(frozen=True)
class Report:
    """What a run of one edition of a lab showed.

    Parameters
    ----------
    lab, edition : str
        What was run.
    fingerprint : str
        Hash of everything on which it depends.
    budget : int
        CPU seconds that it may take.
    execution : Execution
        How the execution went.
    ledger : tuple of dict
        Every result of a check: ``lab``, ``exercise``, ``state``, ``text``.
    records : tuple of dict
        Every number (``name``, ``values``, ``unit``, ``band``) and figure (``figure``, ``alt``) that was recorded.
    date, python : str
        When and on which Python it was run.
    versions : dict of str
        Versions of the packages that the lab names.
    """

    lab: str
    edition: Edition
    fingerprint: str
    budget: int
    execution: Execution
    ledger: tuple[dict[str, str], ...]
    records: tuple[dict[str, Any], ...]
    date: str
    python: str
    versions: dict[str, str]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a report that `save` wrote."""
        values = json.loads(path.read_text(encoding="utf-8"))
        values |= {key: tuple(values[key]) for key in ("ledger", "records")}
        return cls(**values | {"execution": Execution(**values["execution"])})

    def save(self, path: Path) -> None:
        """Write the report as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    @property
    def over_budget(self) -> bool:
        """Whether it took more CPU time than its budget."""
        return self.execution.cpu > self.budget


def faults(report: Report, exercises: Iterable[str]) -> list[str]:
    """Return what is wrong with a run, in words; nothing if all is well.

    Parameters
    ----------
    report : Report
        What the run showed.
    exercises : iterable of str
        The exercises of the lab's check module.

    Notes
    -----
    An edition must run to its last cell, with every exercise checked once: *correct* in the lecturer edition, *not
    answered* in the student edition. What it records must lie in its bands.
    """
    end = report.execution
    found = []
    if end.ended != "finished":
        found.append(f"it stopped in cell {end.at + 1}: {end.error or end.ended}")
    if end.truncated:
        found.append("it wrote more output than a reader can use; the rest was dropped")
    return found + _about_checks(report, list(exercises)) + _about_records(report)


def _about_checks(report: Report, exercises: list[str]) -> list[str]:
    wanted, module = WANTED[report.edition], check_module(report.lab)
    found = []
    for name in exercises:
        entries = [entry for entry in report.ledger if (entry["lab"], entry["exercise"]) == (module, name)]
        if not entries and report.execution.ended == "finished":
            found.append(f"{name} was never checked")
        if len(entries) > 1:
            found.append(f"{name} was checked {len(entries)} times")
        wrong = [entry for entry in entries if entry["state"] != wanted]
        found += [f"{name} is {entry['state']!r}, not {wanted!r}:\n{entry['text']}" for entry in wrong]
    strangers = {(entry["lab"], entry["exercise"]) for entry in report.ledger if entry["lab"] != module}
    strangers |= {
        (module, entry["exercise"]) for entry in report.ledger if entry["exercise"] not in exercises
    }
    return found + [f"{name} of {lab} is no exercise of this lab" for lab, name in sorted(strangers)]


def _about_records(report: Report) -> list[str]:
    found = []
    names = [record["name"] for record in report.records if "name" in record]
    found += [
        f"{name} is recorded {names.count(name)} times" for name in sorted({*names}) if names.count(name) > 1
    ]
    for record in report.records:
        if band := record.get("band"):
            low, high = band
            if outside := [value for value in record["values"] if not low <= value <= high]:
                found.append(f"{record['name']} leaves its band from {low:g} to {high:g}: {outside}")
    return found
