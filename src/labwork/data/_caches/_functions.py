"""Functions and methods, taken apart."""

import functools
import importlib.util
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any

from labwork.data._caches._origin import library_of, library_or, published, version_of
from labwork.data._caches._outside_reads import outside_reads
from labwork.data._caches._parts import Parts
from labwork.data._caches._reads import closure_of, reads
from labwork.data._names import text_of_code

__all__ = ["function_parts"]

_BYTECODE = importlib.util.MAGIC_NUMBER.hex()  # other versions of Python have other instructions


def function_parts(value: Any) -> Parts | None:
    """None where it is something else."""
    for kind, parts in _KINDS.items():
        if isinstance(value, kind):
            return parts(value)
    return None


def _function(function: FunctionType) -> Parts:
    # Where it was written; __module__ may be that of a function which this one wraps.
    library = library_of(function.__globals__.get("__name__"))
    name = f"{function.__qualname__}()"
    if library is not None and library_of(function.__module__) and published(function):
        return Parts("function", f"{library} {function.__module__} {name}".encode())
    content = f"{_BYTECODE} {library} {text_of_code(function.__code__)}"
    children = [("default", function.__defaults__), ("default", function.__kwdefaults__)]
    closure = closure_of(function)
    children += [
        (f"the closure variable {key!r} of {name}", library_or(item)) for key, item in closure
    ]
    children += [(f"{name}.{key}", item) for key, item in sorted(vars(function).items())]
    if library is None:
        children += [(f"the global {key!r} of {name}", item) for key, item in _reads(function)]
    return Parts("function", content.encode("utf-8", "surrogatepass"), children)


def _reads(function: FunctionType) -> Iterator[tuple[str, Any]]:
    known = ((name, library_or(value)) for name, value in reads(function))
    found = [*known, *outside_reads(function)]
    for name, value in sorted(found, key=lambda pair: pair[0]):
        yield name, (name, value)


def _builtin(function: Any) -> Parts:
    owner = function.__self__
    if isinstance(owner, ModuleType) or owner is None:
        module = function.__module__ or getattr(owner, "__name__", "builtins")
        return Parts("builtin", f"{version_of(module)} {function.__qualname__}".encode())
    return Parts("builtin", function.__qualname__.encode(), [("its object", owner)])


def _method(method: MethodType) -> Parts:
    name = f"{method.__qualname__}()"
    children = [("", method.__func__), (f"the object of {name}", method.__self__)]
    return Parts("method", b"", children)


def _method_wrapper(method: MethodWrapperType) -> Parts:
    return Parts("wrapper", method.__name__.encode(), [("", method.__self__)])


def _lru_cache(function: Any) -> Parts:
    return Parts("lru_cache", b"", [("", function.__wrapped__)])


_KINDS: dict[Any, Callable[[Any], Parts]] = {
    FunctionType: _function,
    MethodType: _method,
    BuiltinFunctionType: _builtin,
    MethodWrapperType: _method_wrapper,
    functools._lru_cache_wrapper: _lru_cache,
}
