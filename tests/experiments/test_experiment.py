"""Experiment and RunDirectory: what is in a run's directory, and who may go on with it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from labwork.config import read_yaml
from labwork.core import CheckpointError, ConfigError, NonFiniteError, RunError
from labwork.data import ArrayDataset
from labwork.experiments import Experiment, RunDirectory
from labwork.experiments._splits import divide
from labwork.reporting import Report, Sink, read_history
from labwork.training import CheckpointManager, MeanLoss, OptimizerMaker, Trainer


def make_data(count: int, seed: int) -> ArrayDataset:
    generator = torch.Generator().manual_seed(seed)
    image = torch.randn(count, 3, generator=generator)
    return ArrayDataset(image=image, label=(image.sum(1) > 0).long())


DATA = {"train": make_data(20, 0), "val": make_data(9, 1), "test": make_data(8, 2)}


def make_trainer(model: nn.Module | None = None, **arguments: Any) -> Trainer:
    torch.manual_seed(0)
    defaults = {
        "loss": nn.functional.cross_entropy,
        "optimizer_f": OptimizerMaker(torch.optim.SGD, lr=0.1),
        "epoch_count": 3,
        "batch_size": 5,
    }
    return Trainer(model or nn.Linear(3, 2), **{**defaults, **arguments})


class Stop:
    """Stops a run after a step, as a signal would."""

    def __init__(self, step: int) -> None:
        self._step = step

    def step_completed(self, trainer: Trainer, result: Any) -> None:
        if trainer.loop.step == self._step:
            trainer.loop.interrupt()


Make = Callable[..., Experiment]


@pytest.fixture
def make(data_folder: Path) -> Make:
    """Makes an experiment in ``data/run``."""

    def new(
        resume: Any = None,
        data: Any = DATA,
        stop_at: int = 0,
        model: nn.Module | None = None,
        trainer: Any = (),
        **settings: Any,
    ) -> Experiment:
        learner = make_trainer(model, **dict(trainer))
        if stop_at:
            learner.callbacks.add(Stop(stop_at))
        settings = {"terminal": False, "curves": False, "command": ["labwork", "a b"], **settings}
        return Experiment(data_folder / "run", learner, data, resume=resume, **settings)

    return new


def reports(experiment: Experiment, split: str) -> list[Report]:
    return [r for r in read_history(experiment.path / "history.jsonl") if r.split == split]


def weights(experiment: Experiment) -> torch.Tensor:
    return experiment.trainer.model.weight.detach().clone()


def notices(experiment: Experiment) -> list[str]:
    lines = (experiment.path / "events.jsonl").read_text().splitlines()
    return [json.loads(line)["text"] for line in lines]


def contents(directory: Path) -> dict[str, Any]:
    """All files but the lock, which says who held it."""
    files = [p for p in directory.rglob("*") if p.is_file() and p.name != ".lock"]
    return {str(p): p.read_bytes() for p in files}


def test_directory_holds_what_happened(make: Make):
    experiment = make(config={"note": "first"}, curves=True)
    results = experiment.run()
    assert list(results) == ["test"]
    assert reports(experiment, "test") == [Report("test", 3, 12, results["test"])]
    assert [(r.epoch, r.step) for r in reports(experiment, "train")] == [(1, 4), (2, 8), (3, 12)]
    assert set(reports(experiment, "train")[0].scalars) == {"accuracy", "loss", "lr"}
    assert [r.step for r in reports(experiment, "val")] == [4, 8, 12]
    config = read_yaml(experiment.path / "config.yaml")
    assert config["note"] == "first"
    assert config["resolved"]["trainer"]["epoch_count"] == 3
    assert config["resolved"]["trainer"]["clip_norm"] is None
    assert list(config["resolved"]["data"]) == ["train", "val", "test"]
    provenance = json.loads((experiment.path / "provenance.json").read_text())
    assert provenance["command"]["text"] == "labwork 'a b'"
    log = (experiment.path / "log.txt").read_text().splitlines()
    assert len(log) == 7
    assert "val" in log[1]
    assert len((experiment.path / "history.csv").read_text().splitlines()) == 1 + 3 * 3 + 4 * 2
    assert notices(experiment) == [f"started {experiment.path}"]
    assert (experiment.path / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_best_checkpoint_has_the_best_score_of_the_first_validation_data(make: Make):
    experiment = make(keep_best=1, keep_recent=1)
    experiment.run()
    best = max(reports(experiment, "val"), key=lambda report: report.scalars["accuracy"])
    manifest = json.loads((experiment.path / "checkpoints" / "best" / "manifest.json").read_text())
    assert (manifest["step"], manifest["score"]) == (best.step, best.scalars["accuracy"])


def test_lower_loss_is_better(make: Make):
    experiment = make(trainer={"metric_fs": (MeanLoss,)}, keep_recent=1)
    experiment.run()
    best = min(reports(experiment, "val"), key=lambda report: report.scalars["loss"])
    manager = CheckpointManager(experiment.path / "checkpoints", "resume", higher_is_better=False)
    assert manager.load("best").score == best.scalars["loss"]


def test_test_data_never_chooses(make: Make):
    experiment = make(data={"train": DATA["train"], "test": DATA["test"]})
    experiment.run()
    assert [r.step for r in reports(experiment, "test")] == [4, 8, 12, 12]
    with pytest.raises(CheckpointError):
        CheckpointManager(experiment.path / "checkpoints", "resume").load("best")


@pytest.mark.parametrize("again", [None, "strict", "?", "restart"])
def test_run_that_is_there(make: Make, again: Any):
    first = make()
    first.run()
    before = contents(first.path)
    second = make(again)
    if again is None:
        with pytest.raises(RunError, match=r"there is a run in .*-r restart.*-e NAME"):
            second.run()
        assert contents(first.path) == before
        return
    second.run()
    assert torch.equal(weights(second), weights(first))
    expected = "started" if again == "restart" else "resumed"
    assert notices(second)[-1].startswith(expected)
    assert len(reports(second, "train")) == 3


@pytest.mark.parametrize("resume", ["strict", "best"])
def test_nothing_to_resume(make: Make, resume: Any):
    experiment = make(resume)
    with pytest.raises(RunError, match=r"no (run|checkpoint) to resume"):
        experiment.run()
    assert not experiment.path.exists()


@pytest.mark.parametrize("resume", ["?", "restart"])
def test_starts_where_there_is_nothing(make: Make, resume: Any):
    experiment = make(resume)
    experiment.run()
    assert notices(experiment) == [f"started {experiment.path}"]


def test_unknown_way_to_resume(make: Make):
    with pytest.raises(ConfigError, match="strict, \\?, best or restart"):
        make("strictly")


def test_restart_deletes_what_the_run_left_and_nothing_else(make: Make):
    first = make()
    first.run()
    (first.path / "notes.txt").write_text("mine")
    (first.path / "tensorboard").mkdir()
    (first.path / "tensorboard" / "old").touch()
    second = make("restart", stop_at=1, trainer={"epoch_count": 1})
    second.run()
    assert CheckpointManager(second.path / "checkpoints", "resume").steps() == [0, 1]
    assert (second.path / "notes.txt").read_text() == "mine"
    assert not (second.path / "tensorboard").exists()
    assert reports(second, "val") == []
    assert read_yaml(second.path / "config.yaml")["resolved"]["trainer"]["epoch_count"] == 1


def test_best_goes_back_and_cuts_the_history(make: Make):
    class Scores:
        """Whoever comes after it sees the best score after the first epoch."""

        def evaluated(self, trainer: Trainer, split: str, results: dict[str, float]) -> None:
            if split == "val":
                results["accuracy"] = 1.0 / trainer.loop.epoch

    def with_scores(resume: Any) -> Experiment:
        experiment = make(resume)
        experiment.trainer.callbacks.add(Scores())
        return experiment

    first = with_scores(None)
    first.run()
    history, whole = (first.path / "history.jsonl").read_bytes(), weights(first)
    second = with_scores("best")
    second.trainer.callbacks.add(Stop(6))
    second.run()
    assert notices(second)[-1].endswith("from step 4")
    assert [r.step for r in reports(second, "val")] == [4]
    assert CheckpointManager(second.path / "checkpoints", "resume").steps() == [4, 6]
    third = with_scores("strict")
    third.run()
    assert (third.path / "history.jsonl").read_bytes() == history
    assert torch.equal(weights(third), whole)


@pytest.mark.parametrize(
    ("change", "leaf"),
    [
        ({"trainer": {"batch_size": 4}}, "resolved/trainer/batch_size: 5 there, 4 now"),
        ({"trainer": {"epoch_count": 9}}, "resolved/trainer/epoch_count: 3 there, 9 now"),
        ({"trainer": {"seed": 1}}, "resolved/trainer/seed: 0 there, 1 now"),
        ({"config": {"model": "Other"}}, "model: nothing there, 'Other' now"),
        ({"eval_every": "2ep"}, "every/eval"),
        ({"data": {**DATA, "test": DATA["val"][:3]}}, "resolved/data/test"),
        (
            {"trainer": {"optimizer_f": OptimizerMaker(torch.optim.SGD, lr=0.2)}},
            "lr: 0.1 there, 0.2 now",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_config_is_told_by_its_leaf(make: Make, change: dict[str, Any], leaf: str):
    make(stop_at=6).run()
    experiment = make("strict", **change)
    before = contents(experiment.path)
    with pytest.raises(ConfigError, match="another config") as caught:
        experiment.run()
    assert leaf in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(experiment.path) in str(caught.value)
    assert contents(experiment.path) == before


@pytest.mark.parametrize(
    "change", [{"checkpoint_every": "1it"}, {"keep_recent": 5}, {"tensorboard": True}], ids=str
)
def test_what_changes_no_result_may_differ(make: Make, change: dict[str, Any]):
    first = make()
    first.run()
    whole = weights(first)
    make("restart", stop_at=6).run()
    second = make("strict", **change)
    second.run()
    assert torch.equal(weights(second), whole)


def test_checkpoint_of_another_model_names_its_keys(make: Make):
    make(stop_at=6).run()
    model = nn.Linear(3, 2)
    model.register_parameter("further", nn.Parameter(torch.zeros(1)))  # looks like the other one
    other = make("strict", model=model)
    before = contents(other.path)
    with pytest.raises(ValueError, match=r"of another experiment: model: .*further") as caught:
        other.run()
    assert "\n" not in str(caught.value)
    assert contents(other.path) == before


def test_broken_checkpoint_is_told_and_passed_over(make: Make):
    first = make()
    first.run()
    (first.path / "checkpoints" / "12" / "model.pt").write_bytes(b"torn")
    second = make("strict")
    second.run()
    assert "12/model.pt is truncated" in notices(second)[-2]
    assert notices(second)[-1].endswith("from step 8")
    assert torch.equal(weights(second), weights(first))


def test_no_valid_checkpoint_is_no_new_start(make: Make):
    first = make(stop_at=6)
    first.run()
    for part in (first.path / "checkpoints").glob("*/model.pt"):
        part.write_bytes(b"torn")
    before = contents(first.path)
    for resume in ("strict", "?"):
        with pytest.raises(CheckpointError, match=r"no last checkpoint.*truncated"):
            make(resume).run()
    assert contents(first.path) == before


def test_shorter_history_is_told(make: Make):
    first = make(stop_at=6)
    first.run()
    (first.path / "history.jsonl").write_text("")
    with pytest.raises(ValueError, match=r"history\.jsonl has 0 bytes, but had"):
        make("strict").run()


def test_stopped_run_evaluates_nothing_and_tells(make: Make):
    def interrupt(trainer: Trainer, batch: Any) -> Any:
        from labwork.training import supervised_step

        if trainer.loop.step == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return supervised_step(trainer, batch)

    experiment = make(trainer={"train_step": interrupt})
    handler = signal.getsignal(signal.SIGTERM)
    assert experiment.run() == {}
    assert experiment.stopped_by == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == handler
    assert experiment.trainer.loop.step == 6
    assert reports(experiment, "test") == []


def test_failed_run_in_a_program_can_be_gone_on_with(make: Make):
    broken = [True]

    def fail(trainer: Trainer, batch: Any) -> Any:
        from labwork.training import supervised_step

        if trainer.loop.step == 5 and broken:
            raise ZeroDivisionError("a step that fails")
        return supervised_step(trainer, batch)

    first = make(trainer={"train_step": fail})
    with pytest.raises(ZeroDivisionError):
        first.run()
    broken.clear()
    second = make("strict", trainer={"train_step": fail})
    second.run()
    twin = make("restart", trainer={"train_step": fail})
    twin.run()
    assert torch.equal(weights(second), weights(twin))


def test_nan_is_told_with_its_step(make: Make):
    def spoil(trainer: Trainer, batch: Any) -> Any:
        from labwork.training import supervised_step

        x = batch[0] * (float("nan") if trainer.loop.step == 6 else 1.0)
        return supervised_step(trainer, (x, batch[1]))

    experiment = make(trainer={"train_step": spoil})
    with pytest.raises(NonFiniteError, match="in step 7;"):
        experiment.run()
    checkpoint = CheckpointManager(experiment.path / "checkpoints", "resume").load()
    assert checkpoint.step == 6


def test_sink_of_ones_own_gets_the_reports(make: Make):
    class Memory(Sink):
        def __init__(self) -> None:
            self.splits: list[str] = []

        def report(self, report: Report) -> None:
            self.splits.append(report.split)

    memory = Memory()
    make(sinks={"memory": memory}).run()
    assert memory.splits == ["train", "val"] * 3 + ["test"]


HOLDER = """
import os, sys, time
from labwork.experiments import RunDirectory
with RunDirectory(sys.argv[1]).held():
    child = os.fork()
    if child == 0:
        time.sleep(60)
    print(child, flush=True)
    sys.stdin.read()
