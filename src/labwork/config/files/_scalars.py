"""The core schema of YAML 1.2: which text is which scalar."""

import re
from collections.abc import Callable
from math import isinf
from typing import Any

from labwork.core import shorten

__all__ = ["is_text", "scalar_text", "tagged_value", "untagged_value"]

Atom = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_START = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST = 4000
_TAG = "tag:yaml.org,2002:"


def untagged_value(text: str) -> Atom:
    """What a scalar without quotes and tag stands for.

    Raises:
        ValueError: for a number of more than 4,000 digits, or too large for a float.

    >>> [untagged_value(text) for text in ("1e-4", "0x1f", "false", "no", "1_000", "12:30")]
    [0.0001, 31, False, 'no', '1_000', '12:30']
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _START:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _finite(text)
    return float(text.replace(".", "")) if _SPECIAL.fullmatch(text) else text


def is_text(text: str) -> bool:
    """Whether a scalar without quotes is a string.

    >>> is_text("no"), is_text("1e5")
    (True, False)
    """
    if text in _WORDS:
        return False
    patterns = (_INTEGER, _FLOAT, _SPECIAL)
    return text[0] not in _START or not any(p.fullmatch(text) for p in patterns)


def scalar_text(value: Atom) -> str:
    """How a scalar is written without quotes.

    >>> [scalar_text(value) for value in (None, True, 1e-4, float("-inf"), "a")]
    ['null', 'true', '0.0001', '-.inf', 'a']
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    return text.replace("inf", ".inf").replace("nan", ".nan") if type(value) is float else text


def tagged_value(tag: str, text: str) -> Atom:
    """What a scalar with an explicit tag stands for.

    Raises:
        ValueError: where the tag isn't one of the core schema's, or the text doesn't fit it.

    >>> tagged_value("tag:yaml.org,2002:str", "12")
    '12'
    """
    name = tag.removeprefix(_TAG)
    convert = _TAGGED.get(name) if tag.startswith(_TAG) else None
    if convert is None:
        raise ValueError(
            f"the tag {shown_tag(tag)} isn't allowed; a scalar can have !!str, !!int, !!float,"
            " !!bool or !!null"
        )
    try:
        return convert(text)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"{shorten(repr(text))} doesn't fit its tag !!{name}") from None


def shown_tag(tag: str) -> str:
    """A tag as people write it."""
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag


def _integer(text: str) -> int:
    if len(text) > _LONGEST:
        raise ValueError(f"a whole number of more than {_LONGEST} digits")
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{shorten(repr(text))} is too large a number; infinity is written .inf")
    return value


def _of_type(*kinds: type) -> Callable[[str], Any]:
    def convert(text: str) -> Atom:
        value = untagged_value(text)
        if type(value) not in kinds:
            raise ValueError(text)
        return value

    return convert


_NUMBER = _of_type(int, float)
_TAGGED: dict[str, Callable[[str], Atom]] = {
    "str": str,
    "int": _of_type(int),
    "float": lambda text: float(_NUMBER(text)),
    "bool": _of_type(bool),
    "null": _of_type(type(None)),
}
