"""Which exercises a student's own notebook solves."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from pathlib import Path

from lens_labs.checks import LEDGER, State
from lens_labs.school.editions.notebooks import Notebook, load
from lens_labs.school.errors import SchoolError
from lens_labs.school.runs.capped import Execution, Limits, execute
from lens_labs.school.runs.run import Watcher, exercises_of, json_lines

_USUAL_BUDGET = 120  # CPU seconds, for a notebook that has lost its metadata


@dataclasses.dataclass(frozen=True)
class Answers:
    """What a notebook showed when it was run.

    Parameters
    ----------
    execution : Execution
        How the run went; it does not end at the first error.
    states : dict of State
        The state of each exercise, in the last check of it.
    texts : dict of str
        What that check said.
    """

    execution: Execution
    states: dict[str, State]
    texts: dict[str, str]

    @property
    def solved(self) -> bool:
        """Whether there are exercises, and all of them are solved."""
        return bool(self.states) and all(state is State.CORRECT for state in self.states.values())


def answers(notebook: Path, watcher: Watcher) -> Answers:
    """Run a notebook, from its first cell to its last one, and collect what its checks say.

    Parameters
    ----------
    notebook : Path
        The notebook; it is not changed.
    watcher : Watcher
        Is told how the run goes.

    Raises
    ------
    SchoolError
        The file is missing, or no notebook.
    """
    content = load(notebook)
    lab, budget = _about(content)
    with tempfile.TemporaryDirectory(prefix="lens-labs-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        ledger = scratch / "ledger.jsonl"
        watcher.begin(notebook.name, len(content["cells"]))
        execution = execute(
            notebook,
            scratch,
            Limits.for_budget(budget),
            folder=notebook.resolve().parent,
            environment={**os.environ, LEDGER: str(ledger)},
            keep_going=True,
            progress=lambda done, cells, cpu: watcher.cell(notebook.name, done, cells, cpu),
        )
        entries = json_lines(ledger)
    if execution.ended == "crashed":
        raise SchoolError(f"{notebook} could not be run:\n{execution.traceback.strip()}")
    states = dict.fromkeys(exercises_of(lab) if lab else (), State.NOT_ANSWERED)
    states |= {entry["exercise"]: State(entry["state"]) for entry in entries}
    watcher.end(notebook.name, execution.ended)
    return Answers(execution, states, {entry["exercise"]: entry["text"] for entry in entries})


def _about(content: Notebook) -> tuple[str | None, float]:
    """Return the lab to which a notebook belongs, if it says so, and its budget."""
    block = content.get("metadata", {}).get("lens", {})
    return block.get("lab"), block.get("budget", _USUAL_BUDGET)
