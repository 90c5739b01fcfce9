"""pack: a file list or a dataset, as packed files."""

import os
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from labwork.core import ConfigError, flush_to_disk, unknown_name
from labwork.data._dataset import Dataset
from labwork.data._packing._altered import check_unaltered
from labwork.data._packing._assemble import write_shard
from labwork.data._packing._formats import format_for_writing
from labwork.data._packing._image_options import ImageOptions
from labwork.data._packing._meter import Meter, Progress
from labwork.data._packing._packed_dataset import PackedDataset
from labwork.data._packing._shard import Shard
from labwork.data._packing._shard_paths import shard_paths, shards_beside
from labwork.data._packing._source import Source
from labwork.data._packing._sources import Listing, open_source
from labwork.data._packing._spool import Spool, opened_spool
from labwork.data._packing._workers import make_blocks

__all__ = ["pack"]

OnBad = Literal["raise", "skip"]


def pack(
    source: str | os.PathLike[str] | Dataset,
    dst: str | os.PathLike[str],
    *,
    file_dir: str | os.PathLike[str] | None = None,
    dtypes: Sequence[str] | Mapping[str, str] | None = None,
    is_seq: bool = False,
    delimiter: str = ",",
    quote: str = '"',
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    encode: str | None = None,
    quality: int | None = None,
    keep_exif: bool = True,
    shards: int = 1,
    worker_count: int | None = None,
    on_bad: OnBad = "raise",
    progress: Progress | None = None,
) -> PackedDataset:
    """Packs images and what belongs to them into one file, or into shards of equal size.

    The source is a file list or a dataset of records. A file list is a CSV file: its first line
    gives the keys, and each further one a sample, an image's path and further values.

    Files are written under another name and moved into place when they are whole. Where packing
    was stopped, ``kill -9`` included, the same call goes on with it, and the result is the same to
    the last byte, as it is for any ``worker_count``. Where a file that had been packed was altered
    meanwhile, that is told. Until the end, twice the space is needed.

    Args:
        source: a dataset, or the path of a file list.
        dst: a file ending in ``.hdf5``, ``.h5`` (which need h5py) or ``.npz``.
        file_dir: what a file list's paths are relative to; by default its own folder.
        dtypes: for a file list, the types of all columns, or of all but the first: ``uint8`` …
            ``float64``, ``bool``, ``str``, with a leading ``v`` where cells ``"1,2,3"`` hold
            different numbers of values; guessed by default. For a dataset, by field, what the
            first sample doesn't tell: ``{"boxes": "vfloat32"}`` for arrays of different shapes.
        is_seq: whether the first column holds sequences: ``"1.jpg,2.jpg,3.jpg"``.
        delimiter: what is between a file list's cells.
        quote: what is around cells that hold a delimiter.
        height: of all images, in pixels; they are resized with Lanczos (label maps: nearest).
        width: the same. Of height and width, one alone leaves the proportions as they are.
        channels: 1 grey, 3 RGB, 4 RGB with opacity; by default 3, and for a dataset as it is.
        encode: ``jpeg``, ``png`` (lossless) or ``raw``; by default ``jpeg``, and for a dataset
            ``raw``. Of a dataset, tensors (C, H, W) and arrays (H, W, C) of uint8 or of floats in
            [0, 1] are images, also with a dimension T in front; whole numbers (H, W) are label
            maps, which become PNG where images are encoded. Floats come back as they were, and
            where they are bytes divided by 255, ``raw`` stores these bytes.
        quality: of JPEG, 1 to 100. By default 90, and JPEG files that need no change stay as they
            are. What is encoded has restart markers, so that a crop decodes little more than it
            shows.
        keep_exif: whether the descriptions of photos are kept in what is encoded. Pixels are
            always turned as these say.
        shards: how many files; ``data.npz`` becomes ``data-1-of-3.npz`` and so on.
        worker_count: processes that decode and encode; by default one a core; 0 for this one.
        on_bad: whether a bad sample is an error, or is left out and counted (``skip``).
        progress: is told how much is done, and of how much, in samples: their encoding is three
            quarters, and their writing to files the rest.

    Returns:
        what was packed, opened.

    Raises:
        ConfigError: where something asked for isn't possible, ``dst`` exists, or a sample is bad;
            with file and line, or the sample's index and field.
        RunError: where another process packs into ``dst``.
        WorkerError: where one of ours was killed.

    >>> import tempfile
    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> images = torch.zeros(3, 3, 8, 8, dtype=torch.uint8)
    >>> path = Path(tempfile.mkdtemp()) / "three.npz"
    >>> packed = pack(ArrayDataset(image=images, label=[5, 1, 0]), path, worker_count=0)
    >>> len(packed), packed[1].image.shape, packed.labels["label"]
    (3, torch.Size([3, 8, 8]), array([5, 1, 0]))
    """
    is_dataset = isinstance(source, Dataset)
    asked = ("raw" if is_dataset else "jpeg") if encode is None else encode
    options = ImageOptions(height, width, channels, asked, quality, keep_exif)
    if on_bad not in get_args(OnBad):
        raise unknown_name("value", on_bad, get_args(OnBad), "on_bad")
    target = Path(dst)
    format_for_writing(target)
    folder = target.with_name(f".{target.name}.unfinished")
    paths = shard_paths(target, _checked_shards(shards))
    if not folder.exists():
        _refuse_existing([target, *shards_beside(target)])
    skips = on_bad == "skip"
    listing = Listing(file_dir, is_seq, delimiter, quote)
    samples = open_source(source, dtypes, options, skips, listing)
    _check_filled(len(paths), len(samples))
    meter = Meter(progress, len(samples))
    with opened_spool(folder, samples.columns, _identity(samples, options)) as spool:
        check_unaltered(samples, spool)
        _fill(spool, samples, skips, _worker_count(worker_count), meter)
        _write(spool, samples, paths, meter)
        shutil.rmtree(folder)
    packed = PackedDataset(paths)
    meter.finish()
    return packed


