"""Mixing samples of a batch, by a word on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

RECIPE = "recipes.digits,epoch_count=2,batch_size=128"


def train_losses(data: Path) -> list[float]:
    (path,) = data.rglob("history.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["scalars"]["loss"] for line in lines if line["split"] == "train"]


@pytest.mark.parametrize("mixing", ["Mixup", "CutMix"])
def test_mixed_labels_are_trained_on(
    mixing: str, labwork: Any, data_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """The number of classes is the dataset's; with hard labels the losses would be others."""
    losses = {}
    for p in (0, 1):
        folder = data_folder / f"p{p}"
        folder.mkdir()
        monkeypatch.setenv("LABWORK_DATA", str(folder))
        recipe = f"{RECIPE},jitter=RandomCrop(8,padding=1)>>{mixing}(1.0,{p})"
        words = ("Digits{train,val}", "id", "SmallImageClassifier,widths=[4,8]", recipe)
        assert labwork("train", *words).status == 0
        losses[p] = train_losses(folder)
    assert losses[1][-1] > losses[0][-1]
    assert losses[0][-1] < losses[0][0]
