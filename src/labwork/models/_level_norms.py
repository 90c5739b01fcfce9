"""One network for all levels of an image pyramid, with normalizations of its own for each."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["LevelNorms", "at_level", "give_levels_norms"]


class LevelNorms(nn.ModuleList):
    """A normalization for each level; called, it is that of the first, the finest.

    A state dict of one normalization fits, too: it is loaded into all.

    >>> norms = LevelNorms([nn.BatchNorm2d(8) for _ in range(3)])
    >>> _ = norms.load_state_dict(nn.BatchNorm2d(8).state_dict())
    """

    def forward(self, x: Tensor) -> Tensor:
        """``x``, normalized as on the finest level."""
        return self[0](x)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        single = [f"{prefix}{name}" for name in self[0].state_dict()]
        for name in [name for name in single if name in state_dict]:
            value = state_dict.pop(name)
            for level in self._modules:
                state_dict[f"{prefix}{level}.{name.removeprefix(prefix)}"] = value
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def give_levels_norms(module: nn.Module, count: int) -> None:
    """Puts ``LevelNorms`` in the place of normalizations below ``module`` that keep statistics.

    Those of shortcuts stay, for all levels.
    """
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm):
            copies = [copy.deepcopy(child) for _ in range(count - 1)]
            setattr(module, name, LevelNorms([child, *copies]))
        elif name != "shortcut":
            give_levels_norms(child, count)


def at_level(module: nn.Module, level: int) -> nn.Module:
    """``module`` with the normalizations of a level.

    Layers are those of ``module``; what holds ``LevelNorms`` is another one with the same parts.

    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), LevelNorms(nn.BatchNorm2d(8) for _ in range(2)))
    >>> coarse = at_level(net, 1)
    >>> coarse[0] is net[0], coarse[1] is net[1][1]
    (True, True)
    """
    if isinstance(module, LevelNorms):
        return module[level]
    parts = {name: at_level(child, level) for name, child in module.named_children()}
    if all(part is module._modules[name] for name, part in parts.items()):
        return module
    other = copy.copy(module)
    other._modules = _with(module._modules, parts)
    return other


def _with(modules: Mapping[str, Any], parts: Mapping[str, nn.Module]) -> dict[str, Any]:
    return {name: parts.get(name, module) for name, module in modules.items()}
