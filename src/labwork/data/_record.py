"""Record: an ordered mapping whose fields may be lazy."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from labwork.core import nearest

__all__ = ["Record"]

_UNSET = object()


class Record:
    """An ordered mapping from names to values, some of which are computed when asked for.

    Fields are read by attribute, by name or by position; a slice or a list of names gives a
    smaller record of the same kind. Iterating gives the values. An argument ``name_=f`` makes
    the field ``name`` lazy: ``f``, which takes nothing or the record, is called once, when the
    field is first read. Records that were made from this one share what was computed. Pickling
    computes all.

    Args:
        fields: a mapping or another record to start from.
        **named: further fields; lazy where the name ends in an underscore.

    >>> record = Record(x=2, square_=lambda r: r.x ** 2)
    >>> record
    Record(x=2, square=<lazy>)
    >>> record.square, record["square"], record[1]
    (4, 4, 4)
    >>> record[["square"]]
    Record(square=4)
    >>> record.y
    Traceback (most recent call last):
        ...
    AttributeError: Record has no field 'y'; it has x, square
    """

    __slots__ = ("_fields",)

    _fields: dict[str, Any]

    def __init__(self, fields: "Mapping[str, Any] | Record | None" = None, **named: Any) -> None:
        stored: dict[str, Any] = {}
        if fields is not None:
            source = fields._fields if isinstance(fields, Record) else fields
            stored.update(source)
        for name, value in named.items():
            if name[-1] == "_" and callable(value):
                stored[name[:-1]] = _Lazy(value, self)
            else:
                stored[name] = value
        object.__setattr__(self, "_fields", stored)

    def keys(self) -> list[str]:
        """The names of the fields."""
        return list(self._fields)

    def items(self) -> list[tuple[str, Any]]:
        """The fields as (name, value); computes the lazy ones."""
        return [(name, self[name]) for name in self._fields]

    def is_lazy(self, name: str) -> bool:
        """Whether the field ``name`` is yet to be computed."""
        value = self._fields[name]
        return isinstance(value, _Lazy) and not value.is_known

    def evaluate(self) -> Self:
        """Computes all lazy fields; gives the record itself."""
        for name in self._fields:
            self[name]
        return self

    def join(self, *others: "Record", overwrite: bool = False) -> Self:
        """A record with the fields of this one and of ``others``.

        Raises:
            ValueError: where a field is in several of them, unless ``overwrite`` lets the last win.

        >>> Record(a=1).join(Record(b=2), Record(c=3))
        Record(a=1, b=2, c=3)
        """
        fields = dict(self._fields)
        for other in others:
            common = fields.keys() & other._fields.keys()
            if common and not overwrite:
                raise ValueError(f"records have common fields: {', '.join(sorted(common))}")
            fields.update(other._fields)
        return type(self)(fields)

    def __getitem__(self, key: int | str | slice | list[str]) -> Any:
        if isinstance(key, str):
            try:
                value = self._fields[key]
            except KeyError:
                raise KeyError(self._unknown(key)) from None
            return value.get() if isinstance(value, _Lazy) else value
        names = list(self._fields)
        if isinstance(key, int):
            return self[names[key]]
        chosen = names[key] if isinstance(key, slice) else key
        return type(self)({name: self._fields[name] for name in chosen})

    def __getattr__(self, name: str) -> Any:
        # Fields are no attributes, so Python comes here only after it looked for a method.
        try:
            value = object.__getattribute__(self, "_fields")[name]
        except (KeyError, AttributeError):
            raise AttributeError(self._unknown(name)) from None
        return value.get() if isinstance(value, _Lazy) else value

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"records don't change: use record.join(Record({name}=…))")

    def _unknown(self, name: str) -> str:
        names = list(getattr(self, "_fields", {})) if name != "_fields" else []
        guess = nearest(name, names)
        hint = f"; did you mean {guess!r}?" if guess else f"; it has {', '.join(names) or 'none'}"
        return f"{type(self).__name__} has no field {name!r}{hint}"

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return len(self._fields)

    def __iter__(self) -> Iterator[Any]:
        return (self[name] for name in self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.items() == other.items()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self.items()),)

    def __repr__(self) -> str:
        shown = (
            f"{name}=<lazy>" if self.is_lazy(name) else f"{name}={self[name]!r}"
            for name in self._fields
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class _Lazy:
    """A value that is computed once, shared by all records that hold the field."""

    __slots__ = ("_function", "_record", "_value")

    def __init__(self, function: Callable[..., Any], record: Record) -> None:
        self._function: Callable[..., Any] | None = function
        self._record: Record | None = record
        self._value: Any = _UNSET

    @property
    def is_known(self) -> bool:
        return self._value is not _UNSET

    def get(self) -> Any:
        if self._value is _UNSET:
            assert self._function is not None
            arguments = (self._record,) if _needs_argument(self._function) else ()
            self._value = self._function(*arguments)
            self._function = self._record = None  # lets go of what the function held
        return self._value


def _needs_argument(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a built-in without a signature
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(p.default is p.empty and p.kind in positional for p in parameters)
