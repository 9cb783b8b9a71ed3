"""Pages whose code says that it can be run: it is run, and prints what the page shows."""

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    "reference/attention-layers.md",
    "reference/bayesian-layers.md",
    "reference/beamline.md",
    "reference/coming-from-tfp-layers.md",
    "reference/detector.md",
    "reference/diffraction.md",
    "reference/judging.md",
    "reference/logbook.md",
    "reference/magnetism.md",
    "reference/pulses.md",
    "reference/sans-images.md",
    "reference/sans.md",
    "reference/spectroscopy.md",
    "reference/tomography.md",
]
CODE_AND_OUTPUT = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_prints_what_the_page_shows(page):
    found = CODE_AND_OUTPUT.findall((DOCS / page).read_text("utf-8"))
    assert found
    names = {}
    for code, shown in found:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, page, "exec"), names)
        assert printed.getvalue() == shown
