"""Devices by name."""

import torch

from labwork.core import ConfigError

__all__ = ["select_device"]


def select_device(name: str | torch.device = "auto") -> torch.device:
    """The device called ``name``.

    Args:
        name: ``auto`` (CUDA where there is one, else the CPU), ``cpu``, ``cuda``, ``cuda:1`` and
            so on.

    Raises:
        ConfigError: where there is no such device on this machine.

    >>> select_device("cpu")
    device(type='cpu')
    """
    if isinstance(name, torch.device):
        return name
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"unknown device {name!r}; write auto, cpu, cuda or cuda:0") from error
    _check_present(device)
    return device


def _accelerator() -> torch.device | None:
    return torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None


def _check_present(device: torch.device) -> None:
    if device.type in ("cpu", "meta"):
        return
    accelerator = _accelerator()
    if accelerator is None or accelerator.type != device.type:
        present = f"cpu and {accelerator.type}" if accelerator else "cpu alone"
        raise ConfigError(f"there is no device {str(device)!r} on this machine; it has {present}")
    count = torch.accelerator.device_count()
    if device.index is not None and device.index >= count:
        last = f"{device.type}:{count - 1}"
        raise ConfigError(f"there is no device {str(device)!r} on this machine; the last is {last}")
