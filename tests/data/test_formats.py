"""Formats and kinds of measured files: read as their packages mean them, and refused where their numbers make no sense."""

from __future__ import annotations

import hashlib
import io
import lzma
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lens_labs import data
from lens_labs.data._kinds import KINDS
from lens_labs.data._measurement import FOLDER

IMAGES = [name for name in data.names() if data.load(name).card["kind"] == "sans_2d"]
CARD = """title = "A test"
kind = "{kind}"
file = "{file}"
sha256 = "{sha256}"
columns = {columns}
source = "none"
licence = "none"
citation = "none"

[format]
{form}

[units]
"""
XML = """<root xmlns="urn:cansas1d:1.1"><SASdata>
<Idata><Q unit="1/A">0.01</Q><I unit="1/cm">2</I><Idev unit="1/cm">1</Idev></Idata>
<Idata><Q unit="1/A">0.02</Q><I unit="1/cm">1</I><Idev unit="1/cm">1</Idev></Idata>
</SASdata></root>"""


def loaded(
    content: bytes, kind: str, columns: list[str], form: str = "", *, suffix: str = ""
) -> data.Measurement:
    """Load a file with this content, with a card that fits it."""
    packed = lzma.compress(content) if suffix == ".xz" else content
    units = "".join(f'{name} = "{KINDS[kind][name].unit}"\n' for name in columns)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"new{suffix}").write_bytes(packed)
        sha256 = hashlib.sha256(content).hexdigest()
        card = CARD.format(kind=kind, file=f"new{suffix}", sha256=sha256, columns=columns, form=form)
        (folder / "new.toml").write_text(card.replace("'", '"') + units, encoding="utf-8")
        return data.load("new", folder=folder)


def saved(array: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array))
    return file.getvalue()


@pytest.mark.parametrize("name", IMAGES)
def test_images_have_rows_and_columns_and_qx_runs_along_the_rows(name):
    image = data.load(name)
    (side, _) = image["qx"].shape
    assert image["qx"].shape == (side, side)
    assert (np.diff(image["qx"], axis=1) > 0).all()
    assert (np.diff(image["qy"], axis=0) > 0).all()
    assert np.ptp(image["qy"], axis=1).max() < np.ptp(image["qy"]) / 100
    assert f"{side} × {side} pixels" in repr(image)


def test_pixels_stand_where_the_lines_of_the_file_say():
    image = data.load("SILIC010")
    lines = lzma.decompress((FOLDER / image.card["file"]).read_bytes()).decode().splitlines()[19:]
    for number in (0, 1, 128, 5_000, 16_383):
        qx, qy, counts, *_ = map(float, lines[number].split())
        place = divmod(number, 128)
        assert (image["qx"][place], image["qy"][place], image["counts"][place]) == (qx, qy, counts)


def test_raw_counts_are_those_of_the_header_and_the_beam_stop_hides_the_middle():
    image = data.load("SILIC010")
    q = np.hypot(image["qx"], image["qy"])
    assert image["counts"].sum() == 651_912
    assert image["counts"][q < 0.004].mean() < 0.05 * image["counts"][(q > 0.01) & (q < 0.015)].mean()


def test_two_concentrations_of_a_block_copolymer_differ_by_a_ring():
    for name, ratio in (("P123_10", (1, 3)), ("P123_40", (3, 100))):
        image = data.load(name)
        q, seen = np.hypot(image["qx"], image["qy"]), image["di"] > 0
        ring = image["i"][seen & (q > 0.036) & (q < 0.046)].mean()
        inside = image["i"][seen & (q > 0.015) & (q < 0.025)].mean()
        assert ratio[0] < max(ring / inside, inside / ring) < ratio[1]


