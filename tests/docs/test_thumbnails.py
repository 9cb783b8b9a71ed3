"""The pictures of the home page: small, well formed, in the colours of the page, and true to what they show."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "docs" / "figures" / "thumbnails.py"


@pytest.fixture(scope="module")
def thumbnails():
    spec = importlib.util.spec_from_file_location("thumbnails", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def dots(svg: str, colour: str) -> np.ndarray:
    """Return the places of the dots of one colour, shape (dots, 2)."""
    places = []
    for path in re.findall(rf'<path d="(M[^"]*h0)" stroke="var\(--{colour}\)"', svg):
        first, *moves = re.findall(r"[Mm](-?[\d.]+) (-?[\d.]+)h0", path)
        places.append(np.cumsum(np.array([first, *moves], dtype=float), axis=0))
    return np.concatenate(places)


@pytest.mark.parametrize(
    ("function", "arguments", "most"),
    [("hero", (), 25_000), ("lecture02", (), 10_000), ("lecture09", (), 10_000), ("plain", (7,), 10_000)],
)
def test_a_picture_is_small_well_formed_and_follows_light_and_dark(thumbnails, function, arguments, most):
    svg = getattr(thumbnails, function)(*arguments)
    assert len(svg.encode()) <= most
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(r"#[0-9a-fA-F]{3,6}|rgb|\bid=|font", svg)
    assert set(re.findall(r"var\(--(\w+)\)", svg)) <= {"accent", "hot", "ink", "mute", "rule"}
    assert "var(--hot)" in svg
    assert svg == getattr(thumbnails, function)(*arguments)


def test_a_picture_speaks_to_those_who_cannot_see_it_or_keeps_quiet(thumbnails):
    assert 'role="img" aria-label="Neutrons on a detector' in thumbnails.hero()
    assert 'aria-hidden="true"' in thumbnails.lecture02()
    assert 'aria-hidden="true"' in thumbnails.lecture09()
    assert 'aria-hidden="true"' in thumbnails.plain(3)


def test_nothing_is_drawn_outside_of_the_picture(thumbnails):
    for svg, width, height in ((thumbnails.hero(), 400, 400), (thumbnails.plain(5), 320, 200)):
        for colour in ("accent", "hot"):
            places = dots(svg, colour)
            assert (places > 0).all()
            assert (places < [width, height]).all()


def test_the_six_hot_peaks_of_the_large_picture_lie_on_a_hexagon(thumbnails):
    places = dots(thumbnails.hero(), "hot") - 200
    q, angle = np.hypot(*places.T), np.arctan2(*places.T[::-1])
    assert abs(np.mean(np.exp(6j * angle))) > 0.9
    assert q.std() < 0.15 * q.mean()
    assert len(np.unique(np.round((angle - angle[0]) / (np.pi / 3)) % 6)) == 6


@pytest.mark.parametrize("number", [1, 2, 10])
def test_a_lecture_without_a_picture_of_its_own_gets_its_number_of_peaks(thumbnails, number):
    svg = thumbnails.plain(number)
    assert svg != thumbnails.plain(number + 1)
    hot = dots(svg, "hot")
    np.testing.assert_allclose(hot.mean(axis=0), [160, 34], atol=3)  # the last peak stands at the top
    assert np.ptp(hot[:, 0]) < 40


def test_a_lecture_without_a_number_is_refused(thumbnails):
    with pytest.raises(ValueError, match="number must be at least 1, the first lecture; got 0"):
        thumbnails.plain(0)
