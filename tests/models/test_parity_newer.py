"""Transformers and ConvNeXts give what torchvision's give, given the same parameters."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

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


def in_timm_s_naming(model: nn.Module, *, conv_mlp: bool) -> dict[str, Tensor]:
    """The parameters of a ConvNeXt in the naming and the shapes of timm's."""
    backbone, head = model.backbone, model.head
    layers = {"stem.0": backbone.stem.conv, "stem.1": backbone.stem.norm}
    layers |= {"head.norm": head.norm, "head.fc": head.linear}
    state: dict[str, Tensor] = {}
    stages = [backbone[name] for name in backbone.names if name.startswith("stage")]
    for i, stage in enumerate(stages):
        if i:
            down = backbone[f"down{i}"]
            layers |= {f"stages.{i}.downsample.0": down.norm, f"stages.{i}.downsample.1": down.conv}
        for j, block in enumerate(stage):
            here = f"stages.{i}.blocks.{j}"
            layers |= {f"{here}.conv_dw": block.conv, f"{here}.norm": block.norm}
            layers |= {f"{here}.mlp.fc1": block.linear0, f"{here}.mlp.fc2": block.linear1}
            state[f"{here}.gamma"] = block.scale.detach().flatten()
    for name, layer in layers.items():
        weight = layer.weight.detach()
        is_conv = conv_mlp and ".mlp." in name
        state[f"{name}.weight"] = weight[..., None, None] if is_conv else weight
        state[f"{name}.bias"] = layer.bias.detach()
    return state


@pytest.mark.parametrize("conv_mlp", [False, True])
def test_a_file_of_timm_s_convnext_is_read(conv_mlp: bool, tmp_path: Path):
    make = NETWORKS["convnext"][1]
    model, other = (make().build((1, 3, 32, 32)).eval() for _ in range(2))
    for parameter in model.parameters():
        parameter.data.normal_(std=0.2)
    torch.save(in_timm_s_naming(model, conv_mlp=conv_mlp), tmp_path / "convnext.pth")
    theirs = torch.load(tmp_path / "convnext.pth", weights_only=True)
    assert len(theirs) == len(model.state_dict())
    other.load_state_dict(translate_params("convnext", theirs))
    images = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(other(images), model(images), rtol=0, atol=0)


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
