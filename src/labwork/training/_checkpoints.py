"""CheckpointManager: which checkpoints there are, which are kept, and which one is loaded."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from labwork.core import CheckpointError, ConfigError, RunError
from labwork.training._checkpoint_files import (
    UNFINISHED,
    Checkpoint,
    load_checkpoint,
    read_manifest,
    recover,
    remove_tree,
    write_checkpoint,
)

__all__ = ["CheckpointManager"]

_DISCARDED = ".discarded-"

Mode = Literal["start", "resume", "resume_or_start", "restart"]


class CheckpointManager:
    """Writes, verifies, keeps and finds the checkpoints in a directory.

    A checkpoint is a directory named for its step; ``last`` and ``best`` are links to two of
    them, for people. A checkpoint that is broken is passed over for the newest one before it.

    Args:
        directory: where the checkpoints are; made when the first is written.
        mode: ``start`` demands that there be none, ``resume`` that there be one, which then has
            to be loaded before anything is saved; ``resume_or_start`` takes both; ``restart``
            removes those that are there.
        keep_recent: how many of the newest are kept, 1 or more.
        keep_best: how many of those with the best scores are kept besides, 0 or more.
        higher_is_better: the direction of better scores.
        notify: called with one line when a broken checkpoint is passed over.

    Raises:
        RunError: where the mode doesn't fit what is there.

    >>> import tempfile, torch
    >>> manager = CheckpointManager(Path(tempfile.mkdtemp()), keep_recent=2, keep_best=2)
    >>> for step, score in enumerate([2, 4, 3, 2, 1, 0]):
    ...     _ = manager.save({"model": torch.zeros(1)}, step=step, score=score)
    >>> manager.steps()
    [1, 2, 4, 5]
    >>> manager.load("best").step
    1
    """

    def __init__(
        self,
        directory: Path,
        mode: Mode = "start",
        *,
        keep_recent: int = 2,
        keep_best: int = 1,
        higher_is_better: bool = True,
        notify: Callable[[str], None] = lambda line: None,
    ) -> None:
        if keep_recent < 1 or keep_best < 0:
            raise ConfigError(f"{keep_recent=} must be 1 or more, {keep_best=} 0 or more")
        self.directory = Path(directory)
        self._keep_recent, self._keep_best = keep_recent, keep_best
        self._sign = 1 if higher_is_better else -1
        self._notify = notify
        self._known_scores: dict[Path, float | None] = {}  # of manifests that were read or written
        self._must_load = self._enter(mode)

    def steps(self) -> list[int]:
        """The steps of the checkpoints that are there, broken or not, ascending."""
        if not self.directory.is_dir():
            return []
        return sorted(int(p.name) for p in self.directory.iterdir() if p.name.isdecimal())

    def save(
        self,
        state: Mapping[str, Any],
        *,
        step: int,
        score: float | None = None,
        summary: Mapping[str, Any] | None = None,
    ) -> Path:
        """Writes a checkpoint, then removes those that need not be kept.

        Args:
            state: parts by name, of tensors and plain data; each becomes a file.
            step: completed steps; a checkpoint of the same step is replaced.
            score: what it is ranked by; without one it is never among the best.
            summary: plain facts to find in the manifest.

        Raises:
            CheckpointError: where it can't be written.
            RunError: where the mode is ``resume`` and nothing was loaded yet.
        """
        if self._must_load:
            raise RunError(f"{self.directory}: load a checkpoint before saving (mode 'resume')")
        path = write_checkpoint(
            self.directory, state, step=step, score=score, summary=summary or {}
        )
        self._known_scores[path] = score
        self._remove_superfluous()
        return path

    def load(
        self, which: Literal["last", "best"] = "last", parts: list[str] | None = None
    ) -> Checkpoint:
        """Loads the newest or the best checkpoint that is whole.

        Args:
            which: ``last`` or ``best``.
            parts: the parts of the state that are wanted; all by default.

        Raises:
            CheckpointError: where none is whole; the reasons are given.
        """
        problems: list[str] = []
        for path in self._candidates(which, problems):
            try:
                checkpoint = load_checkpoint(path, parts)
            except CheckpointError as error:
                problems.append(str(error))
                continue
            self._tell(problems, checkpoint)
            self._must_load = False
            return checkpoint
        found = "; ".join(problems) or f"there is none in {self.directory}"
        raise CheckpointError(f"no {which} checkpoint can be loaded: {found}")

    def discard_after(self, step: int) -> None:
        """Sets aside the checkpoints after ``step``: they are broken, or of another future.

        They are hidden at once, as ``.discarded-<step>``, and removed when the next is saved.
        """
        too_late = [s for s in self.steps() if s > step]
        for later in too_late:
            discarded = self.directory / f"{_DISCARDED}{later}"
            remove_tree(discarded)
            (self.directory / str(later)).rename(discarded)
        if too_late:
            self._point()
        else:
            self._remove_superfluous()  # what a kill left

    def _enter(self, mode: Mode) -> bool:
        """Does what ``mode`` demands; gives whether loading has to come first."""
        recover(self.directory)
        if mode == "restart":
            self.discard_after(-1)
        present = self.steps()
        if mode == "start" and present:
            raise RunError(
                f"{self.directory} holds checkpoints up to step {present[-1]}; resume them"
                " (-r), or start anew and delete them (-r restart)"
            )
        if mode == "resume" and not present:
            raise RunError(f"{self.directory} holds no checkpoint to resume")
        if mode not in ("start", "resume", "resume_or_start", "restart"):
            raise ConfigError(f"checkpoint mode {mode!r} is unknown")
        return bool(present)

    def _candidates(self, which: str, problems: list[str]) -> list[Path]:
        """The checkpoints in the order in which they are to be tried."""
        if which == "last":
            return [self.directory / str(step) for step in reversed(self.steps())]
        return self._best(len(self.steps()), problems)

    def _scores(self, problems: list[str] | None = None) -> dict[Path, float]:
        """The scores, higher being better, of the checkpoints that have one, oldest first."""
        scores: dict[Path, float] = {}
        for step in self.steps():
            path = self.directory / str(step)
            try:
                if path not in self._known_scores:
                    self._known_scores[path] = read_manifest(path)["score"]
            except CheckpointError as error:
                if problems is not None:
                    problems.append(str(error))
                continue
            score = self._known_scores[path]
            if score is not None:
                scores[path] = self._sign * score
        return scores

    def _tell(self, problems: list[str], checkpoint: Checkpoint) -> None:
        if problems:
            self._notify(f"{'; '.join(problems)}; falling back to step {checkpoint.step}")

    def _best(self, count: int, problems: list[str] | None = None) -> list[Path]:
        scores = self._scores(problems)
        return sorted(scores, key=lambda path: -scores[path])[:count]  # of equals the oldest

    def _remove_superfluous(self) -> None:
        recent = [self.directory / str(step) for step in self.steps()[-self._keep_recent :]]
        kept = {*recent, *self._best(self._keep_best)}
        for step in self.steps():
            if self.directory / str(step) not in kept:
                remove_tree(self.directory / str(step))
        for kind in (UNFINISHED, _DISCARDED):
            for leftover in self.directory.glob(f"{kind}*"):
                remove_tree(leftover)
        self._point()

    def _point(self) -> None:
        """Makes the links ``last`` and ``best``; where they can't be made, nothing misses them."""
        with suppress(OSError):
            self._link()

    def _link(self) -> None:
        last = [self.directory / str(step) for step in self.steps()[-1:]]
        for name, targets in (("last", last), ("best", self._best(1))):
            link = self.directory / name
            if targets:
                fresh = self.directory / f".{name}"
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(targets[0].name)
                fresh.replace(link)
            else:
                link.unlink(missing_ok=True)
