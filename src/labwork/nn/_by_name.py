"""Modules by name, from what a container's constructor is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import nn

from labwork.core import ConfigError

__all__ = ["by_name"]


def by_name(
    modules: Sequence[nn.Module | Mapping[str, nn.Module]], named: Mapping[str, nn.Module]
) -> dict[str, nn.Module]:
    """Modules that are named by their number, or one mapping; then those named by keywords.

    >>> [*by_name([nn.ReLU(), nn.Tanh()], {"last": nn.Tanh()})]
    ['0', '1', 'last']
    >>> [*by_name([{"a": nn.ReLU()}], {})]
    ['a']
    """
    first: dict[str, nn.Module] = {}
    for i, module in enumerate(modules):
        _join(first, module if isinstance(module, Mapping) else {str(i): module})
    _join(first, named)
    return first


def _join(modules: dict[str, nn.Module], others: Mapping[str, nn.Module]) -> None:
    if twice := modules.keys() & others.keys():
        raise ConfigError(f"two modules are named {min(twice)!r}")
    modules.update(others)
