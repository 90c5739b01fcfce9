"""Models by their strings: those of the documents, and a whole command on real files."""

import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
import torch

import labwork.models
from labwork.core import ConfigError
from labwork.data.datasets import SyntheticClassification
from labwork.experiments import ExperimentSpec, build_experiment, get_model
from labwork.nn import is_built, parameter_count

pytestmark = pytest.mark.usefixtures("seeded")

ROOT = Path(__file__).parents[2]
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
CIFAR = ROOT.parent / "shared" / "data" / "cifar-10-python-subset.tar.gz"
DOCUMENT = (ROOT / "docs" / "models.md").read_text("utf-8")
CELLS = re.findall(r"(?<=\| )`([^`]+)`(?= \|)", DOCUMENT)
NAMES = set(labwork.models.__all__) - {"VUNet"}  # it takes two images
STRINGS = [cell for cell in CELLS if re.split(r"[,(]", cell)[0] in NAMES]
COMMAND = {
    "data": "Cifar10{trainval,test}",
    "input_adapter": "id",
    "model": "models.ResNetV1,backbone_f=t(depth=18,small_input=True,block_f=t(norm_f=None))",
    "trainer": "ct.resnet_cifar,lr_scheduler_f=ConstLR,epoch_count=50,jitter=None",
}


def data(*shape: int) -> Any:
    return SyntheticClassification("train", length=4, example_shape=shape)


@pytest.mark.parametrize("text", STRINGS)
def test_strings_of_the_document_make_models(text: str):
    with torch.device("meta"):
        model = get_model(text, "id", data(3, 64, 64))
    assert is_built(model)
    assert model.names == ("input_adapter", "model")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ResNetV1,backbone_f=t(depth=18,small_input=True)", 11_173_962),
        # A bias in place of a weight and a bias of normalization, for each of 4,736 channels.
        ("ResNetV1,backbone_f=t(depth=18,small_input=True,block_f=t(norm_f=None))", 11_169_226),
        ("ResNetV2,backbone_f=t(depth=18,small_input=True)", 11_172_170),
        ("WideResNet,backbone_f=t(depth=28,width_factor=10,small_input=True)", 36_479_194),
        ("DenseNet,backbone_f=t(depth=121,small_input=True)", 6_956_298),
    ],
)
def test_model_is_built_for_the_data(text: str, count: int):
    with torch.device("meta"):
        model = get_model(f"models.{text}", "id", data(3, 32, 32))
        assert parameter_count(model) == count
        assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
        gray = get_model(text, "id", data(1, 32, 32))
    assert parameter_count(gray) < count


def test_model_is_built_for_what_the_adapter_gives():
    small = "ResNetV1,backbone_f=t(depth=10,base_width=4)"
    model = get_model(small, "nn.Conv2d(3,7,1)", data(3, 16, 16))
    assert model["model"].backbone.stem.conv.in_channels == 7
    assert model(torch.zeros(2, 3, 16, 16)).shape == (2, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ResNetV1,backbone_f=t(depth=19)", "no residual network of depth 19 is defined"),
        ("DenseNet,backbone_f=t(depth=19)", "no DenseNet of depth 19 is defined"),
        ("WideResNet,backbone_f=t(depth=19)", "the depth of a WideResNet is 6n + 4"),
        ("ResNetV1,backbone_f=t(dpeth=18)", "has no argument 'dpeth'; did you mean 'depth'?"),
        ("ResNetV1,backbone_f=t(block_f=t(nrom_f=None))", "did you mean 'norm_f'?"),
    ],
)
def test_wrong_argument_is_told_where_it_was_written(text: str, message: str):
    with pytest.raises(ConfigError) as caught:
        get_model(text, "id", data(3, 8, 8))
    assert message in str(caught.value)


def test_images_that_do_not_fit_are_told_with_the_path():
    with pytest.raises(ConfigError) as caught:
        get_model("ResNetV1,backbone_f=t(depth=10,base_width=4)", "nn.Flatten", data(3, 8, 8))
    assert "in ROOT.model (ResNetV1): the input was (2, 192)" in str(caught.value)


@pytest.mark.skipif(not CIFAR.exists(), reason="../shared/data has no subset of CIFAR-10")
def test_whole_command_makes_an_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with tarfile.open(CIFAR) as archive:
        archive.extractall(tmp_path, **SAFELY)
    monkeypatch.setenv("LABWORK_DATASETS", str(tmp_path))
    experiment = build_experiment(ExperimentSpec(**COMMAND), tmp_path / "runs")
    trainer, config = experiment.trainer, experiment.trainer.config
    assert parameter_count(trainer.model) == 11_169_226
    assert config["epoch_count"] == 50
    assert config["lr_scheduler_f"] == "labwork.training.constant_lr"
    assert config["jitter"] is None
