"""A third edition of each lab: the page of the notes, where it is read before or after it is done.

It shows what a student is given, with hints, plans and solutions folded. Where a run of the present state is kept, its outputs are
shown; otherwise the recorded figure of each exercise. A stamp says when and with what the lab was verified last.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from lens_labs.school.checkout import Checkout
from lens_labs.school.editions import outline, sources
from lens_labs.school.editions.make import SETUP, compose
from lens_labs.school.editions.notebooks import Notebook, load, notebook, text_of
from lens_labs.school.editions.sources import Source
from lens_labs.school.editions.stubs import stubbed
from lens_labs.school.errors import SchoolError
from lens_labs.school.recorded import Recorded
from lens_labs.school.urls import colab


@dataclasses.dataclass(frozen=True)
class About:
    """What the notes tell of a lab.

    Parameters
    ----------
    title, question : str
        Its first heading, and the question that it answers.
    lecture, minutes : int
        Number of its lecture; minutes that a student needs.
    exercises : tuple of str
        Their names, in order.
    colab : str
        The address that opens it in Google Colab.
    verified : str
        When and with what its numbers were recorded; empty if they never were.
    """

    title: str
    question: str
    lecture: int
    minutes: int
    exercises: tuple[str, ...]
    colab: str
    verified: str


def about(checkout: Checkout) -> dict[str, dict[str, Any]]:
    """Return what the notes tell of each lab, as plain values, by its name."""
    recorded = Recorded.load(checkout.results)
    found = {}
    for lab in checkout.labs():
        source = sources.read(checkout.source(lab))
        names = tuple(exercise.name for exercise in outline.exercises(source) if exercise.name)
        header = source.header
        card = About(
            source.title, header.question, header.lecture, header.minutes, names, colab(lab),
            verified(recorded.labs.get(lab, {})),
        )  # fmt: skip
        found[lab] = dataclasses.asdict(card)
    return found


def verified(record: dict[str, Any]) -> str:
    """Say when and with what a lab was recorded.

    Examples
    --------
    >>> verified({"date": "2026-11-22", "python": "3.11.7", "versions": {"keras": "3.15.1"}})
    '2026-11-22, with Python 3.11.7, keras 3.15.1'
    >>> verified({})
    ''
    """
    if "date" not in record:
        return ""
    versions = {"Python": record.get("python"), **record.get("versions", {})}
    return f"{record['date']}, with {', '.join(f'{name} {version}' for name, version in versions.items() if version)}"


def page(checkout: Checkout, lab: str) -> Notebook:
    """Return a lab as a notebook for the notes.

    Parameters
    ----------
    checkout : Checkout
        Where the labs are.
    lab : str
        Name of the lab.

    Raises
    ------
    SchoolError
        The lab does not exist or cannot be read.
    """
    source = sources.read(checkout.source(lab))
    executed = _executed(checkout, lab)
    given = iter(compose(source, "lecturer")["cells"])
    run = {cell["id"]: cell.get("outputs", []) for cell in (executed or {"cells": []})["cells"]}
    pictures = {} if executed else _pictures(checkout, source)
    cells: list[Notebook] = []
    of_source = iter(source.cells)
    names = {exercise.cell: exercise.name for exercise in outline.exercises(source)}
    for cell in given:
        if SETUP in cell["metadata"].get("tags", []):
            continue
        origin = next(of_source)
        outputs = _shown(run.get(cell["id"], []))
        match origin.role:
            case "lecturer":
                continue
            case "solution":
                cells += _folded(
                    "Solution", {**cell, **({"outputs": outputs} if origin.kind == "code" else {})}
                )
            case "exercise":
                cells.append({**cell, "source": stubbed(origin.text, origin.place), "outputs": []})
                cells += pictures.get(names.get(origin) or "", [])
            case _ if origin.kind == "code":
                cells.append({**cell, "outputs": outputs})
            case _:
                cells.append(cell)
    return notebook(_with_solutions(cells, source), {"lens": {"lab": lab, "executed": executed is not None}})


def write(checkout: Checkout, folder: Path) -> list[Path]:
    """Bring the pages of all labs in a folder to the present state; what has not changed is not touched.

    Parameters
    ----------
    checkout : Checkout
        Where the labs are.
    folder : Path
        The folder, which belongs to this function: notebooks of labs that are gone are removed from it.

    Returns
    -------
    list of Path
        The pages that changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / f"{lab}.ipynb": text_of(page(checkout, lab)) for lab in checkout.labs()}
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        path.write_text(wanted[path], "utf-8")
    for path in set(folder.glob("*.ipynb")) - set(wanted):
        path.unlink()
    return changed


def _executed(checkout: Checkout, lab: str) -> Notebook | None:
    """Return the notebook of the last good run, if it was a run of the present code."""
    path = checkout.cache / "lecturer" / f"{lab}.ipynb"
    if not path.exists():
        return None
    try:
        kept = load(path)
    except SchoolError:
        return None
    now = compose(sources.read(checkout.source(lab)), "lecturer")
    codes = [
        [cell["source"] for cell in each["cells"] if cell["cell_type"] == "code"] for each in (kept, now)
    ]
    return kept if codes[0] == codes[1] else None


def _with_solutions(cells: list[Notebook], source: Source) -> list[Notebook]:
    """Put the worked code of each exercise, folded, before the check that follows it."""
    worked = {
        cell["id"]: cell
        for cell in compose(source, "lecturer")["cells"]
        if "exercise" in cell["metadata"].get("tags", [])
    }
    done: list[Notebook] = []
    waiting: Notebook | None = None
    for cell in cells:
        if waiting is not None and cell["cell_type"] == "code":
            done += _folded("Solution", waiting)
            waiting = None
        done.append(cell)
        if "exercise" in cell["metadata"].get("tags", []):
            waiting = worked[cell["id"]]
    return done if waiting is None else [*done, *_folded("Solution", waiting)]


def _folded(summary: str, cell: Notebook) -> list[Notebook]:
    return [
        _rst(f'.. raw:: html\n\n   <details class="fold-solution"><summary>{summary}</summary>'),
        {**cell, "metadata": {}},
        _rst(".. raw:: html\n\n   </details>"),
    ]


def _rst(text: str) -> Notebook:
    return {"cell_type": "raw", "metadata": {"raw_mimetype": "text/restructuredtext"}, "source": text}


def _pictures(checkout: Checkout, source: Source) -> dict[str, list[Notebook]]:
    """Return what stands for the outputs of each exercise in a page without outputs: its recorded figure."""
    recorded = Recorded.load(checkout.results)
    found = {}
    for exercise in outline.exercises(source):
        if exercise.name and (alt := recorded.alt(source.lab, exercise.name)):
            path = checkout.target(source.lab, exercise.name).relative_to(checkout.root).as_posix()
            directive = (
                f".. drawing:: /../{path}\n   :alt: {' '.join(alt.split())}\n\n   What you are aiming for"
            )
            found[exercise.name] = [_rst(directive)]
    return found


def _shown(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what only a running notebook needs: progress bars, and the text beside a picture."""
    kept = []
    for output in outputs:
        if output["output_type"] == "stream":
            if output["name"] == "stderr" or "\r" in "".join(output["text"]):
                continue
        elif "data" in output and len(output["data"]) > 1:
            data = {kind: value for kind, value in output["data"].items() if kind != "text/plain"}
            output = {**output, "data": data}  # noqa: PLW2901
        kept.append(output)
    return kept
