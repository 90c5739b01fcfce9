"""Residual and dense networks: published sizes, parts that are swapped, wrong arguments."""

import re
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from labwork.core import ConfigError
from labwork.models import (
    ConvStem,
    DenseNet,
    DenseNetBackbone,
    DenseNetBlock,
    DenseNetTransition,
    NormAct,
    ResNetV1,
    ResNetV1Backbone,
    ResNetV1Block,
    ResNetV2,
    ResNetV2Backbone,
    ResNetV2Block,
    SegmentationResNet,
    WideResNet,
    WideResNetBackbone,
    translate_params,
)

LARGE, SMALL = (1000, (2, 3, 224, 224)), (10, (2, 3, 32, 32))
DEPTHS = (10, 18, 34, 50, 101, 110, 152, 164, 200)


def on_meta(model_f: Any, class_count: int, shape: tuple[int, ...], **backbone: Any) -> Any:
    small = {"small_input": True} if shape[-1] == 32 else {}
    with torch.device("meta"):
        names = {ResNetV1: ResNetV1Backbone, ResNetV2: ResNetV2Backbone}
        names |= {WideResNet: WideResNetBackbone, DenseNet: DenseNetBackbone}
        backbone_f = partial(names[model_f], **small, **backbone)
        return model_f(class_count, backbone_f=backbone_f).build(shape)


def count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    ("model_f", "use", "backbone", "published"),
    [
        (ResNetV1, LARGE, {"depth": 18}, 11_689_512),
        (ResNetV1, LARGE, {"depth": 34}, 21_797_672),
        (ResNetV1, LARGE, {"depth": 50}, 25_557_032),
        (ResNetV1, LARGE, {"depth": 101}, 44_549_160),
        (ResNetV1, LARGE, {"depth": 152}, 60_192_808),
        (ResNetV1, SMALL, {"depth": 18}, 11_173_962),
        (ResNetV1, SMALL, {"depth": 50}, 23_520_842),
        (ResNetV2, SMALL, {"depth": 164}, 1_703_258),
        (WideResNet, SMALL, {"depth": 16, "width_factor": 8}, 10_961_370),
        (WideResNet, SMALL, {"depth": 28, "width_factor": 10}, 36_479_194),
        (WideResNet, SMALL, {"depth": 40, "width_factor": 4}, 8_949_210),
        (DenseNet, LARGE, {"depth": 121}, 7_978_856),
        (DenseNet, LARGE, {"depth": 161}, 28_681_000),
        (DenseNet, LARGE, {"depth": 169}, 14_149_480),
        (DenseNet, LARGE, {"depth": 201}, 20_013_928),
        (DenseNet, SMALL, {"depth": 100}, 769_162),
    ],
)
def test_parameters_are_as_many_as_published(
    model_f: Any, use: Any, backbone: dict[str, int], published: int
):
    assert count(on_meta(model_f, *use, **backbone)) == published


