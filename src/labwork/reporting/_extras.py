"""Libraries that are installed only where they are wanted."""

from importlib.util import find_spec

__all__ = ["require"]


def require(library: str, extra: str, purpose: str) -> None:
    """Checks that an optional library is there, without importing it.

    Args:
        library: its module.
        extra: Labwork's extra that brings it.
        purpose: what it is needed for, as the beginning of a sentence.

    Raises:
        ModuleNotFoundError: it is not; the message says how to install it.

    >>> require("mathplotlib", "plot", "Drawing curves")
    Traceback (most recent call last):
    ModuleNotFoundError: Drawing curves needs mathplotlib: pip install 'labwork[plot]'
    """
    if find_spec(library) is None:
        message = f"{purpose} needs {library}: pip install 'labwork[{extra}]'"
        raise ModuleNotFoundError(message, name=library)
