"""What the doors of modules, losses, perturbations and samplers publish can be named in strings."""

import inspect
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

import labwork.data
import labwork.nn
from labwork.config import parse_expression
from labwork.core import ExpressionError
from labwork.data import Digits, Sampler
from labwork.experiments import get_model
from labwork.experiments._namespace import names
from labwork.nn import losses, perturbations

pytestmark = pytest.mark.usefixtures("seeded")

ABSTRACT = {"BaseDistribution", "Coupling", "Func", "Invertible", "Module"}  # Func calls anything
MODULES = sorted(
    name
    for name in labwork.nn.__all__
    if inspect.isclass(module := getattr(labwork.nn, name)) and issubclass(module, nn.Module)
)
SAMPLERS = [
    name
    for name in labwork.data.__all__
    if name != "Sampler" and isinstance(c := getattr(labwork.data, name), type)
    # An order without chance is shuffle=False, and a chain of augmentations has the name.
    if issubclass(c, Sampler) and name != "Sequential"
]
SMALL = "depth=10,base_width=4,small_input=True"
SWAPPED = {
    "Glow,level_count=1,step_count=1,level_f=t(step_f=t(coupling_f=SplineCoupling))": (
        labwork.nn.SplineCoupling
    ),
    f"ResNetV1,backbone_f=t({SMALL},block_f=t(norm_f=LayerNorm2d))": labwork.nn.LayerNorm2d,
    f"ResNetV1,backbone_f=t({SMALL}),head_f=ProjectionHead": labwork.nn.ProjectionHead,
    "UNet,backbone_f=t(widths=(4,8)),head_f=t(conv_f=partial(Conv2d,bias=False))": (
        labwork.nn.Conv2d
    ),
    "SmallImageClassifier,widths=(4,),norm_f=lambda n: Seq(norm=LayerNorm2d(n),act=nn.ReLU())": (
        labwork.nn.Seq
    ),
}


def value_of(text: str, kind: str = "argument") -> Any:
    return parse_expression(text).evaluate(names(kind))


@pytest.mark.parametrize("group", [losses, perturbations], ids=lambda m: m.__name__)
def test_groups_hold_what_their_doors_publish(group: ModuleType):
    prefix = group.__name__.rpartition(".")[2]
    found = {name: value_of(f"{prefix}.{name}") for name in group.__all__}
    assert found == {name: getattr(group, name) for name in group.__all__}


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_can_be_named(name: str):
    assert value_of(name) is getattr(labwork.data, name)


def test_no_name_stands_for_two_things():
    meant: dict[str, set[str]] = {}
    for kind in [
        "dataset",
        "model",
        "augmentation",
        "recipe",
        "metric",
        "input adapter",
        "argument",
    ]:
        for name in names(kind).paths():
            meant.setdefault(name, set()).add(repr(value_of(name, kind)))
    assert {name: found for name, found in meant.items() if len(found) > 1} == {}


@pytest.mark.parametrize("kind", ["argument", "input adapter"])
@pytest.mark.parametrize("name", MODULES)
def test_modules_of_ours_have_bare_names(name: str, kind: str):
    if name in ABSTRACT:
        with pytest.raises(ExpressionError, match="unknown name"):
            value_of(name, kind)
    else:
        assert value_of(name, kind) is getattr(labwork.nn, name)


@pytest.mark.parametrize("name", sorted(set(labwork.nn.__all__) - set(MODULES)))
@pytest.mark.parametrize("kind", ["argument", "input adapter"])
def test_nothing_else_of_the_door_can_be_named(name: str, kind: str):
    assert name not in names(kind)


@pytest.mark.parametrize("name", sorted(set(MODULES) & set(dir(nn)) - ABSTRACT))
def test_torchs_namesakes_stand_after_nn(name: str):
    assert value_of(f"nn.{name}") is getattr(nn, name) is not value_of(name)


@pytest.mark.parametrize("text", ["Seq({'_modules':nn.ReLU()})", "Fork({'forward':nn.ReLU()})"])
def test_containers_refuse_names_of_attributes(text: str):
    with pytest.raises(ExpressionError, match="attribute"):
        value_of(text)


@pytest.mark.parametrize(("text", "kind"), SWAPPED.items())
def test_strings_swap_parts(text: str, kind: type):
    model = get_model(text, "id", Digits("test"))
    assert any(type(module) is kind for module in model.modules())
    assert torch.isfinite(model(torch.rand(2, 1, 8, 8))).all()


def test_modules_are_input_adapters():
    whole = get_model("Glow,level_count=1,step_count=1", "Dequantize(17)", Digits("test"))
    assert isinstance(whole["input_adapter"], labwork.nn.Dequantize)


def test_names_in_files_are_the_same():
    source = {"name": "SmallImageClassifier", "widths": [4], "norm_f": "=LayerNorm2d"}
    model = get_model(source, "id", Digits("test"))
    assert any(isinstance(module, labwork.nn.LayerNorm2d) for module in model.modules())


def test_path_of_the_module_that_fails_is_told_in_the_line():
    with pytest.raises(ValueError, match="Squeeze") as caught:
        get_model("IRevNet", "id", Digits("test"))
    message = str(caught.value)
    assert message.startswith("MODEL: Squeeze(2) takes")
    assert "in ROOT.model." in message
    assert "\n" not in message
