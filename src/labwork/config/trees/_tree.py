"""UpdaTree: what all trees have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

from labwork.config.trees._faults import KeyPath, for_each
from labwork.config.trees._markers import Escaped, required
from labwork.config.trees._place import shortened
from labwork.config.trees._same import same
from labwork.config.trees._size import Holder, check_size
from labwork.core import ConfigError, call_source, keyword_sources, short_name

__all__ = ["MISSING", "UpdaTree", "updated"]


class _Missing:
    """What there is where there is nothing that a tree could update."""


MISSING = _Missing()


class UpdaTree(ABC, Holder):
    """A tree of changes: what is to be different in a copy of something nested.

    A tree is immutable. It is equal to another of its kind that makes the same changes, prints as
    the source that makes it and can be pickled. ``a | b`` does what ``a`` and then ``b`` do; where
    one of them is strict, both are. It may hold at most 100,000 trees and containers.
    """

    alias: ClassVar[str] = ""
    """The name that the tree is printed with; a kind that gives none is printed with its own."""

    _changes: dict[Any, Any]

    def _keep(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)
        check_size(self)

    @property
    def changes(self) -> Mapping[Any, Any]:
        """What is set, by argument, attribute or key: values and further trees."""
        return MappingProxyType(self._changes)

    def paths(self) -> Iterator[KeyPath]:
        """The keys that lead to each change, trees before what is in them.

        >>> from labwork.config.trees import t
        >>> list(t(depth=18, block_f=t(norm_f=None)).paths())
        [('depth',), ('block_f',), ('block_f', 'norm_f')]
        """
        for key, change in self._changes.items():
            yield (key,)
            if isinstance(change, UpdaTree):
                yield from ((key, *path) for path in change.paths())

    def at(self, path: KeyPath) -> Any:
        """The change that some keys lead to; the tree itself where there are none.

        >>> from labwork.config.trees import t
        >>> t(block_f=t(norm_f=None)).at(("block_f",))
        t(norm_f=None)
        """
        change: Any = self
        for key in path:
            change = change.changes[key]
        return change

    def without(self, path: KeyPath) -> Self:
        """The tree without the change that some keys lead to, or as it is where there is none.

        >>> from labwork.config.trees import t
        >>> t(depth=18, block_f=t(norm_f=None)).without(("block_f", "norm_f"))
        t(depth=18, block_f=t())
        """
        key, *rest = path
        change = self._changes.get(key)
        kept = {k: v for k, v in self._changes.items() if k != key or rest}
        if rest and isinstance(change, UpdaTree):
            kept[key] = change.without(tuple(rest))
        return self._with(kept)

    def apply(self, value: Any) -> Any:
        """An updated copy of ``value``; a tree that is applied to a tree is merged into it.

        Raises:
            ConfigError: where the tree doesn't fit ``value``, at any depth; the path is named. It
                is a ``TreeError`` where the keys that lead to it are known.
        """
        return self._apply(value, short_name(value))

    def __or__(self, later: object) -> "UpdaTree":
        if not isinstance(later, UpdaTree):
            return NotImplemented
        return later._after(self, short_name(self))

    def _apply(self, value: Any, place: str) -> Any:
        if isinstance(value, UpdaTree):
            return self._after(value, place)
        if value is MISSING:
            raise ConfigError(f"{place} has no default that {shortened(self)} could {self._cure}")
        return self._update(value, place)

    def _after(self, earlier: "UpdaTree", place: str) -> "UpdaTree":
        """The tree that does what ``earlier`` and then this one do."""
        if not (isinstance(earlier, type(self)) or isinstance(self, type(earlier))):
            kinds = f"{shortened(self)} and {shortened(earlier)}"
            raise ConfigError(f"{place}: {kinds} change different kinds of things")
        changes = earlier._changes | for_each(
            self._changes,
            lambda key, change: self._merged(earlier, key, change, self._inside(place, key)),
        )
        most_special = earlier if isinstance(earlier, type(self)) else self
        return most_special._with(changes)

    def _merged(self, earlier: "UpdaTree", key: Any, change: Any, place: str) -> Any:
        before = earlier._changes.get(key, required)
        if change is required:
            return before
        if before is required or not isinstance(change, UpdaTree):
            return change
        if isinstance(before, Escaped):
            return Escaped(change._apply(before.value, place))
        return change._apply(before, place)

    _cure: ClassVar[str] = "update; write a whole value"

    @abstractmethod
    def _update(self, value: Any, place: str) -> Any:
        """An updated copy of ``value``, which is no tree."""

    def _with(self, changes: dict[Any, Any]) -> Self:
        """This tree with other changes."""
        return type(self)(**changes)

    def _inside(self, place: str, key: Any) -> str:
        return f"{place}.{key}"

    def _parts(self) -> list[str]:
        """What stands between the brackets of the source."""
        return keyword_sources(self._changes)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and same(vars(self), vars(other))

    def __hash__(self) -> int:
        return hash((type(self), frozenset(self._changes)))  # a value may have none

    def __repr__(self) -> str:
        return call_source(vars(type(self)).get("alias", type(self).__name__), self._parts())

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a tree can't be changed; make another: tree | {self.alias}(...)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a tree can't be changed")


def updated(change: Any, present: Callable[[], Any], place: str) -> Any:
    """What ``change`` makes of what there is.

    Args:
        change: a tree, an escaped value or a value.
        present: gives what there is, or ``MISSING``; called for a tree only.
        place: the path of it, for errors.
    """
    if isinstance(change, UpdaTree):
        return change._apply(present(), place)
    return change.value if isinstance(change, Escaped) else change
