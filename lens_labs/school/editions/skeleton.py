"""Begins a new lab or lecture: a small one that is complete and green, of which the author replaces one part after the other.

A new lecture has the shape of the model, lecture 9; ``tests/docs/test_shape.py`` compares the two.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from lens_labs.school.checkout import Checkout, check_module
from lens_labs.school.editions.make import build
from lens_labs.school.errors import SchoolError

_NAME = re.compile(r"\d\d-[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_lab(checkout: Checkout, lab: str) -> list[Path]:
    """Write the source of a lab, its checks and their tests, and build its notebooks.

    Parameters
    ----------
    checkout : Checkout
        Where the lab is to be.
    lab : str
        Its name: the lecture in two digits, then words, as in ``"02-find-the-layers"``.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    SchoolError
        The name is not allowed, or one of the files exists; then nothing is written.
    """
    return [*_write(_of_lab(checkout, lab)), *build(checkout, [lab])]


def new_lecture(checkout: Checkout, lecture: str) -> list[Path]:
    """Write notes, deck, figures, a demo, the record of the cold reading and a first lab, and build its notebooks.

    Parameters
    ----------
    checkout : Checkout
        Where the lecture is to be.
    lecture : str
        Its name: its number in two digits, then words, as in ``"03-convolution"``. The lab is called
        ``"03-convolution-first-lab"``.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    SchoolError
        The name is not allowed, there is a lecture of this number, or one of the files exists; then nothing is
        written.
    """
    if not _NAME.fullmatch(lecture):
        raise SchoolError(
            f"{lecture!r} is no name for a lecture; allowed: its number in two digits, then small letters, digits and "
            "hyphens, as in 03-convolution"
        )
    docs, slides = checkout.root / "docs", checkout.root / "slides"
    notes = docs / "lectures"
    number, lab = lecture[:2], first_lab(lecture)
    others = [*notes.glob(f"{number}-*.md"), *slides.glob(f"{number}-*.md")]
    if others:
        raise SchoolError(
            f"lecture {int(number)} is there already: {others[0].relative_to(checkout.root)}; choose another number"
        )
    blanks = {
        "lab": lab,
        "lecture": str(int(number)),
        "module": check_module(lab),
        "name": lecture,
        "number": number,
        "slug": lecture[3:],
        "today": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        "topic": lecture[3:].replace("-", " ").capitalize(),
    }
    pages = {
        notes / f"{lecture}.md": "notes.md.template",
        slides / f"{lecture}.md": "deck.md.template",
        docs / "figures" / f"lecture{number}.py": "figures.py.template",
        docs / "figures" / f"demos{number}.py": "demos.py.template",
        docs / "_static" / "demos" / f"{lecture[3:]}.js": "demo.js.template",
        checkout.root / "tests" / "docs" / f"test_demos{number}.py": "test_demos.py.template",
        docs / "contribute" / "reviews" / f"{number}.md": "review.md.template",
    }
    texts = {path: _filled(template, blanks) for path, template in pages.items()}
    return [*_write(texts | _of_lab(checkout, lab)), *build(checkout, [lab])]


def first_lab(lecture: str) -> str:
    """Return the name of the lab that a new lecture begins with.

    Examples
    --------
    >>> first_lab("03-convolution")
    '03-convolution-first-lab'
    """
    return f"{lecture}-first-lab"


def _of_lab(checkout: Checkout, lab: str) -> dict[Path, str]:
    """Return the files of a new lab and what stands in them."""
    module = check_module(lab)
    lecture = int(lab[:2])
    if not 1 <= lecture <= 10:
        raise SchoolError(f"{lab!r} is of lecture {lecture}; allowed: 01 to 10")
    title = module.replace("_", " ").capitalize()
    blanks = {"name": lab, "module": module, "lecture": str(lecture), "title": title}
    pages = {
        checkout.source(lab): "lab.py.template",
        checkout.root / "lens_labs" / "checks" / f"{module}.py": "checks.py.template",
        checkout.root / "tests" / "checks" / f"test_{module}.py": "test_checks.py.template",
    }
    return {path: _filled(template, blanks) for path, template in pages.items()}


def _write(pages: Mapping[Path, str]) -> Iterable[Path]:
    """Write files, unless one of them exists; then write nothing."""
    for path in pages:
        if path.exists():
            raise SchoolError(f"{path} exists, and nothing is overwritten; choose another name, or remove it")
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return pages


def _filled(template: str, blanks: Mapping[str, str]) -> str:
    text = (files("lens_labs.school.editions") / "templates" / template).read_text(encoding="utf-8")
    for name, value in blanks.items():
        text = text.replace("{{" + name + "}}", value)
    return text
