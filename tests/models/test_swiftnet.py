"""SwiftNet gives what the original gives, which is written here as functions of its parameters."""

import copy
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.models import (
    DenseNetBackbone,
    IRevNetBackbone,
    LadderDecoder,
    PyramidDecoder,
    ResNetV1,
    ResNetV1Backbone,
    ResNetV1Block,
    ResNetV2Backbone,
    SpatialPyramidPooling,
    SwiftNet,
    SwiftNetPyramid,
    WideResNetBackbone,
    translate_params,
)
from labwork.models._level_norms import at_level, give_levels_norms
from labwork.nn import Seq, parameter_count

SHAPE = (1, 3, 128, 192)
narrow = partial(ResNetV1Backbone, depth=18, base_width=8)
ladder = partial(LadderDecoder, widths=16, context_f=partial(SpatialPyramidPooling, 16))


class Original:
    """Layers by the names that orsic/swiftnet has for them; parameters are made when asked for."""

    def __init__(self, width: int, levels: int | None = None) -> None:
        self.state: dict[str, Tensor] = {"backbone.img_mean": torch.zeros(1, 3, 1, 1)}
        self.width, self.levels, self.level = width, levels, 0
        self._generator = torch.Generator().manual_seed(0)

    def conv(self, name: str, x: Tensor, width: int, k: int = 1, stride: int = 1) -> Tensor:
        fan_in = x.shape[1] * k * k
        weight = self._make(f"{name}.weight", (width, x.shape[1], k, k), (2 / fan_in) ** 0.5)
        return F.conv2d(x, weight, stride=stride, padding=k // 2)

    def norm(self, name: str, x: Tensor) -> Tensor:
        shape = (x.shape[1],)
        for kind, mean in {"running_mean": 0, "running_var": 1, "weight": 1, "bias": 0}.items():
            self._make(f"{name}.{kind}", shape, 0.1, mean)
        self.state.setdefault(f"{name}.num_batches_tracked", torch.tensor(3))
        kinds = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(self.state[f"{name}.{kind}"] for kind in kinds))

    def level_norm(self, name: str, x: Tensor) -> Tensor:
        if self.levels is None:
            return self.norm(name, x)
        for level in range(self.levels):
            self.norm(f"{name}.{level}", x)
        return self.norm(f"{name}.{self.level}", x)

    def norm_relu_conv(self, name: str, x: Tensor, width: int, k: int = 1) -> Tensor:
        return self.conv(f"{name}.conv", self.norm(f"{name}.norm", x).relu(), width, k)

    def down(self, x: Tensor) -> list[Tensor]:
        x = self.conv("backbone.conv1", x, self.width, 7, 2)
        x = self.level_norm("backbone.bn1", x).relu()
        x = F.max_pool2d(x, 3, 2, 1)
        skips = []
        for i in range(1, 5):
            for j in range(2):
                skip = self.block(f"backbone.layer{i}.{j}", x, self.width * 2 ** (i - 1), i, j)
                x = skip.relu()
            skips.append(skip)
        return skips

    def block(self, name: str, x: Tensor, width: int, group: int, number: int) -> Tensor:
        stride = 2 if group > 1 and number == 0 else 1
        out = self.level_norm(f"{name}.bn1", self.conv(f"{name}.conv1", x, width, 3, stride)).relu()
        out = self.level_norm(f"{name}.bn2", self.conv(f"{name}.conv2", out, width, 3))
        if stride == 2:
            x = self.conv(f"{name}.downsample.0", x, width, 1, 2)
            x = self.norm(f"{name}.downsample.1", x)
        return out + x

    def context(self, x: Tensor, width: int) -> Tensor:
        name, ratio = "backbone.spp.spp", x.shape[3] / x.shape[2]
        x = self.norm_relu_conv(f"{name}.spp_bn", x, width)
        levels = [x]
        for i, rows in enumerate((8, 4, 2)):
            pooled = F.adaptive_avg_pool2d(x, (rows, max(1, round(ratio * rows))))
            level = self.norm_relu_conv(f"{name}.spp{i}", pooled, width // 3)
            levels.append(larger(level, x))
        return self.norm_relu_conv(f"{name}.spp_fuse", torch.cat(levels, 1), width)

    def logits(self, features: Tensor, image: Tensor) -> Tensor:
        logits = self.norm_relu_conv("logits", features, 5)
        bias = self._make("logits.conv.bias", (5,), 0.1)
        return larger(logits + bias.view(1, -1, 1, 1), image)

    def _make(self, name: str, shape: tuple[int, ...], std: float, mean: float = 0) -> Tensor:
        if name not in self.state:
            noise = torch.rand(shape, generator=self._generator) * 2 - 1
            self.state[name] = mean + std * noise
        return self.state[name]


def larger(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)


def single_scale(original: Original, image: Tensor, width: int) -> Tensor:
    *skips, x = original.down(image)
    x = original.context(x, width)
    for i, skip in enumerate(reversed(skips)):
        skip = original.norm_relu_conv(f"backbone.upsample.{i}.bottleneck", skip, width)
        x = original.norm_relu_conv(
            f"backbone.upsample.{i}.blend_conv", larger(x, skip) + skip, width, 3
        )
    return original.logits(x, image)


def pyramid(original: Original, image: Tensor, width: int) -> Tensor:
    assert original.levels
    sums: list[list[Tensor]] = [[] for _ in range(original.levels + 3)]
    for level in range(original.levels):
        original.level = level
        shrunk = image
        if level:
            shrunk = F.interpolate(image, scale_factor=0.5**level, mode="bicubic")
        for i, skip in enumerate(original.down(shrunk)):
            lateral = original.conv(f"backbone.upsample_bottlenecks.{3 - i}", skip, width)
            sums[level + i].append(lateral)
    x = sums[-1][0]
    for i, maps in enumerate(reversed(sums[:-1])):
        total = sum(maps[1:], maps[0])
        name = f"backbone.upsample_blends.{i}.blend_conv"
        x = original.norm_relu_conv(name, larger(x, total) + total, width, 3)
    return original.logits(x, image)


def images(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def assert_same(model: nn.Module, original: Original, expected: Tensor, image: Tensor) -> None:
    model.build(SHAPE).load_state_dict(translate_params("swiftnet", original.state))
    with torch.no_grad():
        torch.testing.assert_close(model.eval()(image), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [(64, 96), (75, 64), (33, 130)])
def test_single_scale_is_the_original(size: tuple[int, int]):
    original, image = Original(8), images(2, 3, *size)
    expected = single_scale(original, image, 16)
    assert_same(SwiftNet(5, backbone_f=narrow, decoder_f=ladder), original, expected, image)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_pyramid_is_the_original(levels: int):
    original, image = Original(8, levels), images(2, 3, 128, 256)
    expected = pyramid(original, image, 16)
    model = SwiftNetPyramid(
        5, level_count=levels, backbone_f=narrow, decoder_f=partial(PyramidDecoder, 16)
    )
    assert_same(model, original, expected, image)


def test_size_is_the_published_one():
    with torch.device("meta"):
        model = SwiftNet(19).build(SHAPE)
    assert round(parameter_count(model) / 1e6, 1) == 11.8


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (70, 31), (97, 128)])
@pytest.mark.parametrize("model_f", [SwiftNet, partial(SwiftNetPyramid, level_count=2)])
def test_scores_are_as_large_as_the_image(model_f, size):
    model = model_f(3, backbone_f=narrow).build(SHAPE).eval()
    assert model(images(1, 3, *size)).shape == (1, 3, *size)


