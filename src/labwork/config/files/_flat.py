"""Trees as flat mappings from key paths to leaves, and records as columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labwork.config.files._paths import is_whole, join_path, raw_parts, split_path
from labwork.core import ConfigError

__all__ = ["flatten", "leaf_names", "lod2dol", "unflatten"]


def flatten(tree: Any) -> dict[str, Any]:
    r"""The leaves of a tree by key path, in order; an empty mapping or list is a leaf.

    A slash or backslash in a key has a backslash before it, and so has a string that could be
    taken for an integer. `unflatten` makes the same tree of it.

    Raises:
        ConfigError: where a key is empty, or neither a string nor an integer.

    >>> flatten({"a": [1, {"b": 2}], "c/d": {"7": 3}})
    {'a/0': 1, 'a/1/b': 2, 'c\\/d/\\7': 3}
    """
    return {_path(keys): leaf for keys, leaf in _leaves(tree, ())}


def leaf_names(tree: Any) -> list[str]:
    """The key paths of all leaves, in order; an empty mapping or list is a leaf.

    >>> leaf_names({"a": [1, 2], "b": {"c": 3}, "d": {}})
    ['a/0', 'a/1', 'b/c', 'd']
    """
    return [_path(keys) for keys, _ in _leaves(tree, ())]


def _leaves(tree: Any, keys: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(tree, Mapping) and tree:
        for key, value in tree.items():
            yield from _leaves(value, (*keys, key))
    elif isinstance(tree, list) and tree:
        for index, item in enumerate(tree):
            yield from _leaves(item, (*keys, index))
    else:
        yield keys, tree


def _path(keys: tuple[Any, ...]) -> str:
    for key in keys:
        if key == "" or isinstance(key, bool) or not isinstance(key, str | int):
            raise ConfigError(f"{key!r} can't stand in a key path; keys are strings or integers")
    path = join_path(keys)
    if not any(isinstance(key, str) and is_whole(key) for key in keys):
        return path
    parts = zip(raw_parts(path), keys, strict=True)
    return "/".join(f"\\{p}" if isinstance(k, str) and is_whole(k) else p for p, k in parts)


def unflatten(leaves: Mapping[str, Any]) -> Any:
    """The tree with these leaves: what `flatten` was given.

    A mapping with the integer keys 0, 1, 2 … can't be told from a list, and becomes one.

    Raises:
        ConfigError: where two paths need the same place, such as ``a`` and ``a/b``.

    >>> unflatten({"a/0": 1, "a/1/b": 2, "c": 3})
    {'a': [1, {'b': 2}], 'c': 3}
    """
    tree = _Branch()
    for path, leaf in leaves.items():
        keys = _keys(path)
        if not keys and len(leaves) == 1:
            return leaf
        _grow(tree, keys, path, leaf)
    return tree.close()


class _Branch(dict[str | int, Any]):
    """A mapping that is being made, or a list whose elements are still keyed by index."""

    def close(self) -> dict[str | int, Any] | list[Any]:
        """The finished mapping or list."""
        tree = {k: v.close() if isinstance(v, _Branch) else v for k, v in self.items()}
        is_list = tree and all(isinstance(key, int) and key in range(len(tree)) for key in tree)
        return [tree[index] for index in range(len(tree))] if is_list else tree


def _keys(path: str) -> list[str | int]:
    parts = zip(raw_parts(path), split_path(path), strict=True)
    return [int(part) if is_whole(raw) else part for raw, part in parts]


def _grow(branch: _Branch, keys: list[str | int], path: str, leaf: Any) -> None:
    if not keys:
        raise ConfigError("the empty path stands for a whole tree; it has no place beside others")
    for key in keys[:-1]:
        inner = branch.setdefault(key, _Branch())
        if not isinstance(inner, _Branch):
            raise ConfigError(f"{path!r} lies below another leaf")
        branch = inner
    if keys[-1] in branch:
        raise ConfigError(f"{path!r} is there twice, or has leaves below it")
    branch[keys[-1]] = leaf


def lod2dol(records: Sequence[Mapping[Any, Any]]) -> dict[Any, list[Any]]:
    """A list of dicts as a dict of lists.

    Raises:
        ConfigError: where the records have different keys.

    >>> lod2dol([{"loss": 1.0, "acc": 0.5}, {"loss": 0.9, "acc": 0.6}])
    {'loss': [1.0, 0.9], 'acc': [0.5, 0.6]}
    """
    keys = list(records[0]) if records else []
    for index, record in enumerate(records):
        if odd := [key for key in (*keys, *record) if not (key in keys and key in record)]:
            raise ConfigError(f"records 0 and {index} differ in their keys: {odd[0]!r}")
    return {key: [record[key] for record in records] for key in keys}
