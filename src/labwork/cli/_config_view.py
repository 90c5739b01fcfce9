"""A config as a tree, with the origin of each value and the changes from the defaults marked."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from labwork.config import Config, contains_key, defaults, dump_yaml, freeze, retrieve

__all__ = ["show_config"]

_HIDDEN = ("resolved",)  # what a run writes for people to read, and nobody reads back


class _Row(NamedTuple):
    depth: int
    name: str
    value: str
    origin: str
    is_change: bool


def show_config(config: Config, spec: Any) -> None:
    """Prints every key of ``spec``, with its value and the place where it was written.

    Args:
        config: what was written.
        spec: the dataclass instance that it was read as.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, style="dim")
    for row in _rows(freeze(spec), config, defaults(type(spec)), ""):
        style = "bold" if row.is_change else ""
        name = f"{'*' if row.is_change else ' '} {'  ' * row.depth}{row.name}"
        table.add_row(Text(name, style), Text(row.value, style), Text(row.origin))
    Console(soft_wrap=False).print(table)


def _rows(
    data: Mapping[str, Any], config: Config, known: Mapping[str, Any], prefix: str
) -> Iterator[_Row]:
    for key, value in data.items():
        path = f"{prefix}{key}"
        if path in _HIDDEN:
            continue
        is_given = contains_key(config, path)
        origin = config.origin(path) if is_given else "default"
        depth = path.count("/")
        if isinstance(value, Mapping) and value:
            yield _Row(depth, _as_text(key), "", "", is_given)
            yield from _rows(value, config, known, f"{path}/")
        else:
            is_change = is_given and value != retrieve(known, path, None)
            yield _Row(depth, _as_text(key), _as_text(value), origin, is_change)


def _as_text(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return value if value.isprintable() else json.dumps(value)
    return dump_yaml(value).strip().removesuffix("\n...")
