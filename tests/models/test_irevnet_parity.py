"""i-RevNet gives what the equations of its reference implementation give, with the same weights.

The reference is github.com/jhjacobsen/pytorch-i-revnet: of its block, of how it splits and joins
channels, of its squeeze and of its injective padding.
"""

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, batch_norm, conv2d, linear, pad, relu

from labwork.models import IRevNet, IRevNetBackbone
from labwork.nn import IRevNetBlock

CASES = {
    "bijective": {"group_lengths": (2, 3, 2), "init_stride": 2},
    "bijective, stride 1 first": {"group_lengths": (2, 1), "init_stride": 2, "first_stride": 1},
    "injective": {"group_lengths": (2, 2, 2), "init_stride": 1, "base_width": 16},
}


def psi(x: Tensor, size: int) -> Tensor:
    """Rows and columns within a square come first among the channels, row by row."""
    n, c, h, w = x.shape
    out = x.new_empty(n, c * size**2, h // size, w // size)
    for row in range(size):
        for column in range(size):
            place = row * size + column
            out[:, place * c : (place + 1) * c] = x[:, :, row::size, column::size]
    return out


def normed(x: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    return batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=1e-5)


def bottleneck(x: Tensor, net: nn.Module, stride: int) -> Tensor:
    for i in range(3):
        if hasattr(net, f"norm{i}"):
            x = relu(normed(x, net.get_submodule(f"norm{i}")))
        weight = net.get_submodule(f"conv{i}").weight
        x = conv2d(x, weight, stride=stride if i == 0 else 1, padding=1)
    return x


def block(x: tuple[Tensor, Tensor], net: nn.Module, out: int, stride: int) -> tuple[Tensor, Tensor]:
    """``irevnet_block``: x₁, x₂ to x₂, F(x₂) + x₁, after zeros at the end of the channels."""
    first, second = x
    missing = 2 * out - first.shape[1] - second.shape[1]
    if missing and stride == 1:
        padded = pad(torch.cat((first, second), 1), (0, 0, 0, 0, 0, missing))
        first, second = padded[:, :out], padded[:, out:]
    changed = bottleneck(second, net, stride)
    if stride == 2:
        first, second = psi(first, 2), psi(second, 2)
    return second, changed + first


def reference(model: nn.Module, x: Tensor, init_stride: int) -> tuple[Tensor, Tensor]:
    """``iRevNet``: the scores, and what can be inverted."""
    x = psi(x, init_stride)
    half = x.shape[1] // 2
    state = x[:, :half], x[:, half:]
    for group in list(model.backbone.children())[1:-1]:
        for part in group:
            state = block(state, part.net, part.net.conv2.out_channels, part.stride)
    y = torch.cat(state, 1)
    features = relu(normed(y, model.backbone.final.norm))
    pooled = avg_pool2d(features, features.shape[-1]).flatten(1)
    layer = next(m for m in model.head.modules() if isinstance(m, nn.Linear))
    return linear(pooled, layer.weight, layer.bias), y


@pytest.mark.parametrize("reversible", [False, True])
@pytest.mark.parametrize("arguments", CASES.values(), ids=CASES)
def test_outputs_are_those_of_the_reference(arguments: dict, reversible: bool):
    torch.manual_seed(0)
    backbone_f = partial(
        IRevNetBackbone,
        block_f=partial(IRevNetBlock, kernel_sizes=(3, 3, 3)),
        reversible=reversible,
        **arguments,
    )
    model = IRevNet(10, backbone_f=backbone_f).build((4, 3, 32, 32))
    for parameter in model.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)  # norms shift and scale, too
    x = torch.rand(4, 3, 32, 32)
    model(x)  # running statistics that aren't those of the beginning
    model.eval()
    expected, expected_y = reference(model, x, arguments["init_stride"])
    y = model.backbone[:"final"](x)
    assert (y - expected_y).abs().max() < 1e-5 * expected_y.abs().max()
    assert (model(x) - expected).abs().max() < 1e-5 * max(1, expected.abs().max().item())
    assert expected.std() > 1e-3


def test_squeeze_is_that_of_the_reference():
    """What ``psi`` does there: lines of squares, cut apart, behind each other."""
    x = torch.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6)
    last = x.permute(0, 2, 3, 1)
    columns = [part.reshape(2, 2, 12) for part in last.split(2, 2)]
    # There, rows become part of the channels by a reshape of each pair of columns.
    expected = torch.stack(columns, 1).permute(0, 2, 1, 3).permute(0, 3, 1, 2)
    assert torch.equal(psi(x, 2), expected)
