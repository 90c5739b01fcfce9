"""Classifier: a backbone and a head."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._inputs import check_input
from labwork.nn import Seq

__all__ = ["Classifier"]


class Classifier(Seq):
    """A backbone that makes features of images, and a head that makes scores of features.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone.
        head_f: makes the head for a number of classes.
        init: initializes the parameters of the whole, once they are made; None leaves them as the
            layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> from functools import partial
    >>> from labwork.nn import ClassificationHead
    >>> model = Classifier(10, backbone_f=nn.Identity, head_f=ClassificationHead)
    >>> model.build((1, 3, 8, 8)).head.linear.weight.shape
    torch.Size([10, 3])
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module],
        head_f: Callable[[int], nn.Module],
        init: Callable[[nn.Module], None] | None = None,
    ) -> None:
        check_counts(self, class_count=class_count)
        super().__init__(backbone=backbone_f(), head=head_f(class_count))
        self._init = init

    def setup(self, x: Tensor) -> None:
        """Checks that images come."""
        check_input(self, x)

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)
