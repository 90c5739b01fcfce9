"""Objects of any class, taken apart into the class and what would make an equal one."""

import copyreg
import random
import sys
from collections.abc import Iterator
from types import MemberDescriptorType
from typing import Any

import numpy as np
import torch

from labwork.data._caches._origin import library_of, version_of
from labwork.data._caches._parts import Parts, UnknownContentError

__all__ = ["object_parts"]

_COPYING = {"__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__"}
_DRAWING = (random.Random, np.random.Generator, np.random.BitGenerator, np.random.RandomState)


def object_parts(value: Any) -> Parts:
    """By the way that copies are made, and by what the user's classes leave out of copies.

    Nothing is copied.

    Raises:
        UnknownContentError: where it doesn't tell, or draws or moves on with each use.
    """
    if isinstance(value, (*_DRAWING, torch.Generator)):
        raise UnknownContentError(f"{_a(value)}, which gives other numbers each time")
    if isinstance(value, Iterator):
        raise UnknownContentError(f"{_a(value)}, which moves on with each use")
    reduced = _reduced(value)
    if isinstance(reduced, str):  # what it is called in a module, as NumPy's functions tell
        name = f"{version_of(_module_of(value, reduced))} {reduced}"
        return Parts("object", name.encode(), [("", type(value)), *_hidden(value)])
    maker, arguments, *state = reduced
    rest = [list(item) if isinstance(item, Iterator) else item for item in state]
    children = [("", type(value)), ("", maker), ("", arguments)]
    children += [*((_named(value), item) for item in rest), *_hidden(value)]
    return Parts("object", b"", children)


def _hidden(value: Any) -> Iterator[tuple[str, Any]]:
    """All attributes, where the user's class may leave some out of its copies."""
    kinds = [kind for kind in type(value).__mro__ if library_of(kind.__module__) is None]
    is_registered = bool(kinds) and type(value) in copyreg.dispatch_table
    if not is_registered and not any(_COPYING.intersection(vars(kind)) for kind in kinds):
        return
    yield _named(value), getattr(value, "__dict__", None)
    for slot in (member for kind in kinds for member in vars(kind).values()):
        if isinstance(slot, MemberDescriptorType):
            yield _named(value), getattr(value, slot.__name__, None)


def _reduced(value: Any) -> Any:
    special = copyreg.dispatch_table.get(type(value))
    try:
        return special(value) if special else value.__reduce_ex__(4)
    except Exception as error:  # any class may say so in its own way
        raise UnknownContentError(f"{_a(value)}: {error}") from error


def _module_of(value: Any, name: str) -> str:
    for module, members in sys.modules.copy().items():
        if getattr(members, "__dict__", {}).get(name) is value:
            return module
    raise UnknownContentError(f"{_a(value)}, which is in no module under its name {name!r}")


def _named(value: Any) -> str:
    return f"the content of {_a(value)}"


def _a(value: Any) -> str:
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a {module}{kind.__qualname__}"
