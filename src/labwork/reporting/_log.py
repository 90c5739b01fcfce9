"""The log of a run, for people."""

from labwork.reporting._files import FileSink
from labwork.reporting._sink import Report
from labwork.reporting._text import report_line

__all__ = ["TextLog"]


class TextLog(FileSink):
    """Messages as they are, and a line for each report.

    It holds no times and nothing about the process, so the log of a run that was stopped and
    resumed is bitwise that of the run that was not. What depends on the process is a notice, and
    those go to ``EventLog``.

    Args:
        path: the file, such as ``log.txt``.
    """

    def report(self, report: Report) -> None:
        self._write(report_line(report))

    def message(self, text: str) -> None:
        self._write(text)
