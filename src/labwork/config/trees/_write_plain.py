"""Trees as plain data, so that they can stand in YAML."""

from collections.abc import Callable, Mapping
from typing import Any

from labwork.config.trees._arg_trees import ArgTree, FuncTree
from labwork.config.trees._indexable_trees import IndexableUpdaTree, StrictIndexableUpdaTree
from labwork.config.trees._markers import Escaped
from labwork.config.trees._object_trees import ObjectUpdaTree, StrictObjectUpdaTree
from labwork.config.trees._place import shortened
from labwork.config.trees._tree import UpdaTree
from labwork.core import ConfigError, qualified_name

__all__ = ["MARKS", "to_plain"]

MARKS: dict[type[UpdaTree], str] = {
    ArgTree: "$t",
    FuncTree: "$ft",
    ObjectUpdaTree: "$ot",
    StrictObjectUpdaTree: "$sot",
    IndexableUpdaTree: "$it",
    StrictIndexableUpdaTree: "$sit",
}


def to_plain(tree: Any, name_of: Callable[[Any], str] = qualified_name) -> Any:
    """A tree, or any value that may stand in one, as plain data.

    An ``ArgTree`` is a mapping of its arguments. Everything else that isn't plain is a mapping of
    one key, its mark: ``$ft``, whose function stands under ``$f``; ``$ot``, ``$sot``; ``$it`` and
    ``$sit``, with pairs where a key is no string; ``$escaped``; ``$tuple``; and ``$value``, a dict.
    Inside ``$value`` mappings are dicts, and an ``ArgTree`` has the mark ``$t``. Functions,
    classes and further values are names after ``=``. A string that begins with ``=``, and a name
    that begins with ``$``, gets one more of it in front.

    Args:
        tree: a tree or a value.
        name_of: gives the name of a function, a class or another value that isn't plain.

    Raises:
        ConfigError: where a value has no name, as a lambda, a tree is of an unknown kind, or the
            name of an argument starts with an underscore.

    >>> from labwork.config.trees import ft, t
    >>> to_plain(t(depth=18, norm_f=ft(dict, sizes=(1, 2)), options={"a": "=b"}))
    {'depth': 18, 'norm_f': {'$ft': {'$f': '=dict', 'sizes': {'$tuple': [1, 2]}}},
     'options': {'$value': {'a': '==b'}}}
    """
    return _write(tree, name_of, in_value=False)


def _write(value: Any, name_of: Callable[[Any], str], in_value: bool) -> Any:
    if isinstance(value, UpdaTree):
        return _write_tree(value, name_of, in_value)
    if isinstance(value, Escaped):
        return {"$escaped": _write(value.value, name_of, in_value=False)}
    if isinstance(value, Mapping):
        written = _write_items(value, name_of, in_value=True)
        return written if in_value and isinstance(written, dict) else {"$value": written}
    if isinstance(value, list | tuple):
        items = [_write(item, name_of, in_value) for item in value]
        return items if isinstance(value, list) else {"$tuple": items}
    return _write_leaf(value, name_of)


def _write_tree(tree: UpdaTree, name_of: Callable[[Any], str], in_value: bool) -> Any:
    if type(tree) not in MARKS:
        raise ConfigError(f"{shortened(tree)} is of a kind that has no plain form")
    _check_names(tree)
    written = _write_items(tree.changes, name_of, in_value=False)
    if isinstance(tree, FuncTree) and isinstance(written, dict) and tree.function is not None:
        written = {"$f": _write(tree.function, name_of, in_value=False), **written}
    is_bare = type(tree) is ArgTree and not in_value
    return written if is_bare else {MARKS[type(tree)]: written}


def _check_names(tree: UpdaTree) -> None:
    """What begins with an underscore is private, and couldn't be read back."""
    private = [key for key in tree.changes if isinstance(key, str) and key.startswith("_")]
    if private and not isinstance(tree, IndexableUpdaTree):
        raise ConfigError(
            f"the name {private[0]!r} starts with an underscore, in {shortened(tree)}"
        )


def _write_items(
    items: Mapping[Any, Any], name_of: Callable[[Any], str], in_value: bool
) -> dict[str, Any] | list[Any]:
    written = [(key, _write(item, name_of, in_value)) for key, item in items.items()]
    if all(isinstance(key, str) for key in items):
        return {_doubled(key, "$"): item for key, item in written}
    return [[_write(key, name_of, in_value), item] for key, item in written]


def _write_leaf(value: Any, name_of: Callable[[Any], str]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    for plain in (int, float):
        if isinstance(value, plain):  # also those of NumPy and of enums
            return plain(value)
    if isinstance(value, str):
        return _doubled(value, "=")
    name = name_of(value)
    if "<" in name:
        raise ConfigError(f"{shortened(value)} has no name that plain data could give it")
    return f"={name}"


def _doubled(text: str, sign: str) -> str:
    return sign + text if text.startswith(sign) else str.__str__(text)
