"""What a function's code reads by way of libraries that their versions don't tell."""

import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from labwork.data._caches._bytecode import (
    attributes,
    chains,
    codes_in,
    imported_names,
    variable_chains,
)
from labwork.data._caches._computing import computes
from labwork.data._caches._origin import library_of
from labwork.data._caches._outside import (
    OUTSIDE,
    OUTSIDE_METHODS,
    Outside,
    outside_name,
)
from labwork.data._caches._reads import closure_of

__all__ = ["outside_reads"]

_ABSENT = object()


def outside_reads(function: FunctionType) -> list[tuple[str, Any]]:
    """Files, the environment, the clock and the like, and what a user put into a library.

    Each is a name with what it gives. What an object has under a name isn't known from code, so
    of methods only those count that are telling by their name.
    """
    code = function.__code__
    names = function.__globals__
    found = [pair for chain in chains(code) for pair in _remarkable(names, chain, is_all=True)]
    found += _of_variables(code, dict(closure_of(function)), {})
    known = {path.rpartition(".")[2] for path, _ in found}
    methods = OUTSIDE_METHODS.intersection(attributes(code)) - known
    return [*dict(found).items(), *((name, Outside(name)) for name in methods)]


def _of_variables(
    code: CodeType, values: Mapping[str, Any], paths: Mapping[str, str]
) -> Iterator[tuple[str, Any]]:
    """Of what closures hold, and of what was imported in the function or in one around it."""
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    paths = {name: path for name, path in paths.items() if name not in own}
    paths |= imported_names(code)
    members = (path.split(".") for path in paths.values() if "." in path)
    yield from (pair for path in members for pair in _imported(path))
    for chain in dict.fromkeys(variable_chains(code)):
        if chain[0] in paths:
            path = [*paths[chain[0]].split("."), *chain[1:]]
            yield from _imported(path)
            yield from _remarkable(sys.modules, tuple(path), is_all=True)
        else:
            yield from _remarkable(values, chain, is_all=True)
    for inner in codes_in(code):
        yield from _of_variables(inner, values, paths)


def _imported(path: list[str]) -> Iterator[tuple[str, Any]]:
    """By its name, as the module may not be imported yet."""
    names = (".".join(path[:end]) for end in range(1, len(path) + 1))
    yield from ((name, Outside(name)) for name in names if name in OUTSIDE)
    if path[0] in sys.modules:
        yield from _remarkable(sys.modules, tuple(path))
    elif len(path) > 1 and library_of(path[0]) and not _computes_by_name(path):
        yield ".".join(path), Outside(".".join(path))


def _remarkable(
    names: Mapping[str, Any], chain: tuple[str, ...], is_all: bool = False
) -> Iterator[tuple[str, Any]]:
    """What is outside of all that a chain of attributes goes through.

    Args:
        names: what the chain begins with.
        chain: a name in it, and attributes, each of the one before.
        is_all: whether a module at the end counts with all that it has.
    """
    path, value = chain[0], names.get(chain[0])
    for position, attribute in enumerate(chain[1:], 1):
        owner, path = value, f"{path}.{attribute}"
        if isinstance(owner, ModuleType):
            value = vars(owner).get(attribute, _ABSENT)  # no module is imported only to be seen
        elif isinstance(owner, type):
            value = getattr(owner, attribute, None)
        else:
            return
        if value is _ABSENT:
            yield from _by_name([*owner.__name__.split("."), *chain[position:]])
            return
        if not isinstance(value, ModuleType) and (_is_outside(value) or _is_own(value)):
            yield path, value
    if is_all and isinstance(value, ModuleType) and outside_name(value) is not None:
        yield path, value


def _by_name(path: list[str]) -> Iterator[tuple[str, Any]]:
    name = ".".join(path)
    if library_of(path[0]) is not None and name not in sys.modules and not _computes_by_name(path):
        yield name, Outside(name)


def _computes_by_name(path: list[str]) -> bool:
    return computes(".".join(path[:-1]), path[-1])


def _is_outside(value: Any) -> bool:
    kind = type(value)
    return outside_name(value) is not None or outside_name(kind) is not None


def _is_own(value: Any) -> bool:
    """Whether it is a function of the user's, which a library doesn't have by itself."""
    return isinstance(value, FunctionType) and library_of(value.__globals__.get("__name__")) is None
