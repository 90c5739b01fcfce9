"""Classes, their members and modules, taken apart."""

import functools
from collections.abc import Callable
from types import (
    ClassMethodDescriptorType,
    GenericAlias,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    UnionType,
    WrapperDescriptorType,
)
from typing import Any, TypeAlias

from labwork.data._caches._origin import library_of, library_or, published, version_of
from labwork.data._caches._parts import Parts

__all__ = ["class_parts", "members"]

_MADE_BY_PYTHON = 1 << 9  # a flag of types
_DERIVED = {
    *("__dict__", "__weakref__", "__module__", "__doc__", "__annotations__", "__firstlineno__"),
    *("__static_attributes__", "__abstractmethods__", "_abc_impl", "__parameters__"),
    *("__orig_bases__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
    *("__dataclass_fields__", "__dataclass_params__", "__match_args__"),
}
_Descriptor = (
    MethodDescriptorType
    | WrapperDescriptorType
    | GetSetDescriptorType
    | MemberDescriptorType
    | ClassMethodDescriptorType
)
Children: TypeAlias = list[tuple[str, Any]]


def class_parts(value: Any) -> Parts | None:
    """None where it is something else."""
    for kind, parts in _KINDS.items():
        if isinstance(value, kind):
            return parts(value)
    is_typing = type(value).__module__ == "typing"
    return _type(value) if is_typing else None


def _descriptor(descriptor: Any) -> Parts:
    return Parts("descriptor", descriptor.__name__.encode(), [("", descriptor.__objclass__)])


def _class(cls: type) -> Parts:
    library = library_of(cls.__module__)
    name = f"{cls.__module__}.{cls.__qualname__}"
    if library is not None and (published(cls) or not cls.__flags__ & _MADE_BY_PYTHON):
        return Parts("class", f"{library} {name}".encode())
    bases: Children = [("", type(cls)), *(("", base) for base in cls.__bases__)]
    return Parts("class", cls.__qualname__.encode(), [*bases, *members(cls)])


def members(cls: type) -> Children:
    """What a class has itself, without its bases."""
    children: Children = [("", cls.__qualname__)]
    for key, member in vars(cls).items():
        if key not in _DERIVED:
            children += [("", key), (f"{cls.__qualname__}.{key}", member)]
    return children


def _property(value: property) -> Parts:
    return Parts("property", b"", [("", f) for f in (value.fget, value.fset, value.fdel)])


def _wrapped(value: Any) -> Parts:
    return Parts(type(value).__name__, b"", [("", value.__func__)])


def _cached_property(value: Any) -> Parts:
    return Parts("cached_property", b"", [("", value.func)])


def _module(module: ModuleType) -> Parts:
    if library_of(module.__name__) is not None:
        return Parts("module", version_of(module.__name__).encode())
    own = sorted((k, v) for k, v in vars(module).items() if not k.startswith("__"))
    children = [(f"{module.__name__}.{key}", (key, library_or(value))) for key, value in own]
    return Parts("module", version_of(module.__name__).encode(), children)


def _type(value: Any) -> Parts:
    return Parts("type", repr(value).encode())


_KINDS: dict[Any, Callable[[Any], Parts]] = {
    _Descriptor: _descriptor,
    GenericAlias | UnionType: _type,
    type: _class,
    ModuleType: _module,
    property: _property,
    staticmethod | classmethod: _wrapped,
    functools.cached_property: _cached_property,
}
