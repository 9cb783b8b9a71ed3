"""Two notebooks from one source: for the student with stubs, for the lecturer with solutions and notes."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable
from pathlib import Path

from lens_labs.school.checkout import EDITIONS, Checkout, Edition
from lens_labs.school.editions import outline, sources
from lens_labs.school.editions.notebooks import Notebook, code, markdown, notebook, text_of
from lens_labs.school.editions.sources import Cell, Source
from lens_labs.school.editions.stubs import stubbed, worked
from lens_labs.school.errors import SchoolError
from lens_labs.school.recorded import Recorded
from lens_labs.school.urls import zip_archive

SETUP = "setup"
"""The tag of the generated cell that installs the package on Colab."""

TARGET = "target"
"""The tag of a generated cell that shows what a student is aiming for."""


@dataclasses.dataclass(frozen=True)
class Target:
    """A figure that a student is aiming for: its name, its picture in PNG, and the text that stands for it."""

    name: str
    picture: bytes
    alt: str


def compose(source: Source, edition: Edition, targets: dict[str, Target] | None = None) -> Notebook:
    """Return one edition of a lab.

    Parameters
    ----------
    source : Source
        The lab.
    edition : {"student", "lecturer"}
        For whom.
    targets : dict of Target, optional
        What a student is aiming for, by the name of the exercise.

    Raises
    ------
    SchoolError
        A solution cannot be replaced by a stub.

    Notes
    -----
    Before the first code cell stands a generated one, which installs the package on Colab and does nothing elsewhere.
    """
    names = {exercise.cell: exercise.name for exercise in outline.exercises(source)}
    cells: list[Notebook] = []
    for cell in source.cells:
        if edition == "student" and cell.role in ("solution", "lecturer"):
            continue
        if cell.kind == "code" and not any(done["cell_type"] == "code" for done in cells):
            cells.append(code(_setup(), SETUP))
        cells.append(_rendered(cell, edition))
        if target := (targets or {}).get(names.get(cell) or ""):
            cells.append(_aim(target))
    about = {**source.header.as_json(), "lab": source.lab, "title": source.title, "edition": edition}
    return notebook(cells, {"lens": about})


def targets_of(checkout: Checkout, source: Source) -> dict[str, Target]:
    """Return the recorded figures of a lab's exercises.

    Raises
    ------
    SchoolError
        The recorded results name a figure that is not there.
    """
    recorded = Recorded.load(checkout.results)
    found = {}
    for exercise in outline.exercises(source):
        if exercise.name and (alt := recorded.alt(source.lab, exercise.name)):
            path = checkout.target(source.lab, exercise.name, ".png")
            if not path.exists():
                raise SchoolError(
                    f"{path.name} is missing in labs/targets; make it with: nox -s results -- {source.lab}"
                )
            found[exercise.name] = Target(path.name, path.read_bytes(), alt)
    return found


def editions(checkout: Checkout, lab: str) -> dict[Path, str]:
    """Return the text of both notebooks of a lab, by the file in which it belongs."""
    source = sources.read(checkout.source(lab))
    targets = targets_of(checkout, source)
    return {
        checkout.notebook(lab, edition): text_of(compose(source, edition, targets)) for edition in EDITIONS
    }


def build(checkout: Checkout, names: Iterable[str] = (), *, write: bool = True) -> list[Path]:
    """Bring the notebooks of labs to the state of their sources.

    Parameters
    ----------
    checkout : Checkout
        Where the labs are.
    names : iterable of str
        The labs; all of them by default, and then notebooks without a source are removed.
    write : bool
        Whether to write; otherwise only say what would change.

    Returns
    -------
    list of Path
        The notebooks that changed, or would.
    """
    names = tuple(names)
    wanted = {path: text for lab in checkout.choose(names) for path, text in editions(checkout, lab).items()}
    changed = [
        path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text.encode()
    ]
    orphans = [] if names else [path for path in _notebooks(checkout) if path not in wanted]
    if write:
        for path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[path].encode())
        for path in orphans:
            path.unlink()
    return sorted(changed + orphans)


def _notebooks(checkout: Checkout) -> list[Path]:
    return [path for edition in EDITIONS for path in checkout.notebook("*", edition).parent.glob("*.ipynb")]


def _rendered(cell: Cell, edition: Edition) -> Notebook:
    tags = [] if cell.role == "given" else [cell.role]
    if cell.kind == "code":
        text = stubbed(cell.text, cell.place) if edition == "student" else worked(cell.text)
        return code(f"# For the lecturer\n{text}" if cell.role == "lecturer" else text, *tags)
    match cell.role:
        case "hint" | "plan":
            return markdown(_folded(cell.role.capitalize(), cell.text), *tags)
        case "lecturer":
            return markdown(_quoted(f"**For the lecturer**\n\n{cell.text}"), *tags)
    return markdown(cell.text, *tags)


def _folded(summary: str, text: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _aim(target: Target) -> Notebook:
    alt = target.alt.replace("[", "\\[").replace("]", "\\]")
    picture = base64.b64encode(target.picture).decode("ascii")
    return markdown(f"**What you are aiming for**\n\n![{alt}](data:image/png;base64,{picture})", TARGET)


def _setup() -> str:
    return (
        "# On Google Colab this cell installs LENS Labs; everywhere else it does nothing.\n"
        'if "google.colab" in str(get_ipython()):\n'
        f'    %pip install --quiet "lens-labs[labs] @ {zip_archive()}"'
    )
