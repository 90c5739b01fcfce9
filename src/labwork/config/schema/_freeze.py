"""Plain data with every default written out."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from labwork.config.schema._hints import MISSING, FieldInfo, fields_of, is_schema, strip

__all__ = ["defaults", "freeze", "to_plain"]


def freeze(instance: Any) -> dict[str, Any]:
    """The plain data that ``check`` reads as ``instance``, with every default written out.

    Freezing once more changes nothing. Paths become text, tuples become lists; fields that
    ``__init__`` doesn't take are left out.

    Args:
        instance: a dataclass, or a mapping of what may stand in one.

    Raises:
        TypeError: where it holds something that can't be written in a config.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Training:
    ...     epoch_count: int
    ...     size: tuple[int, ...] = (32, 32)
    >>> freeze(Training(5))
    {'epoch_count': 5, 'size': [32, 32]}
    """
    frozen = to_plain(instance)
    if not isinstance(frozen, dict):
        raise TypeError(f"expected a dataclass or a mapping, got {instance!r}")
    return frozen


def to_plain(value: Any) -> Any:
    """``value`` as mappings, lists and scalars that nobody else holds."""
    kind: type = type(value)
    if is_schema(kind):
        return {name: to_plain(getattr(value, name)) for name in fields_of(kind)}
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} can't be written in a config; use numbers, text, lists, mappings")


def defaults(schema: type) -> dict[str, Any]:
    """All that a config holds before anybody writes one: the default of every key that has one.

    Keys that are required are left out, save those of nested dataclasses that have defaults
    themselves.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Training:
    ...     epoch_count: int
    ...     batch_size: int = 32
    >>> defaults(Training)
    {'batch_size': 32}
    """
    found = {name: _default(info) for name, info in fields_of(schema).items()}
    return {name: value for name, value in found.items() if value is not MISSING}


def _default(info: FieldInfo) -> Any:
    default, hint = info.default(), strip(info.hint)
    if default is not MISSING:
        return to_plain(default)
    return (defaults(hint) or MISSING) if is_schema(hint) else MISSING
