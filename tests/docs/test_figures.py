"""The figures of the lectures: drawn in every medium, in the colours of the page, and true to their physics."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from lens_labs.data import load
from lens_labs.scattering import reflectivity
from lens_labs.sphinx import drawings, svg

mpl.use("agg")

FOLDER = Path(__file__).parents[2] / "docs" / "figures"
LECTURE = FOLDER / "lecture02.py"


def module(name: str):
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    return importlib.import_module(name)


@functools.cache
def content(function: str, medium: str) -> str:
    file, _, name = function.partition(".")
    return drawings.draw(FOLDER / f"{file}.py", name, medium=medium)


def functions() -> list[str]:
    """Return all that draw, as `lecture02.fringes`; other functions of these modules compute data for demos."""
    files = sorted(path.stem for kind in ("demos", "lecture") for path in FOLDER.glob(f"{kind}[0-9][0-9].py"))
    return [
        f"{file}.{name}"
        for file in files
        for name, make in inspect.getmembers(module(file), inspect.isfunction)
        if make.__module__ == file
        and not name.startswith("_")
        and "Figure" in str(make.__annotations__["return"])
    ]


def maker(function: str) -> Callable[[], Figure]:
    file, _, name = function.partition(".")
    return getattr(module(file), name)


every_figure = pytest.mark.parametrize("function", functions())
every_medium = pytest.mark.parametrize("medium", list(drawings.MEDIA))


@every_figure
def test_every_figure_says_in_a_line_what_it_shows_and_needs_no_argument(function):
    make = maker(function)
    assert (make.__doc__ or "").startswith("Show ")
    assert not inspect.signature(make).parameters


@every_medium
@every_figure
def test_every_figure_uses_only_colours_that_follow_light_and_dark(function, medium):
    colours = set(re.findall(r"#[0-9a-fA-F]{6}\b", content(function, medium)))
    assert colours
    assert colours <= set(svg.PALETTE)


@every_medium
@every_figure
def test_every_figure_is_small_and_has_no_picture_in_pixels(function, medium):
    text = content(function, medium)
    assert len(text.encode()) <= 60_000
    assert "<image" not in text
    assert text.count("<use") <= 700  # markers and ticks


@every_medium
@every_figure
def test_no_letter_is_much_smaller_than_the_text_of_its_medium(function, medium):
    base = drawings.MEDIA[medium]["font.size"]
    sizes = [
        float(size) for size in re.findall(r"font[^;\"]*?: ?(?:\w+ )*([\d.]+)px", content(function, medium))
    ]
    assert sizes
    assert min(sizes) >= 0.85 * base


@every_medium
@every_figure
def test_letters_stay_text_and_formulas_are_not_set_by_matplotlib(function, medium):
    root = ET.fromstring(content(function, medium))
    texts = list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert texts
    assert all("".join(text.itertext()).strip() for text in texts)
    assert "mathdefault" not in content(function, medium)
    assert not list(root.iter("{http://www.w3.org/2000/svg}tspan"))


@pytest.mark.parametrize("medium", ["notes", "slide"])
@every_figure
def test_no_words_overlap_and_none_leave_the_figure(function, medium):
    with mpl.rc_context({**drawings._STYLE, **drawings.MEDIA[medium]}):
        figure = maker(function)()
        figure.draw_without_rendering()
        boxes = [(text.get_text(), text.get_window_extent()) for text in words(figure)]
        plt.close(figure)
    page = figure.bbox.padded(2)
    assert [text for text, box in boxes if not (page.x0 <= box.x0 and box.x1 <= page.x1)] == []
    assert [text for text, box in boxes if not (page.y0 <= box.y0 and box.y1 <= page.y1)] == []
    clashes = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.padded(-1).overlaps(other)]
    assert clashes == []


def words(figure: Figure) -> list[Text]:
    """Return the texts that are drawn; matplotlib also keeps labels for ticks that lie outside of the axes."""
    found = []
    for ax in figure.axes:
        found += [ax._left_title, *ax.texts]
        for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
            low, high = sorted(axis.get_view_interval())
            ticks = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [axis.label, *ticks]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("function", ["bias_and_variance", "batch_noise"])
def test_a_figure_has_the_same_bytes_whenever_it_is_drawn(function):
    assert drawings.draw(LECTURE, function) == content(f"lecture02.{function}", "notes")


def test_two_films_that_differ_in_every_number_fit_the_same_counts():
    found = module("_films").pair()
    first, second = found.films
    assert abs(second["film_sld"] - first["film_sld"]) > 2
    assert second["film_roughness"] > 1.5 * first["film_roughness"]
    assert max(found.chi2) < 1.3
    expected = float(np.sqrt(2 / found.q.size))  # the spread of chi-squared per point
    assert abs(found.chi2[0] - 1) < 3 * expected
    assert found.chi2[1] - found.chi2[0] < 0.15


def test_a_film_with_its_two_steps_exchanged_reflects_alike_far_above_the_critical_edge():
    films, q = module("_films"), np.linspace(0.1, 0.2, 50)
    sld = 2.9
    mirrored = films.film(100, films.SILICON + films.WATER - sld, inner=7, outer=4, resolution=1e-4)
    one = films.film(100, sld, inner=4, outer=7, resolution=1e-4)
    between = one | {"film_sld": (films.SILICON + films.WATER) / 2}
    curves = [
        np.log10(reflectivity.model(each | {"log10_background": -12}, q)) for each in (one, mirrored, between)
    ]
    exchanged, other = (np.sqrt(np.mean((curve - curves[0]) ** 2)) for curve in curves[1:])
    assert exchanged < 0.3 * other


def test_the_mean_of_two_peaks_is_far_less_likely_than_either():
    found = module("_films").posterior()
    likely = found.log_likelihood
    assert abs(likely["low"] - likely["high"]) < 2
    assert likely["mean"] < min(likely["low"], likely["high"]) - 50
    step = found.sld[1] - found.sld[0]
    assert found.density.sum() * step == pytest.approx(1)
    mean = found.films["mean"]["film_sld"]
    assert mean == pytest.approx(found.density @ found.sld * step, rel=1e-6)
    assert found.density[np.abs(found.sld - mean) < 0.5].max() < 1e-6 * found.density.max()
    for peak in ("low", "high"):
        near = np.abs(found.sld - found.films[peak]["film_sld"]) < 0.5
        assert found.density[near].sum() * step > 0.2


def test_noise_bias_and_variance_add_up_to_the_error_that_is_measured():
    found = module("_learning").tradeoff()
    np.testing.assert_allclose(found.noise + found.bias2 + found.variance, found.measured, rtol=0.02)
    assert (np.diff(found.variance) > 0).all()
    assert 3 <= found.measured.argmin() <= 7
    parameters = np.array(module("_learning").DEGREES) + 1
    at_points = (
        found.noise * parameters / found.points.size
    )  # the mean variance of a least-squares fit at its points
    np.testing.assert_allclose(found.variance[:6], at_points[:6], rtol=0.25)


def test_the_validation_loss_turns_while_the_training_loss_falls():
    losses = module("_learning").descent()
    best = losses.validation.argmin()
    assert 20 < best < losses.validation.size / 2
    assert losses.validation[-1] > 1.3 * losses.validation[best]
    assert (np.diff(losses.training) < 0).all()


def test_the_variance_of_a_gradient_falls_as_one_over_the_batch_size():
    found = module("_learning").gradients()
    np.testing.assert_allclose(found.variance * found.sizes, found.one, rtol=0.1)


def test_a_step_size_that_falls_ends_nearer_to_the_lowest_loss():
    excess = module("_learning").schedules().excess
    end = {name: values[-100:].mean() for name, values in excess.items()}
    assert end["constant"] > 8 * end["cosine"]
    assert min(values.min() for values in excess.values()) >= 0


def test_the_library_of_the_figures_is_that_of_lab_2():
    learning, page = module("_learning"), module("_drawing")
    data = learning.validation()
    error = np.abs(learning.look_up(learning.log_r(data.x), 4_000) - data["film_thickness"]).mean()
    assert error == pytest.approx(page.recorded("L2.library_mae_with_4000_films")[0], rel=0.1)


def test_a_number_that_no_lab_has_recorded_is_refused_by_name():
    with pytest.raises(KeyError, match=r"no lab has recorded 'L2\.nothing'"):
        module("_drawing").recorded("L2.nothing")


def test_the_loss_decides_which_answer_is_best():
    sample, best = module("_learning").answers()
    for name, loss in {"squared": np.square, "absolute": np.abs}.items():
        at = [loss(sample - (best[name] + shift)).sum() for shift in (-0.5, 0, 0.5)]
        assert at[1] == min(at)
    assert best["absolute"] < best["Huber"] < best["squared"]


def test_only_the_bare_wafer_is_strange():
    learning = module("_learning")
    q = learning.training().coords["q"]
    usual = np.quantile(learning.strangeness(learning.log_r(learning.training().x)), 0.999)
    score = {}
    for name in ("e361r", "PLP0011859", "PLP0000708"):
        curve = load(name)
        r = reflectivity.rebin(curve["q"], curve["r"], curve["dr"], onto=q)
        score[name] = learning.strangeness(learning.log_r(r)[None])[0]
    assert max(score["e361r"], score["PLP0011859"]) < usual
    assert score["PLP0000708"] > 2 * usual


def test_least_squares_brings_a_rough_guess_to_the_reference_fit():
    films, curve = module("_films"), load("e361r")
    start, end = films.refined()
    chi2 = [
        np.mean(reflectivity.residuals(one, curve["q"], curve["r"], curve["dr"]) ** 2) for one in (start, end)
    ]
    assert chi2[0] > 50 * chi2[1]
    assert chi2[1] < 1.1 * curve.reference.chi2
    fitted = curve.reference.parameters["film_thickness"]
    assert (
        abs(end["film_thickness"] - fitted.value) < fitted.error < abs(start["film_thickness"] - fitted.value)
    )


def test_the_drawn_sets_are_as_large_as_those_of_the_lab():
    source = (FOLDER.parents[1] / "labs" / "source" / "02-reflectometry-inversion.py").read_text("utf-8")
    drawn_from = dict(
        re.findall(
            r"^(train|validation|test) = reflectivity\.simulate\(([\d_]+), seed=", source, re.MULTILINE
        )
    )
    sets = module("lecture02").SETS
    assert sets == {
        name: int(drawn_from[name.removesuffix("ing")]) for name in ("training", "validation", "test")
    }
