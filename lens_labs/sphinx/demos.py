"""Interactive figures: ``{demo} kiessig`` is filled by one script, which only the pages with that figure load.

The content of the directive is what stands there without JavaScript and in print. The script and its style sheet are
``demos/NAME.js`` and ``demos/NAME.css`` among the static files of the project.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

_NAME = re.compile(r"[a-z][a-z0-9-]*")


class demo(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """An interactive figure; its children are shown where it cannot run."""


class Demo(SphinxDirective):
    """``{demo} NAME``; the content says in words what can be seen."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the place that the script will fill."""
        name = self.arguments[0]
        if not _NAME.fullmatch(name):
            raise self.error(f"the name of a demo must be small letters, digits and hyphens; got {name!r}")
        self.assert_has_content()
        node = demo(name=name)
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def visit_demo(translator: HTML5Translator, node: demo) -> None:
    """Open the place; slides give it more room."""
    slides = " deck-demo" if translator.builder.name == "deck" else ""
    translator.body.append(f'<div class="demo{slides}" data-demo="{node["name"]}">\n')


def depart_demo(translator: HTML5Translator, _: demo) -> None:
    """Close the place."""
    translator.body.append("</div>\n")


def add_scripts(
    app: Sphinx, _page: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the scripts that this page needs, and no others."""
    names = sorted({node["name"] for node in doctree.findall(demo)}) if doctree else []
    for name in names:
        app.add_js_file(f"demos/{name}.js", defer="defer")
        app.add_css_file(f"demos/{name}.css", priority=950)


def _pass(_translator: Any, _node: demo) -> None:
    """Show the content alone."""


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(demo, html=(visit_demo, depart_demo), text=(_pass, _pass), latex=(_pass, _pass))
    app.add_directive("demo", Demo)
    app.connect("html-page-context", add_scripts)
