"""Laws of swapping parts by trees: any norm, activation, block or stem of any model."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._pytree import tree_leaves

from labwork.config import t
from labwork.experiments import find_model
from labwork.models import (
    GAN,
    MLP,
    VAE,
    VGG,
    Autoencoder,
    ConvDecoder,
    ConvEncoder,
    ConvNeXt,
    ConvNeXtBackbone,
    DCGANDiscriminator,
    DeepLabV3Plus,
    DenseNet,
    DenseNetBackbone,
    Glow,
    IRevNet,
    IRevNetBackbone,
    LadderDenseNet,
    MLPBackbone,
    ResNetV1,
    ResNetV1Backbone,
    ResNetV2,
    ResNetV2Backbone,
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
    WideResNetBackbone,
)
from labwork.nn import ActNorm

pytestmark = pytest.mark.usefixtures("seeded")

Factory = Callable[..., Any]
Path = tuple[str, ...]

v1 = partial(ResNetV1Backbone, depth=10, base_width=4)
dense = partial(DenseNetBackbone, depth=121, group_lengths=(2, 1, 2), growth=4)

# A small model, the shape of its images, and which of these its tree has.
ALL = {"norm_f", "act_f", "block_f", "stem_f"}
MODELS: dict[str, tuple[Factory, tuple[int, ...], set[str]]] = {
    "SmallImageClassifier": (
        partial(SmallImageClassifier, 5, widths=(4, 6)),
        (3, 8, 8),
        ALL - {"stem_f"},
    ),
    "ResNetV1": (partial(ResNetV1, 5, backbone_f=v1), (3, 33, 32), ALL),
    "ResNetV2": (
        partial(ResNetV2, 5, backbone_f=partial(ResNetV2Backbone, depth=10, base_width=4)),
        (3, 33, 32),
        ALL,
    ),
    "WideResNet": (
        partial(WideResNet, 5, backbone_f=partial(WideResNetBackbone, depth=10, width_factor=1)),
        (3, 32, 32),
        ALL,
    ),
    "DenseNet": (partial(DenseNet, 5, backbone_f=dense), (3, 32, 32), ALL),
    "VGG": (
        partial(VGG, 5, depth=11, width=4, hidden_width=8),
        (3, 32, 32),
        {"norm_f", "act_f"},
    ),
    "ViT": (
        partial(
            ViT,
            5,
            backbone_f=partial(ViTBackbone, depth=2, width=8, head_count=2, patch_size=4),
            init=None,
        ),
        (3, 8, 12),
        ALL - {"stem_f"},
    ),
    "ConvNeXt": (
        partial(
            ConvNeXt,
            5,
            backbone_f=partial(ConvNeXtBackbone, depths=(1, 1), widths=(4, 6), patch_size=2),
        ),
        (3, 16, 20),
        ALL,
    ),
    "MLP": (
        partial(MLP, 5, backbone_f=partial(MLPBackbone, (6, 4))),
        (2, 4, 4),
        ALL - {"stem_f"},
    ),
    "SegmentationResNet": (
        partial(SegmentationResNet, 5, backbone_f=partial(v1, output_stride=8)),
        (3, 33, 32),
        ALL,
    ),
    "SwiftNet": (partial(SwiftNet, 5, backbone_f=v1), (3, 75, 64), ALL),
    "SwiftNetPyramid": (
        partial(SwiftNetPyramid, 5, level_count=2, backbone_f=v1),
        (3, 129, 96),
        ALL,
    ),
    "LadderDenseNet": (
        t(decoder_f=t(widths=(8, 6, 6))).apply(partial(LadderDenseNet, 5, backbone_f=dense)),
        (3, 73, 64),
        ALL,
    ),
    "DeepLabV3Plus": (
        partial(DeepLabV3Plus, 5, backbone_f=partial(v1, output_stride=16)),
        (3, 41, 32),
        ALL,
    ),
    "UNet": (
        partial(UNet, 5, backbone_f=partial(UNetBackbone, (4, 6))),
        (2, 9, 8),
        ALL - {"stem_f"},
    ),
    "IRevNet": (
        partial(IRevNet, 5, backbone_f=partial(IRevNetBackbone, group_lengths=(1, 2))),
        (3, 16, 24),
        ALL - {"stem_f"},
    ),
    "Autoencoder": (
        partial(
            Autoencoder,
            encoder_f=partial(ConvEncoder, 3, widths=(4, 6)),
            decoder_f=partial(ConvDecoder, widths=(6, 4)),
        ),
        (2, 8, 12),
        ALL - {"stem_f"},
    ),
    "VAE": (
        partial(
            VAE,
            3,
            encoder_f=partial(ConvEncoder, 3, widths=(4, 6)),
            decoder_f=partial(ConvDecoder, widths=(6, 4), final_f=None),
        ),
        (2, 8, 12),
        ALL - {"stem_f"},
    ),
    "GAN": (
        t(generator_f=t(base_width=4), discriminator_f=t(base_width=4)).apply(partial(GAN, 6)),
        (2, 16, 16),
        ALL - {"stem_f"},
    ),
    "DCGANDiscriminator": (
        partial(DCGANDiscriminator, base_width=4),
        (2, 16, 16),
        ALL - {"stem_f"},
    ),
    "Glow": (partial(Glow, level_count=2, step_count=1), (1, 8, 8), {"act_f"}),
    "VUNet": (partial(VUNet, encoder_f=partial(VUNetEncoder, 4, 6)), (3, 16, 16), ALL),
}

every_model = pytest.mark.parametrize("name", MODELS)
NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU)


class OtherNorm(nn.GroupNorm):
    """A normalization that no model has by itself."""

    def __init__(self, channels: int) -> None:
        super().__init__(1, channels)


class OtherTokenNorm(nn.RMSNorm):
    """Likewise, of tokens."""


def slots(factory: Factory, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The paths of all factories in a factory's arguments, with what they are by default."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return
    for parameter in parameters:
        here = (*path, parameter.name)
        if parameter.name.endswith("_f"):
            yield here, parameter.default
            yield from slots(parameter.default, here)


def slots_of(name: str, kind: str) -> dict[Path, Any]:
    """Those whose argument has one name, but for ``ActNorm``, as all is invertible around it."""
    found = slots(MODELS[name][0])
    return {path: value for path, value in found if path[-1] == kind and value is not ActNorm}


def tree(path: Path, value: Any) -> Any:
    first, *rest = path
    return t(**{first: tree(tuple(rest), value) if rest else value})


def swapped(name: str, *changes: tuple[Path, Any]) -> Factory:
    factory = MODELS[name][0]
    for path, value in changes:
        factory = tree(path, value).apply(factory)
    return factory


def trained(name: str, make: Factory) -> nn.Module:
    """The model, after a pass forward and backward that is finite."""
    shape = MODELS[name][1]
    images = [torch.rand(4, *shape) for _ in range(2 if name == "VUNet" else 1)]
    model = make()
    loss = sum(out.square().mean() for out in tree_leaves(model(*images)))
    loss.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert grads
    assert all(grad.isfinite().all() for grad in grads)
    return model


@every_model
def test_every_model_has_the_parts_that_it_is_known_for(name: str):
    assert {kind for kind in ALL if slots_of(name, kind)} == MODELS[name][2]


@every_model
def test_without_normalization_there_is_none(name: str):
    model = trained(name, swapped(name, *((path, None) for path in slots_of(name, "norm_f"))))
    assert not [m for m in model.modules() if isinstance(m, NORMS)]


@every_model
@pytest.mark.slow
def test_each_normalization_can_be_left_out_or_be_another_one(name: str):
    other = OtherTokenNorm if name == "ViT" else OtherNorm
    for path in slots_of(name, "norm_f"):
        trained(name, swapped(name, (path, None)))
        model = trained(name, swapped(name, (path, other)))
        if (name, *path[1:2]) == ("LadderDenseNet", "final_f"):
            continue  # nothing takes what comes after the last group
        assert any(isinstance(m, other) for m in model.modules()), path


@every_model
def test_activations_are_those_that_are_asked_for(name: str):
    model = trained(name, swapped(name, *((path, nn.SiLU) for path in slots_of(name, "act_f"))))
    assert not [m for m in model.modules() if isinstance(m, ACTIVATIONS)]
    assert any(isinstance(m, nn.SiLU) for m in model.modules())


@every_model
@pytest.mark.parametrize("kind", ["block_f", "stem_f"])
def test_blocks_and_stems_are_made_by_what_is_put_in_place(name: str, kind: str):
    for path, present in slots_of(name, kind).items():
        made = []

        def other(*args: Any, present: Any = present, made: list[Any] = made, **kwargs: Any) -> Any:
            made.append(present(*args, **kwargs))
            return made[-1]

        model = trained(name, swapped(name, (path, other)))
        assert made, path
        assert {*made} & {*model.modules()}, path


def test_a_string_makes_a_convnext_of_batch_normalization():
    text = (
        "ConvNeXt,class_count=5,backbone_f=t(depths=(1,1),widths=(4,6),"
        "norm_f=nn.BatchNorm2d,block_f=t(norm_f=nn.BatchNorm2d,act_f=nn.SiLU)),"
        "head_f=t(norm_f=nn.BatchNorm2d)"
    )
    model = find_model(text)().build((2, 3, 32, 32))
    kinds = [type(m) for m in model.modules()]
    assert kinds.count(nn.BatchNorm2d) == 5
    assert nn.GELU not in kinds
