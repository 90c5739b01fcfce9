"""A table of results, for people (terminal, Markdown) and for programs (JSON)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

__all__ = ["Column", "Table"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the JSON file, its title for people and the format of its cells."""

    key: str
    title: str
    format: str = ""

    def show(self, value: Any) -> str:
        """Formats a cell: a tuple is a range, and what was not measured is a dash."""
        if isinstance(value, tuple):
            return "–".join(map(self.show, value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "–" if value is None else format(value, self.format)


@dataclass(slots=True)
class Table:
    """Rows of measurements, with the notes needed to read them.

    Attributes:
        name: name of the result files.
        title: what was measured.
        columns: the columns; the first one names the row.
        rows: one tuple a row, a value a column, ``None`` for what was not measured.
        notes: sentences below the table: what was left out and why.

    Example:
        >>> table = Table("t", "Demo", (Column("who", "who"), Column("us", "µs", ".1f")))
        >>> table.rows.append(("hand", 1.25))
        >>> print(table.to_markdown())
        | who | µs |
        |---|---:|
        | hand | 1.2 |
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cells(self) -> list[list[str]]:
        """The formatted rows."""
        return [[c.show(v) for c, v in zip(self.columns, row, strict=True)] for row in self.rows]

    def to_markdown(self) -> str:
        """The bare table in Markdown."""
        titles = [column.title for column in self.columns]
        rule = "|---|" + "---:|" * (len(titles) - 1)
        return "\n".join([_line(titles), rule, *map(_line, self.cells())])

    def to_dict(self) -> dict[str, Any]:
        """Plain data with unrounded numbers."""
        keys = [column.key for column in self.columns]
        rows = [dict(zip(keys, row, strict=True)) for row in self.rows]
        return {"name": self.name, "title": self.title, "rows": rows, "notes": self.notes}

    def show(self, console: Console) -> None:
        """Prints the table and its notes."""
        table = RichTable(title=escape(self.title), box=box.SIMPLE_HEAD, title_justify="left")
        for index, column in enumerate(self.columns):
            table.add_column(escape(column.title), justify="right" if index else "left")
        for row in self.cells():
            table.add_row(*map(escape, row))
        console.print(table)
        for note in self.notes:
            console.print(f"· {note}", style="dim", markup=False, highlight=False)

    def write(self, folder: Path, machine: dict[str, Any]) -> None:
        """Writes ``<name>.md`` and ``<name>.json`` into ``folder``, naming the machine."""
        folder.mkdir(parents=True, exist_ok=True)
        data = self.to_dict() | {"machine": machine}
        text = json.dumps(data, indent=2, ensure_ascii=False)
        (folder / f"{self.name}.json").write_text(text + "\n", encoding="utf-8")
        notes = [*self.notes, "Measured on " + ", ".join(map(str, machine.values())) + "."]
        parts = [f"### {self.title}", self.to_markdown(), "\n".join(f"- {n}" for n in notes)]
        (folder / f"{self.name}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
