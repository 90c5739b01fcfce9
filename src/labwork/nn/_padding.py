"""Padding that is computed: from the size of the input, or from the kernel alone."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral

import torch

from labwork.core import ConfigError, unknown_name

__all__ = ["PaddingPlan", "Size", "auto_pad", "plan_padding"]

Size = int | tuple[int, int]

_NAMES = ("half", "same", "valid")


def auto_pad(
    in_size: Sequence[int],
    kernel: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...]:
    """The least padding that makes the output ceil(size / stride) large in each dimension.

    It is max(0, (⌈S/s⌉ - 1)·s + d·(k - 1) + 1 - S) for size S, kernel k, stride s and dilation d.
    The smaller half of it goes before the first element, the larger after the last.

    Args:
        in_size: the sizes of the input's spatial dimensions, such as (H, W).
        kernel: the sizes of the kernel, one for each dimension or one for all; each 1 or more.
        stride: likewise.
        dilation: likewise.

    Returns:
        two numbers for each dimension, the last dimension first, as ``F.pad`` takes them:
        (left, right, top, bottom, …).

    Raises:
        ConfigError: where a number isn't a whole one of 1 or more, or the dimensions differ in
            number.

    >>> auto_pad((224, 224), (3, 3))
    (1, 1, 1, 1)
    >>> auto_pad((224, 224), (3, 3), stride=2)
    (0, 1, 0, 1)
    >>> auto_pad((5, 7), (5, 3), 1, 2)
    (2, 2, 4, 4)
    >>> auto_pad((8, 9, 10), (3, 4, 5))
    (2, 2, 1, 2, 1, 1)
    """
    sizes = _spread("in_size", in_size, len(in_size))
    kernels = _spread("kernel", kernel, len(in_size))
    strides = _spread("stride", stride, len(in_size))
    dilations = _spread("dilation", dilation, len(in_size))
    pads: list[int] = []
    for size, k, s, d in zip(sizes, kernels, strides, dilations, strict=True):
        total = max(0, (-(-size // s) - 1) * s + d * (k - 1) + 1 - size)
        pads = [total // 2, total - total // 2, *pads]
    return tuple(pads)


@dataclass(frozen=True)
class PaddingPlan:
    """How images get the padding of ``auto_pad``: by the layer where it can, otherwise before it.

    Args:
        kernel: (height, width), and so the others.
        stride: that which the padding is for.
        dilation: that of the kernel.
        most: how much the layer can add on each side.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    most: tuple[int, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether it is the same for images of all sizes."""
        return all(s == 1 or k == 1 for s, k in zip(self.stride, self.kernel, strict=True))

    def __call__(self, size: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, int]]:
        """What is to be added before, as ``F.pad`` takes it, and what the layer adds."""
        if len(size) != 2:
            raise ConfigError("padding by name is for images, (N, C, H, W)")
        left, right, top, bottom = auto_pad(size, self.kernel, self.stride, self.dilation)
        is_even = (left, top) == (right, bottom)
        if is_even and top <= self.most[0] and left <= self.most[1]:
            return (), (top, left)
        return (left, right, top, bottom), (0, 0)


def plan_padding(
    padding: Size | str,
    kernel: Size,
    stride: Size,
    dilation: Size = 1,
    most: Size = sys.maxsize,
) -> tuple[Size, PaddingPlan | None]:
    """What a layer for images has to do for a padding, which may be a name.

    ``same`` is ``auto_pad``. ``half`` is d·(k - 1) in all, whatever the input's size and the
    stride, so for odd kernels half of the kernel on each side. Both make the output
    ceil(size / stride) large, and are the same where the stride is 1. ``valid`` is none.

    Returns:
        what the layer adds to all images, and None; or 0 and the plan, where it depends on the
        size of the image or isn't for the layer to add.

    Raises:
        ConfigError: where no padding has that name.
    """
    if not isinstance(padding, str):
        return padding, None
    if padding not in _NAMES:
        raise unknown_name("padding", padding, _NAMES)
    if padding == "valid":
        return 0, None
    plan = PaddingPlan(
        _spread("kernel", kernel, 2),
        _spread("stride", stride if padding == "same" else 1, 2),
        _spread("dilation", dilation, 2),
        _spread("most", most, 2, least=0),
    )
    before, by_layer = plan(plan.kernel)
    return (by_layer, None) if plan.is_fixed and not before else (0, plan)


def _spread(
    name: str, value: int | Sequence[int], count: int, *, least: int = 1
) -> tuple[int, ...]:
    values = tuple(value) if isinstance(value, Iterable) else (value,) * count
    if len(values) != count:
        raise ConfigError(
            f"{name} must be one number or {count}, one for each dimension of the input,"
            f" not {value!r}"
        )
    if not all(isinstance(v, Integral | torch.SymInt) and v >= least for v in values):
        raise ConfigError(
            f"{name} must be a whole number, {least} or more, in each dimension, not {value!r}"
        )
    return values
