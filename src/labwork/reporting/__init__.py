"""Where reports go: files, terminals, TensorBoard, pictures of learning curves."""

from labwork.reporting._console import Console
from labwork.reporting._contact_sheet import Block, wrap_rows, write_contact_sheet
from labwork.reporting._csv import CSVHistory
from labwork.reporting._curves import draw_curves
from labwork.reporting._events import EventLog
from labwork.reporting._files import FileSink
from labwork.reporting._jsonl import JSONLHistory, read_history
from labwork.reporting._live import LiveDisplay
from labwork.reporting._log import TextLog
from labwork.reporting._rate import RemainingTime, Throughput
from labwork.reporting._reporter import Reporter, Scalar
from labwork.reporting._sink import Progress, Report, Sink
from labwork.reporting._tensorboard import TensorBoard
from labwork.reporting._terminal import terminal_sink
from labwork.reporting._tile import Tile, overlay

__all__ = [
    "Block",
    "CSVHistory",
    "Console",
    "EventLog",
    "FileSink",
    "JSONLHistory",
    "LiveDisplay",
    "Progress",
    "RemainingTime",
    "Report",
    "Reporter",
    "Scalar",
    "Sink",
    "TensorBoard",
    "TextLog",
    "Throughput",
    "Tile",
    "draw_curves",
    "overlay",
    "read_history",
    "terminal_sink",
    "wrap_rows",
    "write_contact_sheet",
]
