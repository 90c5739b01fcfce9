"""Group: nodes and other things with a state, under names."""

from collections.abc import Iterator
from typing import Any

from labwork.core._node import Node

__all__ = ["Group"]


class Group(Node):
    """A node that has nothing but children, given by name.

    >>> class Counter(Node):
    ...     state_fields = ("count",)
    ...     count = 0
    >>> group = Group(images=Counter(), labels=Counter())
    >>> list(group), group["images"].count
    (['images', 'labels'], 0)
    >>> group.state_dict()
    {'images': {'count': 0}, 'labels': {'count': 0}}
    """

    def __init__(self, **members: Any) -> None:
        self._members = members

    @property
    def children(self) -> dict[str, Any]:
        """The members, by name."""
        return dict(self._members)

    def values(self) -> list[Any]:
        """The members, in the order in which they were given."""
        return list(self._members.values())

    def __getitem__(self, name: str) -> Any:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)
