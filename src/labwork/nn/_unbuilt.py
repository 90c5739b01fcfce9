"""Before: what a module held before it was set up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

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

    def tensors_made(self, module: nn.Module) -> Iterator[tuple[str, Tensor]]:
        """The parameters and buffers, by path, that were made since."""
        for name in sorted(self.made(module)):
            part = getattr(module, name)
            if isinstance(part, nn.Module):
                for path, owner in part.named_modules(prefix=name):
                    own = {**owner._parameters, **owner._buffers}
                    yield from ((f"{path}.{k}", v) for k, v in own.items() if v is not None)
            else:
                yield name, part

    def make_alike(self, module: nn.Module, place: Tensor) -> None:
        """What was made without a word about it has the module's type, memory format and mode."""
        usual = torch.get_default_dtype()
        is_channels_last = place.is_contiguous(memory_format=torch.channels_last)
        for _, tensor in self.tensors_made(module):
            if nn.parameter.is_lazy(tensor):
                continue
            if tensor.dtype == usual and place.dtype != usual:
                tensor.data = tensor.data.to(place.dtype)
            if is_channels_last and tensor.ndim == 4:
                tensor.data = tensor.data.contiguous(memory_format=torch.channels_last)
            if place.is_shared():
                tensor.share_memory_()
        for name in self.made(module):
            if not module.training and isinstance(part := getattr(module, name), nn.Module):
                part.eval()

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
