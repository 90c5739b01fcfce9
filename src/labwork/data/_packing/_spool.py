"""The spool: what is packed so far, in files that only grow, so that packing can go on."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import IO, Any

from labwork.core import ConfigError, RunError
from labwork.data._packing._block import STAMPS, Block
from labwork.data._packing._column import Column, Member
from labwork.data._packing._spool_state import State, has_state, read_state, write_state

__all__ = ["Spool", "opened_spool"]

_SECONDS = 0.75  # between two commits, and what is left of a block


class Spool:
    """One growing file for each array; what isn't committed is cut off when it is opened again.

    Use ``opened_spool``.
    """

    def __init__(self, folder: Path, columns: Sequence[Column], state: State) -> None:
        self.folder, self.state = folder, state
        members = [member for column in columns for member in column.members.values()]
        every = enumerate([*members, STAMPS])
        self._paths = {m.name: folder / f"{i}.spool" for i, m in every}
        self._files: dict[str, IO[bytes]] = {}
        self._identity: Mapping[str, Any] = {}
        self._committed = monotonic()

    def append(self, block: Block) -> None:
        """Adds a block; about once a second, all is committed."""
        for name, content in block.parts.items():
            self._files[name].write(content)
        self.state = self.state.after(block)  # at once: we may be interrupted anywhere
        if monotonic() - self._committed > _SECONDS:
            self.commit()

    def commit(self) -> None:
        """Sees to it that all is on the disk."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        write_state(self.folder, self._identity, self.state)
        self._committed = monotonic()

    def leave(self) -> None:
        """Commits on the way out, save for what hardly began, which may be begun otherwise."""
        if has_state(self.folder) or monotonic() - self._committed > _SECONDS:
            self.commit()

    def rows(self, member: Member, start: int, stop: int) -> Iterator[bytes]:
        """What stands from ``start`` to ``stop - 1`` in an array, by chunks of whole rows."""
        size = member.row_bytes
        chunk = max(1, 2**22 // max(1, size)) * size
        left = (stop - start) * size
        with self._paths[member.name].open("rb") as file:
            file.seek(start * size)
            while left:
                content = file.read(min(chunk, left))
                assert content
                left -= len(content)
                yield content

    def open(self, identity: Mapping[str, Any]) -> None:
        """Cuts the files to what was committed, and opens them."""
        self._identity = identity
        for name, path in self._paths.items():
            file = self._files[name] = path.open("ab")
            file.truncate(self.state.sizes.get(name, 0))

    def close(self) -> None:
        """Closes the files; what counts was committed before."""
        for file in self._files.values():
            with suppress(OSError):  # of a full disk, which was told already
                file.close()


@contextmanager
def opened_spool(
    folder: Path, columns: Sequence[Column], identity: Mapping[str, Any]
) -> Iterator[Spool]:
    """The spool in ``folder``, a new one or that which was left there.

    Args:
        folder: where it is; made if need be.
        columns: what is packed.
        identity: plain data that tells what is packed, and how, from all else.

    Raises:
        ConfigError: where what was left there is something else.
        RunError: where another process is writing it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder.parent} can't be written: {error.strerror}") from error
    with (folder / "lock").open("a") as lock:
        _lock(lock, folder)
        plain = json.loads(json.dumps(identity))
        spool = Spool(folder, columns, read_state(folder, plain))
        spool.open(plain)
        try:
            yield spool
        finally:
            spool.close()


def _lock(file: IO[str], folder: Path) -> None:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # processes that are forked have it not
    except OSError as error:
        raise RunError(f"another process is packing into {folder}; wait for it") from error
