"""Medians and spreads of paired measurements."""

from collections.abc import Sequence
from statistics import median, quantiles

__all__ = ["iqr", "median", "paired_differences", "paired_ratios"]


def paired_ratios(values: Sequence[float], references: Sequence[float]) -> list[float]:
    """Ratios within each round, which cancel what drifts from round to round.

    Example:
        >>> paired_ratios([2.0, 6.0], [1.0, 2.0])
        [2.0, 3.0]
    """
    return [value / reference for value, reference in zip(values, references, strict=True)]


def paired_differences(values: Sequence[float], references: Sequence[float]) -> list[float]:
    """Differences within each round.

    Example:
        >>> paired_differences([2.0, 6.0], [1.0, 2.0])
        [1.0, 4.0]
    """
    return [value - reference for value, reference in zip(values, references, strict=True)]


def iqr(values: Sequence[float]) -> tuple[float, float]:
    """First and third quartile; the value itself twice when there is only one.

    Example:
        >>> iqr([1.0, 2.0, 3.0, 4.0, 5.0])
        (2.0, 4.0)
    """
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first, third