@pytest.mark.parametrize(
    "backbone_f",
    [
        partial(ResNetV1Backbone, depth=10, small_input=True, base_width=4),
        partial(ResNetV2Backbone, depth=10, base_width=4),
        partial(WideResNetBackbone, depth=10, width_factor=1),
        partial(DenseNetBackbone, depth=100, growth=2),
        partial(IRevNetBackbone, group_lengths=(1, 1, 2)),
        partial(IRevNetBackbone, group_lengths=(1, 2), reversible=True),
    ],
)
def test_backbone_may_be_any_with_groups(backbone_f):
    model = SwiftNet(3, backbone_f=backbone_f, decoder_f=ladder)
    out = model(images(2, 3, 64, 96))
    assert out.shape == (2, 3, 64, 96)
    out.square().mean().backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


def test_parameters_of_a_whole_backbone_fit():
    make = partial(ResNetV2Backbone, depth=10, base_width=4)
    whole = make().build(SHAPE)
    model = SwiftNet(3, backbone_f=make, decoder_f=ladder).build(SHAPE)
    assert "final" not in model.backbone.names
    model.backbone.load_state_dict(whole.state_dict())
    assert torch.equal(model.backbone.stem.conv.weight, whole.stem.conv.weight)


def test_pretrained_normalizations_go_to_all_levels():
    make = partial(ResNetV1Backbone, depth=10, base_width=4)
    whole = ResNetV1(3, backbone_f=make).build((2, *SHAPE[1:]))
    nn.init.normal_(whole.backbone.stem.norm.weight)
    model = SwiftNetPyramid(5, backbone_f=make).build((2, *SHAPE[1:]))
    model.backbone.load_state_dict(whole.backbone.state_dict())
    for norm in model.backbone.stem.norm:
        assert torch.equal(norm.weight, whole.backbone.stem.norm.weight)


