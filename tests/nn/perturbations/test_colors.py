"""Perturbations and augmentations, which can't import each other, mean the same colours."""

import colorsys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from labwork.data.augmentation._color import contrast, rotate_hue, saturate
from labwork.data.augmentation._color import grey as augmented_grey
from labwork.nn.perturbations._colors import from_hsv, grey, to_hsv

SOME_CORNERS = torch.tensor(  # black, white, grey, and where two channels are equal
    [[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5], [1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 0, 0], [0, 0, 1]]
)
shares = st.floats(-1, 2, width=32)


def colors(seed: int) -> Tensor:
    """Images (2, 3, 8, 5): any colours, and the special ones."""
    drawn = torch.rand(2, 3, 8, 4, generator=torch.Generator().manual_seed(seed))
    return torch.cat([drawn, SOME_CORNERS.T[None, :, :, None].expand(2, -1, -1, -1)], 3)


def factors(value: float) -> Tensor:
    return torch.full((2, 1, 1, 1, 1), value)


@given(st.integers(0, 99))
def test_grey_is_the_same(seed: int):
    x = colors(seed)
    assert torch.equal(augmented_grey(x[:, None])[:, 0], grey(x))
    assert torch.equal(augmented_grey(x[:, None, :1])[:, 0], grey(x[:, :1]))


@given(st.integers(0, 99), shares)
def test_hue_is_turned_the_same_way(seed: int, turn: float):
    x = colors(seed)
    hue, saturation, value = to_hsv(x)
    turned = from_hsv(hue + turn, saturation, value)
    assert_close(rotate_hue(x[:, None], factors(turn))[:, 0], turned, atol=1e-5, rtol=0)


@given(st.integers(0, 99), st.floats(0, 2, width=32))
def test_contrast_and_saturation_are_the_same(seed: int, factor: float):
    x = colors(seed)
    mean = grey(x).mean((1, 2, 3), keepdim=True)
    for change, middle in ((contrast, mean), (saturate, grey(x))):
        expected = (middle + factor * (x - middle)).clamp(0, 1)
        assert_close(change(x[:, None], factors(factor))[:, 0], expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("seed", range(3))
def test_hue_saturation_and_value_are_pythons(seed: int):
    x = colors(seed)
    parts = torch.cat(to_hsv(x), 1).movedim(1, -1).reshape(-1, 3)
    expected = [colorsys.rgb_to_hsv(*pixel) for pixel in x.movedim(1, -1).reshape(-1, 3).tolist()]
    assert_close(parts, torch.tensor(expected), atol=1e-5, rtol=0)
