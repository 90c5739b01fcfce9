"""Every error about a leaf of a config tells where that leaf was written, and its path."""

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labwork.cli import main
from labwork.config import compose
from labwork.core import ConfigError
from labwork.experiments import ExperimentSpec, build_experiment, open_text

BASE = """\
data:
  datasets:
    - name: Digits
      subsets: [train, val]
input_adapter: {name: standardize}
model:
  name: SmallImageClassifier
  widths: [4, 8]
trainer:
  recipes: [recipes.digits]
  epoch_count: 1
  optimizer_f:
    lr: 1e-3
name: first
"""

UNKNOWN: list[tuple[str, Any]] = [
    ("input_adapter/men", 0.5),
    ("model/widhts", [4]),
    ("model/norm_f/epps", 1),
    ("model/norm_f/$ft", {"$f": "=nn.GroupNorm", "gruops": 2}),
    ("model/norm_f/$fft", {}),
    ("model/norm_f/$it", {"0": 1}),
    ("model/norm_f/_eps", 1),
    ("model/dropout/p", 1),
    ("trainer/batch_sise", 1),
    ("trainer/seed", 1),
    ("trainer/optimizer_f/lrr", 1),
    ("trainer/loss/label_smoth", 0.1),
    ("trainer/lr_scheduler_f/warmupp", 1),
    ("trainer/data_loader_f/drop_lst", 1),
]
REFUSED: list[tuple[str, Any]] = [
    ("data/datasets", [{"name": "Digits", "subsets": ["train"], "subset": "vla"}]),
    ("input_adapter", "standardise"),
    ("input_adapter/mean", 0.5),
    ("model/name", "SmallImageClasifier"),
    ("model/widths", "abc"),
    ("model/act_f", "silu"),
    ("model/act_f", "=nn.SiLUU"),
    ("model/act_f", "=lambda: nn.SiLUU()"),
    ("model/norm_f", "=t(epps=1)"),
    ("model/norm_f", "=ft(nn.GroupNorm, gruops=2)"),
    ("model/norm_f", "=ft(nn.Linear)"),
    ("model/dropout", 2),
    ("model/class_count", -3),
    ("trainer/recipes", "recipes.digit"),
    ("trainer/recipes", "AdamW"),
    ("trainer/batch_size", 0),
    ("trainer/epoch_count", "many"),
    ("trainer/jitter", 3),
    ("trainer/metric_fs", [3]),
    ("trainer/on_nonfinite", "halt"),
    ("trainer/lr_every", 3),
    ("trainer/optimizer_f", "=t(lrr=1)"),
    ("trainer/optimizer_f", "=AdamW"),
    ("trainer/optimizer_f/lr", -1),
    ("trainer/optimizer_f/betas", [2, 2]),
    ("trainer/optimizer_f/optimizer_f", "=LBFGS"),
    ("trainer/lr_scheduler_f", "=StepLR"),
    ("trainer/lr_scheduler_f/warmup", "long"),
    ("metrics", "MeanLos"),
    ("params", "no.pt"),
    ("device", "cdua"),
]
CHECKED: list[tuple[str, Any]] = [
    ("every/eval", 5),
    ("every/evl", "1ep"),
    ("keep/recent", 0),
    ("keep/best", "all"),
    ("seed", -1),
    ("workers", "two"),
    ("tensorboard", "yes"),
    ("modl", "SmallImageClassifier"),
    ("data", "Digits{train"),
    ("data/datasets", 3),
    ("data/datsets", []),
    ("model/act_f", "=nn.SiLU("),
    ("trainer/recipes", "recipes.digits,epoch_count=1"),
    ("trainer/loss", "=f("),
    ("trainer/optimizer_f/lr", "=1 +"),
]
NO_FACTORY = {"model/dropout/p": "model/dropout: ", "model/norm_f/$it": "model/norm_f: "}
PATHS = [pytest.param(*case, id=f"{case[0]}={case[1]}") for case in UNKNOWN + REFUSED]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABWORK_DATA", str(tmp_path))
    return tmp_path


def on_the_command_line(path: str, value: Any) -> tuple[list[str], list[str], str]:
    """Files, overrides, and what the error says of the place."""
    return ["base.yaml"], [f"{path}={json.dumps(value)}"], "command line"


def in_a_second_file(path: str, value: Any) -> tuple[list[str], list[str], str]:
    keys = path.split("/")
    lines = [f"{'  ' * depth}{key}:" for depth, key in enumerate(keys)]
    text = "# another file\n\n" + "\n".join(lines) + f" {json.dumps(value)}\n"
    Path("later.yaml").write_text(text)
    return ["base.yaml", "later.yaml"], [], f"later.yaml:{2 + len(keys)}"


def as_an_expression(path: str, value: Any) -> tuple[list[str], list[str], str]:
    is_text = path in ("metrics", "params", "device", "input_adapter") or path.endswith(
        ("name", "recipes", "datasets")
    )
    if is_text or isinstance(value, dict) or str(value).startswith("="):
        pytest.skip("this leaf is a text already, or no value of an argument")
    return in_a_second_file(path, f"={value!r}")


def build(files: list[str], overrides: list[str]) -> None:
    config = compose([Path(file) for file in files], overrides, open_text=open_text)
    build_experiment(ExperimentSpec.read(config), Path("runs"), origin=config.origin)


def error_of(files: list[str], overrides: list[str]) -> str:
    with pytest.raises(ConfigError) as caught:
        build(files, overrides)
    assert not Path("runs").exists()
    return str(caught.value)


