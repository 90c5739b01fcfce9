"""DeepLabV3+ and LadderDenseNet give what networks do that are written here from their papers."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labwork.models import (
    AtrousSpatialPyramidPooling,
    ConvStem,
    DeepLabV3Plus,
    DeepLabV3PlusDecoder,
    DenseNetBackbone,
    LadderDecoder,
    LadderDenseNet,
    NormActConv,
    ResidualLadderStep,
    ResNetV1Backbone,
    SpatialPyramidPooling,
)
from labwork.nn import hooked

SIZES = [(64, 96), (75, 64), (98, 133)]


def larger(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)


def conv(ins: int, outs: int, k: int = 1, stride: int = 1, rate: int = 1) -> nn.Conv2d:
    return nn.Conv2d(ins, outs, k, stride, rate * (k // 2), rate, bias=False)


def conv_bn(*args: int) -> nn.Sequential:
    layer = conv(*args)
    return nn.Sequential(layer, nn.BatchNorm2d(layer.out_channels))


def conv_bn_relu(*args: int) -> nn.Sequential:
    return conv_bn(*args).append(nn.ReLU())


def bn_relu_conv(ins: int, outs: int, k: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(ins), nn.ReLU(), conv(ins, outs, k))


class Bottleneck(nn.Module):
    """He et al., figure 5; the stride is that of the 3×3 convolution."""

    def __init__(self, ins: int, width: int, stride: int, rate: int):
        super().__init__()
        outs = 4 * width
        self.reduce = conv_bn_relu(ins, width)
        self.middle = conv_bn_relu(width, width, 3, stride, rate)
        self.expand = conv_bn(width, outs)
        self.skip = conv_bn(ins, outs, 1, stride) if (ins, stride) != (outs, 1) else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return (self.expand(self.middle(self.reduce(x))) + self.skip(x)).relu()


class DeepLab(nn.Module):
    """Chen et al., 2018, figure 2, with the atrous pooling of their figure 5 of 2017.

    The last group of blocks has no stride but a rate of 2, so that the resolution is a 16th.
    """

    def __init__(self, width: int, classes: int):
        super().__init__()
        self.stem = nn.Sequential(conv_bn_relu(3, 4, 7, 2), nn.MaxPool2d(3, 2, 1))
        self.group1 = Bottleneck(4, 4, 1, 1)
        self.group2 = nn.Sequential(Bottleneck(16, 8, 2, 1), Bottleneck(32, 8, 1, 1))
        self.group3 = Bottleneck(32, 16, 2, 1)
        self.group4 = nn.Sequential(Bottleneck(64, 32, 1, 1), Bottleneck(128, 32, 1, 2))
        self.point = conv_bn_relu(128, width)
        self.atrous = nn.ModuleList(conv_bn_relu(128, width, 3, 1, rate) for rate in (2, 3, 5))
        self.of_image = conv_bn_relu(128, width)
        self.project = conv_bn_relu(5 * width, width)
        self.low = conv_bn_relu(16, 4)
        self.refine = nn.Sequential(
            conv_bn_relu(width + 4, width, 3), conv_bn_relu(width, width, 3)
        )
        self.logits = nn.Conv2d(width, classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        low = self.group1(self.stem(image))
        x = self.group4(self.group3(self.group2(low)))
        low = self.low(low)
        rates = [branch(x) for branch in (self.point, *self.atrous)]
        mean = larger(self.of_image(x.mean((2, 3), keepdim=True)), x)
        x = self.project(torch.cat([*rates, mean], 1))
        x = self.refine(torch.cat([larger(x, low), low], 1))
        return larger(self.logits(x), image)


class DenseLayer(nn.Module):
    """Huang et al., 2017, with a bottleneck."""

    def __init__(self, ins: int, growth: int):
        super().__init__()
        self.new = nn.Sequential(bn_relu_conv(ins, 4 * growth), bn_relu_conv(4 * growth, growth, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.new(x)], 1)


def dense(ins: int, count: int, growth: int) -> nn.Sequential:
    return nn.Sequential(*(DenseLayer(ins + i * growth, growth) for i in range(count)))


class Upsample(nn.Module):
    """Krešo et al., 2020, with the residual connection of their code."""

    def __init__(self, ins: int, skip: int, outs: int, most: int):
        super().__init__()
        self.of_skip = bn_relu_conv(skip, ins)
        self.squeeze = bn_relu_conv(ins, most) if ins > most else nn.Identity()
        self.blend = bn_relu_conv(min(ins, most), outs, 3)
        self.shortcut = bn_relu_conv(ins, outs) if ins != outs else nn.Identity()

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        skip = self.of_skip(skip)
        x = larger(x, skip)
        return self.blend(self.squeeze(x + skip)) + self.shortcut(x)


class Ladder(nn.Module):
    """Krešo et al., 2020: a DenseNet whose third block is split, and its upsampling path."""

    def __init__(self, growth: int, classes: int):
        super().__init__()
        self.stem = nn.Sequential(conv_bn_relu(3, 8, 7, 2), nn.MaxPool2d(2))
        self.block1 = dense(8, 2, growth)
        self.down1 = bn_relu_conv(16, 8)
        self.block2 = dense(8, 1, growth)
        self.down2 = bn_relu_conv(12, 6)
        self.block3a, self.block3b = dense(6, 1, growth), dense(10, 2, growth)
        self.down3 = bn_relu_conv(18, 9)
        self.block4 = dense(9, 1, growth)
        self.reduce = bn_relu_conv(13, 12)
        self.grids = (3, 2, 1)
        self.levels = nn.ModuleList(bn_relu_conv(12, 4) for _ in self.grids)
        self.fuse = bn_relu_conv(24, 12)
        widths = [(12, 18, 12), (12, 10, 8), (8, 12, 6), (6, 16, 6)]
        self.steps = nn.ModuleList(Upsample(*sizes, most=7) for sizes in widths)
        self.logits = nn.Sequential(nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, classes, 1))

    def forward(self, image: Tensor) -> Tensor:
        def half(x: Tensor) -> Tensor:
            return F.avg_pool2d(x, 2)

        x1 = self.block1(self.stem(image))
        x2 = self.block2(half(self.down1(x1)))
        x3 = self.block3a(half(self.down2(x2)))
        x4 = self.block3b(half(x3))
        x = self.context(self.block4(half(self.down3(x4))))
        for step, skip in zip(self.steps, (x4, x3, x2, x1), strict=True):
            x = step(x, skip)
        return larger(self.logits(x), image)

    def context(self, x: Tensor) -> Tensor:
        x = self.reduce(x)
        maps = [x]
        for level, rows in zip(self.levels, self.grids, strict=True):
            columns = max(1, round(rows * x.shape[3] / x.shape[2]))
            maps.append(larger(level(F.adaptive_avg_pool2d(x, (rows, columns))), x))
        return self.fuse(torch.cat(maps, 1))


def our_deeplab() -> nn.Module:
    resnet = partial(ResNetV1Backbone, depth=50, base_width=4, group_lengths=(1, 2, 1, 2))
    atrous = partial(AtrousSpatialPyramidPooling, 6, dilations=(2, 3, 5))
    return DeepLabV3Plus(
        5,
        backbone_f=partial(resnet, output_stride=16),
        decoder_f=partial(DeepLabV3PlusDecoder, 6, fine_width=4, context_f=atrous),
    )


def our_ladder() -> nn.Module:
    stem = partial(ConvStem, pool_f=partial(nn.MaxPool2d, 2))
    pooling = partial(SpatialPyramidPooling, 12, grid_sizes=(3, 2, 1), unit_f=NormActConv)
    step = partial(ResidualLadderStep, bottleneck=7)
    return LadderDenseNet(
        5,
        backbone_f=partial(
            DenseNetBackbone, depth=121, growth=4, group_lengths=(2, 1, 3, 1), stem_f=stem
        ),
        decoder_f=partial(LadderDecoder, (12, 8, 6, 6), context_f=pooling, step_f=step),
    )


def layers(model: nn.Module, image: Tensor) -> list[nn.Module]:
    """Those with parameters, in the order in which they are called."""
    found: list[nn.Module] = []
    kinds = (nn.Conv2d, nn.BatchNorm2d)
    known = [module for module in model.modules() if isinstance(module, kinds)]
    with hooked(known, lambda module, *_: found.append(module)):
        model(image)
    assert sorted(map(id, known)) == sorted(map(id, found))
    return found


def draw(layer: nn.Module) -> None:
    """Parameters and statistics with which no part of the network is silent."""
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight)
    if isinstance(layer, nn.BatchNorm2d):
        for value in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
            nn.init.uniform_(value, 0.2, 1.2)


def copy_parameters(theirs: nn.Module, ours: nn.Module, image: Tensor) -> None:
    for source, target in zip(layers(theirs, image), layers(ours, image), strict=True):
        target.load_state_dict(source.state_dict())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("theirs_f", "ours_f"),
    [(partial(DeepLab, 6, 5), our_deeplab), (partial(Ladder, 4, 5), our_ladder)],
    ids=["DeepLabV3+", "LadderDenseNet"],
)
def test_scores_are_those_of_the_paper_s_network(theirs_f, ours_f, size: tuple[int, int]):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs, image = theirs_f(), torch.rand(2, 3, *size)
        theirs.apply(draw)
        ours = ours_f().build((2, 3, 128, 128))
    copy_parameters(theirs.eval(), ours.eval(), image)
    scores = theirs(image)
    assert scores.std((0, 2, 3)).min() > 0.1  # so that what is equal isn't just constant
    torch.testing.assert_close(ours(image), scores, rtol=1e-5, atol=1e-5)
