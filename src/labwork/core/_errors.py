"""The errors that users see.

    LabworkError
    ├── ConfigError      (ValueError)       what was asked for is wrong, unknown or incomplete
    │   └── ExpressionError                 an expression can't be read, or has no value
    ├── StateError       (ValueError)       a state doesn't fit what it is loaded into
    │   └── nn.MisfitError   (RuntimeError) parameters don't fit a module
    ├── CheckpointError  (RuntimeError)     a checkpoint is missing, torn, altered or refused
    ├── RunError         (RuntimeError)     a run exists already, doesn't exist, or is in use
    ├── data.WorkerError (RuntimeError)     a process that fetches or packs samples has died
    └── NonFiniteError   (ArithmeticError)  a loss or a parameter is NaN or infinite

Each message is one line that says what is wrong, where, and what would be right. That of an
ExpressionError goes on with the line that was written, and carets under the place in it.
"""

__all__ = [
    "CheckpointError",
    "ConfigError",
    "ExpressionError",
    "LabworkError",
    "NonFiniteError",
    "RunError",
    "StateError",
]


class LabworkError(Exception):
    """What all errors of Labwork have in common; its message is meant for the user."""


class ConfigError(LabworkError, ValueError):
    """What was asked for is wrong, unknown or incomplete."""


class ExpressionError(ConfigError):
    """An expression can't be read, or has no value.

    Attributes:
        text: all that was written.
        span: where in ``text`` the trouble is, as offsets of its first character and of the one
            after its last.
    """

    def __init__(self, message: str, text: str = "", span: tuple[int, int] = (0, 0)) -> None:
        super().__init__(message)
        self.text = text
        self.span = span


class StateError(LabworkError, ValueError):
    """A state doesn't fit the tree that it is loaded into."""


class CheckpointError(LabworkError, RuntimeError):
    """A checkpoint is missing, torn, altered or refused."""


class RunError(LabworkError, RuntimeError):
    """A run's directory holds a run already, holds none, or is in use."""


class NonFiniteError(LabworkError, ArithmeticError):
    """A loss or a parameter is NaN or infinite.

    Attributes:
        step: completed steps before the one that it was noticed in; None where that isn't known.
    """

    def __init__(self, message: str, step: int | None = None) -> None:
        super().__init__(message)
        self.step = step
