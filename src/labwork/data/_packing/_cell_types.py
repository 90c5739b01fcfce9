"""What the columns of a file list hold, and how their cells are read."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labwork.core import ConfigError, unknown_name

__all__ = ["CellType", "cell_type", "guess_word"]

_NUMBERS = (
    *("uint8", "uint16", "uint32", "int8", "int16", "int32", "int64"),
    *("float16", "float32", "float64"),
)
_WORDS = (*_NUMBERS, "bool", "str")
_ENDLESS = ("inf", "infinity", "nan")  # 1e999 is read as infinite too, but not meant so
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class CellType:
    """What a column's cells hold.

    Attributes:
        name: ``uint8`` … ``float64``, ``bool`` or ``str``.
        is_variable: whether cells may hold different numbers of values.
    """

    name: str
    is_variable: bool

    def read(self, cell: str) -> Any:
        """The value of a cell: an array, a string, or a list of strings.

        A cell with commas holds several values, save for ``str``, whose commas belong to the text.

        Raises:
            ConfigError: where the cell holds something else, or the type can't hold it.

        >>> cell_type("int64").read("7"), cell_type("vuint8").read("1,2").tolist()
        (array(7), [1, 2])
        """
        if self.name == "str":
            return _parts(cell) if self.is_variable else cell
        values = [self._number(part) for part in _parts(cell)]
        if not values and not self.is_variable:
            raise ConfigError(f"the cell is empty, but {self} needs a value")
        is_scalar = len(values) == 1 and not self.is_variable and "," not in cell
        return np.array(values[0] if is_scalar else values, self.name)

    def _number(self, text: str) -> Any:
        try:
            if self.name == "bool":
                return _BOOLS[text.lower()]
            number = float(text) if self.name.startswith("float") else int(text)
        except (KeyError, ValueError):
            raise ConfigError(f"{text!r} is no {self.name}") from None
        self._check_range(text, number)
        return number

    def _check_range(self, text: str, number: float) -> None:
        is_float = self.name.startswith("float")
        limits: Any = np.finfo(self.name) if is_float else np.iinfo(self.name)
        # As numbers of Python's: those of NumPy would overflow in the comparison.
        low, high = (np.asarray(limit).item() for limit in (limits.min, limits.max))
        is_meant = not math.isfinite(number) and text.strip("+-").lower() in _ENDLESS
        if not is_meant and not low <= number <= high:
            raise ConfigError(f"{text} doesn't fit {self.name}, which holds {low} to {high}")

    def __str__(self) -> str:
        return f"v{self.name}" if self.is_variable else self.name


def cell_type(word: str) -> CellType:
    """The type that a word such as ``int64`` or ``vfloat32`` names.

    >>> str(cell_type("vuint8"))
    'vuint8'
    >>> cell_type("in64")
    Traceback (most recent call last):
        ...
    labwork.core...ConfigError: unknown type 'in64' in dtypes; did you mean 'int64'? Known: ...
    """
    known = [*_WORDS, *(f"v{name}" for name in _WORDS)]
    if word not in known:
        raise unknown_name("type", word, known, "dtypes")
    return CellType(word.removeprefix("v"), word.startswith("v"))


def guess_word(cells: list[str]) -> str:
    """What all cells are, ``int64``, ``float64`` or else ``str``; with ``v`` if need be.

    Whole numbers are ``int64`` even where they don't fit: as ``float64`` they would lose digits.

    >>> guess_word(["1", "2"]), guess_word(["0.5", "1"]), guess_word(["1,2", "3"])
    ('int64', 'float64', 'vint64')
    """
    is_variable = len({len(_parts(cell)) for cell in cells}) > 1
    for name, parse in (("int64", int), ("float64", float)):
        if _reads_all(parse, cells, is_variable):
            return str(CellType(name, is_variable))
    return "str"


def _reads_all(parse: Callable[[str], float], cells: list[str], may_be_empty: bool) -> bool:
    try:
        counts = [len([parse(part) for part in _parts(cell)]) for cell in cells]
    except ValueError:
        return False
    return may_be_empty or all(counts)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",")] if cell.strip() else []
