"""From plain data to what a type asks for, one function for each kind of type."""

from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from labwork.config.schema._freeze import to_plain
from labwork.config.schema._hints import (
    MISSING,
    constraints,
    fields_of,
    is_schema,
    is_union,
    strip,
)
from labwork.config.schema._place import Place
from labwork.core import nearest, suggestion

__all__ = ["read"]

_SCALARS: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    float: (int, float),
    str: (str,),
    NoneType: (NoneType,),
    Path: (str, Path),
}


def read(value: Any, hint: Any, place: Place) -> Any:
    """``value`` as ``hint`` asks for it; what is wrong is noted at ``place``.

    What comes back is of use only where nothing was noted.
    """
    before = len(place.problems)
    found = _read_bare(value, strip(hint), place)
    if len(place.problems) == before and found is not None:
        _constrain(found, hint, place)
    return found


def _constrain(value: Any, hint: Any, place: Place) -> None:
    for constraint in constraints(hint):
        try:
            constraint(value)
        except ValueError as error:
            place.fault(" ".join(str(error).split()))


def _read_bare(value: Any, hint: Any, place: Place) -> Any:
    if hint is Any or hint is object:
        return to_plain(value)
    if hint in _SCALARS:
        return _read_scalar(value, hint, place)
    if is_schema(hint):
        return _read_schema(value, hint, place)
    if is_union(hint):
        return _read_union(value, hint, place)
    kind = get_origin(hint) or hint
    if kind not in _READERS:
        raise TypeError(f"{'/'.join(map(str, place.path))}: {hint!r} can't stand in a schema")
    return _READERS[kind](value, hint, place)


def _read_scalar(value: Any, hint: Any, place: Place) -> Any:
    # A boolean is a whole number to Python, but not to people.
    if not isinstance(value, _SCALARS[hint]) or (isinstance(value, bool) and hint is not bool):
        return place.misfit(hint, value)
    try:
        return hint(value) if hint in (float, Path) else value
    except OverflowError:
        return place.fault("the number is too large")


def _read_literal(value: Any, hint: Any, place: Place) -> Any:
    options = get_args(hint)
    if not any(type(option) is type(value) and option == value for option in options):
        place.other_literal(hint, value, suggestion(value, options))
    return value


def _read_list(value: Any, hint: Any, place: Place) -> Any:
    if not isinstance(value, list | tuple):
        return place.misfit(list, value)
    (inner,) = get_args(hint) or (Any,)
    return [read(item, inner, place.inner(i)) for i, item in enumerate(value)]


def _read_tuple(value: Any, hint: Any, place: Place) -> Any:
    if not isinstance(value, list | tuple):
        return place.misfit(tuple, value)
    inner = get_args(hint) or (Any, ...)
    if inner[-1] is ...:
        inner = (inner[0],) * len(value)
    if len(value) != len(inner):
        return place.fault(f"expected {len(inner)} values, got {len(value)}")
    pairs = zip(value, inner, strict=True)
    return tuple(read(item, kind, place.inner(i)) for i, (item, kind) in enumerate(pairs))


def _read_dict(value: Any, hint: Any, place: Place) -> Any:
    if not isinstance(value, Mapping):
        return place.misfit(dict, value)
    key_hint, inner = get_args(hint) or (Any, Any)
    return {
        read(key, key_hint, place.inner(key)): read(item, inner, place.inner(key))
        for key, item in value.items()
    }


def _read_union(value: Any, hint: Any, place: Place) -> Any:
    """The member that keeps the value's type, else the first that takes it, else the nearest."""
    attempts = [(member, place.attempt()) for member in get_args(hint)]
    found = [read(value, member, attempt) for member, attempt in attempts]
    good = [x for x, (_, a) in zip(found, attempts, strict=True) if not a.problems]
    if good:
        return next((x for x in good if type(x) is type(value)), good[0])
    meant = [attempt for _, attempt in attempts if not attempt.is_misfit()]
    if meant:
        return place.problems.extend(min(meant, key=Place.distance).problems)
    options = [o for member, _ in attempts for o in _literals(strip(member))]
    return place.misfit(hint, value, suggestion(value, tuple(options)))


def _literals(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


def _read_schema(value: Any, schema: type, place: Place) -> Any:
    if not isinstance(value, Mapping):
        return place.misfit(schema, value)
    before = len(place.problems)
    given = _read_given(value, schema, place)
    arguments = given | _read_absent(value, schema, place)
    if len(place.problems) > before:
        return None
    try:
        return schema(**arguments)
    except ValueError as error:
        return place.fault(" ".join(str(error).split()))


def _read_given(value: Mapping[Any, Any], schema: type, place: Place) -> dict[str, Any]:
    known = fields_of(schema)
    found = {}
    for key, item in value.items():
        if key in known:
            inner = place.inner(key, _default_of(key, schema, place))
            found[key] = read(item, known[key].hint, inner)
        else:
            place.inner(key).fault(_unknown(str(key), list(known)))
    return found


def _read_absent(value: Mapping[Any, Any], schema: type, place: Place) -> dict[str, Any]:
    """Defaults are read as if they had been written, so that a frozen config reads the same."""
    found = {}
    for key, info in fields_of(schema).items():
        if key not in value:
            default = _default_of(key, schema, place)
            inner = place.inner(key, default)
            if default is MISSING:
                inner.missing(info.hint)
            else:
                found[key] = read(to_plain(default), info.hint, inner)
    return found


def _default_of(key: str, schema: type, place: Place) -> Any:
    if isinstance(place.base, schema):
        return getattr(place.base, key)
    return fields_of(schema)[key].default()


def _unknown(key: str, known: list[str]) -> str:
    guess = nearest(key, known)
    hint = f" did you mean {guess!r}?" if guess else ""
    return f"unknown key;{hint} Known: {', '.join(known) or 'none'}."


_READERS: dict[Any, Any] = {
    Literal: _read_literal,
    list: _read_list,
    tuple: _read_tuple,
    dict: _read_dict,
}
