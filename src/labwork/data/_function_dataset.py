"""A dataset that a function makes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from labwork.data._dataset import Dataset
from labwork.data._names import function_name

__all__ = ["FunctionDataset"]


class FunctionDataset(Dataset):
    """A dataset of ``length`` samples, the one at ``i`` being ``function(i)``.

    >>> from labwork.data import Record
    >>> FunctionDataset(lambda i: Record(x=i), 3)[2].x
    2
    """

    def __init__(
        self,
        function: Callable[[int], Any],
        length: int,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self._function, self._length = function, length
        self._info = dict(info or {})

    @property
    def info(self) -> Mapping[str, Any]:
        """What was given as ``info``."""
        return MappingProxyType(self._info)

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Any:
        """``function(index)``."""
        return self._function(index)

    def identity(self) -> Any:
        return self._function, self._length

    def __repr__(self) -> str:
        return f"FunctionDataset({function_name(self._function)}, {self._length})"
