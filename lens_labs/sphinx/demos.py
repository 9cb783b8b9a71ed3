"""Interactive figures: ``{demo} kiessig`` is filled by one script, which only the pages with that figure load.

What stands inside the directive is shown where the figure cannot run: in print, in hand-outs, without JavaScript. The
script is ``demos/NAME.js`` among the static files of the project; ``demo.js`` and ``demo.css``, which come with this
extension, hold what all of them share. ``:data: lecture02.misfit`` calls a function of the folder of figures while the
pages are built, and puts what it returns into the page.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lens_labs.sphinx import drawings
from lens_labs.sphinx.deck.builder import DeckBuilder

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

LARGEST = 30_000
"""So many bytes of data a figure may put into its page."""
_EXACT = 2**53  # from here on, a float is not the whole number that its digits would promise
_NAME = re.compile(r"[a-z][a-z0-9-]*")


class demo(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """An interactive figure: its ``name``, its ``data`` as JSON; its children are shown where it cannot run."""


def to_json(value: Any, *, digits: int = 5) -> str:
    r"""Write data for a page: short, and safe inside a script element.

    Parameters
    ----------
    value : object
        Mappings with names as keys, lists, tuples, arrays of NumPy, numbers, texts, ``None``.
    digits : int
        So many significant digits are kept of a number that is not whole.

    Returns
    -------
    str
        JSON, which holds no ``<``.

    Raises
    ------
    TypeError
        If something else is in it.
    ValueError
        If a number is not finite.

    Examples
    --------
    >>> to_json({"thickness": (100.0, 2 / 3), "label": "R < 1"})
    '{"thickness":[100,0.66667],"label":"R \\u003c 1"}'
    """
    text = json.dumps(_plain(value, digits, "the data"), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _plain(value: Any, digits: int, where: str) -> Any:
    """Replace arrays and tuples by lists and round numbers; `where` says which part of the data this is."""
    if hasattr(value, "tolist"):  # arrays and numbers of NumPy, which need not be imported here
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(each, digits, f"{where}[{key!r}]") for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each, digits, f"{where}[{i}]") for i, each in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} must be finite; got {value}")
        rounded = float(f"{value:.{digits}g}")
        return int(rounded) if rounded.is_integer() and abs(rounded) < _EXACT else rounded
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(
        f"{where} must be made of mappings, lists, arrays, numbers and texts; got {type(value).__name__}"
    )


class Demo(SphinxDirective):
    """``{demo} NAME``; the content is a picture, or says in words what can be seen."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"data": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the place that the script will fill."""
        name = self.arguments[0]
        if not _NAME.fullmatch(name):
            raise self.error(f"the name of a demo must be small letters, digits and hyphens; got {name!r}")
        self.assert_has_content()
        node = demo(name=name, data=self._data())
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        for figure in node.findall(nodes.figure):  # it is no figure of the page while the demo runs
            figure["classes"].append("unnumbered")
        return [node]

    def _data(self) -> str:
        """Call the function that `:data:` names, unless its answer is kept, and return it as JSON."""
        if "data" not in self.options:
            return ""
        name = self.options["data"].strip()
        module, _, function = name.partition(".")
        if not (module.isidentifier() and function.isidentifier()):
            raise self.error(f"`:data:` must be MODULE.FUNCTION, such as lecture02.misfit; got {name!r}")
        drawings.note_code(self, module)
        self.env.note_dependency(__file__)
        source, depends = drawings.code_of(self.env, module)
        cache = Path(self.env.srcdir, self.config.drawings_cache)
        try:
            path = drawings.kept_text(
                source,
                f"{function}-data.json",
                lambda: to_json(_called(source, function)),
                cache=cache,
                depends=[*depends, Path(__file__)],
            )
        except (LookupError, RuntimeError) as problem:
            raise self.error(str(problem)) from None
        except (TypeError, ValueError) as problem:
            raise self.error(f"{name}: {problem}") from None
        text = path.read_text("utf-8")
        if (size := len(text.encode())) > LARGEST:
            raise self.error(f"{name} must return at most {LARGEST:,} bytes of JSON; got {size:,}")
        return text


def _called(source: Path, function: str) -> Any:
    make = drawings.function_of(source, function)
    with drawings.told(source, function):
        return make()


def visit_demo(translator: HTML5Translator, node: demo) -> None:
    """Open the place and what stands in it where no script runs; slides give it more room."""
    slides = isinstance(translator.builder, DeckBuilder)
    if slides and not any(isinstance(each, (nodes.image, drawings.drawing)) for each in node.findall()):
        logger.warning(
            "the demo %r needs an image or a drawing inside, which is shown where it cannot run: on paper and in hand-outs",
            node["name"],
            location=node,
            type="demo",
            subtype="fallback",
        )
    place = "demo deck-demo" if slides else "demo"
    translator.body.append(f'<div class="{place}" data-demo="{node["name"]}">\n<div class="demo-static">\n')


def depart_demo(translator: HTML5Translator, node: demo) -> None:
    """Close the place; its data are a block that no browser executes, so no policy forbids it."""
    data = f'<script type="application/json">{node["data"]}</script>\n' if node["data"] else ""
    translator.body.append(f"</div>\n{data}</div>\n")


def add_scripts(
    app: Sphinx, _page: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load what this page needs, and nothing else."""
    places = {node["name"]: node for node in doctree.findall(demo)} if doctree else {}
    if places:
        app.add_css_file("demo.css", priority=950)
        app.add_js_file("demo.js", defer="defer")
    for name, place in sorted(places.items()):
        if not Path(app.outdir, "_static", "demos", f"{name}.js").is_file():
            logger.warning(
                "the demo %r needs the script demos/%s.js in a folder of `html_static_path`",
                name,
                name,
                location=place,
                type="demo",
                subtype="script",
            )
        app.add_js_file(f"demos/{name}.js", defer="defer")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(demo, html=(visit_demo, depart_demo))
    app.add_directive("demo", Demo)
    app.connect("html-page-context", add_scripts)
