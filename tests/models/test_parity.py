"""Given the same parameters, networks give what torchvision's give."""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from labwork.models import (
    DenseNet,
    DenseNetBackbone,
    ResNetV1,
    ResNetV1Backbone,
    ResNetV1Block,
    translate_params,
)

wide = partial(ResNetV1Block, width_factors=(2, 2, 4))
NETWORKS: dict[str, tuple[str, Callable[[], Any], tuple[int, int]]] = {
    **{
        f"resnet{depth}": ("resnet", partial(ResNetV1Backbone, depth=depth), (64, 75))
        for depth in (18, 34, 50, 101, 152)
    },
    "wide_resnet50_2": ("resnet", partial(ResNetV1Backbone, depth=50, block_f=wide), (64, 75)),
    **{
        f"densenet{depth}": ("densenet", partial(DenseNetBackbone, depth=depth), (64, 75))
        for depth in (121, 161, 169, 201)
    },
}
ASKED_FOR = ("resnet18", "resnet34", "resnet50", "wide_resnet50_2", "densenet121")
CLASSES = {"resnet": ResNetV1, "densenet": DenseNet}


def ours(kind: str, backbone_f: Callable[[], Any]) -> Any:
    return CLASSES[kind](1000, backbone_f=backbone_f, init=None).build((1, 3, 64, 64))


def randomize(model: nn.Module) -> nn.Module:
    """Gives what is the same in every new network a value of its own."""
    generator = torch.Generator().manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor in (layer.weight.data, layer.running_var):
                tensor.uniform_(0.5, 1.5, generator=generator)
            for tensor in (layer.bias.data, layer.running_mean):
                tensor.normal_(std=0.1, generator=generator)
    return model.eval()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in ASKED_FOR else pytest.mark.slow) for name in NETWORKS],
)
def test_output_is_torchvision_s(name: str, torchvision: ModuleType):
    kind, backbone_f, size = NETWORKS[name]
    theirs = randomize(getattr(torchvision.models, name)())
    model = ours(kind, backbone_f).eval()
    model.load_state_dict(translate_params(kind, theirs.state_dict()))
    images = torch.rand(2, 3, *size)
    with torch.no_grad():
        expected = theirs(images)
        torch.testing.assert_close(model(images), expected, rtol=1e-5, atol=1e-5)
    count = sum(p.numel() for p in theirs.parameters())
    assert sum(p.numel() for p in model.parameters()) == count


def test_gradients_are_torchvision_s(torchvision: ModuleType):
    theirs = torchvision.models.resnet18(num_classes=10).double()
    model = ResNetV1(10, backbone_f=partial(ResNetV1Backbone, depth=18)).double()
    model.build((1, 3, 64, 64)).load_state_dict(translate_params("resnet", theirs.state_dict()))
    images = torch.rand(4, 3, 64, 64, dtype=torch.float64)
    for network in (theirs, model):
        network(images).square().mean().backward()
    expected = {name: p.grad for name, p in theirs.named_parameters()}
    found = {name: p.grad for name, p in model.named_parameters()}
    for name, grad in translate_params("resnet", expected).items():
        torch.testing.assert_close(found[name], grad)
    torch.testing.assert_close(
        model.state_dict(), translate_params("resnet", theirs.state_dict()), check_dtype=True
    )


def test_dilated_backbone_is_torchvision_s(torchvision: ModuleType):
    theirs = randomize(torchvision.models.segmentation.fcn_resnet50(weights_backbone=None).backbone)
    backbone = ResNetV1Backbone(depth=50, output_stride=8).build((1, 3, 64, 64)).eval()
    state = translate_params("resnet", theirs.state_dict())
    backbone.load_state_dict({k.removeprefix("backbone."): v for k, v in state.items()})
    images = torch.rand(1, 3, 64, 72)
    with torch.no_grad():
        torch.testing.assert_close(backbone(images), theirs(images)["out"], rtol=1e-5, atol=1e-5)
