"""Whether files are still those that were packed before it was stopped."""

import numpy as np

from labwork.core import ConfigError
from labwork.data._packing._block import STAMPS
from labwork.data._packing._source import Source
from labwork.data._packing._spool import Spool

__all__ = ["check_unaltered"]


def check_unaltered(source: Source, spool: Spool) -> None:
    """Raises ConfigError where files of samples that are done have changed since."""
    index = 0
    for chunk in spool.rows(STAMPS, 0, spool.state.position):
        for stamp in np.frombuffer(chunk, STAMPS.dtype).tolist():
            if source.stamp(index) != stamp:
                raise ConfigError(
                    f"{source.place(index)}: its file was altered or replaced after it had been"
                    f" packed into {spool.folder}: bring back what it was to go on, or remove that"
                    " folder to start anew"
                )
            index += 1
