"""What a check says, as text, as a box in a notebook, and as a line in the ledger of a run."""

from __future__ import annotations

import dataclasses
import enum
import html
import json
import os
from pathlib import Path

LEDGER = "LENS_LABS_LEDGER"
"""The environment variable that names the file to which a run wants every result appended, one JSON object a line."""


class State(enum.StrEnum):
    """How far an exercise is."""

    NOT_ANSWERED = "not answered"
    NOT_YET = "not yet"
    CORRECT = "correct"


_LOOK = {
    State.NOT_ANSWERED: ("○", "var(--jp-ui-font-color2, #556070)"),
    State.NOT_YET: ("◐", "var(--jp-warn-color0, #c2410c)"),
    State.CORRECT: ("●", "var(--jp-success-color0, #1b7f4d)"),
}


@dataclasses.dataclass(frozen=True)
class Result:
    """The answer of a check.

    Parameters
    ----------
    exercise : str
        Name of the exercise.
    state : State
        How far it is.
    message : str
        What there is to say when it is correct.
    expected, got, cause : str
        What the check looked for, what it found, and the likely reason, when it is not correct yet.
    lab : str
        Name of the lab's module.
    """

    exercise: str
    state: State
    message: str = ""
    expected: str = ""
    got: str = ""
    cause: str = ""
    lab: str = ""

    @property
    def _details(self) -> list[tuple[str, str]]:
        rows = [("expected", self.expected), ("got", self.got), ("likely cause", self.cause)]
        return [(label, text) for label, text in rows if text]

    def __bool__(self) -> bool:
        """Return whether the exercise is solved."""
        return self.state is State.CORRECT

    def __repr__(self) -> str:
        """Return the result as plain text."""
        head = f"{self.state} · {self.exercise}" + (f": {self.message}" if self.message else "")
        return "\n".join([head, *(f"  {label}: {text}" for label, text in self._details)])

    def _repr_html_(self) -> str:
        sign, colour = _LOOK[self.state]
        rows = "".join(
            f'<div><span style="opacity:.75">{label}</span> {html.escape(text)}</div>'
            for label, text in self._details
        )
        message = f"<div>{html.escape(self.message)}</div>" if self.message else ""
        return (
            f'<div role="status" style="border-left:4px solid {colour};padding:.3em .8em;margin:.2em 0;max-width:60em">'
            f'<b><span aria-hidden="true" style="color:{colour}">{sign}</span> {self.state}</b>'
            f" <code>{html.escape(self.exercise)}</code>{message}{rows}</div>"
        )

    def to_ledger(self) -> None:
        """Append the result to the ledger of the run, if there is one."""
        if path := os.environ.get(LEDGER):
            line = json.dumps(
                {"lab": self.lab, "exercise": self.exercise, "state": self.state, "text": repr(self)}
            )
            with Path(path).open("a", encoding="utf-8") as ledger:
                ledger.write(line + "\n")
