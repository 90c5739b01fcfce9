"""LadderDenseNet, DeepLabV3+ and U-Net have the structure of their papers; any part is swapped."""

from functools import partial
from itertools import pairwise
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.data.datasets import Shapes
from labwork.experiments import get_model
from labwork.models import (
    AtrousSpatialPyramidPooling,
    DeepLabV3Plus,
    DenseNet,
    DenseNetBackbone,
    LadderDenseNet,
    LadderStep,
    ResidualLadderStep,
    ResNetV1Backbone,
    SegmentationResNet,
    Segmenter,
    SpatialPyramidPooling,
    SwiftNet,
    UNet,
    UNetBackbone,
    UNetBlock,
    UNetDecoder,
    UNetStep,
)
from labwork.nn import Seq, hooked, parameter_count

MODELS: dict[str, tuple[str, type[Segmenter]]] = {
    "SwiftNet": ("SwiftNet,backbone_f=t(depth=18)", SwiftNet),
    "a norm": (
        "SwiftNet,backbone_f=t(depth=10,base_width=8,block_f=t(norm_f=None)),"
        "decoder_f=t(widths=16,step_f=t(lateral_f=t(norm_f=partial(nn.GroupNorm,2)))),"
        "head_f=t(norm_f=None)",
        SwiftNet,
    ),
    "an activation": (
        "models.SwiftNet,backbone_f=t(depth=10,base_width=8,stem_f=t(act_f=nn.SiLU)),"
        "decoder_f=t(context_f=t(width=32,grid_sizes=(4,2)),step_f=t(blend_f=t(act_f=nn.SiLU)))",
        SwiftNet,
    ),
    "i-RevNet": (
        "SwiftNet,backbone_f=partial(IRevNetBackbone,group_lengths=(1,1,1))",
        SwiftNet,
    ),
    "pyramid": (
        "SwiftNetPyramid,level_count=2,backbone_f=t(depth=10,base_width=8),"
        "decoder_f=t(width=16,step_f=t(blend_f=t(act_f=nn.SiLU)))",
        Segmenter,
    ),
    "ladder": (
        "LadderDenseNet,backbone_f=t(growth=4,block_f=t(act_f=nn.SiLU)),"
        "decoder_f=t(widths=16,context_f=t(width=32))",
        LadderDenseNet,
    ),
    "DeepLab": (
        "DeepLabV3Plus,backbone_f=t(depth=10,output_stride=8,base_width=8),"
        "decoder_f=t(width=16,context_f=t(width=16,dilations=(2,4)),unit_f=t(act_f=nn.SiLU))",
        DeepLabV3Plus,
    ),
    "U-Net": (
        "UNet,backbone_f=t(widths=(4,8,16),block_f=t(norm_f=nn.BatchNorm2d)),"
        "decoder_f=t(step_f=t(block_f=t(norm_f=nn.BatchNorm2d)))",
        UNet,
    ),
    "U-Net on ResNet": ("UNet,backbone_f=partial(ResNetV1Backbone,depth=10,base_width=8)", UNet),
}


@pytest.mark.parametrize("text", [text for text, _ in MODELS.values()], ids=MODELS)
def test_parts_are_swapped_from_a_string(text: str):
    data = Shapes("train", size=64, length=2)
    model = get_model(text, "id", data).eval()
    assert model(torch.rand(1, 3, 64, 64)).shape == (1, 4, 64, 64)


def test_swapped_parts_are_those_asked_for():
    data = Shapes("train", size=64, length=2)
    model = get_model(MODELS["a norm"][0], "id", data).model
    kinds = [type(m) for m in model.decoder.steps.modules()]
    assert kinds.count(nn.GroupNorm) == kinds.count(nn.BatchNorm2d) == 3
    assert not any(isinstance(m, nn.BatchNorm2d) for m in model.head.modules())
    model = get_model(MODELS["U-Net"][0], "id", data).model
    assert sum(isinstance(m, nn.BatchNorm2d) for m in model.modules()) == 10


@pytest.mark.parametrize(
    "model_f",
    [
        partial(LadderDenseNet, backbone_f=partial(DenseNetBackbone, depth=121, growth=4)),
        partial(
            DeepLabV3Plus,
            backbone_f=partial(ResNetV1Backbone, depth=10, base_width=4, output_stride=16),
        ),
        partial(UNet, backbone_f=partial(UNetBackbone, (4, 4, 4, 4, 4))),
    ],
    ids=["LadderDenseNet", "DeepLabV3Plus", "UNet"],
)
def test_scores_are_as_large_as_the_image(model_f):
    model = model_f(3).build((2, 3, 64, 64)).eval()
    for size in ((64, 96), (65, 79), (98, 70)):
        assert model(torch.rand(1, 3, *size)).shape == (1, 3, *size)


