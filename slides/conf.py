"""The decks of the school: `nox -s slides` builds them into build/school/slides/, beside the notes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pybtex.database import Entry, Person
from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style

from lens_labs import __version__
from lens_labs.school.checkout import Checkout
from lens_labs.school.editions import pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "docs" / "_ext"))

from school_pages import Fitted

project = "LENS Labs slides"
author = "the LENS Labs authors"
copyright = "2026, the LENS Labs authors"
release = version = __version__
language = "en"

extensions = ["lens_labs.sphinx", "myst_parser", "sphinxcontrib.bibtex"]
# The demonstrations of the notes come along; the looks of the notes stay where they are.
exclude_patterns = ["_build", "mark.svg", "school.*", "theme.js"]
html_static_path = ["../docs/_static"]
nitpicky = True

# Text
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "dollarmath"]
myst_footnote_sort = False
bibtex_bibfiles = ["../docs/references.bib"]
bibtex_default_style = "brief"
bibtex_footbibliography_header = ""
html_math_renderer = "katex"
katex_macros = {r"\E": r"\mathbb{E}", r"\var": r"\operatorname{Var}", r"\d": r"\mathrm{d}"}

# Labs, figures, numbers, notes
deck_notes = "../"
deck_notes_inventory = "../build/school/objects.inv"
drawings_path = "../docs/figures"
drawings_cache = "../.cache/drawings"
drawings_depend = [
    "../docs/figures/_*.py",
    "../lens_labs/scattering/*.py",
    "../lens_labs/plotting.py",
    "../lens_labs/data/*",
    "../docs/results.json",
]
drawings_medium = "slide"
lecture_labs = pages.about(Checkout(HERE.parent))
results_path = "../docs/results.json"
results_notes = "../"


class Brief(Style):
    """References for a slide: initials, and of more than three authors the first."""

    def __init__(self) -> None:
        super().__init__(abbreviate_names=True)

    def format_entry(self, label: str, entry: Entry, bib_data: object = None) -> object:
        """Shorten the authors before the entry is written."""
        first, *others = entry.persons["author"]
        if len(others) > 2:
            shown = Person(
                first=" ".join(first.first_names), last=" ".join(first.last_names), lineage="et al"
            )
            entry = Entry(entry.type, fields=entry.fields, persons={"author": [shown]})
        return super().format_entry(label, entry, bib_data)


register_plugin("pybtex.style.formatting", "brief", Brief)


def setup(app: Sphinx) -> None:
    """Take over a role of the notes."""
    app.add_role("fitted", Fitted())