def test_curves_have_the_shape_that_their_sample_makes():
    silica = data.load("Ludox")
    assert 0.01 < silica["q"][silica["i"].argmax()] < 0.03  # crowded spheres keep a distance
    sample, resolution = data.load("QENS_sample"), data.load("QENS_resolution")
    assert_array_equal(sample["energy"], resolution["energy"])
    assert np.ptp(sample["energy"][sample["s"] > sample["s"].max() / 2]) > 2 * np.ptp(
        resolution["energy"][resolution["s"] > resolution["s"].max() / 2]
    )
    for name in ("INTER", "SURF"):
        beam = data.load(name)
        assert 2 < beam["wavelength"][beam["flux"].argmax()] < 3


def test_the_powder_pattern_has_the_peaks_of_a_cubic_lattice_at_its_wavelength():
    pattern = data.load("LBCO")
    angle, offset = pattern["two_theta"], 0.6  # degrees, as the card says
    for square in (2, 3, 4, 8):  # h² + k² + l²
        expected = 2 * np.degrees(np.arcsin(1.494 / 2 * np.sqrt(square) / 3.886)) + offset
        near = np.abs(angle - expected) < 1.5
        assert angle[near][pattern["i"][near].argmax()] == pytest.approx(expected, abs=0.15)
        assert pattern["i"][near].max() > 2 * np.median(pattern["i"])


def test_a_table_may_have_a_header_a_delimiter_a_shape_and_a_packing():
    content = b"any words\n-1,-1,5\n1,-1,6\n-1,1,7\n1,1,8\n"
    form = 'header = 1\ndelimiter = ","\nshape = [2, 2]'
    image = loaded(content, "sans_2d", ["qx", "qy", "counts"], form, suffix=".xz")
    assert_array_equal(image["counts"], [[5, 6], [7, 8]])
    assert_array_equal(image["qx"], [[-1, 1], [-1, 1]])
    with pytest.raises(ValueError, match="read-only"):
        image["counts"][0, 0] = 0


def test_points_of_cansas_are_read_whatever_its_version():
    for text in (
        XML,
        XML.replace("urn:cansas1d:1.1", "cansas1d/1.0"),
        XML.replace(' xmlns="urn:cansas1d:1.1"', ""),
    ):
        curve = loaded(text.encode(), "sans_1d", ["q", "i", "di"], 'kind = "cansas"')
        assert_array_equal(curve["q"], [0.01, 0.02])
        assert_array_equal(curve["i"], [2, 1])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('<Q unit="1/A">', '<Q unit="1/nm">', "it gives Q in '1/nm'; the card says '1/Å'"),
        ('<Q unit="1/A">', "<Q>", "it gives Q in None; the card says"),
        ("Idev", "Error", "it has no element Idev"),
        ("</root>", "", "it is no XML"),
        (">0.02<", ">wide<", "could not convert"),
        (">0.02<", "><", "q must have finite values only"),
        ('<I unit="1/cm">2</I>', "", "all columns must have as many points"),
    ],
)
def test_cansas_that_is_wrong_is_refused(old, new, message):
    with pytest.raises(data.DataError, match=message):
        loaded(XML.replace(old, new).encode(), "sans_1d", ["q", "i", "di"], 'kind = "cansas"')


