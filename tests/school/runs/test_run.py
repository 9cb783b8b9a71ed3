"""What a notebook may do to the run, and what the run makes of it.

Executing a notebook takes seconds, so the executions are made once, side by side, and the tests look at them.
"""

import concurrent.futures
import contextlib
import dataclasses
import json
import sys
import threading

import psutil
import pytest
from small_labs import ADD, checkout

from lens_labs.school.checkout import EDITIONS
from lens_labs.school.editions.notebooks import code, load, notebook, text_of
from lens_labs.school.errors import SchoolError
from lens_labs.school.runs import run
from lens_labs.school.runs.capped import Execution, Limits, Stopped, execute
from lens_labs.school.runs.run import Runner, Task
from lens_labs.school.runs.verdict import Report, faults

MIB = 2**20
ROOMY = Limits(cpu=60, wall=100, memory=1024 * MIB, output=100_000)

ESCAPE = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
sleeper = [sys.executable, "-c", "import time; time.sleep(300)"]
print(subprocess.Popen(sleeper, start_new_session=True).pid)
open("pids", "a").write(f"{os.getpid()}\\n")
if os.fork() == 0:  # a daemon: its parent ends, so it leaves the tree of processes
    os.setsid()
    if os.fork() == 0:
        open("pids", "a").write(f"{os.getpid()}\\n")
        time.sleep(300)
    os._exit(0)
time.sleep(1)
while True:
    pass
"""

NASTY = {
    "loop": (Limits(cpu=4, wall=100), False, [ESCAPE]),
    "sleep": (Limits(cpu=60, wall=5), False, ["import time", "time.sleep(300)"]),
    "memory": (
        dataclasses.replace(ROOMY, memory=300 * MIB),
        False,
        ["import time\nheap = []\nwhile True: heap.append(b'1' * 20_000_000); time.sleep(0.02)"],
    ),
    "dead": (ROOMY, False, ["import os", "os._exit(3)", "print('after')"]),
    "rude": (
        ROOMY,
        True,
        [
            "heap = bytearray(10**14)",
            "input('?')",
            "import sys; sys.exit(0)",
            "print('x' * 2_000_000)",
            "for _ in range(3000): print('y' * 100)",
            "import os; os.write(1, b'z' * 200_000)",
            "open('done', 'w').write('yes');",
        ],
    ),
    "broken": (ROOMY, False, []),
    "error": (ROOMY, False, ["x = 1", "raise ValueError('the film is missing')", "print('after')"]),
}


@pytest.fixture(scope="module")
def executions(tmp_path_factory):
    """How each nasty notebook ended, and its scratch folder."""

    folders = {name: tmp_path_factory.mktemp(name) for name in NASTY}  # the factory does not like threads

    def run_one(name):
        limits, keep_going, cells = NASTY[name]
        scratch = folders[name]
        path = scratch / "notebook.ipynb"
        path.write_text(text_of(notebook([code(text) for text in cells], {})) if cells else "{}")
        return execute(path, scratch, limits, keep_going=keep_going), scratch

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return dict(zip(NASTY, pool.map(run_one, NASTY), strict=True))


def alive(pid):
    """Return whether a process runs; one that has ended may wait for its parent to notice."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_an_endless_loop_is_killed_at_its_limit_of_cpu_time(executions):
    execution, _ = executions["loop"]
    assert (execution.ended, execution.at) == ("more than 4 s of CPU time", 0)
    assert execution.wall < 60


def test_every_process_of_a_killed_run_is_gone_also_those_that_left_the_tree(executions):
    _, scratch = executions["loop"]
    pids = [int(line) for line in (scratch / "work" / "pids").read_text().split()]
    assert len(pids) == 2
    assert not [pid for pid in pids if alive(pid)]


def test_a_sleeping_notebook_is_killed_at_its_limit_on_the_clock(executions):
    execution, _ = executions["sleep"]
    assert execution.ended == "more than 5 s on the clock"
    assert execution.cpu < 5


