"""The interactive figures: their mathematics, computed by the scripts that the pages load, against the package and NumPy."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import quickjs
from scipy import interpolate, special, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from lens_labs.data import load
from lens_labs.scattering import reflectivity
from lens_labs.sphinx import demos

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "_static" / "demos"
KIT = ROOT / "lens_labs" / "sphinx" / "static" / "demo.js"
DATA = {"descent": "demos02.misfit", "neuron": "demos02.edge", "process": "demos09.scan"}
LONGEST = {"demo": 150, "descent": 70, "kiessig": 90, "neuron": 95}
"""Lines of each script."""


def figures(module: str = "demos02"):
    folder = str(ROOT / "docs" / "figures")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(module)


def computed(name: str):
    """Return what Python computes for a demo."""
    module, _, function = DATA[name].partition(".")
    return getattr(figures(module), function)()


def data(name: str) -> str:
    """Return the data of a demo, as its page has them."""
    return demos.to_json(computed(name))


def loaded(name: str):
    """Return a function that evaluates an expression after a demo has been loaded, without any page.

    In the expression, `its` is the mathematics of the demo, and `data` what Python computed for it.
    """
    context = quickjs.Context()
    for script in (KIT, FOLDER / f"{name}.js"):
        context.eval(script.read_text("utf-8"))
    context.eval(
        f"const its = demo.mathematics[{json.dumps(name)}], data = {data(name) if name in DATA else '{}'};"
    )
    return lambda expression: json.loads(context.eval(f"JSON.stringify({expression})"))


@pytest.fixture(scope="module")
def kiessig():
    return loaded("kiessig")


@pytest.fixture(scope="module")
def neuron():
    return loaded("neuron")


@pytest.fixture(scope="module")
def descent():
    return loaded("descent")


@pytest.fixture(scope="module")
def process():
    return loaded("process")


def slabs(film: dict[str, float]) -> list[list[float]]:
    return [[0, 2.07, 0, 0], [film["d"], film["sld"], 0, film["rough"]], [0, 6.36, 0, film["rough"]]]


# Kiessig fringes


@pytest.mark.parametrize("resolution", [0, 0.02, 0.1])
@pytest.mark.parametrize(("d", "sld", "rough"), [(40, 0, 20), (90, 2.8, 5), (150, 1, 3), (250, 7, 0)])
def test_the_curve_of_the_page_is_that_of_the_package(kiessig, d, sld, rough, resolution):
    film, q = {"d": d, "sld": sld, "rough": rough}, np.geomspace(0.006, 0.2, 80)
    drawn = kiessig(f"{q.tolist()}.map((q) => its.reflectivity(q, {json.dumps(film)}, {resolution}))")
    np.testing.assert_allclose(
        drawn, reflectivity.reflectivity(q, slabs(film), dq=resolution or None), rtol=1e-9
    )


def test_the_profile_of_the_page_is_nearly_that_of_the_package(kiessig):
    film, z = {"d": 90, "sld": 2.8, "rough": 5}, np.linspace(-50, 200, 126)
    drawn = kiessig(f"{z.tolist()}.map((z) => its.profile(z, {json.dumps(film)}))")
    np.testing.assert_allclose(drawn, reflectivity.sld_profile(z, np.array(slabs(film))), atol=0.04)


def test_each_hidden_film_has_a_twin_that_is_another_film_with_nearly_the_same_curve(kiessig):
    for film, twin, off in kiessig(
        "its.HIDDEN.map((f) => [f, its.twin(f), its.difference(its.curve(f, .04), its.curve(its.twin(f), .04))])"
    ):
        assert abs(film["sld"] - twin["sld"]) > 2
        assert off < 4
        q = 0.011 + 0.001 * np.arange(190)
        curves = [reflectivity.reflectivity(q, slabs(each), dq=0.04) for each in (film, twin)]
        assert off == pytest.approx(100 * np.expm1(np.abs(np.log(curves[0] / curves[1])).mean()), rel=1e-6)


def test_the_sliders_can_reach_every_hidden_film_and_its_twin(kiessig):
    for film in kiessig("its.HIDDEN.concat(its.HIDDEN.map(its.twin))"):
        assert 40 <= film["d"] <= 250
        assert 0 <= film["sld"] <= 7
        assert film["d"] == round(film["d"])
        assert film["sld"] * 20 == pytest.approx(round(film["sld"] * 20))
        assert film["rough"] * 2 == round(film["rough"] * 2)


# A neuron

ACTIVATIONS = {
    "none": lambda z: z,
    "ReLU": lambda z: np.maximum(z, 0),
    "GELU": lambda z: z * special.ndtr(z),
    "tanh": np.tanh,
    "sigmoid": special.expit,
}
NEURONS = [{"w": 1.3, "c": -2.1}, {"w": -0.7, "c": 2.9}, {"w": 2.2, "c": -7.5}]
GOAL = "data.q.map((q) => 100 * q), data.log"


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_an_activation_and_its_slope_are_those_of_numpy_and_scipy(neuron, name):
    z, g = np.linspace(-6, 6, 97) + 0.01, ACTIVATIONS[name]
    value, slope = np.array(neuron(f"{z.tolist()}.map((z) => its.BENDS[{name!r}].map((each) => each(z)))")).T
    np.testing.assert_allclose(value, g(z), atol=1e-6)
    np.testing.assert_allclose(slope, (g(z + 1e-5) - g(z - 1e-5)) / 2e-5, atol=1e-6)


def test_the_page_offers_every_activation_and_no_other(neuron):
    assert set(neuron("Object.keys(its.BENDS)")) == set(ACTIVATIONS)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", ["ReLU", "GELU", "tanh", "sigmoid"])
def test_the_last_layer_is_the_least_squares_solution(neuron, name, count):
    found = neuron(f"its.answer({GOAL}, {json.dumps(NEURONS[:count])}, {name!r})")
    edge = figures().edge()
    hidden = [ACTIVATIONS[name](each["w"] * 100 * edge["q"] + each["c"]) for each in NEURONS[:count]]
    layer = np.column_stack([np.ones_like(edge["q"]), *hidden])
    best = np.linalg.lstsq(layer, edge["log"], rcond=None)[0]
    np.testing.assert_allclose(found["y"], layer @ best, atol=2e-3)
    assert found["square"] == pytest.approx(((layer @ best - edge["log"]) ** 2).mean(), rel=1e-3)


@pytest.mark.parametrize("name", ["GELU", "tanh"])
def test_the_gradient_is_that_of_finite_differences(neuron, name):
    def square(j: int, key: str, shift: float) -> float:
        moved = [dict(each) for each in NEURONS]
        moved[j][key] += shift
        return neuron(f"its.answer({GOAL}, {json.dumps(moved)}, {name!r}).square")

    gradient = neuron(f"its.answer({GOAL}, {json.dumps(NEURONS)}, {name!r}).gradient")
    expected = [[(square(j, key, 1e-4) - square(j, key, -1e-4)) / 2e-4 for key in "wc"] for j in range(3)]
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-7)


def test_without_activation_three_neurons_are_no_better_than_a_straight_line(neuron):
    squares = [neuron(f"its.answer({GOAL}, {json.dumps(NEURONS[:n])}, 'none').square") for n in (1, 3)]
    edge = figures().edge()
    line = np.polyval(np.polyfit(edge["q"], edge["log"], 1), edge["q"])
    assert squares == pytest.approx([((line - edge["log"]) ** 2).mean()] * 2, rel=1e-3)


def learned(neuron, count: int, name: str = "ReLU") -> float:
    """Return the root mean square after all steps of "Let them learn", from where the page begins."""
    start = [{"w": 1, "c": -2 - 1.5 * j} for j in range(count)]
    square = neuron(
        f"(() => {{ let now = {json.dumps(start)}, rate = 1; for (let i = 0; i < 1000 && rate; i++) "
        f"[now, rate] = its.learn({GOAL}, now, {name!r}, rate); return its.answer({GOAL}, now, {name!r}).square; }})()"
    )
    return float(np.sqrt(square))


def test_more_neurons_come_nearer_and_learning_comes_near_to_the_best(neuron):
    drawn = figures()
    edge = drawn.edge()
    for count in (1, 2, 3):
        off = drawn._answer(drawn._kinks(count), edge["q"], edge["log"]) - edge["log"]
        best = np.sqrt((off**2).mean())
        assert 0.99 * best < learned(neuron, count) < 1.35 * best
    assert learned(neuron, 1) > 3 * learned(neuron, 2) > 5 * learned(neuron, 3)


@pytest.mark.parametrize("name", ["none", "GELU", "tanh", "sigmoid"])
def test_a_step_of_learning_never_raises_the_misfit(neuron, name):
    squares = neuron(
        f"(() => {{ let now = {json.dumps(NEURONS)}, rate = 1; const seen = []; for (let i = 0; i < 30 && rate; i++) "
        f"{{ seen.push(its.answer({GOAL}, now, {name!r}).square); [now, rate] = its.learn({GOAL}, now, {name!r}, rate); }} return seen; }})()"
    )
    assert (np.diff(squares) <= 0).all()


# Gradient descent


def test_the_misfit_is_that_of_the_measured_curve_and_deepest_near_the_reference_fit():
    found, curve = figures().misfit(), load("e361r")
    film = {name: each.value for name, each in curve.reference.parameters.items()} | dict(
        curve.reference.fixed
    )
    for i in (0, 137, 400):
        computed = reflectivity.model(film | {"film_thickness": 50.0 + i}, curve["q"])
        expected = np.mean((np.log10(computed) - np.log10(curve["r"])) ** 2)
        assert found["misfit"][i] == pytest.approx(expected, rel=1e-9)
    deepest = found["from"] + found["misfit"].argmin()
    assert abs(deepest - curve.reference.parameters["film_thickness"].value) < 1


def test_there_are_many_valleys_and_one_of_them_is_far_deeper():
    wells = figures().misfit()["misfit"]
    valleys = np.sort([wells[i] for i in range(1, 400) if wells[i] < min(wells[i - 1], wells[i + 1])])
    assert valleys.size >= 5
    assert valleys[0] < valleys[1] / 30


def test_misfit_and_slope_agree_with_a_spline_through_what_python_computed(descent):
    found = figures().misfit()
    spline = interpolate.CubicSpline(figures().THICKNESS, found["misfit"])
    d = np.linspace(60, 440, 333)
    value, slope = np.array(
        descent(
            f"{d.tolist()}.map((d) => {{ const at = its.misfit(data, d); return [at.value, at.slope]; }})"
        )
    ).T
    np.testing.assert_allclose(value, spline(d), atol=2e-6)
    np.testing.assert_allclose(slope, spline(d, 1), atol=2e-5)


def test_a_curve_between_two_thicknesses_is_that_of_the_package(descent):
    curve = load("e361r")
    film = {name: each.value for name, each in curve.reference.parameters.items()} | dict(
        curve.reference.fixed
    )
    for d in (83.0, 211.1, 245.0, 398.0):
        q = np.array(descent("data.curves.q"))
        expected = np.log10(reflectivity.model(film | {"film_thickness": d}, q))
        np.testing.assert_allclose(descent(f"its.curve(data, {d})"), expected, atol=0.05)


def run(descent, start: float, rates: list[float]) -> list[float]:
    return descent(f"{rates}.reduce((path, rate) => [...path, its.step(data, path.at(-1), rate)], [{start}])")


def test_a_step_goes_against_the_slope_by_the_learning_rate(descent):
    slope = descent("its.misfit(data, 245).slope")
    assert run(descent, 245, [300]) == pytest.approx([245, 245 - 300 * slope])


@pytest.mark.parametrize(
    ("start", "rates", "fate"),
    [
        (245, [10] * 5, "crawls"),
        (245, [300] * 20, "moves"),
        (245, [8000] * 40, "jumps"),
        (245, [8000] * 10 + [1000] * 30, "found"),
        (245, [2000] * 60, "found"),
        (330, [5000] * 120, "trapped"),
        (190, [100000], "gone"),
    ],
)
def test_the_sentence_of_the_page_tells_how_a_run_ends(descent, start, rates, fate):
    assert descent(f"its.fate(data, {run(descent, start, rates)})") == fate


@pytest.mark.parametrize("rate", [1000, 2000, 4000, 5500])
def test_from_330_no_rate_that_settles_reaches_the_deepest_valley(descent, rate):
    assert run(descent, 330, [rate] * 200)[-1] > 300
    assert descent(f"its.fate(data, {run(descent, 245, [rate] * 120)})") == "found"


# A Gaussian process

BAND, SIGNAL = "band", "band × mean"


def told(process, points: list[int], rule: str = BAND, *, time=5, length=0.5, given="data") -> dict:
    """Return what the page believes after counting at these points."""
    return process(f"its.believe({given}, {points}, {time}, {length}, {rule!r})")


def steered(process, count: int, rule: str, given="data") -> list[int]:
    """Return the points of a person who counts where the page says, from its start on."""
    points = list(figures("demos09").scan()["start"])
    while len(points) < count:
        points.append(told(process, points, rule, given=given)["next"])
    return points


@pytest.mark.parametrize("mean", [0.31, 2.7, 46.0, 900.0, 2760.0])
def test_a_count_is_the_quantile_of_a_poisson_distribution(process, mean):
    chance = np.array([0.01, 0.137, 0.5, 0.861, 0.99])
    counts = process(f"{chance.tolist()}.map((each) => its.counted({mean}, each))")
    np.testing.assert_array_equal(counts, stats.poisson.ppf(chance, mean))


@pytest.mark.parametrize("length", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("count", [3, 20, 60])
def test_mean_band_and_evidence_are_those_of_scikit_learn(process, count, length):
    rng = np.random.default_rng(count)
    x, y, s = rng.uniform(1, 8, count).round(1), rng.normal(2, 1.5, count), 0.5 / np.sqrt(60)
    where = np.linspace(1, 8, 57)
    found = process(f"its.posterior({x.tolist()}, {y.tolist()}, {s}, {length}, {where.tolist()})")
    kernel = ConstantKernel(4.0) * RBF(length)
    exact = GaussianProcessRegressor(kernel, alpha=s**2, optimizer=None).fit(x[:, None], y - y.mean())
    mean, sd = exact.predict(where[:, None], return_std=True)
    np.testing.assert_allclose(found["mean"], mean + y.mean(), atol=1e-8)
    np.testing.assert_allclose(found["sd"], sd, atol=1e-8)
    assert found["evidence"] == pytest.approx(exact.log_marginal_likelihood_value_, rel=1e-9)


@pytest.mark.parametrize("rule", [BAND, SIGNAL])
def test_the_next_point_is_where_the_rule_is_largest(process, rule):
    points = [10, 68, 130, 44, 40]
    now, shown = told(process, points, rule), json.loads(data("process"))
    counts = stats.poisson.ppf(shown["chance"][:5], 5 * np.array(shown["rate"])[points])
    np.testing.assert_allclose(now["y"], np.sqrt((counts + 0.375) / 5))
    assert now["s"] == pytest.approx(1 / (2 * np.sqrt(5)))
    mean, sd = np.array(now["mean"]), np.array(now["sd"])
    score = sd * np.maximum(mean, 0) if rule == SIGNAL else sd
    assert now["next"] == score.argmax()
    np.testing.assert_allclose(now["score"], score / score.max())


def test_the_band_is_judged_by_the_truth_at_all_energies(process):
    points = steered(process, 8, BAND)
    now, rate = told(process, points, length=1.0), np.array(json.loads(data("process"))["rate"])
    judged = process(f"its.judge(data, its.believe(data, {points}, 5, 1, {BAND!r}))")
    mean, sd = np.array(now["mean"]), np.array(now["sd"])
    assert judged["held"] == pytest.approx((np.abs(np.sqrt(rate) - mean) < 1.96 * sd).mean())
    assert judged["off"] == pytest.approx(np.sqrt(((mean**2 - rate) ** 2).mean()))


@pytest.mark.parametrize(("rule", "off"), [(BAND, 3.8), (SIGNAL, 1.5)])
def test_the_drawing_that_stands_for_the_page_counts_at_the_same_points(process, rule, off):
    drawn = figures("demos09")
    points = drawn._chosen(10, by_mean=rule == SIGNAL)
    assert points == steered(process, 10, rule)
    y, mean, sd = drawn._believed(points)
    now = told(process, points, rule)
    for name, value in {"y": y, "mean": mean, "sd": sd}.items():
        np.testing.assert_allclose(now[name], value, atol=1e-4)  # the page has rounded rates
    assert np.sqrt(np.mean((mean**2 - drawn.scan()["rate"]) ** 2)) == pytest.approx(off, abs=0.05)  # as told


def test_the_signal_in_the_rule_pays_whatever_the_noise(process):
    """Ten points: what the page shows is no accident of its own noise."""
    off = {BAND: [], SIGNAL: []}
    for seed in range(8):
        chance = np.random.default_rng(seed).uniform(0.01, 0.99, 60).round(3).tolist()
        given = f"{{ ...data, chance: {chance} }}"
        for rule, values in off.items():
            points = steered(process, 10, rule, given)
            believed = f"its.believe({given}, {points}, 5, 0.5, {rule!r})"
            values.append(process(f"its.judge(data, {believed}).off"))
    gain = np.subtract(off[BAND], off[SIGNAL])
    assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(gain.size)


def test_the_evidence_prefers_the_width_of_the_peaks_and_a_long_scale_breaks_the_band(process):
    points, lengths = steered(process, 10, SIGNAL), [0.2, 0.5, 1.0, 2.0]
    evidence = [told(process, points, length=each)["evidence"] for each in lengths]
    assert np.argmax(evidence) == 1
    assert evidence[1] == pytest.approx(-20, abs=0.5)  # as the speaker tells
    assert evidence[3] < -100
    held = process(
        f"{lengths}.map((each) => its.judge(data, its.believe(data, {points}, 5, each, {BAND!r})).held)"
    )
    assert held[1] > 0.95
    assert held[3] < 0.5


def test_longer_counting_shrinks_the_band_at_the_points_and_not_between_them(process):
    points = steered(process, 10, BAND)
    short, long = (np.array(told(process, points, time=each)["sd"]) for each in (5, 60))
    assert long[points].max() < 0.35 * short[points].min()
    assert long.max() > 0.98 * short.max()


# The scripts, and what they put into a page


@pytest.mark.parametrize("name", list(DATA))
def test_the_data_of_a_page_are_small_and_rounding_does_not_show(name):
    text = data(name)
    assert len(text.encode()) <= demos.LARGEST
    exact, rounded = computed(name), json.loads(text)
    for key in set(exact) & {"misfit", "log", "rate", "chance", "energy"}:
        np.testing.assert_allclose(rounded[key], exact[key], rtol=6e-5, atol=1e-9)


@pytest.mark.parametrize("script", [KIT, *sorted(FOLDER.glob("*.js"))], ids=lambda path: path.stem)
def test_a_script_is_short_and_asks_nothing_of_the_network_or_of_the_policy_of_the_page(script):
    text = script.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST.get(script.stem, 95)
    assert max(map(len, text.splitlines())) <= 140
    assert not re.search(
        r"\bimport\b|\bexport\b|\beval\b|innerHTML|fetch\(|XMLHttpRequest|https?://(?!www\.w3\.org/2000/svg)",
        text,
    )
    assert not re.search(r'setAttribute\("(on\w+|style)"|\.style\b', text)


def test_scripts_of_demos_do_not_meet_each_other():
    """On one page all of them are loaded, so none may leave a name behind."""
    context = quickjs.Context()
    before = context.eval("JSON.stringify(Object.keys(globalThis))")
    for script in (KIT, *sorted(FOLDER.glob("*.js"))):
        context.eval(script.read_text("utf-8"))
    names = json.loads(context.eval("JSON.stringify(Object.keys(demo.mathematics))"))
    assert names == sorted(path.stem for path in FOLDER.glob("*.js"))
    assert context.eval("JSON.stringify(Object.keys(globalThis))") == before


def test_the_style_sheet_takes_its_colours_from_the_page():
    sheet = KIT.with_suffix(".css").read_text("utf-8")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheet)
    assert [path.name for path in FOLDER.iterdir() if path.suffix != ".js"] == []
