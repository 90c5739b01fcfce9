"""The history of a run as lines of JSON."""

import json
import math
import os
from pathlib import Path
from typing import Any, NoReturn

from labwork.reporting._files import FileSink
from labwork.reporting._sink import Report

__all__ = ["JSONLHistory", "read_history"]


class JSONLHistory(FileSink):
    """One line of strict JSON for each report: split, epoch, step, scalars.

    JSON has no NaN and no infinity, so these are the strings ``"nan"``, ``"inf"`` and ``"-inf"``.
    All other numbers read back bit by bit.

    Args:
        path: the file, such as ``history.jsonl``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     history = JSONLHistory(f"{directory}/history.jsonl")
    ...     history.open()
    ...     history.report(Report("val", epoch=1, step=50, scalars={"loss": 0.25}))
    ...     print(history.path.read_text(), end="")
    ...     history.close()
    {"split": "val", "epoch": 1, "step": 50, "scalars": {"loss": 0.25}}
    """

    def report(self, report: Report) -> None:
        scalars = {name: _to_json(value) for name, value in report.scalars.items()}
        line = {"split": report.split, "epoch": report.epoch, "step": report.step}
        self._write(json.dumps({**line, "scalars": scalars}, allow_nan=False))


def read_history(path: str | os.PathLike[str]) -> list[Report]:
    """Reads what a ``JSONLHistory`` wrote, also while the run goes on.

    A last line without its newline is still being written, or was torn by a kill, and is left
    out.

    Args:
        path: the file.

    Returns:
        the reports, oldest first.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is no report; the message names file and line.
    """
    *lines, _ = Path(path).read_bytes().split(b"\n")
    return [_parse(line, f"{os.fspath(path)}:{n}") for n, line in enumerate(lines, start=1)]


def _to_json(value: float) -> float | str:
    return float(value) if math.isfinite(value) else str(float(value))


def _parse(line: bytes, place: str) -> Report:
    try:
        fields = json.loads(line, parse_constant=_refuse)
        return _report(**fields)
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError(
            f"{place}: not a report ({error}); a report looks like "
            '{"split": "val", "epoch": 1, "step": 50, "scalars": {"loss": 0.25}}'
        ) from error


def _report(split: str, epoch: int, step: int, scalars: dict[str, Any]) -> Report:
    expected = {"split": str, "epoch": int, "step": int, "scalars": dict}
    for (name, kind), value in zip(expected.items(), (split, epoch, step, scalars), strict=True):
        if type(value) is not kind:
            raise ValueError(f"{name} is {value!r}, which should be of type {kind.__name__}")
    return Report(split, epoch, step, {n: _to_float(n, v) for n, v in scalars.items()})


def _to_float(name: str, value: Any) -> float:
    if type(value) in (int, float) or value in ("nan", "inf", "-inf"):
        return float(value)
    raise ValueError(f"scalar {name!r} is {value!r}, which is no number")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f'{constant} is not JSON; it should be "{constant.lower()}" in quotes')
