"""What functions and arrays are called in a repr, so that different ones are told apart."""

import functools
import hashlib
import re
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import qualified_name

__all__ = ["digest", "function_name", "text_of_code"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # differs from process to process


def function_name(function: Callable[..., Any]) -> str:
    """What a function is called in a repr.

    A function of a module stands for itself; one without a name of its own, a lambda or one that
    was made in another function, is told from others by a digest of its code and of what it
    holds on to.

    >>> function_name(len), function_name(functools.partial(int, base=2))
    ('len', 'partial(int, base=2)')
    >>> function_name(lambda x: x + 1) == function_name(lambda x: x + 2)
    False
    """
    if isinstance(function, functools.partial):
        given = [repr(a) for a in function.args]
        given += [f"{name}={value!r}" for name, value in function.keywords.items()]
        return f"partial({', '.join([function_name(function.func), *given])})"
    if not hasattr(function, "__qualname__"):
        return _ADDRESS.sub("", repr(function))
    name = qualified_name(function).rpartition(".")[2]
    is_named = "<" not in function.__qualname__ or not hasattr(function, "__code__")
    return name if is_named else f"{name}~{_digest_of_function(function)}"


def digest(array: NDArray[Any]) -> str:
    """Eight letters that tell an array from others of its shape and type."""
    if array.dtype.hasobject:
        return _hash(repr(array.tolist()).encode())
    return _hash(np.ascontiguousarray(array).tobytes())


def _digest_of_function(function: Any) -> str:
    cells = [_content(cell) for cell in function.__closure__ or ()]
    held = repr((function.__defaults__, function.__kwdefaults__, cells))
    return _hash((text_of_code(function.__code__) + _ADDRESS.sub("", held)).encode())


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # the function refers to a variable that isn't assigned yet
        return None


def text_of_code(code: CodeType) -> str:
    """All that running the code depends on, and not where it was written.

    >>> def one(): return 2 + 1
    >>> def other(): return 2 + 1
    >>> text_of_code(one.__code__) == text_of_code(other.__code__)
    True
    """
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    jumps = code.co_exceptiontable.hex()
    return repr((code.co_code.hex(), jumps, counts, names, [*map(_constant, code.co_consts)]))


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return text_of_code(value)
    if isinstance(value, tuple):
        return tuple(map(_constant, value))
    if isinstance(value, frozenset):  # whose order differs from process to process
        return {"members": sorted(repr(_constant(member)) for member in value)}
    return value


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=4).hexdigest()
