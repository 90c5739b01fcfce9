"""Padding: its values, the size of the output, and that it is torch's wherever torch can."""

import copy
import itertools
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn._convolutions import Conv2d
from labwork.nn._padding import auto_pad
from labwork.nn._pooling import AvgPool2d, MaxPool2d

KERNELS, STRIDES, DILATIONS, SIZES = range(1, 8), range(1, 5), range(1, 4), range(1, 34)
NAMES = ["half", "same"]
LAYERS = {
    "conv": lambda k, s, d, name: Conv2d(1, 1, k, s, name, d, bias=False),
    "max": lambda k, s, d, name: MaxPool2d(k, s, name, d),
    "mean": lambda k, s, d, name: AvgPool2d(k, s, name),
    "mean without padding": lambda k, s, d, name: AvgPool2d(k, s, name, count_include_pad=False),
}
settings = st.tuples(*map(st.sampled_from, (KERNELS, STRIDES, DILATIONS)))


def pairs(values: range) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.sampled_from(values), st.sampled_from(values))


@pytest.mark.parametrize(
    ("arguments", "pads"),
    [
        (((224, 224), (3, 3)), (1, 1, 1, 1)),
        (((224, 224), (3, 3), 2), (0, 1, 0, 1)),
        (((5, 7), (5, 3), 1, 2), (2, 2, 4, 4)),
        (((8, 9, 10), (3, 4, 5)), (2, 2, 1, 2, 1, 1)),
    ],
)
def test_values(arguments: tuple, pads: tuple):
    assert auto_pad(*arguments) == pads


