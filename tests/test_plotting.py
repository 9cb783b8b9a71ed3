"""Figures: drawn with labels and units, and the same bytes every time."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pytest

from lens_labs import plotting
from lens_labs.data import load
from lens_labs.dataset import Dataset
from lens_labs.scattering import reflectivity, sans

mpl.use("agg")


@pytest.fixture(autouse=True)
def figures():
    with mpl.rc_context():
        plotting.use_style()
        yield
    plotting.plt.close("all")


def contrast(one: str, two: str) -> float:
    def luminance(colour: str) -> float:
        parts = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_simulated_curves_have_labelled_axes_and_a_logarithmic_scale():
    ax = reflectivity.simulate(5, seed=0).plot(n=3)
    assert ax.get_xlabel() == "Q (Å⁻¹)"
    assert "reflectivity" in ax.get_ylabel()
    assert ax.get_yscale() == "log"
    assert len(ax.containers) == 3


def test_curves_say_what_they_show():
    ax = plotting.curves(sans.simulate(3, seed=0), n=2)
    assert ax.get_ylabel().startswith("intensity (cm⁻¹)")
    assert ax.get_xlabel() == "Q (Å⁻¹)"


def test_points_without_counts_are_left_out_of_a_logarithmic_plot():
    data = reflectivity.simulate(1, seed=0, prior={"log10_dose": (1, 1)})
    assert (data.x == 0).any()
    drawn = data.plot(n=1).containers[0].lines[0].get_ydata()
    assert len(drawn) == (data.x > 0).sum()


def test_a_measured_curve_is_drawn_with_its_name_and_errors():
    curve = load("e361r")
    ax = plotting.measurement(curve)
    assert ax.get_legend_handles_labels()[1] == ["e361r"]
    assert len(ax.containers[0].lines[0].get_xdata()) == len(curve["q"])


def test_a_parity_plot_holds_the_values_and_the_diagonal():
    ax = plotting.parity([1, 2, 3], [1.1, 2, 2.9], name="film_thickness", unit="Å")
    assert ax.get_xlabel() == "true film thickness (Å)"
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), ax.lines[1].get_ydata())


def test_what_cannot_be_drawn_is_refused():
    images = Dataset(np.ones((2, 3, 3)), np.ones((2, 1)), ["a"], {"x": "1", "a": "1"})
    with pytest.raises(ValueError, match="dataset must hold curves"):
        images.plot()
    with pytest.raises(ValueError, match="true and predicted must have the same shape"):
        plotting.parity([1, 2], [1], name="a", unit="1")


def test_the_same_figure_gives_the_same_bytes():
    def svg() -> bytes:
        out = io.BytesIO()
        figure = reflectivity.simulate(2, seed=0).plot().figure
        figure.savefig(out, format="svg", metadata={"Date": None})
        return out.getvalue()

    assert svg() == svg()


@pytest.mark.parametrize("colour", plotting.COLOURS)
def test_every_line_stands_out_from_the_paper(colour):
    assert contrast(colour, plotting.PAPER) >= 3  # WCAG 2.2, non-text contrast


@pytest.mark.parametrize("colour", [plotting.INK, plotting.MUTE])
def test_every_text_can_be_read_on_the_paper(colour):
    assert contrast(colour, plotting.PAPER) >= 4.5
