"""Scalars for TensorBoard."""

import os
from collections.abc import Mapping
from typing import Any

from labwork.core import import_extra
from labwork.reporting._sink import Report, Sink

__all__ = ["TensorBoard"]


class TensorBoard(Sink):
    """Writes each scalar as ``<name>/<split>`` by step, so that splits share a group of plots.

    Event files are not cut back. A new one tells TensorBoard from which step on to forget what
    the earlier ones hold: all of it for a fresh run, what came after the state for a resumed one.

    Args:
        directory: where event files go, such as ``tensorboard``.

    Raises:
        ConfigError: TensorBoard is not installed.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        import_extra("tensorboard", "The TensorBoard sink")
        self._directory = os.fspath(directory)
        self._writer: Any = None
        self._step = -1

    def open(self) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(self._directory, purge_step=self._step + 1)

    def report(self, report: Report) -> None:
        for name, value in report.scalars.items():
            self._writer.add_scalar(f"{name}/{report.split}", value, report.step)
        self._step = report.step

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def state_dict(self) -> dict[str, Any]:
        """The last step reported, with everything up to there on its way to the disk."""
        if self._writer is not None:
            self._writer.flush()
        return {"step": self._step}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Forgets, when it is opened, what was reported at later steps."""
        self._step = int(state["step"])
