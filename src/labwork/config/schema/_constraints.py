"""What a type may say besides the type: ``Annotated[int, AtLeast(0), Doc("how many")]``."""

from dataclasses import dataclass
from typing import Any

from labwork.config.schema._words import alternatives, show
from labwork.core import suggestion

__all__ = ["AtLeast", "Doc", "OneOf"]


@dataclass(frozen=True, slots=True)
class Doc:
    """What a key means, for help texts.

    Args:
        text: one line, in plain words.

    >>> from typing import Annotated
    >>> seed = Annotated[int, Doc("where all randomness comes from")]
    """

    text: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A constraint: numbers that are no less than ``low``; NaN isn't.

    Any function that takes the value and raises ``ValueError`` is a constraint, too.

    Raises:
        ValueError: when called with a number below ``low``.

    >>> AtLeast(0)(-1)
    Traceback (most recent call last):
        ...
    ValueError: must be at least 0, got -1
    """

    low: float

    def __call__(self, value: float) -> None:
        if not value >= self.low:
            raise ValueError(f"must be {self}, got {show(value)}")

    def __str__(self) -> str:
        return f"at least {self.low}"


@dataclass(frozen=True, slots=True, init=False)
class OneOf:
    """A constraint: nothing but ``options``.

    Unlike ``Literal`` it takes what is only known when the program runs.

    Raises:
        ValueError: when called with anything else; the nearest option is given.

    >>> OneOf("sgd", "adam")("adm")
    Traceback (most recent call last):
        ...
    ValueError: must be 'sgd' or 'adam', got 'adm'; did you mean 'adam'?
    """

    options: tuple[Any, ...]

    def __init__(self, *options: Any) -> None:
        object.__setattr__(self, "options", options)

    def __call__(self, value: Any) -> None:
        same_kind = [o for o in self.options if isinstance(o, bool) == isinstance(value, bool)]
        if value not in same_kind:
            raise ValueError(f"must be {self}, got {show(value)}{suggestion(value, self.options)}")

    def __str__(self) -> str:
        return alternatives(show(option) for option in self.options)
