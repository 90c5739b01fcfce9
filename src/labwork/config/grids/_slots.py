"""What a config with several values consists of: plain data with holes, and what may fill them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labwork.config.files import Config, join_path
from labwork.config.files._origin import DEFAULT
from labwork.config.grids._conditions import Comparison

__all__ = ["HOLE", "Choice", "Keys", "Slot", "Write", "leaves", "place"]

Keys = tuple[Any, ...]


class _Hole:
    """What stands where a value is still to be put."""

    def __repr__(self) -> str:
        return "hole"


HOLE = _Hole()


class Write(NamedTuple):
    """A value to be put at a path, and the path in the source where it was written."""

    path: Keys
    source: Keys
    value: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """What one value of an axis sets, and the slots inside it."""

    writes: tuple[Write, ...]
    slots: tuple["Slot", ...] = ()


@dataclass(slots=True)
class Slot:
    """A key that has several values or a condition.

    Attributes:
        number: its place in document order.
        source: the path of the key as written.
        targets: the paths that it sets.
        tests: what must hold for it to be there.
        is_axis: whether it has several values, or a single one on a condition.
        branch: which choices of which slots it stands in.
        choices: what it may set.
        drops: targets that nothing fills where it isn't there.
        rivals: earlier slots that set the same target.
    """

    number: int
    source: Keys
    targets: tuple[Keys, ...]
    tests: tuple[Comparison, ...]
    is_axis: bool
    branch: Mapping[int, int]
    choices: list[Choice] = field(default_factory=list)
    drops: list[Keys] = field(default_factory=list)
    rivals: list["Slot"] = field(default_factory=list)


def place(config: Config, source: Keys) -> str:
    """Where something was written, to begin a message with: ``grid.yaml:3: optimizer/lr_``."""
    path = "/".join(map(str, source))
    origin = config.origin(join_path(source))
    return path if origin == DEFAULT else f"{origin}: {path}"


def leaves(path: Keys, value: Any) -> list[tuple[Keys, Any]]:
    """The leaves of a value with their paths, without what is still to be filled."""
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in leaves((*path, key), item)]
    return [] if value is HOLE else [(path, value)]
