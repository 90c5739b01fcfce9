"""TensorBoard shows what was reported, and after a resume nothing of what was undone."""

from pathlib import Path

import pytest

from labwork.reporting import Report, TensorBoard

pytest.importorskip("tensorboard")


def launch(folder: Path, steps: range, state: dict[str, int] | None = None) -> dict[str, int]:
    """Reports the steps; the value tells the launch. Returns the state after half of them."""
    sink = TensorBoard(folder)
    if state is not None:
        sink.load_state_dict(state)
    sink.open()
    for step in steps:
        sink.report(Report("val", step // 10, step, {"loss": float(steps.start)}))
        if step == steps[len(steps) // 2]:
            middle = sink.state_dict()
    sink.close()
    return middle


def shown(folder: Path) -> list[tuple[int, float]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(folder)).Reload()
    return [(event.step, event.value) for event in accumulator.Scalars("loss/val")]


def test_resumed_run_shows_each_step_once(tmp_path):
    state = launch(tmp_path, range(10))
    assert state == {"step": 5}
    launch(tmp_path, range(6, 8), state)
    assert shown(tmp_path) == [*((step, 0.0) for step in range(6)), (6, 6.0), (7, 6.0)]


def test_fresh_run_hides_an_earlier_one(tmp_path):
    launch(tmp_path, range(10))
    launch(tmp_path, range(1, 4))
    assert shown(tmp_path) == [(1, 1.0), (2, 1.0), (3, 1.0)]
