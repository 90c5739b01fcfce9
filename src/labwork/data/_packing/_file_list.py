"""File lists: CSV files whose first column names images."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from labwork.core import ConfigError
from labwork.data._packing._cell_types import CellType, cell_type, guessed_type
from labwork.data._packing._file_content import file_content

__all__ = ["FileList", "Row", "read_file_list"]

_LONGEST = 2**31 - 1  # characters of a cell: a sequence may have many frames


class Row(NamedTuple):
    """A row, and the line that it begins on."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class FileList:
    """What a file list says.

    Attributes:
        path: the CSV file.
        names: the keys in its first line.
        rows: all further ones that aren't blank.
        sha256: of the file.
    """

    path: Path
    names: Sequence[str]
    rows: Sequence[Row]
    sha256: str

    def types(self, words: Sequence[str] | None) -> list[CellType]:
        """The types of all columns, the first one's being that of pixels.

        Args:
            words: for all columns, or for all but the first; None to guess them.

        Raises:
            ConfigError: where there are more or fewer of them, or the first one isn't of pixels.
        """
        others = len(self.names) - 1
        if words is None:
            whole = [row for row in self.rows if len(row.cells) == len(self.names)]
            return [cell_type("vuint8"), *(self._guess(whole, i + 1) for i in range(others))]
        types = [cell_type(word) for word in words]
        if len(types) not in (others, others + 1):
            raise ConfigError(
                f"{len(types)} types for {self.path}, whose columns are {', '.join(self.names)}:"
                f" {others + 1}, or {others} without that of the images, are needed"
            )
        if len(types) == others:
            return [cell_type("vuint8"), *types]
        if types[0].name != "uint8":
            raise ConfigError(f"images in {self.path} are uint8 or vuint8, not {types[0]}")
        return types

    def _guess(self, rows: Sequence[Row], column: int) -> CellType:
        return guessed_type([row.cells[column] for row in rows])


def read_file_list(path: Path, delimiter: str = ",", quote: str = '"') -> FileList:
    """Reads a file list.

    Raises:
        ConfigError: where it is missing, empty, isn't UTF-8, has a key twice, or its quotes don't
            match; with the line.
    """
    for name, character in (("delimiter", delimiter), ("quote", quote)):
        if len(character) != 1:
            raise ConfigError(f"{name}={character!r}: one character is needed")
    content = file_content(path, "file list")
    rows = list(_rows(path, _decoded(path, content), delimiter, quote))
    if len(rows) < 2:
        raise ConfigError(f"{path} has no rows: a line of keys, then a line a sample are needed")
    names = [cell.strip() for cell in rows[0].cells]
    _check_names(path, names)
    return FileList(path, names, rows[1:], sha256(content).hexdigest())


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}:{line}: byte {content[error.start]:#04x} isn't UTF-8: save the file as UTF-8"
        ) from None


def _rows(path: Path, text: str, delimiter: str, quote: str) -> Iterator[Row]:
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, strict=True
    )
    line, limit = 1, csv.field_size_limit(_LONGEST)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ConfigError(
            f"{path}:{line}: {error}: a cell that holds {delimiter!r} stands within two {quote},"
            f" and a {quote} in it is doubled"
        ) from None
    finally:
        csv.field_size_limit(limit)


def _check_names(path: Path, names: Sequence[str]) -> None:
    if "" in names:
        raise ConfigError(f"{path}:1: column {names.index('') + 1} has no key")
    twice = [a for a, b in pairwise(sorted(names)) if a == b]
    if twice:
        raise ConfigError(f"{path}:1: the key {twice[0]!r} stands there twice")
