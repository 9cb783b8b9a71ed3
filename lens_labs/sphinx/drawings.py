"""Figures drawn by code while the pages are built: ``{drawing} lecture02.fringes``.

A page names a module of the folder of figures and a function in it, which takes no argument and returns a figure of
matplotlib. It is drawn once for the notes and once for the slides (larger letters, another shape), kept until the code that it depends on
changes, and put into the page as SVG, where one file serves light and dark.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from lens_labs.sphinx import svg
from lens_labs.sphinx.faults import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

INK, MUTE = "#1b2433", "#556070"
COLOURS = ("#00697a", "#c2410c", "#7a5195", "#b8860b", "#4878a8", "#556070")
_STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTE,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "grid.color": "#d9d5c9",
    "legend.frameon": False,
    "mathtext.default": "regular",
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "lens-labs",
    "text.color": INK,
    "xtick.color": MUTE,
    "ytick.color": MUTE,
}
_LARGE: dict[str, Any] = {"font.size": 17.5, "lines.linewidth": 2.8, "axes.linewidth": 1.2}
MEDIA: dict[str, dict[str, Any]] = {
    "notes": {"figure.figsize": (7.4, 4.3), "font.size": 10.5, "lines.linewidth": 1.8, "axes.linewidth": 0.8},
    "slide": {"figure.figsize": (6.4, 4.8), **_LARGE},
    "wide": {"figure.figsize": (11.2, 4.9), **_LARGE},
    "card": {"figure.figsize": (4.8, 2.4), **_LARGE},
}
"""Sizes for the notes, for a column of a slide, for a whole slide, and for a card on it; one inch is about 100 pixels in all of them."""


class drawing(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """A figure; ``svg`` is its file, ``name`` the prefix of its ids, ``alt`` what is seen."""


def draw(source: Path, function: str, *, medium: str = "notes") -> str:
    """Call a function that draws, in the style of a medium.

    Parameters
    ----------
    source : Path
        The module.
    function : str
        The function in it.
    medium : {"notes", "slide", "wide", "card"}
        Where the figure will stand.

    Returns
    -------
    str
        The figure as SVG, the same bytes every time.

    Raises
    ------
    LookupError
        If there is no such module, or no such function in it.
    """
    import matplotlib as mpl  # noqa: PLC0415 - a second to load, and most builds find every drawing in the cache
    import matplotlib.pyplot as plt  # noqa: PLC0415
    from cycler import cycler  # noqa: PLC0415

    make = function_of(source, function)
    style: dict[Any, Any] = {**_STYLE, **MEDIA[medium], "axes.prop_cycle": cycler(color=COLOURS)}
    with mpl.rc_context(style):
        figure: Figure = make()
        try:
            file = io.StringIO()
            figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        finally:
            plt.close(figure)
    return file.getvalue()


def function_of(source: Path, name: str) -> Callable[[], Any]:
    """Find a function in a module of figures.

    Parameters
    ----------
    source : Path
        The module.
    name : str
        The function, which takes no argument.

    Returns
    -------
    callable
        The function; its module is loaded again when the file has changed.

    Raises
    ------
    LookupError
        If there is no such module, or no such function in it.
    """
    if not source.is_file():
        raise LookupError(f"there is no module of figures {source}")
    module = _load(source, source.stat().st_mtime_ns)
    found: Callable[[], Any] | None = getattr(module, name, None)
    if found is None or name.startswith("_"):
        known = ", ".join(
            each for each in vars(module) if not each.startswith("_") and callable(vars(module)[each])
        )
        raise LookupError(f"{source.name} has no function {name!r}; it has {known}")
    return found


@functools.lru_cache(maxsize=32)
def _load(source: Path, _modified: int) -> Any:
    name = f"_figures_{source.stem}"
    spec = importlib.util.spec_from_file_location(name, source)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a file with the ending .py has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def kept(source: Path, function: str, *, medium: str, cache: Path, depends: Iterable[Path] = ()) -> Path:
    """Draw a figure, unless it is in the cache already.

    Parameters
    ----------
    source, function, medium
        As for `draw`.
    cache : Path
        Folder of the files.
    depends : iterable of Path
        Further files on which the figure depends.

    Returns
    -------
    Path
        The SVG file. Its name holds a hash of all that it depends on.
    """
    return kept_text(
        source,
        f"{function}-{medium}.svg",
        lambda: draw(source, function, medium=medium),
        cache=cache,
        depends=depends,
    )


def kept_text(
    source: Path, name: str, make: Callable[[], str], *, cache: Path, depends: Iterable[Path] = ()
) -> Path:
    """Keep what a module of figures makes until its code changes.

    Parameters
    ----------
    source : Path
        The module.
    name : str
        What is made, and the ending of its file, such as ``fringes-notes.svg``.
    make : callable
        Makes it; called if it is not in the cache.
    cache, depends
        As for `kept`.

    Returns
    -------
    Path
        The file. Its name holds a hash of all that it depends on.
    """
    if not source.is_file():
        raise LookupError(f"there is no module of figures {source}")
    stem, ending = f"{source.stem}-{Path(name).stem}", Path(name).suffix
    digest = hashlib.sha256(f"{_machinery()} {stem}".encode())
    for path in (source, *sorted(depends)):
        digest.update(path.read_bytes())
    path = cache / f"{stem}-{digest.hexdigest()[:16]}{ending}"
    if not path.is_file():
        content = make()
        cache.mkdir(parents=True, exist_ok=True)
        for stale in cache.glob(f"{stem}-{'?' * 16}{ending}"):
            stale.unlink(missing_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(content, "utf-8")
        draft.replace(path)
    return path


def code_of(directive: SphinxDirective, module: str) -> tuple[Path, list[Path]]:
    """Find a module of figures for a directive, whose page from now on depends on it.

    Parameters
    ----------
    directive : SphinxDirective
        Its settings name the folder, and what the modules in it depend on.
    module : str
        Such as ``lecture02``.

    Returns
    -------
    tuple of Path and list of Path
        The module, which need not exist, and the further files on which it depends.
    """
    env, config = directive.env, directive.config
    source = Path(env.srcdir, config.drawings_path, f"{module}.py")
    depends = [path for pattern in config.drawings_depend for path in _matching(env.srcdir, pattern)]
    for path in (source, *depends):
        env.note_dependency(str(path))
    return source, depends


@functools.cache
def _machinery() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


class Drawing(SphinxDirective):
    """``{drawing} MODULE.FUNCTION`` or ``{drawing} FILE.svg``; the content is the caption, ``:alt:`` says what is seen."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = Options(
        {
            "alt": directives.unchanged_required,
            "name": directives.unchanged,
            "wide": directives.flag,
            "card": directives.flag,
            "class": directives.class_option,
        }
    )

    def run(self) -> list[nodes.Node]:
        """Return a figure."""
        if not " ".join(self.options.get("alt", "").split()):
            raise self.error("a drawing needs `:alt:`, which says what is seen to those who cannot see it")
        try:
            path = self._file()
        except LookupError as problem:
            raise self.error(str(problem.args[0])) from None
        picture = drawing(svg=str(path), name=self._prefix(), alt=" ".join(self.options["alt"].split()))
        figure = nodes.figure("", picture, classes=["drawing", *self.options.get("class", [])])
        if self.content:
            caption = nodes.Element()
            self.state.nested_parse(self.content, self.content_offset, caption)
            words = nodes.caption("", "", *[each for part in caption.children for each in part.children])
            self.set_source_info(words)
            figure += words
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]

    def _file(self) -> Path:
        argument = self.arguments[0]
        if argument.endswith(".svg"):
            relative, absolute = self.env.relfn2path(argument)
            self.env.note_dependency(relative)
            if not Path(absolute).is_file():
                raise LookupError(f"there is no file {relative}")
            return Path(absolute)
        module, _, function = argument.partition(".")
        source, depends = code_of(self, module)
        cache = Path(self.env.srcdir, self.config.drawings_cache)
        return kept(source, function, medium=self._medium(), cache=cache, depends=depends)

    def _medium(self) -> str:
        if self.config.drawings_medium == "notes":
            return "notes"
        return next((size for size in ("wide", "card") if size in self.options), "slide")

    def _prefix(self) -> str:
        words = self.arguments[0].removesuffix(".svg").rpartition("/")[2]
        return nodes.make_id(f"{words} {self.env.new_serialno('drawing')}")


