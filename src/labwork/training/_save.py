"""SaveCheckpoints: checkpoints on a schedule, written beside the training."""

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from labwork.core import Every
from labwork.runtime import Background, take_snapshot
from labwork.training._callback import Callback
from labwork.training._checkpoints import CheckpointManager
from labwork.training._finite import require_finite

__all__ = ["SaveCheckpoints"]

_MOST_WAITING = 2  # copies of the state that wait in memory for a slow disk


class SaveCheckpoints(Callback):
    """Takes checkpoints from time to time, after each best score, and when training ends.

    Training waits for a copy of the tensors only: writing is a job for the background. To be
    added after all callbacks that have a part in the state.

    Args:
        manager: what writes them.
        background: where they are written.
        every: when.
        score: the split and the metric that a checkpoint is ranked by, or None.
        higher_is_better: the direction of better scores.
        extra_state: called in the background, just before writing, for further parts of the
            state, such as how far the reports are written.
    """

    state_fields = ("best_score",)

    def __init__(
        self,
        manager: CheckpointManager,
        background: Background,
        *,
        every: Every | str = "1ep",
        score: tuple[str, str] | None = None,
        higher_is_better: bool = True,
        extra_state: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.best_score: float | None = None
        self._manager, self._background = manager, background
        self._every = Every.of(every)
        self._by_steps = self._every.unit == "it"
        self._score_of, self._sign = score, 1 if higher_is_better else -1
        self._extra_state = extra_state
        self._score: float | None = None
        self._is_new_best = False
        self._saved_at: tuple[int, int] | None = None
        self._waiting: deque[threading.Event] = deque()

    def started(self, trainer: Any) -> None:
        """Takes a checkpoint of a training that hasn't begun, so that there always is one."""
        if trainer.loop.step == 0:
            self.save(trainer)
        else:
            self._saved_at = _place(trainer)  # it comes from a checkpoint

    def evaluated(self, trainer: Any, split: str, results: Mapping[str, float]) -> None:
        """Notes the score."""
        if self._score_of is None or split != self._score_of[0]:
            return
        score = results[self._score_of[1]]
        if not math.isfinite(score):
            return
        self._score = score
        if self.best_score is None or self._sign * score > self._sign * self.best_score:
            self.best_score, self._is_new_best = score, True

    def step_completed(self, trainer: Any, result: Any) -> None:
        """Takes a checkpoint where one is due; tells of a job in the background that failed."""
        if self._background.error is not None:
            self._background.check()
        is_due = self._by_steps and self._every.is_due_at_step(trainer.loop.step)
        if is_due or self._score is not None:
            if is_due or self._is_new_best:
                self.save(trainer)
            self._score = None

    def epoch_completed(self, trainer: Any) -> None:
        """Takes a checkpoint where one is due."""
        if self._every.is_due_at_epoch(trainer.loop.epoch) or self._is_new_best:
            self.save(trainer)
        self._score = None

    def completed(self, trainer: Any) -> None:
        """Takes a last checkpoint, unless there is one."""
        if self._saved_at != _place(trainer) or self._score is not None:
            self.save(trainer)

    def interrupted(self, trainer: Any) -> None:
        """Takes a checkpoint of where the training was stopped."""
        self.completed(trainer)

    def save(self, trainer: Any) -> None:
        """Takes a checkpoint now; it is checked and written in the background.

        A state with parameters that aren't finite is not written: the background then has a
        ``NonFiniteError`` to tell of, unless the trainer was told to ignore them. Where two
        checkpoints wait to be written already, it waits for the first of them.

        Raises:
            StateError: where a part of the state couldn't be loaded again.
        """
        self._wait_for_room()
        self._saved_at, self._is_new_best = _place(trainer), False
        facts = {"step": trainer.loop.step, "score": self._score}
        facts["summary"] = {"epoch": trainer.loop.epoch, "epoch_step": trainer.loop.epoch_step}
        self._score = None
        check = self._make_check(trainer)
        snapshot = take_snapshot(trainer.state_dict())
        written = threading.Event()
        self._waiting.append(written)

        def write() -> None:
            state = snapshot.wait()
            check(state)
            # Two files: what others want of it, and all else. Small files cost more than they hold.
            parts = {"model": state.pop("model"), "trainer": {**state, **self._extra_state()}}
            self._manager.save(parts, **facts)
            written.set()

        self._background.submit(write)

    def _make_check(self, trainer: Any) -> Callable[[Mapping[str, Any]], None]:
        guard, step = trainer.update.guard, trainer.loop.step
        names = [name for name, _ in trainer.model.named_parameters()]
        check_losses = guard.take_check()

        def check(state: Mapping[str, Any]) -> None:
            check_losses()
            if guard.mode != "ignore":
                require_finite({name: state["model"][name] for name in names}, step)

        return check

    def _wait_for_room(self) -> None:
        while self._waiting and self._waiting[0].is_set():
            self._waiting.popleft()
        while len(self._waiting) >= _MOST_WAITING and not self._waiting[0].wait(timeout=0.1):
            self._background.check()


def _place(trainer: Any) -> tuple[int, int]:
    return trainer.loop.step, trainer.loop.epoch
