"""Commands that do their work: what they print, and what is there afterwards."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labwork.config import read_yaml
from labwork.reporting import read_history

BIN = Path(sys.executable).parent


def run_directory(folder: Path) -> Path:
    (config,) = (folder / "experiments").rglob("config.yaml")
    return config.parent


def last_lines(out: str) -> dict[str, str]:
    """The lines that tell what to do next, by their first word."""
    return dict(line.split(maxsplit=1) for line in out.splitlines()[-6:])


def test_training_tells_its_results_and_what_next(trained: Any):
    folder, outcome = trained
    assert (outcome.status, outcome.err) == (0, "")
    told = last_lines(outcome.out)
    assert list(told) == ["test:", "results", "curves", "resume", "test", "plot"]
    assert Path(told["results"]) == run_directory(folder)
    (final,) = [
        r for r in read_history(run_directory(folder) / "history.jsonl") if r.split == "test"
    ]
    assert told["test:"] == ", ".join(f"{n} {v:.4f}" for n, v in final.scalars.items())


def test_plain_lines_where_there_is_no_terminal(trained: Any):
    _, outcome = trained
    assert not re.search(r"[\x1b\r\x08]", outcome.out)
    reports = [line for line in outcome.out.splitlines() if line.startswith("epoch")]
    assert [line.split()[4] for line in reports] == ["train", "val", "train", "val", "test"]
    assert all("accuracy" in line and "loss" in line for line in reports)


@pytest.mark.slow
def test_lines_that_tell_what_next_work(trained: Any, tmp_path: Path):
    source, outcome = trained
    folder = tmp_path / "data"
    shutil.copytree(source, folder, symlinks=True)
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "LABWORK_DATA": str(folder), "PATH": path}
    history = (run_directory(folder) / "history.jsonl").read_bytes()
    told = last_lines(outcome.out)
    for name in ("resume", "test", "plot"):
        command = told[name].replace(str(source), str(folder))
        done = subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        if name == "test":
            assert told["test:"] in done.stdout
    assert (run_directory(folder) / "history.jsonl").read_bytes() == history


def test_test_evaluates_the_last_checkpoint(trained: Any, in_trained: Any, short: Any):
    before = {p: p.stat().st_mtime_ns for p in trained[0].rglob("*")}
    outcome = in_trained("test", *short)
    assert (outcome.status, outcome.err) == (0, "")
    first, val, test = outcome.out.splitlines()
    assert first == "checkpoint of step 22"
    assert test == f"test: {last_lines(trained[1].out)['test:']}"
    assert val.startswith("val: accuracy ")
    assert {p: p.stat().st_mtime_ns for p in trained[0].rglob("*")} == before


def test_test_prints_json(trained: Any, in_trained: Any, short: Any):
    reports = read_history(run_directory(trained[0]) / "history.jsonl")
    values = {report.split: dict(report.scalars) for report in reports}  # the last of each
    (line,) = in_trained("test", *short, "--json").out.splitlines()
    assert json.loads(line) == {"step": 22, "val": values["val"], "test": values["test"]}


def test_test_evaluates_the_best_checkpoint(trained: Any, in_trained: Any, short: Any):
    reports = read_history(run_directory(trained[0]) / "history.jsonl")
    best = max((r for r in reports if r.split == "val"), key=lambda r: r.scalars["accuracy"])
    (line,) = in_trained("test", *short, "-r", "best", "--json").out.splitlines()
    told = json.loads(line)
    assert (told["step"], told["val"]) == (best.step, dict(best.scalars))


def test_plot_draws(trained: Any, in_trained: Any, tmp_path: Path):
    outcome = in_trained("plot", str(run_directory(trained[0])), "-o", str(tmp_path / "a.png"))
    assert (outcome.status, outcome.out) == (0, f"{tmp_path}/a.png\n")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_run_that_is_over_is_not_run_again(in_trained: Any, short: Any):
    outcome = in_trained("train", *short)
    assert outcome.status == 1
    assert "there is a run in" in outcome.error


def test_other_seed_is_told(in_trained: Any, short: Any):
    outcome = in_trained("train", *short, "-r", "--seed", "5")
    assert outcome.status == 2
    assert "seed: 0 there, 5 now" in outcome.error


def test_run_keeps_its_seed(labwork: Any, data_folder: Path, short: Any):
    assert labwork("train", *short, "--seed", "5").status == 0
    assert read_yaml(run_directory(data_folder) / "config.yaml")["seed"] == 5
    assert labwork("train", *short, "-r").status == 0
    assert labwork("train", *short, "-r", "--seed", "5").status == 0


def test_metrics_and_suffix(labwork: Any, data_folder: Path, short: Any):
    outcome = labwork("train", *short, "--metrics", "MeanLoss!", "-e", "my trial")
    assert outcome.status == 0
    path = run_directory(data_folder)
    assert path.name == "my trial"
    splits = {r.split: set(r.scalars) for r in read_history(path / "history.jsonl")}
    assert splits == {"train": {"loss", "lr"}, "val": {"loss"}, "test": {"loss"}}
    resume = shlex.split(last_lines(outcome.out)["resume"])
    assert resume[-5:] == ["--metrics", "MeanLoss!", "-e", "my trial", "-r"]
    assert labwork(*resume[1:]).status == 0
    # With the lower loss is the better checkpoint.
    reports = [r for r in read_history(path / "history.jsonl") if r.split == "val"]
    best = min(reports, key=lambda r: r.scalars["loss"])
    (line,) = labwork("test", *resume[2:-1], "-r", "best", "--json").out.splitlines()
    assert json.loads(line)["step"] == best.step


def test_params_are_where_training_starts(
    trained: Any, labwork: Any, data_folder: Path, short: Any
):
    import torch

    from labwork.training import load_tensors

    params = run_directory(trained[0]) / "checkpoints" / "last" / "model.pt"
    *strings, trainer = short
    strings.append(trainer.replace("epoch_count=2", "epoch_count=1"))
    outcome = labwork("train", *strings, "--params", str(params), "--checkpoint-every", "1it")
    assert outcome.status == 0
    config = read_yaml(run_directory(data_folder) / "config.yaml")
    assert config["params"] == str(params)
    reports = read_history(run_directory(data_folder) / "history.jsonl")
    fresh = read_history(run_directory(trained[0]) / "history.jsonl")
    assert reports[0].scalars["loss"] < fresh[0].scalars["loss"]
    (line,) = labwork("test", *strings, "--params", str(params), "--json").out.splitlines()
    assert json.loads(line)["step"] == 11
    last = load_tensors(run_directory(data_folder) / "checkpoints" / "last" / "model.pt")
    assert not torch.equal(
        last["model.classifier.weight"], load_tensors(params)["model.classifier.weight"]
    )


def test_resume_or_start_and_restart(labwork: Any, data_folder: Path, short: Any):
    *strings, trainer = short
    once = [*strings, trainer.replace("epoch_count=2", "epoch_count=1")]
    assert labwork("train", *once, "-r", "?").status == 0
    history = (run_directory(data_folder) / "history.jsonl").read_bytes()
    assert "resumed" in labwork("train", *once, "-r", "?").out
    assert "started" in labwork("train", *once, "-r", "restart").out
    assert (run_directory(data_folder) / "history.jsonl").read_bytes() == history


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(labwork: Any, shell: str):
    outcome = labwork("completion", shell)
    assert outcome.status == 0
    assert "_LABWORK_COMPLETE" in outcome.out


def test_completion_script_is_good_bash(labwork: Any):
    script = labwork("completion", "bash").out
    assert subprocess.run(["bash", "-n", "-c", script]).returncode == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tr", "train"),
        ("train Dig", "Digits{"),
        ("train x sta", "standardize"),
        ("train x id Sma", "SmallImageClassifier"),
        ("train x id y rec", "recipes.digits"),
        ("train --metrics Mean", "MeanLoss"),
        ("train -r re", "restart"),
    ],
)
def test_names_are_completed(words: str, found: str):
    environment = {
        **os.environ,
        "COMP_WORDS": f"labwork {words}",
        "COMP_CWORD": str(len(words.split())),
        "_LABWORK_COMPLETE": "bash_complete",
    }
    done = subprocess.run([BIN / "labwork"], env=environment, capture_output=True, text=True)
    assert found in [line.partition(",")[2] for line in done.stdout.splitlines()]