def test_a_notebook_that_fills_the_memory_is_killed(executions):
    execution, _ = executions["memory"]
    assert execution.ended == "more than 0.29 GiB of memory"


def test_a_dead_kernel_is_noticed(executions):
    execution, _ = executions["dead"]
    assert (execution.ended, execution.at, execution.cells) == ("kernel died", 1, 1)


def test_an_error_ends_the_run_and_is_told_with_its_cell(executions):
    execution, scratch = executions["error"]
    assert (execution.ended, execution.at) == ("error", 1)
    assert execution.error == "ValueError: the film is missing"
    assert "raise ValueError" in execution.traceback
    assert load(scratch / "executed.ipynb")["cells"][2]["outputs"] == []


def test_huge_requests_questions_exits_and_floods_do_not_stop_a_run_that_keeps_going(executions):
    execution, scratch = executions["rude"]
    assert (execution.ended, execution.truncated) == ("finished", True)
    assert (scratch / "work" / "done").read_text() == "yes"
    assert (scratch / "executed.ipynb").stat().st_size < 200_000
    cells = load(scratch / "executed.ipynb")["cells"]
    errors = [
        output["ename"] for cell in cells for output in cell["outputs"] if output["output_type"] == "error"
    ]
    assert errors == ["MemoryError", "StdinNotImplementedError", "SystemExit"]


def test_what_is_no_notebook_gives_a_report_that_says_so(executions):
    execution, _ = executions["broken"]
    assert execution.ended == "crashed"
    assert "Error" in execution.traceback


def test_a_run_can_be_stopped(tmp_path):
    path = tmp_path / "notebook.ipynb"
    path.write_text(text_of(notebook([code("import time; time.sleep(300)")], {})))
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        execute(path, tmp_path, ROOMY, stop=stop)


@pytest.mark.parametrize(
    ("failures", "begun", "attempts"), [(0, False, 1), (2, False, 3), (3, False, 3), (1, True, 1)]
)
def test_a_kernel_that_fails_to_start_is_tried_again_but_no_cell_twice(failures, begun, attempts):
    from lens_labs.school.runs.executor import execute_patiently

    class Client:
        tried = 0

        def execute(self):
            self.tried, self.begun = self.tried + 1, begun
            if self.tried <= failures:
                raise RuntimeError("Kernel died before replying to kernel_info")

    client = Client()
    with pytest.raises(RuntimeError) if failures >= attempts else contextlib.nullcontext():
        execute_patiently(client)
    assert client.tried == attempts


def test_without_the_module_resource_the_watch_on_memory_remains_and_the_log_says_so(monkeypatch, capsys):
    from lens_labs.school.runs import executor

    monkeypatch.setitem(sys.modules, "resource", None)
    executor.limit_resources(2**40)
    assert capsys.readouterr().err == executor.MISSING_LIMITS + "\n"


def test_a_lab_may_take_three_times_its_budget_and_time_on_a_busy_machine():
    limits = Limits.for_budget(20)
    assert (limits.cpu, limits.wall) == (60, 180)


LAB = '''
# %%
import os
import sys

from lens_labs.checks import exercise
from lens_labs.record import record


def judge(answer):
    if answer(1, 2) == 3:
        return "Three."
    raise AssertionError


judge.__name__, judge.__module__ = "add", "lens_labs.checks.two_films"
check_add = exercise(judge)
environment = [os.environ.get(name, "") for name in ("KERAS_BACKEND", "OMP_NUM_THREADS", "HOME")]
print(*environment, sys.executable, sep="\\n")


# %% tags=["exercise"]
def add(a: float, b: float) -> float:
    """Return the sum."""
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION


# %%
check_add(add)
record("L2.sum", [3.0, 3.1], band=(2, 4))
'''


