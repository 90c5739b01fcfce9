"""The history of a run as a tidy table."""

import csv
import io
from collections.abc import Sequence

from labwork.reporting._files import FileSink
from labwork.reporting._sink import Report

__all__ = ["CSVHistory"]

COLUMNS = ("split", "epoch", "step", "name", "value")


class CSVHistory(FileSink):
    """One row for each scalar: split, epoch, step, name, value.

    Tables, spreadsheets and ``pandas.read_csv`` take this form as it is, whichever splits report
    whichever scalars. Values are written with as many digits as it takes to read them back bit
    by bit.

    Args:
        path: the file, such as ``history.csv``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     history = CSVHistory(f"{directory}/history.csv")
    ...     history.open()
    ...     history.report(Report("val", epoch=1, step=50, scalars={"loss": 0.25, "top1": 0.5}))
    ...     print(history.path.read_text(), end="")
    ...     history.close()
    split,epoch,step,name,value
    val,1,50,loss,0.25
    val,1,50,top1,0.5
    """

    def open(self) -> None:
        super().open()
        if self.path.stat().st_size == 0:
            self._write(_row(COLUMNS))

    def report(self, report: Report) -> None:
        if report.scalars:
            start = (report.split, report.epoch, report.step)
            rows = [_row((*start, n, repr(float(v)))) for n, v in report.scalars.items()]
            self._write("\n".join(rows))


def _row(values: Sequence[object]) -> str:
    """Joins values; those that hold what could be read as the end of a row are quoted."""
    row = io.StringIO()
    # With "\n" as terminator, csv would leave a lone "\r" in a value unquoted.
    csv.writer(row, lineterminator="\r\n").writerow(values)
    return row.getvalue().removesuffix("\r\n")
