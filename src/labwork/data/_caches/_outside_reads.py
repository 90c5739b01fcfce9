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
from labwork.data._caches._origin import library_of
from labwork.data._caches._outside import (
    OUTSIDE,
    OUTSIDE_METHODS,
    OUTSIDE_MODULES,
    Outside,
    followed,
    outside_name,
)
from labwork.data._caches._reads import closure_of

__all__ = ["outside_reads"]


def outside_reads(function: FunctionType) -> list[tuple[str, Any]]:
    """Files, the environment, the clock and the like, and what a user put into a library.

    Each is a name with what it gives. What an object has under a name isn't known from code, so
    of methods only those count that are telling by their name.
    """
    code = function.__code__
    found = [pair for chain in chains(code) for pair in _remarkable(function.__globals__, chain)]
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
            yield from _imported([*paths[chain[0]].split("."), *chain[1:]])
        else:
            yield from _remarkable(values, chain)
    for inner in codes_in(code):
        yield from _of_variables(inner, values, paths)


def _imported(path: list[str]) -> Iterator[tuple[str, Any]]:
    """By its name, as the module may not be imported yet."""
    names = (".".join(path[:end]) for end in range(1, len(path) + 1))
    yield from ((name, Outside(name)) for name in names if name in OUTSIDE)
    yield from _remarkable(sys.modules, tuple(path))


def _remarkable(names: Mapping[str, Any], chain: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    path, owner = chain[0], names.get(chain[0])
    if len(chain) == 1 and isinstance(owner, ModuleType) and owner.__name__ in OUTSIDE_MODULES:
        yield path, Outside(f"all of {owner.__name__}")
    for attribute, value in followed(owner, chain[1:]):
        path = f"{path}.{attribute}"
        if outside_name(value) is not None or _is_own(value):
            yield path, value


def _is_own(value: Any) -> bool:
    """Whether it is a function of the user's, which a library doesn't have by itself."""
    return isinstance(value, FunctionType) and library_of(value.__globals__.get("__name__")) is None
