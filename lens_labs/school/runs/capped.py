"""A notebook executed in a child that can be killed, within limits of CPU time, wall clock, memory and output."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import psutil

from lens_labs.school.runs.processes import MARK, Cost, cost_of_children, end_all

GIB = 2**30
Progress = Callable[[int, int, float], None]
"""Told after each cell: cells done, cells in all, CPU seconds."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a run may take.

    Parameters
    ----------
    cpu, wall : float
        Seconds of CPU time of the kernel and all it starts, and of the clock on the wall.
    memory : int
        Bytes of resident memory.
    output : int
        Characters of output of all cells together; what is beyond is dropped.
    """

    cpu: float
    wall: float
    memory: int = 6 * GIB
    output: int = 8_000_000

    @classmethod
    def for_budget(cls, seconds: float) -> Self:
        """Return the limits of a lab: three times its budget, and time enough on a busy machine."""
        return cls(
            cpu=3 * seconds,
            wall=60 + 6 * seconds,
            memory=min(6 * GIB, psutil.virtual_memory().total * 3 // 4),
        )


@dataclasses.dataclass(frozen=True)
class Execution:
    """How an execution went.

    Parameters
    ----------
    ended : str
        ``"finished"``, or what ended it: ``"error"``, ``"kernel died"``, ``"crashed"``, or the limit that was reached.
    at : int
        Index of the last cell that was begun.
    cells : int
        Cells that were done.
    cpu, wall : float
        Seconds that it took.
    error : str
        Name and text of the error that ended it.
    traceback : str
        Its traceback, or what the child said last.
    truncated : bool
        Whether output was dropped.
    """

    ended: str
    at: int = 0
    cells: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    error: str = ""
    traceback: str = ""
    truncated: bool = False


class Stopped(Exception):  # noqa: N818 - nothing is wrong: somebody asked for it
    """Raised by `execute` when it was told to stop."""


def execute(
    notebook: Path,
    scratch: Path,
    limits: Limits,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    keep_going: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Execution:
    """Execute a notebook.

    Parameters
    ----------
    notebook : Path
        The notebook; it is not changed.
    scratch : Path
        An empty folder. The executed notebook is ``executed.ipynb`` in it.
    limits : Limits
        What the run may take; beyond, all its processes are killed.
    folder : Path, optional
        Where the cells work; a new folder in `scratch` by default.
    environment : mapping, optional
        The environment of the kernel; that of this process by default.
    keep_going : bool
        Whether the cells after an error are executed too.
    progress : callable, optional
        Told after each cell.
    stop : threading.Event, optional
        Ends the run when it is set.

    Returns
    -------
    Execution
        How it went. Nothing that a notebook does makes this raise.

    Raises
    ------
    Stopped
        If `stop` was set.
    """
    (folder or scratch / "work").mkdir(exist_ok=True)
    job = {
        "notebook": str(notebook.resolve()),
        "executed": str(scratch / "executed.ipynb"),
        "events": str(scratch / "events.jsonl"),
        "folder": str((folder or scratch / "work").resolve()),
        "output": limits.output,
        "address_space": limits.memory + 16 * GIB,  # frameworks and threads reserve much and never touch it
        "keep_going": keep_going,
    }
    child = _Child(job, limits, os.environ if environment is None else environment)
    try:
        return child.watch(progress or (lambda *_: None), stop or threading.Event())
    finally:
        end_all(child.process.pid, child.mark)
        child.process.wait()


class _Child:
    """The process that executes a notebook, and what is known about it."""

    def __init__(self, job: dict[str, Any], limits: Limits, environment: Mapping[str, str]) -> None:
        self.limits, self.mark = limits, secrets.token_hex(8)
        self.events = Path(job["events"])
        scratch = self.events.parent
        self.log, job_file = scratch / "child.log", scratch / "job.json"
        self.events.touch()
        job_file.write_text(json.dumps(job), encoding="utf-8")
        self.began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "lens_labs.school.runs.executor", str(job_file)],
                cwd=scratch,
                env={**environment, MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def watch(self, progress: Progress, stop: threading.Event) -> Execution:
        """Wait for the end, or bring it about."""
        known = Execution("crashed")
        with self.events.open(encoding="utf-8") as events:
            while True:
                ended = self.process.poll() is not None  # asked first, so that no event after it is missed
                cost = cost_of_children(self.process.pid)
                known = dataclasses.replace(
                    known, cpu=max(known.cpu, cost.cpu), wall=time.monotonic() - self.began
                )
                for event in _complete_lines(events):
                    known = _after(known, event, progress)
                if ended:
                    return (
                        known
                        if known.ended != "crashed"
                        else dataclasses.replace(known, traceback=self._last_words())
                    )
                if stop.is_set():
                    raise Stopped
                if limit := self._reached(known, cost):
                    return dataclasses.replace(known, ended=limit)
                time.sleep(0.1)

    def _reached(self, known: Execution, cost: Cost) -> str | None:
        if known.cpu > self.limits.cpu:
            return f"more than {self.limits.cpu:g} s of CPU time"
        if known.wall > self.limits.wall:
            return f"more than {self.limits.wall:g} s on the clock"
        if cost.memory > self.limits.memory:
            return f"more than {self.limits.memory / GIB:.2g} GiB of memory"
        return None

    def _last_words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]


def _complete_lines(file: Any) -> Iterator[dict[str, Any]]:
    while True:
        position = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(position)
            return
        yield json.loads(line)


def _after(known: Execution, event: dict[str, Any], progress: Progress) -> Execution:
    if "begun" in event:
        return dataclasses.replace(known, at=event["begun"])
    if "ended" not in event:
        progress(event["cell"], event["of"], event["cpu"])
        return dataclasses.replace(known, cells=event["cell"], cpu=max(known.cpu, event["cpu"]))
    return dataclasses.replace(
        known,
        ended=event["ended"],
        at=event["at"],
        error=f"{event['name']}: {event['value']}" if "name" in event else "",
        traceback=event.get("traceback", ""),
        truncated=event["truncated"],
    )
