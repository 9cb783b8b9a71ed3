import socket

import pytest
from packaging.requirements import Requirement

from lens_labs import cli
from lens_labs.school import doctor


def test_this_environment_is_sound(tmp_path):
    faults = [finding for finding in doctor.examine(tmp_path) if finding.fault and finding.what != "memory"]
    assert faults == []


def test_each_declared_package_is_looked_at_once():
    names = [finding.what for finding in doctor.packages()]
    assert {"numpy", "keras", "jax", "nbclient", "rich"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("version", "fault"), [("3.11.0", False), ("3.13.9", False), ("3.10.1", True), ("3.14.0", True)]
)
def test_python_is_held_against_the_declared_range(version, fault):
    assert doctor.python(version).fault is fault


def test_a_missing_package_is_named_with_the_command_that_installs_it():
    finding = doctor.package(Requirement("no-such-package>=1.2"))
    assert finding.seen == "not installed"
    assert finding.mend == 'python -m pip install --upgrade "no-such-package>=1.2"'


def test_a_package_out_of_range_is_named_with_what_is_needed():
    finding = doctor.package(Requirement("numpy>=99"))
    assert finding.seen.endswith("and >=99 is needed")
    assert finding.fault


@pytest.mark.parametrize(("wanted", "fault"), [(None, False), ("jax", False), ("no_backend", True)])
def test_the_backend_that_is_asked_for_must_be_installed(monkeypatch, wanted, fault):
    if wanted:
        monkeypatch.setenv("KERAS_BACKEND", wanted)
    else:
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert doctor.backend().fault is fault


def test_without_any_backend_one_is_proposed(monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(doctor, "BACKENDS", ("no_backend",))
    assert doctor.backend().mend == "python -m pip install jax"


def test_taken_ports_are_passed_over_and_if_all_are_taken_another_is_proposed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        assert doctor.port(range(number, number + 1)).mend == f"lens-labs start --port {number + 1}"


def test_too_little_room_or_memory_is_a_fault(tmp_path):
    assert not doctor.disk(tmp_path / "not" / "yet", needed=0).fault
    assert "lens-labs start --work DIR" in doctor.disk(tmp_path, needed=1e9).mend
    assert "close other programs" in doctor.memory(needed=1e9).mend


def test_a_work_folder_is_tried_without_leaving_anything_behind(tmp_path):
    assert doctor.folder(tmp_path / "not" / "yet").seen.endswith("can be made")
    assert doctor.folder(tmp_path).seen.endswith("can be written")
    assert list(tmp_path.iterdir()) == []


def test_a_work_folder_that_cannot_be_written_is_a_fault(tmp_path, monkeypatch):
    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refused)
    finding = doctor.folder(tmp_path)
    assert finding.seen.endswith("Permission denied")
    assert finding.fault


def test_the_command_fails_if_there_is_a_fault_and_says_what_mends_it(monkeypatch, capsys, tmp_path):
    from lens_labs.school import commands

    monkeypatch.setattr(
        commands, "examine", lambda work: [doctor.Finding("port", "taken", "lens-labs start --port 9")]
    )
    assert cli.main(["doctor", "--work", str(tmp_path)]) == 1
    assert "port: lens-labs start --port 9" in capsys.readouterr().out
    monkeypatch.setattr(commands, "examine", lambda work: [doctor.Finding("port", "free")])
    assert cli.main(["doctor"]) == 0
