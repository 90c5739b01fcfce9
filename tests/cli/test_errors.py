"""Bad input: one line that says what, where and what would be right; status 2; nothing made."""

from pathlib import Path
from typing import Any

import pytest

DATA, ADAPTER, MODEL, TRAINER = "Digits{train,val}", "id", "SmallImageClassifier", "recipes.digits"

WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "dataset": ({"data": "Digts{train}"}, ["dataset 'Digts'", "DATA", "'Digits'"]),
    "subset": ({"data": "Digits{trian}"}, ["subset 'trian'", "Digits", "'train'"]),
    "no subsets": ({"data": "Digits"}, ["DATA", "'Digits{train,val,test,trainval,all}'"]),
    "subset twice": ({"data": "Digits{val,val}"}, ["DATA", "'val'"]),
    "dataset's argument": ({"data": "Digits(sise=3){val}"}, ["argument 'sise'", "DATA"]),
    "adapter": ({"adapter": "standardise"}, ["adapter 'standardise'", "'standardize'"]),
    "adapter's argument": ({"adapter": "standardize(mean=1)"}, ["both mean and std"]),
    "model": ({"model": "SmalImageClassifier"}, ["'SmalImageClassifier'", "MODEL", f"{MODEL!r}"]),
    "model's argument": ({"model": f"{MODEL},dropuot=0"}, ["'dropuot'", "MODEL", "'dropout'"]),
    "model's value": ({"model": f"{MODEL},dropout=2"}, ["MODEL", "dropout"]),
    "recipe": ({"trainer": "recipes.digit"}, ["recipe 'recipes.digit'", "TRAINER", f"{TRAINER!r}"]),
    "trainer's argument": (
        {"trainer": "recipes.digits,epoch_cuont=3"},
        ["argument 'epoch_cuont'", "trainer", "'epoch_count'"],
    ),
    "trainer's value": ({"trainer": "recipes.digits,batch_size=0"}, ["batch_size"]),
    "no recipe": ({"trainer": "epoch_count=3"}, ["TRAINER", "loss"]),
    "code": (
        {"trainer": "recipes.digits,seed=__import__('os').getpid()"},
        ["TRAINER", "__import__"],
    ),
    "bracket": ({"model": f"{MODEL},widths=[1"}, ["MODEL", "never closed"]),
    "metric": (
        {"options": ["--metrics", "ClasificationAccuracy"]},
        ["metric 'ClasificationAccuracy'", "--metrics", "'ClassificationAccuracy'"],
    ),
    "device": ({"options": ["--device", "cdua"]}, ["device 'cdua'"]),
    "missing device": ({"options": ["--device", "xpu:7"]}, ["'xpu:7'", "this machine"]),
    "params": ({"options": ["--params", "no.pt"]}, ["--params", "no.pt"]),
    "schedule": ({"options": ["--eval-every", "5"]}, ["'5'", "'2ep'"]),
}


def arguments(
    data: str = DATA,
    adapter: str = ADAPTER,
    model: str = MODEL,
    trainer: str = TRAINER,
    options: Any = (),
) -> list[str]:
    return [data, adapter, model, trainer, *options]


@pytest.mark.parametrize(("wrong", "parts"), WRONG.values(), ids=WRONG)
def test_bad_input_is_told_in_a_line(
    labwork: Any, data_folder: Path, wrong: dict[str, Any], parts: list[str]
):
    outcome = labwork("train", *arguments(**wrong))
    assert outcome.status == 2
    assert outcome.error.startswith("labwork: ")
    assert [part for part in parts if part not in outcome.error] == []
    assert outcome.out == ""
    assert list(data_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["-r", "strct"], ["'-r'", "'strct'", "'strict'"]),
        (["--seed", "-1"], ["'--seed'", "-1"]),
        (["--seed", "one"], ["'--seed'", "'one'"]),
        (["--workers", "-1"], ["'--workers'", "-1"]),
        (["--metric", "MeanLoss"], ["'--metric'", "--metrics"]),
        (["more"], ["more"]),
    ],
    ids=str,
)
def test_bad_option_is_told(labwork: Any, data_folder: Path, options: list[str], parts: list[str]):
    outcome = labwork("train", *arguments(options=options))
    line = outcome.err.splitlines()[-1]
    assert outcome.status == 2
    assert [part for part in parts if part not in line] == []
    assert list(data_folder.iterdir()) == []


def test_unknown_command_is_told(labwork: Any):
    outcome = labwork("trian")
    assert outcome.status == 2
    assert "'trian'" in outcome.err
    assert "'train'" in outcome.err


def test_missing_argument_is_told(labwork: Any):
    outcome = labwork("train", "Digits{train}")
    assert outcome.status == 2
    assert "INPUT_ADAPTER" in outcome.err.splitlines()[-1]


def test_file_where_the_directory_should_be(labwork: Any, data_folder: Path):
    (data_folder / "experiments").write_text("a file")
    outcome = labwork("train", *arguments())
    assert outcome.status == 2
    assert str(data_folder / "experiments") in outcome.error
    assert "LABWORK_EXPERIMENTS" in outcome.error
    assert (data_folder / "experiments").read_text() == "a file"


def test_no_place_for_experiments(
    labwork: Any, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if any((parent / "data").is_dir() for parent in [Path("/"), *Path("/proc/self").parents]):
        pytest.skip("this machine has /data, which is above every directory")
    monkeypatch.delenv("LABWORK_DATA")
    monkeypatch.chdir("/")
    outcome = labwork("train", *arguments())
    assert outcome.status == 2
    assert "LABWORK_DATA" in outcome.error


@pytest.mark.parametrize("command", ["train", "test"])
def test_no_run_is_told(labwork: Any, data_folder: Path, command: str):
    outcome = labwork(command, *arguments(options=["-r"]))
    assert outcome.status == 1
    assert "there is no run to" in outcome.error
    assert str(data_folder / "experiments") in outcome.error
    assert list(data_folder.iterdir()) == []


def test_nothing_to_plot_is_told(labwork: Any, tmp_path: Path):
    outcome = labwork("plot", str(tmp_path / "none"))
    assert outcome.status == 1
    assert f"there is no run in {tmp_path}/none" in outcome.error


def test_params_of_another_model_or_none(labwork: Any, data_folder: Path, tmp_path: Path):
    import torch

    path = tmp_path / "params.pt"
    torch.save({"model.block0.0.weight": torch.zeros(1)}, path)
    outcome = labwork("train", *arguments(options=["--params", str(path)]))
    assert outcome.status == 2
    first, *listed = outcome.err.splitlines()
    assert f"{path} doesn't fit the model" in first
    assert 0 < len(listed) < 10
    path.write_text("no parameters")
    outcome = labwork("train", *arguments(options=["--params", str(path)]))
    assert outcome.status == 1
    assert str(path) in outcome.error
    assert list(data_folder.iterdir()) == []
