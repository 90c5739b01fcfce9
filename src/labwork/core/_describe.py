"""Config: the plain data that says how a value was built."""

import functools
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

__all__ = ["describe", "qualified_name"]

_PLAIN = (bool, int, float, str, type(None))
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # differs from process to process


def describe(value: Any) -> Any:
    """``value`` as plain data: numbers, strings, None, lists and dicts.

    A node and a partial function become ``{qualified name: arguments}`` with every default
    written out; a function or a class its qualified name; whatever else its repr.

    >>> import functools
    >>> def scale(x, factor=2, *, shift=0): ...
    >>> describe(functools.partial(scale, factor=3))
    {'labwork.core._describe.scale': {'factor': 3, 'shift': 0}}
    >>> describe({"sizes": (1, 2), "kind": dict})
    {'sizes': [1, 2], 'kind': 'dict'}
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((describe(item) for item in value), key=repr)
    if isinstance(value, PurePath):
        return str(value)
    return _describe_object(value)


def _describe_object(value: Any) -> Any:
    if isinstance(value, functools.partial):
        return {qualified_name(value.func): _describe_arguments(value)}
    config = getattr(value, "config", None)
    if isinstance(config, Mapping) and not isinstance(value, type):
        return {qualified_name(type(value)): describe(config)}
    if callable(value) and hasattr(value, "__qualname__"):
        return qualified_name(value)
    return _ADDRESS.sub("", repr(value))


def _describe_arguments(partial: functools.partial[Any]) -> dict[str, Any]:
    return describe_arguments(partial.func, partial.args, partial.keywords)


def describe_arguments(
    function: Callable[..., Any], args: tuple[Any, ...], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """The given arguments and the other defaults as plain data, in the order of the parameters."""
    written_out = _defaults(function)
    arguments = arguments_by_name(function, args, keywords)
    names = [*dict.fromkeys([*_parameters(function), *arguments])]
    merged = written_out | arguments
    return {name: describe(merged[name]) for name in names if name in merged}


def arguments_by_name(
    function: Callable[..., Any], args: tuple[Any, ...], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """The given arguments by the names of the parameters; star arguments are spread out."""
    try:
        bound = inspect.signature(function).bind_partial(*args, **keywords)
    except (TypeError, ValueError):  # built-in without a signature, or arguments that don't fit
        return {**{str(i): arg for i, arg in enumerate(args)}, **keywords}
    arguments = dict(bound.arguments)
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments.update(arguments.pop(name, {}))
    return arguments


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = _parameters(function).values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # built-in without a signature
        return {}


def qualified_name(value: Any) -> str:
    """Where a function or a class can be found, by its public name where it has one.

    >>> qualified_name(functools.partial), qualified_name(len), qualified_name(qualified_name)
    ('functools.partial', 'len', 'labwork.core.qualified_name')
    """
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if name is None:
        return repr(value)
    if module in (None, "builtins", "__main__"):
        return str(name)
    public = module.split("._")[0]
    is_published = getattr(sys.modules.get(public), name, None) is value
    return f"{public if is_published else module}.{name}"
