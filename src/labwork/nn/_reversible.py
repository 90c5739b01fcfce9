"""ReversibleSeq: a Seq that keeps nothing for the backward pass but what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm

from labwork.nn._batch_norm import norms_in_training, without_statistics
from labwork.nn._invertible import Invertible, invertible_part
from labwork.nn._module import is_built
from labwork.nn._seq import Seq
from labwork.nn.losses._precision import precise

__all__ = ["ReversibleSeq"]


class ReversibleSeq(Seq):
    """A ``Seq`` of invertible modules, whose activations don't take more memory the more there are.

    In the backward pass, each module computes its input from its output, and its gradients from
    there, one module after another. They are those of a ``Seq``, up to rounding: random numbers
    are the same both times, running statistics are updated once, and autocasting is as it was.
    Gomez et al.: The reversible residual network: Backpropagation without storing activations,
    2017, algorithm 1.

    A coupling computes its network once more, which makes a backward pass about half as long
    again; other modules are computed forwards and backwards. What a module keeps of the past
    other than in batch normalization is updated twice, such as the statistics of
    ``nn.InstanceNorm2d`` and the vectors of ``spectral_norm``, which changes the gradients a little
    too. There are no second derivatives. The output is what the backward pass begins with, so it
    mustn't be changed in place, as ``nn.ReLU(inplace=True)`` right after it would: PyTorch raises
    an error in the backward pass.

    In float32, what is computed backwards differs in the last digits, the more so the deeper the
    ``Seq`` is, and the more its modules contract; ``check_inverse`` tells how much.

    Args:
        *modules: invertible modules, named by their number; or one mapping from names to modules.
        **named: modules by name.

    Raises:
        ConfigError: where a module isn't invertible, when it is first called.

    >>> from labwork.nn import AdditiveCoupling
    >>> blocks = ReversibleSeq(*(AdditiveCoupling(swap=i % 2 == 1) for i in range(64)))
    >>> x = torch.randn(8, 4)
    >>> blocks(x).square().sum().backward()
    """

    def forward(self, x: Tensor) -> Tensor:
        """``x`` through all modules in order."""
        if x.is_meta or not torch.is_grad_enabled():
            return super().forward(x)
        return _run(self, x, with_ladj=False)[0]

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if x.is_meta or not torch.is_grad_enabled():
            return super().call_and_ladj(x)
        return _run(self, x, with_ladj=True)


@torch.compiler.disable  # type: ignore[untyped-decorator]
def _run(seq: Seq, x: Tensor, *, with_ladj: bool) -> tuple[Tensor, Tensor]:
    if not is_built(seq):
        seq.build(x)
    parts = [_Part.of(module) for module in _flat(seq)]
    parameters = list(dict.fromkeys(p for part in parts for p in part.parameters))
    out: tuple[Tensor, Tensor] = _Reversed.apply(  # type: ignore[no-untyped-call]
        parts, with_ladj, x, *parameters
    )
    return out


def _flat(seq: Seq) -> Iterator[Invertible]:
    """The modules of ``seq``, and in place of each one that is a plain ``Seq``, its modules."""
    for module in seq:
        if isinstance(module, Seq) and type(module).forward in (Seq.forward, ReversibleSeq.forward):
            yield from _flat(module)
        else:
            yield invertible_part(module)


@dataclass
class _Part:
    """A module, and what has to be known of it in the backward pass.

    Attributes:
        module: the module.
        parameters: those that learn.
        norms: those that keep running statistics.
        random: where the random generators stood.
    """

    module: Invertible
    parameters: list[nn.Parameter]
    norms: list[_BatchNorm]
    random: list[Tensor] = field(default_factory=list)

    @classmethod
    def of(cls, module: Invertible) -> Self:
        below = list(module.modules())
        every = dict.fromkeys(p for part in below for p in part._parameters.values())
        return cls(
            module,
            [p for p in every if p is not None and p.requires_grad],
            norms_in_training(module),
        )


class _Reversed(torch.autograd.Function):
    """A chain of modules, of which the output is kept.

    Parameters are inputs, so that whoever waits for their gradients gets them as ever.
    """

    @staticmethod
    def forward(
        ctx: Any, parts: list[_Part], with_ladj: bool, x: Tensor, *parameters: nn.Parameter
    ) -> tuple[Tensor, Tensor]:
        ctx.parts, ctx.with_ladj, ctx.parameters = parts, with_ladj, parameters
        ctx.autocast = _autocast_settings(x.device.type)
        total = precise(x.new_zeros(x.shape[0]))
        state: list[Tensor] = []
        for part in parts:
            part.random = state = _random_state(x.device, state)
            if with_ladj:
                x, ladj = part.module.call_and_ladj(x)
                total = total + ladj
            else:
                x = part.module(x)
        ctx.save_for_backward(x)
        return x, total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, grad_ladj: Tensor) -> tuple[Any, ...]:
        (y,) = ctx.saved_tensors
        sums: dict[nn.Parameter, Tensor] = {}
        with torch.random.fork_rng(_cuda_devices(y.device)), torch.autocast(**ctx.autocast):
            for part in reversed(ctx.parts):
                with _as_before(part, y.device):
                    y, grad, grads = part.module.inverse_and_gradients(
                        y, grad, grad_ladj if ctx.with_ladj else None, part.parameters
                    )
                for parameter, value in zip(part.parameters, grads, strict=True):
                    if value is not None:
                        sums[parameter] = sums[parameter] + value if parameter in sums else value
        return None, None, grad, *(sums.get(p) for p in ctx.parameters)


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
    """Within, random numbers are those of the forward pass, and running statistics stay."""
    torch.set_rng_state(part.random[0])
    for place, state in zip(_cuda_devices(device), part.random[1:], strict=True):
        torch.cuda.set_rng_state(state, place)
    with without_statistics(part.norms):
        yield
