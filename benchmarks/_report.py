"""What a benchmark found: printed, and kept in benchmarks/results/, from where the notes make their tables."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Table:
    """A table of numbers: ``rows`` of words and numbers under ``columns``, and what must be said about them."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float]]
    note: str = ""


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages that are installed here."""
    return {name: importlib.metadata.version(name) for name in packages}


def keep(name: str, tables: Sequence[Table], used: Mapping[str, str]) -> None:
    """Print the tables of a benchmark, and write them to its file together with the command, day and versions."""
    for table in tables:
        print(f"\n{table.title}")
        for row in (table.columns, *table.rows):
            print("  ".join(f"{_shown(cell):>14}" for cell in row))
    content = {
        "command": f"python -m nox -s bench -- {name}",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{_processor()}, one core",
        "python": platform.python_version(),
        "versions": dict(sorted(used.items())),
        "tables": [asdict(table) for table in tables],
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwritten to {path}")


def _shown(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:.3g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