@pytest.mark.parametrize(
    "written", [on_the_command_line, in_a_second_file, as_an_expression], ids=lambda f: f.__name__
)
@pytest.mark.parametrize(("path", "value"), PATHS)
def test_the_leaf_is_told(folder: Path, path: str, value: Any, written: Callable[..., Any]):
    files, overrides, place = written(path, value)
    assert error_of(files, overrides).startswith(f"{place}: {NO_FACTORY.get(path, path)}")


def command(*words: str, capsys: pytest.CaptureFixture[str], argv: Any) -> str:
    argv.setattr(sys, "argv", ["labwork", *words])
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    return capsys.readouterr().err.removeprefix("labwork: ")


@pytest.fixture
def labwork(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Runs the command, which fails, and gives what it said."""
    return functools.partial(command, capsys=capsys, argv=monkeypatch)


@pytest.mark.parametrize("written", [on_the_command_line, in_a_second_file])
@pytest.mark.parametrize(("path", "value"), [UNKNOWN[2], UNKNOWN[10], REFUSED[4], REFUSED[23]])
def test_run_tells_the_leaf(labwork: Any, path: str, value: Any, written: Callable[..., Any]):
    files, overrides, place = written(path, value)
    assert labwork("run", *files, *overrides).startswith(f"{place}: {path}: ")


@pytest.mark.parametrize("written", [on_the_command_line, in_a_second_file])
@pytest.mark.parametrize("words", [["config", "check"], ["run"]])
@pytest.mark.parametrize(("path", "value"), CHECKED)
def test_checking_tells_the_leaf(
    labwork: Any, words: list[str], path: str, value: Any, written: Callable[..., Any]
):
    files, overrides, place = written(path, value)
    assert labwork(*words, *files, *overrides).startswith(f"{place}: {path}: ")


def test_all_that_do_not_fit_are_told_together_each_with_its_place(folder: Path):
    Path("later.yaml").write_text("trainer:\n  batch_sise: 1\n  optimizer_f:\n    lrr: 1\n")
    told = error_of(
        ["base.yaml", "later.yaml"],
        ["trainer/optimizer_f/momentun=1", "trainer/loss/label_smoth=1", "trainer/seed=4"],
    )
    assert told.startswith("command line: trainer/seed: seed is an option of its own")
    told = error_of(
        ["base.yaml", "later.yaml"],
        ["trainer/optimizer_f/momentun=1", "trainer/loss/label_smoth=1"],
    )
    assert {line.split(": ")[0] + " " + line.split(": ")[1] for line in told.splitlines()} == {
        "later.yaml:2 trainer/batch_sise",
        "later.yaml:4 trainer/optimizer_f/lrr",
        "command line trainer/optimizer_f/momentun",
        "command line trainer/loss/label_smoth",
    }


def test_all_values_that_are_refused_are_told_together(folder: Path):
    told = error_of(["base.yaml"], ["model/dropout=3", "model/widths=abc", "model/act_f=silu"])
    paths = {line.split(": ")[1] for line in told.splitlines()}
    assert paths == {"model/widths", "model/dropout", "model/act_f"}
    told = error_of(["base.yaml"], ["trainer/batch_size=0", "trainer/optimizer_f/lr=-1"])
    places = [line.split(": ")[:2] for line in told.splitlines()]
    assert places == [
        ["command line", "trainer/batch_size"],
        ["command line", "trainer/optimizer_f/lr"],
    ]


def test_what_is_opened_by_an_override_keeps_its_origin(folder: Path):
    Path("text.yaml").write_text(
        "data: Digits{train,val}\nmodel: SmallImageClassifier,widths='abc',dropout=0\n"
        "trainer: recipes.digits,batch_size=0\n"
    )
    told = error_of(["text.yaml"], ["model/dropout=0.1"])
    assert told.startswith("text.yaml:2: model/widths: SmallImageClassifier takes widths of 1")
    told = error_of(["text.yaml"], ["model/widths=[4]", "trainer/epoch_count=1"])
    assert told.startswith("text.yaml:3: trainer/batch_size: Trainer takes")
    told = error_of(["text.yaml"], ["model/widths=[4]"])
    assert told.splitlines()[0] == (
        "text.yaml:3: trainer: Trainer takes batch_size of 1 or more, not 0"
    )
    assert told.splitlines()[2].endswith("^")
    told = error_of(["text.yaml"], ["model=Net,(", "model/widths=[4]"])
    assert told.startswith("command line: model: ")


def test_arguments_that_have_to_be_given_are_told_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (folder / "labwork_nets.py").write_text(
        "from torch import nn\n\nclass Net(nn.Sequential):\n"
        "    def __init__(self, class_count, depth, heads, width=8):\n"
        "        if depth < 1:\n            raise ValueError(f'depth {depth} is too small')\n"
        "        if width % heads:\n            raise ValueError('not divisible')\n"
        "        super().__init__(nn.Flatten(), nn.Linear(64, class_count))\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "labwork_nets", raising=False)
    model = "model!: {name: nets.Net, depth: 0, heads: 2}\n"
    Path("later.yaml").write_text(model)
    files = ["base.yaml", "later.yaml"]
    assert error_of(files, []).startswith(
        "later.yaml:1: model/depth: Net doesn't accept 0: depth 0"
    )
    assert error_of(files, ["model/depth=1", "model/width=9"]).startswith(
        "command line: model/width: Net doesn't accept 9: not divisible"
    )
    assert error_of(files, ["~model/heads"]) == "later.yaml:1: model: Net needs heads"
