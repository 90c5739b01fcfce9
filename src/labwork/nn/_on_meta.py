"""OnMeta: for a while, a module's tensors have shapes, and no content."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from itertools import chain
from threading import get_ident
from typing import Any, Self

import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._tensors import as_example

__all__ = ["CALLED", "OnMeta", "call_forward", "examples_for", "is_on_meta"]

Call = Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], Any]
CALLED = "_compiled_call_impl"  # what nn.Module.__call__ calls instead of _call_impl, if any


def call_forward(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``module`` gives without its hooks, which are for values, and without compiling."""
    original = getattr(module, "_orig_mod", None)  # of what torch.compile made
    return (module.forward if original is None else original)(*args, **kwargs)


class OnMeta:
    """Within, a module's tensors are on the meta device, and what is made there too.

    Args:
        module: with all below it.
        call: what calls of these modules are meanwhile, instead of hooks and ``forward``.

    >>> net = nn.Linear(1000, 1000)
    >>> with OnMeta(net):
    ...     net(torch.empty(5, 1000)).device.type
    'meta'
    >>> net.weight.device.type
    'cpu'
    """

    def __init__(self, module: nn.Module, call: Call = call_forward) -> None:
        self._module, self._call, self._thread = module, call, get_ident()
        self._aside: list[tuple[nn.Module, str, Tensor]] = []
        self._plain_aside: list[tuple[dict[str, Any], str, Tensor]] = []
        self._attributes: dict[nn.Module, dict[str, Any]] = {}
        self._calls: dict[nn.Module, Any] = {}
        self._device = torch.device("meta")

    def put_aside(self, root: nn.Module) -> None:
        """Puts what ``root`` and the modules below it hold aside, as far as it has content."""
        self._attributes[root] = _attributes(root)
        for module in root.modules():
            self._attributes.setdefault(module, _attributes(module))
            for name, tensor in _own_tensors(module):
                self._aside.append((module, name, tensor))
                setattr(module, name, _without_content(tensor))
            self._put_plain_aside(vars(module))
            self._calls.setdefault(module, vars(module).get(CALLED))
            vars(module)[CALLED] = partial(_call_impl, module, self._call_here)

    def __enter__(self) -> Self:
        self.put_aside(self._module)
        self._device.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._device.__exit__(*error)
        for module, call in self._calls.items():
            vars(module)[CALLED] = call
            if call is None:
                del vars(module)[CALLED]
        for module, name, tensor in self._aside:
            setattr(module, name, tensor)
        for attributes, name, tensor in self._plain_aside:
            if name in attributes:  # else setup has made it a parameter
                attributes[name] = tensor
        for module, before in self._attributes.items():
            _drop_new_tensors(module, before)

    def _call_here(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if get_ident() != self._thread:  # where its hooks build it, or wait until it is built
            return module._call_impl(*args, **kwargs)
        return self._call(module, args, kwargs)

    def _put_plain_aside(self, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            if isinstance(value, Tensor) and not value.is_meta:
                self._plain_aside.append((attributes, name, value))
                attributes[name] = _without_content(value)


def is_on_meta(module: nn.Module) -> bool:
    """Whether calls of ``module`` are what an ``OnMeta`` says that they are."""
    called = module._compiled_call_impl
    return called is not None and getattr(called, "func", None) is _call_impl


def examples_for(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments for a call on the meta device; shapes become tensors of the type of parameters.

    Raises:
        ConfigError: where ``module`` doesn't take as many, or none of such names.
    """
    _check_arguments(module, args, kwargs)
    # By place, since a list of numbers would be a shape itself.
    examples = as_example({**dict(enumerate(args)), **kwargs}, _dtype(module))
    return [examples[i] for i in range(len(args))], {name: examples[name] for name in kwargs}


def _call_impl(self: nn.Module, call: Call, /, *args: Any, **kwargs: Any) -> Any:
    """Has the name of nn.Module's, for by it frames are known as those of a module's call."""
    return call(self, args, kwargs)


def _check_arguments(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    signature = inspect.signature(module.forward)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        is_unpacked = bool(args) and all(type(size) is int for size in args)
        example = f"; a shape is one argument, {args}, not {len(args)}" if is_unpacked else ""
        raise ConfigError(
            f"{type(module).__name__} takes ({', '.join(signature.parameters)}), tensors or their"
            f" shapes: {error}{example}"
        ) from None


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
