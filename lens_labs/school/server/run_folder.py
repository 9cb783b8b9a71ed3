"""The run folder: the lock, the keys, the sockets and the log of one running school.

One process holds the lock for as long as it serves. Whoever finds the lock taken is a second start, and finds in the
folder where the first one is. Whoever gets the lock may throw away all that lies there, because no living process owns
it; so a start after a crash needs no repair.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import filelock

from lens_labs.school.server.work import WorkFolderError

_KEPT = {"lock", "cookie-secret", "server.log"}  # all other files die with their process
_RECORD = "school.json"
_LONGEST_SOCKET = 100  # bytes of a path; macOS allows 103, Linux 107


@dataclasses.dataclass(frozen=True)
class Running:
    """A school that runs.

    Parameters
    ----------
    port : int
        Its port.
    token : str
        Its key.
    opener : str
        A local file that leads a browser to it, with the key.
    machine : str
        The machine on which it runs.
    """

    port: int
    token: str
    opener: str
    machine: str = dataclasses.field(default_factory=socket.gethostname)

    @property
    def address(self) -> str:
        """The address that lets a browser in."""
        return f"http://localhost:{self.port}/school/?token={self.token}"


class RunFolder:
    """The folder ``run`` in the school's part of a work folder; only its owner can look into it.

    Parameters
    ----------
    path : Path
        The folder; it is created if it does not exist.

    Raises
    ------
    WorkFolderError
        If it cannot be kept private.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "server.log"
        self.cookie_secret = path / "cookie-secret"
        another = "Choose a folder of your own, on a disk of this machine: lens-labs start --work FOLDER"
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            path.chmod(0o700)
        except OSError as error:
            raise WorkFolderError(
                f"The folder {path} cannot be made private ({error.strerror}). {another}"
            ) from error
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise WorkFolderError(f"The disk of {path} does not keep files private. {another}")

    @contextlib.contextmanager
    def claimed(self) -> Iterator[bool]:
        """Hold the folder; yield False if a living process holds it."""
        lock = filelock.FileLock(self.path / "lock", blocking=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            yield False
            return
        try:
            self._clear()
            yield True
        finally:
            self._clear()
            lock.release()

    def record(self, school: Running) -> None:
        """Tell later starts that the school runs, and where."""
        temporary = self.path / f"{_RECORD}.part"
        temporary.write_text(json.dumps(dataclasses.asdict(school)), encoding="utf-8")
        temporary.replace(self.path / _RECORD)

    def running(self) -> Running | None:
        """Return the school that runs, or None while there is none or it is not ready yet."""
        try:
            return Running(**json.loads((self.path / _RECORD).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def transport(self) -> str:
        """Choose how server and kernels talk.

        Returns
        -------
        str
            ``"ipc"``, through files that only their owner can open, or, where those cannot be (Windows, a long path, a
            disk without sockets), ``"tcp"``, through ports of this machine, encrypted.
        """
        longest = self.path / f"kernel-{'0' * 36}-ipc-9"
        if os.name == "nt" or len(os.fsencode(longest)) > _LONGEST_SOCKET:
            return "tcp"
        probe = self.path / f"kernel-{secrets.token_hex(4)}"
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.bind(str(probe))
        except OSError:
            return "tcp"
        finally:
            probe.unlink(missing_ok=True)
        return "ipc"

    def _clear(self) -> None:
        """Remove open-files, connection files and sockets; those of a process that was killed too."""
        for path in self.path.iterdir():
            if path.name in _KEPT:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