@pytest.mark.parametrize(("model_f", "use"), [(ResNetV1, SMALL), (ResNetV2, LARGE)])
@pytest.mark.parametrize("depth", DEPTHS)
def test_depth_is_the_number_of_layers_with_parameters(model_f: Any, depth: int, use: Any):
    model = on_meta(model_f, *use, depth=depth)
    modules = dict(model.named_modules())
    kinds = [name for name, m in modules.items() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len([name for name in kinds if "shortcut" not in name]) == depth
    assert ("group3" in model.backbone.names) == (depth not in (110, 164))


@pytest.mark.parametrize("output_stride", [4, 8, 16, 32, None])
def test_output_stride_is_kept_by_dilation(output_stride: int | None):
    backbone = ResNetV1Backbone(depth=18, base_width=4, output_stride=output_stride)
    features = backbone(torch.zeros(1, 3, 64, 64))
    assert 64 // features.shape[-1] == (output_stride or 32)
    dilation = backbone["group3"]["block1"]["sum"].branch["conv0"].dilation
    assert dilation == (32 // (output_stride or 32),) * 2


@pytest.mark.parametrize(
    "make",
    [
        partial(ResNetV1Backbone, depth=19),
        partial(ResNetV2Backbone, depth=19),
        partial(DenseNetBackbone, depth=19),
    ],
)
def test_depth_that_is_not_defined_is_told_with_those_that_are(make: Any):
    with pytest.raises(ConfigError, match=r"of depth 19 is defined; the depths are 10.*01"):
        make()


@pytest.mark.parametrize("depth", [27, 4, -2, 50])
def test_depth_of_wide_network_is_told(depth: int):
    with pytest.raises(ConfigError, match=rf"6n \+ 4, such as 10, .* not {depth}; WRN-50-2"):
        WideResNetBackbone(depth=depth, width_factor=1)


def test_block_with_unlike_lists_is_refused():
    with pytest.raises(ConfigError, match=r"as kernel sizes, which are \(3, 3\), not \(1, 1, 4\)"):
        ResNetV1Block(4, width_factors=(1, 1, 4))


def test_wrong_channels_are_told_with_the_path():
    model = ResNetV1(10, backbone_f=partial(ResNetV1Backbone, depth=10, base_width=4))
    model.build((2, 3, 32, 32))
    with pytest.raises(RuntimeError) as caught:
        model(torch.zeros(2, 1, 32, 32))
    (note,) = caught.value.__notes__
    assert note.startswith("in ROOT.backbone.stem.conv (Conv2d): the input was (2, 1, 32, 32)")
    assert note.endswith("it takes (N, 3, H, W)")


@pytest.mark.parametrize("shape", [(3, 32), (2, 3, 4, 32, 32)])
def test_wrong_number_of_dimensions_is_told_with_the_path(shape: tuple[int, ...]):
    backbone = ResNetV1Backbone(depth=10, base_width=4)
    with pytest.raises(ConfigError, match=r"ROOT\.stem .*takes images \(N, C, H, W\)"):
        backbone.build(shape)


PARTS = {
    "V1": (
        ResNetV1Backbone,
        {
            "stem_f": partial(ConvStem, norm_f=None, act_f=nn.SiLU),
            "block_f": partial(ResNetV1Block, norm_f=None, act_f=nn.SiLU),
        },
    ),
    "V2": (
        ResNetV2Backbone,
        {
            "stem_f": partial(ConvStem, norm_f=None, act_f=nn.SiLU),
            "block_f": partial(ResNetV2Block, norm_f=None, act_f=nn.SiLU),
            "final_f": partial(NormAct, None, nn.SiLU),
        },
    ),
    "dense": (
        DenseNetBackbone,
        {
            "stem_f": partial(ConvStem, norm_f=None, act_f=nn.SiLU),
            "block_f": partial(DenseNetBlock, norm_f=None, act_f=nn.SiLU),
            "transition_f": partial(DenseNetTransition, norm_f=None, act_f=nn.SiLU),
            "final_f": partial(NormAct, None, nn.SiLU),
        },
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_all_parts_can_be_swapped(name: str):
    backbone_f, parts = PARTS[name]
    depth = 121 if name == "dense" else 18
    with torch.device("meta"):
        backbone = backbone_f(depth=depth, **parts).build((2, 3, 64, 64))
    kinds = {type(m) for m in backbone.modules()}
    assert nn.SiLU in kinds
    assert not kinds & {nn.ReLU, nn.BatchNorm2d}
    assert all(m.bias is not None for m in backbone.modules() if isinstance(m, nn.Conv2d))


@pytest.mark.parametrize("model_f", [ResNetV1, ResNetV2, WideResNet, DenseNet, SegmentationResNet])
def test_default_initialization_is_that_of_the_paper(model_f: Any):
    torch.manual_seed(0)
    model = model_f(10).build((2, 3, 32, 32)) if model_f is not WideResNet else _narrow()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d) and layer.weight.numel() > 20_000:
            fan = layer.weight[0] if model_f is DenseNet else layer.weight[:, 0]
            expected = (2 / fan.numel()) ** 0.5
            assert layer.weight.std().item() == pytest.approx(expected, rel=0.1)
        if isinstance(layer, nn.Conv2d | nn.Linear) and layer.bias is not None:
            assert not layer.bias.any()


def _narrow() -> WideResNet:
    backbone_f = partial(WideResNetBackbone, depth=10, width_factor=4, small_input=True)
    return WideResNet(10, backbone_f=backbone_f).build((2, 3, 32, 32))


def test_initialization_can_be_swapped_or_left_out():
    def zero(module: nn.Module) -> None:
        for parameter in module.parameters():
            nn.init.zeros_(parameter)

    backbone_f = partial(ResNetV1Backbone, depth=10, base_width=4)
    assert not any(
        p.any()
        for p in ResNetV1(2, backbone_f=backbone_f, init=zero).build((2, 3, 32, 32)).parameters()
    )
    plain = ResNetV1(2, backbone_f=backbone_f, init=None).build((2, 3, 32, 32))
    assert plain.head.linear.bias.any()


def as_timm(name: str) -> str:
    """A name in ResNetV2 as timm has it."""
    for ours, theirs in (
        (r"backbone\.stem\.conv", "stem.conv"),
        (r"backbone\.final\.norm", "norm"),
        (r"head\.linear", "head.fc"),
        (r"backbone\.group(\d)\.block(\d+)\.", r"stages.\1.blocks.\2."),
        (r"(sum\.branch\.)?preact\.norm", "norm1"),
        (r"sum\.shortcut", "downsample.conv"),
    ):
        name = re.sub(ours, theirs, name)
    name = re.sub(r"sum\.branch\.conv(\d)", lambda m: f"conv{int(m[1]) + 1}", name)
    return re.sub(r"sum\.branch\.norm(\d)", lambda m: f"norm{int(m[1]) + 2}", name)


@pytest.mark.parametrize("depth", [18, 50])
def test_timm_s_names_are_translated(depth: int):
    state = on_meta(ResNetV2, *LARGE, depth=depth).state_dict()
    theirs = {as_timm(name): value for name, value in state.items()}
    assert {"stages.0.blocks.0.norm1.weight", "stages.1.blocks.1.conv2.weight"} <= set(theirs)
    assert len(theirs) == len(state)
    theirs["head.fc.weight"] = theirs["head.fc.weight"][:, :, None, None]
    translated = translate_params("resnetv2", theirs)
    assert {k: v.shape for k, v in translated.items()} == {k: v.shape for k, v in state.items()}
