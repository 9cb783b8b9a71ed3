"""Pages of which the school itself writes a part: its names, commands, measured files, front matter and minutes.

Such a page is a source like any other, with one line ``% generated`` in it; what belongs there is put in its place when
Sphinx reads the page.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import names
import speed_tables
import yaml
from sphinx.errors import ExtensionError

from lens_labs import cli, data
from lens_labs.school.checkout import Checkout
from lens_labs.school.editions import outline, sources
from lens_labs.sphinx import lectures

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from lens_labs.data import Measurement

MARK = "% generated\n"
UNITS = {"1/Å": "Å⁻¹", "1": "1", "1/cm": "cm⁻¹", "meV": "meV", "Å": "Å", "deg": "°"}
AXES = {"q": "Q", "qx": "Qx", "wavelength": "λ", "two_theta": "2θ", "energy": "E"}


def commands() -> str:
    """Return a section for each verb of the command line, as MyST."""
    verbs = next(action for action in cli.parser()._actions if action.dest == "verb")  # noqa: SLF001 - argparse has no other way
    assert isinstance(verbs.choices, Mapping)
    helps = {each.dest: each.help for each in verbs._choices_actions}  # type: ignore[attr-defined]  # noqa: SLF001
    return "\n".join(_command(name, helps[name] or "", parser) for name, parser in verbs.choices.items())


def _command(name: str, purpose: str, parser: argparse.ArgumentParser) -> str:
    parser.formatter_class = partial(argparse.HelpFormatter, width=76)  # not that of whoever builds
    usage = parser.format_usage().replace(" [-h]", "").removeprefix("usage: ").rstrip()
    usage = re.sub(r"\n\s+", "\n    ", usage)
    actions = [each for each in parser._actions if each.dest != "help"]  # noqa: SLF001
    lines = [f"(cli-{name})=", f"## lens-labs {name}", "", f"{purpose[:1].upper()}{purpose[1:]}.", ""]
    lines += ["```text", usage, "```", ""]
    if actions:
        lines += ["| Argument | Meaning |", "|---|---|", *map(_argument, actions), ""]
    return "\n".join(lines)


def _argument(action: argparse.Action) -> str:
    words = action.option_strings or [str(action.metavar or action.dest)]
    value = f" {action.metavar}" if action.option_strings and isinstance(action.metavar, str) else ""
    told = (action.help or "").replace("%(default)s", str(action.default))
    if action.choices:
        allowed = " or ".join(f"`{each}`" for each in action.choices)
        default = f"; default: `{action.default}`" if action.default else ""
        told = f"{told}: {allowed}{default}".removeprefix(": ")
    return f"| {', '.join(f'`{word}{value}`' for word in words)} | {told} |"


def measured_files() -> str:
    """Return a section for each measured file, from its card, as MyST."""
    return "\n".join("\n".join(_file(data.load(name))) for name in data.names())


def _file(measured: Measurement) -> Iterator[str]:
    card = measured.card
    yield f"(data-{measured.name.lower()})=\n## {measured.name}: {_small(measured.title)}\n"
    yield f'| Load it with | `data.load("{measured.name}")` |\n|---|---|'
    yield f"| Sample | {card['sample'].replace('|', chr(92) + '|')} |"
    yield f"| {_extent(measured)} |"
    yield f"| Columns | {', '.join(f'`{name}` ({UNITS[unit]})' for name, unit in measured.units.items())} |"
    yield f"| Source | {card['source']} |"
    yield f"| Licence | {card['licence']}; the notice is in `{card['notice']}`, beside the file |"
    yield f"| Cite | {card['citation']} |\n"
    yield f"{' '.join(card['notes'].split())}\n"
    if measured.reference:
        yield from _reference(measured)


def _extent(measured: Measurement) -> str:
    """Say how many points or pixels there are, and how far the first column goes."""
    name, values = next(iter(measured.arrays.items()))
    size = f"Points | {len(values)}" if values.ndim == 1 else f"Pixels | {' × '.join(map(str, values.shape))}"
    low, high = (f"{value:.3g}".replace("-", "−") for value in (values.min(), values.max()))
    return f"{size}, from {AXES[name]} = {low} to {high} {UNITS[measured.units[name]]}"


def _reference(curve: Measurement) -> Iterator[str]:
    fit = curve.reference
    assert fit is not None
    yield f"**Reference fit.** {fit.method.replace('|', chr(92) + '|')}. Reduced chi-squared: {fit.chi2:.2f}.\n"
    yield "| Parameter | Value ± error |\n|---|---|"
    yield from (
        f"| `{name}` | {str(estimate).replace('-', '−')} |" for name, estimate in fit.parameters.items()
    )
    yield from (f"| `{name}` | {value:.4g}, fixed |" for name, value in fit.fixed.items())
    yield ""


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def front_matter() -> str:
    """Return a table of the fields in the front matter of a lecture, from their schema, as MyST."""
    schema = json.loads(lectures.SCHEMA.read_text("utf-8"))
    rows = [
        f"| `{name}` | {field['description']} | {_allowed(field)} | {'yes' if name in schema['required'] else 'no'} |"
        for name, field in schema["properties"].items()
    ]
    return "\n".join(["| Field | Meaning | Form | Needed |", "|---|---|---|---|", *rows, ""])


def _allowed(field: Mapping[str, Any]) -> str:
    words = {"boolean": "true or false", "object": "label: minutes", "string": "a text"}
    match field:
        case {"pattern": str(pattern)} if pattern.endswith(r"\?$"):
            form = "a question"
        case {"format": "date"}:
            form = "a date, 2026-11-22"
        case {"type": "integer", "minimum": low, "maximum": high}:
            form = f"{low} to {high}"
        case {"type": "array", "minItems": low, "maxItems": high}:
            form = f"a list of {low} to {high}"
        case {"type": "array", "items": {"type": kind}}:
            form = {"string": "a list of texts", "integer": "a list of numbers"}[kind]
        case {"type": "object", "properties": parts}:
            form = " and ".join(f"`{part}`" for part in parts)
        case _:
            form = words[field["type"]]
    return form


def plan() -> str:
    """Return a table for each lecture: its deck and its labs, and how long they take, as MyST."""
    return "\n".join(
        "\n".join(_plan(path)) for path in sorted((names.ROOT / "docs" / "lectures").glob("*.md"))
    )


def _plan(path: Path) -> Iterator[str]:
    about = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])["lecture"]
    labs = {lab: sources.read(Checkout(names.ROOT).source(lab)) for lab in about["labs"]}
    total = about["minutes"]["slides"] + sum(lab.header.minutes for lab in labs.values())
    yield f"| {{doc}}`Lecture {about['number']} </lectures/{path.stem}>` | Minutes | CPU seconds | Exercises |"
    yield "|---|---:|---:|---:|"
    yield f"| {{deck}}`The deck <{path.stem}>` | {about['minutes']['slides']} | | |"
    for name, lab in labs.items():
        yield f"| {{lab}}`{name}` | {lab.header.minutes} | {lab.header.budget} | {len(outline.exercises(lab))} |"
    yield f"| Together, without breaks | {total} | | |\n"


GENERATED: Mapping[str, Callable[[], str]] = {
    "contribute/writing-a-lecture": front_matter,
    "reference/cli": commands,
    "reference/measured-data": measured_files,
    "reference/names": names.text,
    "reference/speed": speed_tables.tables,
    "teach/run-a-class": plan,
}


def fill_in(_: Sphinx, page: str, source: list[str]) -> None:
    """Put what is generated into the source of a page."""
    if page in GENERATED:
        if MARK not in source[0]:
            raise ExtensionError(
                f"{page} must have a line {MARK.strip()!r}, in the place of which it is filled"
            )
        source[0] = source[0].replace(MARK, GENERATED[page]())


def changed(_: Sphinx, env: BuildEnvironment, *_sets: AbstractSet[str]) -> list[str]:
    """Read a page again when what is generated for it has changed since the last build."""
    before: Mapping[str, str] = getattr(env, "generated_texts", {})
    now = {page: make() for page, make in GENERATED.items() if page in env.found_docs}
    env.generated_texts = now  # type: ignore[attr-defined] # kept with the environment
    return [page for page, content in now.items() if before.get(page) != content]


def plain_citations(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Take away a role that assistive technology no longer knows; docutils writes it at every entry of a bibliography."""
    if "body" in context:
        context["body"] = context["body"].replace(' role="doc-biblioentry"', "")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect what fills the pages."""
    app.connect("source-read", fill_in)
    app.connect("env-get-outdated", changed)
    app.connect("html-page-context", plain_citations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
