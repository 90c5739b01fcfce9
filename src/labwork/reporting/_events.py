"""What happened to the processes of a run."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labwork.reporting._files import FileSink
from labwork.reporting._sink import Report

__all__ = ["EventLog"]


class EventLog(FileSink):
    """One line of JSON for each notice: time (UTC), pid, text.

    It tells of all launches of a run, so unlike other files it is neither emptied by a fresh
    start nor cut back by a resume. It takes no part in the results.

    Args:
        path: the file, such as ``events.jsonl``.
    """

    def open(self) -> None:
        self._size = 0  # keeps what is there
        super().open()
        if _is_torn(self.path):
            self._write("")  # the line that a kill tore must not swallow the next

    def report(self, report: Report) -> None:
        """Does nothing: reports are no events."""

    def notice(self, text: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._write(json.dumps({"time": now, "pid": os.getpid(), "text": text}))

    def state_dict(self) -> dict[str, Any]:
        super().state_dict()
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Does nothing: what happened stays."""


def _is_torn(path: Path) -> bool:
    """Whether the last line has no newline."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
