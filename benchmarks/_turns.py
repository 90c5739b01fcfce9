"""Taking turns: how everything here is measured."""

from collections.abc import Callable, Mapping
from time import perf_counter

__all__ = ["stopwatch", "take_turns"]


def take_turns(
    turns: Mapping[str, Callable[[], float]], rounds: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Calls every function once a round, in an order that rotates from round to round.

    Nobody always follows the same neighbour, and what slows the machine down for a while slows
    all of them down.

    Args:
        turns: by name, functions that run and return what they measured.
        rounds: rounds that count.
        warm_up: rounds before them that do not.

    Returns:
        By name, one value a round.

    Example:
        >>> take_turns({"a": lambda: 1.0, "b": lambda: 2.0}, rounds=2)
        {'a': [1.0, 1.0], 'b': [2.0, 2.0]}
    """
    names = list(turns)
    values: dict[str, list[float]] = {name: [] for name in names}
    for index in range(warm_up + rounds):
        shift = index % len(names)
        for name in names[shift:] + names[:shift]:
            values[name].append(turns[name]())
    return {name: kept[warm_up:] for name, kept in values.items()}


def stopwatch(function: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = perf_counter()
    function()
    return perf_counter() - start
