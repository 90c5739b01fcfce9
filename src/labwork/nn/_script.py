"""What torch.jit.script says of modules that TorchScript has no words for."""

from __future__ import annotations

from typing import NoReturn

from torch import nn

from labwork.core import ConfigError

__all__ = ["refuse_script"]


def refuse_script(self: nn.Module) -> NoReturn:
    """Stands as ``__prepare_scriptable__``, which PyTorch calls before it reads a module.

    Raises:
        ConfigError: always.
    """
    raise ConfigError(
        f"torch.jit.script can't read {type(self).__name__}, and PyTorch has deprecated it; use"
        " torch.export.export(model, (example,)), or torch.jit.trace(model, example)"
    )