"""


def start_holder(path: Path) -> tuple[subprocess.Popen[str], int]:
    """A process that holds a directory, and a child of it that outlives it as workers may."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    return holder, int(holder.stdout.readline())


def test_directory_is_held_by_one_process_and_free_at_once_after_a_kill(tmp_path: Path):
    directory = RunDirectory(tmp_path / "run")
    holder, child = start_holder(directory.path)
    with holder:
        with (
            pytest.raises(RunError, match=f"in use by process {holder.pid} on .*another name"),
            directory.held(),
        ):
            pytest.fail("two processes hold it")
        holder.kill()
        holder.wait()
        os.kill(child, 0)  # it lives
        with directory.held():
            pass
        os.kill(child, signal.SIGKILL)


def test_directory_is_held_once_in_a_process(tmp_path: Path):
    directory = RunDirectory(tmp_path / "run")
    with directory.held():
        assert_held(tmp_path / "run")
        again = start_holder_that_fails(directory.path)
        assert f"in use by process {os.getpid()}" in again
    with directory.held():
        pass


def assert_held(path: Path) -> None:
    told = pytest.raises(RunError, match="in use by another run of this process")
    with told, RunDirectory(path).held():
        pytest.fail("two runs hold it")


def start_holder_that_fails(path: Path) -> str:
    command = [sys.executable, "-c", HOLDER, str(path)]
    done = subprocess.run(command, input="", capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr


def test_link_to_a_held_directory_is_held(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with RunDirectory(tmp_path / "run").held():
        assert_held(tmp_path / "link")
        # Closing another descriptor of the file must not have let go of the lock.
        assert "in use" in start_holder_that_fails(tmp_path / "run")


@pytest.mark.parametrize(
    ("names", "watched", "final", "score"),
    [
        (["train"], [], [], None),
        (["train", "val"], ["val"], [], "val"),
        (["train", "val", "test"], ["val"], ["test"], "val"),
        (["train", "test"], ["test"], ["test"], None),
        (["train", "test", "test_hard"], ["test", "test_hard"], ["test", "test_hard"], None),
        (["a", "test", "b", "c"], ["b", "c"], ["test"], "b"),
        (["val", "test", "train"], ["val"], ["test"], "val"),
    ],
)
def test_use_of_data_follows_from_its_name(
    names: list[str], watched: list[str], final: list[str], score: str | None
):
    splits = divide({name: name.upper() for name in names})
    train = "train" if "train" in names else names[0]
    assert splits.train == train.upper()
    assert splits.watched == {name: name.upper() for name in watched}
    assert splits.final == {name: name.upper() for name in final}
    assert splits.score == score


@pytest.mark.parametrize("names", [[], ["test"], ["val", "test"]], ids=str)
def test_no_data_to_train_with_is_told(names: list[str]):
    with pytest.raises(ConfigError, match="for training"):
        divide(dict.fromkeys(names, 0))
