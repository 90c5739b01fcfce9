"""Module: a module whose sizes are inferred from its first input."""

from __future__ import annotations

import copy
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from labwork.nn._build import build, build_once, set_up_in_pass
from labwork.nn._built import is_made, not_built
from labwork.nn._deferred import DeferredState
from labwork.nn._misfit import MisfitError, tell_misfit
from labwork.nn._path import called_modules, outermost_holder
from labwork.nn._shape_notes import note_place
from labwork.nn._uncompiled import uncompiled

__all__ = ["Module", "build_at_first_call"]

_torchs_call = nn.Module.__call__
_CONTAINERS = [name for name, value in vars(nn.Module()).items() if isinstance(value, dict | set)]


class Module(nn.Module):
    """A module that can leave its sizes to its first input.

    A subclass defines ``setup``, which makes the children and parameters that depend on the shapes
    of the input, or ``post_build``, or both; ``forward`` as ever. What doesn't depend on the
    input can be made in ``__init__``. ``build`` infers the sizes; otherwise the first call does.
    From then on it is an ordinary module: no hook and no attribute stays, and a call goes through
    as many frames as one of PyTorch's own layers.

    Hooks are for calls with values, so the build calls none; what the first call's own pre-hooks
    make of its input is what sizes are inferred from. What a hook of a module further below does
    to shapes the build can't know: that belongs in ``forward``.

    What ``setup`` and ``post_build`` draw at random depends on a seed that is drawn when the
    module is made. So a module has the same parameters however it is built, and building it
    leaves the random state as it was. A state dict that is loaded before is kept for the build.

    Errors in a call get a note that says in which module below this one they arose, what shape
    came in, and what was expected.

    Raises:
        StateError: where parameters, or the state, are asked for that are yet to be made. In a
            container of PyTorch's, ``state_dict()`` does, while ``parameters()`` leaves them out;
            ``require_built`` tells.
        MisfitError: where a state dict doesn't fit; in the build, if it was loaded before. That
            it may be a part, with ``strict=False``, is known if it is loaded into a ``Module``.

    >>> class Block(Module):
    ...     def __init__(self, width):
    ...         super().__init__()
    ...         self.width = width
    ...     def setup(self, x):
    ...         self.conv = nn.Conv2d(x.shape[1], self.width, 3, padding=1)
    ...     def forward(self, x):
    ...         return self.conv(x).relu()
    >>> block = Block(8).build((1, 3, 32, 32))
    >>> block.conv.weight.shape
    torch.Size([8, 3, 3, 3])
    """

    _is_built = True

    def __init__(self) -> None:
        super().__init__()
        own = type(self)
        if own.setup is Module.setup and own.post_build is Module.post_build:
            return
        self._deferred: DeferredState | None = None
        # Where the module is moved and converted to, parameters that are made later have to follow.
        self._place: Tensor
        # Of four dimensions, and such sizes that its strides tell the memory format.
        self.register_buffer("_place", torch.zeros(1, 2, 1, 2), persistent=False)
        self._seed = int(torch.empty((), dtype=torch.int64, device="cpu").random_())
        self._build_hook = self.register_forward_pre_hook(build_at_first_call, with_kwargs=True)
        self._is_built = False

    def setup(self, *args: Any, **kwargs: Any) -> None:
        """Makes what depends on the input; it gets what ``forward`` gets, without the values."""

    def post_build(self) -> None:
        """Is called once all below is built, such as to initialize parameters."""

    def build(self, *args: Any, **kwargs: Any) -> Self:
        """Makes all that is yet to be made, here and below, without computing anything.

        The forward pass runs on the meta device, where tensors have shapes and no memory.

        Args:
            *args: what ``forward`` takes, where a shape may stand for a tensor: ``(2, 3, 32, 32)``.
            **kwargs: likewise.

        Returns:
            the module itself.

        >>> class Head(Module):
        ...     def setup(self, x):
        ...         self.linear = nn.Linear(x.shape[1], 10)
        ...     def forward(self, x):
        ...         return self.linear(x)
        >>> sum(p.numel() for p in Head().build((1, 5)).parameters())
        60
        """
        build(self, args, kwargs)
        return self

    def named_parameters(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, nn.Parameter]]:
        for path, module in self.named_modules():
            if isinstance(module, Module) and not is_made(module):
                raise not_built(path, module)
        return super().named_parameters(*args, **kwargs)

    def register_forward_pre_hook(self, *args: Any, **kwargs: Any) -> RemovableHandle:
        handle = super().register_forward_pre_hook(*args, **kwargs)
        if not self._is_built:  # sizes are those of what the other hooks give
            hooks: OrderedDict[int, Any] = vars(self)["_forward_pre_hooks"]
            hooks.move_to_end(self._build_hook.id)
        return handle

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            # The step that torch's call takes is taken here, for one more frame would cost more
            # than all else; what puts its own in that one's place, as torch.fx does, gets the call.
            if nn.Module.__call__ is _torchs_call and self._compiled_call_impl is None:
                return self._call_impl(*args, **kwargs)  # type: ignore[no-untyped-call]
            return super().__call__(*args, **kwargs)
        except Exception as error:
            callers = [*called_modules(sys._getframe(1))]
            if not any(isinstance(caller, Module) for caller in callers):
                note_place(error, outermost_holder([self, *callers], self))
            raise

    def __copy__(self) -> Self:
        """A shallow copy; where it is yet to be built it has containers of its own to put it in."""
        twin = type(self).__new__(type(self))
        vars(twin).update(self.__getstate__())  # type: ignore[no-untyped-call]
        if not self._is_built:
            memo = {}
            for name in _CONTAINERS:
                memo[id(vars(self)[name])] = vars(twin)[name] = copy.copy(vars(self)[name])
            twin._build_hook = copy.deepcopy(self._build_hook, memo)
        return twin

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        try:
            keys = super().load_state_dict(state_dict, strict, assign)
        except RuntimeError as error:
            why = tell_misfit(self, state_dict, state_dict)
            raise MisfitError(f"parameters don't fit {type(self).__name__}: {why}") from error
        for module in self.modules():
            if isinstance(module, Module) and not module._is_built and module._deferred:
                module._deferred.is_strict = strict
        return keys

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if not self._is_built:
            if self._deferred is None or not self._deferred.is_strict:
                raise not_built(prefix.removesuffix("."), self)
            self._deferred.save(destination, prefix)

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Tensor],
        prefix: str,
        metadata: Any,
        strict: bool,
        *lists: Any,
    ) -> None:
        if not self._is_built:
            initializes = type(self).post_build is not Module.post_build
            self._deferred = DeferredState.of(
                self,
                state_dict,
                prefix,
                all_of_them=initializes,
                assigns=metadata.get("assign_to_params_buffers", False),
            )
            strict = False
        super()._load_from_state_dict(state_dict, prefix, metadata, strict, *lists)


@uncompiled
def build_at_first_call(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Builds ``module``, or sets it up where the building of a larger one is going on."""
    if not set_up_in_pass(module, args, kwargs):
        build_once(module, args, kwargs)
