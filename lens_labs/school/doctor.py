"""Looks for what is missing on this machine, and says which command mends it."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from lens_labs._backend import BACKENDS

_DISK = 1.0
_MEMORY = 2.0
_PORTS = range(8888, 8988)


@dataclasses.dataclass(frozen=True)
class Finding:
    """What was looked at, what was seen, and, if that is a fault, what mends it."""

    what: str
    seen: str
    mend: str = ""

    @property
    def fault(self) -> bool:
        """Whether something is to be mended."""
        return bool(self.mend)


def examine(work: Path) -> list[Finding]:
    """Look at Python, the packages, the backend of Keras, ports, disk, memory and the work folder.

    Parameters
    ----------
    work : Path
        The work folder, which need not exist.
    """
    work = work.expanduser()
    return [python(), *packages(), backend(), port(), disk(work), memory(), folder(work)]


def python(version: str = platform.python_version()) -> Finding:
    """Look whether this Python is one that the school supports."""
    allowed = importlib.metadata.metadata("lens-labs")["Requires-Python"]
    if SpecifierSet(allowed).contains(version, prereleases=True):
        return Finding("Python", version)
    return Finding(
        "Python", f"{version}, and {allowed} is needed", "install Python 3.13 from https://www.python.org"
    )


def packages() -> Iterator[Finding]:
    """Look whether each package that the school declares is there, in a version that it allows."""
    seen = {"lens-labs"}  # the extra `all` names the package itself
    for text in importlib.metadata.requires("lens-labs") or []:
        requirement = Requirement(text)
        wanted = any(
            requirement.marker is None or requirement.marker.evaluate({"extra": extra})
            for extra in ("labs", "school")
        )
        if wanted and requirement.name not in seen:
            seen.add(requirement.name)
            yield package(requirement)


def package(requirement: Requirement) -> Finding:
    """Look for one package."""
    name, mend = (
        requirement.name,
        f'python -m pip install --upgrade "{requirement.name}{requirement.specifier}"',
    )
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "not installed", mend)
    if not requirement.specifier.contains(version, prereleases=True):
        return Finding(name, f"{version}, and {requirement.specifier} is needed", mend)
    return Finding(name, version)


def backend(wanted: str | None = None) -> Finding:
    """Look whether Keras has something to run on."""
    wanted = wanted or os.environ.get("KERAS_BACKEND")
    there = [name for name in BACKENDS if importlib.util.find_spec(name)]
    if wanted and wanted not in there:
        return Finding(
            "backend of Keras",
            f"KERAS_BACKEND is {wanted}, and installed is {', '.join(there) or 'none'}",
            "unset KERAS_BACKEND" if there else "python -m pip install jax",
        )
    if not there:
        return Finding("backend of Keras", "none installed", "python -m pip install jax")
    return Finding("backend of Keras", ", ".join(there))


def port(ports: range = _PORTS) -> Finding:
    """Look for a port on which the school can be served."""
    for number in ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
            return Finding("port", f"{number} is free")
    taken = f"all from {ports.start} to {ports.stop - 1} are taken"
    return Finding("port", taken, f"lens-labs start --port {ports.stop}")


def disk(work: Path, needed: float = _DISK) -> Finding:
    """Look for room where the work folder is, or will be."""
    there = next(folder for folder in [work, *work.absolute().parents] if folder.exists())
    free = shutil.disk_usage(there).free / 2**30
    seen = f"{free:.1f} GiB free"
    mend = (
        ""
        if free >= needed
        else f"make room for {needed:g} GiB, or choose another place: lens-labs start --work DIR"
    )
    return Finding("disk", seen, mend)


def memory(needed: float = _MEMORY) -> Finding:
    """Look for memory that a lab can use."""
    free = psutil.virtual_memory().available / 2**30
    mend = "" if free >= needed else f"close other programs until {needed:g} GiB are free"
    return Finding("memory", f"{free:.1f} GiB free", mend)


def folder(work: Path) -> Finding:
    """Look whether the work folder can be written, or made; nothing is left behind."""
    there = next(place for place in [work, *work.absolute().parents] if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Finding(
            "work folder", f"{there}: {error.strerror}", "lens-labs start --work DIR, with another folder"
        )
    return Finding("work folder", f"{work} {'can be written' if work.exists() else 'can be made'}")
