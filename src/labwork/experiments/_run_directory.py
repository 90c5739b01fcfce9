"""RunDirectory: the place of one run, held by one process at a time."""

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from labwork.core import ConfigError, RunError, ensure_directory

__all__ = ["Resume", "RunDirectory"]

Resume = Literal["strict", "?", "best", "restart"] | None

_DELETED = ".deleted-"

_OURS = (
    "checkpoints",  # first: without them, what is left is no run
    "config.yaml",
    "provenance.json",
    "history.jsonl",
    "history.csv",
    "log.txt",
    "events.jsonl",
    "curves.png",
    "evaluations",
    "tensorboard",
)


class RunDirectory:
    """The place of one run.

    Args:
        path: the directory; it is made when the run begins.
        resume: None to start a run where there is none, ``strict`` to go on with one that is
            there, ``?`` to do what is possible, ``best`` to go on from its best checkpoint,
            ``restart`` to delete it and start anew.

    Raises:
        ConfigError: where ``resume`` is something else.
    """

    def __init__(self, path: str | os.PathLike[str], resume: Resume = None) -> None:
        if resume not in (None, "strict", "?", "best", "restart"):
            raise ConfigError(f"resume={resume!r} is unknown; write strict, ?, best or restart")
        self.path = Path(path).absolute()
        self.resume = resume

    @property
    def title(self) -> str:
        """What the run is called on a picture."""
        named = [part for part in self.path.parts if part != "_"]
        return named[-1]

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints are."""
        return self.path / "checkpoints"

    @property
    def config(self) -> Path:
        """The frozen config."""
        return self.path / "config.yaml"

    @property
    def holds_run(self) -> bool:
        """Whether a run was begun here."""
        return self.config.exists() or self.holds_checkpoints

    @property
    def holds_checkpoints(self) -> bool:
        """Whether a run left checkpoints here, whole or broken."""
        found = self.checkpoints.iterdir() if self.checkpoints.is_dir() else iter(())
        return any(path.name.removeprefix(".replaced-").isdecimal() for path in found)

    @property
    def goes_on(self) -> bool:
        """Whether a run that is there is gone on with."""
        return self.resume not in (None, "restart") and self.holds_checkpoints

    def check(self) -> None:
        """Makes sure that what is asked for fits what is there.

        Raises:
            RunError: where a run would be started over another one, or there is none to resume.
        """
        self._check_place()
        if self.resume is None and self.holds_checkpoints:
            raise RunError(
                f"there is a run in {self.path}; go on with it (-r), delete it and start anew"
                " (-r restart), or start another one beside it (-e NAME, or -n NAME of labwork run)"
            )
        if self.resume == "strict" and not self.holds_run:
            raise RunError(f"there is no run to resume in {self.path}; start it without -r")
        if self.resume == "best" and not self.holds_checkpoints:
            raise RunError(f"there is no checkpoint to resume from in {self.path}")
        history = self.path / "history.jsonl"
        lost = history.exists() and history.stat().st_size > 0 and not self.holds_checkpoints
        if lost and self.resume != "restart":
            raise RunError(
                f"the run in {self.path} has a history but no checkpoints any more; put them back,"
                " or delete it and start anew (-r restart)"
            )

    def _check_place(self) -> None:
        """Keeps runs apart: what lies within another one would be deleted along with it."""
        if self.path.name in _OURS:
            raise RunError(f"a run can't be called {self.path.name}; runs have files of this name")
        for parent in self.path.parents:
            if (parent / "config.yaml").exists() and (parent / "checkpoints").is_dir():
                raise RunError(f"{self.path} lies within the run {parent}; choose another name")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Makes the directory and keeps other processes out until the end, however it comes.

        Raises:
            RunError: where another run holds the directory.
            ConfigError: where the directory can't be made or written.
        """
        ensure_directory(self.path, "LABWORK_EXPERIMENTS")
        place = self.path.resolve()
        if place in _HELD:
            raise RunError(f"{self.path} is in use by another run of this process")
        with (self.path / ".lock").open("a+") as file:
            # A record lock ends with the process, kill -9 included, and a loader's workers,
            # which may outlive it by seconds, don't inherit it.
            _lock(file, self.path)
            _HELD.add(place)
            try:
                for leftover in self.path.glob(f"{_DELETED}*"):
                    shutil.rmtree(leftover, ignore_errors=True)
                yield
            finally:
                _HELD.discard(place)

    def clear(self) -> None:
        """Deletes what a run left here, and nothing else."""
        for name in _OURS:
            path, trash = self.path / name, self.path / f"{_DELETED}{name}"
            if path.is_dir() and not path.is_symlink():
                # Out of sight at once, so that a kill leaves a whole directory or none.
                shutil.rmtree(trash, ignore_errors=True)
                path.rename(trash)
                shutil.rmtree(trash)
            else:
                path.unlink(missing_ok=True)


_HELD: set[Path] = set()  # record locks don't keep out the process that holds them


def _lock(file: IO[str], path: Path) -> None:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            raise RunError(
                f"{path} can't be locked ({error.strerror}); choose another disk"
            ) from error
        file.seek(0)
        holder = file.read().strip() or "another process"
        raise RunError(f"{path} is in use by {holder}; wait, or choose another name") from error
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    file.flush()
