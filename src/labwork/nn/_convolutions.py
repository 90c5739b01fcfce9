"""Convolution whose padding may be a name."""

from __future__ import annotations

import re
import sys
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labwork.nn._padding import PaddingPlan, Size, plan_padding
from labwork.nn._script import refuse_script

__all__ = ["Conv2d", "PaddedByName"]


class PaddedByName(nn.Module):
    """What layers have in common whose padding may be a name.

    Where both sides of each dimension get the same, known beforehand, torch's own layer does
    all; the plan is for the rest.
    """

    _padding_name: str | None = None
    _plan: PaddingPlan | None = None
    __prepare_scriptable__ = refuse_script

    def extra_repr(self) -> str:
        """The arguments, the padding as it was written."""
        text = str(super().extra_repr())
        if self._padding_name is None:
            return text
        return re.sub(r", padding=(\d+|\(.*?\))", "", text) + f", padding={self._padding_name!r}"

    def _note_padding(self, padding: Size | str, plan: PaddingPlan | None) -> None:
        self._padding_name = padding if isinstance(padding, str) else None
        self._plan = plan


class Conv2d(PaddedByName, nn.Conv2d):
    """torch's convolution, whose ``padding`` may also be ``half``, or ``same`` with any stride.

    Both make the output ceil(size / stride) large for all kernels, strides and dilations.
    ``half`` adds d·(k - 1) zeros in all for kernel k and dilation d, whatever the size of the
    input. ``same`` adds the least that is needed, as ``auto_pad`` says; with a stride of 1 they
    are the same. What can't be halved goes to the right and to the bottom. Where the sides are
    alike, torch's convolution does the padding; only otherwise the input is copied.

    Args:
        in_channels: as torch's, like all the others.
        padding: ``half``, ``same``, ``valid`` (none), or numbers as torch's.

    Shape: (N, in_channels, H, W) to (N, out_channels, ⌈H/stride⌉, ⌈W/stride⌉) with ``half`` and
    ``same``.

    Raises:
        ConfigError: where no padding has that name.

    >>> conv = Conv2d(3, 8, kernel_size=4, stride=2, padding="same")
    >>> conv(torch.zeros(1, 3, 33, 8)).shape
    torch.Size([1, 8, 17, 4])
    >>> conv
    Conv2d(3, 8, kernel_size=(4, 4), stride=(2, 2), padding='same')
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        # With another mode torch's layer copies the image as well, and can't have uneven sides.
        most = sys.maxsize if padding_mode == "zeros" else 0
        planned, plan = plan_padding(padding, kernel_size, stride, dilation, most)
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            planned,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )
        self._note_padding(padding, plan)

    def forward(self, x: Tensor) -> Tensor:
        """The convolution of images (N, C, H, W)."""
        if self._plan is None:
            return super().forward(x)
        before, by_layer = self._plan(x.shape[-2:])
        if before:
            mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
            x = F.pad(x, before, mode)
        return F.conv2d(
            x, self.weight, self.bias, self.stride, by_layer, self.dilation, self.groups
        )
