"""OpenCV, which is installed only where it is wanted."""

from importlib import import_module
from typing import Any

__all__ = ["opencv"]


def opencv(purpose: str) -> Any:
    """The module ``cv2``.

    Args:
        purpose: what it is needed for, as the beginning of a sentence.

    Raises:
        ModuleNotFoundError: it isn't installed; the message says how to get it.
    """
    try:
        return import_module("cv2")
    except ModuleNotFoundError as error:
        message = f"{purpose} needs OpenCV: pip install 'labwork[images]'"
        raise ModuleNotFoundError(message, name="cv2") from error
