"""Where functions and classes of libraries are at home."""

import sys
from functools import lru_cache
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, TypeAlias

from labwork.data._caches._origin import library_of, published

__all__ = ["home_of"]

_COMPILERS = ("_cython_", "nanobind", "pybind11_")  # modules of the types of what they made
Home: TypeAlias = tuple[str, str]  # a module and a name in it


def home_of(value: Any) -> Home | None:
    """A module and the name in it; None where it isn't a library's function or class.

    >>> home_of(len), home_of(Any.__class__.mro), home_of(3)
    (('builtins', 'len'), None, None)
    """
    found = _told(value)
    return None if found is None or library_of(found[0]) is None else found


def _told(value: Any) -> Home | None:
    if isinstance(value, type):
        return _of_class(value)
    if isinstance(value, FunctionType):
        return _of_function(value)
    if isinstance(value, BuiltinFunctionType):
        return _of_builtin(value)
    if isinstance(value, MethodType):
        return _told(_kind(value.__self__))
    kind = type(value).__module__
    is_compiled = kind.startswith(_COMPILERS) or library_of(kind) is not None
    if isinstance(value, ModuleType) or not is_compiled:
        return None
    # Compiled functions are of types of their own.
    module, name = (getattr(value, key, None) for key in ("__module__", "__qualname__"))
    return (module, name) if isinstance(module, str) and isinstance(name, str) else None


def _of_class(cls: type) -> Home:
    # Compiled classes may claim to be Python's own.
    is_sure = cls.__module__ != "builtins" or published(cls)
    return cls.__module__ if is_sure else _holder(cls, len(sys.modules)), cls.__qualname__


def _of_function(function: FunctionType) -> Home:
    # Where it was written; __module__ may be that of a function which this one wraps.
    written = function.__globals__.get("__name__") or "__main__"
    is_own = library_of(written) is None or library_of(function.__module__) is None
    module = function.__module__ if not is_own and published(function) else written
    return module, function.__qualname__


def _of_builtin(function: Any) -> Home | None:
    owner = function.__self__
    is_method = not isinstance(owner, ModuleType) and owner is not None
    if is_method and not type(owner).__module__.startswith(_COMPILERS):
        return _told(_kind(owner))
    module = function.__module__ or getattr(owner, "__name__", None)
    return module or _holder(function, len(sys.modules)), function.__name__


def _kind(owner: Any) -> type:
    return owner if isinstance(owner, type) else type(owner)


@lru_cache(maxsize=1000)
def _holder(value: Any, module_count: int) -> str:
    """The library that has it under its name, as OpenCV's functions don't tell theirs."""
    holders = [
        name
        for name, module in sys.modules.copy().items()
        if getattr(module, "__dict__", {}).get(value.__name__) is value and library_of(name)
    ]
    return min(holders, key=lambda name: (name.count("."), name), default="builtins")
