"""Which globals a function's code reads, found in its bytecode."""

import builtins
from collections.abc import Iterator
from importlib import import_module
from importlib.util import resolve_name
from types import FunctionType, ModuleType
from typing import Any

from labwork.data._caches._bytecode import chains, imports
from labwork.data._caches._origin import library_of
from labwork.data._caches._parts import UnknownContentError

__all__ = ["closure_of", "reads"]

_REACH_ANYTHING = {"eval", "exec", "globals", "__import__", "compile"}


class Missing:
    """Stands for the value of a name that has none yet."""


def reads(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The names that the function's code reads from outside of it, and their values now.

    Of the user's own modules only what is read counts: of ``helpers.scale``, ``scale``.
    """
    for chain in dict.fromkeys(chains(function.__code__)):
        yield ".".join(chain), _global(function.__globals__, *chain)
    for level, module, names in dict.fromkeys(imports(function.__code__)):
        path = _absolute(module, level, function.__globals__)
        yield from ((f"{path}.{name}", _imported_from(path, name)) for name in names)
        if not names:  # whatever else is done with the package that this gives
            yield path, _imported(path.partition(".")[0])


def closure_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The variables of functions around it that it reads, and their values now."""
    names = function.__code__.co_freevars
    for name, cell in zip(names, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # the variable isn't assigned yet
            value = Missing
        yield name, value


def _global(names: dict[str, Any], name: str, *attributes: str) -> Any:
    if name not in names:
        if name in _REACH_ANYTHING:
            raise UnknownContentError(f"a function that calls {name}, which may reach anything")
        return getattr(builtins, name, Missing)
    value = names[name]
    for attribute in attributes:
        if not _is_own_module(value):
            break
        value = _attribute(value, attribute)
    return value


def _attribute(value: Any, name: str) -> Any:
    return getattr(value, name, Missing) if _is_own_module(value) else value


def _is_own_module(value: Any) -> bool:
    return isinstance(value, ModuleType) and library_of(value.__name__) is None


def _absolute(module: str, level: int, names: dict[str, Any]) -> str:
    return resolve_name("." * level + module, names.get("__package__") or "") if level else module


def _imported(module: str) -> Any:
    if (library := library_of(module)) is not None:
        return library  # it need not be imported to be told by its version
    try:
        return import_module(module)
    except ImportError:
        return Missing


def _imported_from(module: str, name: str) -> Any:
    found = _attribute(_imported(module), name)
    return _imported(f"{module}.{name}") if found is Missing else found
