"""DeepLabV3Plus: dilated convolutions for context, and a decoder for the edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._conv_units import ConvNormAct, resize
from labwork.models._convolutional import Factory
from labwork.models._initialization import initialize_kaiming
from labwork.models._resnet_v1 import ResNetV1Backbone
from labwork.models._segmenter import Segmenter
from labwork.nn import Module, SegmentationHead, Seq

__all__ = ["AtrousSpatialPyramidPooling", "DeepLabV3Plus", "DeepLabV3PlusDecoder"]


class AtrousSpatialPyramidPooling(Module):
    """What is around each place, by convolutions with several dilations and the average of all.

    Chen et al.: Rethinking atrous convolution for semantic image segmentation, 2017, figure 5. It
    is the same as torchvision's ``ASPP``.

    Args:
        width: channels of the output, and of each branch.
        dilations: of the 3×3 convolutions: the paper's for a resolution of a 16th of the image's;
            for an eighth they are twice as large.
        dropout: the part of the output that is dropped, in [0, 1).
        unit_f: makes a convolution, with what is around it, for a width, a kernel size and a
            dilation.

    Shape: (N, C, H, W) to (N, width, H, W).

    >>> AtrousSpatialPyramidPooling(256)(torch.zeros(2, 512, 6, 9)).shape
    torch.Size([2, 256, 6, 9])
    """

    def __init__(
        self,
        width: int = 256,
        *,
        dilations: Sequence[int] = (6, 12, 18),
        dropout: float = 0.1,
        unit_f: Factory = ConvNormAct,
    ) -> None:
        super().__init__()
        check_counts(self, width=width, dilations=dilations)
        self.branches = nn.ModuleList(
            [unit_f(width), *(unit_f(width, 3, dilation) for dilation in dilations)]
        )
        self.average = Seq(pool=nn.AdaptiveAvgPool2d(1), unit=unit_f(width))
        self.fuse = unit_f(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """The features with those of their surroundings."""
        maps = [branch(x) for branch in self.branches]
        average = self.average(x).expand(-1, -1, *x.shape[-2:])
        return self.dropout(self.fuse(torch.cat([*maps, average], 1)))


class DeepLabV3PlusDecoder(Module):
    """Context for the coarsest feature map, beside a few channels of the finest.

    Chen et al.: Encoder-decoder with atrous separable convolution for semantic image segmentation,
    2018, figure 2.

    Args:
        width: channels of the output.
        fine_width: channels that are left of the finest feature map.
        context_f: makes what takes the coarsest feature map.
        unit_f: makes a convolution, with what is around it, for a width and a kernel size.

    Shape: a list of feature maps, the finest first: (N, C_i, H_i, W_i), to (N, width, H_0, W_0).

    >>> maps = [torch.zeros(2, 64, 32, 32), torch.zeros(2, 512, 8, 8)]
    >>> DeepLabV3PlusDecoder()(maps).shape
    torch.Size([2, 256, 32, 32])
    """

    def __init__(
        self,
        width: int = 256,
        *,
        fine_width: int = 48,
        context_f: Callable[[], nn.Module] = AtrousSpatialPyramidPooling,
        unit_f: Factory = ConvNormAct,
    ) -> None:
        super().__init__()
        check_counts(self, width=width, fine_width=fine_width)
        self.context, self.fine = context_f(), unit_f(fine_width)
        self.fuse = Seq(unit0=unit_f(width, 3), unit1=unit_f(width, 3))

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """The first and the last of the maps as one."""
        fine = self.fine(maps[0])
        context = resize(self.context(maps[-1]), like=fine)
        return self.fuse(torch.cat([context, fine], 1))


class DeepLabV3Plus(Segmenter):
    """Segmentation with dilated convolutions and a small decoder.

    Chen et al.: Encoder-decoder with atrous separable convolution for semantic image segmentation,
    2018. The reference implementation is the authors' (tensorflow/models, research/deeplab).
    Differences: the backbone is torchvision's ResNet, without the authors' multi-grid and
    three-layer stem; convolutions aren't separable unless ``unit_f`` makes them so; parameters are
    initialized as those of the backbone.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; its ``depth`` is 101 and its ``output_stride`` 16.
        decoder_f: makes the decoder.
        head_f: makes the head for a number of classes.
        feature_paths: where in the backbone the feature maps are, from the finest; the first and
            the last are used.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count, H, W).

    >>> with torch.device("meta"):
    ...     model = DeepLabV3Plus(21).build((2, 3, 256, 256))
    >>> sum(p.numel() for p in model.parameters())
    59344309
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = partial(
            ResNetV1Backbone, depth=101, output_stride=16
        ),
        decoder_f: Callable[[], nn.Module] = DeepLabV3PlusDecoder,
        head_f: Callable[[int], nn.Module] = SegmentationHead,
        feature_paths: Sequence[str] | None = None,
        init: Callable[[nn.Module], None] | None = initialize_kaiming,
    ) -> None:
        super().__init__(
            class_count,
            backbone_f=backbone_f,
            decoder_f=decoder_f,
            head_f=head_f,
            feature_paths=feature_paths,
            init=init,
        )
