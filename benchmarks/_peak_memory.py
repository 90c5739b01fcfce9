"""The memory that a program and its worker processes need at most."""

import subprocess
import sys
from pathlib import Path
from time import sleep

__all__ = ["peak_memory"]

_PAUSE = 0.02  # seconds between two looks


def peak_memory(code: str, *arguments: str) -> float | None:
    """Runs Python code in a fresh process; gives megabytes, or None where there is no /proc.

    Memory that processes share is counted once.

    Raises:
        RuntimeError: where it fails.
    """
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_kilobytes, _family(process.pid))))
        sleep(_PAUSE)
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the program failed:\n{errors.decode()[-3000:]}")
    return peak / 1e3 if peak else None


def _family(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    children = [int(child) for child in _text(path).split()]
    return [process, *(member for child in children for member in _family(child))]


def _kilobytes(process: int) -> int:
    """The proportional set size, which divides what is shared among those who share it."""
    for line in _text(Path(f"/proc/{process}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:  # it has ended meanwhile
        return ""
