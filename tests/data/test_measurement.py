"""Measured files: what the loader gives, and what it refuses."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refnx.dataset import ReflectDataset
from refnx.reflect import reflectivity

from lens_labs import data
from lens_labs.data._measurement import FOLDER
from lens_labs.scattering import reflectivity as school

CURVES = data.names()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("e361r.toml", "e361r.txt"):
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


def change_card(folder: Path, old: str, new: str) -> None:
    card = folder / "e361r.toml"
    text = card.read_text(encoding="utf-8")
    assert old in text
    card.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_file(folder: Path, content: bytes) -> None:
    """Replace the file and sign it, so that the test reaches what lies behind the checksum."""
    old = hashlib.sha256((folder / "e361r.txt").read_bytes()).hexdigest()
    (folder / "e361r.txt").write_bytes(content)
    change_card(folder, old, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("name", CURVES)
def test_every_file_is_the_one_of_its_card_and_says_where_it_comes_from(name):
    curve = data.load(name)
    assert curve.card["licence"] == "BSD-3-Clause"
    assert curve.card["file"] in (FOLDER / curve.card["notice"]).read_text(encoding="utf-8")
    assert "https://doi.org/" in curve.card["citation"]
    assert set(curve.units) == set(curve.arrays) >= {"q", "r", "dr"}
    assert curve.units["q"] == "1/Å"
    assert curve.reference is not None


@pytest.mark.parametrize("name", CURVES)
def test_files_read_as_refnx_reads_them(name):
    curve = data.load(name)
    theirs = ReflectDataset(FOLDER / curve.card["file"])
    np.testing.assert_array_equal(curve["q"], theirs.x)
    np.testing.assert_array_equal(curve["r"], theirs.y)
    np.testing.assert_array_equal(curve["dr"], theirs.y_err)
    if "dq" in curve.arrays:
        np.testing.assert_array_equal(curve["dq"], theirs.x_err)


@pytest.mark.parametrize("name", ["e361r", "PLP0011859"])
def test_reference_fits_have_the_chi2_that_their_card_states(name):
    """refnx and our own model both find it at the stored values."""
    curve = data.load(name)
    reference = curve.reference
    known = {key: reference[key] for key in [*reference.parameters, *reference.fixed]}
    stack = school.slabs(known)
    dq = curve["dq"] if "dq" in curve.arrays else known["resolution"] * curve["q"]
    theirs = reflectivity(curve["q"], stack, dq=dq, threads=1)
    ours = school.reflectivity(curve["q"], stack, dq=dq)
    for model in (theirs, ours):
        misfit = np.log10(known["scale"] * model + 10 ** known["log10_background"]) - np.log10(curve["r"])
        sigma = curve["dr"] / curve["r"] / np.log(10)
        freedom = len(misfit) - len(reference.parameters) - ("resolution" in reference.fixed)
        chi2 = np.sum((misfit / sigma) ** 2) / freedom
        assert chi2 == pytest.approx(
            reference.chi2, rel=0.02
        )  # the two programs smear with different quadratures
    residuals = school.residuals(known, curve["q"], curve["r"], curve["dr"], dq=dq)
    assert np.sum(residuals**2) / freedom == pytest.approx(chi2, rel=1e-6)


def test_the_arrays_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        data.load("e361r")["r"][0] = 1


def test_an_unknown_name_is_answered_with_the_nearest_one():
    with pytest.raises(
        ValueError, match=r"name must be one of 'PLP0000708'.*got 'e361'; did you mean 'e361r'"
    ):
        data.load("e361")


@given(st.text() | st.integers() | st.none())
def test_any_name_that_is_not_there_is_refused_by_name(name):
    if name not in CURVES:
        with pytest.raises(ValueError, match="name must be one of"):
            data.load(name)


@given(st.binary(max_size=60))
def test_any_other_content_of_a_file_is_refused(content):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("e361r.toml", "e361r.txt"):
            shutil.copy(FOLDER / file, folder)
        change_file(folder, content)
        with pytest.raises(data.DataError, match=r"the file e361r\.txt|q in|dr in"):
            data.load("e361r", folder=folder)


def test_an_unknown_column_is_answered_with_those_there_are():
    with pytest.raises(KeyError, match="e361r has no column 'dq'; its columns are q, r, dr"):
        data.load("e361r")["dq"]


def test_a_changed_file_is_refused(folder):
    content = (folder / "e361r.txt").read_text()
    (folder / "e361r.txt").write_text(content.replace("1.00342405300E+00", "1.00342405301E+00"))
    with pytest.raises(data.DataError, match=r"e361r\.txt has changed since its card was written; install"):
        data.load("e361r", folder=folder)


def test_a_missing_file_is_said_to_be_missing(folder):
    (folder / "e361r.txt").unlink()
    with pytest.raises(data.DataError, match="missing"):
        data.load("e361r", folder=folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"0.1 1 0.1\n0.2 x 0.1\n", "is not a table of numbers"),
        (b"0.1 1\n0.2 1\n", "has 2 columns; its card names 3"),
        (b"0.1 nan 0.1\n0.2 1 0.1\n", "not finite"),
        (b"0.2 1 0.1\n0.1 1 0.1\n", "q in e361r.txt must be positive and increase"),
        (b"-0.2 1 0.1\n0.1 1 0.1\n", "q in e361r.txt must be positive"),
        (b"0.1 1 0.1\n0.2 1 0\n", "dr in e361r.txt must be positive"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(folder, content, message):
    change_file(folder, content)
    with pytest.raises(data.DataError, match=message):
        data.load("e361r", folder=folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('q = "1/Å"', 'q = "1/nm"', r"units.q in e361r.toml must be '1/Å'; got '1/nm': convert the file"),
        ('dr = "1"', "", "units.dr in e361r.toml must be '1'; got None"),
        (
            'columns = ["q", "r", "dr"]',
            'columns = ["q", "r", "err"]',
            "must be among q, r, dr, dq; got 'err'",
        ),
        (
            'kind = "reflectivity"',
            'kind = "mass"',
            "kind in e361r.toml must be one of 'reflectivity'; got 'mass'",
        ),
        ('licence = "BSD-3-Clause"\n', "", "the card e361r.toml must also say licence"),
        ('title = "', "title = ", "the card e361r.toml cannot be read"),
    ],
)
def test_a_card_that_is_wrong_is_refused(folder, old, new, message):
    change_card(folder, old, new)
    with pytest.raises(data.DataError, match=message):
        data.load("e361r", folder=folder)
