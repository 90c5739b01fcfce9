"""``labwork pack``."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

import click

__all__ = ["pack"]

_SECONDS = 10  # between two lines, where there is no terminal


@click.command()
@click.argument("source")
@click.argument("dst", required=False, type=click.Path(path_type=Path))
@click.option(
    "--file-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="What the list's paths are relative to.  [default: its folder]",
)
@click.option(
    "--dtypes",
    metavar="TYPE,…",
    help="Of all columns, or all but the first: uint8 … float64, bool, str; v before it for cells"
    " with different numbers of values; of DATA FIELD=TYPE,….  [default: guessed]",
)
@click.option("--is-seq", is_flag=True, help="The first column holds sequences: 'a.jpg,b.jpg'.")
@click.option("--delimiter", default=",", show_default=True)
@click.option("--quote", default='"', show_default=True)
@click.option("--height", type=click.IntRange(min=1), help="Of images, in pixels.")
@click.option("--width", type=click.IntRange(min=1), help="One alone keeps the proportions.")
@click.option("--channels", type=int, help="1, 3 or 4.  [default: 3]")
@click.option("--encode", metavar="jpeg|png|raw", help="[default: jpeg; for DATA raw]")
@click.option("--quality", type=int, help="Of JPEG.  [default: 90, or files as they are]")
@click.option("--keep-exif/--drop-exif", default=True, show_default=True)
@click.option("--shards", type=int, default=1, show_default=True, help="How many files.")
@click.option(
    "--workers",
    "worker_count",
    type=int,
    help="Processes; 0 for this one alone.  [default: one a core]",
)
@click.option(
    "--on-bad",
    type=click.Choice(["raise", "skip"]),
    default="raise",
    show_default=True,
    help="Whether a bad row is an error, or is told, counted and left out.",
)
@click.option("--verify", is_flag=True, help="Read the packed SOURCE and check all hashes.")
def pack(source: str, dst: Path | None, verify: bool, **options: Any) -> None:
    """Pack SOURCE, a file list or DATA, into DST, a file ending in .hdf5 or .npz.

    A file list is a CSV file: the keys, then a line for each sample, an image's path and further
    values. The same command goes on where packing was stopped.

    \b
    labwork pack photos.csv photos.hdf5 --height 256 --shards 4
    labwork pack "CamVid{train}" camvid.npz --encode png
    labwork pack --verify photos.hdf5
    """  # noqa: D301 - click keeps the lines after a backspace character as they are
    if verify:
        _verify(source, dst)
        return
    if dst is None:
        raise click.UsageError("DST is missing: a file ending in .hdf5 or .npz")
    from labwork.data import pack as pack_data

    options["dtypes"] = _types(options["dtypes"])
    with _progress() as progress:
        packed = pack_data(_opened(source), dst, progress=progress, **options)
    _tell(packed)


def _types(text: str | None) -> Any:
    """A list for a file list, or a mapping from fields where they are named."""
    words = [word.strip() for word in text.split(",")] if text is not None else None
    if words is None or "=" not in words[0]:
        return words
    return {name: word for name, _, word in (word.partition("=") for word in words)}


def _opened(source: str) -> Any:
    """A file list's path, or the dataset that DATA names."""
    if Path(source).exists() or source.endswith((".csv", ".txt", ".tsv")):
        return source
    from labwork.experiments import get_data_to_store

    datasets = [*get_data_to_store(source).values()]
    if len(datasets) != 1:
        raise click.UsageError(f"{source} names {len(datasets)} datasets: one is packed at a time")
    return datasets[0]


def _verify(source: str, dst: Path | None) -> None:
    from labwork.data import PackedDataset

    if dst is not None:
        raise click.UsageError("--verify takes one path, that of packed files")
    packed = PackedDataset(source, verify=True)
    click.echo(f"{len(packed)} samples in {len(packed.paths)} file(s) are as they were packed")


def _tell(packed: Any) -> None:
    for reason in packed.bad:
        click.echo(f"left out {reason}", err=True)
    left_out = f", {packed.bad_count} left out" if packed.bad_count else ""
    click.echo(f"{len(packed)} samples packed{left_out}")
    for path in packed.paths:
        click.echo(path)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar with the remaining time on a terminal, elsewhere a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield _Lines()
        return
    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    with Progress("packing", *columns, console=console) as bar:
        task = bar.add_task("packing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    """Prints every few seconds how far packing has come, and how long it will take."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._told = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._first is None:  # what an earlier command had done took no time
            self._first, self._told = (now, done), now
            if done:
                click.echo(f"{100 * done // total}% packed before", err=True)
        start, before = self._first
        if now - self._told > _SECONDS and before < done < total:
            self._told = now
            left = ceil((now - start) / (done - before) * (total - done))
            click.echo(f"{100 * done // total}% packed, {timedelta(seconds=left)} left", err=True)
