"""Experiments from config files: shown, checked, run, resumed, evaluated; and new projects."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BASE = """\
data: Digits{train,val}
model:
  name: SmallImageClassifier
  widths: [4, 8]
  norm_f: {eps: 1e-2}
trainer:
  recipes: [recipes.digits]
  epoch_count: ${vars.epochs}
  batch_size: 200
vars: {epochs: 1}
"""
LATER = """\
input_adapter: standardize
model:
  dropout: 0.1
  ~norm_f:
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "base.yaml").write_text(BASE)
    (folder / "later.yaml").write_text(LATER)
    monkeypatch.chdir(folder)
    return folder


def line_of(text: str, key: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if key in line.split()]
    return line.split()


def test_config_is_shown_with_origins(labwork: Any, files: Path):
    shown = labwork("config", "show", "base.yaml", "later.yaml", "--vars/epochs", "2").out
    assert line_of(shown, "dropout") == ["*", "dropout", "0.1", "later.yaml:3"]
    assert line_of(shown, "epoch_count") == ["*", "epoch_count", "2", "base.yaml:8"]
    assert line_of(shown, "epochs") == ["*", "epochs", "2", "command", "line"]
    assert line_of(shown, "device") == ["device", "auto", "default"]
    assert "eps" not in shown


def test_shown_yaml_is_a_config(labwork: Any, files: Path):
    text = labwork("config", "show", "--yaml", "base.yaml", "later.yaml").out
    (files / "whole.yaml").write_text(text)
    assert labwork("config", "show", "--yaml", "whole.yaml").out == text


@pytest.mark.parametrize("command", [["config", "check"], ["config", "explain"]])
def test_checking_needs_no_torch(files: Path, command: list[str]):
    words = [*command, "base.yaml"] if command[-1] == "check" else command
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "labwork", *words],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0
    assert "base.yaml: fine" in run.stdout or "every/eval" in run.stdout
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert not imported & {"torch", "numpy"}


def test_run_trains_resumes_and_evaluates(labwork: Any, files: Path, data_folder: Path):
    words = ["-b", "base.yaml", "later.yaml", "-n", "mine", "trainer/batch_size=300"]
    first = labwork("run", *words, "-t")
    assert (first.status, first.err) == (0, "")
    run = data_folder / "experiments" / "mine"
    assert (run / "checkpoints" / "5" / "model.pt").exists()
    resume = next(line for line in first.out.splitlines() if line.startswith("resume"))
    again = labwork(*resume.split("labwork ")[1].split())
    assert (again.status, again.err) == (0, "")
    assert "resumed" in again.out
    scores = labwork("run", *words, "--evaluate")
    assert "checkpoint of step 5" in scores.out
    twice = labwork("run", *words)
    assert twice.status == 1
    assert "-r" in twice.error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "name a config file first"),
        (["run", "--seed", "3"], "name a config file first"),
        (["run", "bse.yaml"], "did you mean 'base.yaml'"),
        (["run", "base.yaml", "--modl/name", "x"], "did you mean 'model'"),
        (["run", "base.yaml", "--seed"], "--seed"),
        (["run", "base.yaml", "--seed", "-1"], "seed"),
        (["run", "base.yaml", "--seed", "no"], "expected a whole number"),
        (["run", "base.yaml", "every/eval=5"], "'2ep'"),
        (["run", "base.yaml", "name=../x"], "name"),
        (["run", "base.yaml", "data=Digits{train"], "Digits{train"),
        (["config", "check", "base.yaml", "trainer/loss==f("], "command line: trainer/loss"),
        (["explain", "SmalImageClassifier"], "did you mean 'SmallImageClassifier'"),
    ],
    ids=" ".join,
)
def test_bad_config_is_told(
    labwork: Any, files: Path, data_folder: Path, words: list[str], message: str
):
    outcome = labwork(*words)
    assert outcome.status == 2
    assert message in outcome.err
    assert "Traceback" not in outcome.err
    assert not list(data_folder.iterdir())


