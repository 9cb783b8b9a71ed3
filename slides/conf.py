"""The decks of the school: `nox -s slides` builds them into build/school/slides/, beside the notes."""

from __future__ import annotations

import sys
from pathlib import Path

from pybtex.database import Entry, Person
from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels.number import LabelStyle
from pybtex.style.names.plain import NameStyle
from pybtex.style.sorting.none import SortingStyle

from lens_labs.school import catalogue

sys.path.insert(0, str(Path(__file__).parents[1] / "docs" / "_ext"))

from shared_settings import *  # what notes and decks have in common

project = "LENS Labs slides"

extensions = ["fitted", "lens_labs.sphinx", "myst_parser", "sphinxcontrib.bibtex"]
# The demonstrations of the notes come along; the looks of the notes stay where they are.
exclude_patterns = ["_build", "mark.svg", "school.*", "theme.js"]
html_static_path = ["../docs/_static"]

# Text
myst_footnote_sort = False
bibtex_default_style = "brief"
bibtex_footbibliography_header = ""

# Labs, figures, numbers, notes
LABS = Path(__file__).parents[1] / "labs" / "student"
lecture_labs = {name: {"title": lab.title} for name, lab in catalogue.labs(LABS).items()}
deck_notes = "../"
deck_notes_sources = "../docs"
deck_notes_glossary = "reference/glossary.html"
deck_notes_inventory = "../build/school/objects.inv"
drawings_medium = "slide"


class Brief(Style):
    """References for a slide: initials, and of more than three authors the first."""

    # pybtex's defaults, named: otherwise it looks through all installed packages for them at every citation
    default_name_style, default_label_style, default_sorting_style = NameStyle, LabelStyle, SortingStyle

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
