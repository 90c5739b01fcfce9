"""Devices by name, and repeatable kernels."""

import pytest
import torch

from labwork.core import ConfigError
from labwork.runtime import make_deterministic, select_device

BAD = ["", "gpu", "cuda:x", "cuda:-1", "cpu:", "cuda:99999999999", "0", "auto:0", " cpu", "CPU"]


def test_auto_is_a_device_that_works():
    device = select_device("auto")
    assert torch.zeros(1, device=device).device.type == device.type == select_device().type


@pytest.mark.parametrize("name", ["cpu", "meta", torch.device("cpu"), torch.device("meta")])
def test_a_device_that_is_here_is_given(name):
    assert select_device(name) == torch.device(name)


@pytest.mark.parametrize("name", BAD)
def test_unknown_device_is_told_with_what_to_write(name):
    with pytest.raises(ConfigError, match=r"unknown device .*write auto, cpu, cuda"):
        select_device(name)


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "xpu", "cuda:63"])
def test_absent_device_is_told_with_what_there_is(name):
    kind, _, index = name.partition(":")
    here = torch.accelerator.current_accelerator(check_available=True)
    if here is not None and here.type == kind and int(index or 0) < 63:
        pytest.skip("this machine has it")
    with pytest.raises(ConfigError, match=f"no device '{name}' on this machine; "):
        select_device(name)


def test_determinism_can_be_turned_on_and_off():
    before = torch.are_deterministic_algorithms_enabled()  # another test's experiment may have
    try:
        make_deterministic(enabled=False)
        assert not torch.are_deterministic_algorithms_enabled()
        make_deterministic()
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert not torch.backends.cudnn.benchmark
    finally:
        make_deterministic(before)
