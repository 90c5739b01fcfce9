"""Module: a module whose sizes are inferred from its first input."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from labwork.core import StateError
from labwork.nn._build import build, build_once, set_up_in_pass
from labwork.nn._deferred import DeferredState
from labwork.nn._misfit import tell_misfit
from labwork.nn._path import is_in_call
from labwork.nn._shape_notes import note_place

__all__ = ["Module", "build_at_first_call", "is_built"]


class Module(nn.Module):
    """A module that can leave its sizes to its first input.

    A subclass defines ``setup``, which makes the children and parameters that depend on the shapes
    of the input, or ``post_build``, or both; ``forward`` as ever. What doesn't depend on the
    input can be made in ``__init__``. ``build`` infers the sizes; otherwise the first call does.
    From then on it is an ordinary module, with no code of its own in a call.

    What ``setup`` and ``post_build`` draw at random depends on a seed that is drawn when the
    module is made. So a module has the same parameters however it is built, and building it
    leaves the random state as it was. A state dict that is loaded before is kept for the build.

    Errors in a call get a note that says in which module below this one they arose, what shape
    came in, and what was expected.

    Raises:
        StateError: where parameters are asked for that are yet to be made, or a state dict that
            was loaded before the build doesn't fit.

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

    _is_built: bool = True
    _deferred: DeferredState | None
    _place: Tensor
    _seed: int
    _build_hook: RemovableHandle

    def __init__(self) -> None:
        super().__init__()
        own = type(self)
        if own.setup is Module.setup and own.post_build is Module.post_build:
            return
        self._is_built, self._deferred = False, None
        # Where the module is moved and converted to, parameters that are made later have to follow.
        self.register_buffer("_place", torch.empty(0), persistent=False)
        self._seed = int(torch.empty((), dtype=torch.int64, device="cpu").random_())
        self._build_hook = self.register_forward_pre_hook(build_at_first_call, with_kwargs=True)

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
            if not getattr(module, "_is_built", True):
                raise StateError(
                    f"{'.'.join(filter(None, ['ROOT', path]))} ({type(module).__name__}) isn't"
                    " built, so its parameters aren't known; build it first, such as"
                    " model.build((1, 3, 32, 32)), or call it once"
                )
        return super().named_parameters(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            if not is_in_call(sys._getframe(1)):
                note_place(error, self)
            raise

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        try:
            return super().load_state_dict(state_dict, strict, assign)
        except RuntimeError as error:
            why = tell_misfit(self, state_dict, state_dict)
            raise StateError(f"parameters don't fit {type(self).__name__}: {why}") from error

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if not self._is_built and self._deferred is not None:
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
                strict,
                all_of_them=initializes,
                assigns=metadata.get("assign_to_params_buffers", False),
            )
            strict = False
        super()._load_from_state_dict(state_dict, prefix, metadata, strict, *lists)


def is_built(module: nn.Module) -> bool:
    """Whether nothing of ``module`` is yet to be made; true of an ordinary module.

    >>> is_built(nn.Linear(2, 1)), is_built(nn.LazyLinear(1))
    (True, False)
    """
    return all(
        not m.has_uninitialized_params()
        if isinstance(m, nn.modules.lazy.LazyModuleMixin)
        else getattr(m, "_is_built", True)
        for m in module.modules()
    )


def build_at_first_call(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Builds ``module``, or sets it up where the building of a larger one is going on."""
    if not set_up_in_pass(module, args, kwargs):
        build_once(module, args, kwargs)
