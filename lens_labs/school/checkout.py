"""The folders of a checkout of the repository, for the commands that build, run and measure labs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import lens_labs
from lens_labs.school.errors import SchoolError
from lens_labs.school.urls import REPOSITORY

Edition = Literal["student", "lecturer"]
EDITIONS: tuple[Edition, Edition] = ("student", "lecturer")

_NAME = re.compile(r"\d\d-[a-z][a-z0-9]*(-[a-z0-9]+)*")


def check_module(lab: str) -> str:
    """Return the name of a lab's module in `lens_labs.checks`.

    Raises
    ------
    SchoolError
        The name has not the form of a lab's name.

    Examples
    --------
    >>> check_module("02-reflectometry-inversion")
    'reflectometry_inversion'
    """
    if not _NAME.fullmatch(lab):
        raise SchoolError(
            f"{lab!r} is no name for a lab; allowed: the lecture in two digits, then small letters, digits and "
            "hyphens, as in 02-reflectometry-inversion"
        )
    return lab[3:].replace("-", "_")


@dataclasses.dataclass(frozen=True)
class Checkout:
    """A checkout of the repository.

    Parameters
    ----------
    root : Path
        Its top folder.
    """

    root: Path

    @classmethod
    def find(cls) -> Checkout:
        """Return the checkout from which this package is imported.

        Raises
        ------
        SchoolError
            The package is installed without its sources.
        """
        root = Path(lens_labs.__file__).resolve().parents[1]
        if not (root / "labs" / "source").is_dir():
            raise SchoolError(
                f"this command works on the sources of the labs, and {root} has none; get them with: git clone "
                f"{REPOSITORY}"
            )
        return cls(root)

    @property
    def sources(self) -> Path:
        """The folder of the sources of the labs."""
        return self.root / "labs" / "source"

    @property
    def targets(self) -> Path:
        """The folder of the figures that a student is aiming for."""
        return self.root / "labs" / "targets"

    @property
    def results(self) -> Path:
        """The file of what the labs measured."""
        return self.root / "docs" / "results.json"

    @property
    def cache(self) -> Path:
        """The folder of executed labs; it can be deleted at any time."""
        return self.root / ".cache" / "labs"

    @property
    def lock(self) -> Path:
        """The versions of everything that is installed."""
        return self.root / "requirements.lock"

    def source(self, lab: str) -> Path:
        """Return the source of a lab."""
        return self.sources / f"{lab}.py"

    def notebook(self, lab: str, edition: Edition) -> Path:
        """Return the notebook of one edition of a lab."""
        return self.root / "labs" / edition / f"{lab}.ipynb"

    def target(self, lab: str, exercise: str, suffix: str = ".svg") -> Path:
        """Return the figure that a student is aiming for in an exercise."""
        return self.targets / f"{lab}-{exercise}{suffix}"

    def labs(self) -> tuple[str, ...]:
        """Return the names of all labs that have a source."""
        return tuple(sorted(path.stem for path in self.sources.glob("*.py")))

    def choose(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the named labs, or all of them if none is named.

        Raises
        ------
        SchoolError
            A name belongs to no lab.
        """
        known, chosen = self.labs(), tuple(names)
        for name in chosen:
            if name not in known:
                raise SchoolError(f"there is no lab {name!r}; the labs are: {', '.join(known) or 'none yet'}")
        return chosen or known