def _checked_shards(shards: int) -> int:
    if shards < 1:
        raise ConfigError(f"shards={shards}: at least one file is needed")
    return shards


def _check_filled(shards: int, count: int) -> None:
    if shards > count:
        raise ConfigError(f"{count} samples don't fill {shards} shards")


def _refuse_existing(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.exists():
            raise ConfigError(f"{path} exists already: choose another name, or remove it first")


def _worker_count(asked: int | None) -> int:
    if asked is not None and asked < 0:
        raise ConfigError(f"worker_count={asked}: 0 or more processes are possible")
    if asked is not None:
        return asked
    may_use = getattr(os, "sched_getaffinity", None)  # Linux; where we may have a part of all
    return len(may_use(0)) if may_use else os.cpu_count() or 1


def _identity(source: Source, options: ImageOptions) -> dict[str, Any]:
    columns = [column.as_plain() for column in source.columns]
    fields = {"columns": columns, "layout": source.layout}
    return {**source.identity(), **options.as_plain(), "fields": fields}


def _fill(spool: Spool, source: Source, skips: bool, worker_count: int, meter: Meter) -> None:
    meter.encoded(spool.state.position)
    try:
        for block in make_blocks(source, spool.state.position, skips, worker_count):
            spool.append(block)
            meter.encoded(block.stop)
    except BaseException:
        spool.leave()
        raise
    spool.commit()
    if spool.state.count == 0:
        bad = f"all {len(source)} are bad; {spool.state.bad[0]}"
        raise ConfigError(f"no sample is left to pack: {bad}")


def _write(spool: Spool, source: Source, paths: Sequence[Path], meter: Meter) -> None:
    _check_filled(len(paths), spool.state.count)
    told = partial(meter.written, total_size=sum(spool.state.sizes.values()))
    for number, path in enumerate(paths):
        if path.exists() and _is_ours(path, spool, number, len(paths)):
            told(path.stat().st_size)
            continue
        _refuse_existing([path])
        unfinished = spool.folder / f"shard{path.suffix}"
        write_shard(unfinished, spool, source, number, len(paths), told)
        flush_to_disk(unfinished)
        unfinished.replace(path)
        flush_to_disk(path.parent)


def _is_ours(path: Path, spool: Spool, number: int, count: int) -> bool:
    """Whether a shard was moved into place before we were stopped."""
    try:
        manifest = Shard(path).manifest
    except ConfigError:
        return False
    known = manifest.id, manifest.shard, len(manifest.counts)
    return known == (spool.state.digest, number, count)
