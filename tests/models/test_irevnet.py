"""i-RevNet: its size, that nothing is lost, and that memory doesn't grow."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.data import ArrayDataset
from labwork.experiments import get_model
from labwork.models import IRevNet, IRevNetBackbone
from labwork.nn import IRevNetBlock, Squeeze, deep_split, parameter_count

pytestmark = pytest.mark.usefixtures("seeded")


def seen_once(backbone: nn.Module, x: Tensor, momentum: float = 0.1) -> nn.Module:
    """After a batch in training."""
    for norm in backbone.build(x.shape).modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = momentum
    with torch.no_grad():
        backbone(x)
    return backbone.eval()


def settled(backbone: nn.Module, x: Tensor) -> nn.Module:
    """With running statistics of these images."""
    return seen_once(backbone, x, momentum=1.0)


def pixels(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("arguments", "kernel_sizes", "count"),
    [
        ({}, (1, 3, 1), 29_201_092),  # (b) in table 1 of the paper, 29 million
        ({"base_width": 72, "group_lengths": (6, 16, 28, 6)}, (1, 3, 1), 181_463_428),  # (a)
        ({}, (3, 3, 3), 125_120_356),  # the reference implementation
    ],
)
def test_parameters_are_those_of_the_paper(arguments, kernel_sizes, count):
    block_f = partial(IRevNetBlock, kernel_sizes=kernel_sizes)
    with torch.device("meta"):
        model = IRevNet(1000, backbone_f=partial(IRevNetBackbone, block_f=block_f, **arguments))
        assert parameter_count(model.build((2, 3, 224, 224))) == count


@pytest.mark.slow
def test_images_come_back_through_all_hundred_blocks_of_the_bijective_one():
    x = pixels(2, 3, 64, 64)
    backbone = seen_once(IRevNetBackbone(), x)[:"final"]
    with torch.no_grad():
        y, ladj = backbone.call_and_ladj(x)
        back = backbone.inverse(y)
    assert y.numel() == x.numel()
    assert (back - x).abs().max() < 1e-5
    assert torch.equal(ladj, torch.zeros(2))


@pytest.mark.slow
def test_what_is_lost_in_hundred_normalized_blocks_is_rounding():
    """Each of them enlarges the rounding of those before it a little."""
    x = pixels(2, 3, 64, 64)
    backbone = settled(IRevNetBackbone(), x)[:"final"]
    with torch.no_grad():
        assert (backbone.inverse(backbone(x)) - x).abs().max() < 0.01  # 0.005 is measured
        backbone, x = backbone.double(), x.double()
        assert (backbone.inverse(backbone(x)) - x).abs().max() < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("prepare", [seen_once, settled])
def test_with_a_grain_images_come_back_from_hundred_blocks_to_the_last_bit(prepare):
    x = pixels(2, 3, 64, 64)
    block_f = partial(IRevNetBlock, grain=2**-17)
    backbone = prepare(IRevNetBackbone(block_f=block_f), x)[:"final"]
    with torch.no_grad():
        y, ladj = backbone.call_and_ladj(x)
        assert torch.equal(backbone.inverse(y), (x * 2**17).round() / 2**17)
    assert torch.equal(ladj, torch.zeros(2))


@pytest.mark.parametrize("pad_first", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_grain_keeps_bits_where_zeros_were_added(training: bool, pad_first: bool):
    x = pixels(4, 3, 16, 16)
    backbone = settled(
        IRevNetBackbone(
            init_stride=1,
            base_width=16,
            group_lengths=(3, 3, 3),
            pad_first=pad_first,
            block_f=partial(IRevNetBlock, grain=2**-17),
        ),
        x,
    )[:"final"].train(training)
    with torch.no_grad():
        assert torch.equal(backbone.inverse(backbone(x)), (x * 2**17).round() / 2**17)


def test_grain_changes_outputs_by_rounding_and_no_gradient():
    x = pixels(4, 4, 8, 8).double()
    plain = IRevNetBlock(8, stride=2).double().build(x.shape)
    grained = IRevNetBlock(8, stride=2, grain=2**-17).double().build(x.shape)
    grained.load_state_dict(plain.state_dict())
    grads = []
    for block in (plain, grained):
        image = x.clone().requires_grad_()
        block(image).square().sum().backward()
        grads.append([image.grad, *(p.grad for p in block.parameters())])
    assert 0 < (plain(x) - grained(x)).abs().max() <= 2**-18
    pairs = [(a, b) for a, b in zip(*grads, strict=True) if a.abs().max() > 1e-6]
    assert pairs
    assert max(((a - b).abs().max() / a.abs().max()).item() for a, b in pairs) < 1e-3


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"init_stride": 1, "base_width": 16},
        {"init_stride": 1, "base_width": 16, "pad_first": True},
    ],
    ids=str,
)
def test_images_come_back_in_each_group(arguments):
    x = pixels(4, 3, 32, 32)
    for prepare, tolerance in ((seen_once, 1e-5), (settled, 1e-4)):
        backbone = prepare(IRevNetBackbone(group_lengths=(2, 3, 2), **arguments), x)
        for group in ("group0", "group1", "group2"):
            left, _ = deep_split(backbone, group)
            with torch.no_grad():
                assert (left.inverse(left(x)) - x).abs().max() < tolerance


def test_bijective_one_keeps_the_volume():
    x = pixels(3, 3, 32, 32)
    backbone = settled(IRevNetBackbone(group_lengths=(1, 1)), x)[:"final"]
    _, ladj = backbone.call_and_ladj(x)
    assert torch.equal(ladj, torch.zeros(3))


def test_injective_one_has_a_volume_change_after_the_padding_only():
    x = pixels(3, 3, 32, 32)
    backbone = settled(IRevNetBackbone(init_stride=1, base_width=8, group_lengths=(1, 1)), x)
    with pytest.raises(ConfigError, match="no volume change where 13 channels are added"):
        backbone[:"final"].call_and_ladj(x)
    y = backbone[:"group1"](x)
    with pytest.raises(ConfigError, match="no volume change where 13 channels are added"):
        backbone["group0"].inverse_and_ladj(y)
    _, ladj = backbone["group1":"final"].call_and_ladj(y)
    assert torch.equal(ladj, torch.zeros(3))


@pytest.mark.parametrize("pad_first", [False, True])
def test_zeros_are_where_they_are_wanted_and_known_on_the_way_back(pad_first: bool):
    block = IRevNetBlock(8, stride=1, pad=13, pad_first=pad_first, is_first=True)
    x = pixels(2, 3, 4, 4)
    y = block.build(x.shape).eval()(x)
    assert torch.equal(y[:, :8][:, 5:], x if pad_first else 0 * x)
    noise = torch.zeros_like(y)
    noise[:, :5] = 1  # where the first half has nothing but zeros, in any case
    assert (block.inverse(y + noise) - x).abs().max() < 1e-5


def test_whole_network_has_no_inverse_and_says_where():
    model = IRevNet(10, backbone_f=partial(IRevNetBackbone, group_lengths=(1,)))
    model.build((2, 3, 16, 16))
    with pytest.raises(
        ConfigError, match=r"ROOT\.backbone\.final\.norm .BatchNorm2d. has no inverse"
    ):
        _ = model.inverse


def test_block_is_that_of_the_equation():
    """(x₁, x₂) to (S x₂, S x₁ + F(x₂))."""
    block = IRevNetBlock(8, stride=2, width_factors=(0.5, 0.5, 1)).build((2, 4, 6, 6)).eval()
    x = pixels(2, 4, 6, 6)
    first, second = x.chunk(2, 1)
    squeeze = Squeeze(2, order="place")
    expected = torch.cat((squeeze(second), squeeze(first) + block.net(second)), 1)
    assert torch.equal(block(x), expected)


def test_reversible_one_is_the_same_and_keeps_less():
    x = pixels(4, 3, 16, 16).double()
    arguments = {"group_lengths": (2, 3), "init_stride": 1, "base_width": 8}
    ordinary = settled(IRevNetBackbone(**arguments).double(), x).train()
    reversible = IRevNetBackbone(**arguments, reversible=True).double().build(x.shape)
    reversible.load_state_dict(ordinary.state_dict())
    grads = []
    for backbone in (ordinary, reversible):
        torch.manual_seed(3)
        image = x.clone().requires_grad_()
        backbone(image).square().mean().backward()
        grads.append([image.grad, *(p.grad for p in backbone.parameters())])
    assert max((a - b).abs().max().item() for a, b in zip(*grads, strict=True)) < 1e-10
    for name, buffer in ordinary.named_buffers():
        torch.testing.assert_close(buffer, reversible.get_buffer(name), rtol=1e-9, atol=1e-9)


def test_string_makes_it():
    data = ArrayDataset(info={"class_count": 10}, image=pixels(4, 3, 32, 32), label=[0, 1, 2, 3])
    text = (
        "IRevNet,backbone_f=t(init_stride=1,base_width=12,group_lengths=(2,6,6,2),"
        "block_f=t(kernel_sizes=(3,3),width_factors=(1,1)))"
    )
    model = get_model(text, "id", data)
    x = pixels(2, 3, 32, 32)
    assert model(x).shape == (2, 10)
    backbone = model[1].backbone[:"final"]
    assert backbone(x).shape == (2, 2 * 12 * 4**3, 4, 4)
    assert backbone.eval()["group0"].names == ("block0", "block1")
    with torch.no_grad():
        assert (backbone.inverse(backbone(x)) - x).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("arguments", "shape", "message"),
    [
        ({"init_stride": 1}, (2, 3, 32, 32), "takes a base_width of 2 or more"),
        ({"base_width": 4}, (2, 3, 32, 32), "takes a base_width of 24 or more"),
        ({"base_width": 26}, (2, 3, 32, 32), "that can be divided by 4"),
        ({}, (2, 3, 31, 31), "can be divided by 2, not"),
    ],
)
def test_what_does_not_fit_is_told(arguments, shape, message):
    with pytest.raises(ConfigError, match=message):
        IRevNetBackbone(group_lengths=(1, 1), **arguments).build(shape)


@pytest.mark.parametrize("grain", [0, -1.0, float("nan")])
def test_grain_is_above_zero(grain: float):
    with pytest.raises(ConfigError, match=r"a grain above 0, such as 2\*\*-17, not"):
        IRevNetBlock(8, grain=grain)


def test_block_with_too_few_channels_of_zeros_is_told():
    with pytest.raises(ConfigError, match=r"takes \(N, 14, H, W\), not \(2, 3, 4, 4\)"):
        IRevNetBlock(8, pad=2).build((2, 3, 4, 4))
