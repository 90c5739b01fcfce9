"""Namespace: all that an expression can reach."""

import sys
from collections import ChainMap
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from labwork.config.expressions._lazy_names import LazyImport, PublicNames
from labwork.config.expressions._open_types import OpenNames, OpenType
from labwork.core import ConfigError

__all__ = ["Namespace", "group_paths", "is_group"]

_PLAIN = frozenset(
    {bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range, type(None)}
)


class Namespace(Mapping[str, Any]):
    """The names that expressions may use, and the types whose attributes they may use.

    Attributes of anything else, and names that start with an underscore, are out of reach.

    Args:
        names: what each name stands for. A ``LazyImport`` is imported when it is looked up. A
            dict, a ``Namespace`` and ``PublicNames`` are groups, whose names are written after
            a dot and which are no values themselves.
        open_types: for a type, the attributes of its instances that may be used, a function that
            gives them for an instance, or an ``OpenType``. Operators and indexing work on
            instances too.

    Neither of the two is looked through before a name or an attribute is asked for.

    >>> namespace = Namespace({"sqrt": LazyImport("math", "sqrt"), "sizes": {"small": 3}})
    >>> namespace["sqrt"](9), namespace["sizes"]["small"], namespace.paths()
    (3.0, 3, ['sqrt', 'sizes.small'])
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        open_types: Mapping[type, OpenNames | OpenType] | None = None,
    ) -> None:
        self._names = names
        self._open_types = {} if open_types is None else open_types
        self._found: dict[type, list[OpenType]] = {}  # as a lambda asks with every sample

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        value = self._names[name]
        value = value.load() if isinstance(value, LazyImport) else _group_or_value(value)
        if isinstance(value, ModuleType):
            raise ConfigError(f"{name!r} is a module, which can't be used")
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and not name.startswith("_") and name in self._names

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if not name.startswith("_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def join(self, *others: Mapping[str, Any]) -> "Namespace":
        """A namespace with the names and open types of others too; the last one has its way.

        >>> Namespace({"a": 1, "b": 2}).join({"b": 3})["b"]
        3
        """
        spaces = [o if isinstance(o, Namespace) else Namespace(o) for o in (*others[::-1], self)]
        names: list[Any] = [space._names for space in spaces]
        open_types: list[Any] = [space._open_types for space in spaces]
        return Namespace(ChainMap(*names), ChainMap(*open_types))

    def paths(self) -> list[str]:
        """All names, with dots, in the order in which they are held; imports nothing.

        A module that isn't imported yet is given as the name of its group.
        """
        found: list[str] = []
        for name in self:
            value = _group_or_value(self._names[name])
            inner = group_paths(value) if is_group(value) and _is_imported(value) else [""]
            found += [f"{name}.{path}" if path else name for path in inner]
        return found

    def names_group(self, name: str) -> bool:
        """Whether ``name`` is that of a group; imports nothing."""
        return is_group(_group_or_value(self._names.get(name)))

    def is_open(self, value: Any) -> bool:
        """Whether ``value`` is an instance of an open type."""
        return type(value) not in _PLAIN and bool(self._opened(value))

    def open_names(self, value: Any) -> list[str]:
        """The attributes of ``value`` that may be used."""
        return [name for opened in self._opened(value) for name in opened.names_of(value)]

    def read_open(self, value: Any, name: str) -> Any:
        """The attribute of ``value``, which is one of its open names."""
        opened = next(found for found in self._opened(value) if name in found.names_of(value))
        return opened.read(value, name)

    def _opened(self, value: Any) -> list[OpenType]:
        if type(value) not in self._found:
            items = self._open_types.items()
            listed = [names for kind, names in items if issubclass(type(value), kind)]
            self._found[type(value)] = [
                n if isinstance(n, OpenType) else OpenType(n) for n in listed
            ]
        return self._found[type(value)]

    def __repr__(self) -> str:
        return f"Namespace({', '.join(self)})"


def is_group(value: Any) -> bool:
    """Whether ``value`` only holds names, and is none that an expression may have."""
    return isinstance(value, Namespace | PublicNames)


def group_paths(group: Any) -> list[str]:
    """The dotted names in a group."""
    try:
        return group.paths() if isinstance(group, Namespace) else list(group)
    except Exception:  # noqa: BLE001 - suggesting names mustn't hide what is wrong
        return []


def _is_imported(group: Any) -> bool:
    return not isinstance(group, PublicNames) or group.module in sys.modules


def _group_or_value(value: Any) -> Any:
    return Namespace(value) if type(value) in (dict, MappingProxyType) else value
