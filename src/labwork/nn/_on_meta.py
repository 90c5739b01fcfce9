"""OnMeta: for a while, a module's tensors have shapes, and no content."""

from __future__ import annotations

from itertools import chain
from typing import Any, Self

import torch
from torch import Tensor, nn

from labwork.nn._tensors import as_example

__all__ = ["OnMeta", "examples_for"]


class OnMeta:
    """Within, parameters and buffers are on the meta device, and what is made there too.

    >>> net = nn.Linear(1000, 1000)
    >>> with OnMeta(net):
    ...     net(torch.empty(5, 1000)).device.type
    'meta'
    >>> net.weight.device.type
    'cpu'
    """

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._aside: list[tuple[nn.Module, str, Tensor]] = []
        self._attributes: dict[nn.Module, dict[str, Any]] = {}
        self._device = torch.device("meta")

    def put_aside(self, root: nn.Module) -> None:
        """Puts what ``root`` and the modules below it hold aside, as far as it has content."""
        self._attributes[root] = _attributes(root)
        for module in root.modules():
            self._attributes.setdefault(module, _attributes(module))
            for name, tensor in _own_tensors(module):
                self._aside.append((module, name, tensor))
                setattr(module, name, _without_content(tensor))

    def __enter__(self) -> Self:
        self.put_aside(self._module)
        self._device.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._device.__exit__(*error)
        for module, name, tensor in self._aside:
            setattr(module, name, tensor)
        for module, before in self._attributes.items():
            _drop_new_tensors(module, before)


def examples_for(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments for a call on the meta device; shapes become tensors of the type of parameters."""
    examples, named = as_example([list(args), kwargs], _dtype(module))
    return examples, named


def _dtype(module: nn.Module) -> torch.dtype:
    tensors = chain(*((*m._parameters.values(), *m._buffers.values()) for m in module.modules()))
    floating = (t.dtype for t in tensors if t is not None and t.is_floating_point())
    return next(floating, torch.get_default_dtype())


def _own_tensors(module: nn.Module) -> list[tuple[str, Tensor]]:
    named = [*module._parameters.items(), *module._buffers.items()]
    return [
        (name, tensor)
        for name, tensor in named
        if tensor is not None
        and name != "_place"  # tells where an unbuilt module is to be
        and tensor.device.type != "meta"
        and not nn.parameter.is_lazy(tensor)
    ]


def _without_content(tensor: Tensor) -> Tensor:
    empty = tensor.detach().to("meta")
    is_parameter = isinstance(tensor, nn.Parameter)
    return nn.Parameter(empty, tensor.requires_grad) if is_parameter else empty


def _attributes(module: nn.Module) -> dict[str, Any]:
    """What ``module`` remembers besides parameters: attributes and buffers, by name."""
    return {**vars(module), **module._buffers}


def _drop_new_tensors(module: nn.Module, before: dict[str, Any]) -> None:
    """Tensors without content that a forward pass has left behind aren't for later ones."""
    for contents in (vars(module), module._buffers):
        for name, value in list(contents.items()):
            is_new = isinstance(value, Tensor) and value.is_meta and before.get(name) is not value
            if is_new and name in before:
                contents[name] = before[name]
            elif is_new:
                del contents[name]
