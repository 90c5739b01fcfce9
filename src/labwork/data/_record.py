"""Record: an ordered mapping whose fields may be lazy."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from labwork.core import nearest
from labwork.data._equal import are_equal
from labwork.data._indexing import whole_number
from labwork.data._lazy_field import LazyField
from labwork.data._lazy_image import LazyImage

__all__ = ["Record"]


class Record:
    """An ordered mapping from names to values, some of which are computed when asked for.

    Fields are read by attribute, by name or by position; a slice or a list of names gives a
    smaller record of the same kind. Iterating gives the values. Records are equal where names,
    their order and values are, tensors and arrays as a whole. An argument ``name_=f`` makes
    the field ``name`` lazy: ``f``, which takes nothing or the record, is called once, when the
    field is first read. Records that were made from this one share what was computed. Pickling
    computes all. An error in such a function is told with the field's name, and the field stays
    lazy; fields that need one another in a circle are a ConfigError.

    Args:
        fields: a mapping or another record to start from.
        **named: further fields; lazy where the name ends in an underscore.

    >>> record = Record(x=2, square_=lambda r: r.x ** 2)
    >>> record
    Record(x=2, square=<lazy>)
    >>> record.square, record["square"], record[1]
    (4, 4, 4)
    >>> record[["square"]], record == Record(x=2, square=4)
    (Record(square=4), True)
    >>> record.y
    Traceback (most recent call last):
        ...
    AttributeError: Record has no field 'y'; it has x, square
    """

    __slots__ = ("_fields",)

    _fields: dict[str, Any]

    # What comes first has no name, so that fields may be called "self" and "fields".
    def __init__(self, fields: "Mapping[str, Any] | Record | None" = None, /, **named: Any) -> None:
        source = fields._fields if isinstance(fields, Record) else fields
        stored: dict[str, Any] = {} if source is None else dict(source)
        for name, value in named.items():
            if len(name) > 1 and name[-1] == "_" and callable(value):
                stored[name[:-1]] = LazyField(name[:-1], value, self)
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
        return isinstance(value, LazyField) and not value.is_known

    def undecoded(self, name: str) -> LazyImage | None:
        """The image in the field ``name``, where it isn't decoded yet and may be by windows."""
        value = self._fields[name]
        return value if isinstance(value, LazyImage) and value.has_windows() else None

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

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str) or whole_number(key) is not None:
            value = self._stored(key)
            return value.get() if isinstance(value, LazyField) else value
        return type(self)({name: self._stored(name) for name in self._names(key)})

    def _names(self, key: Any) -> list[str]:
        """The names of the fields that a slice or a sequence of names and numbers stands for."""
        if isinstance(key, slice):
            return list(self._fields)[key]
        if not isinstance(key, Iterable):
            raise TypeError(_no_key(key))
        return [self._name(part) for part in key]

    def _stored(self, key: int | str) -> Any:
        name = self._name(key)
        try:
            return self._fields[name]
        except KeyError:
            raise KeyError(self._unknown(name)) from None

    def _name(self, key: int | str) -> str:
        if isinstance(key, str):
            return key
        number = whole_number(key)
        if number is None:
            raise TypeError(_no_key(key))
        try:
            return list(self._fields)[number]
        except IndexError:
            raise IndexError(
                f"{type(self).__name__} has no field at {key}; it has {len(self)} fields"
            ) from None

    def __getattr__(self, name: str) -> Any:
        # Fields are no attributes, so Python comes here only after it looked for a method.
        try:
            value = object.__getattribute__(self, "_fields")[name]
        except (KeyError, AttributeError):
            raise AttributeError(self._unknown(name)) from None
        return value.get() if isinstance(value, LazyField) else value

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"records don't change: use record.join(Record({name}=…))")

    def _unknown(self, name: str) -> str:
        names = list(getattr(self, "_fields", {})) if name != "_fields" else []
        guess = nearest(name, names)
        hint = f"; did you mean {guess!r}?" if guess else f"; it has {', '.join(names) or 'none'}"
        return f"{type(self).__name__} has no field {name!r}{hint}"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._fields]

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return len(self._fields)

    def __iter__(self) -> Iterator[Any]:
        return (self[name] for name in self._fields)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Record)
            and self.keys() == other.keys()
            and all(are_equal(value, other[name]) for name, value in self.items())
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self.items()),)

    def __repr__(self) -> str:
        shown = (
            f"{name}=<lazy>" if self.is_lazy(name) else f"{name}={self[name]!r}"
            for name in self._fields
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def _no_key(key: Any) -> str:
    return f"a record's fields are named, numbered, or listed so; {key!r:.80} is no such thing"
