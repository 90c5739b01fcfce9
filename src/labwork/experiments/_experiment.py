"""Experiment: a directory, a frozen config, provenance and a trainer."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from labwork.config import differences, escape_references, read_yaml, write_yaml
from labwork.core import (
    ConfigError,
    Every,
    LabworkError,
    Node,
    NonFiniteError,
    StateError,
    describe,
)
from labwork.experiments._provenance import collect_provenance, write_provenance
from labwork.experiments._run_directory import Resume, RunDirectory
from labwork.experiments._splits import divide
from labwork.reporting import (
    CSVHistory,
    EventLog,
    JSONLHistory,
    Progress,
    Reporter,
    Sink,
    TensorBoard,
    TextLog,
    draw_curves,
    read_history,
    terminal_sink,
)
from labwork.runtime import Background, make_deterministic, seed_all, stop_on_signals
from labwork.training import (
    Callback,
    CheckpointManager,
    EvaluateSplits,
    ReportMetrics,
    SaveCheckpoints,
    Trainer,
)

__all__ = ["Experiment"]

# What may differ from launch to launch without any effect on the results.
_FREE = (
    *("device", "workers", "worker_kind", "keep", "tensorboard", "every/checkpoint"),
    *(f"resolved/trainer/{name}" for name in ("device", "worker_count", "worker_kind")),
)


class Experiment(Node):
    """A training that keeps everything in a directory and can be resumed exactly.

    Args:
        directory: where it is kept.
        trainer: the learning algorithm, new.
        data: datasets by name; what each is for follows from its name: see ``divide``.
        resume: None, ``strict``, ``?``, ``best`` or ``restart``; see ``RunDirectory``.
        config: further plain data for the frozen config, such as the strings of a command.
        command: the command that started it, for the provenance; by default the program's.
        report_every: when training metrics are reported.
        eval_every: when the data that is to be watched is evaluated.
        checkpoint_every: when checkpoints are taken, besides those of best scores.
        keep_recent: how many of the newest checkpoints are kept.
        keep_best: how many of the best checkpoints are kept.
        terminal: whether to show progress on standard output.
        tensorboard: whether to write event files for TensorBoard, to ``tensorboard``.
        curves: whether to draw the learning curves in the end, to ``curves.png``.
        sinks: further places for reports, by name.

    Attributes:
        stopped_by: the signal that stopped the last run, or None.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        trainer: Trainer,
        data: Mapping[str, Any],
        *,
        resume: Resume = None,
        config: Mapping[str, Any] | None = None,
        command: Sequence[str] | None = None,
        report_every: Every | str = "1ep",
        eval_every: Every | str = "1ep",
        checkpoint_every: Every | str = "1ep",
        keep_recent: int = 2,
        keep_best: int = 1,
        terminal: bool = True,
        tensorboard: bool = False,
        curves: bool = True,
        sinks: Mapping[str, Sink] | None = None,
    ) -> None:
        self.trainer = trainer
        self.stopped_by: int | None = None
        self._opening = ""
        self._notify: Callable[[str], None] = lambda text: None
        self._directory = RunDirectory(directory, resume)
        self._splits = divide(data)
        self._keep = {"recent": keep_recent, "best": keep_best}
        schedules = {"report": report_every, "eval": eval_every, "checkpoint": checkpoint_every}
        self._every = {name: Every.of(every) for name, every in schedules.items()}
        self._command = list(command if command is not None else sys.argv)
        self._progress = Progress()
        self._shows = {"terminal": terminal, "tensorboard": tensorboard, "curves": curves}
        self._further_sinks = dict(sinks or {})
        self._frozen = self._freeze(describe(dict(config or {})), data)

    @property
    def path(self) -> Path:
        """The directory."""
        return self._directory.path

    def run(self) -> dict[str, dict[str, float]]:
        """Trains, from where an earlier run stopped if that is wanted, then evaluates.

        Returns:
            The metrics of each data set that is kept for the end; empty where the run was stopped.

        Raises:
            RunError: where a run is there but not to be resumed, or the other way round, or it is
                in use.
            ConfigError: where the run that is there has another config.
            CheckpointError: where no checkpoint can be read or one can't be written.
            NonFiniteError: where a loss isn't finite; a checkpoint of the last good state is kept.
        """
        self.stopped_by, self._opening = None, ""
        try:
            return self._run(self._directory)
        except NonFiniteError as error:
            self._keep_last_good(error)
            raise
        finally:
            self.trainer.close()

    def _run(
        self, directory: RunDirectory, until: int | None = None
    ) -> dict[str, dict[str, float]]:
        """Trains, up to step ``until`` if it is given, then evaluates."""
        directory.check()
        with directory.held(), _reporting(self._make_sinks()) as (background, reporter):
            directory.check()  # again, now that no other process can change the answer
            make_deterministic()
            self._notify = reporter.notice
            problems: list[str] = []
            manager = self._make_manager(directory, problems)
            self.trainer.prepare(self._splits.train)
            self._add_callbacks(background, reporter, manager, until)
            self._begin(directory, manager, reporter, problems)
            with stop_on_signals(self._stop):
                self.trainer.train()
            if until is not None:
                return {}
            results = {} if self.stopped_by else self._evaluate_final()
            background.wait()
            self._draw(reporter)
            return results

    def _keep_last_good(self, error: NonFiniteError) -> None:
        """Takes a checkpoint of the last step after which all was finite.

        The step that failed has changed the model's buffers and the random state, so what is in
        memory isn't that state. But a run repeats itself exactly: the last checkpoint leads there.
        Parameters may have been spoilt a step before the loss shows it.
        """
        directory = RunDirectory(self.path, "strict")
        for step in range(error.step or 0, max(0, (error.step or 0) - 3), -1):
            saved = max(
                CheckpointManager(directory.checkpoints, "resume_or_start").steps(), default=0
            )
            if step <= saved:
                return
            self._opening = (
                f"{error}; repeating steps {saved + 1} to {step} to keep the last good state"
            )
            with suppress(NonFiniteError):
                self._run(directory, until=step)
                return

    def _make_sinks(self) -> dict[str, Sink]:
        path = self._directory.path
        sinks: dict[str, Sink] = {
            "history": JSONLHistory(path / "history.jsonl"),
            "table": CSVHistory(path / "history.csv"),
            "log": TextLog(path / "log.txt"),
            "events": EventLog(path / "events.jsonl"),
        }
        if self._shows["tensorboard"]:
            sinks["tensorboard"] = TensorBoard(path / "tensorboard")
        if self._shows["terminal"]:
            sinks["terminal"] = terminal_sink(self._progress, sys.stdout)
        return sinks | self._further_sinks

    def _freeze(self, config: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """The config, with what the run is made of and every default written out."""
        resolved = {
            **config.pop("resolved", {}),
            "data": {name: describe(dataset) for name, dataset in data.items()},
            "trainer": self.trainer.config,
        }
        frozen = {
            **config,
            "every": {name: str(every) for name, every in self._every.items()},
            "keep": dict(self._keep),
            "resolved": resolved,
        }
        return escape_references(frozen)

    def _make_manager(self, directory: RunDirectory, problems: list[str]) -> CheckpointManager:
        if not directory.goes_on:
            directory.clear()
        return CheckpointManager(
            directory.checkpoints,
            "resume" if directory.goes_on else "start",
            higher_is_better=self.trainer.main_metric()[1],
            notify=problems.append,
            keep_recent=self._keep["recent"],
            keep_best=self._keep["best"],
        )

    def _add_callbacks(
        self,
        background: Background,
        reporter: Reporter,
        manager: CheckpointManager,
        until: int | None,
    ) -> None:
        name, higher_is_better = self.trainer.main_metric()
        saving = SaveCheckpoints(
            manager,
            background,
            every=self._every["checkpoint"],
            score=(self._splits.score, name) if self._splits.score and name else None,
            higher_is_better=higher_is_better,
            extra_state=lambda: {"reports": reporter.state_dict()},
        )
        reporting = ReportMetrics(self.trainer, reporter, self._every["report"], self._progress)
        evaluating = EvaluateSplits(self._splits.watched, self._every["eval"])
        for callback in (_StopAt(until), reporting, evaluating, saving):
            callback_name = type(callback).__name__
            if callback_name in self.trainer.callbacks:
                self.trainer.callbacks.remove(callback_name)
            self.trainer.callbacks.add(callback)

    def _begin(
        self,
        directory: RunDirectory,
        manager: CheckpointManager,
        reporter: Reporter,
        problems: list[str],
    ) -> None:
        # Not in the background: a worker forked while git is being started would keep it open.
        provenance = collect_provenance(self._command, self.trainer.seed, Path.cwd())
        if directory.goes_on:
            self._check_config()
            which = "best" if directory.resume == "best" else "last"
            step = self._restore(manager, reporter, which)
            text = self._opening or f"resumed {self.path} from step {step}"
        else:
            seed_all(self.trainer.seed)
            write_yaml(directory.config, self._frozen)
            text = f"started {self.path}"
        self._add_provenance(provenance)
        reporter.open()
        for line in (*problems, text):
            reporter.notice(line)

    def _check_config(self) -> None:
        if not self._directory.config.exists():
            return
        found = differences(read_yaml(self._directory.config), self._frozen, _FREE)
        if found:
            listed = "; ".join(f"{path}: {old!r} there, {new!r} now" for path, old, new in found)
            raise ConfigError(
                f"the run in {self.path} has another config, so it can't be resumed exactly:"
                f" {listed}. Start another run beside it, with another name"
            )

    def _restore(self, manager: CheckpointManager, reporter: Reporter, which: Any) -> int:
        """Puts everything back to where it was at a checkpoint; gives its step."""
        checkpoint = manager.load(which)
        state = {**checkpoint.state["trainer"], "model": checkpoint.state["model"]}
        reports = state.pop("reports", {})
        try:
            self.trainer.load_state_dict(state)
        except LabworkError as error:
            raise StateError(f"{checkpoint.path} is of another experiment: {error}") from error
        # First of all, for else a later checkpoint would expect a longer history than there is.
        manager.discard_after(checkpoint.step)
        reporter.load_state_dict(reports)
        self._restore_history()
        return checkpoint.step

    def _restore_history(self) -> None:
        """Gives the trainer back what it knows of earlier evaluations."""
        history = self.trainer.history
        history.clear()
        for report in read_history(self.path / "history.jsonl"):
            if report.split != "train":
                place = {"epoch": report.epoch, "step": report.step}
                history.add(report.split, values=report.scalars, **place)

    def _add_provenance(self, data: dict[str, Any]) -> None:
        """Keeps what is known of this launch; that of the first one stands on top."""
        path = self.path / "provenance.json"
        if path.exists():
            first = json.loads(path.read_text(encoding="utf-8"))
            data = {**first, "resumed": [*first.get("resumed", []), data]}
        write_provenance(path, data)

    def _stop(self, signal_number: int) -> None:
        self.stopped_by = signal_number
        self.trainer.loop.interrupt()
        name = signal.Signals(signal_number).name
        self._notify(f"{name}: stopping after this step; once more stops at once")

    def _evaluate_final(self) -> dict[str, dict[str, float]]:
        return {name: self.trainer.evaluate(d, name) for name, d in self._splits.final.items()}

    def _draw(self, reporter: Reporter) -> None:
        if not self._shows["curves"]:
            return
        try:
            draw_curves(
                self.path / "history.jsonl", self.path / "curves.png", self._directory.title
            )
        except (ImportError, ValueError, OSError) as error:  # a picture is no reason to fail
            reporter.notice(f"no learning curves: {error}")


class _StopAt(Callback):
    """Ends the training after a step."""

    def __init__(self, until: int | None) -> None:
        self._until = until

    def started(self, trainer: Any) -> None:
        self.step_completed(trainer, None)

    def step_completed(self, trainer: Any, result: Any) -> None:
        if self._until is not None and trainer.loop.step >= self._until:
            trainer.loop.interrupt()


@contextmanager
def _reporting(sinks: Mapping[str, Sink]) -> Iterator[tuple[Background, Reporter]]:
    """A background thread and a reporter, whose sinks are closed in the end, however it comes."""
    background = Background()
    reporter = Reporter(sinks, background.submit)
    try:
        with background:
            yield background, reporter
            reporter.close()
    except BaseException:
        with suppress(Exception):  # the error that is under way is the one to tell
            reporter.close_now()
        raise
