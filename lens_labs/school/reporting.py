"""How commands speak: sentences, tables and progress, for a terminal and for a log file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table


def say(text: str) -> None:
    """Write a line as it is, without markup."""
    Console(soft_wrap=True).print(text, markup=False, highlight=False)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table; its cells may carry the markup of rich."""
    grid = Table(title=title, title_justify="left", header_style="bold")
    for name in head:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    Console().print(grid)
