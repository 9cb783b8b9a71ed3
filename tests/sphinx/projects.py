"""Small Sphinx projects, built in the process of a test."""

import inspect
import io
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

CONF = """
project = "small"
extensions = ["myst_parser", "lens_labs.sphinx"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
html_math_renderer = "katex"
"""


class Built:
    """A built project: its pages, its warnings, its doctrees."""

    def __init__(self, app, warnings):
        self.app = app
        self.warnings = warnings

    def html(self, page="index"):
        """Return a page."""
        return Path(self.app.outdir, f"{page}.html").read_text("utf-8")

    def doctree(self, page="index"):
        """Return the doctree of a page, as it was read."""
        return self.app.env.get_doctree(page)

    def resolved(self, page="index"):
        """Return the doctree of a page, as it was written."""
        resolve = self.app.env.get_and_resolve_doctree
        tags = {"tags": self.app.tags} if "tags" in inspect.signature(resolve).parameters else {}  # Sphinx 9
        return resolve(page, self.app.builder, **tags)

    def found(self, kind, page="index"):
        """Return all nodes of a kind."""
        return list(self.doctree(page).findall(kind))


def build(folder, pages, *, conf="", builder="html", files=None, fresh=True):
    """Write pages (by file name), build them, and return what came out."""
    source = Path(folder, "source")
    source.mkdir(parents=True, exist_ok=True)
    (source / "conf.py").write_text(CONF + conf, "utf-8")
    for name, text in {**pages, **(files or {})}.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    warnings = io.StringIO()
    out, trees = Path(folder, "out"), Path(folder, "trees")
    with docutils_namespace():
        app = Sphinx(source, source, out, trees, builder, status=None, warning=warnings, freshenv=fresh)
        app.build()
    return Built(app, re.sub("\x1b\\[[0-9;]*m", "", warnings.getvalue()))
