"""What convolutional networks are put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._inputs import check_input
from labwork.nn import Module, Seq

__all__ = [
    "ConvStem",
    "Factory",
    "NormAct",
    "Residual",
    "at_depth",
    "conv_keeping_size",
    "halve_by_average",
    "halve_by_maximum",
    "norm_part",
    "relu",
    "with_defaults",
]

Factory = Callable[..., nn.Module]
Layout = TypeVar("Layout")

relu = partial(nn.ReLU, inplace=True)
halve_by_average = partial(nn.AvgPool2d, kernel_size=2, stride=2)
halve_by_maximum = partial(nn.MaxPool2d, kernel_size=2, stride=2)
_halve_by_overlapping_maximum = partial(nn.MaxPool2d, kernel_size=3, stride=2, padding=1)


class NormAct(Seq):
    """A normalization, if there is one, and an activation, for as many channels as come.

    Args:
        norm_f: makes the normalization for a number of channels; None for none.
        act_f: makes the activation.

    >>> NormAct(nn.BatchNorm2d, nn.ReLU).build((1, 8, 4, 4)).names
    ('norm', 'act')
    """

    def __init__(self, norm_f: Factory | None, act_f: Factory) -> None:
        super().__init__()
        self._norm_f, self._act_f = norm_f, act_f

    def setup(self, x: Tensor) -> None:
        """Makes both."""
        act = self._act_f()
        if self._norm_f is not None:
            self.append(self._norm_f(x.shape[1]), "norm")
        elif getattr(act, "inplace", False):
            act.inplace = False  # type: ignore[assignment] # what comes in is the shortcut's too
        self.append(act, "act")


class ConvStem(Seq):
    """What stands before the blocks: a convolution, a normalization, an activation, pooling.

    Args:
        width: channels of the output.
        small_input: whether images are about 32 pixels large: the convolution is 3×3 without a
            stride and nothing is pooled. Otherwise it is 7×7 with a stride of 2.
        norm_f: makes the normalization for a number of channels; None for none.
        act_f: makes the activation; None for none.
        conv_f: makes the convolution.
        bias: whether it has one; by default where there is no normalization.
        pool_f: makes the pooling of large images.

    Shape: (N, C, H, W) to (N, width, H/4, W/4), or (N, width, H, W) with ``small_input``.

    >>> ConvStem(64, small_input=True, norm_f=None, act_f=None).build((1, 3, 32, 32))
    ConvStem(
      (conv): Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    )
    """

    def __init__(
        self,
        width: int,
        *,
        small_input: bool = False,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory | None = relu,
        conv_f: Factory = nn.Conv2d,
        bias: bool | None = None,
        pool_f: Factory = _halve_by_overlapping_maximum,
    ) -> None:
        super().__init__()
        check_counts(self, width=width)
        self._width, self._is_small = width, small_input
        self._norm_f, self._act_f, self._pool_f = norm_f, act_f, pool_f
        bias = norm_f is None if bias is None else bias
        self._make_conv = partial(conv_keeping_size, conv_f, bias=bias)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        check_input(self, x)
        kernel_size, stride = (3, 1) if self._is_small else (7, 2)
        conv = self._make_conv(x.shape[1], self._width, kernel_size, stride=stride)
        self.append(conv, "conv")
        if self._norm_f is not None:
            self.append(self._norm_f(self._width), "norm")
        if self._act_f is not None:
            self.append(self._act_f(), "act")
        if not self._is_small:
            self.append(self._pool_f(), "pool")


class Residual(Module):
    """The sum of a branch and a shortcut, both of the same input.

    >>> import torch
    >>> Residual(nn.Conv2d(2, 2, 1), nn.Identity())(torch.zeros(1, 2, 4, 4)).shape
    torch.Size([1, 2, 4, 4])
    """

    def __init__(self, branch: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.branch, self.shortcut = branch, shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Their sum."""
        return self.branch(x) + self.shortcut(x)


def conv_keeping_size(
    conv_f: Factory,
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    *,
    stride: int = 1,
    dilation: int = 1,
    bias: bool = False,
) -> nn.Module:
    """A convolution whose output is ⌈size / stride⌉ large, for an odd kernel."""
    return conv_f(
        in_channels,
        out_channels,
        kernel_size,
        stride=stride,
        padding=dilation * (kernel_size // 2),
        dilation=dilation,
        bias=bias,
    )


def norm_part(norm_f: Factory | None, channels: int) -> dict[str, nn.Module]:
    """The normalization as a part of a ``Seq``, by its name; nothing where there is none.

    >>> norm_part(nn.BatchNorm2d, 8).keys(), norm_part(None, 8)
    (dict_keys(['norm']), {})
    """
    return {} if norm_f is None else {"norm": norm_f(channels)}


def with_defaults(factory: Factory, **defaults: Any) -> Factory:
    """``factory`` with arguments that it gets unless they were given before.

    >>> with_defaults(partial(dict, a=1), a=2, b=3)()
    {'a': 1, 'b': 3}
    """
    given = getattr(factory, "keywords", {})
    return partial(factory, **{k: v for k, v in defaults.items() if k not in given})


def at_depth(depth: int, layouts: Mapping[int, Layout], kind: str) -> Layout:
    """The layout of a depth.

    Raises:
        ConfigError: where the depth isn't defined; it lists those that are.
    """
    if depth not in layouts:
        known = ", ".join(map(str, layouts))
        raise ConfigError(f"no {kind} of depth {depth} is defined; the depths are {known}")
    return layouts[depth]