def test_padding_is_the_least_that_gives_the_size_rounded_up():
    for n, k, s, d in itertools.product(SIZES, KERNELS, STRIDES, DILATIONS):
        before, after = auto_pad((n,), (k,), s, d)

        def out(total: int, n: int = n, k: int = k, s: int = s, d: int = d) -> int:
            return (n + total - d * (k - 1) - 1) // s + 1

        assert out(before + after) == -(-n // s)
        assert before + after == 0 or out(before + after - 1) < -(-n // s)
        assert 0 <= after - before <= 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kernel", KERNELS)
def test_output_is_the_size_over_the_stride_rounded_up(name: str, kernel: int):
    for s, d in itertools.product(STRIDES, DILATIONS):
        layer = Conv2d(1, 1, kernel, s, name, d, bias=False, device="meta")
        for n in SIZES:
            x = torch.empty(1, 1, n, 34 - n, device="meta")
            assert layer(x).shape[2:] == (-(-n // s), -(-(34 - n) // s))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", LAYERS)
@given(pairs(KERNELS), pairs(STRIDES), pairs(DILATIONS), pairs(SIZES))
def test_both_dimensions_go_their_own_way(kind: str, name: str, kernel, stride, dilation, size):
    layer = LAYERS[kind](kernel, stride, dilation, name)
    out = layer(torch.rand(2, 1, *size))
    assert out.shape[2:] == tuple(-(-n // s) for n, s in zip(size, stride, strict=True))


@given(settings, pairs(SIZES))
def test_half_is_same_where_the_stride_is_1(setting, size):
    kernel, _, dilation = setting
    half, same = (Conv2d(1, 1, kernel, 1, name, dilation) for name in NAMES)
    same.load_state_dict(half.state_dict())
    x = torch.rand(1, 1, *size)
    assert torch.equal(half(x), same(x))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@given(settings, pairs(SIZES), st.sampled_from(NAMES))
def test_with_stride_1_it_is_what_torch_calls_same(setting, size, name):
    kernel, _, dilation = setting
    ours = Conv2d(1, 2, kernel, 1, name, dilation)
    torchs = nn.Conv2d(1, 2, kernel, 1, "same", dilation)
    torchs.load_state_dict(ours.state_dict())
    x = torch.rand(1, 1, *size)
    torch.testing.assert_close(ours(x), torchs(x))


@given(settings, pairs(SIZES), st.sampled_from(["zeros", "replicate"]), st.sampled_from(NAMES))
def test_convolution_is_that_of_the_padded_image(setting, size, mode, name):
    kernel, stride, dilation = setting
    layer = Conv2d(2, 4, kernel, stride, name, dilation, groups=2, padding_mode=mode)
    x = torch.rand(1, 2, *size)
    pads = auto_pad(size, kernel, stride if name == "same" else 1, dilation)
    padded = F.pad(x, pads, "constant" if mode == "zeros" else mode)
    expected = F.conv2d(padded, layer.weight, layer.bias, stride, 0, dilation, groups=2)
    torch.testing.assert_close(layer(x), expected)


@given(st.sampled_from(KERNELS), st.sampled_from(STRIDES), pairs(SIZES), st.sampled_from(NAMES))
def test_pooling_looks_at_what_is_in_the_image(kernel, stride, size, name):
    x = -1 - torch.rand(1, 1, *size)
    pads = auto_pad(size, kernel, stride if name == "same" else 1)
    inside = F.pad(torch.ones_like(x), pads)
    windows = F.unfold(F.pad(x, pads), kernel, stride=stride)
    is_inside = F.unfold(inside, kernel, stride=stride) > 0
    maxima = windows.where(is_inside, torch.tensor(-torch.inf)).amax(1)
    means = windows.sum(1) / is_inside.sum(1)
    torch.testing.assert_close(MaxPool2d(kernel, stride, name)(x).flatten(1), maxima)
    torch.testing.assert_close(AvgPool2d(kernel, stride, name)(x).flatten(1), windows.mean(1))
    without = AvgPool2d(kernel, stride, name, count_include_pad=False)
    torch.testing.assert_close(without(x).flatten(1), means)
    override = AvgPool2d(kernel, stride, name, divisor_override=3)
    torch.testing.assert_close(override(x).flatten(1), windows.sum(1) / 3)


@pytest.mark.parametrize("name", NAMES)
@given(settings, st.sampled_from(SIZES))
def test_the_image_is_copied_only_where_the_sides_differ(name: str, setting, size):
    kernel, stride, dilation = setting
    left, right = auto_pad((size,), kernel, stride if name == "same" else 1, dilation)
    layer = Conv2d(1, 1, kernel, stride, name, dilation)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        layer(torch.rand(1, 1, size, size))
    copied = any("constant_pad" in event.name for event in profile.events())
    assert copied == (left != right)


@pytest.mark.parametrize("padding", [0, 2, (1, 3), "valid", "half", "same"])
def test_layers_are_torchs_where_padding_is_known_and_even(padding: object):
    ours = Conv2d(3, 4, 5, padding=padding)
    torchs = nn.Conv2d(3, 4, 5, padding={"valid": 0, "half": 2, "same": 2}.get(padding, padding))
    assert ours.padding == torchs.padding
    torchs.load_state_dict(ours.state_dict())
    x = torch.rand(2, 3, 9, 10)
    assert torch.equal(ours(x), torchs(x))


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("name", NAMES)
def test_layers_are_copied_pickled_and_compiled(kind: str, name: str):
    layer = LAYERS[kind](4, 3, 1, name)
    x = torch.rand(1, 1, 10, 11)
    assert torch.equal(copy.deepcopy(layer)(x), layer(x))
    assert torch.equal(pickle.loads(pickle.dumps(layer))(x), layer(x))
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    for width in (11, 12, 13):
        x = torch.rand(1, 1, 10, width)
        assert torch.equal(compiled(x), layer(x))


def test_a_layer_prints_as_it_was_written():
    assert repr(Conv2d(1, 2, 3, padding="half", dilation=2)) == (
        "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), dilation=(2, 2), padding='half')"
    )
    assert repr(MaxPool2d(3, 2, "same")) == (
        "MaxPool2d(kernel_size=3, stride=2, dilation=1, ceil_mode=False, padding='same')"
    )
    assert (
        repr(AvgPool2d(2, padding="half")) == "AvgPool2d(kernel_size=2, stride=2, padding='half')"
    )
    assert repr(Conv2d(1, 2, 3, padding=1)) == repr(nn.Conv2d(1, 2, 3, padding=1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2d(1, 1, 3, padding="smae"), "unknown padding 'smae'; did you mean 'same'"),
        (lambda: MaxPool2d(3, padding="full"), "unknown padding 'full'.*half, same, valid"),
        (lambda: MaxPool2d(3, padding="same", return_indices=True), "return_indices goes with"),
        (lambda: AvgPool2d(3, padding="half", ceil_mode=True), "ceil_mode goes with padding in"),
        (lambda: auto_pad((8, 8), (3, 3, 3)), "kernel must be one number or 2.*not \\(3, 3, 3\\)"),
        (lambda: auto_pad((0, 5), 3), r"in_size must be a whole number, 1 or .* not \(0, 5\)"),
        (lambda: auto_pad((5.5, 5), 3), r"in_size must be a whole number.* not \(5.5, 5\)"),
        (lambda: auto_pad((5, 5), 3.0), "kernel must be a whole number.* not 3.0"),
        (lambda: auto_pad((5, 5), 3, (2, 1.5)), r"stride must be a whole .* not \(2, 1.5\)"),
        (
            lambda: auto_pad((8, 8), 3, 0),
            "stride must be a whole number, 1 or more, in each dimension, not 0",
        ),
        (lambda: auto_pad((8, 8), 3, 1, (1, 0)), "dilation must be .* 1 or more.*\\(1, 0\\)"),
    ],
)
def test_mistakes_are_explained(make, message: str):
    with pytest.raises(ConfigError, match=message):
        make()
