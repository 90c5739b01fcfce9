"""An image that is yet to be decoded, and windows of it that cost less than the whole."""

from typing import Any, NamedTuple, Protocol

from torch import Tensor

from labwork.data._lazy_field import LazyField

__all__ = ["LazyImage", "Picture", "Window"]


class Window(NamedTuple):
    """Whole pixels of an image.

    Attributes:
        x: the first column.
        y: the first row.
        width: the number of columns.
        height: the number of rows.
    """

    x: int
    y: int
    width: int
    height: int


class Picture(Protocol):
    """An image in a file."""

    def open(self) -> tuple[int, int, int] | None:
        """Reads the file; its (C, H, W), or None where windows cost no less than the whole."""

    def window(self, window: Window) -> Tensor:
        """Its pixels in a window, to the bit those of the whole image."""

    def whole(self) -> Any:
        """All of it."""


class LazyImage(LazyField):
    """A field whose value is an image; who needs a window alone may have that."""

    __slots__ = ("_picture", "_shape")

    def __init__(self, name: str, picture: Picture) -> None:
        super().__init__(name, picture.whole)
        self._picture: Picture | None = picture
        self._shape: tuple[int, int, int] | None = None

    def has_windows(self) -> bool:
        """Whether it isn't decoded yet, and windows cost less than the whole."""
        if self._picture is None:
            return False
        if self._shape is None:
            self._shape = self._compute(self._picture.open)
        return self._shape is not None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W), where it has windows."""
        assert self._shape is not None
        return self._shape

    def get(self) -> Any:
        value = super().get()
        self._picture = None  # lets go of the file
        return value

    def window(self, window: Window) -> Tensor:
        """The pixels in a window."""
        assert self._picture is not None
        is_all = window[2:] == self.shape[:0:-1]
        pixels: Tensor = self.get() if is_all else self._compute(self._picture.window, window)
        return pixels
