"""The work folder never overwrites what a student wrote, and says clearly why it cannot be used."""

import errno
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lens_labs.school.errors import SchoolError
from lens_labs.school.server import work
from lens_labs.school.server.work import Copy, Delivery, WorkFolder, WorkFolderError

LAB = "01-mirror"


@pytest.fixture
def releases(tmp_path):
    folder = tmp_path / "releases"
    folder.mkdir()
    (folder / f"{LAB}.ipynb").write_text("first edition")
    return folder


@pytest.fixture
def folder(tmp_path, releases):
    return WorkFolder(tmp_path / "work", releases)


def release(folder, text):
    (folder.releases / f"{LAB}.ipynb").write_text(text)


def notebooks(folder):
    return {path.name: path.read_text() for path in folder.root.glob("*.ipynb")}


def test_a_new_lab_is_created_and_then_current(folder):
    assert folder.deliver(LAB) is Delivery.NEW
    assert folder.deliver(LAB) is Delivery.CURRENT
    assert notebooks(folder) == {f"{LAB}.ipynb": "first edition"}


def test_an_untouched_copy_follows_the_release(folder):
    folder.deliver(LAB)
    release(folder, "second edition")
    assert folder.deliver(LAB) is Delivery.UPDATED
    assert notebooks(folder) == {f"{LAB}.ipynb": "second edition"}
    assert folder.deliver(LAB) is Delivery.CURRENT


def test_changed_work_stays_when_nothing_new_was_released(folder):
    folder.deliver(LAB)
    folder.path(LAB).write_text("my answer")
    assert folder.deliver(LAB) is Delivery.YOURS
    assert notebooks(folder) == {f"{LAB}.ipynb": "my answer"}


def test_an_update_of_changed_work_lies_beside_it(folder):
    folder.deliver(LAB)
    folder.path(LAB).write_text("my answer")
    release(folder, "second edition")
    assert folder.deliver(LAB) is Delivery.UPDATE_OFFERED
    assert folder.deliver(LAB) is Delivery.UPDATE_OFFERED, "as long as the offer lies there"
    assert notebooks(folder) == {f"{LAB}.ipynb": "my answer", f"{LAB}.new.ipynb": "second edition"}


def test_an_offer_that_the_student_deleted_does_not_come_back(folder):
    folder.deliver(LAB)
    folder.path(LAB).write_text("my answer")
    release(folder, "second edition")
    folder.deliver(LAB)
    folder.path(f"{LAB}.new").unlink()
    assert folder.deliver(LAB) is Delivery.YOURS
    assert notebooks(folder) == {f"{LAB}.ipynb": "my answer"}


def test_a_student_may_work_in_the_offered_file_too(folder):
    folder.deliver(LAB)
    folder.path(LAB).write_text("my answer")
    for edition in ("second", "third", "fourth"):
        release(folder, f"{edition} edition")
        folder.deliver(LAB)
        if edition == "second":
            folder.path(f"{LAB}.new").write_text("my other answer")
    assert notebooks(folder) == {
        f"{LAB}.ipynb": "my answer",
        f"{LAB}.new.ipynb": "my other answer",
        f"{LAB}.new-2.ipynb": "third edition",
        f"{LAB}.new-3.ipynb": "fourth edition",
    }


def test_taking_the_offered_file_brings_updates_back(folder):
    folder.deliver(LAB)
    folder.path(LAB).write_text("my answer")
    release(folder, "second edition")
    folder.deliver(LAB)
    folder.path(f"{LAB}.new").replace(folder.path(LAB))
    assert folder.deliver(LAB) is Delivery.CURRENT
    release(folder, "third edition")
    assert folder.deliver(LAB) is Delivery.UPDATED


def test_without_a_record_of_the_delivery_a_copy_counts_as_changed(folder):
    folder.deliver(LAB)
    shutil.rmtree(folder.state / "base")
    release(folder, "second edition")
    again = WorkFolder(folder.root, folder.releases)
    assert again.deliver(LAB) is Delivery.UPDATE_OFFERED
    assert notebooks(folder)[f"{LAB}.ipynb"] == "first edition"


def test_the_same_update_is_offered_once_even_without_a_record(folder):
    folder.deliver(LAB)
    folder.path(LAB).write_text("my answer")
    release(folder, "second edition")
    folder.deliver(LAB)
    (folder.state / "base" / f"{LAB}.ipynb").unlink()
    assert folder.deliver(LAB) is Delivery.UPDATE_OFFERED
    assert notebooks(folder) == {f"{LAB}.ipynb": "my answer", f"{LAB}.new.ipynb": "second edition"}


