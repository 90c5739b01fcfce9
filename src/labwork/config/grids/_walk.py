"""Walking through the graph of decisions: each walk to its end makes one configuration."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from labwork.config.grids._counts import Counts, step
from labwork.config.grids._graph import END, Branch, Node
from labwork.config.grids._slots import HOLE, Keys
from labwork.config.grids._trail import Trail

__all__ = ["Walk", "walks"]


class Walk(NamedTuple):
    """Where a walk stands, and how many configurations it still has to pass over."""

    node: Node
    facts: int
    data: dict[Any, Any]
    trail: Trail | None
    skip: int


def walks(start: Walk, counts: Counts, index: int) -> Iterator[Walk]:
    """The walks that reached the end, in order, from the one at ``index`` on."""
    stack = [iter((start._replace(skip=index),))]
    while stack:
        walk = next(stack[-1], None)
        if walk is None:
            stack.pop()
        elif walk.node is END:
            yield walk
        else:
            stack.append(_ways(walk, counts))


def _ways(walk: Walk, counts: Counts) -> Iterator[Walk]:
    """The ways on from a node, without those that are passed over."""
    node, facts, data, trail, skip = walk
    assert node.slot is not None
    is_axis = node.slot.is_axis
    upto = counts[node.index, facts]
    first = bisect_right(upto, skip)
    skip -= upto[first - 1] if first else 0
    for branch in islice(node.open(facts), first, None):
        follower, then = step(branch, facts)
        here = Trail(trail, branch.writes, is_axis) if branch.writes else trail
        yield Walk(follower, then, _filled(data, branch), here, skip)
        skip = 0


def _filled(data: dict[Any, Any], branch: Branch) -> dict[Any, Any]:
    """``data`` after a branch; what doesn't change is shared."""
    for path, _, value in branch.writes:
        data, holder = _opened(data, path)
        holder[path[-1]] = value
    for path in branch.drops:
        changed, holder = _opened(data, path)
        if holder[path[-1]] is HOLE:
            del holder[path[-1]]
            data = changed
    return data


def _opened(data: dict[Any, Any], path: Keys) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """A copy of ``data``, and in it a copy of the mapping that holds the last key of ``path``."""
    changed = holder = data.copy()
    for key in path[:-1]:
        holder[key] = holder = holder[key].copy()
    return changed, holder
