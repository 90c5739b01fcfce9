"""SegmentationResNet: a residual network that scores each pixel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from labwork.models._resnet_initialization import initialize_resnet
from labwork.models._resnet_v1 import ResNetV1Backbone
from labwork.nn import Module, SegmentationHead

__all__ = ["SegmentationResNet"]


class SegmentationResNet(Module):
    """A residual network that scores each pixel; its scores are as large as the image.

    Long et al.: Fully convolutional networks for semantic segmentation, 2015, with the dilated
    network of Chen et al.: Rethinking atrous convolution for semantic image segmentation, 2017.
    The reference implementation is torchvision's ``fcn_resnet50``, of which the backbone has the
    parameters and the outputs; its head has another convolution before the last.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; by default its ``depth`` is 18 and its resolution an eighth
            of the image's.
        head_f: makes the head for a number of classes; it is called with the features and the
            height and width of the image.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count, H, W).

    >>> import torch
    >>> SegmentationResNet(19)(torch.zeros(1, 3, 40, 72)).shape
    torch.Size([1, 19, 40, 72])
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = partial(ResNetV1Backbone, depth=18, output_stride=8),
        head_f: Callable[[int], nn.Module] = SegmentationHead,
        init: Callable[[nn.Module], None] | None = initialize_resnet,
    ) -> None:
        super().__init__()
        self.backbone, self.head, self._init = backbone_f(), head_f(class_count), init

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)

    def forward(self, x: Tensor) -> Tensor:
        """The scores, not normalized."""
        return self.head(self.backbone(x), x.shape[-2:])
