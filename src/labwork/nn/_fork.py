"""Fork, Parallel: several modules side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from labwork.core import ConfigError
from labwork.nn._by_name import by_name
from labwork.nn._module import Module
from labwork.nn._script import refuse_script

__all__ = ["Fork", "Parallel"]


class Fork(Module):
    """One input to several modules; gives the list of their outputs.

    >>> import torch
    >>> Fork(same=nn.Identity(), less=nn.ReLU())(torch.tensor([-1.0]))
    [tensor([-1.]), tensor([0.])]
    """

    __prepare_scriptable__ = refuse_script

    def __init__(self, *modules: nn.Module | Mapping[str, nn.Module], **named: nn.Module) -> None:
        super().__init__()
        for name, module in by_name(modules, named).items():
            self.add_module(name, module)

    def forward(self, x: Any) -> list[Any]:
        """What each module makes of ``x``."""
        # Not children(), which leaves out what is there already.
        return [module(x) for module in self._modules.values()]  # type: ignore[misc]


class Parallel(Module):
    """As many inputs as modules, one for each; gives the list of their outputs.

    >>> import torch
    >>> Parallel(nn.Identity(), nn.ReLU())([torch.tensor([-1.0])] * 2)
    [tensor([-1.]), tensor([0.])]
    """

    __prepare_scriptable__ = refuse_script

    def __init__(self, *modules: nn.Module | Mapping[str, nn.Module], **named: nn.Module) -> None:
        super().__init__()
        for name, module in by_name(modules, named).items():
            self.add_module(name, module)

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """What each module makes of its input."""
        modules = list(self._modules.values())
        if len(inputs) != len(modules):
            raise ConfigError(
                f"{len(inputs)} inputs for the {len(modules)} modules of a Parallel; each takes one"
            )
        return [module(x) for module, x in zip(modules, inputs, strict=True)]  # type: ignore[misc]
