"""How many configurations there are from each decision on, without listing them."""

from itertools import accumulate

from labwork.config.files import Config
from labwork.config.grids._graph import END, Branch, Node
from labwork.config.grids._slots import Slot, place
from labwork.core import ConfigError

__all__ = ["Counts", "count", "step"]

_MOST_STATES = 200_000

Counts = dict[tuple[int, int], list[int]]
"""By node and facts: how many configurations the first branch gives, the first two, and so on."""


def step(branch: Branch, facts: int) -> tuple[Node, int]:
    """The state behind a branch."""
    return branch.next, (facts | branch.facts) & branch.next.needed


def count(first: Node, facts: int, config: Config) -> Counts:
    """The counts of every state that can be reached.

    Raises:
        ConfigError: where two conditions for the same key hold together.
    """
    counts: Counts = {(END.index, 0): [1]}
    for node, now in reversed(_states(first, facts, config)):
        after = (step(branch, now) for branch in node.open(now))
        totals = (counts[follower.index, then][-1] for follower, then in after)
        counts[node.index, now] = list(accumulate(totals))
    return counts


def _states(first: Node, facts: int, config: Config) -> list[tuple[Node, int]]:
    """All states that can be reached, each before those that come after it."""
    pending: list[dict[int, Node]] = [{} for _ in range(first.index + 1)]
    pending[first.index][facts] = first
    found: list[tuple[Node, int]] = []
    for index in range(first.index, END.index, -1):
        for now, node in pending[index].items():
            found.append((node, now))
            _check_size(found, config)
            _check_rivals(node, now, config)
            for branch in node.open(now):
                follower, then = step(branch, now)
                pending[follower.index][then] = follower
    return found


def _check_size(states: list[tuple[Node, int]], config: Config) -> None:
    slot = states[-1][0].slot
    if len(states) > _MOST_STATES and slot is not None:
        raise ConfigError(
            f"{place(config, slot.source)}: too many keys are to be remembered for conditions"
            " further down; write each condition right below the key that it names"
        )


def _check_rivals(node: Node, facts: int, config: Config) -> None:
    if node.slot is None or node.open(facts) is not node.branches:
        return
    for bit, rival in node.rivals:
        if facts & bit:
            raise _collision(node.slot, rival, config)


def _collision(slot: Slot, rival: Slot, config: Config) -> ConfigError:
    both = ["/".join(map(str, target)) for target in slot.targets if target in rival.targets]
    return ConfigError(
        f"{place(config, slot.source)}: {', '.join(both)} is set already"
        f" ({place(config, rival.source)}) where both conditions hold; make them exclude each other"
    )
