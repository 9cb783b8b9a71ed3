"""What the templates of this site need: which template a page has, its lecture or lab, and pictures drawn in tokens."""

from __future__ import annotations

import importlib.util
import json
import posixpath
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens_labs.sphinx.lectures import all_lectures

if TYPE_CHECKING:
    from sphinx.application import Sphinx

THUMBNAILS = Path(__file__).parents[1] / "figures" / "thumbnails.py"

PLAN = {
    1: "Deep learning and neural networks",
    2: "Dense networks and regression",
    3: "Convolution and classification",
    4: "Traditional methods",
    5: "Image segmentation",
    6: "Recurrent networks",
    7: "Generative models",
    8: "Language and speech",
    9: "Uncertainty and attention",
    10: "Learning without labels",
}
"""The lectures of the school; those that are not written yet have a card without links."""


@cache
def _pictures() -> Any:
    spec = importlib.util.spec_from_file_location("thumbnails", THUMBNAILS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def hero() -> str:
    """Return the picture of the home page."""
    return str(_pictures().hero())


@cache
def thumbnail(number: int) -> str:
    """Return the picture of a lecture's card."""
    module = _pictures()
    own: Callable[[], str] | None = getattr(module, f"lecture{number:02d}", None)
    return str(own() if own else module.plain(number))


def page_context(app: Sphinx, page: str, template: str, context: dict[str, Any], _doctree: Any) -> str | None:
    """Add what the templates use, and choose the template."""
    metadata = app.env.metadata.get(page, {})
    lectures = {lecture.number: lecture for lecture in context.get("lectures", [])}
    labs = app.config.lecture_labs
    name = page.removeprefix("labs/") if page.startswith("labs/") else ""
    context.update(
        cards=[{"number": n, "topic": topic, "lecture": lectures.get(n)} for n, topic in PLAN.items()],
        hero=hero,
        thumbnail=thumbnail,
        labs=labs,
        lab={"name": name, **labs[name]} if name in labs else None,
        lab_lecture=lectures.get(labs[name]["lecture"]) if name in labs else None,
        section=page.partition("/")[0],
        described=" ".join(str(metadata.get("description", "")).split()),
    )
    for onward in ("prev", "next"):  # pages follow one another within a part of the site only
        if context.get(onward) and _part(page, context[onward]["link"]) != page.partition("/")[0]:
            context[onward] = None
    if "body" in context:
        context["body"] = _accessible(context["body"])
    if context.get("lecture"):
        return "lecture.html"
    if context["lab"]:
        return "lab.html"
    return {"home": "home.html"}.get(str(metadata.get("layout")), template)


def _part(page: str, link: str) -> str:
    """Return the part of the site, such as ``reference``, to which a link of a page leads."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link)).partition("/")[0]


def _accessible(body: str) -> str:
    """Let the keyboard reach what scrolls sideways, and take away roles of a bibliography that its markup does not keep."""
    body = body.replace("<pre>", '<pre tabindex="0">')
    body = re.sub(r'<div class="table-wrapper', '<div tabindex="0" class="table-wrapper', body)
    return re.sub(r'(<div[^>]*) role="(?:list|doc-biblioentry)"', r"\1", body)


def lectures_as_json(app: Sphinx, error: Exception | None) -> None:
    """Write what the school consists of, for whoever builds on it."""
    if error is None and app.builder.format == "html":
        content = [
            lecture.learning_resource() | {"url": f"{lecture.page}.html"} for lecture in all_lectures(app)
        ]
        path = Path(app.outdir, "lectures.json")
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the context, after the extension that knows the lectures."""
    app.connect("html-page-context", page_context, priority=600)
    app.connect("build-finished", lectures_as_json)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