def test_ladder_densenet_sees_64_times_less_and_gives_four_steps():
    with torch.device("meta"):
        model = LadderDenseNet(19).build((1, 3, 128, 192))
        maps = model.feature_maps(torch.rand(2, 3, 128, 192))
    assert model.feature_paths == ("group0", "group1", "group2.block11", "group2", "group3")
    sizes = [tuple(x.shape[1:]) for x in maps]
    assert sizes == [(256, 32, 48), (512, 16, 24), (640, 8, 12), (1024, 4, 6), (1024, 2, 3)]


def test_a_segmentation_resnet_is_its_backbone_and_its_head():
    backbone_f = partial(ResNetV1Backbone, depth=10, base_width=4, output_stride=8)
    model = SegmentationResNet(3, backbone_f=backbone_f).build((2, 3, 64, 64)).eval()
    image = torch.rand(1, 3, 65, 79)
    assert isinstance(model, Segmenter)
    assert model.feature_paths == ("group3",)
    expected = model.head(model.backbone(image), (65, 79))
    assert torch.equal(model(image), expected)


def test_a_backbone_that_only_ends_in_a_feature_map_is_computed_again_at_checkpoints():
    backbone_f = partial(ResNetV1Backbone, depth=10, base_width=4)
    model = SegmentationResNet(3, backbone_f=backbone_f).build((2, 3, 64, 64))
    model.backbone.checkpoint((None, "group2"))
    calls = []
    with hooked(model.backbone.stem, lambda *_: calls.append(torch.is_grad_enabled())):
        model(torch.rand(2, 3, 64, 64)).sum().backward()
    assert len(calls) == 2


@pytest.mark.parametrize("backbone_f", [partial(nn.Conv2d, 3, 4, 1), nn.Identity])
def test_a_backbone_is_a_sequence(backbone_f):
    with pytest.raises(ConfigError, match="make the backbone a Seq"):
        SegmentationResNet(3, backbone_f=backbone_f)
    model = SegmentationResNet(3, backbone_f=lambda: Seq(net=backbone_f()), init=None)
    assert model(torch.rand(2, 3, 9, 7)).shape == (2, 3, 9, 7)


def test_a_unet_may_have_context_and_widths_of_its_own():
    context_f = partial(SpatialPyramidPooling, 6, grid_sizes=(2, 1))
    decoder = UNetDecoder((5, 4), context_f=context_f)
    maps = [torch.rand(2, 3, 16, 16), torch.rand(2, 5, 8, 8), torch.rand(2, 7, 4, 4)]
    assert decoder(maps).shape == (2, 4, 16, 16)
    assert decoder.steps[0].up.in_channels == 6


def test_parameters_of_a_whole_densenet_fit():
    make = partial(DenseNetBackbone, depth=100, growth=2)
    whole = DenseNet(3, backbone_f=make).build((1, 3, 64, 64))
    model = LadderDenseNet(3, backbone_f=make, decoder_f=partial(nn.Identity)).backbone
    assert "final" not in model.names
    model.load_state_dict(whole.backbone.state_dict())
    model.build((1, 3, 64, 64))
    expected = whole.backbone.group2.block15.branch.conv1.weight
    assert torch.equal(model.group2.block15.branch.conv1.weight, expected)


@pytest.mark.parametrize(("name", "words"), [("group7", "'group7'"), ("group0", "no middle")])
def test_only_a_group_of_blocks_is_split(name: str, words: str):
    backbone_f = partial(ResNetV1Backbone, depth=10, base_width=4)
    with pytest.raises(ConfigError, match=words):
        LadderDenseNet(3, backbone_f=backbone_f, split_group=name)


def test_residual_step_is_the_reference_s():
    step = ResidualLadderStep(8, bottleneck=6).build((2, 12, 4, 4), (2, 5, 7, 8)).eval()
    x, finer = torch.rand(2, 12, 4, 4), torch.rand(2, 5, 7, 8)
    up = F.interpolate(x, (7, 8), mode="bilinear", align_corners=False)
    total = up + unit(step.lateral, finer)
    expected = unit(step.blend, unit(step.squeeze, total)) + unit(step.shortcut, up)
    torch.testing.assert_close(step(x, finer), expected)


