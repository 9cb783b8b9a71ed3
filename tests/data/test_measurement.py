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

NAMES = data.names()
CURVES = [name for name in NAMES if data.load(name).card["kind"] == "reflectivity"]
FITTED = [name for name in NAMES if data.load(name).reference]


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


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_the_one_of_its_card_and_says_where_it_comes_from(name):
    measured = data.load(name)
    card = measured.card
    assert card["licence"] == "BSD-3-Clause"
    notice = (FOLDER / card["notice"]).read_text(encoding="utf-8")
    assert card["file"] in notice.partition("\n\n")[0]
    assert "Copyright (c)" in notice
    assert "https://" in card["citation"]
    assert card["source"].split()[0] in notice  # the package from which it comes
    assert set(measured.units) == set(measured.arrays) == set(card["columns"])
    assert len({values.shape for values in measured.arrays.values()}) == 1


def test_every_file_beside_the_code_belongs_to_a_card():
    cards = [data.load(name).card for name in NAMES]
    told = {card["file"] for card in cards} | {card["notice"] for card in cards}
    found = {path.name for path in FOLDER.iterdir() if path.is_file() and path.suffix not in (".py", ".toml")}
    assert found == told


def test_all_files_together_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 1.5e6


def test_curves_of_reflectivity_that_can_be_fitted_have_a_reference_fit():
    assert FITTED == ["PLP0000708", "PLP0011859", "e361r"]


@pytest.mark.parametrize("name", CURVES)
def test_curves_of_reflectivity_are_read_as_refnx_reads_them(name):
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
    with pytest.raises(ValueError, match=r"name must be one of 'INTER'.*got 'e361'; did you mean 'e361r'"):
        data.load("e361")


@given(st.text() | st.integers() | st.none())
def test_any_name_that_is_not_there_is_refused_by_name(name):
    if name not in NAMES:
        with pytest.raises(ValueError, match="name must be one of"):
            data.load(name)


@given(st.binary(max_size=60))
def test_any_other_content_of_a_file_is_refused(content):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("e361r.toml", "e361r.txt"):
            shutil.copy(FOLDER / file, folder)
        change_file(folder, content)
        with pytest.raises(data.DataError, match=r"the file e361r\.txt cannot be used: "):
            data.load("e361r", folder=folder)


def test_an_unknown_column_is_answered_with_those_there_are():
    with pytest.raises(KeyError, match="e361r has no column 'dq'; its columns are q, r, dr"):
        data.load("e361r")["dq"]


def test_a_changed_file_is_refused(folder):
    content = (folder / "e361r.txt").read_text()
    (folder / "e361r.txt").write_text(content.replace("1.00342405300E+00", "1.00342405301E+00"))
    with pytest.raises(
        data.DataError, match=r"e361r\.txt cannot be used: it has changed since its card was written; install"
    ):
        data.load("e361r", folder=folder)


def test_a_missing_file_is_said_to_be_missing(folder):
    (folder / "e361r.txt").unlink()
    with pytest.raises(data.DataError, match="missing"):
        data.load("e361r", folder=folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"0.1 1 0.1\n0.2 x 0.1\n", "is not a table of numbers"),
        (b"0.1 1\n0.2 1\n", "it has 2 columns; its card names 3"),
        (b"0.1 nan 0.1\n0.2 1 0.1\n", "r must have finite values only"),
        (b"0.2 1 0.1\n0.1 1 0.1\n", "q must increase from point to point"),
        (b"-0.2 1 0.1\n0.1 1 0.1\n", "q must be positive"),
        (b"0.1 1 0.1\n0.2 1 0\n", "dr must be positive"),
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
            "kind in e361r.toml must be one of 'reflectivity', .*; got 'mass'",
        ),
        ('licence = "BSD-3-Clause"\n', "", "the card e361r.toml must also say licence"),
        ('title = "', "title = ", "the card e361r.toml cannot be read"),
    ],
)
def test_a_card_that_is_wrong_is_refused(folder, old, new, message):
    change_card(folder, old, new)
    with pytest.raises(data.DataError, match=message):
        data.load("e361r", folder=folder)
