"""Standardize: the numbers, their place in the state, and what it refuses."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from labwork.nn import Standardize

channels = st.integers(1, 4)


@given(channels, st.integers(1, 3), st.integers(0, 2**31))
def test_each_channel_loses_its_mean_and_is_divided_by_its_deviation(count, size, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(2, count, size, size + 1, generator=generator)
    mean, std = torch.rand(count, generator=generator), torch.rand(count, generator=generator) + 0.1
    expected = [(x[:, c] - mean[c]) / std[c] for c in range(count)]
    module = Standardize(mean.tolist(), std.tolist())
    assert torch.equal(module(x), torch.stack(expected, dim=1))
    assert torch.equal(module(x[0]), module(x)[0])
    assert torch.equal(copy.deepcopy(module)(x), module(x))


@given(channels)
def test_one_number_is_for_all_channels(count):
    x = torch.rand(2, count, 3, 3)
    assert torch.equal(Standardize(0.5, 0.25)(x), Standardize([0.5] * count, [0.25] * count)(x))


def test_standardizing_with_the_own_statistics_gives_mean_0_and_deviation_1():
    x = torch.rand(50, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 7 + 3
    mean, std = x.mean((0, 2, 3)), x.std((0, 2, 3))
    y = Standardize(mean.tolist(), std.tolist())(x)
    torch.testing.assert_close(y.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.std((0, 2, 3)), torch.ones(3))


def test_numbers_are_in_the_state_and_not_trained():
    module, other = Standardize([0.1, 0.2], [0.3, 0.4]), Standardize([0, 0], [1, 1])
    assert list(module.state_dict()) == ["mean", "std"]
    assert list(module.parameters()) == []
    other.load_state_dict(module.state_dict())
    assert repr(other) == repr(module) != repr(Standardize([0, 0], [1, 1]))
    assert module.to(torch.float64)(torch.zeros(1, 2, 1, 1)).dtype == torch.float64
    with pytest.raises(RuntimeError, match="size mismatch"):
        module.load_state_dict(Standardize(0.1, 0.3).state_dict())


def test_gradients_pass_to_the_images():
    x = torch.rand(1, 1, 2, 2, requires_grad=True)
    nn.Sequential(Standardize(0.5, 0.25))(x).sum().backward()
    assert x.grad is not None
    assert x.grad.unique().tolist() == [4.0]


@pytest.mark.parametrize("std", [0, 0.0, -1, [1, 0], [1, -2, 3], float("nan")])
def test_deviation_must_be_positive(std):
    with pytest.raises(ValueError, match="std must be above 0 in each channel"):
        Standardize(0.5, std)
