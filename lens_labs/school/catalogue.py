"""The labs that this installation hands out, as their student notebooks describe them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from lens_labs.school.editions.header import Header, Objective
from lens_labs.school.editions.notebooks import load
from lens_labs.school.errors import SchoolError

__all__ = ["Lab", "Objective", "labs", "student_folder"]


@dataclasses.dataclass(frozen=True)
class Lab:
    """A lab, as a student finds it.

    Parameters
    ----------
    name : str
        Name of its file, such as ``"02-reflectometry-inversion"``.
    lecture : int
        Number of its lecture.
    title : str
        Its first heading.
    question : str
        The question that it answers.
    minutes : int
        Time that a student needs.
    budget : int
        CPU seconds that a run may take.
    packages : tuple of str
        What it imports beside `lens_labs`.
    objectives : tuple of Objective
        What a student learns, and the exercise that shows it.
    path : Path
        Its student notebook.
    """

    name: str
    lecture: int
    title: str
    question: str
    minutes: int
    budget: int
    packages: tuple[str, ...]
    objectives: tuple[Objective, ...]
    path: Path


def student_folder() -> Path:
    """Return the folder of the student notebooks: inside the package, or beside it in a checkout.

    Raises
    ------
    SchoolError
        There are none, so the installation is damaged.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "notebooks", here.parents[1] / "labs" / "student"):
        if folder.is_dir():
            return folder
    raise SchoolError(
        f"no labs in {here / 'notebooks'}; install the package again: python -m pip install lens-labs"
    )


def labs(folder: Path | None = None) -> dict[str, Lab]:
    """Return the labs by name, in the order of their names.

    Parameters
    ----------
    folder : Path, optional
        Where the student notebooks are; `student_folder` by default.

    Raises
    ------
    SchoolError
        A notebook cannot be read, or does not describe a lab.
    """
    paths = sorted((student_folder() if folder is None else folder).glob("*.ipynb"))
    return {path.stem: _lab(path) for path in paths}


def _lab(path: Path) -> Lab:
    metadata = load(path).get("metadata", {})
    block = metadata.get("lens") if isinstance(metadata, dict) else None
    if not isinstance(block, dict) or not isinstance(block.get("title"), str):
        raise SchoolError(
            f"{path} describes no lab: its metadata have no lens block with a title; run: lens-labs build"
        )
    about = Header.read(
        {key: value for key, value in block.items() if key not in _BESIDE_THE_HEADER}, path.name
    )
    values = {field.name: getattr(about, field.name) for field in dataclasses.fields(about)}
    return Lab(name=path.stem, title=block["title"], path=path, **values)


_BESIDE_THE_HEADER = {"lab", "title", "edition"}
