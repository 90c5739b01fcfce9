"""SwiftNet: a pretrained backbone and a light ladder that upsamples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import nn

from labwork.models._convolutional import relu
from labwork.models._initialization import initialize_kaiming
from labwork.models._ladder import LadderDecoder
from labwork.models._resnet_v1 import ResNetV1Backbone
from labwork.models._segmenter import Segmenter
from labwork.nn import SegmentationHead

__all__ = ["SwiftNet", "preact_head"]

preact_head = partial(SegmentationHead, norm_f=nn.BatchNorm2d, act_f=relu)


class SwiftNet(Segmenter):
    """Segmentation in real time, of a single scale.

    Oršić et al.: In defense of pre-trained ImageNet architectures for real-time semantic
    segmentation of road-driving images, 2019. The reference implementation is
    github.com/orsic/swiftnet (``resnet_single_scale``), of which depths 18, 34, 50, 101 and 152
    have the parameters and the outputs; see ``translate_params``. Differences: images are
    normalized by the input adapter, not in the network, and biases of the head begin with zero.

    The feature maps are those before the activations that end the groups. Any backbone with groups
    will do, such as ``SwiftNet,backbone_f=IRevNetBackbone``.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; its ``depth`` is 18.
        decoder_f: makes the ladder, with spatial pyramid pooling below it.
        head_f: makes the head for a number of classes.
        feature_paths: where in the backbone the feature maps are, from the finest.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count, H, W).

    >>> import torch
    >>> with torch.device("meta"):
    ...     model = SwiftNet(19).build((1, 3, 256, 512))
    >>> sum(p.numel() for p in model.parameters())
    11797071
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = partial(ResNetV1Backbone, depth=18),
        decoder_f: Callable[[], nn.Module] = LadderDecoder,
        head_f: Callable[[int], nn.Module] = preact_head,
        feature_paths: Sequence[str] | None = None,
        init: Callable[[nn.Module], None] | None = initialize_kaiming,
    ) -> None:
        super().__init__(
            class_count,
            backbone_f=backbone_f,
            decoder_f=decoder_f,
            head_f=head_f,
            feature_paths=feature_paths,
            activated=False,
            init=init,
        )
