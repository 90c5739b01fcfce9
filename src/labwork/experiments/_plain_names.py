"""Names of Python's own, and trees of arguments, which may stand in any expression."""

from functools import partial
from typing import Any, SupportsIndex

from labwork.config import Escaped, ft, it, ot, sit, sot, t

__all__ = ["plain_names"]

_MOST_DIGITS = 2500  # more than the largest integers of expressions have


def plain_names() -> dict[str, Any]:
    """What stands in any expression.

    >>> plain_names()["round"](2.71828, 2)
    2.72
    """
    plain = {f.__name__: f for f in (abs, float, int, len, list, max, min, sorted, tuple)}
    trees = {"t": t, "ft": ft, "ot": ot, "sot": sot, "it": it, "sit": sit, "Escaped": Escaped}
    constants = {"inf": float("inf"), "nan": float("nan")}
    others = {"partial": partial, "range": range, "round": _round, "zip": zip}
    return {**plain, **trees, **constants, **others}


def _round(number: Any, ndigits: SupportsIndex | None = None) -> Any:
    """As Python's, which takes hours for ``round(1, -10**9)``."""
    if isinstance(ndigits, int) and abs(ndigits) > _MOST_DIGITS:
        raise ValueError(f"{ndigits} digits; at most {_MOST_DIGITS:,} can be rounded to")
    return round(number, ndigits)
