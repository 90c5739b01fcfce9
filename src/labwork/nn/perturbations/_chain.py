"""Chain: perturbations one after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._by_name import by_name
from labwork.nn.perturbations._perturbation import Perturbation

__all__ = ["Chain"]


class Chain(Perturbation):
    """Perturbations one after another, by name.

    Args:
        *perturbations: named by their number; or one mapping from names to perturbations.
        **named: perturbations by name.

    Raises:
        ConfigError: where one isn't a ``Perturbation``.

    >>> import torch
    >>> from labwork.nn.perturbations import Additive, Clamp, LInfBall
    >>> x = torch.ones(2, 1, 1, 1)
    >>> noise = Chain(noise=Additive(init=LInfBall(0.5)), clamp=Clamp(0, 1)).reset(x).init_()
    >>> [*dict(noise.named_parameters())], bool((noise(x) <= 1).all())
    (['noise.addend'], True)
    """

    def __init__(
        self, *perturbations: nn.Module | Mapping[str, nn.Module], **named: nn.Module
    ) -> None:
        super().__init__()
        for name, module in by_name(perturbations, named).items():
            if not isinstance(module, Perturbation):
                raise ConfigError(
                    f"{name!r} of a Chain must be a Perturbation, not {type(module).__name__}"
                )
            self.add_module(name, module)

    def forward(self, x: Tensor, y: Tensor | None = None, mask: Tensor | None = None) -> Any:
        rest = {k: v for k, v in {"y": y, "mask": mask}.items() if v is not None}
        for module in self._modules.values():
            assert module is not None
            changed = module(x, **rest)
            x, *others = changed if rest else (changed,)
            rest = dict(zip(rest, others, strict=True))
        return (x, *rest.values()) if rest else x