def test_all_problems_are_told_at_once(labwork: Any, files: Path):
    told = labwork("config", "check", "base.yaml", "seed=x", "wrkers=2", "model=3").err
    assert len([line for line in told.splitlines() if "command line" in line]) == 3


def test_overrides_reach_into_strings_and_give_what_references_name(labwork: Any, files: Path):
    (files / "text.yaml").write_text(
        "data: Digits{train,val}\nmodel: SmallImageClassifier,widths=(4,)\n"
        "trainer: recipes.digits\nworkers: ${vars.workers}\n"
    )
    words = ["text.yaml", "--model/dropout", "0.5", "--vars/workers", "2"]
    shown = labwork("config", "show", *words).out
    assert line_of(shown, "dropout")[2:] == ["0.5", "command", "line"]
    assert line_of(shown, "widths")[2] == "=(4,)"
    assert line_of(shown, "text.yaml:4")[2] == "2"


def test_explain_lists_what_can_be_set(labwork: Any, files: Path):
    shown = labwork("explain", "SmallImageClassifier,norm_f=t(eps=0.5),dropout=0.3").out
    assert line_of(shown, "eps") == ["eps", "0.5"]
    assert line_of(shown, "dropout") == ["dropout", "0.3"]
    assert line_of(shown, "class_count") == ["class_count", "required"]


def test_samples_are_shown(labwork: Any, files: Path):
    image = pytest.importorskip("PIL.Image")
    sizes = {}
    for jitter in ("none", "RandomFlip()>>Cutout(8)", None):
        words = [] if jitter is None else ["--jitter", jitter]
        shown = labwork("show", "Shapes{train}", "--count", "4", "-o", "some.png", *words)
        assert (shown.status, shown.out) == (0, "some.png\n")
        with image.open("some.png") as picture:
            sizes[jitter] = picture.size[0] * picture.size[1]
    assert sizes["none"] < sizes[None]
    assert sizes[None] == sizes["RandomFlip()>>Cutout(8)"]
    labwork("show", "Digits{train,val}", "--count", "100")
    with image.open("samples.png") as picture:
        assert 1 < picture.size[0] / picture.size[1] < 1.7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["Digits{train}", "--jitter", "RandomFip()"], "did you mean 'RandomFlip'"),
        (["Digits{train}", "--jitter", "Jitter(1)"], "augmentation 'Jitter'; did you mean 'Color"),
        (
            ["TwoMoons{train}"],
            "TwoMoons('train', noise=0.1, length=1000, seed=0) has x, label, and",
        ),
        (["WhiteNoise(example_shape=(8,8,8))"], "images of 1 or 3 channels are drawn"),
        (["Digits{train}", "-o", "no/x.png"], "'no/x.png' can't be written: No such file"),
        (["Digits{train}", "-o", "x.jpg"], "'x.jpg' doesn't end in .png"),
    ],
)
def test_what_can_not_be_shown_is_told_in_a_line(
    labwork: Any, files: Path, words: list[str], message: str
):
    pytest.importorskip("PIL.Image")
    wrong = labwork("show", *words)
    assert wrong.status == 2
    assert message in wrong.error
    assert "Errno" not in wrong.error


@pytest.mark.slow
def test_new_project_works_at_once(tmp_path: Path):
    """As its README says, in a folder of its own, with nothing set up."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LABWORK")}
    labwork = str(Path(sys.executable).with_name("labwork"))

    def run(*words: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)

    assert run(labwork, "new", "shapes").returncode == 0
    assert run(labwork, "new", "shapes").returncode == 2
    project = tmp_path / "shapes"
    for words in (["config", "check", "config.yaml"], ["run", "config.yaml"]):
        done = run(labwork, *words, folder=project)
        assert done.returncode == 0, done.stderr
    accuracy = float(done.stdout.rpartition("test: accuracy ")[2].split(",")[0])
    assert accuracy > 0.9
    resumed = run(labwork, "run", "config.yaml", "-r", folder=project)
    assert resumed.returncode == 0, resumed.stderr
