"""The tables of the page on speed, from what the benchmarks kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
TITLES = {
    "layers": "Layers for Keras",
    "reflectivity": "Reflectivity curves",
    "sans": "Small-angle scattering",
    "decks": "Building decks",
}
"""What each benchmark is about, in the order of the page."""


def tables() -> str:
    """Return a section for each benchmark, as MyST."""
    kept = {path.stem: json.loads(path.read_text("utf-8")) for path in RESULTS.glob("*.json")}
    return "\n".join("\n".join(_section(name, kept[name])) for name in TITLES if name in kept)


def _section(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield f"(speed-{name})=\n## {TITLES[name]}\n"
    used = ", ".join(f"{package} {version}" for package, version in found["versions"].items())
    yield f"`{found['command']}`, {found['date']}, {found['machine']}, Python {found['python']}, {used}.\n"
    for table in found["tables"]:
        yield f"**{table['title']}.** {table['note']}\n"
        yield from _table(table["columns"], table["rows"])


def _table(columns: Sequence[str], rows: Sequence[Sequence[str | float]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    numeric = [all(isinstance(row[k], int | float) for row in rows) for k in range(len(columns))]
    yield f"|{'|'.join('---:' if each else '---' for each in numeric)}|"
    yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)
    yield ""


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    if value >= 1000:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:#.3g}".rstrip(".")
