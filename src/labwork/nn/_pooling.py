"""Pooling whose padding may be a name."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn._convolutions import PaddedByName
from labwork.nn._padding import Size, plan_padding

__all__ = ["AvgPool2d", "MaxPool2d"]


class MaxPool2d(PaddedByName, nn.MaxPool2d):
    """torch's maximum pooling, whose ``padding`` may also be ``half`` or ``same``.

    They are as in ``Conv2d``; what is added is below all values.

    Args:
        kernel_size: as torch's, like all the others.
        padding: ``half``, ``same``, ``valid`` (none), or numbers as torch's.

    Shape: (N, C, H, W) to (N, C, ⌈H/stride⌉, ⌈W/stride⌉) with ``half`` and ``same``.

    Raises:
        ConfigError: where no padding has that name, or ``ceil_mode`` or ``return_indices`` is
            asked for with ``half`` or ``same``.

    >>> import torch
    >>> MaxPool2d(2, padding="same")(torch.full((1, 1, 3, 3), -5.0))
    tensor([[[[-5., -5.],
              [-5., -5.]]]])
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size | str = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        _refuse_with_names(padding, return_indices=return_indices, ceil_mode=ceil_mode)
        stride = kernel_size if stride is None else stride
        height, width = _pair(kernel_size)
        most = (height // 2, width // 2)  # torch's, whatever the dilation
        planned, plan = plan_padding(padding, kernel_size, stride, dilation, most)
        super().__init__(kernel_size, stride, planned, dilation, return_indices, ceil_mode)
        self._note_padding(padding, plan)

    def forward(self, x: Tensor) -> Tensor:
        """The maxima of images (N, C, H, W)."""
        if self._plan is None:
            return super().forward(x)
        before, by_layer = self._plan(x.shape[-2:])
        if before:
            x = F.pad(x, before, value=-math.inf)
        return F.max_pool2d(x, self.kernel_size, self.stride, by_layer, self.dilation)


class AvgPool2d(PaddedByName, nn.AvgPool2d):
    """torch's average pooling, whose ``padding`` may also be ``half`` or ``same``.

    They are as in ``Conv2d``; with ``count_include_pad``, the zeros that are added count.

    Args:
        kernel_size: as torch's, like all the others.
        padding: ``half``, ``same``, ``valid`` (none), or numbers as torch's.

    Shape: (N, C, H, W) to (N, C, ⌈H/stride⌉, ⌈W/stride⌉) with ``half`` and ``same``.

    Raises:
        ConfigError: where no padding has that name, or ``ceil_mode`` is asked for with ``half``
            or ``same``.

    >>> import torch
    >>> AvgPool2d(2, padding="same", count_include_pad=False)(torch.ones(1, 1, 3, 3))
    tensor([[[[1., 1.],
              [1., 1.]]]])
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size | str = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        _refuse_with_names(padding, ceil_mode=ceil_mode)
        stride = kernel_size if stride is None else stride
        planned, plan = plan_padding(padding, kernel_size, stride)
        super().__init__(
            kernel_size, stride, planned, ceil_mode, count_include_pad, divisor_override
        )
        self._note_padding(padding, plan)

    def forward(self, x: Tensor) -> Tensor:
        """The means of images (N, C, H, W)."""
        if self._plan is None:
            return super().forward(x)
        before, by_layer = self._plan(x.shape[-2:])
        if not before:
            return self._pool(x, by_layer)
        means = self._pool(F.pad(x, before))
        if self.count_include_pad or self.divisor_override is not None:
            return means
        return means / self._pool(F.pad(x.new_ones(1, *x.shape[-2:]), before))

    def _pool(self, x: Tensor, padding: tuple[int, int] = (0, 0)) -> Tensor:
        return F.avg_pool2d(
            x,
            self.kernel_size,
            self.stride,
            padding,
            count_include_pad=self.count_include_pad,
            divisor_override=self.divisor_override,
        )


def _pair(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _refuse_with_names(padding: Size | str, **options: bool) -> None:
    for name, value in options.items():
        if value and isinstance(padding, str) and padding != "valid":
            raise ConfigError(f"{name} goes with padding in numbers, not with {padding!r}")
