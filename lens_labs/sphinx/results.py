"""Numbers that a run of the labs has measured, quoted: ``{result}`L2.thickness_mae```.

The file of results holds one value a seed. Behind a bar stands how they are told:

========================  ==============================================
``L2.x``                  mean ± standard deviation over the seeds, with its unit
``L2.x | mean``           the mean, with its unit
``L2.x | range``          from the lowest to the highest
``L2.x | each``           one after the other
``L2.x | percent``        the mean as a percentage
``L2.x | times``          the mean as a factor, "23 times"
``L2.x | ratio``          the mean as a factor in a table, "23 ×"
``L2.x | count``          the mean as a whole number, "34,000"
``L2.x | hundredths``     the mean with two decimals, "−0.26"
========================  ==============================================
"""

from __future__ import annotations

import functools
import html
import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from lens_labs.sphinx.deck.builder import DeckBuilder
from lens_labs.sphinx.deck.front_matter import address_of_notes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.writers.html5 import HTML5Translator

_WORDS = {1: "one run", 2: "two runs", 3: "three runs", 4: "four runs", 5: "five runs"}


class result(nodes.General, nodes.Inline, nodes.TextElement):  # noqa: N801 - docutils names nodes in lower case
    """A quoted number; ``lab`` and ``origin`` say where it comes from."""


def quote(values: Sequence[float], unit: str = "", *, form: str = "") -> str:
    """Tell measured values in words.

    Parameters
    ----------
    values : sequence of float
        One value a seed.
    unit : str
        Their unit; empty for pure numbers.
    form : str
        How: empty, or a word of the table of this module.

    Returns
    -------
    str
        The text, with no more digits than the spread of the seeds allows, and a space that does not break before
        the unit.

    Raises
    ------
    ValueError
        If the form is unknown.

    Examples
    --------
    >>> quote([4.46, 4.42, 4.58], "Å").split()
    ['4.49', '±', '0.08', 'Å']
    >>> quote([0.331], form="percent").split()
    ['33', '%']
    """
    forms: dict[str, Callable[[], str]] = {
        "": lambda: _with_spread(values, unit),
        "mean": lambda: _join(_plain(statistics.fmean(values), _digits(values)), unit),
        "range": lambda: _range(values, unit),
        "each": lambda: _each(values, unit),
        "percent": lambda: _join(f"{100 * statistics.fmean(values):.0f}", "%"),
        "times": lambda: _join(f"{statistics.fmean(values):.2g}", "times"),
        "ratio": lambda: _join(f"{statistics.fmean(values):.2g}", "×"),
        "count": lambda: _join(f"{statistics.fmean(values):,.0f}", unit),
        "hundredths": lambda: _join(_plain(round(statistics.fmean(values), 2) + 0.0, 2), unit),
    }
    if form not in forms:
        raise ValueError(f"form must be empty or one of {', '.join(filter(None, forms))}; got {form!r}")
    return forms[form]()


def _digits(values: Sequence[float]) -> int:
    """Count the decimals that are worth telling: two digits of the spread, or three of a single value."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    if spread > 0:
        digit, exponent = f"{spread:.1e}"[0], int(f"{spread:.1e}".partition("e")[2])
        return max(0, (1 if digit in "12" else 0) - exponent)
    size = abs(values[0])
    return max(0, 2 - math.floor(math.log10(size))) if size > 0 else 0


def _plain(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace("-", "−")


def _join(number: str, unit: str) -> str:
    """Put number and unit together, with a space that does not break."""
    pretty = unit.replace("1e-6/Å²", "· 10⁻⁶ Å⁻²").replace("1/Å", "Å⁻¹")
    if pretty.startswith("·") and "±" in number:
        number = f"({number})"
    return f"{number}\N{NO-BREAK SPACE}{pretty}" if unit else number


def _with_spread(values: Sequence[float], unit: str) -> str:
    digits = _digits(values)
    mean = _plain(statistics.fmean(values), digits)
    if len(values) == 1 or len(set(values)) == 1:
        return _join(mean, unit)
    return _join(f"{mean} ± {_plain(statistics.stdev(values), digits)}", unit)


def _range(values: Sequence[float], unit: str) -> str:
    digits = _digits(values)
    low, high = _plain(min(values), digits), _plain(max(values), digits)
    return _join(low if low == high else f"{low} to {high}", unit)


def _each(values: Sequence[float], unit: str) -> str:
    digits = _digits(values)
    numbers = [_plain(value, digits) for value in values]
    listed = numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    return _join(listed, unit)


@functools.lru_cache(maxsize=4)
def _read(path: Path, _modified: int) -> Mapping[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def read(path: Path) -> Mapping[str, Any]:
    """Read the file of results, once for each state of the file."""
    return _read(path, path.stat().st_mtime_ns)


class Result(SphinxRole):
    """``{result}`NAME``` or ``{result}`NAME | FORM```."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number, with a note of its origin."""
        name, _, form = (part.strip() for part in self.text.partition("|"))
        path = Path(self.env.srcdir, self.config.results_path).resolve()
        self.env.note_dependency(str(path))
        try:
            values = read(path).get("values", {})
        except (OSError, ValueError) as error:
            return self._problem(f"`results_path` must name a file of results; {path.name}: {error}")
        if name not in values:
            return self._problem(f"there is no result {name!r} in {path.name}; run `nox -s results`")
        entry = values[name]
        if not entry.get("values") or "lab" not in entry:
            return self._problem(f"{name} must have `lab` and `values`; {path.name} has {entry}")
        try:
            text = quote(entry["values"], entry.get("unit", ""), form=form)
        except ValueError as error:
            return self._problem(f"{name}: {error}")
        runs = len(entry["values"])
        origin = f"Measured in {_WORDS.get(runs, f'{runs} runs')} of the lab {entry['lab']}"
        node = result(self.rawtext, text, lab=entry["lab"], origin=origin)
        self.set_source_info(node)
        return [node], []

    def _problem(self, message: str) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        report = self.inliner.reporter.error(message, line=self.lineno)
        return [self.inliner.problematic(self.rawtext, self.rawtext, report)], [report]


def address_of_lab(builder: Builder, page: str, lab: str) -> str:
    """Return the address of the page of a lab.

    Parameters
    ----------
    builder : Builder
        Decks look for the page in the notes.
    page : str
        From where it is seen.
    lab : str
        The name of the lab.

    Returns
    -------
    str
        The address; empty if there is no such page.
    """
    target = f"{builder.config.results_labs}{lab}"
    if isinstance(builder, DeckBuilder):
        return address_of_notes(builder.env, page, f"{target}.html")
    return builder.get_relative_uri(page, target) if target in builder.env.all_docs else ""


def visit_result(translator: HTML5Translator, node: result) -> None:
    """Write the number as a link to the lab that measured it."""
    address = address_of_lab(translator.builder, translator.docnames[0], node["lab"])
    origin = html.escape(node["origin"])
    text = html.escape(node.astext())
    if address:
        label = f"{text}. {origin}"
        translator.body.append(
            f'<a class="result" href="{html.escape(address)}" aria-label="{label}" data-origin="{origin}">{text}</a>'
        )
    else:
        translator.body.append(f'<span class="result" title="{origin}">{text}</span>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the role and its settings."""
    app.add_config_value("results_path", "results.json", "env", types=frozenset({str}))
    app.add_config_value("results_labs", "labs/", "html", types=frozenset({str}))
    app.add_node(result, html=(visit_result, None))
    app.add_role("result", Result())
