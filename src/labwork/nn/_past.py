"""Past: modules as they were, for a forward pass that is computed once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import nn

__all__ = ["Past"]

_Place = tuple[dict[str, Any], str, Any]


class Past:
    """The modes, the parameters and copies of the buffers of modules, as they are now.

    Within it as a context, which may be entered again and again, the modules have these; what is
    done to their buffers there is forgotten. Parameters are the same tensors, so gradients reach
    them, and those that ``torch.func.functional_call`` put there.

    Args:
        modules: the modules, without those in them.

    >>> import torch
    >>> norm = nn.BatchNorm1d(2)
    >>> past = Past([norm])
    >>> y = norm.eval()(torch.ones(3, 2))
    >>> with past:
    ...     norm.training, (norm(torch.ones(3, 2)) == 0).all().item()
    (True, True)
    >>> norm.training, norm.running_mean
    (False, tensor([0., 0.]))
    """

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        modules = list(modules)
        modes = [(vars(module), "training", module.training) for module in modules]
        self._fixed = modes + _places(module._parameters for module in modules)
        self._buffers = _copied(_places(module._buffers for module in modules))

    def __enter__(self) -> None:
        # Others take the place of buffers, since autograd would notice if these were changed, even
        # if it were back.
        places = [*self._fixed, *_copied(self._buffers)]
        self._present = [(home, name, home[name]) for home, name, _ in places]
        _put_there(places)

    def __exit__(self, *error: object) -> None:
        _put_there(self._present)


def _places(homes: Iterable[dict[str, Any]]) -> list[_Place]:
    return [
        (home, name, tensor)
        for home in homes
        for name, tensor in home.items()
        if tensor is not None
    ]


def _put_there(places: Sequence[_Place]) -> None:
    for home, name, value in places:
        home[name] = value


def _copied(places: Sequence[_Place]) -> list[_Place]:
    """Copies for the same places; what is in two of them is copied once."""
    tensors = {id(tensor): tensor for _, _, tensor in places}
    copies = {key: tensor.detach().clone() for key, tensor in tensors.items()}
    return [(home, name, copies[id(tensor)]) for home, name, tensor in places]
