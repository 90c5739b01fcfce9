"""The law of exact resume: a run that was stopped, in whatever way, ends bitwise as it would."""

import os
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labwork.training import CheckpointManager

SEED = int(os.environ.get("RESUME_SEED", "2024"))

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "noise": {"noise": True, "threads": 2, "optimizer": "Adam"},
    "one worker": {"noise": True, "workers": 1, "clip": 0.5},
    "two workers": {"noise": True, "workers": 2, "accumulation": 3},
    "accumulation": {"accumulation": 4, "lr_every": "1ep", "checkpoint_every": "3it"},
    "best alone": {"eval_every": "5it", "checkpoint_every": "1000ep"},
    "after epochs": {"eval_every": "4it", "checkpoint_every": "1ep", "optimizer": "AdamW"},
}
POINTS = ("fsync", "mkdir", "rename", "replace", "rmdir", "symlink", "unlink", "line", "part")
PLAIN = CASES["plain"]


def compared(state: dict[str, Any], same_checkpoints: bool = False) -> dict[str, Any]:
    """What has to be the same; the config tells how many workers the run began with."""
    hashes = {name: digest for name, digest in state["hashes"].items() if name != "config.yaml"}
    files = [f for f in state["files"] if same_checkpoints or not re.match(r"checkpoints/\d", f)]
    return {**state, "hashes": hashes, "files": files}


def difference(state: dict[str, Any], expected: dict[str, Any]) -> str:
    files = set(state["files"]) ^ set(expected["files"])
    parts = [n for n, digest in expected["hashes"].items() if state["hashes"].get(n) != digest]
    return f"RESUME_SEED={SEED}; other files: {sorted(files)}; other contents: {parts}"


def assert_ends_as_never_stopped(
    lab: Any, directory: Path, case: dict[str, Any], same_checkpoints: bool = True
) -> None:
    """Goes on to the end; one that was asked to stop keeps a checkpoint of where that was."""
    outcome, expected = lab.go_on(directory, case), lab.end_of(case)
    assert (outcome.status, outcome.message) == (0, "")
    same = compared(outcome.state, same_checkpoints) == compared(expected, same_checkpoints)
    assert same, difference(outcome.state, expected)


def spread(count: int, most: int) -> list[int]:
    """Up to ``most`` of the numbers from 1 to ``count``, with both ends."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / (most - 1)) for i in range(most)})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_run_repeats_itself_with_any_number_of_workers(lab: Any, case: dict[str, Any]):
    directory = lab.new_directory()
    outcome = lab.run(directory, case)
    assert (outcome.status, outcome.message) == (0, "")
    assert compared(outcome.state) == compared(lab.end_of(case))


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_call_of_the_system(lab: Any, point: str):
    for count in spread(lab.calls_in(PLAIN)[point], 7):
        directory = lab.new_directory()
        killed = lab.run(directory, PLAIN, stop={"at": point, "count": count, "how": "SIGKILL"})
        assert killed.status == -9, f"{point} {count}"
        assert_ends_as_never_stopped(lab, directory, PLAIN)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_killed_in_a_step(lab: Any, case: dict[str, Any]):
    directory = lab.new_directory()
    killed = lab.run(directory, case, stop={"at": "step", "count": 18, "how": "SIGKILL"})
    assert killed.status == -9
    assert_ends_as_never_stopped(lab, directory, case)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_stopped_again_and_again_at_any_time(lab: Any, case: dict[str, Any], how: str):
    rng = random.Random(f"{SEED} {case} {how}")
    directory = lab.new_directory()
    for after in [rng.uniform(0, 0.3), rng.uniform(0, 0.6), rng.uniform(0, 0.6)]:
        stopped = lab.go_on(directory, case, stop={"after": after, "how": how})
        # Before and after training, a signal does what it does to any program.
        allowed = {"SIGKILL": {-9}, "SIGTERM": {-15, 143}, "SIGINT": {-2, 130}}[how]
        assert stopped.status in {0, *allowed}, stopped.message
    assert_ends_as_never_stopped(lab, directory, case, same_checkpoints=how == "SIGKILL")


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize(("how", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
@pytest.mark.parametrize("case", ["two workers", "accumulation"])
def test_asked_to_stop_it_keeps_where_it_stopped(
    lab: Any, case: str, how: str, status: int, group: bool
):
    directory = lab.new_directory()
    stop = {"at": "step", "count": 17, "how": how, "group": group}
    stopped = lab.run(directory, CASES[case], stop=stop)
    assert (stopped.status, stopped.message) == (status, "")
    assert CheckpointManager(directory / "checkpoints", "resume").load("last").step == 17
    assert_ends_as_never_stopped(lab, directory, CASES[case], same_checkpoints=False)


@pytest.mark.parametrize("count", [1, 12, 33])
def test_exception_in_a_step(lab: Any, count: int):
    directory = lab.new_directory()
    failed = lab.run(directory, PLAIN, stop={"at": "step", "count": count, "how": "raise"})
    assert failed.status == 1
    assert failed.message == "ZeroDivisionError: a step that fails\n"
    assert_ends_as_never_stopped(lab, directory, PLAIN)


def test_worker_killed(lab: Any):
    case = CASES["two workers"]
    directory = lab.new_directory()
    failed = lab.run(directory, case, stop={"at": "step", "count": 9, "how": "worker"})
    assert failed.status == 1
    assert failed.message
    assert_ends_as_never_stopped(lab, directory, case)


def test_number_of_workers_changes_at_each_launch(lab: Any):
    case = {"noise": True, "accumulation": 2}
    directory = lab.new_directory()
    for workers, step in ((0, 7), (2, 6), (1, 9)):
        stop = {"at": "step", "count": step, "how": "SIGKILL"}
        assert lab.go_on(directory, {**case, "workers": workers}, stop=stop).status == -9
    assert_ends_as_never_stopped(lab, directory, {**case, "workers": 2})


@pytest.mark.parametrize("point", ["rename", "rmdir", "unlink", "mkdir", "replace"])
def test_killed_while_it_starts_anew(lab: Any, point: str):
    for count in (1, 3):
        directory = lab.new_directory()
        lab.run(directory, {"epochs": 1})
        stop = {"at": point, "count": count, "how": "SIGKILL"}
        assert lab.run(directory, PLAIN, resume="restart", stop=stop).status == -9
        again = lab.run(directory, PLAIN, resume="restart")
        assert again.status == 0
        assert again.state == lab.end_of(PLAIN), difference(again.state, lab.end_of(PLAIN))


def test_finished_run_gone_on_with_stays_as_it_is(lab: Any):
    directory = lab.new_directory()
    lab.run(directory, PLAIN)
    assert_ends_as_never_stopped(lab, directory, PLAIN)


@pytest.mark.parametrize("size", [0, 1_200, 4_000, 9_000])
def test_files_that_may_not_grow(lab: Any, size: int):
    directory = lab.new_directory()
    failed = lab.run(directory, PLAIN, limit={"size": size, "step": 14})
    assert failed.status == 1
    assert failed.message.count("\n") == 1
    assert "File too large" in failed.message
    assert str(directory) in failed.message
    assert_ends_as_never_stopped(lab, directory, PLAIN)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Any]:
    """Sets the size of a disk of its own, in bytes; gives where it is."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "labwork", str(place)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"a small disk can't be mounted here: {done.stderr.strip()}")
        return place

    yield mount
    subprocess.run(["umount", str(place)], capture_output=True)


