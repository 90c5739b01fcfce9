"""Whether the keys that conditions name can be there, and are decided before the condition."""

from collections.abc import Mapping

from labwork.config.grids._conditions import Comparison
from labwork.config.grids._plan import Occurrence, Plan
from labwork.config.grids._slots import Slot, place
from labwork.core import ConfigError, nearest

__all__ = ["check_references"]


def check_references(plan: Plan, slot: Slot) -> None:
    """Checks the conditions of a slot and of all that it contains.

    Raises:
        ConfigError: where a condition names a key that isn't there, is a mapping, or is only
            decided later.
    """
    for test in slot.tests:
        _check(plan, slot, test)
    for choice in slot.choices:
        for inner in choice.slots:
            check_references(plan, inner)


def _check(plan: Plan, slot: Slot, test: Comparison) -> None:
    path = "/".join(test.path)
    where = place(plan.config, slot.source)
    found = [o for o in plan.occurrences.get(test.path, ()) if _meet(o.branch, slot.branch)]
    if not found:
        raise ConfigError(f"{where}: there is no key {path!r} here{_hint(plan, slot, path)}")
    if all(occurrence.is_mapping for occurrence in found):
        raise ConfigError(f"{where}: {path} is a mapping; name one of the keys in it")
    if any(occurrence.number >= slot.number for occurrence in found):
        raise ConfigError(f"{where}: {path} is decided only after this condition; write it above")


def _meet(one: Mapping[int, int], other: Mapping[int, int]) -> bool:
    """Whether there can be a configuration that makes both sets of choices."""
    return all(other.get(number, index) == index for number, index in one.items())


def _hint(plan: Plan, slot: Slot, path: str) -> str:
    def can_be_named(occurrence: Occurrence) -> bool:
        is_above = occurrence.number < slot.number and not occurrence.is_mapping
        return is_above and _meet(occurrence.branch, slot.branch)

    known = ["/".join(p) for p, found in plan.occurrences.items() if any(map(can_be_named, found))]
    guess = nearest(path, known)
    return f"; did you mean {guess!r}?" if guess else "; write its path from the root"
