"""The notes of the school: `nox -s docs` builds them into build/school/, decks are put beside them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pypandoc

from lens_labs.school import urls
from lens_labs.school.checkout import Checkout
from lens_labs.school.editions import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

HERE = Path(__file__).parent
SCHOOL = Checkout(HERE.parent)
sys.path.insert(0, str(HERE / "_ext"))
os.environ.setdefault("KERAS_BACKEND", "jax")  # the pages on layers are made from the layers
# nbsphinx looks for pandoc there
os.environ["PATH"] = os.pathsep.join([str(Path(pypandoc.get_pandoc_path()).parent), os.environ["PATH"]])

from shared_settings import *  # what notes and decks have in common

project = "LENS Labs"

extensions = [
    "fitted",
    "lens_labs.sphinx",
    "myst_parser",
    "nbsphinx",
    "numpydoc",
    "reference_pages",
    "school_pages",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_build", "_ext", "figures", "contribute/reviews"]

# Text
myst_heading_anchors = 3
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

# Labs
lecture_labs = pages.about(SCHOOL)
nbsphinx_execute = "never"
nbsphinx_requirejs_path = ""
nbsphinx_widgets_path = ""

# Reference
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
intersphinx_mapping: dict[str, tuple[str, str | None]] = {}

# Pages
html_theme = "furo"
html_title = "LENS Labs"
html_static_path = ["_static"]
html_css_files = [
    ("tokens.css", {"priority": 850}),
    ("school.css", {"priority": 900}),
]
html_js_files = [("school.js", {"defer": "defer"})]
html_favicon = "_static/mark.svg"
templates_path = ["_templates"]
html_copy_source = html_show_sourcelink = False
html_permalinks_icon = "#"
pygments_style = pygments_dark_style = "bw"
copybutton_selector = "div.highlight-python pre, div.highlight-console pre, div.highlight-ipython3 pre"
copybutton_exclude = ".linenos, .gp, .go"
html_context = {"repository": urls.REPOSITORY, "zip_archive": urls.zip_archive()}


def write_lab_pages(_: Sphinx) -> None:
    """Make the pages of the labs before Sphinx looks for its sources."""
    pages.write(SCHOOL, HERE / "labs")


def hand_out_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Put the student editions where a page can offer them for download."""
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir, "download")
        folder.mkdir(exist_ok=True)
        for lab in SCHOOL.labs():
            shutil.copyfile(SCHOOL.notebook(lab, "student"), folder / f"{lab}.ipynb")


def pages_that_open_labs(_: Sphinx) -> Iterator[tuple[str, dict[str, object], str]]:
    """Make what answers "Open this lab" where no school is running; a running school never shows it."""
    for lab, about in lecture_labs.items():
        yield (
            f"open/{lab}",
            {"title": about["title"], "lab_name": lab, "about": about, "toc": ""},
            "open.html",
        )


def setup(app: Sphinx) -> None:
    """Connect what this project does beside its extensions."""
    app.connect("builder-inited", write_lab_pages)
    app.connect("html-collect-pages", pages_that_open_labs)
    app.connect("build-finished", hand_out_notebooks)
