"""Figures drawn by code while the pages are built: ``{drawing} lecture02.fringes``.

A page names a module of the folder of figures and a function in it, which takes no argument and returns a figure of
matplotlib. It is drawn once for the notes and once for the slides (larger letters, another shape), kept until the code that it depends on
changes, and put into the page as SVG, where one file serves light and dark.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.config import ENUM
from sphinx.util.docutils import SphinxDirective

from lens_labs.sphinx import svg
from lens_labs.sphinx.faults import Options

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator

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
    """A figure; ``name`` is its id, ``alt`` what is seen, ``style`` its size if it has one.

    Its ``file``, seen from the sources, or the ``module``, ``function`` and ``medium`` that draw it.
    """


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
    RuntimeError
        If the module or the function raises, or returns no figure.
    """
    import matplotlib as mpl  # noqa: PLC0415 - a second to load, and most builds find every drawing in the cache
    import matplotlib.pyplot as plt  # noqa: PLC0415
    from cycler import cycler  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    make = function_of(source, function)
    style: dict[Any, Any] = {**_STYLE, **MEDIA[medium], "axes.prop_cycle": cycler(color=COLOURS)}
    with mpl.rc_context(style), told(source, function):
        figure = make()
        if not isinstance(figure, Figure):
            raise TypeError(f"it must return a figure of Matplotlib; got {type(figure).__name__}")
        try:
            file = io.StringIO()
            figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        finally:
            plt.close(figure)
    return file.getvalue()


@contextlib.contextmanager
def told(source: Path, name: str) -> Iterator[None]:
    """Say of whatever an author's code raises in which function and on which line it was.

    Parameters
    ----------
    source : Path
        The module.
    name : str
        The function that is called or looked for.

    Raises
    ------
    RuntimeError
        In place of any other exception.
    """
    try:
        yield
    except Exception as problem:
        frames = traceback.extract_tb(problem.__traceback__)
        last = next((each for each in reversed(frames) if Path(each.filename) == source), frames[-1])
        raise RuntimeError(
            f"{source.stem}.{name} raised {type(problem).__name__}: {problem} "
            f"({Path(last.filename).name}, line {last.lineno})"
        ) from problem


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
    RuntimeError
        If the module raises.
    """
    if not source.is_file():
        raise LookupError(f"there is no module of figures {source}")
    with told(source, name):
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
        draft = path.with_suffix(f".draft{os.getpid()}")  # several processes may draw the same figure
        draft.write_text(content, "utf-8")
        draft.replace(path)
        for stale in set(cache.glob(f"{stem}-{'?' * 16}{ending}")) - {path}:
            stale.unlink(missing_ok=True)
    return path


def note_code(directive: SphinxDirective, module: str) -> None:
    """Let the page of a directive depend on a module of figures.

    Parameters
    ----------
    directive : SphinxDirective
        Its settings name the folder, and what the modules in it depend on.
    module : str
        Such as ``lecture02``; it need not exist.
    """
    source, depends = code_of(directive.env, module)
    for path in (source, *depends, __file__):
        directive.env.note_dependency(str(path))


def code_of(env: BuildEnvironment, module: str) -> tuple[Path, list[Path]]:
    """Return a module of figures, and the further files on which it depends."""
    source = Path(env.srcdir, env.config.drawings_path, f"{module}.py")
    return source, [path for pattern in env.config.drawings_depend for path in _matching(env.srcdir, pattern)]


def file_of(env: BuildEnvironment, node: drawing) -> Path:
    """Return the file of a figure, which is drawn if it is not in the cache; doctrees live longer than it."""
    if "file" in node:
        return Path(env.srcdir, node["file"])
    source, depends = code_of(env, node["module"])
    cache = Path(env.srcdir, env.config.drawings_cache)
    return kept(source, node["function"], medium=node["medium"], cache=cache, depends=depends)


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
        picture = drawing(name=self._prefix(), alt=" ".join(self.options["alt"].split()), **self._origin())
        try:
            written(self.env, picture)
        except (LookupError, RuntimeError, ValueError) as problem:
            raise self.error(str(problem)) from None
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

    def _origin(self) -> dict[str, str]:
        """Say what the figure is made of, on which the page from now on depends."""
        argument = self.arguments[0]
        if argument.endswith(".svg"):
            relative, absolute = self.env.relfn2path(argument)
            self.env.note_dependency(relative)
            if not Path(absolute).is_file():
                raise self.error(f"there is no file {relative}")
            return {"file": relative}
        module, _, function = argument.partition(".")
        note_code(self, module)
        return {"module": module, "function": function, "medium": self._medium()}

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


def written(env: BuildEnvironment, node: drawing) -> str:
    """Return the SVG that stands for a figure in a page."""
    content = file_of(env, node).read_text("utf-8")
    look = {"classes": node["classes"], "style": node.get("style", "")}
    return svg.inline(content, name=node["name"], alt=node["alt"], **look)


def visit_drawing(translator: HTML5Translator, node: drawing) -> None:
    """Put the SVG into the page."""
    translator.body.append(written(translator.builder.env, node) + "\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the directive and its settings."""
    app.add_config_value("drawings_path", "figures", "env", types=frozenset({str}))
    app.add_config_value("drawings_cache", "_build/drawings", "", types=frozenset({str}))
    app.add_config_value("drawings_depend", [], "env", types=frozenset({list}))
    app.add_config_value("drawings_medium", "notes", "env", types=ENUM("notes", "slide"))
    app.add_node(drawing, html=(visit_drawing, None))
    app.add_directive("drawing", Drawing)
