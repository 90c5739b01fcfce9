"""What datasets with subsets have in common."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from labwork.core import ConfigError, unknown_name

__all__ = [
    "IGNORE",
    "check_positive",
    "check_subset",
    "class_info",
    "described",
    "part_of_trainval",
]

IGNORE = -1  # the label of what has none


def check_subset(subset: str, known: Sequence[str], name: str) -> None:
    """Raises a ConfigError that names the nearest subset where ``subset`` isn't known."""
    if subset not in known:
        raise unknown_name("subset", subset, known, name)


def check_positive(value: Any, what: str) -> None:
    """Raises a ConfigError where ``value`` isn't a positive integer."""
    if not isinstance(value, int) or value < 1:
        raise ConfigError(f"{what} must be a positive integer, not {value!r}")


def class_info(task: str, names: tuple[str, ...], **others: Any) -> Mapping[str, Any]:
    """The ``info`` of a dataset whose labels are classes.

    >>> class_info("classification", ("cat", "dog"))["class_count"]
    2
    """
    info = {"class_count": len(names), "class_names": names, "task": task, "ignore_label": IGNORE}
    return MappingProxyType({**info, **others})


def described(name: str, subset: str, **options: Any) -> str:
    """What a user writes to make the dataset; options that are None are left out.

    >>> described("Cityscapes", "val", downsampling=2, root=None)
    "Cityscapes('val', downsampling=2)"
    """
    shown = [repr(subset)] if subset else []
    for key, value in options.items():
        if value is not None:
            shown.append(f"{key}={(str(value) if isinstance(value, Path) else value)!r}")
    return f"{name}({', '.join(shown)})"


def part_of_trainval(subset: str, count: int, val_count: int) -> slice:
    """Which of ``count`` official training samples are in ``train``, ``val`` or another subset.

    >>> part_of_trainval("val", 50_000, 5_000)
    slice(45000, 50000, None)
    """
    if subset == "train":
        return slice(0, count - val_count)
    return slice(count - val_count if subset == "val" else 0, count)
