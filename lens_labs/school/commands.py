"""What the verbs of ``lens-labs`` do: one function a verb, which returns the exit status."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path

from lens_labs.checks import State
from lens_labs.school import catalogue
from lens_labs.school.checkout import EDITIONS, Checkout, Edition
from lens_labs.school.doctor import examine
from lens_labs.school.editions import make
from lens_labs.school.editions.skeleton import first_lab, new_lab, new_lecture
from lens_labs.school.errors import SchoolError
from lens_labs.school.reporting import Board, bad, doubtful, good, say, table
from lens_labs.school.runs.answers import answers
from lens_labs.school.runs.results import measure
from lens_labs.school.runs.run import Outcome, Runner, Task
from lens_labs.school.server.work import Delivery, WorkFolder

__all__ = ["VERBS", "SchoolError"]


def show() -> int:
    """Show the labs."""
    rows = [(lab.name, f"{lab.minutes} min", lab.title, lab.question) for lab in catalogue.labs().values()]
    table("Labs", ["name", "time", "title", "question"], rows)
    return 0


def get(lab: str, work: Path) -> int:
    """Copy a lab into the work folder."""
    folder = WorkFolder(work, catalogue.student_folder())
    said = {
        Delivery.NEW: "{path} is there; open it with: lens-labs start",
        Delivery.CURRENT: "{path} was there already, and is up to date",
        Delivery.UPDATED: "{path} was there untouched, and is up to date now",
        Delivery.YOURS: "{path} is as you left it; nothing is newer",
        Delivery.UPDATE_OFFERED: "{path} is as you left it; the new edition lies beside it, with .new in its name",
    }
    say(said[folder.deliver(lab)].format(path=folder.path(lab)))
    return 0


def start(work: Path, *, port: int, browser: bool, verbose: bool, site: Path | None = None) -> int:
    """Open the school in the browser."""
    opened = importlib.import_module(
        "lens_labs.school.server.start"
    )  # brings the server, which no other verb needs
    return int(opened.start(work, port=port, browser=browser, verbose=verbose, site=site))


def check(notebook: Path) -> int:
    """Run a notebook and say which exercises are solved."""
    with Board() as board:
        found = answers(notebook, board)
    looks = {State.CORRECT: good, State.NOT_YET: doubtful}
    rows = [(name, looks.get(state, str)(state)) for name, state in found.states.items()]
    table(notebook.name, ["exercise", "state"], rows)
    for name, state in found.states.items():
        if state is State.NOT_YET:
            say(found.texts[name])
    if found.execution.ended != "finished":
        say(f"The notebook stopped in cell {found.execution.at + 1}: {found.execution.ended}.")
    return 0 if found.solved else 1


def doctor(work: Path) -> int:
    """Look for what is missing on this machine."""
    findings = examine(work)
    table(
        "This machine",
        ["what", "seen"],
        [(each.what, (bad if each.fault else good)(each.seen)) for each in findings],
    )
    faults = [each for each in findings if each.fault]
    for each in faults:
        say(f"{each.what}: {each.mend}")
    if not faults:
        say("All is well.")
    return 1 if faults else 0


def build(labs: list[str], *, write: bool) -> int:
    """Make the notebooks from their sources, or say which are out of date."""
    checkout = Checkout.find()
    changed = make.build(checkout, labs, write=write)
    for path in changed:
        say(f"{'wrote' if write else 'out of date:'} {path.relative_to(checkout.root)}")
    if changed and not write:
        say("Bring them up to date with: lens-labs build")
        return 1
    if not changed:
        say("All notebooks are up to date.")
    return 0


def run(labs: list[str], *, edition: str, jobs: int, fresh: bool, **_: bool) -> int:
    """Execute editions of labs and hold them against their promises."""
    checkout = Checkout.find()
    wanted: tuple[Edition, ...] = tuple(each for each in EDITIONS if edition in (each, "both"))
    tasks = [Task(lab, each) for lab in checkout.choose(labs) for each in wanted]
    with Board() as board:
        outcomes = Runner(checkout, board, fresh=fresh).run(tasks, jobs)
    return _verdict(outcomes)


def results(labs: list[str], *, jobs: int) -> int:
    """Execute the lecturer editions afresh and write down what they measure."""
    checkout = Checkout.find()
    with Board() as board:
        outcomes = measure(checkout, labs, board, jobs)
    for outcome in outcomes:
        for record in outcome.report.records:
            if "name" in record:
                numbers = ", ".join(f"{value:.4g}" for value in record["values"])
                say(f"{record['name']} = {numbers} {record['unit']}".rstrip())
    return _verdict(outcomes)


def new(what: str, name: str) -> int:
    """Begin a new lecture or lab."""
    checkout = Checkout.find()
    written = new_lecture(checkout, name) if what == "lecture" else new_lab(checkout, name)
    for path in written:
        say(f"wrote {path.relative_to(checkout.root)}")
    lab = first_lab(name) if what == "lecture" else name
    for notes in (checkout.root / "docs" / "lectures").glob(f"{name[:2]}-*.md") if what == "lab" else ():
        page = notes.relative_to(checkout.root)
        say(
            f"\nName it in {page}: among the labs, beside the objectives that it assesses, and in a sentence."
        )
    say("\nIt is complete and good. Replace one part after the other, and look at it on the way:")
    if what == "lecture":
        say("  nox -s start            the notes, the deck and the lab, as a reader meets them")
        say("  nox -s docs slides      every warning is an error")
    say(f"  lens-labs build {lab}")
    say(f"  lens-labs run {lab}")
    say(f"  nox -s results -- {lab}")
    say("  nox -s tests")
    return 0


def _verdict(outcomes: list[Outcome]) -> int:
    """Show the outcomes; return 1 if any has a fault."""
    table("Runs", ["lab", "edition", "verdict", "exercises", "CPU time", "wall clock"], map(_row, outcomes))
    failed = [outcome for outcome in outcomes if outcome.faults]
    for outcome in failed:
        say(_explanation(outcome))
    return 1 if failed else 0


def _row(outcome: Outcome) -> tuple[str, ...]:
    report = outcome.report
    states = [entry["state"] for entry in report.ledger]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    cpu = f"{report.execution.cpu:.0f} of {report.budget} s"
    verdict = bad("failed") if outcome.faults else good(f"good on {report.date}" if outcome.kept else "good")
    return (
        report.lab,
        report.edition,
        verdict,
        counts,
        doubtful(f"{cpu}: over budget") if report.over_budget else cpu,
        f"{report.execution.wall:.0f} s",
    )


def _explanation(outcome: Outcome) -> str:
    report = outcome.report
    lines = [f"\n{report.lab} ({report.edition}) failed:", *(f"- {fault}" for fault in outcome.faults)]
    if report.execution.ended != "finished" and outcome.cell:
        lines += ["", "The cell:", *(f"    {line}" for line in outcome.cell.splitlines())]
    if report.execution.traceback:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", report.execution.traceback)
        lines += ["", "The last lines:", *(f"    {line}" for line in plain.rstrip().splitlines()[-12:])]
    return "\n".join(lines)


VERBS: dict[str, Callable[..., int]] = {
    "start": start,
    "list": show,
    "get": get,
    "check": check,
    "doctor": doctor,
    "build": build,
    "run": run,
    "results": results,
    "new": new,
}
