"""Reporter: nothing is evaluated by the caller, and one sink's failure is not another's."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from labwork.core import StateError
from labwork.reporting import EventLog, JSONLHistory, Report, Reporter, Sink, TextLog, read_history
from labwork.runtime import Background

FULL = Path("/dev/full")


class Memory(Sink):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def open(self) -> None:
        self.seen.append("open")

    def report(self, report: Report) -> None:
        self.seen.append(report)

    def notice(self, text: str) -> None:
        self.seen.append(text)

    def close(self) -> None:
        self.seen.append("close")

    def state_dict(self) -> dict[str, Any]:
        return {"count": len(self.seen)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.seen.append(state)


class Broken(Memory):
    """Fails at its second report."""

    def report(self, report: Report) -> None:
        super().report(report)
        if report.step == 2:
            raise OSError("quota exceeded")


def at_once(job: Callable[[], None]) -> None:
    job()


def test_scalars_become_numbers_in_the_background():
    memory, threads = Memory(), []

    def costly() -> torch.Tensor:
        threads.append(threading.current_thread())
        return torch.tensor([0.25], requires_grad=True)

    scalars = {"a": 1, "b": torch.tensor(0.5), "c": costly}
    with Background() as background:
        reporter = Reporter({"memory": memory}, background.submit)
        reporter.report("val", 1, 5, scalars)
        scalars.clear()
    assert memory.seen == [Report("val", 1, 5, {"a": 1.0, "b": 0.5, "c": 0.25})]
    assert all(type(value) is float for value in memory.seen[0].scalars.values())
    assert threads != [threading.current_thread()]


def test_what_nobody_sees_is_not_evaluated():
    Reporter({}, at_once).report("val", 1, 5, {"loss": lambda: pytest.fail("evaluated")})


@pytest.mark.parametrize("value", [torch.zeros(3), None, lambda: "high"])
def test_bad_scalar_is_named(value):
    reporter = Reporter({"memory": Memory()}, at_once)
    with pytest.raises(ValueError, match="scalar 'iou' of 'val' is no number"):
        reporter.report("val", 1, 5, {"iou": value})


def test_failing_sink_is_dropped_and_keeps_its_state():
    broken, memory = Broken(), Memory()
    reporter = Reporter({"broken": broken, "memory": memory}, at_once)
    for step in (1, 2, 3):
        reporter.report("train", 0, step, {})
    reporter.close()
    assert [getattr(item, "step", item) for item in memory.seen] == [
        *(1, 2, "The sink 'broken' failed and is dropped: OSError: quota exceeded"),
        *(3, "close"),
    ]
    assert broken.seen[-1] == "close"
    assert reporter.state_dict() == {"broken": {"count": 2}, "memory": {"count": 5}}


def test_sinks_may_all_fail():
    reporter = Reporter({"a": Broken(), "b": Broken()}, at_once)
    reporter.report("train", 0, 2, {})
    reporter.report("train", 0, 2, {})
    assert sorted(reporter.state_dict()) == ["a", "b"]


@pytest.mark.skipif(not FULL.exists(), reason="the system has no full device")
def test_failing_essential_sink_stops_the_run_after_the_others_got_the_report():
    memory = Memory()
    reporter = Reporter({"history": JSONLHistory(FULL), "memory": memory}, at_once)
    reporter.open()
    with pytest.raises(OSError, match="No space left") as caught:
        reporter.report("train", 0, 1, {})
    assert "'history'" in caught.value.__notes__[0]
    with pytest.raises(OSError, match="Invalid argument"):
        reporter.close_now()
    assert memory.seen == ["open", Report("train", 0, 1, {}), "close"]


def sinks(folder: Path) -> dict[str, Sink]:
    return {
        "events": EventLog(folder / "events.jsonl"),
        "history": JSONLHistory(folder / "history.jsonl"),
        "log": TextLog(folder / "log.txt"),
    }


def test_reports_go_on_where_the_state_was_taken(tmp_path):
    reporter = Reporter(sinks(tmp_path), at_once)
    reporter.open()
    reporter.report("train", 0, 1, {"loss": 1})
    reporter.message("halfway")
    state = reporter.state_dict()
    reporter.report("train", 0, 2, {"loss": 2})
    reporter.notice("stopping")
    reporter.close()

    added = TextLog(tmp_path / "added.txt")
    added.path.write_text("a leftover\n")
    reporter = Reporter({**sinks(tmp_path), "added": added}, at_once)
    reporter.load_state_dict({**state, "removed": {"bytes": 7}})
    reporter.open()
    reporter.report("train", 0, 3, {"loss": 3})
    reporter.close()
    assert [r.step for r in read_history(tmp_path / "history.jsonl")] == [1, 3]
    assert [line.split()[3:4] for line in (tmp_path / "log.txt").read_text().splitlines()] == [
        *(["1"], [], ["3"])
    ]
    assert added.path.read_text().startswith("epoch 0  step 3")
    assert "stopping" in (tmp_path / "events.jsonl").read_text()


def test_shorter_file_stops_the_resume(tmp_path):
    with pytest.raises(StateError, match=r"log\.txt"):
        Reporter(sinks(tmp_path), at_once).load_state_dict({"log": {"bytes": 1}})
