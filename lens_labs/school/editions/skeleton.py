"""Begins a new lab: a small one that is complete and green, of which the author replaces one part after the other."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lens_labs.school.checkout import Checkout, check_module
from lens_labs.school.editions.make import build
from lens_labs.school.errors import SchoolError


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
    for path in pages:
        if path.exists():
            raise SchoolError(f"{path} exists, and nothing is overwritten; choose another name, or remove it")
    for path, template in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(_filled(template, blanks))
    return [*pages, *build(checkout, [lab])]


def _filled(template: str, blanks: dict[str, str]) -> str:
    text = (files("lens_labs.school.editions") / "templates" / template).read_text(encoding="utf-8")
    for name, value in blanks.items():
        text = text.replace("{{" + name + "}}", value)
    return text
