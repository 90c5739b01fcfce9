"""Slots as a graph of decisions, in which every walk to the end is one configuration.

What was decided is remembered as facts, one bit for each comparison of a condition (the key has
one of the values) and for each key that several conditions may set (it is set). A node keeps the
facts that still matter from there on, so few states are told apart however many values there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from labwork.config.files._paths import MISSING, find_key
from labwork.config.grids._conditions import Comparison
from labwork.config.grids._plan import Plan
from labwork.config.grids._slots import HOLE, Choice, Keys, Slot, Write

__all__ = ["END", "Branch", "Node", "make_graph"]

Path = tuple[str, ...]


class Branch(NamedTuple):
    """One way to go on from a node: what is written and dropped, which facts hold, where to."""

    next: "Node"
    writes: tuple[Write, ...] = ()
    facts: int = 0
    drops: Sequence[Keys] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A slot whose turn it is.

    Attributes:
        index: larger than those of all nodes that come after it.
        slot: None at the end.
        tests: a bit for each test, and whether it must be unset.
        rivals: a bit for each earlier slot with the same target.
        needed: the facts that this node and those after it ask for.
        branches: where to go where the tests hold.
        absent: where to go where they don't.
    """

    index: int = 0
    slot: Slot | None = None
    tests: tuple[tuple[int, bool], ...] = ()
    rivals: tuple[tuple[int, Slot], ...] = ()
    needed: int = 0
    branches: Sequence[Branch] = ()
    absent: Sequence[Branch] = ()

    def open(self, facts: int) -> Sequence[Branch]:
        """The branches where ``facts`` hold."""
        holds = all(bool(facts & bit) != is_negated for bit, is_negated in self.tests)
        return self.branches if holds else self.absent


END = Node()


def make_graph(plan: Plan) -> tuple[Node, int]:
    """The first node, and the facts that the plain part of the config decides."""
    builder = _Builder(plan)
    first = builder.chain(plan.slots, END)
    return first, builder.facts((), plan.base) & first.needed


class _Builder:
    """Makes nodes from the last to the first."""

    def __init__(self, plan: Plan) -> None:
        self.count = 0
        slots = list(_all_slots(plan.slots))
        tests = [test for slot in slots for test in slot.tests]
        self._tests = [(test, 1 << i) for i, test in enumerate(tests)]
        self._bits = {id(test): bit for test, bit in self._tests}
        self._tests_below: dict[Path, list[tuple[Path, Comparison, int]]] = {}
        rivals = {rival.number for slot in slots for rival in slot.rivals}
        self._set_bits = {n: 1 << len(tests) + i for i, n in enumerate(sorted(rivals))}

    def chain(self, slots: Sequence[Slot], end: Node) -> Node:
        """The node of the first slot; the last one leads to ``end``."""
        for slot in reversed(slots):
            end = self._node(slot, end)
        return end

    def _node(self, slot: Slot, end: Node) -> Node:
        branches = [self._branch(slot, choice, end) for choice in slot.choices]
        absent = [Branch(end, drops=slot.drops)] if slot.tests else []
        tests = tuple((self._bits[id(test)], test.is_negated) for test in slot.tests)
        rivals = tuple((self._set_bits[rival.number], rival) for rival in slot.rivals)
        needed = 0
        for bit, _ in (*tests, *rivals):
            needed |= bit
        for branch in (*branches, *absent):
            needed |= branch.next.needed
        self.count += 1
        return Node(self.count, slot, tests, rivals, needed, branches, absent)

    def _branch(self, slot: Slot, choice: Choice, end: Node) -> Branch:
        facts = self._set_bits.get(slot.number, 0)
        for write in choice.writes:
            facts |= self.facts(write.path, write.value)
        return Branch(self.chain(choice.slots, end), choice.writes, facts)

    def facts(self, path: Keys, value: Any) -> int:
        """What is decided when ``value`` is put at ``path``."""
        found = 0
        for rest, test, bit in self._below(tuple(map(str, path))):
            item = _find(value, rest)
            if item is not HOLE and test.matches(item):
                found |= bit
        return found

    def _below(self, path: Path) -> list[tuple[Path, Comparison, int]]:
        """The tests of keys at or below ``path``, each with the rest of the key's path."""
        if path not in self._tests_below:
            self._tests_below[path] = [
                (test.path[len(path) :], test, bit)
                for test, bit in self._tests
                if test.path[: len(path)] == path
            ]
        return self._tests_below[path]


def _all_slots(slots: Iterable[Slot]) -> Iterator[Slot]:
    for slot in slots:
        yield slot
        for choice in slot.choices:
            yield from _all_slots(choice.slots)


def _find(value: Any, path: Path) -> Any:
    """What is at ``path`` in ``value``; HOLE where nothing is, or nothing yet."""
    for part in path:
        key = find_key(value, part) if isinstance(value, dict) else MISSING
        if key is MISSING:
            return HOLE
        value = value[key]
    return value
