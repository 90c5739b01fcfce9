"""Open types: whose attributes and operators expressions may use, and what using them costs."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import prod
from typing import Any

__all__ = [
    "OpenNames",
    "OpenType",
    "has_shape",
    "units_of_index",
    "units_of_length",
    "units_of_product",
    "units_of_shapes",
]

OpenNames = Collection[str] | Callable[[Any], Collection[str]]
_SIZE_OF_A_UNIT = 1024  # elements or samples


@dataclass(frozen=True, slots=True)
class OpenType:
    """What expressions may use of the instances of a type.

    Attributes:
        names: the attributes, or a function that gives them for an instance.
        by_item: whether ``value.name`` stands for ``value["name"]``, so that no method of the type
            hides a field that has its name.

    >>> OpenType(dict.keys, by_item=True).read({"keys": 1}, "keys")
    1
    """

    names: OpenNames
    by_item: bool = False

    def names_of(self, value: Any) -> list[str]:
        """The attributes of ``value`` that may be used."""
        names = self.names(value) if callable(self.names) else self.names
        return [name for name in names if not name.startswith("_")]

    def read(self, value: Any, name: str) -> Any:
        """The attribute of ``value`` that is called ``name``."""
        return value[name] if self.by_item else getattr(value, name)


def has_shape(value: Any) -> bool:
    """Whether ``value`` is an array of some kind."""
    return hasattr(type(value), "shape")


def units_of_shapes(values: Iterable[Any]) -> int:
    """What it costs to compute with arrays element by element; others among ``values`` are free.

    >>> import numpy
    >>> units_of_shapes([numpy.ones((2048, 1)), numpy.ones(1024), 3])
    2048
    """
    shapes = [value.shape for value in values if has_shape(value)]
    return _size(shapes) // _SIZE_OF_A_UNIT


def units_of_product(left: Any, right: Any) -> int:
    """What it costs to multiply two arrays as matrices.

    >>> import numpy
    >>> units_of_product(numpy.ones((128, 64)), numpy.ones((64, 32)))
    256
    """
    if not (has_shape(left) and has_shape(right)):
        return 0
    *others, rows = tuple(right.shape) if len(right.shape) > 1 else (*right.shape, 1)
    shape = (*others[:-1], 1, others[-1] if others else 1, rows)
    return _size([(*left.shape, 1), shape]) // _SIZE_OF_A_UNIT


def units_of_index(value: Any, key: Any) -> int:
    """What it costs at most to take the items of an array that ``key`` lists.

    >>> import numpy
    >>> units_of_index(numpy.ones((2, 1024)), [0] * 5), units_of_index(numpy.ones(9999), slice(9))
    (5, 0)
    """
    if not has_shape(value):
        return 0
    counts = [_listed(part) for part in (key if isinstance(key, tuple) else (key,))]
    if not any(counts):
        return 0
    rows = 1 if isinstance(key, tuple) or not value.shape else max(1, value.shape[0])
    return int(
        prod(value.shape) // rows * prod(max(count, 1) for count in counts) // _SIZE_OF_A_UNIT
    )


def units_of_length(value: Any) -> int:
    """What something of many samples costs that holds no more than how to get them."""
    is_sized = hasattr(type(value), "__len__") and not has_shape(value)
    return len(value) // _SIZE_OF_A_UNIT if is_sized else 0


def _size(shapes: Sequence[Iterable[int]]) -> int:
    """The number of elements that arrays of these shapes make together."""
    if len(shapes) < 2:
        return prod(shapes[0]) if shapes else 0
    reverse = [tuple(shape)[::-1] for shape in shapes]
    return prod(max(sizes) for sizes in zip_longest(*reverse, fillvalue=1))


def _listed(part: Any) -> int:
    """How many indices there are in a part of a key; 0 where it is no list of them."""
    if has_shape(part):
        is_mask = str(part.dtype).endswith("bool")
        return 1 if is_mask else int(prod(part.shape))
    return sum(_listed(item) or 1 for item in part) if isinstance(part, list | tuple | range) else 0