class Watcher:
    """Takes note of what it is told."""

    def __init__(self):
        self.told = []

    def begin(self, name, cells):
        self.told.append((name, "begin", cells))

    def cell(self, name, done, cells, cpu):
        self.told.append((name, "cell", done))

    def end(self, name, verdict):
        self.told.append((name, "end", verdict))


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A checkout with a lab, both editions of which have been run, and the outcomes by edition."""
    here = checkout(tmp_path_factory.mktemp("school"), LAB)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "exercises_of", lambda lab: ["add"])
        patch.setenv("KERAS_BACKEND", "torch")
        watcher = Watcher()
        outcomes = Runner(here, watcher).run([Task("02-two-films", edition) for edition in EDITIONS], jobs=2)
    return here, dict(zip(EDITIONS, outcomes, strict=True)), watcher.told


def test_both_editions_of_a_sound_lab_are_good(school):
    _, outcomes, _ = school
    assert {edition: outcome.faults for edition, outcome in outcomes.items()} == {
        "student": [],
        "lecturer": [],
    }
    states = {edition: [entry["state"] for entry in outcomes[edition].report.ledger] for edition in EDITIONS}
    assert states == {"student": ["not answered"], "lecturer": ["correct"]}


def test_only_the_lecturer_edition_records(school):
    _, outcomes, _ = school
    assert outcomes["student"].report.records == ()
    assert [record["name"] for record in outcomes["lecturer"].report.records] == ["L2.sum"]


def test_a_run_reports_its_seconds_versions_and_progress(school):
    _, outcomes, told = school
    report = outcomes["lecturer"].report
    assert 0.3 < report.execution.cpu < 20
    assert not report.over_budget
    assert set(report.versions) == {"numpy"}
    name = "02-two-films (lecturer)"
    mine = [event for who, *event in told if who == name]
    assert mine[0] == ["begin", 5]
    assert mine[1:-1] == [["cell", done] for done in (2, 3, 4, 5)]
    assert mine[-1][1].startswith("good, ")


def test_the_kernel_is_this_python_away_from_the_callers_settings(school):
    here, _, _ = school
    cells = load(here.cache / "lecturer" / "02-two-films.ipynb")["cells"]
    printed = "".join(cells[2]["outputs"][0]["text"]).split("\n")
    assert printed[:2] == ["", "1"]
    assert printed[2].endswith("home")
    assert printed[3] == sys.executable


def test_a_good_run_is_stamped_with_date_and_versions(school):
    here, outcomes, _ = school
    stamp = load(here.cache / "lecturer" / "02-two-films.ipynb")["cells"][-1]["source"]
    report = outcomes["lecturer"].report
    assert stamp.startswith(f"*Run on {report.date} in ")
    assert f"Python {report.python}, numpy {report.versions['numpy']}" in stamp


def kept(here, monkeypatch, **settings):
    """Return the fingerprint under which a run is kept, or None if the lab would be run again."""
    monkeypatch.setattr(run, "exercises_of", lambda lab: ["add"])
    monkeypatch.setattr(Runner, "_executed", lambda *_: pytest.fail("it is run again"))
    (outcome,) = Runner(here, Watcher(), **settings).run([Task("02-two-films", "lecturer")])
    return outcome.kept


def test_what_ran_well_is_not_run_again(school, monkeypatch):
    assert kept(school[0], monkeypatch)


def test_a_fresh_run_asks_for_no_earlier_one(school, monkeypatch):
    with pytest.raises(pytest.fail.Exception, match="it is run again"):
        kept(school[0], monkeypatch, fresh=True)


@pytest.mark.parametrize("what", ["python", "lock", "damage"])
def test_a_lab_is_run_again_when_what_it_depends_on_has_changed(school, monkeypatch, what):
    here = school[0]
    report = here.cache / "lecturer" / "02-two-films.json"
    texts = {path: path.read_text() for path in (here.lock, report)}
    if what == "python":
        monkeypatch.setattr(run.platform, "python_version", lambda: "3.99.0")
    elif what == "lock":
        here.lock.write_text("numpy==3.0\n")
    else:
        report.write_text("{")
    try:
        with pytest.raises(pytest.fail.Exception, match="it is run again"):
            kept(here, monkeypatch)
    finally:
        for path, text in texts.items():
            path.write_text(text)


def test_a_report_tells_on_what_the_run_depended_when_it_began(tmp_path, monkeypatch):
    here = checkout(tmp_path, ADD)

    def edited_meanwhile(*_, **__):
        here.lock.write_text("numpy==3.0\n")
        return Execution("finished")

    monkeypatch.setattr(run, "exercises_of", lambda lab: ["add"])
    monkeypatch.setattr(run, "execute", edited_meanwhile)
    before = run.fingerprint(here, "02-two-films", "student")
    (outcome,) = Runner(here, Watcher()).run([Task("02-two-films", "student")])
    assert outcome.report.fingerprint == before
    assert outcome.faults == ["add was never checked"]


def test_a_lab_without_checks_is_refused(tmp_path):
    with pytest.raises(SchoolError, match=r"write lens_labs/checks/two_films\.py"):
        Runner(checkout(tmp_path, ADD), Watcher()).run([Task("02-two-films", "student")])


def entry(exercise="add", state="correct", lab="two_films"):
    return {"lab": lab, "exercise": exercise, "state": state, "text": f"{state} · {exercise}"}


def report(*ledger, edition="lecturer", records=(), **execution):
    return Report(
        lab="02-two-films",
        edition=edition,
        fingerprint="",
        budget=20,
        execution=Execution(**{"ended": "finished", "cpu": 10.0} | execution),
        ledger=ledger,
        records=records,
        date="2026-11-01",
        python="3.12.1",
        versions={},
    )


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (report(entry()), []),
        (report(entry(state="not answered"), edition="student"), []),
        (report(), ["add was never checked"]),
        (report(entry(), entry()), ["add was checked 2 times"]),
        (report(entry(state="not yet")), ["add is 'not yet', not 'correct':\nnot yet · add"]),
        (report(entry(), edition="student"), ["add is 'correct', not 'not answered':\ncorrect · add"]),
        (report(entry(), entry("fly")), ["fly of two_films is no exercise of this lab"]),
        (report(entry(), entry(lab="other")), ["add of other is no exercise of this lab"]),
        (report(ended="error", at=4, error="ValueError: no"), ["it stopped in cell 5: ValueError: no"]),
        (
            report(ended="more than 60 s of CPU time", at=1),
            ["it stopped in cell 2: more than 60 s of CPU time"],
        ),
        (
            report(entry(), truncated=True),
            ["it wrote more output than a reader can use; the rest was dropped"],
        ),
    ],
)
def test_a_verdict_names_what_is_missing_repeated_wrong_or_unknown(what, found):
    assert faults(what, ["add"]) == found


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([{"name": "L2.a", "values": [1, 2], "band": [1, 2]}], []),
        ([{"name": "L2.a", "values": [9], "band": None}, {"figure": "add", "alt": "A bar."}], []),
        ([{"name": "L2.a", "values": [1, 2.5], "band": [1, 2]}], ["L2.a leaves its band from 1 to 2: [2.5]"]),
        ([{"name": "L2.a", "values": [1], "band": None}] * 2, ["L2.a is recorded 2 times"]),
    ],
)
def test_a_number_out_of_its_band_or_recorded_twice_is_a_fault(records, found):
    assert faults(report(entry(), records=tuple(records)), ["add"]) == found


def test_over_budget_is_a_warning_and_no_fault():
    slow = report(entry(), cpu=21.0)
    assert slow.over_budget
    assert faults(slow, ["add"]) == []


def test_a_report_goes_through_its_file_unchanged(tmp_path):
    before = report(entry(), records=({"name": "L2.a", "values": [1.0], "unit": "Å", "band": None},))
    before.save(tmp_path / "a" / "report.json")
    assert Report.load(tmp_path / "a" / "report.json") == before
    assert json.loads((tmp_path / "a" / "report.json").read_text())["edition"] == "lecturer"
