import os
import shutil
import subprocess
import sys

import pytest

from lens_labs.school.checkout import Checkout
from lens_labs.school.editions.make import build, compose
from lens_labs.school.editions.rules import layout_faults, leaks
from lens_labs.school.editions.skeleton import new_lab
from lens_labs.school.editions.sources import read
from lens_labs.school.errors import SchoolError
from lens_labs.school.recorded import Recorded

LAB = "03-count-the-peaks"


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_new_lab_has_source_checks_tests_and_both_notebooks(tmp_path):
    here = Checkout(tmp_path)
    written = [path.relative_to(tmp_path).as_posix() for path in new_lab(here, LAB)]
    assert written == [
        "labs/source/03-count-the-peaks.py",
        "lens_labs/checks/count_the_peaks.py",
        "tests/checks/test_count_the_peaks.py",
        "labs/lecturer/03-count-the-peaks.ipynb",
        "labs/student/03-count-the-peaks.ipynb",
    ]
    assert not [name for name, content in files(tmp_path).items() if b"{{" in content]
    assert build(here) == []


def test_a_new_lab_keeps_the_rules_and_leaks_nothing(tmp_path):
    here = Checkout(tmp_path)
    new_lab(here, LAB)
    lab = read(here.source(LAB))
    assert (lab.title, lab.header.lecture) == ("Count the peaks", 3)
    assert layout_faults(lab, ["distance", "mean_distance", "standard_error"]) == []
    assert leaks(lab, compose(lab, "student")) == []
    assert leaks(lab, compose(lab, "lecturer")) != []


@pytest.mark.parametrize(
    "taken", ["labs/source/03-count-the-peaks.py", "tests/checks/test_count_the_peaks.py"]
)
def test_nothing_is_ever_overwritten_nor_half_written(tmp_path, taken):
    (tmp_path / taken).parent.mkdir(parents=True)
    (tmp_path / taken).write_text("mine")
    with pytest.raises(SchoolError, match="exists, and nothing is overwritten"):
        new_lab(Checkout(tmp_path), LAB)
    assert files(tmp_path) == {taken: b"mine"}


@pytest.mark.parametrize("name", ["count-the-peaks", "00-peaks", "11-peaks", "03-Peaks", "03-../peaks"])
def test_a_name_that_is_not_allowed_is_refused(tmp_path, name):
    with pytest.raises(SchoolError, match="allowed:"):
        new_lab(Checkout(tmp_path), name)
    assert files(tmp_path) == {}


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """A copy of the package with a new lab in it, and a function that runs a program of this copy."""
    root = tmp_path_factory.mktemp("checkout")
    original = Checkout.find().root
    shutil.copytree(original / "lens_labs", root / "lens_labs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(original / "requirements.lock", root)
    new_lab(Checkout(root), LAB)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run, Checkout(root)


def test_the_checks_of_a_new_lab_pass_their_tests(command):
    run, _ = command
    done = run("pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout
    assert "12 passed" in done.stdout


@pytest.mark.labs
def test_a_new_lab_runs_well_is_kept_measured_and_checked(command):
    run, here = command
    done = run("lens_labs.cli", "run", "--all", "-j", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 not answered" in done.stdout
    assert "3 correct" in done.stdout
    assert run("lens_labs.cli", "run").stdout.count("unchanged since its good run") == 2

    assert run("lens_labs.cli", "results").returncode == 0
    assert set(Recorded.load(here.results).values) == {"L3.count_the_peaks_distance"}
    assert len(list(here.targets.glob("*.svg"))) == 3
    assert run("lens_labs.cli", "build", "--check").returncode == 0

    student, lecturer = (here.notebook(LAB, edition) for edition in ("student", "lecturer"))
    assert run("lens_labs.cli", "check", str(student)).returncode == 1
    assert run("lens_labs.cli", "check", str(lecturer)).returncode == 0


@pytest.mark.labs
def test_a_wrong_solution_makes_the_lab_red_and_the_cause_is_told(command):
    run, here = command
    source = here.source(LAB)
    right = source.read_text(encoding="utf-8")
    source.write_text(right.replace("return 2 * np.pi / q", "return 1 / q"), encoding="utf-8")
    done = run("lens_labs.cli", "run", LAB, "--edition", "lecturer")
    source.write_text(right, encoding="utf-8")
    assert done.returncode == 1
    assert "distance is 'not yet', not 'correct'" in done.stdout
    assert "the factor 2π is missing" in done.stdout
