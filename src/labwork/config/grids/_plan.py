"""From a config to its slots, in document order; what can't be expanded is refused here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labwork.config.files import Config
from labwork.config.grids._keys import GridKey, parse_key
from labwork.config.grids._slots import HOLE, Choice, Keys, Slot, Write, place
from labwork.config.schema._words import show
from labwork.core import ConfigError

__all__ = ["Occurrence", "Plan", "make_plan"]


class Occurrence(NamedTuple):
    """That a key can be there: set by which slot (-1: by none), and in which choices."""

    number: int
    branch: Mapping[int, int]
    is_mapping: bool


@dataclass(slots=True)
class Plan:
    """A config's plain part, with holes, and the slots that fill them.

    Attributes:
        occurrences: which keys can be there, by path.
        slot_count: of all slots, those inside of others as well.
    """

    config: Config
    base: dict[Any, Any] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()
    slot_count: int = 0
    occurrences: dict[tuple[str, ...], list[Occurrence]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, path: Keys, number: int, branch: Mapping[int, int], is_mapping: bool) -> None:
        """Notes that a key can be there."""
        found = Occurrence(number, branch, is_mapping)
        self.occurrences[tuple(map(str, path))].append(found)


def make_plan(config: Config) -> Plan:
    """The plan of a config.

    Raises:
        ConfigError: where a key can't be read, has no list of values, or is there twice.
    """
    plan = Plan(config)
    scope = _Scope(plan, -1, {})
    plan.base = scope.fill(config.plain(), (), ())
    plan.slots = scope.close(plan.base, ())
    return plan


@dataclass(slots=True)
class _Scope:
    """All that is there under the same choices: the config, or a value of an axis."""

    plan: Plan
    number: int
    branch: Mapping[int, int]
    slots: list[Slot] = field(default_factory=list)
    sources: dict[Keys, Keys] = field(default_factory=dict)
    setters: dict[Keys, list[Slot]] = field(default_factory=lambda: defaultdict(list))
    deep: list[tuple[Slot, Keys]] = field(default_factory=list)

    def fill(self, data: dict[Any, Any], path: Keys, source: Keys) -> dict[Any, Any]:
        """The mapping with its marks taken off and holes where values are to be chosen."""
        found: dict[Any, Any] = {}
        for key, item in data.items():
            where = (*source, key)
            mark = self._mark(key, where)
            if mark is None:
                self._declare((*path, key), where, isinstance(item, dict))
                inner = isinstance(item, dict)
                found[key] = self.fill(item, (*path, key), where) if inner else item
            else:
                self._add(mark, item, path, where)
                found.update({name[0]: HOLE for name in mark.names if len(name) == 1})
        return found

    def close(self, data: dict[Any, Any], path: Keys) -> tuple[Slot, ...]:
        """The slots, after holes were made for the names of groups that lie deeper."""
        for slot, target in self.deep:
            self._dig(data, path, slot, target)
        for target, setters in self.setters.items():
            setters[-1].drops.append(target)
        return tuple(self.slots)

    def _mark(self, key: Any, source: Keys) -> GridKey | None:
        if not isinstance(key, str) or not (key.endswith("_") or "if" in key):
            return None
        return parse_key(key, place(self.plan.config, source))

    def _declare(self, path: Keys, source: Keys, is_mapping: bool) -> None:
        if path in self.sources:
            raise self._collision(path, source)
        self.sources[path] = source
        self.plan.note(path, self.number, self.branch, is_mapping)

    def _collision(self, path: Keys, source: Keys) -> ConfigError:
        here, there = (place(self.plan.config, s) for s in (source, self.sources[path]))
        name = "/".join(map(str, path))
        return ConfigError(f"{here}: {name} is set already ({there}); keep one of them")

    def _add(self, mark: GridKey, item: Any, path: Keys, source: Keys) -> None:
        targets = tuple((*path, *name) for name in mark.names)
        number = self.plan.slot_count
        slot = Slot(number, source, targets, mark.tests, mark.is_axis, self.branch)
        self.plan.slot_count += 1
        self.slots.append(slot)
        for target, name in zip(targets, mark.names, strict=True):
            self._set(slot, target)
            self.deep += [(slot, target)] if len(name) > 1 else []
        for index, values in enumerate(self._values(mark, item, source)):
            slot.choices.append(self._choice(slot, index, values))
        self._note_targets(slot)

    def _set(self, slot: Slot, target: Keys) -> None:
        earlier = self.setters[target]
        all_conditional = bool(earlier) and all(rival.tests for rival in (*earlier, slot))
        if target in self.sources and not all_conditional:
            raise self._collision(target, slot.source)
        slot.rivals += earlier
        earlier.append(slot)
        self.sources.setdefault(target, slot.source)

    def _note_targets(self, slot: Slot) -> None:
        for position, target in enumerate(slot.targets):
            values = [choice.writes[position].value for choice in slot.choices]
            is_mapping = all(isinstance(value, dict) for value in values)
            self.plan.note(target, slot.number, slot.branch, is_mapping)

    def _values(self, mark: GridKey, item: Any, source: Keys) -> list[list[tuple[Keys, Any]]]:
        """For each choice the values that it sets, with the paths that they were written at."""
        if not mark.is_axis:
            return [[(source, item)]]
        self._check_axis(item, source)
        pairs = [((*source, index), value) for index, value in enumerate(item)]
        return [self._group(mark, *pair) if mark.is_group else [pair] for pair in pairs]

    def _check_axis(self, item: Any, source: Keys) -> None:
        where = place(self.plan.config, source)
        if not isinstance(item, list):
            raise ConfigError(
                f"{where}: a key that ends in '_' has a list of values, such as [1, 2], not"
                f" {show(item)}"
            )
        if not item:
            raise ConfigError(f"{where}: the list of values is empty; write at least one")

    def _group(self, mark: GridKey, source: Keys, item: Any) -> list[tuple[Keys, Any]]:
        if not isinstance(item, list) or len(item) != len(mark.names):
            names = ", ".join("/".join(name) for name in mark.names)
            raise ConfigError(
                f"{place(self.plan.config, source)}: expected a list of {len(mark.names)} values"
                f" for {names}, got {show(item)}"
            )
        return [((*source, index), value) for index, value in enumerate(item)]

    def _choice(self, slot: Slot, index: int, values: list[tuple[Keys, Any]]) -> Choice:
        writes: list[Write] = []
        inner: list[Slot] = []
        for target, (source, value) in zip(slot.targets, values, strict=True):
            if isinstance(value, dict):
                scope = _Scope(self.plan, slot.number, {**self.branch, slot.number: index})
                value = scope.fill(value, target, source)
                inner += scope.close(value, target)
            writes.append(Write(target, source, value))
        return Choice(tuple(writes), tuple(inner))

    def _dig(self, data: dict[Any, Any], path: Keys, slot: Slot, target: Keys) -> None:
        """Makes the hole for a target below other keys."""
        for depth in range(len(path) + 1, len(target)):
            inner = data.setdefault(target[depth - 1], {})
            if not isinstance(inner, dict):
                upper = "/".join(map(str, target[:depth]))
                raise ConfigError(
                    f"{place(self.plan.config, slot.source)}: {'/'.join(map(str, target))} can't"
                    f" be set, since {upper} is no plain mapping here"
                )
            data = inner
        data.setdefault(target[-1], HOLE)
