"""The interactive figures: their physics, computed by the script that the pages load, against the package."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import quickjs

from lens_labs.scattering import reflectivity

FOLDER = Path(__file__).parents[2] / "docs" / "_static" / "demos"


@pytest.fixture(scope="module")
def kiessig():
    """Return a function that evaluates an expression of JavaScript after the script has been loaded."""
    context = quickjs.Context()
    context.eval((FOLDER / "kiessig.js").read_text("utf-8"))
    return lambda expression: json.loads(context.eval(f"JSON.stringify({expression})"))


def slabs(film: dict[str, float]) -> list[list[float]]:
    return [[0, 2.07, 0, 0], [film["d"], film["sld"], 0, film["rough"]], [0, 6.36, 0, film["rough"]]]


@pytest.mark.parametrize("resolution", [0, 0.02, 0.1])
@pytest.mark.parametrize(("d", "sld", "rough"), [(40, 0, 20), (90, 2.8, 5), (150, 1, 3), (250, 7, 0)])
def test_the_curve_of_the_page_is_that_of_the_package(kiessig, d, sld, rough, resolution):
    film, q = {"d": d, "sld": sld, "rough": rough}, np.geomspace(0.006, 0.2, 80)
    drawn = kiessig(f"{q.tolist()}.map((q) => kiessig.reflectivity(q, {json.dumps(film)}, {resolution}))")
    np.testing.assert_allclose(
        drawn, reflectivity.reflectivity(q, slabs(film), dq=resolution or None), rtol=1e-9
    )


def test_each_hidden_film_has_a_twin_that_is_another_film_with_nearly_the_same_curve(kiessig):
    for film, twin, off in kiessig(
        "kiessig.HIDDEN.map((f) => [f, kiessig.twin(f), kiessig.difference(kiessig.curve(f, .04), kiessig.curve(kiessig.twin(f), .04))])"
    ):
        assert abs(film["sld"] - twin["sld"]) > 2
        assert off < 4
        q = 0.011 + 0.001 * np.arange(190)
        curves = [reflectivity.reflectivity(q, slabs(each), dq=0.04) for each in (film, twin)]
        assert off == pytest.approx(100 * np.expm1(np.abs(np.log(curves[0] / curves[1])).mean()), rel=1e-6)


def test_the_sliders_can_reach_every_hidden_film_and_its_twin(kiessig):
    for film in kiessig("kiessig.HIDDEN.concat(kiessig.HIDDEN.map(kiessig.twin))"):
        assert 40 <= film["d"] <= 250
        assert 0 <= film["sld"] <= 7
        assert film["d"] == round(film["d"])
        assert film["sld"] * 20 == pytest.approx(round(film["sld"] * 20))
        assert film["rough"] * 2 == round(film["rough"] * 2)


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.js")), ids=lambda path: path.stem)
def test_a_script_is_short_and_asks_nothing_of_the_network_or_of_the_policy_of_the_page(script):
    text = script.read_text("utf-8")
    assert len(text.splitlines()) <= 120
    assert max(map(len, text.splitlines())) <= 140
    assert not re.search(
        r"\bimport\b|\beval\b|innerHTML|fetch\(|XMLHttpRequest|https?://(?!www\.w3\.org/2000/svg)", text
    )
    assert not re.search(r'setAttribute\("(on\w+|style)"|\.style\b', text)


@pytest.mark.parametrize("sheet", sorted(FOLDER.glob("*.css")), ids=lambda path: path.stem)
def test_a_style_sheet_takes_its_colours_from_the_page(sheet):
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheet.read_text("utf-8"))
