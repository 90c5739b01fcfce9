"""Fields that hold several values, such as records: apart, and put together again."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._folders._plain import from_tagged, is_plain, tagged
from labwork.data._lazy_field import LazyField
from labwork.data._record import Record

__all__ = ["Layout", "check_alike", "is_flat", "nested", "parts_of"]

Tree: TypeAlias = Any  # the name of a value, or how others make one: plain data
Layout: TypeAlias = Mapping[str, Tree]  # by field

_KINDS: Mapping[str, type[Any]] = {
    kind.__name__: kind for kind in (Record, Batch, dict, list, tuple)
}


def parts_of(record: Record) -> tuple[Layout, dict[str, Any]]:
    """How a record is made of values that are stored each for itself, and these by name.

    Records are taken apart, and so are dictionaries, lists and tuples, where they hold more than
    plain data.

    >>> layout, parts = parts_of(Record(view=Record(x=1, y="a"), pair=(1, 2)))
    >>> parts
    {'view.x': 1, 'view.y': 'a', 'pair': (1, 2)}
    >>> nested(layout, parts.__getitem__)
    Record(view=Record(x=1, y='a'), pair=(1, 2))
    """
    parts: dict[str, Any] = {}
    layout: dict[str, Tree] = {}
    fields = record.keys()
    for name in fields:
        layout[name] = _taken_apart(record[name], name, parts, {*fields} - {name})
    return layout, parts


def nested(layout: Layout, read: Callable[[str], Any]) -> Record:
    """The record that was taken apart.

    Args:
        layout: how it was made.
        read: gives the value of a name, or a ``LazyField`` of it; so fields of records stay lazy.
    """
    return Record({name: _put_together(name, tree, read) for name, tree in layout.items()})


def is_flat(layout: Layout) -> bool:
    """Whether each field is one value."""
    return all(isinstance(tree, str) for tree in layout.values())


def check_alike(found: Layout, needed: Layout) -> None:
    """Raises ConfigError where a record isn't made like that of sample 0, by the same fields."""
    for name, tree in found.items():
        if tree != needed[name]:
            raise ConfigError(
                f"{name}: it is {_shown(tree)}, but that of sample 0 is {_shown(needed[name])}"
            )


def _taken_apart(value: Any, name: str, parts: dict[str, Any], taken: Collection[str]) -> Tree:
    if type(value) not in _KINDS.values() or is_plain(value):
        while name in parts or name in taken:
            name += "_"
        parts[name] = value
        return name
    items = enumerate(value) if isinstance(value, list | tuple) else value.items()
    keys, values = zip(*items, strict=True) if len(value) else ((), ())
    if not is_plain([*keys]):
        raise ConfigError(f"{name} has keys that are no strings or numbers: {[*keys]!r:.60}")
    trees = [
        _taken_apart(v, f"{name}.{k}", parts, taken) for k, v in zip(keys, values, strict=True)
    ]
    return {"type": type(value).__name__, "keys": tagged([*keys]), "items": trees}


def _put_together(name: str, tree: Tree, read: Callable[[str], Any]) -> Any:
    if isinstance(tree, str):
        return read(tree)
    keys, kind = from_tagged(tree["keys"]), _KINDS[tree["type"]]
    items = [_put_together(str(k), t, read) for k, t in zip(keys, tree["items"], strict=True)]
    if issubclass(kind, Record):
        return kind(dict(zip(keys, items, strict=True)))
    return LazyField(name, lambda: _filled(kind, keys, items))


def _filled(kind: type[Any], keys: list[Any], items: list[Any]) -> Any:
    values = [item.get() if isinstance(item, LazyField) else item for item in items]
    return dict(zip(keys, values, strict=True)) if kind is dict else kind(values)


def _shown(tree: Tree) -> str:
    if isinstance(tree, str):
        return "one value"
    return f"a {tree['type']} of {', '.join(map(str, from_tagged(tree['keys']))) or 'nothing'}"
