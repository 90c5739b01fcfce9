"""How much of packing is done, of both its parts."""

from collections.abc import Callable

__all__ = ["Meter", "Progress"]

Progress = Callable[[int, int], None]

_ENCODING = 0.75  # of all: files are written faster than images are decoded and encoded


class Meter:
    """Tells how many samples are done, counting one that is encoded but not written as a part.

    So the numbers grow until all is done, and time can be told from them.

    Args:
        progress: is told what is done, and of how much, whenever that changes.
        total: all samples.

    >>> meter = Meter(print, 8)
    >>> meter.encoded(4)
    3 8
    >>> meter.written(50, 100)
    7 8
    >>> meter.finish()
    8 8
    """

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total = progress, total
        self._told = -1
        self._written = 0

    def encoded(self, count: int) -> None:
        """So many samples are encoded, and no file is written."""
        self._tell(int(_ENCODING * count))

    def written(self, size: int, total_size: int) -> None:
        """So many more bytes are in files, of all that have to be."""
        self._written += size
        share = _ENCODING + (1 - _ENCODING) * self._written / total_size
        self._tell(min(self._total - 1, int(share * self._total)))

    def finish(self) -> None:
        """All is done."""
        self._tell(self._total)

    def _tell(self, done: int) -> None:
        if self._progress is not None and done > self._told:
            self._told = done
            self._progress(done, self._total)
