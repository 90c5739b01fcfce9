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

__all__ = ["digest", "function_name"]

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
    return _hash((_text_of_code(function.__code__) + _ADDRESS.sub("", held)).encode())


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # the function refers to a variable that isn't assigned yet
        return None


def _text_of_code(code: CodeType) -> str:
    constants = [
        _text_of_code(c)
        if isinstance(c, CodeType)
        else repr(sorted(map(repr, c)) if isinstance(c, frozenset) else c)
        for c in code.co_consts
    ]
    return repr((code.co_code.hex(), constants, code.co_names, code.co_varnames))


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=4).hexdigest()
