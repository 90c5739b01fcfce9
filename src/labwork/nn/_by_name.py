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
        first |= module if isinstance(module, Mapping) else {str(i): module}
    if twice := first.keys() & named.keys():
        raise ConfigError(f"two modules are named {min(twice)!r}")
    return {**first, **named}
