"""What every model promises besides its outputs: who made it, how it begins, what it refuses."""

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from labwork import models
from labwork.core import ConfigError
from labwork.models import (
    GAN,
    MLP,
    VAE,
    VGG,
    Autoencoder,
    ConvEncoder,
    ConvNeXt,
    ConvNeXtBackbone,
    DCGANDiscriminator,
    DCGANGenerator,
    DeepLabV3Plus,
    DenseNet,
    Glow,
    IRevNet,
    IRevNetBackbone,
    LadderDenseNet,
    ResNetV1,
    ResNetV1Backbone,
    ResNetV2,
    SegmentationResNet,
    SmallImageClassifier,
    SwiftNet,
    SwiftNetPyramid,
    UNet,
    UNetBackbone,
    ViT,
    ViTBackbone,
    VUNet,
    VUNetEncoder,
    WideResNet,
)
from labwork.nn import ClassificationHead, ProjectionHead, SegmentationHead

pytestmark = pytest.mark.usefixtures("seeded")

Factory = Callable[..., Any]

# What makes each model, on the meta device, of images of 64 pixels.
MODELS: dict[type[nn.Module], Factory] = {
    SmallImageClassifier: partial(SmallImageClassifier, 5),
    ResNetV1: partial(ResNetV1, 5),
    ResNetV2: partial(ResNetV2, 5),
    WideResNet: partial(WideResNet, 5),
    DenseNet: partial(DenseNet, 5),
    VGG: partial(VGG, 5),
    ViT: partial(ViT, 5, backbone_f=partial(ViTBackbone, depth=1)),
    ConvNeXt: partial(ConvNeXt, 5),
    MLP: partial(MLP, 5),
    SegmentationResNet: partial(SegmentationResNet, 5),
    SwiftNet: partial(SwiftNet, 5),
    SwiftNetPyramid: partial(SwiftNetPyramid, 5, level_count=2),
    LadderDenseNet: partial(LadderDenseNet, 5),
    DeepLabV3Plus: partial(DeepLabV3Plus, 5),
    UNet: partial(UNet, 5),
    IRevNet: partial(IRevNet, 5, backbone_f=partial(IRevNetBackbone, group_lengths=(1, 1))),
    Autoencoder: Autoencoder,
    VAE: VAE,
    GAN: GAN,
    Glow: partial(Glow, level_count=2, step_count=1),
    VUNet: VUNet,
}
PARTS: dict[type[nn.Module], Factory] = {
    DCGANDiscriminator: DCGANDiscriminator,
    ConvEncoder: partial(ConvEncoder, 3),
    IRevNetBackbone: IRevNetBackbone,
    UNetBackbone: UNetBackbone,
    VUNetEncoder: VUNetEncoder,
}
OF_IMAGES = {kind: make for kind, make in {**MODELS, **PARTS}.items() if kind is not MLP}
NUMBERS = {"int", "int | None"}
SEVERAL = {"Sequence[int]", "Sequence[int] | None", "int | Sequence[int] | None"}
# Arguments without a default, where it isn't 8.
GIVEN = {"depth": 18, "growth": 4, "size": 16}


def arguments(kind: type[nn.Module]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(kind).parameters)


def inputs(kind: type[nn.Module], *shape: int) -> list[tuple[int, ...]]:
    return [shape] * (2 if kind is VUNet else 1)


@pytest.mark.parametrize("kind", [*MODELS, DCGANGenerator, DCGANDiscriminator])
def test_the_docstring_names_the_paper_and_the_reference(kind: type[nn.Module]):
    text = inspect.getdoc(kind) or ""
    assert re.search(r"\b(19|20)\d\d\b", text)
    assert "reference implementation" in " ".join(text.lower().split())


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_is_initialized_as_is_asked_for(kind: type[nn.Module]):
    counts = []

    def init(model: nn.Module) -> None:
        counts.append(sum(p.numel() for p in model.parameters()))

    with torch.device("meta"):
        model = MODELS[kind](init=init).build(*inputs(kind, 2, 3, 64, 64))
        MODELS[kind](init=None).build(*inputs(kind, 2, 3, 64, 64))
    # A pyramid gives each level its normalizations afterwards.
    assert counts == [sum(p.numel() for p in model.parameters())] or kind is SwiftNetPyramid
    assert len(counts) == 1


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("channels", [1, 4])
def test_no_model_is_told_the_channels(kind: type[nn.Module], channels: int):
    with torch.device("meta"):
        model = MODELS[kind]().build(*inputs(kind, 2, channels, 64, 64))
    assert all(p.is_meta for p in model.parameters())


@pytest.mark.parametrize("kind", [SmallImageClassifier, VGG])
def test_a_model_that_is_told_the_channels_is_built_at_once(kind: type[nn.Module]):
    names = [*dict(kind(5, 2).named_parameters())]
    assert names == [*dict(kind(5).build((2, 2, 32, 32)).named_parameters())]


@pytest.mark.parametrize("kind", OF_IMAGES)
def test_an_image_without_a_batch_is_told(kind: type[nn.Module]):
    name = kind.__name__
    with torch.device("meta"):
        model = OF_IMAGES[kind]()
        with pytest.raises(ConfigError) as error:
            model.build(*inputs(kind, 3, 64, 64))
        assert str(error.value) == f"ROOT ({name}) takes images (N, C, H, W), not (3, 64, 64)"
        with pytest.raises(ConfigError, match=re.escape(f"ROOT ({name}) takes images")):
            model(*(torch.zeros(shape) for shape in inputs(kind, 3, 64, 64)))
        model.build(*inputs(kind, 2, 3, 64, 64))


@pytest.mark.parametrize("backbone_f", [ResNetV1Backbone, ViTBackbone, ConvNeXtBackbone])
def test_the_first_part_of_a_backbone_tells(backbone_f: Factory):
    backbone = backbone_f(depth=18) if backbone_f is ResNetV1Backbone else backbone_f()
    with pytest.raises(ConfigError, match=r"^ROOT\.\w+ \(\w+\) takes images \(N, C, H, W\), not"):
        backbone.build((3, 64, 64))


def test_it_is_told_where_the_model_stands():
    net = nn.Sequential(nn.Identity(), ResNetV1(5))
    with pytest.raises(ConfigError, match=r"^ROOT\.1 \(ResNetV1\) takes images"):
        net(torch.zeros(3, 64, 64))
    with pytest.raises(ConfigError, match=r"takes codes \(N, D\), not \(100,\)"):
        DCGANGenerator(3).build((100,))


COUNTED = [
    *(getattr(models, name) for name in models.__all__ if name[0].isupper()),
    ClassificationHead,
    ProjectionHead,
    SegmentationHead,
]


@pytest.mark.parametrize("kind", COUNTED)
def test_counts_and_sizes_below_one_are_refused_at_once(kind: type[nn.Module]):
    parameters = arguments(kind)
    if not issubclass(kind, nn.Module) or {"args", "kwargs"} & {*parameters}:
        return
    given: dict[str, Any] = {
        name: (lambda *_: nn.Identity()) if name.endswith("_f") else GIVEN.get(name, 8)
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty
    }
    for name, parameter in parameters.items():
        for wrong in (0, -1):
            values = {**dict.fromkeys(NUMBERS, wrong), **dict.fromkeys(SEVERAL, (4, wrong))}
            if parameter.annotation in values:
                with pytest.raises(ConfigError, match=f"{wrong}"):
                    kind(**{**given, name: values[parameter.annotation]})
