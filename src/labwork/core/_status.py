"""Status: how far a node has come."""

from dataclasses import dataclass, field

__all__ = ["Status"]


@dataclass(slots=True)
class Status:
    """How far a node has come, for people and for other nodes to look at.

    Attributes:
        phase: ``ready``, ``running``, ``completed``, ``stopped`` (asked to) or ``failed``.
        restored: whether the node's state was loaded rather than new.
        exceptions: what went wrong, newest last.

    >>> status = Status()
    >>> status.fail(ValueError("no"))
    >>> status.phase, status.succeeded
    ('failed', False)
    """

    phase: str = "ready"
    restored: bool = False
    exceptions: list[BaseException] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether the node did all that it was asked to do."""
        return self.phase == "completed"

    def fail(self, error: BaseException) -> None:
        """Notes that ``error`` ended the work."""
        self.phase = "failed"
        self.exceptions.append(error)
