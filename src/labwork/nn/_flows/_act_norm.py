"""ActNorm: a scale and a shift for each channel, which begin as those that normalize the data."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import torch
from torch import Tensor, distributed, nn

from labwork.nn._invertible import Invertible
from labwork.nn._precision import precise

__all__ = ["ActNorm"]


class ActNorm(Invertible):
    """y = exp(log_scale) · x + shift, for each channel.

    In the first call in training mode, scale and shift become those that give the channels of
    this batch mean 0 and variance 1; from then on they are ordinary parameters. The buffer
    ``initialized`` tells whether that has happened, so that a state that is loaded isn't lost
    to the next batch; what is asked in a step is a plain attribute, for which nothing waits.
    With several processes, the batch is that of all. Kingma and Dhariwal: Glow, 2018, section 3.1.

    Args:
        eps: the least standard deviation that is divided by.

    Shape: (N, C, …) to the same; the log of the volume change is the number of places times the
    sum of ``log_scale``.

    >>> norm = ActNorm()
    >>> norm(torch.tensor([[1.0], [3.0]])), bool(norm.initialized)
    (tensor([[-1.],
            [ 1.]], grad_fn=...), True)
    """

    initialized: Tensor

    def __init__(self, *, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self._is_initialized = False

    def setup(self, x: Tensor) -> None:
        """Makes the parameters, for the number of channels."""
        self.log_scale = nn.Parameter(torch.zeros(x.shape[1]))
        self.shift = nn.Parameter(torch.zeros(x.shape[1]))
        self.register_buffer("initialized", torch.tensor(False))

    def forward(self, x: Tensor) -> Tensor:
        """The channels of ``x``, scaled and shifted."""
        if self.training and not self._is_initialized and not x.is_meta:
            self._initialize(x)
        return torch.addcmul(_as_channels(self.shift, x), _as_channels(self.log_scale.exp(), x), x)

    def inverse_forward(self, y: Tensor) -> Tensor:
        return (y - _as_channels(self.shift, y)) * _as_channels((-self.log_scale).exp(), y)

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = self(x)
        return y, self._ladj(x)

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.inverse_forward(y), -self._ladj(y)

    def _ladj(self, x: Tensor) -> Tensor:
        return (precise(self.log_scale).sum() * prod(x.shape[2:])).expand(x.shape[0])

    @torch.no_grad()
    def _initialize(self, x: Tensor) -> None:
        values = precise(x.transpose(0, 1).flatten(1))
        mean = _mean(values)
        variance = _mean((values - mean[:, None]).square())
        scale = 1 / variance.sqrt().clamp_min(self.eps)
        self.log_scale.copy_(scale.log())
        self.shift.copy_(-mean * scale)
        self.initialized.fill_(True)
        self._is_initialized = True

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *args: Any) -> None:
        super()._load_from_state_dict(state_dict, prefix, *args)
        loaded = state_dict.get(f"{prefix}initialized")
        if loaded is not None and not loaded.is_meta:
            self._is_initialized = bool(loaded)


def _mean(values: Tensor) -> Tensor:
    """Of each row, over all processes."""
    sums = torch.stack((values.sum(1), values.new_full(values.shape[:1], values.shape[1])))
    if distributed.is_available() and distributed.is_initialized():
        distributed.all_reduce(sums)
    return sums[0] / sums[1]


def _as_channels(values: Tensor, x: Tensor) -> Tensor:
    """``values``, one for each channel, in a shape that broadcasts with ``x``."""
    return values.view(-1, *[1] * (x.ndim - 2))
