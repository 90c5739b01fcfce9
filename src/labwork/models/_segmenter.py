"""Segmenter: a backbone, a decoder of its feature maps, and a head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._feature_maps import end_with, ends_of_groups, keep_maps, maps_at
from labwork.models._inputs import check_input
from labwork.nn import Module, Seq

__all__ = ["Segmenter"]


class Segmenter(Module):
    """Scores for each pixel, from feature maps of several resolutions.

    A ``Seq`` of the backbone with a feature map inside isn't called as a whole, so ranges of its
    own to ``checkpoint`` have no effect; those of the modules in it have. A backbone of which only
    the end is a feature map is called as a whole.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone, a ``Seq``. What it has after the last feature map that is
            used is left out.
        decoder_f: makes what takes the feature maps, as a list from the finest, and gives features.
        head_f: makes the head for a number of classes; it is called with the features and the
            height and width of the image.
        feature_paths: where in the backbone the feature maps are, from the finest; by default at
            the ends of the groups of blocks (``group0``, …).
        activated: whether maps at the ends of groups are those after the activation that ends a
            group.
        init: initializes the parameters of the whole, once they are made; None leaves them as the
            layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count, H, W), not normalized.

    Raises:
        ConfigError: where the backbone has no such paths.

    >>> from functools import partial
    >>> from labwork.models import LadderDecoder, ResNetV1Backbone
    >>> from labwork.nn import SegmentationHead
    >>> model = Segmenter(
    ...     19,
    ...     backbone_f=partial(ResNetV1Backbone, depth=10),
    ...     decoder_f=LadderDecoder,
    ...     head_f=SegmentationHead,
    ... )
    >>> model.build((1, 3, 90, 160)).feature_paths
    ('group0', 'group1', 'group2', 'group3')
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module],
        decoder_f: Callable[[], nn.Module],
        head_f: Callable[[int], nn.Module],
        feature_paths: Sequence[str] | None = None,
        activated: bool = True,
        init: Callable[[nn.Module], None] | None = None,
    ) -> None:
        super().__init__()
        check_counts(self, class_count=class_count)
        self.backbone = _as_seq(backbone_f())
        self.decoder, self.head = decoder_f(), head_f(class_count)
        self.feature_paths = tuple(feature_paths or ())
        self._activated, self._init = activated, init
        end_with(self.backbone, self.feature_paths or self._default_paths())

    def setup(self, x: Tensor) -> None:
        """Builds the backbone, and finds where its feature maps are."""
        check_input(self, x)
        self.backbone(x)
        self.feature_paths = self.feature_paths or self._default_paths()
        keep_maps(self.backbone, self.feature_paths)
        end_with(self.backbone, self.feature_paths)

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of images."""
        return self.head(self.decoder(self.feature_maps(x)), x.shape[-2:])

    def feature_maps(self, x: Tensor) -> Sequence[Any]:
        """What the decoder gets: the feature maps of images, the finest first."""
        return maps_at(self.backbone, x, self.feature_paths)

    def _default_paths(self) -> tuple[str, ...]:
        return ends_of_groups(self.backbone, activated=self._activated)


def _as_seq(backbone: nn.Module) -> Seq:
    if isinstance(backbone, Seq):
        return backbone
    raise ConfigError(
        f"feature maps are those of the modules of a Seq, which {type(backbone).__name__} isn't;"
        " make the backbone a Seq(stem=…, group0=…, group1=…)"
    )
