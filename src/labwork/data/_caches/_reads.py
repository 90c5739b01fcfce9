"""Which globals a function's code reads, found in its bytecode."""

import builtins
import dis
from collections.abc import Iterator
from importlib import import_module
from importlib.util import resolve_name
from types import CodeType, FunctionType, ModuleType
from typing import Any

from labwork.data._caches._origin import library_of
from labwork.data._caches._parts import UnknownContentError

__all__ = ["Missing", "reads"]

_GLOBAL = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_ATTRIBUTE = {"LOAD_ATTR", "LOAD_METHOD"}
_REACH_ANYTHING = {"eval", "exec", "globals", "__import__", "compile"}


class Missing:
    """Stands for the value of a name that has none yet."""


def reads(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The names that the function's code reads from outside of it, and their values now.

    Of the user's own modules only what is read counts: of ``helpers.scale``, ``scale``.
    """
    for chain in dict.fromkeys(_chains(function.__code__)):
        yield ".".join(chain), _global(function.__globals__, *chain)
    for level, module, names in dict.fromkeys(_imports(function.__code__)):
        path = _absolute(module, level, function.__globals__)
        yield from ((f"{path}.{name}", _imported_from(path, name)) for name in names)
        if not names:  # whatever else is done with the package that this gives
            yield path, _imported(path.partition(".")[0])


def _chains(code: CodeType) -> Iterator[tuple[str, ...]]:
    """The names that are read, each with the attributes that are read of it at once."""
    chain: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if chain and instruction.opname in _ATTRIBUTE:
            chain = (*chain, instruction.argval)
            continue
        if chain:
            yield chain
        chain = (instruction.argval,) if instruction.opname in _GLOBAL else ()
    if chain:
        yield chain
    for inner in _codes_in(code):
        yield from _chains(inner)


def _imports(code: CodeType) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Level, module and names of the imports inside a function."""
    before: list[Any] = [None, None]
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            level, names = before
            yield level or 0, instruction.argval, tuple(names or ())
        before = [before[1], instruction.argval]
    for inner in _codes_in(code):
        yield from _imports(inner)


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))


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
