"""Functions of records that know what becomes of their labels."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labwork.core import ConfigError
from labwork.data._names import function_name
from labwork.data._notes import note_field
from labwork.data._record import Record

__all__ = ["Expand", "KeepFields", "MapFields", "Unpack"]


class KeepFields:
    """Keeps some fields of a record, by their names or where a predicate of the name holds."""

    batched = True

    def __init__(self, names: str | Sequence[str] | Callable[[str], bool]) -> None:
        self._holds = names if callable(names) else None
        self._names = [names] if isinstance(names, str) else [] if callable(names) else [*names]
        self.runs_code = self._holds is not None

    def __call__(self, record: Record) -> Any:
        return record[self._kept(record.keys())]

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: labels[name] for name in self._kept([*labels]) if name in labels}

    def _kept(self, names: list[str]) -> list[str]:
        return [n for n in names if self._holds(n)] if self._holds else self._names

    @property
    def in_brackets(self) -> str:
        return function_name(self._holds) if self._holds else str(self._names)


class MapFields:
    """Applies a function to each of some fields; the others stay."""

    def __init__(self, functions: Mapping[str, Callable[[Any], Any]]) -> None:
        if not functions:
            raise ConfigError("map_fields needs functions by field: map_fields(image=f)")
        self._functions = dict(functions)

    def __call__(self, record: Record) -> Any:
        new = {name: self._change(record, name) for name in self._functions}
        return record.join(Record(new), overwrite=True)

    def _change(self, record: Record, name: str) -> Any:
        try:
            return self._functions[name](record[name])
        except Exception as error:
            note_field(error, name)
            raise

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: array for name, array in labels.items() if name not in self._functions}

    @property
    def in_brackets(self) -> str:
        pairs = (f"{name!r}: {function_name(f)}" for name, f in self._functions.items())
        return f"{{{', '.join(pairs)}}}"


class Unpack:
    """Gives the fields of a record, or the items of a tuple, as arguments to a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, sample: Any) -> Any:
        return self._function(*sample)

    @property
    def in_brackets(self) -> str:
        return function_name(self._function)


class Expand:
    """Calls what can be called in a record's fields, in lists and dictionaries too."""

    def __call__(self, record: Record) -> Any:
        return type(record)({name: _called(value) for name, value in record.items()})

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any]:
        return labels

    in_brackets = ""


def _called(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _called(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_called(item) for item in value]
    return value() if callable(value) else value
