"""Trees from plain data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labwork.config.trees._arg_trees import ArgTree, FuncTree
from labwork.config.trees._faults import KeyPath, TreeError
from labwork.config.trees._indexable_trees import IndexableUpdaTree
from labwork.config.trees._markers import Escaped
from labwork.config.trees._tree import UpdaTree
from labwork.config.trees._write_plain import MARKS
from labwork.core import ConfigError, unknown_name

__all__ = ["PlainDataError", "from_plain"]

LookUp = Callable[[str], Any]
_KINDS = {mark: kind for kind, mark in MARKS.items()}
_ALL_MARKS = [*_KINDS, "$escaped", "$tuple", "$value"]


def from_plain(data: Any, look_up: LookUp | None = None) -> Any:
    """The tree, or the value, that ``to_plain`` has written.

    Args:
        data: plain data; a mapping without a mark is an ``ArgTree``.
        look_up: gives the function, class or other value of a name; without it, names are refused.
            A ConfigError of it passes as it is.

    Raises:
        TreeError: where the data is malformed or a name unknown; the path is given.

    >>> from_plain({"depth": 18, "norm_f": {"$ft": {"$f": "=dict"}}}, {"dict": dict}.__getitem__)
    t(depth=18, norm_f=ft(dict))
    >>> from_plain({"a": {"$ot": 1}})
    Traceback (most recent call last):
        ...
    labwork.config.trees._read_plain.PlainDataError: a/$ot: 1 is no mapping
    """
    return _Reader(look_up).read(data, (), in_value=False)


class PlainDataError(TreeError):
    """Plain data that stand for no tree; the keys are those of the data.

    Args:
        *faults: as for ``TreeError``.

    >>> str(PlainDataError((("a", "$ot"), "1 is no mapping")))
    'a/$ot: 1 is no mapping'
    """

    def __str__(self) -> str:
        return "\n".join(
            f"{'/'.join(map(str, path))}: {what}" if path else what for path, what in self.faults
        )


class _Reader:
    def __init__(self, look_up: LookUp | None) -> None:
        self._look_up = look_up

    def read(self, data: Any, path: KeyPath, in_value: bool) -> Any:
        if isinstance(data, str):
            return self._read_text(data, path)
        if isinstance(data, list):
            return self._read_list(data, path, in_value)
        if isinstance(data, Mapping):
            return self._read_mapping(data, path, in_value)
        if data is None or isinstance(data, bool | int | float):
            return data
        raise _malformed(path, f"{data!r} is no plain data")

    def _read_text(self, text: str, path: KeyPath) -> Any:
        if not text.startswith("=") or text.startswith("=="):
            return text.removeprefix("=")
        if self._look_up is None:
            raise _malformed(path, f"{text!r} is a name, and names can't be looked up here")
        try:
            return self._look_up(text[1:])
        except KeyError as error:
            raise _malformed(path, f"there is nothing of the name {text!r}") from error
        except ConfigError:
            raise  # says itself what is wrong, and where
        except (LookupError, ValueError, ImportError, AttributeError) as error:
            raise _malformed(path, f"{text!r}: {error}") from error

    def _read_list(self, data: Sequence[Any], path: KeyPath, in_value: bool) -> list[Any]:
        return [self.read(item, (*path, i), in_value) for i, item in enumerate(data)]

    def _read_mapping(self, data: Mapping[Any, Any], path: KeyPath, in_value: bool) -> Any:
        if mark := _mark(data, path):
            return self._read_marked(mark, data[mark], (*path, mark), in_value)
        items = self._read_items(data, path, in_value)
        return items if in_value else ArgTree(**_named(items, path))

    def _read_marked(self, mark: str, body: Any, path: KeyPath, in_value: bool) -> Any:
        if mark == "$escaped":
            return Escaped(self.read(body, path, in_value=False))
        if mark == "$tuple":
            if not isinstance(body, list):
                raise _malformed(path, f"{body!r} is no list")
            return tuple(self._read_list(body, path, in_value))
        if mark == "$value":
            return self._read_items(body, path, in_value=True)
        return self._read_tree(_KINDS[mark], body, path)

    def _read_tree(self, kind: type[UpdaTree], body: Any, path: KeyPath) -> UpdaTree:
        if issubclass(kind, IndexableUpdaTree):
            return kind(self._read_items(body, path, in_value=False))
        if not isinstance(body, Mapping):
            raise _malformed(path, f"{body!r} is no mapping")
        if not issubclass(kind, FuncTree):
            return kind(**_named(self._read_items(body, path, in_value=False), path))
        rest = {name: item for name, item in body.items() if name != "$f"}
        arguments = _named(self._read_items(rest, path, in_value=False), path)
        return FuncTree(self._read_function(body, path), **arguments)

    def _read_function(self, body: Mapping[Any, Any], path: KeyPath) -> Any:
        function = self.read(body.get("$f"), (*path, "$f"), in_value=False)
        if function is None or callable(function):
            return function
        raise _malformed((*path, "$f"), f"{body['$f']!r} is no factory")

    def _read_items(self, body: Any, path: KeyPath, in_value: bool) -> dict[Any, Any]:
        if isinstance(body, Mapping):
            return {
                _plain_key(key, path): self.read(item, (*path, key), in_value)
                for key, item in body.items()
            }
        if not isinstance(body, list) or not all(_is_pair(pair) for pair in body):
            raise _malformed(path, f"{body!r} is neither a mapping nor a list of pairs")
        pairs = self._read_list(body, path, in_value)
        try:
            return dict(pairs)
        except TypeError as error:
            raise _malformed(path, f"a key that is no key of a dict: {error}") from error


def _mark(data: Mapping[Any, Any], path: KeyPath) -> str | None:
    """The mark of a marked mapping."""
    marks = [k for k in data if isinstance(k, str) and k.startswith("$") and k[:2] != "$$"]
    if not marks:
        return None
    if marks[0] not in _ALL_MARKS:
        raise _malformed((*path, marks[0]), str(unknown_name("mark", marks[0], _ALL_MARKS)))
    if len(data) > 1:
        told = f"the mark {marks[0]!r} has to be the only key of its mapping"
        raise _malformed((*path, marks[0]), told)
    return marks[0]


def _plain_key(key: Any, path: KeyPath) -> Any:
    if not isinstance(key, str) or not key.startswith("$"):
        return key
    if key.startswith("$$"):
        return key[1:]
    raise _malformed((*path, key), f"the name {key!r} is written {'$' + key!r}")


def _named(items: dict[Any, Any], path: KeyPath) -> dict[str, Any]:
    for name in items:
        if not isinstance(name, str):
            raise _malformed((*path, name), f"{name!r} is no name of an argument or an attribute")
        if name.startswith("_"):
            raise _malformed((*path, name), f"the name {name!r} starts with an underscore")
    return items


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2


def _malformed(path: KeyPath, what: str) -> "PlainDataError":
    return PlainDataError((path, what))
