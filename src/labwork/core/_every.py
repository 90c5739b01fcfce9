"""Every: when something is due."""

import re

from labwork.core._errors import ConfigError

__all__ = ["Every"]

_PATTERN = re.compile(r"(\d{1,15})\s*(ep|it)", re.ASCII)


class Every:
    """When something is due, counted in epochs (``ep``) or in iterations, that is steps (``it``).

    Args:
        text: a positive number and a unit, such as ``"2ep"`` or ``"500it"``.

    Raises:
        ConfigError: where ``text`` has another form.

    >>> every = Every("500it")
    >>> [step for step in range(0, 2001, 100) if every.is_due_at_step(step)]
    [500, 1000, 1500, 2000]
    >>> Every("2ep").is_due_at_epoch(4), Every("2ep").is_due_at_step(4)
    (True, False)
    >>> [s for s in range(20) if Every.doubling(8).is_due_at_step(s)]
    [0, 1, 2, 4, 8, 16]
    """

    __slots__ = ("count", "is_doubling", "unit")

    def __init__(self, text: str) -> None:
        match = _PATTERN.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None or int(match[1]) == 0:
            raise ConfigError(
                f"Every({text!r}): write a positive whole number and 'ep' (epochs) or 'it'"
                " (iterations), such as '2ep' or '500it'"
            )
        self.count = int(match[1])
        self.unit = match[2]
        self.is_doubling = False

    @classmethod
    def of(cls, value: "Every | str") -> "Every":
        """``value`` itself, or what it says as text.

        >>> Every.of("2ep") == Every.of(Every("2ep"))
        True
        """
        return value if isinstance(value, Every) else cls(value)

    @classmethod
    def doubling(cls, limit: int) -> "Every":
        """Due at steps 0, 1, 2, 4, 8 … up to ``limit`` (a power of two or not), then every so many.

        The steps after the largest power of two below ``limit`` are the multiples of ``limit``.
        """
        every = cls(f"{limit}it")
        every.is_doubling = True
        return every

    def is_due_at_step(self, step: int) -> bool:
        """Whether it is due when ``step`` steps are completed."""
        if self.unit != "it":
            return False
        if self.is_doubling and step < self.count:
            return step & (step - 1) == 0
        return step % self.count == 0 and (step > 0 or self.is_doubling)

    def is_due_at_epoch(self, epoch: int) -> bool:
        """Whether it is due when ``epoch`` epochs are completed."""
        return self.unit == "ep" and epoch > 0 and epoch % self.count == 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Every) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __str__(self) -> str:
        return repr(self) if self.is_doubling else f"{self.count}{self.unit}"

    def __repr__(self) -> str:
        if self.is_doubling:
            return f"Every.doubling({self.count})"
        return f"Every('{self.count}{self.unit}')"
