"""Sources of data by name, each with subsets by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from labwork.core import ConfigError, unknown_name
from labwork.data._dataset import Dataset

__all__ = ["Source", "Sources"]

Source: TypeAlias = Dataset | Mapping[str, Dataset] | Callable[[str], Dataset]

_WHERE = "a request"


class Sources:
    """Datasets by the names of their sources and subsets; a plain dataset's subset is ``""``."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = dict(sources)
        self._made: dict[tuple[str, str], Dataset] = {}

    def dataset(self, names: Sequence[str], subset: str) -> Dataset:
        """The samples of a subset in all of the named sources, one after the other."""
        first, *others = (self._part(name, subset) for name in names)
        return first.join(*others) if others else first

    def split(self, name: str) -> tuple[str | None, str]:
        """The source, None for all, and the subset that ``source/subset`` or one of them names."""
        if name in self._sources:
            return name, ""
        source, slash, subset = name.partition("/")
        if slash:
            return source, subset
        if not self._having(name):
            known = {*self._sources, *self._known_subsets()}
            raise unknown_name("source or subset", name, known, _WHERE)
        return None, name

    def chosen(self, source: str | Sequence[str] | None, subset: str) -> tuple[str, ...]:
        """The names of the sources that are meant; None stands for all that have the subset."""
        if source is None:
            having = self._having(subset)
            if not having:
                raise unknown_name("subset", subset, self._known_subsets(), _WHERE)
            return having
        names = (source,) if isinstance(source, str) else tuple(source)
        if not names:
            raise ConfigError(f"{_WHERE} names no source; known are {', '.join(self._sources)}")
        for name in names:
            self._check(name, subset)
        return names

    def _check(self, name: str, subset: str) -> None:
        if name not in self._sources:
            raise unknown_name("source", name, self._sources, _WHERE)
        source = self._sources[name]
        if not _has(source, subset):
            known = filter(None, _subsets(source))
            raise unknown_name("subset", subset, known, f"{_WHERE} to {name!r}")

    def _having(self, subset: str) -> tuple[str, ...]:
        return tuple(name for name, source in self._sources.items() if _has(source, subset))

    def _known_subsets(self) -> set[str]:
        return {s for source in self._sources.values() for s in _subsets(source) if s}

    def _part(self, name: str, subset: str) -> Dataset:
        if (name, subset) not in self._made:
            source = self._sources[name]
            if isinstance(source, Dataset):
                made = source
            else:
                made = source[subset] if isinstance(source, Mapping) else source(subset)
            self._made[name, subset] = made
        return self._made[name, subset]

    def __repr__(self) -> str:
        return repr(self._sources)


def _subsets(source: Source) -> list[str]:
    """The names of the subsets, as far as they are known."""
    if isinstance(source, Mapping):
        return list(source)
    return [""] if isinstance(source, Dataset) else list(getattr(source, "subsets", ()))


def _has(source: Source, subset: str) -> bool:
    is_open = callable(source) and not _subsets(source)  # a function that tells us no names
    return subset in _subsets(source) or (is_open and subset != "")
