"""ZipLoader: batches of several loaders side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from labwork.core import ConfigError, StateError
from labwork.data._batch import Batch
from labwork.data._loader import DataLoader
from labwork.data._place import check_place, reading_state

__all__ = ["ZipLoader"]

_CHOICES: Mapping[str, Callable[..., int]] = {"shortest": min, "longest": max, "equal": min}


class ZipLoader:
    """Goes over several loaders at once; a batch is one batch of each.

    An epoch is an epoch of the primary loader. The others go on through epochs of their own,
    beginning anew as often as it takes, and from one epoch of the primary to the next they go on
    where they are. So where each stands is a function of (epoch, position), and all that
    ``DataLoader`` promises of order, seeking and resuming holds here.

    Args:
        loaders: each with a batch size, an order and workers of its own. Of a sequence a batch is
            a tuple, of a mapping it is a ``Batch`` with the mapping's names.
        primary_index: the place of the primary loader (or, in a mapping, its name), or
            ``shortest`` or ``longest`` (the first one of these, counted in batches), or ``equal``,
            which is an error where the loaders have not the same number of batches.

    Raises:
        ConfigError: where there are no loaders, no such loader, or they aren't equal as they
            should be.

    >>> from labwork.data import ArrayDataset, DataLoader
    >>> labelled = DataLoader(ArrayDataset(x=range(3)), batch_size=1)
    >>> unlabelled = DataLoader(ArrayDataset(x=range(10, 14)), batch_size=2)
    >>> both = ZipLoader([labelled, unlabelled], primary_index="longest")
    >>> [(a.x.tolist(), b.x.tolist()) for a, b in both]
    [([0], [10, 11]), ([1], [12, 13]), ([2], [10, 11])]
    """

    def __init__(
        self,
        loaders: Sequence[DataLoader] | Mapping[str, DataLoader],
        primary_index: int | str | Literal["shortest", "longest", "equal"] = "longest",
    ) -> None:
        self._names = list(loaders) if isinstance(loaders, Mapping) else None
        self.loaders = list(loaders.values() if isinstance(loaders, Mapping) else loaders)
        self.primary_index = primary_index
        self._primary = self._find_primary()
        self.epoch = self.position = 0

    def _find_primary(self) -> int:
        lengths = [len(loader) for loader in self.loaders]
        if not lengths:
            raise ConfigError("a ZipLoader needs a loader at least")
        if self.primary_index == "equal" and len(set(lengths)) > 1:
            raise ConfigError(
                f"primary_index='equal' needs loaders of as many batches, but they have"
                f" {', '.join(map(str, lengths))}; 'shortest', 'longest' or a number allow others"
            )
        if self.primary_index in _CHOICES:
            return lengths.index(_CHOICES[str(self.primary_index)](lengths))
        return self._number_of_primary()

    def _number_of_primary(self) -> int:
        count, primary = len(self.loaders), self.primary_index
        if self._names and primary in self._names:
            return self._names.index(str(primary))
        if isinstance(primary, int) and not isinstance(primary, bool) and 0 <= primary < count:
            return primary
        allowed = [*(self._names or ()), *range(count), *_CHOICES]
        raise ConfigError(f"primary_index={primary!r} is none of {', '.join(map(repr, allowed))}")

    @property
    def batch_size(self) -> int:
        """The batch size of the primary loader."""
        return self.loaders[self._primary].batch_size

    def __len__(self) -> int:
        """The number of batches in an epoch: that of the primary loader."""
        return len(self.loaders[self._primary])

    def __iter__(self) -> Iterator[Any]:
        self.seek(self.epoch, self.position)
        streams = [_endless(loader) for loader in self.loaders]
        while self.position < len(self):
            batches = [next(stream) for stream in streams]
            self.position += 1
            yield self._put_together(batches)
        self.seek(self.epoch + 1)

    def _put_together(self, batches: list[Any]) -> Any:
        if self._names is None:
            return tuple(batches)
        return Batch(dict(zip(self._names, batches, strict=True)))

    def seek(self, epoch: int, position: int = 0) -> None:
        """Moves to the batch number ``position`` of ``epoch``, both counted from 0.

        Raises:
            ConfigError: where an epoch has no such place; its end, ``len(self)``, is one.
        """
        check_place(epoch, position, len(self))
        self.epoch, self.position = epoch, position
        batches_before = epoch * len(self) + position
        for loader in self.loaders:
            loader.seek(*divmod(batches_before, len(loader)))

    def close(self) -> None:
        """Ends the workers of all loaders; iterating again starts new ones."""
        for loader in self.loaders:
            loader.close()

    def state_dict(self) -> dict[str, Any]:
        """Where it stands: the loaders' seeds, epoch, and batches of the epoch already given."""
        seeds = [loader.seed for loader in self.loaders]
        return {"seeds": seeds, "epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Goes to where ``state_dict`` was taken.

        Raises:
            StateError: where the seeds are others, or there is no such place.
        """
        with reading_state(state_dict, "seeds", "epoch", "position"):
            seeds, given = [loader.seed for loader in self.loaders], state_dict["seeds"]
            if given != seeds:
                raise StateError(f"the loaders' seeds are {seeds}, the state's {given}")
            self.seek(state_dict["epoch"], state_dict["position"])

    def __repr__(self) -> str:
        loaders = dict(zip(self._names, self.loaders, strict=True)) if self._names else self.loaders
        return f"ZipLoader({loaders!r}, primary_index={self.primary_index!r})"


def _endless(loader: DataLoader) -> Iterator[Any]:
    while True:
        yield from loader
