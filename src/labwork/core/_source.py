"""The source that makes a value, as people would write it."""

import functools
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from typing import Any

__all__ = [
    "call_source",
    "keyword_sources",
    "mapping_source",
    "represent",
    "short_name",
    "source",
]


def source(value: Any) -> str:
    """The source that makes ``value``, given the names of its functions and classes.

    >>> source([len, functools.partial(int, base=2), {"a": (1,)}])
    "[len, partial(int, base=2), {'a': (1,)}]"
    """
    if isinstance(value, functools.partial):
        parts = [source(value.func), *map(source, value.args), *keyword_sources(value.keywords)]
        return call_source("partial", parts)
    if callable(value) and hasattr(value, "__qualname__"):
        return short_name(value)
    if type(value) is list:
        return f"[{', '.join(map(source, value))}]"
    if type(value) is tuple:
        return f"({', '.join(map(source, value))}{',' if len(value) == 1 else ''})"
    return mapping_source(value) if type(value) is dict else repr(value)


def mapping_source(mapping: Mapping[Any, Any]) -> str:
    """The source of a dict."""
    return f"{{{', '.join(f'{source(key)}: {source(item)}' for key, item in mapping.items())}}}"


def keyword_sources(arguments: Mapping[str, Any]) -> list[str]:
    """Arguments as they stand between the brackets of a call.

    >>> keyword_sources({"depth": 18, "class": 1})
    ['depth=18', "**{'class': 1}"]
    """
    others = {name: value for name, value in arguments.items() if not _can_be_written(name)}
    written = [f"{name}={source(arguments[name])}" for name in arguments if name not in others]
    return [*written, f"**{mapping_source(others)}"] if others else written


def _can_be_written(name: str) -> bool:
    # Python changes some letters of names that are not ASCII.
    return name.isascii() and name.isidentifier() and not iskeyword(name) and name != "__debug__"


def short_name(value: Any) -> str:
    """What people call a function, a class or, by its type, a value.

    >>> short_name(functools.partial(int, base=2)), short_name(dict.fromkeys), short_name(1.5)
    ('int', 'dict.fromkeys', 'float')
    """
    if isinstance(value, functools.partial):
        return short_name(value.func)
    name = getattr(value, "__qualname__", None) or type(value).__qualname__
    return str(name).rpartition("<locals>.")[2]


def call_source(name: str, parts: Sequence[str], width: int = 80) -> str:
    """A call with the sources of its arguments: on one line where it fits, else a line each.

    >>> call_source("f", ["1", "a=2"])
    'f(1, a=2)'
    """
    line = f"{name}({', '.join(parts)})"
    if len(line) <= width and "\n" not in line:
        return line
    body = "".join(f"    {part},\n".replace("\n", "\n    ").rstrip(" ") for part in parts)
    return f"{name}(\n{body})"


def represent(name: str, arguments: Mapping[str, Any], width: int = 80) -> str:
    """The source that makes a value: on one line where it fits, else a line an argument.

    >>> print(represent("Net", {"depth": 3, "name": "x" * 80}, width=20))
    Net(
        depth=3,
        name='xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    )
    """
    return call_source(name, keyword_sources(arguments), width)
