"""``labwork cache``."""

import re
import sys
import time
from datetime import datetime
from pathlib import Path

import click

from labwork.core import CacheEntry, ConfigError, LabworkError, find_cache

__all__ = ["cache"]

_SHOWN = 12  # letters of a key
_WIDTH = 1000
_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}  # seconds


def _seconds(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw])", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no age: write a number and m, h, d or w, as in 30d")
    return float(found[1]) * _UNITS[found[2]]


@click.group()
def cache() -> None:
    """See and free what cache_hdd and info_cache_hdd keep on the disk."""


@cache.command("list")
def list_entries() -> None:
    """List the caches, the last used ones first."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    entries = sorted(_entries(), key=lambda entry: -entry.last_used)
    table = Table(box=None, pad_edge=False)
    for title in ("key", "kind", "samples", "size", "last used"):
        is_number = title in ("samples", "size")
        table.add_column(title, justify="right" if is_number else "left", no_wrap=True)
    table.add_column("dataset", overflow="fold")
    for entry in entries:
        table.add_row(*map(Text, _row(entry)))
    if entries:
        # Nobody wants lines folded in a file.
        Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
    click.echo(f"{_caches(len(entries))}, {_size(entries)}, in {_folder()}")


@cache.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All caches.")
@click.option(
    "--older-than",
    callback=_seconds,
    metavar="AGE",
    help="Only those that weren't used for so long: 30d, or a number of m, h or w.",
)
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
def clear(keys: tuple[str, ...], everything: bool, older_than: float | None, yes: bool) -> None:
    """Delete the caches whose keys begin with KEYS; those in use stay."""
    if bool(keys) == everything and (keys or older_than is None):
        raise ConfigError("say what to clear: the keys of caches, --all, or --older-than 30d")
    chosen = [entry for key in keys for entry in _found(key)] if keys else [*_entries()]
    if older_than is not None:
        chosen = [entry for entry in chosen if time.time() - entry.last_used > older_than]
    size = _size(chosen)
    if chosen and not yes:
        click.confirm(f"Delete {_caches(len(chosen))}, {size}?", abort=True)
    used = [entry for entry in chosen if not entry.delete()]
    click.echo(f"deleted {_caches(len(chosen) - len(used))}")
    if used:
        names = ", ".join(entry.key[:_SHOWN] for entry in used)
        raise LabworkError(f"in use, and so not deleted: {names}")


def _folder() -> Path:
    return find_cache() / "datasets"


def _entries() -> list[CacheEntry]:
    return list(CacheEntry.all_in(_folder()))


def _found(key: str) -> list[CacheEntry]:
    found = [entry for entry in _entries() if entry.key.startswith(key)]
    if len(found) != 1:
        count = "no cache" if not found else f"{len(found)} caches"
        raise ConfigError(f"{count} in {_folder()} with a key that begins with {key!r}")
    return found


def _row(entry: CacheEntry) -> list[str]:
    about = entry.about
    used = datetime.fromtimestamp(entry.last_used).strftime("%Y-%m-%d %H:%M")
    count = f"{entry.stored_count}/{about.get('count', '?')}"
    name = f" named {about['name']!r}" if about.get("name") else ""
    dataset = f"{about.get('dataset', '?')}{name}"
    return [entry.key[:_SHOWN], about.get("kind", "?"), count, _size([entry]), used, dataset]


def _size(entries: list[CacheEntry]) -> str:
    from rich.filesize import decimal

    return decimal(sum(entry.size for entry in entries))


def _caches(count: int) -> str:
    return f"{count} cache{'' if count == 1 else 's'}"
