"""What happened to the processes of a run."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
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
        if self.path.read_bytes()[-1:] not in (b"", b"\n"):
            self._write("")  # a kill tore the last line: it must not swallow the next

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
