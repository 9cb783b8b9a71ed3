import json
from pathlib import Path

import pytest

from lens_labs import cli
from lens_labs.school.editions.notebooks import notebook, text_of
from lens_labs.school.errors import SchoolError
from lens_labs.school.runs import answers as module
from lens_labs.school.runs.answers import answers
from lens_labs.school.runs.capped import Execution


class Quiet:
    """Hears how a run goes and says nothing."""

    def begin(self, name, cells): ...
    def cell(self, name, done, cells, cpu): ...
    def end(self, name, verdict): ...


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A notebook of a student, whose run writes the given states into the ledger; and what `execute` was asked."""
    path = tmp_path / "mine.ipynb"
    path.write_text(text_of(notebook([], {"lens": {"lab": "02-two-films", "budget": 20}})))
    asked = {}

    def with_states(*states, ended="finished"):
        def execute(notebook, scratch, limits, **settings):
            asked.update(settings, cpu=limits.cpu)
            lines = [
                {"lab": "two_films", "exercise": name, "state": state, "text": f"{name}!"}
                for name, state in states
            ]
            Path(settings["environment"]["LENS_LABS_LEDGER"]).write_text("\n".join(map(json.dumps, lines)))
            return Execution(ended, at=3, traceback="NotebookError: no cells")

        monkeypatch.setattr(module, "execute", execute)
        return path

    monkeypatch.setattr(module, "exercises_of", lambda lab: {"02-two-films": ["add", "subtract"]}[lab])
    return with_states, asked


def test_the_last_check_of_an_exercise_counts_and_an_unchecked_one_is_not_answered(mine):
    with_states, _ = mine
    found = answers(with_states(("add", "not yet"), ("add", "correct")), Quiet())
    assert found.states == {"add": "correct", "subtract": "not answered"}
    assert not found.solved


def test_a_notebook_runs_in_its_own_folder_to_its_end_within_three_times_the_budget(mine, tmp_path):
    with_states, asked = mine
    answers(with_states(), Quiet())
    assert (asked["folder"], asked["keep_going"], asked["cpu"]) == (tmp_path, True, 60)


@pytest.mark.parametrize(
    ("states", "status"),
    [((("add", "correct"), ("subtract", "correct")), 0), ((("add", "correct"),), 1), ((), 1)],
)
def test_the_command_succeeds_if_everything_is_solved(mine, capsys, states, status):
    with_states, _ = mine
    assert cli.main(["check", str(with_states(*states))]) == status
    assert "subtract" in capsys.readouterr().out


def test_the_command_says_why_an_answer_is_not_accepted_and_where_the_notebook_stopped(mine, capsys):
    with_states, _ = mine
    assert cli.main(["check", str(with_states(("add", "not yet"), ended="kernel died"))]) == 1
    said = capsys.readouterr().out
    assert "add!" in said
    assert "The notebook stopped in cell 4: kernel died." in said


def test_a_notebook_that_belongs_to_no_lab_is_judged_by_its_own_checks(mine, tmp_path):
    with_states, asked = mine
    path = with_states(("other", "correct"))
    path.write_text(text_of(notebook([], {})))
    assert answers(path, Quiet()).solved
    assert asked["cpu"] == 360


def test_a_notebook_that_cannot_be_run_is_refused_with_the_reason(mine):
    with_states, _ = mine
    with pytest.raises(SchoolError, match=r"mine\.ipynb could not be run:\nNotebookError: no cells"):
        answers(with_states(ended="crashed"), Quiet())
