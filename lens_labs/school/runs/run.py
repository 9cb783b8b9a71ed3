"""Runs the editions of labs, each in its own child, and keeps what ran well until something it depends on changes."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime as dt
import importlib.metadata
import json
import os
import platform
import site
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from lens_labs.checks import LEDGER, exercises
from lens_labs.record import FIGURES, RECORD
from lens_labs.school.checkout import Checkout, Edition, check_module
from lens_labs.school.editions import sources
from lens_labs.school.editions.make import compose, targets_of
from lens_labs.school.editions.notebooks import load, markdown, text_of
from lens_labs.school.errors import SchoolError
from lens_labs.school.runs.capped import Limits, execute
from lens_labs.school.runs.fingerprint import fingerprint
from lens_labs.school.runs.verdict import Report, faults

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
"""A run takes one core, so that its CPU time and its numbers depend little on the machine."""


_PRIVATE = ("JUPYTER", "KERAS_", "MPLBACKEND", "PYTHONSTARTUP", LEDGER, RECORD, FIGURES)


class Watcher(Protocol):
    """Is told how runs go; from several threads."""

    def begin(self, name: str, cells: int) -> None:
        """Take note that a run begins."""

    def cell(self, name: str, done: int, cells: int, cpu: float) -> None:
        """Take note that a cell is done."""

    def end(self, name: str, verdict: str) -> None:
        """Take note that a run has ended."""


@dataclasses.dataclass(frozen=True)
class Task:
    """One edition of one lab, to be run."""

    lab: str
    edition: Edition

    def __str__(self) -> str:
        """Return the name for progress and messages."""
        return f"{self.lab} ({self.edition})"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A report and what is wrong with it.

    Parameters
    ----------
    report : Report
        What the run showed.
    faults : list of str
        What is wrong with it.
    kept : bool
        Whether the run was kept from earlier.
    cell : str
        Source of the last cell that was begun.
    figures : mapping of bytes
        The figures that were recorded, by file name.
    """

    report: Report
    faults: list[str]
    kept: bool = False
    cell: str = ""
    figures: Mapping[str, bytes] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Runner:
    """Runs labs.

    Parameters
    ----------
    checkout : Checkout
        Where the labs are.
    watcher : Watcher
        Is told how the runs go.
    fresh : bool
        Whether to run also what has run well before and has not changed.
    """

    checkout: Checkout
    watcher: Watcher
    fresh: bool = False
    stop: threading.Event = dataclasses.field(default_factory=threading.Event)

    def run(self, tasks: Sequence[Task], jobs: int = 1) -> list[Outcome]:
        """Run some editions, at most `jobs` of them at a time; return the outcomes in the order of the tasks.

        Raises
        ------
        SchoolError
            A lab has no check module, or its source is faulty.
        """
        with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
            futures = [pool.submit(self._outcome, task) for task in tasks]
            try:
                return [future.result() for future in futures]
            except BaseException:
                self.stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _outcome(self, task: Task) -> Outcome:
        known = exercises_of(task.lab)
        depends_on = fingerprint(
            self.checkout, task.lab, task.edition
        )  # before the run: files may change meanwhile
        kept = None if self.fresh else self._kept(task, depends_on)
        if kept and not faults(kept, known):
            self.watcher.end(str(task), f"unchanged since its good run on {kept.date}")
            return Outcome(kept, [], kept=True)
        with tempfile.TemporaryDirectory(prefix="lens-labs-", ignore_cleanup_errors=True) as folder:
            scratch = Path(folder)
            report = self._executed(task, depends_on, scratch)
            found = faults(report, known)
            if not found:
                self._keep(report, scratch / "executed.ipynb")
            figures = {path.name: path.read_bytes() for path in sorted((scratch / "figures").iterdir())}
            cell = load(scratch / "notebook.ipynb")["cells"][report.execution.at]["source"]
        self.watcher.end(str(task), "failed" if found else f"good, {report.execution.cpu:.0f} s of CPU time")
        return Outcome(report, found, cell=cell, figures=figures)

    def _executed(self, task: Task, depends_on: str, scratch: Path) -> Report:
        source = sources.read(self.checkout.source(task.lab))
        notebook = compose(source, task.edition, targets_of(self.checkout, source))
        path = scratch / "notebook.ipynb"
        path.write_text(text_of(notebook), encoding="utf-8")
        (scratch / "figures").mkdir()
        self.watcher.begin(str(task), len(notebook["cells"]))
        execution = execute(
            path,
            scratch,
            Limits.for_budget(source.header.budget),
            environment=self._environment(task, scratch),
            progress=lambda done, cells, cpu: self.watcher.cell(str(task), done, cells, cpu),
            stop=self.stop,
        )
        return Report(
            lab=task.lab,
            edition=task.edition,
            fingerprint=depends_on,
            budget=source.header.budget,
            execution=execution,
            ledger=json_lines(scratch / "ledger.jsonl"),
            records=json_lines(scratch / "record.jsonl"),
            date=dt.datetime.now(tz=dt.UTC).date().isoformat(),
            python=platform.python_version(),
            versions=versions(["numpy", *source.header.packages]),
        )

    def _environment(self, task: Task, scratch: Path) -> dict[str, str]:
        """Return an environment without the settings of whoever calls; only the cache of fonts is shared."""
        homes = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "KERAS_HOME")
        fonts = self.checkout.cache / "matplotlib"
        for folder in (fonts, scratch / "home"):
            folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(_PRIVATE)},
            **ONE_THREAD,
            **{name: str(scratch / "home") for name in homes},
            "PYTHONUSERBASE": site.getuserbase(),  # it would follow HOME
            "PYTHONHASHSEED": "0",
            "MPLCONFIGDIR": str(fonts),
            LEDGER: str(scratch / "ledger.jsonl"),
        }
        if task.edition == "lecturer":  # the answers of the other one measure nothing
            environment |= {RECORD: str(scratch / "record.jsonl"), FIGURES: str(scratch / "figures")}
        return environment

    def _kept(self, task: Task, wanted: str) -> Report | None:
        """Return the report of an earlier run on this Python, if nothing on which it depends has changed."""
        try:
            report = Report.load(self._place(task).with_suffix(".json"))
        except (OSError, ValueError, KeyError, TypeError):  # none, or damaged, or written by an older version
            return None
        same_python = report.python.split(".")[:2] == platform.python_version().split(".")[:2]
        return report if report.fingerprint == wanted and same_python else None

    def _keep(self, report: Report, executed: Path) -> None:
        """Keep a report and its notebook, stamped with the date and the versions."""
        place = self._place(Task(report.lab, report.edition))
        report.save(place.with_suffix(".json"))
        content = load(executed)
        content["cells"].append({**markdown(stamp(report)), "id": "stamp"})
        place.with_suffix(".ipynb").write_text(text_of(content), encoding="utf-8")

    def _place(self, task: Task) -> Path:
        return self.checkout.cache / task.edition / task.lab


def exercises_of(lab: str) -> list[str]:
    """Return the names of a lab's exercises.

    Raises
    ------
    SchoolError
        The lab has no check module.
    """
    module = check_module(lab)
    try:
        return list(exercises(module))
    except ModuleNotFoundError as error:
        raise SchoolError(f"{lab} has no checks ({error}); write lens_labs/checks/{module}.py") from error


def json_lines(path: Path) -> tuple[dict[str, Any], ...]:
    """Return the objects in a file of JSON lines; none if there is no such file."""
    if not path.exists():
        return ()
    return tuple(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def stamp(report: Report) -> str:
    """Return the sentence that says when and with what a notebook was run."""
    with_versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return (
        f"*Run on {report.date} in {report.execution.cpu:.0f} s of CPU time with Python {report.python}, "
        f"{with_versions}.*"
    )
