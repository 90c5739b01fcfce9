"""Building: a forward pass on the meta device, in which what is yet to be made is made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.lazy import LazyModuleMixin

from labwork.core import ConfigError
from labwork.nn._built import is_made
from labwork.nn._on_meta import OnMeta, call_forward, examples_for
from labwork.nn._path import path_in
from labwork.nn._seeded import seeded
from labwork.nn._unbuilt import Before

if TYPE_CHECKING:
    from labwork.nn._module import Module

__all__ = ["build", "build_once", "set_up_in_pass"]


def build(root: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Builds ``root`` and all below for inputs like these, or makes nothing.

    Values of parameters that ``post_build`` has changed before it failed stay changed.
    """
    with _one_at_a_time, torch.inference_mode(False):
        this = _Pass(root)
        examples, named_examples = examples_for(root, args, kwargs)
        try:
            with this.going_on(), torch.no_grad():
                root(*examples, **named_examples)
            this.complete()
        except BaseException:
            this.undo()
            raise


def build_once(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Builds ``module``, unless another thread has meanwhile."""
    with _one_at_a_time:
        if module._is_built:
            return
        try:
            build(module, args, kwargs)
        except Exception as error:
            error.add_note(
                f"while {type(module).__name__} was built at its first call; where that can't be,"
                " as in vmap or torch.jit.trace, build it before: model.build((1, 3, 32, 32))"
            )
            raise


def set_up_in_pass(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Sets ``module`` up if a pass is going on, and says whether one is."""
    passes = _passes_of_thread()
    if passes:
        passes[-1].set_up(module, args, kwargs)
    return bool(passes)


class _Pass:
    """One pass, with the modules that it set up, the outermost first."""

    def __init__(self, root: nn.Module) -> None:
        self._root = root
        self._tensors = OnMeta(root, self._call)
        self._at_first = {m: Before.of(m) for m in root.modules() if not is_made(m)}
        self._before: dict[Module, Before] = {}
        self._norms: list[_BatchNorm] = []

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Within, a call of an unbuilt module sets it up."""
        passes = _passes_of_thread()
        passes.append(self)
        try:
            with self._tensors:
                yield
        finally:
            passes.remove(self)
            for norm in self._norms:
                norm.train()

    def set_up(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Makes what depends on the input; where the module was moved to, from its own seed."""
        if module in self._before:  # it is used several times
            return
        self._before[module] = before = self._at_first.get(module) or Before.of(module)
        place = module._place
        with seeded(module._seed), torch.device(place.device), torch.enable_grad():
            module.setup(*args, **kwargs)
        before.make_alike(module, place)
        self._tensors.put_aside(module)

    def complete(self) -> None:
        """Ends the build of the modules that were set up, those below first."""
        for module, before in self._before.items():
            self._check_content(module, before)
        for module in reversed(self._before):
            module._is_built = True
            with seeded(module._seed + 1), torch.device(module._place.device):
                module.post_build()
        for module, before in self._before.items():
            if module._deferred is not None:
                module._deferred.load(module, _path(self._root, module), before.made(module))
        for module in self._before:
            module._build_hook.remove()
            del module._build_hook, module._deferred, module._seed, module._place

    def undo(self) -> None:
        """Makes the modules be as they were before they were set up."""
        for module, before in self._before.items():
            before.restore(module)

    def _check_content(self, module: Module, before: Before) -> None:
        """What ``setup`` makes on its input's device would stay without content."""
        if module._place.is_meta:
            return
        for name, tensor in before.tensors_made(module):
            if tensor.is_meta:
                raise ConfigError(
                    f"{_path(self._root, module)}.{name} is on the meta device, where shapes are"
                    " inferred; setup is to make parameters without naming a device, not with"
                    " device=x.device or x.new_zeros"
                )

    def _call(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not is_made(module):
            is_lazy = isinstance(module, LazyModuleMixin)
            make: Any = self._make_lazy_parameters if is_lazy else self.set_up
            make(module, args, kwargs)
        if isinstance(module, _BatchNorm) and module.training:
            self._norms.append(module.eval())  # in training it refuses one value a channel
        return call_forward(module, args, kwargs)

    def _make_lazy_parameters(
        self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """PyTorch's own lazy modules make their parameters where they stand."""
        with torch.device("cpu"):
            module._infer_parameters(module, args, kwargs)
        self._tensors.put_aside(module)


def _path(root: nn.Module, module: nn.Module) -> str:
    return ".".join(filter(None, ["ROOT", path_in(root, module)]))


def _passes_of_thread() -> list[_Pass]:
    passes: list[_Pass] = vars(_local).setdefault("passes", [])
    return passes


_local = threading.local()
_one_at_a_time = threading.RLock()
