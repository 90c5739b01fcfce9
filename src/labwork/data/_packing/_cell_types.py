"""What the columns of a file list hold, and how their cells are read."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labwork.core import ConfigError, unknown_name

__all__ = ["CellType", "cell_type", "guessed_type"]

_NUMBERS = (
    *("uint8", "uint16", "uint32", "int8", "int16", "int32", "int64"),
    *("float16", "float32", "float64"),
)
_WORDS = (*_NUMBERS, "bool", "str")
_ENDLESS = ("inf", "infinity", "nan")  # 1e999 is read as infinite too, but not meant so
_BOOLS = {"true": True, "1": True, "false": False, "0": False}
_DIGITS = r"(0|[1-9][0-9]*)"  # 007 is no number but a name that a number would spoil
_GUESSES = {
    "int64": re.compile(rf"[+-]?{_DIGITS}"),
    "float64": re.compile(
        rf"[+-]?({_DIGITS}(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?(inf|infinity|nan)", re.I
    ),
}


@dataclass(frozen=True)
class CellType:
    """What a column's cells hold.

    Attributes:
        name: ``uint8`` … ``float64``, ``bool`` or ``str``.
        is_variable: whether cells may hold different numbers of values.
        is_guessed: whether nobody said so; then a cell without a value is a mistake.
    """

    name: str
    is_variable: bool
    is_guessed: bool = False

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
        if not values:
            self._check_may_be_empty()
        is_scalar = len(values) == 1 and not self.is_variable and "," not in cell
        return np.array(values[0] if is_scalar else values, self.name)

    def _check_may_be_empty(self) -> None:
        if self.is_guessed:
            raise ConfigError(
                f"the cell is empty, but others hold {self.name}: fill it, or where no value is"
                f" meant, say so by the type v{self.name} in dtypes"
            )
        if not self.is_variable:
            raise ConfigError(f"the cell is empty, but {self} needs a value")

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


def guessed_type(cells: Sequence[str]) -> CellType:
    """What all cells are, ``int64``, ``float64`` or else ``str``; with ``v`` if need be.

    Whole numbers are ``int64`` even where they don't fit: as ``float64`` they would lose digits.
    With zeros in front, as in ``007``, they are text. Empty cells tell nothing.

    >>> [str(guessed_type(cells)) for cells in (["1", "", "2"], ["0.5", "1"], ["1,2", "3"])]
    ['int64', 'float64', 'vint64']
    >>> str(guessed_type(["007", "012"]))
    'str'
    """
    filled = [parts for parts in map(_parts, cells) if parts]
    is_variable = len({*map(len, filled)}) > 1
    for name, number in _GUESSES.items():
        if filled and all(number.fullmatch(part) for parts in filled for part in parts):
            return CellType(name, is_variable, is_guessed=True)
    return cell_type("str")


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",")] if cell.strip() else []
