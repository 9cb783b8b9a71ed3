"""How commands speak: sentences, tables and progress, for a terminal and for a log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

_LOG_WIDTH = 120
_QUIET = 30.0  # seconds between two lines about the same run, where there are no bars


def say(text: str) -> None:
    """Write a text as it is, without markup."""
    Console(soft_wrap=True, highlight=False, markup=False).print(text)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table; its cells may carry the markup of rich."""
    grid = Table(title=title, title_justify="left", header_style="bold")
    for name in head:
        grid.add_column(name, overflow="fold", no_wrap=name == head[0])
    for row in rows:
        grid.add_row(*row)
    Console(width=None if Console().is_terminal else _LOG_WIDTH).print(grid)


def good(text: str) -> str:
    """Return a text marked as good news, for a table."""
    return f"[green]{escape(text)}[/green]"


def bad(text: str) -> str:
    """Return a text marked as bad news, for a table."""
    return f"[bold red]{escape(text)}[/bold red]"


def doubtful(text: str) -> str:
    """Return a text marked as a warning, for a table."""
    return f"[yellow]{escape(text)}[/yellow]"


class Board:
    """Shows how several runs go: one bar each on a terminal, now and then a line in a log."""

    def __init__(self) -> None:
        self._console = Console(soft_wrap=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} cells  {task.fields[note]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, name: str, cells: int) -> None:
        """Show that a run begins."""
        self._tasks[name] = self._bars.add_task(escape(name), total=cells, note="")
        self._line(name, f"{name}: begins, {cells} cells")

    def cell(self, name: str, done: int, cells: int, cpu: float) -> None:
        """Show that a cell is done."""
        self._bars.update(self._tasks[name], completed=done, total=cells, note=f"{cpu:.0f} s of CPU time")
        if time.monotonic() - self._said[name] > _QUIET:
            self._line(name, f"{name}: {done}/{cells} cells, {cpu:.0f} s of CPU time")

    def end(self, name: str, verdict: str) -> None:
        """Show that a run has ended."""
        if name in self._tasks:
            self._bars.update(self._tasks[name], note=escape(verdict))
        self._line(name, f"{name}: {verdict}")

    def _line(self, name: str, text: str) -> None:
        self._said[name] = time.monotonic()
        if not self._console.is_terminal:
            self._console.print(text, markup=False)
