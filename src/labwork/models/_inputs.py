"""What models take, said where something else comes."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn import try_get_module_name_from_call_stack

__all__ = ["check_input"]


def check_input(module: nn.Module, *inputs: Any, wanted: str = "images (N, C, H, W)") -> None:
    """Sees to it that inputs have as many dimensions as they should; for ``setup``.

    PyTorch's layers take an image without a batch too, of which sizes would be inferred wrongly.

    Args:
        module: what they are for; the error tells where it stands.
        *inputs: what comes; what isn't a tensor is left to the module.
        wanted: their kind and their dimensions.

    Raises:
        ConfigError: where one has another number of dimensions.

    >>> import torch
    >>> check_input(nn.Identity(), torch.zeros(3, 32, 32))
    Traceback (most recent call last):
        ...
    labwork.core._errors.ConfigError: ROOT (Identity) takes images (N, C, H, W), not (3, 32, 32)
    """
    count = wanted.count(",") + 1
    for x in inputs:
        if isinstance(x, Tensor) and x.ndim != count:
            path = try_get_module_name_from_call_stack(module) or "ROOT"
            kind = type(module).__name__
            raise ConfigError(f"{path} ({kind}) takes {wanted}, not {tuple(x.shape)}")
