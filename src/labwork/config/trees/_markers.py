"""Values with a meaning of their own in a tree."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from labwork.config.trees._same import same
from labwork.config.trees._size import Holder, check_size
from labwork.core import call_source, source

__all__ = ["Escaped", "Required", "required"]


@dataclass(frozen=True, eq=False, repr=False)
class Escaped(Holder):
    """A value that is put in place as it is, for values that are trees themselves.

    Args:
        value: anything; where ``t(a=Escaped(x))`` is applied, ``a`` is ``x``.

    Raises:
        ConfigError: where the value holds more than 100,000 trees and containers.

    >>> from labwork.config.trees import t, tree_partial
    >>> tree_partial(dict, a=Escaped(t(depth=18)))()
    {'a': t(depth=18)}
    """

    value: Any

    def __post_init__(self) -> None:
        check_size(self)

    def __eq__(self, other: object) -> bool:
        return type(other) is Escaped and same(self.value, other.value)

    def __hash__(self) -> int:
        return hash(Escaped)  # the value may have none

    def __repr__(self) -> str:
        return call_source("Escaped", [source(self.value)])


class Required(Enum):
    """The kind of ``required``, which stands for an argument that has no default.

    Where a tree is applied, a required argument is left as it is.

    >>> Required.REQUIRED
    required
    """

    REQUIRED = "required"

    def __repr__(self) -> str:
        return "required"


required = Required.REQUIRED
