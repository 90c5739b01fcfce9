"""From the arguments in a tree back to the place in a config that they were read from."""

from collections.abc import Mapping
from typing import Any

from labwork.experiments._source import KeyPath, Source

__all__ = ["place_of"]


def place_of(source: Source, path: KeyPath) -> str:
    """Where the change at some keys of a tree was written, for messages.

    What stands in a string has no place of its own. The origin of a mapping that says one thing is
    that of the one thing, since its keys may have been written elsewhere.

    Args:
        source: what the tree is read from.
        path: the keys.

    >>> norm = {"$ft": {"$f": "=Norm", "eps": 1}}
    >>> place_of(Source({"norm_f": norm}, "model"), ("norm_f", "eps"))
    'model/norm_f/$ft/eps'
    """
    piece = _piece(source, path)
    return f"{piece.origin(_only_leaf(piece).key)}: {piece.key}" if piece.origin else piece.key


def _piece(source: Source, path: KeyPath) -> Source:
    if not path:
        return source
    body = _body(source)
    name = f"${path[0]}" if str(path[0]).startswith("$") else path[0]
    inner = body.at(name) if _holds(body.value, name) else _paired(body, path[0])
    return _piece(inner, path[1:]) if inner else source


def _only_leaf(source: Source) -> Source:
    """What a mapping of one key comes down to; where it replaces a factory, that."""
    body = _body(source)
    if _holds(body.value, "$f"):
        return body.at("$f")
    if not isinstance(body.value, Mapping) or len(body.value) != 1:
        return source
    (key,) = body.value
    return _only_leaf(body.at(key))


def _body(source: Source) -> Source:
    """What stands under the mark of a marked mapping."""
    is_single = isinstance(source.value, Mapping) and len(source.value) == 1
    marks = (
        [key for key in source.value if str(key)[:1] == "$" != str(key)[1:2]] if is_single else []
    )
    return source.at(marks[0]) if marks else source


def _holds(value: Any, key: Any) -> bool:
    return isinstance(value, Mapping) and key in value


def _paired(source: Source, key: Any) -> Source | None:
    """What stands beside a key in a list of pairs, where keys are no strings."""
    items = source.items() if isinstance(source.value, list) else []
    pairs = [pair.items() for pair in items if isinstance(pair.value, list)]
    return next((pair[1] for pair in pairs if len(pair) == 2 and pair[0].value == key), None)
