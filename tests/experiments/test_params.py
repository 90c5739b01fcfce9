"""--params: parameters of others under our names, from files only, or an error that helps."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from labwork.core import CheckpointError, ConfigError
from labwork.data.datasets import SyntheticClassification
from labwork.experiments import ExperimentSpec, build_experiment, get_model
from labwork.experiments._params import Params
from labwork.models import translate_params

pytestmark = pytest.mark.usefixtures("seeded")

DATA = "SyntheticClassification(length=8,example_shape=(3,16,16)){train,val}"
MODEL = "ResNetV1,backbone_f=t(depth=10,base_width=4)"
TRAINER = "ct.resnet_cifar,epoch_count=1,jitter=None"


def as_torchvision(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Our names for a ResNet of basic blocks, as torchvision has them."""

    def rename(name: str) -> str:
        name = re.sub(r"^backbone\.stem\.conv", "conv1", name)
        name = re.sub(r"^backbone\.stem\.norm", "bn1", name)
        name = re.sub(r"^head\.linear", "fc", name)
        name = re.sub(
            r"^backbone\.group(\d)\.block(\d)\.sum\.",
            lambda m: f"layer{int(m[1]) + 1}.{m[2]}.",
            name,
        )
        name = re.sub(r"branch\.conv(\d)", lambda m: f"conv{int(m[1]) + 1}", name)
        name = re.sub(r"branch\.norm(\d)", lambda m: f"bn{int(m[1]) + 1}", name)
        return name.replace("shortcut.conv", "downsample.0").replace(
            "shortcut.norm", "downsample.1"
        )

    return {rename(name): value for name, value in state.items()}


def model(text: str = MODEL, seed: int = 0) -> Any:
    torch.manual_seed(seed)
    data = SyntheticClassification("train", length=8, example_shape=(3, 16, 16))
    return get_model(text, "id", data)


@pytest.fixture
def theirs() -> dict[str, Tensor]:
    return as_torchvision(model(seed=1)["model"].state_dict())


def test_names_are_translated_there_and_back(theirs: dict[str, Tensor]):
    assert "layer2.0.downsample.1.running_var" in theirs
    assert not any(re.match("backbone|head", name) for name in theirs)
    assert set(translate_params("resnet", theirs)) == set(model()["model"].state_dict())


FORMS = {
    "resnet:": ("", "", ""),
    "resnet(backbone):": ("backbone", "backbone", "head."),
    "resnet[backbone]:": ("backbone", "backbone", "head."),
    "resnet->backbone:": ("backbone", "backbone", "head."),
    "resnet[backbone]->backbone:": ("backbone", "backbone", "head."),
    "resnet[backbone.group1]->backbone.group1:": ("backbone.group1", "backbone.group1", None),
}


@pytest.mark.parametrize("form", FORMS)
def test_form_says_what_goes_where(form: str, theirs: dict[str, Tensor], tmp_path: Path):
    part, module, _ = FORMS[form]
    file = tmp_path / "theirs:1.pth"
    torch.save(theirs, file)
    params = Params.read(f"{form}{file}")
    assert params == Params(file, "resnet", part, module)
    fresh, whole = model(), model()
    params.load(whole)
    wanted, before = model(seed=1).state_dict(), fresh.state_dict()
    for name, value in whole.state_dict().items():
        is_taken = name.startswith(f"model.{module}")
        assert torch.equal(value, (wanted if is_taken else before)[name]), name


def wrapped(state: dict[str, Tensor]) -> dict[str, Any]:
    return {"epoch": 3, "state_dict": {f"module.{k}": v for k, v in state.items()}}


def old(state: dict[str, Tensor]) -> dict[str, Any]:
    return {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}


@pytest.mark.parametrize("change", [dict, wrapped, old])
def test_files_of_several_kinds_are_read(
    change: Callable[[Any], Any], theirs: dict[str, Tensor], tmp_path: Path
):
    torch.save(change(theirs), tmp_path / "a.pth")
    whole = model()
    Params.read(f"resnet:{tmp_path}/a.pth").load(whole)
    wanted = model(seed=1).state_dict()
    assert all(torch.equal(v, wanted[k]) for k, v in whole.state_dict().items())


