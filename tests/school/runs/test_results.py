import base64
import json

import pytest
from small_labs import ADD, checkout

from lens_labs.school.editions.notebooks import load
from lens_labs.school.errors import SchoolError
from lens_labs.school.recorded import Recorded
from lens_labs.school.runs import results
from lens_labs.school.runs.capped import Execution
from lens_labs.school.runs.fingerprint import fingerprint
from lens_labs.school.runs.results import measure, stale
from lens_labs.school.runs.run import Outcome
from lens_labs.school.runs.verdict import Report

LAB = "02-two-films"
NUMBER = {"name": "L2.sum", "values": [3.00000001, 3.1], "unit": "Å", "band": [2.0, 4.0]}
FIGURE = {"figure": "add", "alt": "A bar rises."}
FIGURES = {"add.svg": b"<svg/>", "add.png": b"picture"}


@pytest.fixture
def runs(monkeypatch):
    """Runs that measure what a test says, without executing anything; the labs that were run."""

    class Runs:
        records, figures, faults, seen = (NUMBER, FIGURE), FIGURES, (), ()

        def __init__(self, checkout, watcher, *, fresh):
            assert fresh
            self.checkout = checkout

        def run(self, tasks, jobs):
            Runs.seen = [str(task) for task in tasks]
            return [self._outcome(task.lab) for task in tasks]

        def _outcome(self, lab):
            report = Report(
                lab=lab,
                edition="lecturer",
                fingerprint=fingerprint(self.checkout, lab),
                budget=20,
                execution=Execution("finished", cpu=3.14159),
                ledger=(),
                records=Runs.records,
                date="2026-11-01",
                python="3.12.1",
                versions={"numpy": "2.0"},
            )
            return Outcome(report, Runs.faults, figures=Runs.figures)

    monkeypatch.setattr(results, "Runner", Runs)
    return Runs


def test_numbers_and_figures_are_written_down_with_what_they_depend_on(tmp_path, runs):
    here = checkout(tmp_path, ADD)
    measure(here, [], watcher=None)
    assert runs.seen == ["02-two-films (lecturer)"]
    content = json.loads(here.results.read_text(encoding="utf-8"))
    assert content["values"] == {
        "L2.sum": {"values": [3.0, 3.1], "unit": "Å", "band": [2.0, 4.0], "lab": LAB},
    }
    about = content["labs"][LAB]
    assert about.pop("figures")["add"]["alt"] == "A bar rises."
    assert about == {
        "fingerprint": fingerprint(here, LAB),
        "date": "2026-11-01",
        "python": "3.12.1",
        "versions": {"numpy": "2.0"},
        "cpu_seconds": 3.1,
    }


def test_targets_are_written_and_built_into_the_notebooks(tmp_path, runs):
    here = checkout(tmp_path, ADD)
    here.targets.mkdir()
    here.target(LAB, "gone").write_text("<svg/>")
    measure(here, [LAB], watcher=None)
    assert {path.name: path.read_bytes() for path in here.targets.iterdir()} == {
        "02-two-films-add.svg": b"<svg/>",
        "02-two-films-add.png": b"picture",
    }
    assert base64.b64encode(b"picture").decode() in json.dumps(load(here.notebook(LAB, "student")))


def test_the_same_results_give_the_same_bytes(tmp_path, runs):
    here = checkout(tmp_path, ADD)
    measure(here, [], watcher=None)
    before = here.results.read_bytes()
    measure(here, [], watcher=None)
    assert here.results.read_bytes() == before


def test_what_is_known_of_other_labs_stays_and_what_a_lab_records_no_longer_goes(tmp_path, runs):
    here = checkout(tmp_path, ADD)
    other = {"values": [1.0], "unit": "", "band": None, "lab": "03-other"}
    old = {"values": [1.0], "unit": "", "band": None, "lab": LAB}
    Recorded({"03-other": {}, LAB: {}}, {"L3.x": other, "L2.old": old}).save(here.results)
    measure(here, [], watcher=None)
    recorded = Recorded.load(here.results)
    assert set(recorded.values) == {"L2.sum", "L3.x"}
    assert recorded.labs["03-other"] == {}


def test_a_name_belongs_to_one_lab(tmp_path, runs):
    here = checkout(tmp_path, ADD)
    other = {"values": [1.0], "unit": "", "band": None, "lab": "03-other"}
    Recorded({"03-other": {}}, {"L2.sum": other}).save(here.results)
    with pytest.raises(SchoolError, match=r"02-two-films records L2\.sum, a name of 03-other already"):
        measure(here, [], watcher=None)
    assert Recorded.load(here.results).values == {"L2.sum": other}


def test_a_failed_lab_changes_nothing(tmp_path, runs):
    here = checkout(tmp_path, ADD)
    runs.faults = ("add was never checked",)
    (outcome,) = measure(here, [], watcher=None)
    assert outcome.faults
    assert Recorded.load(here.results) == Recorded()
    assert not here.targets.exists()


def test_results_are_stale_when_the_lab_has_changed_or_gone(tmp_path, runs):
    here = checkout(tmp_path, ADD)
    measure(here, [], watcher=None)
    assert stale(here) == []
    source = here.source(LAB)
    source.write_text(source.read_text(encoding="utf-8").replace("a + b", "b + a"), encoding="utf-8")
    assert stale(here) == [LAB]
    source.unlink()
    assert stale(here) == [LAB]


@pytest.mark.parametrize("content", ["", "[]", '{"labs": {}}', '{"labs": 3, "values": {}}'])
def test_a_damaged_file_is_named_with_the_way_on(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(
        SchoolError, match=r"is damaged .*; restore it, or write it anew with: nox -s results"
    ):
        Recorded.load(path)


def test_where_nothing_is_recorded_there_are_no_results(tmp_path):
    assert Recorded.load(tmp_path / "results.json") == Recorded()