def test_a_delivery_that_was_cut_short_is_completed(folder, monkeypatch):
    with monkeypatch.context() as power_cut:
        power_cut.setattr(work, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            folder.deliver(LAB)
    assert folder.deliver(LAB) is Delivery.CURRENT
    release(folder, "second edition")
    assert folder.deliver(LAB) is Delivery.UPDATED


def test_the_state_of_a_copy_is_told_without_changing_it(folder):
    assert folder.copy(LAB) == Copy(started=False, changed=False)
    folder.deliver(LAB)
    assert folder.copy(LAB) == Copy(started=True, changed=False)
    folder.path(LAB).write_text("my answer")
    release(folder, "second edition")
    assert folder.copy(LAB) == Copy(started=True, changed=True)
    folder.deliver(LAB)
    assert folder.copy(LAB) == Copy(started=True, changed=True, offers=(f"{LAB}.new.ipynb",))


@pytest.mark.parametrize("save", ["in place", "atomic"])
def test_a_save_in_the_moment_of_replacing_wins(folder, monkeypatch, save):
    folder.deliver(LAB)
    release(folder, "second edition")
    rename = Path.rename

    def save_then_rename(path, target):
        if save == "in place":
            path.write_text("saved just now")
        moved = rename(path, target)
        if save == "atomic":
            path.write_text("saved just now")
        return moved

    monkeypatch.setattr(Path, "rename", save_then_rename)
    assert folder.deliver(LAB) is Delivery.UPDATE_OFFERED
    assert notebooks(folder) == {f"{LAB}.ipynb": "saved just now", f"{LAB}.new.ipynb": "second edition"}


def test_two_saves_in_the_moment_of_replacing_are_both_kept(folder, monkeypatch):
    folder.deliver(LAB)
    release(folder, "second edition")
    rename = Path.rename

    def save_around(path, target):
        path.write_text("saved before")
        moved = rename(path, target)
        path.write_text("saved after")
        return moved

    monkeypatch.setattr(Path, "rename", save_around)
    folder.deliver(LAB)
    assert {"saved before", "saved after", "second edition"} == set(notebooks(folder).values())


def test_a_file_that_another_program_holds_open_gets_an_offer(folder, monkeypatch):
    folder.deliver(LAB)
    release(folder, "second edition")
    monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(PermissionError("in use")))
    assert folder.deliver(LAB) is Delivery.UPDATE_OFFERED
    assert notebooks(folder) == {f"{LAB}.ipynb": "first edition", f"{LAB}.new.ipynb": "second edition"}


