"""``--worker-kind`` changes who fetches batches, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from labwork.config import read_yaml


def run_directory(folder: Path) -> Path:
    (config,) = (folder / "experiments").rglob("config.yaml")
    return config.parent


def results(run: Path) -> dict[str, bytes]:
    """The history and the parameters of all checkpoints."""
    files = [run / "history.csv", *sorted(run.glob("checkpoints/*/model.pt"))]
    return {str(file.relative_to(run)): file.read_bytes() for file in files}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_threads_give_the_same_run(
    trained: Any, labwork: Any, short: tuple[str, ...], data_folder: Path, workers: str
):
    done = labwork("train", *short, "--workers", workers, "--worker-kind", "thread")
    assert done.status == 0
    run = run_directory(data_folder)
    assert read_yaml(run / "config.yaml")["worker_kind"] == "thread"
    assert results(run) == results(run_directory(trained[0]))
    told = next(line for line in done.out.splitlines() if line.startswith("resume"))
    assert "--worker-kind thread" in told
    again = labwork("train", *short, "--workers", "1", "-r")
    assert (again.status, again.err) == (0, "")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--worker-kind", "threads"], "'threads' is not one of"),
        (["--worker-kind"], "requires an argument"),
    ],
    ids=["another", "none"],
)
def test_other_kinds_are_told(
    labwork: Any, short: tuple[str, ...], data_folder: Path, options: list[str], part: str
):
    outcome = labwork("train", *short, *options)
    assert outcome.status == 2
    assert part in outcome.err


def test_the_trainer_s_string_names_the_option(
    labwork: Any, short: tuple[str, ...], data_folder: Path
):
    outcome = labwork("train", *short[:3], f"{short[3]},worker_kind='thread'")
    assert outcome.status != 0
    assert "worker_kind is an option of its own: --worker-kind" in outcome.error