@pytest.mark.parametrize(
    ("kind", "columns", "rows", "message"),
    [
        ("sans_1d", ["q", "i", "di"], [[0.1, 0.1], [1, 1], [1, 1]], "q must increase from point to point"),
        ("sans_1d", ["q", "i", "di"], [[0, 0.1], [1, 1], [1, 1]], "q must be positive"),
        ("sans_1d", ["q", "i", "di"], [[0.1, 0.2], [1, 1], [1, 0]], "di must be positive"),
        ("sans_1d", ["q", "i", "di", "dq"], [[0.1], [1], [1], [-1]], "dq must be positive"),
        ("spectrum", ["wavelength", "flux"], [[2, 1], [1, 1]], "wavelength must increase"),
        ("spectrum", ["wavelength", "flux"], [[1, 2], [1, -1]], "flux must not be negative"),
        ("diffraction", ["two_theta", "i", "di"], [[2, 1], [1, 1], [1, 1]], "two_theta must increase"),
        ("diffraction", ["two_theta", "i", "di"], [[1, 2], [1, 1], [1, 0]], "di must be positive"),
        ("qens", ["energy", "s", "ds"], [[1, -1], [1, 1], [1, 1]], "energy must increase"),
        ("qens", ["energy", "s", "ds"], [[-1, 1], [1, np.inf], [1, 1]], "s must have finite values only"),
        ("qens", ["energy", "s", "ds"], [[], [], []], "energy must have at least one point"),
        ("qens", ["energy", "s"], [[-1, 1], [1, 1], [1, 1]], "it has 3 columns; its card names 2"),
    ],
)
def test_columns_that_break_a_rule_of_their_kind_are_refused(kind, columns, rows, message):
    with pytest.raises(data.DataError, match=message):
        loaded(saved(np.array(rows, dtype=float)), kind, columns, 'kind = "npy"')


@pytest.mark.parametrize(
    ("qx", "qy", "counts", "message"),
    [
        ([1, -1, -1, 1], [-1, -1, 1, 1], [1, 1, 1, 1], "qx must increase along each row"),
        ([-1, 1, -1, 1], [-1, 1, -1, 1], [1, 1, 1, 1], "qy must increase from row to row"),
        ([-1, 1, -1, 1], [-1, -1, 1, 1], [1, 1, 1.5, 1], "counts must be whole numbers, 0 or more"),
        ([-1, 1, -1, 1], [-1, -1, 1, 1], [1, 1, -1, 1], "counts must be whole numbers, 0 or more"),
        ([-1, 1, 0, -1, 1, 0], [1] * 6, [1] * 6, "cannot reshape"),
    ],
)
def test_images_whose_pixels_are_out_of_order_or_no_counts_are_refused(qx, qy, counts, message):
    with pytest.raises(data.DataError, match=message):
        loaded(saved([qx, qy, counts]), "sans_2d", ["qx", "qy", "counts"], 'kind = "npy"\nshape = [2, 2]')


@pytest.mark.parametrize("array", [[1.0, 2.0], [[1j], [1]], [["a"], ["b"]]])
def test_an_array_that_is_no_table_of_numbers_is_refused(array):
    with pytest.raises(data.DataError, match="it holds no table of numbers"):
        loaded(saved(array), "spectrum", ["wavelength", "flux"], 'kind = "npy"')


def test_an_array_that_would_run_code_is_refused():
    content = saved(np.array([[print]], dtype=object))
    with pytest.raises(data.DataError, match="allow_pickle=False"):
        loaded(content, "spectrum", ["wavelength", "flux"], 'kind = "npy"')


def test_an_unknown_format_is_refused_with_those_there_are():
    with pytest.raises(
        data.DataError, match="it has the format 'hdf', which is none of 'table', 'npy', 'cansas'"
    ):
        loaded(b"", "spectrum", ["wavelength", "flux"], 'kind = "hdf"')


def test_a_packed_file_that_is_damaged_is_refused(tmp_path):
    for name in ("Ludox.toml", "Ludox.xml.xz"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "Ludox.xml.xz").write_bytes((FOLDER / "Ludox.xml.xz").read_bytes()[:100])
    with pytest.raises(data.DataError, match=r"Ludox\.xml\.xz cannot be used: it cannot be unpacked"):
        data.load("Ludox", folder=tmp_path)


@pytest.mark.parametrize("form", ['kind = "npy"', 'kind = "cansas"', 'delimiter = ","'])
@given(
    st.binary(max_size=80) | st.text(max_size=40).map(lambda text: b"\x93NUMPY\x01\x00v\x00" + text.encode())
)
def test_any_other_content_is_refused_in_every_format(form, content):
    with pytest.raises(data.DataError, match=r"the file new cannot be used"):
        loaded(content, "sans_1d", ["q", "i", "di"], form)
