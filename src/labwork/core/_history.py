"""History: what happened to a node."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Entry", "History"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Values of one split at one step.

    Attributes:
        split: name of the data, such as ``train``.
        epoch: completed epochs.
        step: completed training steps.
        values: numbers by name.
    """

    split: str
    epoch: int
    step: int
    values: Mapping[str, Any]


class History:
    """Entries in the order in which they happened.

    >>> history = History()
    >>> history.add("val", epoch=1, step=10, values={"accuracy": 0.5})
    >>> history.add("val", epoch=2, step=20, values={"accuracy": 0.7})
    >>> history.series("val", "accuracy")
    [(10, 0.5), (20, 0.7)]
    >>> history.best("val", "accuracy").epoch
    2
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, split: str, *, epoch: int, step: int, values: Mapping[str, Any]) -> None:
        """Appends an entry."""
        self._entries.append(Entry(split, epoch, step, dict(values)))

    def series(self, split: str, name: str) -> list[tuple[int, Any]]:
        """The values of ``name`` in ``split``, as (step, value)."""
        return [(e.step, e.values[name]) for e in self if e.split == split and name in e.values]

    def best(self, split: str, name: str, *, higher_is_better: bool = True) -> Entry | None:
        """The first entry of ``split`` with the best value of ``name``, NaN aside, or None."""
        entries = [e for e in self if e.split == split and name in e.values]
        entries = [e for e in entries if e.values[name] == e.values[name]]  # NaN isn't itself
        sign = 1 if higher_is_better else -1
        return max(entries, key=lambda e: sign * e.values[name], default=None)

    def last(self, split: str) -> Entry | None:
        """The newest entry of ``split``; None without one."""
        return next((e for e in reversed(self._entries) if e.split == split), None)

    def clear(self) -> None:
        """Forgets all entries."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def __repr__(self) -> str:
        return f"History({len(self)} entries)"