@pytest.mark.parametrize("size", [16, 52, 88, 128, 164, 200])
def test_full_disk(lab: Any, disk: Any, size: int):
    directory = disk(f"size={size}k") / "run"
    failed = lab.run(directory, PLAIN)
    assert failed.status == 1
    assert failed.message.count("\n") == 1
    assert "No space left" in failed.message
    assert str(directory) in failed.message
    again = lab.go_on(directory, PLAIN)
    assert again.status == 1
    disk("remount", "size=9m")
    assert_ends_as_never_stopped(lab, directory, PLAIN)


@pytest.mark.parametrize("case", ["plain", "two workers", "accumulation"])
@pytest.mark.parametrize("spoil", [{"loss": 14}, {"parameter": 13}], ids=str)
def test_loss_of_nan_leaves_the_last_good_state(lab: Any, spoil: dict[str, int], case: str):
    directory, stopped_there = lab.new_directory(), lab.new_directory()
    failed = lab.run(directory, {**CASES[case], "spoil": spoil})
    assert failed.status == 1
    assert failed.message.startswith("NonFiniteError: the loss is nan in step 15;")
    good = spoil.get("loss", spoil.get("parameter"))
    stop = {"at": "step", "count": good, "how": "SIGTERM"}
    stopped = lab.run(stopped_there, CASES[case], stop=stop)
    assert (failed.state["step"], stopped.state["step"]) == (good, good)
    assert compared(failed.state) == compared(stopped.state)
    assert_ends_as_never_stopped(lab, directory, CASES[case], same_checkpoints=False)


def test_parameters_of_nan_are_never_kept(lab: Any):
    directory = lab.new_directory()
    failed = lab.run(directory, {"on_nonfinite": "skip", "spoil": {"parameter": 13}})
    assert failed.status == 1
    assert failed.message.startswith("NonFiniteError: parameter 5.bias isn't finite")
    checkpoint = CheckpointManager(directory / "checkpoints", "resume").load("last")
    assert checkpoint.step <= 13
    assert all(value.isfinite().all() for value in checkpoint.state["model"].values())


def test_two_runs_at_once_never_share_a_directory(lab: Any):
    directory = lab.new_directory()
    both = lab.run(directory, PLAIN, together=2)
    assert sorted(both.statuses) == [0, 1]
    loser = both.messages[both.statuses.index(1)]
    assert loser.startswith(f"RunError: {directory} is in use by") or "there is a run" in loser
    assert both.state == lab.end_of(PLAIN)
