"""ReversibleSeq: a Seq that keeps nothing for the backward pass but what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from labwork.core import StateError
from labwork.nn._built import is_built
from labwork.nn._invertible import Invertible, invertible_part
from labwork.nn._past import Past
from labwork.nn._precision import precise
from labwork.nn._seq import Seq
from labwork.nn._uncompiled import uncompiled
from labwork.nn._volume_calls import is_watched

__all__ = ["ReversibleSeq"]


class ReversibleSeq(Seq):
    """A ``Seq`` of invertible modules, whose activations don't take more memory the more there are.

    In the backward pass, each module computes its input from its output, and its gradients from
    there, one module after another. They are those of a ``Seq``, up to rounding: PyTorch's
    random numbers and the buffers are the same both times, so running statistics are updated once,
    as are the vectors of ``spectral_norm``; autocasting and the mode are as they were. Gomez et
    al.: The reversible residual network: Backpropagation without storing activations, 2017,
    algorithm 1.

    A coupling computes its network once more, which makes a backward pass 1.5 to 1.7 times as long;
    other modules are computed forwards and backwards. What a module keeps of the past in
    plain attributes, instead of buffers, is updated twice. There are no second derivatives; under
    the transforms of ``torch.func``, it is a ``Seq``. The output is what the backward pass begins
    with, so it mustn't be changed in place, as ``nn.ReLU(inplace=True)`` right after it would; nor
    may parameters be, before the backward pass. The input may.

    In float32, what is computed backwards differs in the last digits, the more so the deeper the
    ``Seq`` is, and the more its modules contract; ``check_inverse`` tells how much.

    Args:
        *modules: invertible modules, named by their number; or one mapping from names to modules.
        **named: modules by name.

    Raises:
        ConfigError: where a module isn't invertible, when it is first called.
        StateError: in the backward pass, where its output or its parameters have been changed.

    >>> from labwork.nn import AdditiveCoupling
    >>> blocks = ReversibleSeq(*(AdditiveCoupling(swap=i % 2 == 1) for i in range(64)))
    >>> x = torch.randn(8, 4)
    >>> blocks(x).square().sum().backward()
    """

    def forward(self, x: Tensor) -> Tensor:
        """``x`` through all modules in order."""
        if _is_as_ever(x):
            return super().forward(x)
        return _run(self, x, with_ladj=False)[0]

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if _is_as_ever(x):
            return super().call_and_ladj(x)
        return _run(self, x, with_ladj=True)


def _is_as_ever(x: Tensor) -> bool:
    """Whether nothing can be saved: without gradients, or with those of ``torch.func``."""
    if x.is_meta or not torch.is_grad_enabled():
        return True
    return torch._C._are_functorch_transforms_active()


@uncompiled
def _run(seq: Seq, x: Tensor, *, with_ladj: bool) -> tuple[Tensor, Tensor]:
    if not is_built(seq):
        seq.build(x)
    parts = [_Part.of(module) for module in _flat(seq)]
    parameters = dict.fromkeys(parameter for part in parts for parameter in part.parameters)
    out: tuple[Tensor, Tensor] = _Reversed.apply(  # type: ignore[no-untyped-call]
        parts, with_ladj, x, *parameters
    )
    return out


def _flat(seq: Seq) -> Iterator[Invertible]:
    """The modules of ``seq``, and in place of a plain ``Seq`` without hooks, its modules."""
    plain = (Seq.forward, ReversibleSeq.forward)
    for module in seq:
        if isinstance(module, Seq) and type(module).forward in plain and not is_watched(module):
            yield from _flat(module)
        else:
            yield invertible_part(module)


@dataclass
class _Part:
    """A module, and what has to be known of it in the backward pass.

    Attributes:
        module: the module.
        below: all modules in it.
        parameters: those in it.
        past: how the modules were.
        random: where the random generators stood.
    """

    module: Invertible
    below: list[nn.Module]
    parameters: list[Tensor]
    past: Past = field(init=False)
    random: list[Tensor] = field(init=False)

    @classmethod
    def of(cls, module: Invertible) -> Self:
        below = list(module.modules())
        every = dict.fromkeys(p for part in below for p in part._parameters.values())
        return cls(module, below, [p for p in every if p is not None])


class _Reversed(torch.autograd.Function):
    """A chain of modules, of which the output is kept.

    Parameters are inputs, so that whoever waits for their gradients gets them as ever.
    """

    @staticmethod
    def forward(
        ctx: Any, parts: list[_Part], with_ladj: bool, x: Tensor, *parameters: Tensor
    ) -> tuple[Tensor, Tensor]:
        ctx.parts, ctx.with_ladj, ctx.parameters = parts, with_ladj, parameters
        ctx.autocast = _autocast_settings(x.device.type)
        total = precise(x.new_zeros(x.shape[0]))
        state: list[Tensor] = []
        for part in parts:
            part.random = state = _random_state(x.device, state)
            part.past = Past(part.below)
            if with_ladj:
                x, ladj = part.module.call_and_ladj(x)
                total = total + ladj
            else:
                x = part.module(x)
        ctx.versions = [parameter._version for parameter in parameters]
        ctx.save_for_backward(x)
        return x, total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, grad_ladj: Tensor) -> tuple[Any, ...]:
        y = _saved_output(ctx)
        sums: dict[Tensor, Tensor] = {}
        with torch.random.fork_rng(_cuda_devices(y.device)), torch.autocast(**ctx.autocast):
            for part in reversed(ctx.parts):
                learning = [p for p in part.parameters if p.requires_grad]
                with _as_before(part, y.device):
                    y, grad, grads = part.module.inverse_and_gradients(
                        y, grad, grad_ladj if ctx.with_ladj else None, learning
                    )
                for parameter, value in zip(learning, grads, strict=True):
                    if value is not None:
                        sums[parameter] = sums[parameter] + value if parameter in sums else value
        return None, None, grad, *(sums.get(p) for p in ctx.parameters)


def _saved_output(ctx: Any) -> Tensor:
    if [parameter._version for parameter in ctx.parameters] != ctx.versions:
        raise StateError(
            "a parameter of a ReversibleSeq was changed before the backward pass, which computes"
            " everything once more; update parameters after it only"
        )
    try:
        (y,) = ctx.saved_tensors
    except RuntimeError as error:
        if "modified by an inplace operation" not in str(error):
            raise
        raise StateError(
            "the output of a ReversibleSeq was changed in place, but its backward pass begins with"
            " it; change a copy, as nn.ReLU() does and nn.ReLU(inplace=True) doesn't"
        ) from error
    return y


def _cuda_devices(device: torch.device) -> list[torch.device]:
    return [device] if device.type == "cuda" else []


def _random_state(device: torch.device, last: list[Tensor]) -> list[Tensor]:
    """Where the generators stand; ``last`` itself if they still stand there."""
    now = [torch.get_rng_state(), *map(torch.cuda.get_rng_state, _cuda_devices(device))]
    return last if last and all(map(torch.equal, now, last)) else now


def _autocast_settings(device_type: str) -> dict[str, Any]:
    return {
        "device_type": device_type,
        "dtype": torch.get_autocast_dtype(device_type),
        "enabled": torch.is_autocast_enabled(device_type),
        "cache_enabled": False,  # what is cached on the way back would have no gradient
    }


@contextmanager
def _as_before(part: _Part, device: torch.device) -> Iterator[None]:
    """Within, all is as in the forward pass, and what is done to buffers is forgotten."""
    torch.set_rng_state(part.random[0])
    for place, state in zip(_cuda_devices(device), part.random[1:], strict=True):
        torch.cuda.set_rng_state(state, place)
    with part.past:
        yield