def unit(module: nn.Module, x: Tensor) -> Tensor:
    return module.conv(module.norm(x).relu())


def test_step_without_lateral_adds_what_comes():
    step = LadderStep(8, lateral_f=None).build((2, 6, 4, 4), (2, 6, 8, 8)).eval()
    x, finer = torch.rand(2, 6, 8, 8), torch.rand(2, 6, 8, 8)
    torch.testing.assert_close(step(x, finer), unit(step.blend, x + finer))


def test_grids_are_as_wide_as_the_image():
    pooling = SpatialPyramidPooling(8, grid_sizes=(2, 1)).build((2, 4, 4, 12))
    shapes = []
    for level in pooling.levels:
        level.register_forward_pre_hook(lambda _, args: shapes.append(args[0].shape[2:]))
    pooling(torch.rand(2, 4, 4, 12))
    assert shapes == [(2, 6), (1, 3)]


def test_atrous_pooling_is_torchvision_s(torchvision: ModuleType):
    theirs = torchvision.models.segmentation.deeplabv3.ASPP(16, [2, 3, 4], 8).eval()
    ours = AtrousSpatialPyramidPooling(8, dilations=(2, 3, 4)).build((2, 16, 9, 12)).eval()
    generator = torch.Generator().manual_seed(0)
    for value in theirs.state_dict().values():
        if value.is_floating_point():
            value.uniform_(0.1, 0.5, generator=generator)
    state = zip(ours.state_dict(), theirs.state_dict().values(), strict=True)
    ours.load_state_dict(dict(state))
    x = torch.rand(2, 16, 9, 12, generator=generator)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_deeplab_has_torchvision_s_backbone_and_a_small_decoder():
    with torch.device("meta"):
        model = DeepLabV3Plus(21).build((2, 3, 128, 128))
        maps = model.feature_maps(torch.rand(2, 3, 128, 128))
    assert [tuple(x.shape[1:]) for x in (maps[0], maps[-1])] == [(256, 32, 32), (2048, 8, 8)]
    # ResNet-101; five units of 256 channels and their fusion; two convolutions, and scores.
    context = 256 * (2048 * (2 + 3 * 9) + 5 * 256) + 6 * 512
    decoder = 48 * 256 + 96 + 9 * 256 * (304 + 256) + 2 * 512 + 21 * 257
    assert parameter_count(model) == 42_500_160 + context + decoder


def test_unet_has_the_layers_of_its_paper():
    with torch.device("meta"):
        model = UNet(2).build((1, 1, 64, 64))
    widths = [1, 64, 128, 256, 512, 1024]
    down = sum(9 * b * (a + b) + 2 * b for a, b in pairwise(widths))
    up = sum(4 * 2 * b * b + b + 9 * b * 3 * b + 2 * b for b in widths[1:-1])
    assert parameter_count(model) == down + up + 2 * 65


@pytest.mark.slow
def test_a_small_unet_learns_to_tell_shapes_apart():
    torch.manual_seed(1)
    train, val = (stacked(subset, length) for subset, length in (("train", 512), ("val", 64)))
    block_f = partial(UNetBlock, norm_f=nn.BatchNorm2d)
    model = UNet(
        4,
        backbone_f=partial(UNetBackbone, (12, 24, 48), block_f=block_f),
        decoder_f=partial(UNetDecoder, step_f=partial(UNetStep, block_f=block_f)),
    ).build((2, 3, 32, 32))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=320)
    for step in range(320):
        images, labels = (x[torch.arange(32) + 32 * step % 512] for x in train)
        loss = F.cross_entropy(model(images), labels, ignore_index=-1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        assert mean_iou(model.eval()(val[0]).argmax(1), val[1]) > 0.8


def stacked(subset: str, length: int) -> tuple[Tensor, Tensor]:
    samples = [*Shapes(subset, shape_count=2, length=length, noise=0.1)]
    images, labels = ([sample[name] for sample in samples] for name in ("image", "label"))
    return torch.stack(images), torch.stack(labels)


def mean_iou(predicted: Tensor, label: Tensor) -> float:
    predicted, label = predicted[label >= 0], label[label >= 0]
    hits = [(predicted == c) & (label == c) for c in range(4)]
    either = [(predicted == c) | (label == c) for c in range(4)]
    return sum((h.sum() / e.sum()).item() for h, e in zip(hits, either, strict=True)) / 4
