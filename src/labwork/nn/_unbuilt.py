"""Before: what a module held before it was set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import nn

__all__ = ["Before"]

_CONTENTS = ("_modules", "_parameters", "_buffers")


@dataclass(frozen=True)
class Before:
    """The names that a module had, and the values of those that hold no tensor."""

    attributes: dict[str, Any]
    modules: dict[str, nn.Module | None]
    names: set[str]

    @classmethod
    def of(cls, module: nn.Module) -> Self:
        """What ``module`` holds now."""
        attributes = {k: v for k, v in vars(module).items() if k not in _CONTENTS}
        return cls(attributes, dict(module._modules), _filled(module))

    def made(self, module: nn.Module) -> set[str]:
        """The names of children, parameters and buffers that ``module`` has got since."""
        return _filled(module) - self.names

    def make_alike(self, module: nn.Module, dtype: torch.dtype) -> None:
        """What was made has the type and the mode of what was there."""
        for name in self.made(module):
            part = getattr(module, name)
            if isinstance(part, nn.Module):
                part.to(dtype).train(module.training)
            elif part.is_floating_point():
                part.data = part.data.to(dtype)

    def restore(self, module: nn.Module) -> None:
        """Makes ``module`` hold what it held."""
        for name in self.made(module):
            for contents in (module._parameters, module._buffers):
                contents.pop(name, None)
        module._modules = dict(self.modules)
        for name in vars(module).keys() - self.attributes.keys() - set(_CONTENTS):
            delattr(module, name)
        vars(module).update(self.attributes)


def _filled(module: nn.Module) -> set[str]:
    """The names of children, parameters and buffers that aren't None."""
    every = {**module._modules, **module._parameters, **module._buffers}
    return {name for name, value in every.items() if value is not None}
