"""SegmentationResNet: a residual network that scores each pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import nn

from labwork.models._resnet_initialization import initialize_resnet
from labwork.models._resnet_v1 import ResNetV1Backbone
from labwork.models._segmenter import Segmenter
from labwork.nn import SegmentationHead, Sum

__all__ = ["SegmentationResNet"]


class SegmentationResNet(Segmenter):
    """A residual network that scores each pixel; its scores are as large as the image.

    Long et al.: Fully convolutional networks for semantic segmentation, 2015, with the dilated
    network of Chen et al.: Rethinking atrous convolution for semantic image segmentation, 2017.
    The reference implementation is torchvision's ``fcn_resnet50``, of which the backbone has the
    parameters and the outputs; its head has another convolution before the last.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; by default its ``depth`` is 18 and its resolution an eighth
            of the image's. Any ``Seq`` will do.
        decoder_f: makes what takes the feature maps; by default their sum, which
            is the one that there is.
        head_f: makes the head for a number of classes; it is called with the features and the
            height and width of the image.
        feature_paths: where in the backbone the feature maps are, from the finest; by default there
            is one, at its end.
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
        decoder_f: Callable[[], nn.Module] = Sum,
        head_f: Callable[[int], nn.Module] = SegmentationHead,
        feature_paths: Sequence[str] | None = None,
        init: Callable[[nn.Module], None] | None = initialize_resnet,
    ) -> None:
        super().__init__(
            class_count,
            backbone_f=backbone_f,
            decoder_f=decoder_f,
            head_f=head_f,
            feature_paths=feature_paths,
            init=init,
        )

    def _default_paths(self) -> tuple[str, ...]:
        return self.backbone.names[-1:]
