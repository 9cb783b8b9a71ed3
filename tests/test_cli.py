import subprocess
import sys

import pytest

from lens_labs import cli

HEAVY = (
    "numpy",
    "jupytext",
    "nbformat",
    "nbclient",
    "keras",
    "rich",
    "jupyter_server",
    "jupyter_client",
    "matplotlib",
)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    program = (
        "import sys\nfrom lens_labs import cli\n"
        f"try: cli.main({arguments!r})\nexcept SystemExit as end: assert end.code == 0\n"
        f"loaded = set({HEAVY!r}) & set(sys.modules)\nassert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "lens-labs" in done.stdout


def test_every_verb_of_the_command_line_is_carried_out_by_a_function():
    from lens_labs.school.commands import VERBS

    choices = next(action.choices for action in cli.parser()._actions if action.dest == "verb")
    assert set(choices) == set(VERBS)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the following arguments are required: VERB"),
        (["fly"], "invalid choice: 'fly'"),
        (["start", "--port", "70000"], "'70000' is not allowed; allowed: a whole number from 0 to 65535"),
        (["run", "-j", "0"], "'0' is not allowed; allowed: a whole number from 1 to 64"),
        (["run", "--edition", "teacher"], "invalid choice: 'teacher'"),
    ],
)
def test_a_wrong_command_line_is_refused_with_what_is_allowed(arguments, complaint, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert complaint in capsys.readouterr().err


def test_a_fault_that_the_user_can_mend_is_one_line_and_status_2(capsys):
    assert cli.main(["run", "99-no-such-lab"]) == 2
    assert capsys.readouterr().err.startswith("lens-labs: there is no lab '99-no-such-lab'; the labs are: ")


def test_ctrl_c_ends_a_command_quietly(monkeypatch, capsys):
    from lens_labs.school import commands

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setitem(commands.VERBS, "list", interrupted)
    assert cli.main(["list"]) == 130
    assert capsys.readouterr().err == ""


def test_list_shows_the_labs(capsys):
    assert cli.main(["list"]) == 0
    assert "Labs" in capsys.readouterr().out


def test_get_copies_a_lab_and_never_overwrites_it(tmp_path, monkeypatch, capsys):
    from lens_labs.school import catalogue

    releases = tmp_path / "releases"
    releases.mkdir()
    (releases / "02-films.ipynb").write_text('{"cells": []}')
    monkeypatch.setattr(catalogue, "student_folder", lambda: releases)
    work = tmp_path / "work"
    assert cli.main(["get", "02-films", "--work", str(work)]) == 0
    (work / "02-films.ipynb").write_text('{"cells": [], "metadata": {"mine": true}}')
    assert cli.main(["get", "02-films", "--work", str(work)]) == 0
    assert "is as you left it" in capsys.readouterr().out
    assert "mine" in (work / "02-films.ipynb").read_text()