def test_each_level_keeps_statistics_of_its_own():
    model = SwiftNetPyramid(3, backbone_f=narrow).build(SHAPE)
    model(images(2, 3, 128, 128))
    means = [norm.running_mean for norm in model.backbone.stem.norm]
    assert not any(torch.equal(means[0], other) for other in means[1:])
    shortcut = model.backbone.group1.block0["sum"].shortcut
    assert isinstance(shortcut.norm, nn.BatchNorm2d)
    assert shortcut.norm.num_batches_tracked == 3


def test_levels_follow_the_mode_the_type_and_copies():
    model = SwiftNetPyramid(3, backbone_f=narrow, level_count=2).build(SHAPE)
    x = images(2, 3, 64, 64)
    model.eval().double()
    before = model(x.double())
    torch.testing.assert_close(model(x.double()), before, rtol=0, atol=0)  # no statistics change
    twin = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert not twin(x.double()).any()
    torch.testing.assert_close(model(x.double()), before, rtol=0, atol=0)


def test_levels_are_computed_again_at_checkpoints():
    def gradients(*ranges: tuple[str | None, str | None]) -> list[Tensor]:
        torch.manual_seed(0)
        net = Seq(conv=nn.Conv2d(3, 4, 3), norm=nn.BatchNorm2d(4), act=nn.ReLU())
        net.checkpoint(*ranges)
        give_levels_norms(net, 2)
        outs = [at_level(net, level)(images(2, 3, 8, 8)) for level in range(2)]
        outs[1].mul(3).add(outs[0]).square().mean().backward()
        assert all(norm.num_batches_tracked > 0 for norm in net.norm)
        return [p.grad for p in net.parameters() if p.grad is not None]

    torch.testing.assert_close(gradients((None, None)), gradients())


def test_any_normalization_can_be_swapped():
    block_f = partial(ResNetV1Block, norm_f=partial(nn.GroupNorm, 4))
    model = SwiftNetPyramid(3, backbone_f=partial(narrow, block_f=block_f)).build(SHAPE)
    assert isinstance(model.backbone.group0.block0["sum"].branch.norm0, nn.GroupNorm)


@pytest.mark.parametrize(
    ("backbone_f", "paths", "words"),
    [
        (narrow, ("group0", "gruop1"), "'gruop1' in ResNetV1Backbone; did you mean 'group1'?"),
        (lambda: Seq(stem=nn.ReLU(), body=nn.ReLU()), None, "feature_paths=('stem', 'body')"),
        (nn.Identity, None, "which Identity isn't"),
    ],
)
def test_error_says_where_feature_maps_can_be(backbone_f, paths, words):
    with pytest.raises(ConfigError) as error:
        SwiftNet(3, backbone_f=backbone_f, feature_paths=paths).build(SHAPE)
    assert words in str(error.value)


def test_ladder_needs_a_width_for_each_step():
    with pytest.raises(ConfigError, match="4 feature maps make 3 steps"):
        SwiftNet(3, backbone_f=narrow, decoder_f=partial(ladder, widths=(8, 8))).build(SHAPE)
