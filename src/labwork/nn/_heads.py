"""Heads: what makes the wanted output of a backbone's features."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import ConfigError, check_counts
from labwork.nn._module import Module
from labwork.nn._seq import Seq

__all__ = ["ClassificationHead", "ProjectionHead", "SegmentationHead"]

Factory = Callable[..., nn.Module]
_pool_all = partial(nn.AdaptiveAvgPool2d, 1)
_WITHOUT_CORNERS = ("nearest", "nearest-exact", "area")
_POOLS_OF_IMAGES = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


class ClassificationHead(Seq):
    """The average over space and a linear classifier (Lin et al.: Network in network, 2014).

    Args:
        class_count: classes to tell apart.
        dropout: the part of the features that is dropped before the classifier, in [0, 1).
        pool_f: makes what comes first; None where the features have no space.

    Shape: (N, C, H, W) to scores (N, class_count).

    Raises:
        ConfigError: where there is no class, or the first input has no space to pool.

    >>> ClassificationHead(10).build((1, 64, 7, 7)).linear
    Linear(in_features=64, out_features=10, bias=True)
    """

    def __init__(
        self, class_count: int, *, dropout: float = 0.0, pool_f: Factory | None = _pool_all
    ) -> None:
        super().__init__()
        check_counts(self, class_count=class_count)
        self._class_count = class_count
        _append_pool(self, pool_f)
        if dropout:
            self.append(nn.Dropout(dropout), "dropout")

    def setup(self, x: Tensor) -> None:
        """Makes the classifier for the number of features."""
        _check_space(self, x)
        features = self(x).shape[1]
        self.append(nn.Linear(features, self._class_count), "linear")


class ProjectionHead(Seq):
    """A small network that projects features, for learning by comparison.

    Chen et al.: A simple framework for contrastive learning of visual representations, 2020,
    section 2.1: z = W₂ σ(W₁ h).

    Args:
        width: of the projection.
        hidden_width: by default that of the features.
        norm_f: makes a normalization between the first layer and the activation, for a number of
            features; None for none. SimCLR's code has ``nn.BatchNorm1d``.
        act_f: makes the activation.
        pool_f: makes what comes first; None where the features have no space.

    Shape: (N, C, H, W) to (N, width).

    Raises:
        ConfigError: where the first input has no space to pool.

    >>> import torch
    >>> ProjectionHead(128)(torch.zeros(2, 64, 7, 7)).shape
    torch.Size([2, 128])
    """

    def __init__(
        self,
        width: int = 128,
        *,
        hidden_width: int | None = None,
        norm_f: Factory | None = None,
        act_f: Factory = nn.ReLU,
        pool_f: Factory | None = _pool_all,
    ) -> None:
        super().__init__()
        check_counts(self, width=width, hidden_width=hidden_width)
        self._widths, self._norm_f, self._act_f = (hidden_width, width), norm_f, act_f
        _append_pool(self, pool_f)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of features."""
        _check_space(self, x)
        features = self(x).shape[1]
        hidden, width = self._widths[0] or features, self._widths[1]
        self.append(nn.Linear(features, hidden, bias=self._norm_f is None), "linear0")
        if self._norm_f is not None:
            self.append(self._norm_f(hidden), "norm")
        self.append(self._act_f(), "act")
        self.append(nn.Linear(hidden, width), "linear1")


class SegmentationHead(Module):
    """Scores for each place of the features, upsampled.

    A convolution, with a normalization and an activation before it where they are wanted
    (Long et al.: Fully convolutional networks for semantic segmentation, 2015).

    Args:
        class_count: classes to tell apart.
        kernel_size: of the convolution; it keeps the size.
        scale: how many times larger the scores are than the features, where no size is asked for.
        mode: how they are upsampled, as in ``torch.nn.functional.interpolate``.
        norm_f: makes a normalization for a number of channels; None for none.
        act_f: makes an activation; None for none.
        conv_f: makes the convolution.

    Shape: (N, C, H, W) to scores (N, class_count, H·scale, W·scale), or of the ``size`` that the
    call asks for.

    >>> import torch
    >>> head = SegmentationHead(19, scale=4, norm_f=nn.BatchNorm2d, act_f=nn.ReLU)
    >>> features = torch.zeros(2, 64, 8, 16)
    >>> head(features).shape, head(features, size=(30, 61)).shape
    (torch.Size([2, 19, 32, 64]), torch.Size([2, 19, 30, 61]))
    """

    def __init__(
        self,
        class_count: int,
        *,
        kernel_size: int = 1,
        scale: int = 1,
        mode: str = "bilinear",
        norm_f: Factory | None = None,
        act_f: Factory | None = None,
        conv_f: Factory = nn.Conv2d,
    ) -> None:
        super().__init__()
        check_counts(self, class_count=class_count, kernel_size=kernel_size, scale=scale)
        if kernel_size % 2 == 0:
            raise ConfigError(f"kernel_size is odd, so that the size is kept, not {kernel_size}")
        self.scale, self.mode = scale, mode
        self._conv_f = partial(
            conv_f, out_channels=class_count, kernel_size=kernel_size, padding=kernel_size // 2
        )
        self._norm_f, self._act_f = norm_f, act_f

    def setup(self, x: Tensor, size: Any = None) -> None:
        """Makes the layers for the number of channels."""
        self.scores = Seq()
        if self._norm_f is not None:
            self.scores.append(self._norm_f(x.shape[1]), "norm")
        if self._act_f is not None:
            self.scores.append(self._act_f(), "act")
        self.scores.append(self._conv_f(x.shape[1]), "conv")

    def forward(self, x: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        """The scores, of the given height and width, or ``scale`` times as large as ``x``."""
        scores: Tensor = self.scores(x)
        if size is None and self.scale == 1:
            return scores
        corners = {} if self.mode in _WITHOUT_CORNERS else {"align_corners": False}
        scale = self.scale if size is None else None
        return F.interpolate(scores, size, scale, mode=self.mode, **corners)


def _append_pool(head: Seq, pool_f: Factory | None) -> None:
    if pool_f is not None:
        head.append(pool_f(), "pool").append(nn.Flatten(), "flatten")


def _check_space(head: Seq, x: Tensor) -> None:
    """Pooling takes an input without a batch too, so it would pool over samples or channels."""
    pool = head._modules.get("pool")
    least = 4 if isinstance(pool, _POOLS_OF_IMAGES) else 3
    if pool is not None and x.ndim < least:
        raise ConfigError(
            f"{type(head).__name__} takes (N, C, H, W), not {tuple(x.shape)}; for vectors, (N, C),"
            " give it pool_f=None"
        )
