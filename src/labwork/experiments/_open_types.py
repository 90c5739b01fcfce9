"""Whose attributes expressions may use."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache

from labwork.config import OpenType

__all__ = ["OpenTypes"]

_TENSOR: Collection[str] = (
    *("abs", "all", "any", "argmax", "argmin", "clamp", "dtype", "eq", "exp", "flatten", "flip"),
    *("float", "int", "item", "log", "long", "max", "mean", "min", "ndim", "norm", "permute"),
    *("round", "shape", "sqrt", "std", "sum", "transpose", "unique"),
)


class OpenTypes(Mapping[type, OpenType]):
    """The open types of all expressions; imported when an expression asks for one.

    >>> [kind.__name__ for kind in OpenTypes()]
    ['Augmentation', 'Dataset', 'Record', 'Tensor']
    """

    def __getitem__(self, kind: type) -> OpenType:
        return _open_types()[kind]

    def __iter__(self) -> Iterator[type]:
        return iter(_open_types())

    def __len__(self) -> int:
        return len(_open_types())


@cache
def _open_types() -> dict[type, OpenType]:
    import torch

    from labwork.data import Dataset, Record
    from labwork.data.augmentation import Augmentation

    methods = [name for name in vars(Dataset) if not name.startswith("_")]
    return {
        Augmentation: OpenType(()),  # which has operators only
        Dataset: OpenType(methods),
        Record: OpenType(Record.keys, by_item=True),
        torch.Tensor: OpenType(_TENSOR),
    }
