"""A process and everything it started: what they cost together, and how to end them all."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Mapping

import psutil

MARK = "LENS_LABS_RUN"
"""The environment variable that every process of a run inherits, so that one which left the tree is found as well."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What some processes took until now: CPU seconds, and bytes of memory in use."""

    cpu: float
    memory: int


def cost_of_children(pid: int) -> Cost:
    """Return what the descendants of a process cost, those that have ended included where the system tells.

    Notes
    -----
    On Linux the CPU time of a process that has ended is added to that of its parent. macOS and Windows do not tell
    it, so a lab that leaves its work to short-lived processes is counted too low there.
    """
    cpu, memory = 0.0, 0
    for process in _descendants(pid):
        with contextlib.suppress(psutil.Error):
            cpu += sum(process.cpu_times()[:4])  # user, system, and both of the children that have ended
            memory += process.memory_info().rss
    return Cost(cpu, memory)


def end_all(pid: int, mark: str) -> None:
    """Kill a process, its descendants, and whoever else carries the mark; return when none is left.

    Parameters
    ----------
    pid : int
        The process at the top.
    mark : str
        Value of the environment variable `MARK` in these processes.
    """
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        doomed = [process for process in [*_descendants(pid), *_top(pid), *_marked(mark)] if _runs(process)]
        if not doomed:
            return
        for process in doomed:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(doomed, timeout=1)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _top(pid: int) -> list[psutil.Process]:
    try:
        return [psutil.Process(pid)]
    except psutil.Error:
        return []


def _marked(mark: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _environment(process).get(MARK) == mark]


def _environment(process: psutil.Process) -> Mapping[str, str]:
    """Return the environment of a process; that of other users' processes is not ours to see."""
    try:
        return {} if process.pid == os.getpid() else process.environ()
    except (psutil.Error, OSError):
        return {}


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
