"""Transformers and ConvNeXts give what torchvision's give, given the same parameters."""

from collections.abc import Callable
from functools import partial
from types import ModuleType

import pytest
import torch
from torch import nn

from labwork.models import ConvNeXt, ConvNeXtBackbone, ViT, ViTBackbone, translate_params
from labwork.nn import parameter_count


def vision_transformer(torchvision: ModuleType) -> nn.Module:
    return torchvision.models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=3, num_heads=4, hidden_dim=32, mlp_dim=128
    )


def conv_next(torchvision: ModuleType) -> nn.Module:
    setting = torchvision.models.convnext.CNBlockConfig
    stages = [setting(8, 16, 2), setting(16, None, 1)]
    return torchvision.models.ConvNeXt(stages, stochastic_depth_prob=0.1, layer_scale=0.5)


NETWORKS: dict[str, tuple[Callable[[ModuleType], nn.Module], Callable[[], nn.Module]]] = {
    "vit": (
        vision_transformer,
        partial(
            ViT,
            1000,
            backbone_f=partial(ViTBackbone, depth=3, width=32, head_count=4, patch_size=8),
        ),
    ),
    "convnext": (
        conv_next,
        partial(
            ConvNeXt, 1000, backbone_f=partial(ConvNeXtBackbone, depths=(2, 1), widths=(8, 16))
        ),
    ),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_output_is_torchvision_s(kind: str, torchvision: ModuleType):
    theirs_f, ours_f = NETWORKS[kind]
    theirs = theirs_f(torchvision).eval()
    generator = torch.Generator().manual_seed(0)
    for parameter in theirs.parameters():
        parameter.data.normal_(std=0.2, generator=generator)
    model = ours_f().build((1, 3, 32, 32)).eval()
    model.load_state_dict(translate_params(kind, theirs.state_dict()))
    images = torch.rand(2, 3, 32, 32, generator=generator)
    with torch.no_grad():
        torch.testing.assert_close(model(images), theirs(images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda: ViT(1000), 86_567_656),
        (lambda: ConvNeXt(1000), 28_589_128),
    ],
    ids=["ViT-B/16", "ConvNeXt-T"],
)
def test_as_many_parameters_as_published(make: Callable[[], nn.Module], count: int):
    with torch.device("meta"):
        model = make().build((1, 3, 224, 224))
    assert parameter_count(model) == count


def test_what_does_not_fit_is_told():
    backbone = ViTBackbone(depth=1, width=8, head_count=2, patch_size=8)
    with pytest.raises(ValueError, match="patches of 8 by 8 pixels don't fill an image of 20 by"):
        backbone.build((1, 3, 20, 32))
    backbone.build((1, 3, 32, 32))
    with pytest.raises(ValueError, match="learnt for images of"):
        backbone(torch.rand(1, 3, 16, 16))
    with pytest.raises(ValueError, match="3 heads don't divide the width of 8"):
        ViTBackbone(depth=1, width=8, head_count=3, patch_size=8).build((1, 3, 32, 32))
    with pytest.raises(ValueError, match="as many depths as widths, not 1 and 2"):
        ConvNeXtBackbone(depths=(1,), widths=(8, 16))