def test_folders_without_hard_links_work_too(folder, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert folder.deliver(LAB) is Delivery.NEW
    folder.path(LAB).write_text("my answer")
    release(folder, "second edition")
    assert folder.deliver(LAB) is Delivery.UPDATE_OFFERED
    assert notebooks(folder) == {f"{LAB}.ipynb": "my answer", f"{LAB}.new.ipynb": "second edition"}


def test_twenty_deliveries_at_once_make_one_file(folder):
    outcomes = together(20, lambda _: folder.deliver(LAB))
    assert Counter(outcomes) == {Delivery.NEW: 1, Delivery.CURRENT: 19}
    release(folder, "second edition")
    outcomes = together(20, lambda _: folder.deliver(LAB))
    assert Counter(outcomes) == {Delivery.UPDATED: 1, Delivery.CURRENT: 19}
    assert notebooks(folder) == {f"{LAB}.ipynb": "second edition"}


def test_no_save_is_lost_among_twenty_deliveries(folder):
    """One thread saves while nineteen deliver one release after the other."""
    folder.deliver(LAB)

    def turn(number):
        if number:
            release(folder, f"edition {number}")
            folder.deliver(LAB)
        else:
            folder.path(LAB).write_text("my answer")

    together(20, turn)
    assert "my answer" in notebooks(folder).values()


def together(number, act):
    """Call ``act(0), act(1), ...`` in as many threads, started at the same moment."""
    outcomes, gate = [], threading.Barrier(number)

    def one(index):
        gate.wait()
        outcomes.append(act(index))

    threads = [threading.Thread(target=one, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == number, "a thread failed"
    return outcomes


@pytest.mark.parametrize(
    "name", ["02-unknown", "../releases/01-mirror", "", "*", f"{LAB}.ipynb", "/etc/passwd"]
)
def test_an_unknown_name_is_refused_with_the_known_ones(folder, name):
    for ask in (folder.deliver, folder.copy):
        with pytest.raises(SchoolError, match=f"there is no lab .*; the labs are: {LAB}"):
            ask(name)
    assert notebooks(folder) == {}


def test_a_file_where_the_folder_should_be_is_named(tmp_path, releases):
    (tmp_path / "taken").write_text("")
    for place in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(WorkFolderError, match=r"a file where a folder is needed .*start --work"):
            WorkFolder(place, releases)


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path, releases):
    if not hasattr(os, "geteuid"):
        pytest.skip("read-only folders are a matter of POSIX permissions here")
    place = tmp_path / "read-only"
    place.mkdir()
    place.chmod(0o555)
    if os.geteuid() == 0:  # root may write everywhere, except where the kernel makes the files
        place = Path("/proc/lens-labs") if sys.platform == "linux" else pytest.skip("run as root")
    with pytest.raises(WorkFolderError, match=r"cannot be (written|used).*start --work"):
        WorkFolder(place, releases)


@pytest.mark.parametrize(
    ("number", "message"),
    [(errno.EROFS, "cannot be written"), (errno.ENOSPC, "no space left"), (errno.EIO, "cannot be used")],
)
def test_a_failing_disk_is_explained_and_changes_nothing(folder, monkeypatch, number, message):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", fail)
        with pytest.raises(WorkFolderError, match=message):
            folder.deliver(LAB)
    assert notebooks(folder) == {}
    assert not list(folder.root.glob(".lens-labs-*")), "a temporary file was left behind"
    assert folder.deliver(LAB) is Delivery.NEW


def test_a_folder_in_the_place_of_the_lab_is_named(folder):
    folder.path(LAB).mkdir()
    with pytest.raises(WorkFolderError, match=rf"{LAB}\.ipynb"):
        folder.deliver(LAB)


class Semester(RuleBasedStateMachine):
    """A student edits and deletes, the school releases and delivers, in any order."""

    texts = st.sampled_from(["A", "B", "C", "my answer", "my other answer"])

    @initialize()
    def begin(self):
        self.place = Path(tempfile.mkdtemp(prefix="semester-"))
        (self.place / "releases").mkdir()
        self.saved = {}
        self.folder = WorkFolder(self.place / "work", self.place / "releases")
        self.publish("A")

    def teardown(self):
        shutil.rmtree(self.place)

    @rule(text=st.sampled_from("ABC"))
    def publish(self, text):
        release(self.folder, text)

    @rule()
    def deliver(self):
        before = self.mine()
        outcome = self.folder.deliver(LAB)
        assert (outcome is Delivery.NEW) == (before is None)
        if outcome in (Delivery.YOURS, Delivery.UPDATE_OFFERED):
            assert self.mine() == before, "changed work was touched"

    @rule(name=st.sampled_from([f"{LAB}.ipynb", f"{LAB}.new.ipynb", f"{LAB}.new-2.ipynb"]), text=texts)
    def edit(self, name, text):
        (self.folder.root / name).write_text(text)
        self.saved[name] = text

    @rule(name=st.sampled_from([f"{LAB}.ipynb", f"{LAB}.new.ipynb"]))
    def delete(self, name):
        (self.folder.root / name).unlink(missing_ok=True)
        self.saved.pop(name, None)

    @rule()
    def take_the_offer(self):
        offer = self.folder.root / f"{LAB}.new.ipynb"
        if offer.exists():
            self.saved[f"{LAB}.ipynb"] = offer.read_text()
            self.saved.pop(offer.name, None)
            offer.replace(self.folder.path(LAB))

    @rule()
    def lose_the_record(self):
        shutil.rmtree(self.folder.state)
        left = {path.name: path.read_text() for path in self.folder.root.glob("*.ipynb")}
        self.saved = {name: text for name, text in self.saved.items() if left.get(name) == text}
        self.folder = WorkFolder(self.folder.root, self.folder.releases)

    @invariant()
    def every_text_the_student_saved_is_still_there(self):
        if not hasattr(self, "saved"):
            return
        kept = [path.read_text() for path in self.folder.root.rglob("*.ipynb")]
        for name, text in self.saved.items():
            assert text in kept, f"{text!r}, last saved in {name}, is gone"
            if text.startswith("my"):
                assert (self.folder.root / name).read_text() == text, "work that is in no release was moved"

    def mine(self):
        path = self.folder.path(LAB)
        return path.read_text() if path.exists() else None


Semester.TestCase.settings = settings(max_examples=40, stateful_step_count=25, derandomize=True)
TestSemester = Semester.TestCase
