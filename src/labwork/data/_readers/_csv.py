"""CSV: a line of names, then a line for each sample."""

import csv
import io
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._readers._format import Format
from labwork.data._readers._source import Source
from labwork.data._readers._text import read_text

__all__ = ["CSV"]

# A number with a leading zero is a code, such as a postal one.
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(
    r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf)", re.I
)


def _read(source: Source) -> dict[str, NDArray[Any]]:
    names, *rows = _rows(source)
    cells = zip(*rows, strict=True) if rows else [()] * len(names)
    return dict(zip(names, map(_typed, cells), strict=True))


def _rows(source: Source) -> list[list[str]]:
    delimiter = "\t" if source.path.suffix.lower() == ".tsv" else ","
    lines = csv.reader(io.StringIO(read_text(source), newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    start = 1
    try:
        for row in lines:
            if row:
                _check(row, rows, start, source)
                rows.append(row)
            start = lines.line_num + 1
    except csv.Error as error:
        raise source.error(
            f'line {start}: {error}; a cell with quotes in it is written as "a ""b"" c"'
        ) from error
    if not rows:
        raise source.error("it has no line; the first one holds the names of the columns")
    return rows


def _check(row: list[str], above: list[list[str]], line: int, source: Source) -> None:
    if not above:
        _check_names(row, source)
    elif len(row) != len(above[0]):
        raise source.error(
            f"line {line} has {len(row)} cells, but line 1 has {len(above[0])} names; put a cell"
            " that holds a comma in quotes"
        )


def _check_names(names: list[str], source: Source) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise source.error(f"line 1: two columns have the name {twice!r}; rename one")
    if all(_NUMBER.fullmatch(name) for name in names):
        raise source.error(
            "line 1 holds numbers, and the names of the columns should be there; write them above"
        )


def _typed(cells: tuple[str, ...]) -> NDArray[Any]:
    """Numbers where all cells are numbers, empty ones being NaN; else text."""
    if cells and all(map(_INTEGER.fullmatch, cells)):
        return np.array(list(map(int, cells)), np.int64)
    if any(cells) and all(not cell or _NUMBER.fullmatch(cell) for cell in cells):
        return np.array([float(cell or "nan") for cell in cells])
    return np.array(cells, np.str_)


CSV = Format("CSV", (".csv", ".tsv"), _read)