def _matching(folder: Path | str, pattern: str) -> list[Path]:
    """Resolve a pattern that may begin with ``../``."""
    base = Path(folder)
    while pattern.startswith("../"):
        base, pattern = base.parent, pattern.removeprefix("../")
    return [path for path in base.glob(pattern) if path.is_file()]


class FigureReference(SphinxRole):
    """``{fig}`name```: the number of a figure of the same page, as a link."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a link whose text is filled in when all figures of the page are known."""
        link = nodes.reference("", "Figure", refid=nodes.make_id(self.text), internal=True, classes=["fig"])
        self.set_source_info(link)
        return [link], []


def number_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Give the figures of a page numbers, those of lecture 2 as 2.1, 2.2, and tell the links to them."""
    chapter = _chapter(app.env.metadata[app.env.docname].get("lecture"))
    numbers: dict[str, str] = {}
    figures = (
        figure
        for figure in doctree.findall(nodes.figure)
        if "drawing" in figure["classes"] and "unnumbered" not in figure["classes"]
    )
    for count, figure in enumerate(figures, start=1):
        number = f"Figure {chapter}{count}"
        numbers |= dict.fromkeys(figure["ids"], number)
        for caption in figure.findall(nodes.caption):
            caption.insert(0, nodes.inline("", f"{number}. ", classes=["caption-number"]))
    for link in doctree.findall(nodes.reference):
        if "fig" in link["classes"]:
            if link["refid"] not in numbers:
                logger.warning(
                    "there is no figure named %r on this page", link["refid"], location=link, type="drawing"
                )
            link[0] = nodes.Text(numbers.get(link["refid"], "Figure"))


def _chapter(lecture: Any) -> str:
    """Return what stands in front of the number of a figure: the number of the lecture and a dot, or nothing."""
    front_matter = json.loads(lecture) if isinstance(lecture, str) else lecture
    number = front_matter.get("number") if isinstance(front_matter, dict) else None
    return f"{number}." if isinstance(number, int) else ""


def visit_drawing(translator: HTML5Translator, node: drawing) -> None:
    """Put the SVG into the page."""
    content = Path(node["svg"]).read_text("utf-8")
    translator.body.append(svg.inline(content, name=node["name"], alt=node["alt"]) + "\n")
    raise nodes.SkipNode


def _visit_elsewhere(_: Any, node: drawing) -> None:  # noqa: ARG001 - docutils calls it so
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the directive, its role and its settings."""
    app.add_config_value("drawings_path", "figures", "env", types=frozenset({str}))
    app.add_config_value("drawings_cache", "_build/drawings", "", types=frozenset({str}))
    app.add_config_value("drawings_depend", [], "env", types=frozenset({list}))
    app.add_config_value("drawings_medium", "notes", "env", types=frozenset({str}))
    app.add_node(
        drawing, html=(visit_drawing, None), text=(_visit_elsewhere, None), latex=(_visit_elsewhere, None)
    )
    app.add_directive("drawing", Drawing)
    app.add_role("fig", FigureReference())
    app.connect("doctree-read", number_figures)
