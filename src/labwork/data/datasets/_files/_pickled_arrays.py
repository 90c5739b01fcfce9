"""What may come out of a pickle; arrays are made empty first in it, and filled in then."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Unfinished", "build", "check_plain"]

_PLAIN = (str, bytes, int, float, type(None), np.ndarray)  # bool is an int
_KINDS = frozenset(f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)) | {"b1", "f4", "f8"}

_ORDERS = {"<": "<", ">": ">", "|": "", "=": ""}  # the last two say nothing


@dataclass(slots=True)
class Unfinished:
    """An array, or the type of an array, whose contents come later in the file.

    Attributes:
        dtype: the name of the type; None for an array.
        keys: under which names the file remembers it.
    """

    dtype: str | bytes | None = None
    keys: list[int] = field(default_factory=list)


def build(unfinished: Unfinished, state: Any) -> Any:
    """What an array or its type becomes with its contents.

    Raises:
        ValueError: where the contents aren't those of an array of numbers, or don't fit.
    """
    match unfinished.dtype, state:
        case None, (
            int(),
            tuple() as shape,
            np.dtype() as dtype,
            bool() as fortran,
            bytes() as data,
        ):
            return _array(shape, dtype, fortran, data)
        case str() | bytes() as name, (int(), order, None, None, None, *_):
            return _dtype(_text(name), _text(order))
    raise ValueError("an array or its type has contents of another kind")


def _array(shape: tuple[Any, ...], dtype: np.dtype[Any], fortran: bool, data: bytes) -> Any:
    if len(shape) > 8 or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("an array has a shape of another kind")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError("an array's shape doesn't fit its contents")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def _dtype(name: str, order: str) -> np.dtype[Any]:
    if name not in _KINDS or order not in _ORDERS:
        raise ValueError(f"arrays of {name[:20]!r} aren't allowed")
    return np.dtype(_ORDERS[order] + name)


def _text(value: Any) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) and len(value) < 4 else value
    if not isinstance(text, str):
        raise ValueError("an array's type is described by something else than text")
    return text


def check_plain(value: Any) -> None:
    """Raises a ValueError where a value holds anything but plain data.

    It looks at each container once, so that shared ones don't multiply.
    """
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if not isinstance(value, list | tuple | dict):
            if not isinstance(value, _PLAIN):
                raise ValueError(f"it holds a {type(value).__name__}")
        elif id(value) not in seen:
            seen.add(id(value))
            waiting += value.values() if isinstance(value, dict) else value
