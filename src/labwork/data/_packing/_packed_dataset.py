"""PackedDataset: what ``pack`` wrote."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._dataset import Dataset
from labwork.data._folders._nested import is_flat, nested
from labwork.data._indexing import Indices
from labwork.data._lazy_field import LazyField
from labwork.data._lazy_image import LazyImage
from labwork.data._names import function_name
from labwork.data._packing._array_column import ArrayColumns
from labwork.data._packing._open import Paths, open_shards
from labwork.data._packing._packed_column import PackedColumn
from labwork.data._packing._packed_image import PackedImage
from labwork.data._packing._shard_paths import common_name
from labwork.data._record import Record

__all__ = ["PackedDataset"]

Fetch = Callable[[Mapping[str, Any], int], Any]


class PackedDataset(Dataset):
    """The samples in a file that ``pack`` wrote, or in its shards, in any order of access.

    Fields that are small (numbers, vectors of up to 128 bytes) are in memory; others are read and
    decoded when they are. Each process opens the files for itself, forked or spawned. Images are
    given as they were packed: those of file lists as uint8 (3, H, W), which may be a view of
    memory with channels last; the frames of a sequence as (T, 3, H, W).

    Args:
        path: the file, the name that several shards have in common, or all shards.
        fetch_f: ``fetch_f(columns, index)`` gives a sample; ``columns["image"][index]`` is
            decoded, and ``columns["image"].encoded(index)`` what is stored. A field of a record
            in the field ``view`` is ``columns["view.image"]``.
        prepare_f: changes each sample that was fetched.
        collate_f: makes the ``Batch``, or a dictionary, of a list of samples. What changes these
            samples one by one, such as ``map``, is refused behind it; ``prepare_f`` isn't.
        as_arrays: whether ``fetch_f`` gets arrays of NumPy, and images (H, W, C), as functions
            that were written for Nebulae's Tank do.
        min_size: where JPEG images may come smaller: (height, width), or one number for both,
            that is enough. Decoding at 1/8, 2/8 … of the size costs less.
        verify: whether to read all of the files and compare them with the manifest's hashes.
            Otherwise all but large arrays are, and each large value when it is first read.

    Raises:
        ConfigError: where a shard is missing, altered, of another packing or being written.

    >>> import tempfile
    >>> from labwork.data import ArrayDataset, pack
    >>> path = Path(tempfile.mkdtemp()) / "pairs.npz"
    >>> _ = pack(ArrayDataset(x=[[1.0, 2.0], [3.0, 4.0]], label=[0, 1]), path, worker_count=0)
    >>> packed = PackedDataset(path)
    >>> packed[1].evaluate(), packed.labels["label"]
    (Record(x=tensor([3., 4.], dtype=torch.float64), label=tensor(1)), array([0, 1]))
    """

    def __init__(
        self,
        path: Paths,
        *,
        fetch_f: Fetch | None = None,
        prepare_f: Callable[[Any], Any] | None = None,
        collate_f: Callable[[Sequence[Any]], Batch | Mapping[str, Any]] | None = None,
        as_arrays: bool = False,
        min_size: int | tuple[int, int] | None = None,
        verify: bool = False,
    ) -> None:
        self._shards = open_shards(path)
        self._manifest = self._shards[0].manifest
        enough = _checked(min_size)
        self._columns = {
            column.name: PackedColumn(self._shards, column, enough)
            for column in self._manifest.columns
        }
        self._fetch, self._prepare, self._collate = fetch_f, prepare_f, collate_f
        self._options = {
            "fetch_f": fetch_f,
            "prepare_f": prepare_f,
            "collate_f": collate_f,
            "as_arrays": as_arrays or None,
            "min_size": min_size,
        }
        if as_arrays and fetch_f is None:
            raise ConfigError("as_arrays=True is for fetch_f, which isn't given")
        self._fetched: Mapping[str, Any] = (
            ArrayColumns(self._columns) if as_arrays else self._columns
        )
        self.runs_code = any(f is not None for f in (fetch_f, prepare_f, collate_f))
        are_plain = all(column.can_batch for column in self._columns.values())
        is_record = fetch_f is None and prepare_f is None and is_flat(self._manifest.layout)
        self.can_batch = collate_f is not None or (are_plain and is_record)
        self.collates = collate_f is not None
        if verify:
            self.verify()

    @property
    def info(self) -> Mapping[str, Any]:
        """The plain items of the packed dataset's ``info``."""
        return MappingProxyType(dict(self._manifest.info))

    @property
    def labels(self) -> Mapping[str, Any]:
        """The small fields, as arrays of shape (N, ...) that can't be written to.

        One of a record in the field ``view`` is called ``view.label``.
        """
        if self._fetch is not None or self._prepare is not None:
            return super().labels
        columns = self._columns.items()
        return MappingProxyType({n: c.values() for n, c in columns if c.column.is_label})

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order of their samples."""
        return tuple(shard.path for shard in self._shards)

    @property
    def id(self) -> str:
        """A hash of all that was packed; the same for any number of shards and either format."""
        return self._manifest.id

    @property
    def bad_count(self) -> int:
        """How many samples were left out because they were bad."""
        return self._manifest.bad_count

    @property
    def bad(self) -> tuple[str, ...]:
        """What is wrong with those that were left out; the first thousand."""
        return tuple(self._manifest.bad)

    def identity(self) -> Any:
        return self.id, self._options

    def __len__(self) -> int:
        return sum(self._manifest.counts)

    def batches_per_epoch(
        self, batch_size: int, *, drop_last: bool = True, rank_count: int = 1
    ) -> int:
        """How many batches an epoch has: Nebulae's ``MPE``.

        Args:
            batch_size: samples in a batch of one process.
            drop_last: whether a last batch with fewer samples is left out.
            rank_count: processes that train together, each with batches of its own.

        >>> import tempfile
        >>> from labwork.data import ArrayDataset, pack
        >>> folder = Path(tempfile.mkdtemp())
        >>> ten = pack(ArrayDataset(x=range(10)), folder / "ten.npz", worker_count=0)
        >>> ten.batches_per_epoch(4), ten.batches_per_epoch(4, drop_last=False)
        (2, 3)
        """
        if batch_size < 1 or rank_count < 1:
            raise ConfigError(
                f"batch_size={batch_size}, rank_count={rank_count}: both are at least 1"
            )
        full, rest = divmod(len(self), batch_size * rank_count)
        return full + (rest > 0 and not drop_last)

    def verify(self) -> None:
        """Reads all of the files; raises ConfigError where one was altered since it was packed."""
        for shard in self._shards:
            shard.verify()

    def get(self, index: int) -> Any:
        """The sample at ``index``: what is small, and lazy fields that decode the rest."""
        fetch = self._record if self._fetch is None else self._fetch
        sample = fetch(self._fetched, index)
        return sample if self._prepare is None else self._prepare(sample)

    def get_batch(self, indices: Indices) -> Batch:
        """The samples at ``indices`` as one batch, which ``collate_f`` makes.

        Without it, and where all fields are arrays of one shape, they are read at once.
        """
        if self._collate is None:
            return self._batch(indices) if self.can_batch else super().get_batch(indices)
        batch = self._collate([self.get(int(index)) for index in indices])
        if isinstance(batch, Mapping):
            return Batch(batch)
        if not isinstance(batch, Batch):
            raise ConfigError(
                f"collate_f of {self!r} gave a {type(batch).__name__}: a Batch is needed"
            )
        return batch

    def _record(self, columns: Mapping[str, PackedColumn], index: int) -> Record:
        return nested(self._manifest.layout, lambda name: _value(name, columns[name], index))

    def _batch(self, indices: Indices) -> Batch:
        fields: dict[str, Any] = {}
        for name, column in self._columns.items():
            read = partial(column.batch, indices)
            fields[name] = read() if column.column.is_small else LazyField(name, read)
        return Batch(fields)

    def __repr__(self) -> str:
        common = common_name(self.paths)
        shown = repr([*map(str, self.paths)] if common is None else str(common))
        given = ((name, value) for name, value in self._options.items() if value is not None)
        options = (f", {k}={function_name(v) if callable(v) else repr(v)}" for k, v in given)
        return f"PackedDataset({shown}{''.join(options)})"


def _value(name: str, column: PackedColumn, index: int) -> Any:
    if column.column.is_small:
        return column[index]
    if column.has_windows:
        return LazyImage(name, PackedImage(column, index))
    return LazyField(name, partial(column.__getitem__, index))


def _checked(min_size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    size = (min_size, min_size) if isinstance(min_size, int) else min_size
    if size is not None and (len(size) != 2 or min(size) < 1):
        raise ConfigError(f"min_size={min_size}: (height, width) from 1, or one number for both")
    return size
