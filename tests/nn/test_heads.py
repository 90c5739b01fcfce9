"""Heads: shapes, what they are made of, and what they add up to."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn import ClassificationHead, ProjectionHead, SegmentationHead

pytestmark = pytest.mark.usefixtures("seeded")

sizes = st.integers(1, 9)
HEADS = {
    "classification": lambda: ClassificationHead(5, dropout=0.5),
    "projection": lambda: ProjectionHead(4, hidden_width=6, norm_f=nn.BatchNorm1d),
    "segmentation": lambda: SegmentationHead(5, norm_f=nn.BatchNorm2d, act_f=nn.ReLU),
}


@settings(max_examples=20)
@given(st.integers(1, 3), sizes, sizes, sizes)
def test_classifier_scores_the_mean_over_space(count: int, channels: int, height: int, width: int):
    x = torch.rand(count, channels, height, width)
    head = ClassificationHead(4)
    expected = head(x)
    assert expected.shape == (count, 4)
    torch.testing.assert_close(expected, head.linear(x.mean((2, 3))))


def test_features_without_space_need_no_pooling():
    x = torch.rand(3, 6)
    for head in (ClassificationHead(4, pool_f=None), ProjectionHead(4, pool_f=None)):
        assert head(x).shape == (3, 4)
        assert "pool" not in head.names


@given(st.integers(1, 3), sizes, sizes, st.integers(1, 4), st.sampled_from([1, 3]))
@settings(max_examples=20)
def test_scores_of_pixels_are_upsampled(n: int, height: int, width: int, scale: int, kernel: int):
    x = torch.rand(n, 3, height, width)
    head = SegmentationHead(5, scale=scale, kernel_size=kernel)
    scores = head(x)
    assert scores.shape == (n, 5, height * scale, width * scale)
    plain = head.scores(x)
    expected = F.interpolate(plain, scale_factor=scale, mode="bilinear", align_corners=False)
    torch.testing.assert_close(scores, expected)
    assert head(x, (17, 13)).shape == (n, 5, 17, 13)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "area"])
def test_every_way_of_upsampling_keeps_constants(mode: str):
    head = SegmentationHead(2, scale=3, mode=mode).build((1, 3, 4, 4))
    nn.init.zeros_(head.scores.conv.weight)
    scores = head(torch.rand(1, 3, 4, 5))
    torch.testing.assert_close(scores, head.scores.conv.bias.view(1, 2, 1, 1).expand(1, 2, 12, 15))


def test_even_kernel_is_refused():
    with pytest.raises(ConfigError, match=r"kernel_size is odd, .* not 2"):
        SegmentationHead(5, kernel_size=2)


def test_projection_is_that_of_the_paper():
    head, x = ProjectionHead(4).build((2, 6, 3, 3)), torch.rand(2, 6, 3, 3)
    features = x.mean((2, 3))
    expected = head.linear1(head.linear0(features).relu())
    torch.testing.assert_close(head(x), expected)
    assert head.linear0.weight.shape == (6, 6)


@pytest.mark.parametrize("name", HEADS)
def test_every_parameter_gets_a_gradient(name: str):
    head: Any = HEADS[name]().build((4, 3, 2, 2))
    head(torch.rand(4, 3, 2, 2)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in head.parameters())


@pytest.mark.parametrize("name", HEADS)
def test_state_loads_before_the_build(name: str):
    head, other = HEADS[name]().build((2, 3, 2, 2)).eval(), HEADS[name]()
    other.load_state_dict(head.state_dict())
    x = torch.rand(2, 3, 2, 2)
    torch.testing.assert_close(other.eval()(x), head(x), rtol=0, atol=0)


@pytest.mark.parametrize("head_f", [ClassificationHead, ProjectionHead])
@pytest.mark.parametrize("shape", [(7, 8), (7, 8, 3)])
def test_what_has_no_space_is_not_pooled(head_f: Any, shape: tuple[int, ...]):
    with pytest.raises(ConfigError, match=r"takes \(N, C, H, W\), not \(7, 8.*pool_f=None"):
        head_f(5)(torch.rand(shape))


def test_a_pool_of_sequences_takes_sequences():
    head = ClassificationHead(5, pool_f=lambda: nn.AdaptiveMaxPool1d(1))
    assert head(torch.rand(7, 8, 3)).shape == (7, 5)
    with pytest.raises(ConfigError, match="pool_f=None"):
        ClassificationHead(5, pool_f=lambda: nn.AdaptiveMaxPool1d(1))(torch.rand(7, 8))
