"""Whether two values are the same where functions are partial and numbers may be NaN."""

import functools
from typing import Any

__all__ = ["same"]


def same(a: Any, b: Any) -> bool:
    """Whether ``a`` and ``b`` would do the same.

    Partial functions compare by what they are made of, containers by their items. NaN is the same
    as NaN. What can't be compared, such as two arrays, is the same as itself only.

    >>> functools.partial(int, base=2) == functools.partial(int, base=2)
    False
    >>> same([functools.partial(int, base=2)], [functools.partial(int, base=2)])
    True
    """
    if a is b:
        return True
    if type(a) is not type(b):
        return _equal(a, b)
    if isinstance(a, functools.partial):
        return same((a.func, a.args, a.keywords), (b.func, b.args, b.keywords))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(item, b[key]) for key, item in a.items())
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(*pair) for pair in zip(a, b, strict=True))
    return _equal(a, b)


def _equal(a: Any, b: Any) -> bool:
    try:
        return bool(a == b) or bool(a != a and b != b)
    except (TypeError, ValueError, RuntimeError):
        return False
