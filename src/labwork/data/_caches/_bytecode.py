"""What a function's code names, found in its bytecode."""

import dis
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

__all__ = ["attributes", "chains", "codes_in", "imported_names", "imports", "variable_chains"]

_GLOBAL = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_ATTRIBUTE = {"LOAD_ATTR", "LOAD_METHOD"}


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """The code of the functions, classes and comprehensions that are directly inside."""
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))


def chains(code: CodeType) -> Iterator[tuple[str, ...]]:
    """The globals that are read, each with the attributes that are read of it at once."""
    yield from _chains(code, _global)
    for inner in codes_in(code):
        yield from chains(inner)


def variable_chains(code: CodeType) -> Iterator[tuple[str, ...]]:
    """The same of the variables of this code, and of those of functions around it."""
    return _chains(code, _variable)


def _chains(
    code: CodeType, begins: Callable[[dis.Instruction], str | None]
) -> Iterator[tuple[str, ...]]:
    chain: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if chain and instruction.opname in _ATTRIBUTE:
            chain = (*chain, instruction.argval)
            continue
        if chain:
            yield chain
        name = begins(instruction)
        chain = () if name is None else (name,)
    if chain:
        yield chain


def _global(instruction: dis.Instruction) -> str | None:
    return instruction.argval if instruction.opname in _GLOBAL else None


def _variable(instruction: dis.Instruction) -> str | None:
    if not instruction.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
        return None
    # Some instructions load two variables, and the attributes are those of the last.
    name = instruction.argval
    return name[-1] if isinstance(name, tuple) else name


def attributes(code: CodeType) -> Iterator[str]:
    """The names of all attributes that are read, of whatever."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in _ATTRIBUTE:
            yield instruction.argval
    for inner in codes_in(code):
        yield from attributes(inner)


def imports(code: CodeType) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Level, module and names of the imports inside a function."""
    before: list[Any] = [None, None]
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            level, names = before
            yield level or 0, instruction.argval, tuple(names or ())
        before = [before[1], instruction.argval]
    for inner in codes_in(code):
        yield from imports(inner)


def imported_names(code: CodeType) -> dict[str, str]:
    """The variables that imports in this code assign, and what is imported: ``np``, ``numpy``."""
    found: dict[str, str] = {}
    module = path = ""
    names = before = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            module, names = instruction.argval, before
            path = module if names else module.partition(".")[0]
        elif instruction.opname == "IMPORT_FROM":
            path = f"{module}.{instruction.argval}" if names else module
        elif instruction.opname.startswith("STORE_") and path:
            found[instruction.argval], path = path, ""
        before = instruction.argval
    return found
