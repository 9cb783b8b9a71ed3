"""The work folder: labs arrive here once, and what a student wrote is never overwritten.

The bytes that were delivered last are kept in ``.lens-labs/base``. From the student's file (mine), that base and the
release, one rule follows:

=====================  ==================================================  ================
state                  what happens                                        `Delivery`
=====================  ==================================================  ================
mine is absent         it is created, atomically                           NEW
mine equals release    nothing                                             CURRENT
mine equals base       it is replaced; the old file moves to ``earlier``   UPDATED
base equals release    nothing: the changes in mine are the student's      YOURS
otherwise              ``NAME.new.ipynb`` is written beside mine           UPDATE_OFFERED
=====================  ==================================================  ================
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import errno
import itertools
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from lens_labs.school.errors import SchoolError

STATE = ".lens-labs"
"""Name of the folder inside a work folder in which the school keeps its own files."""


class WorkFolderError(SchoolError):
    """The work folder cannot be used; the message says why, and how to go on."""


class Delivery(enum.StrEnum):
    """What `WorkFolder.deliver` did."""

    NEW = "new"
    CURRENT = "current"
    UPDATED = "updated"
    YOURS = "yours"
    UPDATE_OFFERED = "update-offered"


@dataclasses.dataclass(frozen=True)
class Copy:
    """How a lab stands in a work folder.

    Parameters
    ----------
    started : bool
        Whether the student has a copy.
    changed : bool
        Whether that copy differs from what was delivered.
    offers : tuple of str
        Names of the newer editions that lie beside it.
    """

    started: bool
    changed: bool
    offers: tuple[str, ...] = ()


class WorkFolder:
    """A folder in which one student works.

    Parameters
    ----------
    root : Path
        The folder; it is created if it does not exist.
    releases : Path
        Folder of the notebooks that the school hands out, ``NAME.ipynb``.

    Raises
    ------
    WorkFolderError
        If nothing can be written there.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> (place / "releases").mkdir()
    >>> _ = (place / "releases" / "01-lab.ipynb").write_text("{}")
    >>> folder = WorkFolder(place / "work", place / "releases")
    >>> folder.deliver("01-lab"), folder.deliver("01-lab")
    (<Delivery.NEW: 'new'>, <Delivery.CURRENT: 'current'>)
    """

    def __init__(self, root: Path, releases: Path) -> None:
        self.root = Path(os.path.abspath(root.expanduser()))  # noqa: PTH100 - a link to a folder stays a link
        self.releases = releases
        self.state = self.root / STATE
        self._base = self.state / "base"
        self._earlier = self.state / "earlier"
        with self._explained():
            for folder in (self._base, self._earlier):
                folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.root, prefix=".lens-labs-"):
                pass

    def labs(self) -> list[str]:
        """Return the names of the labs that can be delivered."""
        return sorted(notebook.stem for notebook in self.releases.glob("*.ipynb"))

    def path(self, name: str) -> Path:
        """Return the path of the student's copy of a lab, whether it exists or not."""
        return self.root / f"{name}.ipynb"

    def copy(self, name: str) -> Copy:
        """Tell how a lab stands, without changing anything.

        Raises
        ------
        SchoolError
            If there is no lab of that name.
        WorkFolderError
            If the copy cannot be read.
        """
        self._require(name)
        with self._explained():
            mine = _read(self.path(name))
            if mine is None:
                return Copy(started=False, changed=False)
            offers = tuple(sorted(offer.name for offer in self.root.glob(f"{name}.new*.ipynb")))
            return Copy(started=True, changed=mine != _read(self._base / f"{name}.ipynb"), offers=offers)

    def deliver(self, name: str) -> Delivery:
        """Bring a lab into the folder, or bring it up to date, without ever overwriting a student's work.

        Parameters
        ----------
        name : str
            A lab's name, such as ``"02-reflectometry-inversion"``.

        Returns
        -------
        Delivery
            What was done.

        Raises
        ------
        SchoolError
            If there is no lab of that name.
        WorkFolderError
            If the folder cannot be written, or something stands in the way of the file.
        """
        self._require(name)
        release = (self.releases / f"{name}.ipynb").read_bytes()
        with self._explained(), filelock.FileLock(self.state / "deliver.lock", timeout=30):
            return self._deliver(name, release)

    def _deliver(self, name: str, release: bytes) -> Delivery:
        base = self._base / f"{name}.ipynb"
        delivered = _read(base)
        if _create(self.path(name), release):
            outcome = Delivery.NEW
        elif (mine := _read(self.path(name))) == release:
            outcome = Delivery.CURRENT
        elif mine is not None and mine == delivered and self._replace(name, mine, release):
            outcome = Delivery.UPDATED
        elif delivered == release:
            return Delivery.UPDATE_OFFERED if self._offered(name, release) else Delivery.YOURS
        else:
            self._offer(name, release)
            outcome = Delivery.UPDATE_OFFERED
        if delivered != release:
            _write(
                base, release
            )  # last: whatever stops us before, the next delivery repeats the same decision
        return outcome

    def _replace(self, name: str, untouched: bytes, release: bytes) -> bool:
        """Put the release in place of an untouched copy; False if a student saved the copy at this very moment."""
        mine = self.path(name)
        parked = self._earlier / f"{name}-{secrets.token_hex(4)}.ipynb"
        try:
            mine.rename(
                parked
            )  # taking the file and looking at it afterwards leaves no gap for a save to fall into
        except PermissionError:  # Windows, while another program has the file open
            return False
        found = parked.read_bytes()
        if found == untouched:
            return _create(mine, release)
        if not _create(mine, found):
            _create_beside(self.path(f"{name}.kept"), found)
        return False

    def _offer(self, name: str, release: bytes) -> None:
        if not self._offered(name, release):
            _create_beside(self.path(f"{name}.new"), release)

    def _offered(self, name: str, release: bytes) -> bool:
        return any(_read(offer) == release for offer in self.root.glob(f"{name}.new*.ipynb"))

    def _require(self, name: str) -> None:
        labs = self.labs()
        if name not in labs:  # a look-up in the list, never a path made from a name: "../secret" is no lab
            raise SchoolError(f"there is no lab {name!r}; the labs are: {', '.join(labs) or 'none'}")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the errors of the file system into sentences that a student can act on."""
        try:
            yield
        except filelock.Timeout:
            raise WorkFolderError(
                f"Another program has been delivering labs to {self.root} for 30 seconds. Stop it, then try again."
            ) from None
        except OSError as error:
            raise WorkFolderError(_explanation(self.root, error)) from error


def _explanation(root: Path, error: OSError) -> str:
    another = "Choose another folder: lens-labs start --work FOLDER"
    what, where = error.strerror or str(error), error.filename or root
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no space left for {root}. Free some, then try again; your files are unchanged."
    if isinstance(error, NotADirectoryError | FileExistsError):
        return f"The work folder {root} cannot be used: there is a file where a folder is needed ({where}). {another}"
    if isinstance(error, IsADirectoryError):
        return f"A folder stands where a file is needed: {where}. Rename that folder, then try again."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"The work folder {root} cannot be written ({what}: {where}). {another}"
    return f"The work folder {root} cannot be used ({what}: {where}). {another}"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _create(path: Path, content: bytes) -> bool:
    """Create a file with its whole content at once; False if there is one already."""
    with _temporary(path.parent, content) as complete:
        try:
            os.link(complete, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links (FAT, some network folders)
            return _create_exclusively(path, content)
    return True


def _create_exclusively(path: Path, content: bytes) -> bool:
    try:
        file = path.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(content)
    except OSError:
        path.unlink()  # half a notebook would look like the student's work
        raise
    return True


def _create_beside(path: Path, content: bytes) -> None:
    """Create ``STEM.ipynb``, or, where that exists, the first of ``STEM-2.ipynb``, ``STEM-3.ipynb``, ... that does not."""
    for number in itertools.count(1):
        numbered = path if number == 1 else path.with_name(f"{path.stem}-{number}.ipynb")
        if _create(numbered, content):
            return


def _write(path: Path, content: bytes) -> None:
    """Write one of the school's own files, replacing it at once."""
    with _temporary(path.parent, content) as complete:
        complete.replace(path)


@contextlib.contextmanager
def _temporary(folder: Path, content: bytes) -> Iterator[Path]:
    path = folder / f".lens-labs-{secrets.token_hex(8)}"
    try:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield path
    finally:
        path.unlink(missing_ok=True)
