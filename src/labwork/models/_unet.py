"""UNet: down, and up again with what was seen on the way down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from labwork.models._conv_units import ConvNormAct, resize
from labwork.models._convolutional import Factory, halve_by_maximum, with_defaults
from labwork.models._initialization import initialize_kaiming
from labwork.models._inputs import check_input
from labwork.models._ladder import LadderDecoder
from labwork.models._segmenter import Segmenter
from labwork.nn import Module, SegmentationHead, Seq

__all__ = ["UNet", "UNetBackbone", "UNetBlock", "UNetDecoder", "UNetStep"]


class UNetBlock(Seq):
    """Two 3×3 convolutions, each followed by an activation.

    Args:
        width: channels of the output.
        norm_f: makes a normalization for a number of channels; None for none.
        unit_f: makes a convolution, with what is around it, for a width and a kernel size.

    Shape: (N, C, H, W) to (N, width, H, W).

    >>> UNetBlock(64, norm_f=nn.BatchNorm2d).build((1, 3, 8, 8))["unit0"].names
    ('conv', 'norm', 'act')
    """

    def __init__(
        self, width: int, *, norm_f: Factory | None = None, unit_f: Factory = ConvNormAct
    ) -> None:
        make = partial(with_defaults(unit_f, norm_f=norm_f), width, 3)
        super().__init__(unit0=make(), unit1=make())


class UNetBackbone(Seq):
    """The contracting path of a U-Net.

    Args:
        widths: channels of each group; each but the first halves the resolution.
        block_f: makes a block for a width.
        pool_f: makes what halves the resolution.
        dropout: the part of the coarsest features that is dropped, in [0, 1).

    Shape: images (N, C, H, W) to (N, widths[-1], H/2^(G-1), W/2^(G-1)) for G groups, which are
    called ``group0``, ….

    >>> UNetBackbone((8, 16, 32))(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 32, 8, 8])
    """

    def __init__(
        self,
        widths: Sequence[int] = (64, 128, 256, 512, 1024),
        *,
        block_f: Factory = UNetBlock,
        pool_f: Callable[[], nn.Module] = halve_by_maximum,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        for i, width in enumerate(widths):
            group = Seq(pool=pool_f()) if i else Seq()
            self.append(group.append(block_f(width), "block"), f"group{i}")
        self.append(nn.Dropout(dropout), "dropout")

    def setup(self, x: Tensor) -> None:
        """Checks that images come."""
        check_input(self, x)


class UNetStep(Module):
    """Coarse features, upsampled; beside them the finer ones of the backbone; a block of both.

    Args:
        width: channels of the output.
        up_f: makes what upsamples, for the number of channels that come and that of the output.
        block_f: makes the block for a width.

    Shape: (N, C, H/2, W/2) and (N, D, H, W) to (N, width, H, W). Any other size is brought to that
    of the finer features.

    >>> UNetStep(64)(torch.zeros(2, 128, 4, 4), torch.zeros(2, 64, 9, 8)).shape
    torch.Size([2, 64, 9, 8])
    """

    def __init__(
        self,
        width: int,
        *,
        up_f: Factory = partial(nn.ConvTranspose2d, kernel_size=2, stride=2),
        block_f: Factory = UNetBlock,
    ) -> None:
        super().__init__()
        self._make_up = partial(up_f, out_channels=width)
        self.block = block_f(width)

    def setup(self, x: Tensor, finer: Tensor) -> None:
        """Makes what upsamples, for the number of channels."""
        self.up = self._make_up(x.shape[1])

    def forward(self, x: Tensor, finer: Tensor) -> Tensor:
        """Coarse and finer features together."""
        x = resize(self.up(x), like=finer)
        return self.block(torch.cat([finer, x], 1))


class UNetDecoder(LadderDecoder):
    """The expanding path of a U-Net: a ladder of its own steps.

    Args:
        widths: channels after each step, the coarsest first; or one number for all. None for those
            of the finer feature map.
        context_f: makes what takes the coarsest feature map.
        step_f: makes a step for a width.

    Shape: a list of feature maps, the finest first: (N, C_i, H_i, W_i), to (N, width, H_0, W_0).

    Raises:
        ConfigError: where there isn't a width for each step.

    >>> maps = [torch.zeros(1, 8, 32, 32), torch.zeros(1, 16, 16, 16), torch.zeros(1, 32, 8, 8)]
    >>> UNetDecoder()(maps).shape
    torch.Size([1, 8, 32, 32])
    """

    def __init__(
        self,
        widths: int | Sequence[int] | None = None,
        *,
        context_f: Callable[[], nn.Module] = nn.Identity,
        step_f: Factory = UNetStep,
    ) -> None:
        super().__init__(widths, context_f=context_f, step_f=step_f)


class UNet(Segmenter):
    """A contracting path, an expanding one, and connections between them.

    Ronneberger et al.: U-Net: Convolutional networks for biomedical image segmentation, 2015. The
    reference implementation is the authors' (in Caffe), of which it has the layers. Differences:
    convolutions keep the size, so that scores are as large as the image, and nothing is dropped
    unless ``backbone_f=t(dropout=0.5)`` says so. With normalizations it is
    ``UNet,backbone_f=t(block_f=t(norm_f=nn.BatchNorm2d)),…``. Any backbone with groups will do.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the contracting path.
        decoder_f: makes the expanding path.
        head_f: makes the head for a number of classes.
        feature_paths: where in the backbone the feature maps are, from the finest.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count, H, W).

    >>> with torch.device("meta"):
    ...     model = UNet(2).build((1, 1, 512, 512))
    >>> sum(p.numel() for p in model.parameters())
    31030658
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = UNetBackbone,
        decoder_f: Callable[[], nn.Module] = UNetDecoder,
        head_f: Callable[[int], nn.Module] = SegmentationHead,
        feature_paths: Sequence[str] | None = None,
        init: Callable[[nn.Module], None] | None = partial(initialize_kaiming, mode="fan_in"),
    ) -> None:
        super().__init__(
            class_count,
            backbone_f=backbone_f,
            decoder_f=decoder_f,
            head_f=head_f,
            feature_paths=feature_paths,
            init=init,
        )
