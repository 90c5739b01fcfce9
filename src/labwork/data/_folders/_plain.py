"""Plain data as JSON and YAML hold it, which know no tuples and no keys but strings."""

from collections.abc import Mapping
from typing import Any

__all__ = ["from_tagged", "is_plain", "plain_items", "tagged"]

_SCALARS = (bool, int, float, str, type(None))
_TUPLE, _MAPPING = "tuple", "mapping"


def is_plain(value: Any) -> bool:
    """Whether it is numbers, strings and None, in lists, tuples and dictionaries."""
    if type(value) in (list, tuple):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(type(key) in _SCALARS and is_plain(item) for key, item in value.items())
    return type(value) in _SCALARS


def tagged(value: Any) -> Any:
    """Plain data without tuples, and with no keys but strings.

    >>> tagged({"sizes": [(1, 2)], "names": {0: "a"}})
    {'sizes': [{'tuple': [1, 2]}], 'names': {'mapping': [[0, 'a']]}}
    """
    if isinstance(value, tuple):
        return {_TUPLE: [tagged(item) for item in value]}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    # What looks like a tag is tagged itself.
    if value.keys() in ({_TUPLE}, {_MAPPING}) or any(type(key) is not str for key in value):
        return {_MAPPING: [[key, tagged(item)] for key, item in value.items()]}
    return {key: tagged(item) for key, item in value.items()}


def from_tagged(value: Any) -> Any:
    """The plain data that ``tagged`` was given.

    >>> from_tagged({"sizes": [{"tuple": [1, 2]}], "names": {"mapping": [[0, "a"]]}})
    {'sizes': [(1, 2)], 'names': {0: 'a'}}
    """
    if isinstance(value, list):
        return [from_tagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {_TUPLE}:
        return tuple(from_tagged(item) for item in value[_TUPLE])
    if value.keys() == {_MAPPING}:
        return {key: from_tagged(item) for key, item in value[_MAPPING]}
    return {key: from_tagged(item) for key, item in value.items()}


def plain_items(info: Mapping[str, Any]) -> dict[str, Any]:
    """What of a dataset's ``info`` plain text can hold; its mappings as dictionaries."""
    found = {key: _as_dicts(value) for key, value in info.items()}
    return {key: value for key, value in found.items() if type(key) is str and is_plain(value)}


def _as_dicts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_dicts(item) for key, item in value.items()}
    return type(value)(map(_as_dicts, value)) if type(value) in (list, tuple) else value
