import json

import numpy as np
import pytest

from lens_labs.record import record, record_figure


class Drawing:
    """Saves what it was asked for."""

    def savefig(self, path, **settings):
        path.write_text(json.dumps(sorted(settings)))


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """What was recorded, as a function that reads it."""
    path = tmp_path / "record.jsonl"
    monkeypatch.setenv("LENS_LABS_RECORD", str(path))
    monkeypatch.setenv("LENS_LABS_FIGURES", str(tmp_path))
    return lambda: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_numbers_are_recorded_with_unit_and_band_one_object_a_line(lines):
    record("L2.thickness_mae", [7, 8.5], unit="Å", band=(5, 12))
    record("L10.return_mean", 1.5)
    assert lines() == [
        {"name": "L2.thickness_mae", "values": [7.0, 8.5], "unit": "Å", "band": [5.0, 12.0]},
        {"name": "L10.return_mean", "values": [1.5], "unit": "", "band": None},
    ]


@pytest.mark.parametrize(
    "values", [3, 3.0, np.float32(3), np.array(3.0), [3], (3,), np.array([3.0]), iter([3])]
)
def test_values_may_be_numbers_sequences_or_arrays(lines, values):
    record("L2.x", values)
    assert lines()[0]["values"] == [3.0]


def test_without_a_run_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("LENS_LABS_RECORD", raising=False)
    monkeypatch.delenv("LENS_LABS_FIGURES", raising=False)
    monkeypatch.chdir(tmp_path)
    record("L2.x", 1)
    record_figure("fit", Drawing(), alt="Two curves lie on each other.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["L2", "L11.x", "l2.x", "L2.X", "L2.x__y", "L2.x\n", "thickness", 3, None])
def test_a_name_without_lecture_and_words_is_refused(name):
    with pytest.raises(ValueError, match="name must be a lecture and words"):
        record(name, 1)


@pytest.mark.parametrize("values", [[], "3", "three", None, [None], True, [True], [[1, 2]], np.ones((2, 2))])
def test_values_that_are_no_numbers_are_refused(values):
    with pytest.raises(ValueError, match=r"values of 'L2\.x' must be a number, or one number for each seed"):
        record("L2.x", values)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.array([1, -np.inf])])
def test_values_that_are_not_finite_are_refused(value):
    with pytest.raises(ValueError, match="must be finite"):
        record("L2.x", value)


@pytest.mark.parametrize("band", [(2, 1), (1, 1), (1,), (1, 2, 3), 3, "ab", (1, float("nan")), (None, 2)])
def test_a_band_that_is_no_interval_is_refused(band):
    with pytest.raises(ValueError, match=r"band of .* must be two finite numbers, the lower one first"):
        record("L2.x", 1, band=band)


@pytest.mark.parametrize("unit", [None, 3, " Å"])
def test_a_unit_that_is_no_text_is_refused(unit):
    with pytest.raises(ValueError, match="unit of"):
        record("L2.x", 1, unit=unit)


def test_a_figure_is_saved_twice_without_date_or_software_and_recorded_with_its_alt_text(lines, tmp_path):
    record_figure("fit", Drawing(), alt="Two curves lie\n on each other.")
    assert json.loads((tmp_path / "fit.svg").read_text()) == [
        "format",
        "metadata",
        "transparent",
    ]
    assert "metadata" in json.loads((tmp_path / "fit.png").read_text())
    assert lines() == [{"figure": "fit", "alt": "Two curves lie on each other."}]


def test_a_matplotlib_figure_gives_the_same_bytes_each_time(lines, tmp_path):
    import matplotlib as mpl
    from matplotlib.figure import Figure

    written = []
    for _ in range(2):
        with mpl.rc_context({"svg.hashsalt": "fixed"}):
            figure = Figure()
            figure.subplots().plot([1, 2, 3])
            record_figure("fit", figure, alt="A line rises to the right.")
        written.append([(tmp_path / f"fit.{suffix}").read_bytes() for suffix in ("svg", "png")])
    assert written[0] == written[1]


@pytest.mark.parametrize("alt", ["", "A figure", None])
def test_a_figure_needs_a_text_that_says_what_is_seen(alt):
    with pytest.raises(ValueError, match="alt of 'fit' must say what is seen"):
        record_figure("fit", Drawing(), alt=alt)


@pytest.mark.parametrize("exercise", ["", "my fit", "../fit", "Fit", None])
def test_a_figure_needs_the_name_of_an_exercise(exercise):
    with pytest.raises(ValueError, match="exercise must be the name of a check"):
        record_figure(exercise, Drawing(), alt="Two curves lie on each other.")


def test_what_cannot_be_saved_is_no_figure():
    with pytest.raises(TypeError, match="must have a method savefig; got str"):
        record_figure("fit", "picture.png", alt="Two curves lie on each other.")