def test_safetensors_are_read(theirs: dict[str, Tensor], tmp_path: Path):
    save_file = pytest.importorskip("safetensors.torch").save_file
    save_file(theirs, tmp_path / "a.safetensors")
    whole = model()
    Params.read(f"resnet:{tmp_path}/a.safetensors").load(whole)
    wanted = model(seed=1).state_dict()
    assert all(torch.equal(v, wanted[k]) for k, v in whole.state_dict().items())
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match=r"a\.safetensors can't be read"):
        Params.read(f"resnet:{tmp_path}/a.safetensors").load(whole)


class Foreign:
    pass


@pytest.mark.parametrize("content", [Foreign(), {}, [torch.zeros(1)], {"a": 1}, {1: torch.ones(1)}])
def test_file_that_holds_something_else_is_refused(content: Any, tmp_path: Path):
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match=r"a\.pth (is refused|holds no parameters)"):
        Params.read(f"resnet:{tmp_path}/a.pth").load(nn.Identity())


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("resnt:", "unknown translator 'resnt'; did you mean 'resnet'?"),
        ("resnet(bakbone):", "there is no module 'bakbone' in the model (ResNetV1); did you mean"),
        ("resnet(backbone):none/", "there is no file none/"),
        (
            "densenet(backbone):",
            "doesn't fit backbone (ResNetV1Backbone): 60 missing\n  stem.conv.weight is missing;",
        ),
        ("", "doesn't fit the model (ResNetV1): "),
    ],
)
def test_what_is_wrong_is_told(form: str, message: str, theirs: dict[str, Tensor], tmp_path: Path):
    torch.save(theirs, tmp_path / "a.pth")
    spec = ExperimentSpec(data=DATA, model=MODEL, trainer=TRAINER, params=f"{form}{tmp_path}/a.pth")
    with pytest.raises(ConfigError) as caught:
        build_experiment(spec, tmp_path / "runs", origin=lambda key: "base.yaml:7")
    told = str(caught.value)
    assert told.startswith("base.yaml:7: params: ")
    assert message in told
    assert len(told.splitlines()) <= 10
    assert not (tmp_path / "runs").exists()


def test_translator_that_fits_is_suggested(theirs: dict[str, Tensor], tmp_path: Path):
    torch.save(theirs, tmp_path / "a.pth")
    with pytest.raises(ConfigError, match=r"the translator 'resnet' knows more of the names$"):
        Params.read(f"densenet(backbone):{tmp_path}/a.pth").load(model())
    with pytest.raises(ConfigError, match=r"the translator 'resnet' knows more of the names$"):
        Params.read(f"{tmp_path}/a.pth").load(model())


def test_leaving_out_the_head_is_suggested(theirs: dict[str, Tensor], tmp_path: Path):
    theirs |= {"fc.weight": torch.zeros(3, 32), "fc.bias": torch.zeros(3)}
    torch.save(theirs, tmp_path / "a.pth")
    with pytest.raises(ConfigError) as caught:
        Params.read(f"resnet:{tmp_path}/a.pth").load(model())
    assert str(caught.value).splitlines()[1:] == [
        "  head.linear.weight is (3, 32) there and (10, 32) here",
        "  head.linear.bias is (3,) there and (10,) here",
        f"  resnet(backbone):{tmp_path}/a.pth leaves the head as it is",
    ]


def test_training_starts_from_them_and_resuming_does_not(
    theirs: dict[str, Tensor], tmp_path: Path, data_folder: Path
):
    file = tmp_path / "a.pth"
    torch.save(theirs, file)
    spec = ExperimentSpec(
        data=DATA, model=MODEL, trainer=TRAINER, params=f"resnet(backbone):{file}"
    )
    experiment = build_experiment(spec, tmp_path / "runs")
    stem = experiment.trainer.model["model"].backbone.stem
    assert torch.equal(stem.conv.weight.cpu(), theirs["conv1.weight"])
    experiment.run()
    assert f"params: resnet(backbone):{file}" in (experiment.path / "config.yaml").read_text()
    file.unlink()  # nothing but the run's directory is needed to go on
    build_experiment(spec, tmp_path / "runs", resume="strict").run()
