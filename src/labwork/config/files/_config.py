"""A config: plain data that knows where each value was written."""

from collections.abc import Iterator, Mapping
from typing import Any

from labwork.config.files._keypaths import find
from labwork.config.files._origin import DEFAULT, Origin
from labwork.config.files._paths import MISSING, split_path
from labwork.config.files._plain import copy_plain, to_plain
from labwork.config.files._replace import replace_values

__all__ = ["Config", "Origins", "Parts", "adopt", "origin_of"]

Parts = tuple[str, ...]
Origins = Mapping[Parts, Origin | str]


class Config(Mapping[Any, Any]):
    """An immutable mapping of plain data in which every value knows its origin.

    Mappings inside come out as configs, lists as copies. Configs are equal where their data are.

    Args:
        data: nested mappings (keys: strings or integers), lists, strings, numbers, booleans, None.
        origins: where values were written, by key path; what isn't named has the origin of
            what it stands in.

    Raises:
        ConfigError: where ``data`` isn't plain.

    >>> config = Config({"optimizer": {"lr": 0.1}}, {"optimizer": Origin("base.yaml", 3)})
    >>> config["optimizer"]["lr"], config.origin("optimizer/lr")
    (0.1, 'base.yaml:3')
    """

    __slots__ = ("_changes", "_data", "_origins", "_prefix")

    _data: dict[Any, Any]
    _origins: Origins
    _changes: Origins
    _prefix: Parts

    def __init__(
        self, data: Mapping[Any, Any], origins: Mapping[str, Origin | str] | None = None
    ) -> None:
        by_parts = {split_path(path): origin for path, origin in (origins or {}).items()}
        _fill(self, to_plain(data), by_parts, {}, ())

    def __getitem__(self, key: Any) -> Any:
        return self._view(self._data[key], (*self._prefix, str(key)))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Config):
            return self._data == other._data
        return self._data == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as for a dict: its lists have no hash

    def __repr__(self) -> str:
        return f"Config({self._data!r})"

    def plain(self) -> dict[Any, Any]:
        """The data as new dicts and lists, which may be changed freely."""
        return {key: copy_plain(value) for key, value in self._data.items()}

    def origin(self, path: str) -> str:
        """Where the value at ``path`` was written, such as ``base.yaml:12`` or ``command line``.

        What has no origin of its own has that of what it stands in; ``default`` where nothing
        is known.
        """
        return str(origin_of(self, split_path(path)))

    def retrieve(self, path: str, default: Any = MISSING) -> Any:
        """The value at ``path``, or ``default`` where there is none.

        Raises:
            ConfigError: where there is no such key and no default; the nearest one is given.

        >>> Config({"a": {"b": [1, 2]}}).retrieve("a/b/1")
        2
        """
        parts = split_path(path)
        found = find(self._data, parts, path, default)
        return found if found is default else self._view(found, (*self._prefix, *parts))

    def replace(self, values: Mapping[str, Any], origin: Origin | str) -> "Config":
        """A config with other values at some paths; what doesn't change is shared.

        Paths that don't exist are made.

        Args:
            values: plain data, by key path.
            origin: where they come from.

        Raises:
            ConfigError: where a path goes through a value that is no mapping or list.

        >>> config = Config({"a": {"b": 1}, "c": 2})
        >>> config.replace({"a/b": 3, "d": 4}, "grid").plain()
        {'a': {'b': 3}, 'c': 2, 'd': 4}
        """
        changes = dict(self._changes)
        by_parts = [(split_path(path), value) for path, value in values.items()]
        data = replace_values(self._data, by_parts, lambda parts: origin_of(self, parts))
        for parts, _ in by_parts:
            _note(changes, (*self._prefix, *parts), origin)
        return adopt(data, self._origins, changes, self._prefix)

    def _view(self, value: Any, parts: Parts) -> Any:
        if type(value) is dict:
            return adopt(value, self._origins, self._changes, parts)
        return copy_plain(value) if type(value) is list else value


def origin_of(config: Config, parts: Parts) -> Origin | str:
    """Where what these keys lead to was written."""
    parts = (*config._prefix, *parts)
    for origins in (config._changes, config._origins):
        for length in range(len(parts) if origins else -1, -1, -1):
            if (found := origins.get(parts[:length])) is not None:
                return found
    return DEFAULT


def adopt(data: dict[Any, Any], origins: Origins, changes: Origins, prefix: Parts) -> Config:
    """A config around data that are plain already and that nobody else will change."""
    config = Config.__new__(Config)
    _fill(config, data, origins, changes, prefix)
    return config


def _fill(
    config: Config, data: dict[Any, Any], origins: Origins, changes: Origins, prefix: Parts
) -> None:
    config._data = data
    config._origins = origins
    config._changes = changes
    config._prefix = prefix


def _note(changes: dict[Parts, Origin | str], parts: Parts, origin: Origin | str) -> None:
    """Notes an origin and forgets those of what stood below."""
    if changes:
        below = [p for p in changes if len(p) > len(parts) and p[: len(parts)] == parts]
        for old in below:
            del changes[old]
    changes[parts] = origin
