"""Models that fit neither the data nor the loss: one line before anything is written."""

from pathlib import Path
from typing import Any

import pytest

DIGITS = "Digits{train,val}:(d[0][:64],d[1][:64])"
CLASSES = "scores (N, C, …) and classes (N, …)"
RECIPE = "recipes.digits,epoch_count=1"

NO_SCORES = {  # by model, what comes out of it
    "Autoencoder": "float32 (32, 1, 8, 8)",
    "VAE": "VAEOutput",
    "Glow,level_count=1,step_count=1": "float32 (32,)",
    "GAN": "float32 (32,)",
    "DCGANDiscriminator": "float32 (32,)",
    "SwiftNet,backbone_f=t(depth=10,base_width=8)": "float32 (32, 10, 8, 8)",
    "UNet,backbone_f=t(widths=(4,8))": "float32 (32, 10, 8, 8)",
    "SegmentationResNet,backbone_f=t(depth=10,base_width=8)": "float32 (32, 10, 8, 8)",
    "ResNetV1Backbone,depth=10,base_width=8": "float32 (32, 64, 1, 1)",
    "SmallImageClassifier,class_count=3": "float32 (32, 3)",
}
NO_PLACE = {  # by model, where it fails, and why
    "IRevNet": ["ROOT.model.backbone.group2.block0.squeeze", "Squeeze(2) takes"],
    "DCGANGenerator,out_channels=1": ["ROOT.model (DCGANGenerator)", "takes codes (N, D)"],
    "ViT": ["ROOT.model.backbone.embedding", "image of 8 by 8", "patch_size"],
    "ViT,backbone_f=t(patch_size=3)": ["ROOT.model.backbone.embedding", "image of 8 by 8"],
    "UNet": ["ROOT.model.backbone.group4.pool", "Output size is too small"],
    "VUNet": ["ROOT.model (VUNet)", "'pose'"],
    "VGGFeatures": ["ROOT.model.features", "Output size is too small"],
}
METRICS = "loss=lambda out, label: losses.bits_per_dimension(out, 64, bin_count=17)"


def check_is_refused(outcome: Any, parts: list[str], folder: Path) -> None:
    assert outcome.status == 2
    assert outcome.error.startswith("labwork: ")
    assert [part for part in parts if part not in outcome.error] == []
    assert outcome.out == ""
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("model", "came_out"), NO_SCORES.items(), ids=list(NO_SCORES))
def test_output_that_the_loss_refuses(labwork: Any, data_folder: Path, model: str, came_out: str):
    outcome = labwork("train", DIGITS, "id", model, RECIPE)
    parts = ["cross_entropy fails: ", f"it was given {came_out} and int64 (32,)", CLASSES]
    check_is_refused(outcome, parts, data_folder)


@pytest.mark.parametrize(("model", "parts"), NO_PLACE.items(), ids=list(NO_PLACE))
def test_images_that_the_model_refuses(
    labwork: Any, data_folder: Path, model: str, parts: list[str]
):
    check_is_refused(labwork("train", DIGITS, "id", model, RECIPE), parts, data_folder)


def test_classifier_on_masks(labwork: Any, data_folder: Path):
    masks = "Digits{train}:d[0].map(lambda r: Record(image=r.image,label=r.image[0].long()))"
    outcome = labwork("train", masks, "id", "MLP", RECIPE + ",jitter=None")
    check_is_refused(outcome, ["float32 (32, 10) and int64 (32, 8, 8)", CLASSES], data_folder)


def test_output_that_a_metric_refuses(labwork: Any, data_folder: Path):
    outcome = labwork("train", DIGITS, "id", "DCGANDiscriminator", f"{RECIPE},{METRICS}")
    given = "the model and the data gave float32 (32,) and int64 (32,)"
    check_is_refused(outcome, ["the metrics fail: ", given], data_folder)


def test_wrong_argument_of_the_loss(labwork: Any, data_folder: Path):
    outcome = labwork("train", DIGITS, "id", "MLP", f"{RECIPE},loss=t(label_smoothing=7)")
    check_is_refused(outcome, ["label_smoothing must be between", "TRAINER"], data_folder)
    line, carets = outcome.err.splitlines()[1:]
    assert line[carets.index("^") :] == "t(label_smoothing=7)"


def test_file_is_told_with_its_line(labwork: Any, data_folder: Path, tmp_path: Path):
    file = tmp_path / "gan.yaml"
    file.write_text(f"data: '{DIGITS}'\nmodel: DCGANDiscriminator\ntrainer: '{RECIPE}'\n")
    outcome = labwork("run", str(file))
    assert outcome.status == 2
    assert f"{file}:3: trainer: cross_entropy fails: " in outcome.err
    assert "Traceback" not in outcome.err


def test_custom_steps_are_not_tried():
    from functools import partial

    import torch

    from labwork.config import ArgTree
    from labwork.data import Digits
    from labwork.experiments._try_out import try_out
    from labwork.training import OptimizerMaker

    def refuse(*args: Any) -> None:
        raise AssertionError("this was tried")

    common = {
        "model": torch.nn.Linear(8, 2),
        "loss": refuse,
        "optimizer_f": OptimizerMaker(torch.optim.SGD, lr=1.0),
        "epoch_count": 1,
        "batch_size": 4,
    }
    tried = partial(try_out, data=Digits("test"))
    for others in ({"train_step": refuse}, {"eval_step": refuse}, {"extension_fs": [refuse]}):
        tried(ArgTree(**common, **others))
    with pytest.raises(ValueError, match="this was tried"):
        tried(ArgTree(**common))
