"""i-RevNet: a network for classification that loses nothing before its head."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._classifier import Classifier
from labwork.models._inputs import check_input
from labwork.models._resnet_v2 import last_activation
from labwork.nn import ClassificationHead, IRevNetBlock, ReversibleSeq, Seq, Squeeze

__all__ = ["IRevNet", "IRevNetBackbone"]


class IRevNetBackbone(Seq):
    """The features of an i-RevNet.

    All but ``final`` can be inverted: ``backbone[:"final"].inverse``. Where the blocks are wider
    than the image, the first one puts channels of zeros beside it: it is injective, and there is a
    volume change only after that. Otherwise it is bijective, with a volume change of 1. Each block
    enlarges the rounding of those before it a little: images come back from a hundred blocks to
    about 1e-6 in float32 as they are made, to some 5e-3 where all is normalized, and to 1e-11 in
    float64. With ``block_f=partial(IRevNetBlock, grain=2**-17)``, they come back to 4e-6 always.

    Args:
        init_stride: how much the image is squeezed at first.
        first_stride: of the first group's first block; that of the other groups' is 2. By default
            2, or 1 where the image isn't squeezed first.
        group_lengths: blocks of each group.
        base_width: channels of a half of what the first group gives; each group has four times
            those of the one before it. By default as many as there are, for a bijection.
        pad_first: whether the zeros come before the image's channels. After them, as in the
            reference implementation, all that F of the first block gets are zeros, if these are
            half of the channels or more, and its first convolution never learns.
        block_f: makes a block for a ``base_width``; where it begins a group, for a ``stride``, the
            first of all for ``is_first=True``, and where channels are missing for a ``pad`` and
            ``pad_first``.
        final_f: makes what comes last: normalization and activation.
        reversible: whether what the blocks compute is computed again in the backward pass instead
            of being kept, so that memory doesn't grow with depth; see ``ReversibleSeq``.

    Shape: images (N, C, H, W) to (N, 2·base_width·4^(G-1), H/d, W/d) for G groups, where
    d = init_stride · first_stride · 2^(G-1). The groups are called ``group0``, ….

    Raises:
        ConfigError: where the image's channels can't be halved, or the blocks are narrower.

    >>> backbone = IRevNetBackbone(group_lengths=(1, 1)).build((1, 3, 32, 32)).eval()
    >>> import torch
    >>> x = torch.rand(2, 3, 32, 32)
    >>> features = backbone[:"final"](x)
    >>> features.shape, bool((backbone[:"final"].inverse(features) - x).abs().max() < 1e-5)
    (torch.Size([2, 192, 4, 4]), True)
    """

    def __init__(
        self,
        *,
        init_stride: int = 2,
        first_stride: int | None = None,
        group_lengths: Sequence[int] = (6, 16, 72, 6),
        base_width: int | None = None,
        pad_first: bool = False,
        block_f: Callable[..., nn.Module] = IRevNetBlock,
        final_f: Callable[[], nn.Module] = last_activation,
        reversible: bool = False,
    ) -> None:
        super().__init__()
        check_counts(self, init_stride=init_stride, first_stride=first_stride)
        check_counts(self, group_lengths=group_lengths, base_width=base_width)
        self._init_stride = init_stride
        self._first_stride = first_stride or min(init_stride, 2)
        self._group_lengths = tuple(group_lengths)
        self._base_width = base_width
        self._pad_first = pad_first
        self._block_f, self._final_f = block_f, final_f
        self._group_f = ReversibleSeq if reversible else Seq

    def setup(self, x: Tensor) -> None:
        """Makes the groups, for the number of channels."""
        check_input(self, x)
        channels = x.shape[1] * self._init_stride**2
        width, missing = self._width_and_padding(channels)
        self.append(Squeeze(self._init_stride, order="place"), "squeeze")
        for i, length in enumerate(self._group_lengths):
            begin = {"stride": 2} if i else self._beginning(missing)
            self.append(self._make_group(length, width * 4**i, begin), f"group{i}")
        self.append(self._final_f(), "final")

    def _beginning(self, missing: int) -> dict[str, int]:
        pad = {"pad": missing, "pad_first": self._pad_first} if missing else {}
        return {"stride": self._first_stride, "is_first": True, **pad}

    def _make_group(self, length: int, width: int, begin: Mapping[str, int]) -> Seq:
        blocks = {f"block{i}": self._block_f(width, **({} if i else begin)) for i in range(length)}
        return self._group_f(blocks)

    def _width_and_padding(self, channels: int) -> tuple[int, int]:
        """Channels of a half of the first group, and how many have to be added for that."""
        area = self._first_stride**2
        width = self._base_width or channels * area // 2
        missing = 2 * width // area - channels
        if missing < 0 or width % area:
            least = -(-channels // 2) * area
            raise ConfigError(
                f"IRevNetBackbone takes a base_width of {least} or more that can be divided by"
                f" {area}, as the image has {channels} channels once it is squeezed by"
                f" {self._init_stride}, and the first block squeezes it by {self._first_stride};"
                f" not {self._base_width or channels * area / 2:g}"
            )
        return width, missing


class IRevNet(Classifier):
    """Networks that lose nothing of their input before the average over space.

    Jacobsen et al.: i-RevNet: Deep invertible networks, 2018. By default, the bijective one of its
    table 1, (b), with 29 million parameters; the injective one, (a), has 181 million:
    ``IRevNetBackbone(base_width=72, group_lengths=(6, 16, 28, 6))``. The reference implementation
    is github.com/jhjacobsen/pytorch-i-revnet, whose blocks have ``kernel_sizes=(3, 3, 3)``, which
    makes 125 million of (b); with its parameters, outputs are the same. Difference: the last
    normalization has PyTorch's momentum.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> import torch
    >>> with torch.device("meta"):
    ...     model = IRevNet(1000).build((1, 3, 224, 224))
    >>> sum(p.numel() for p in model.parameters())
    29201092
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = IRevNetBackbone,
        head_f: Callable[[int], nn.Module] = ClassificationHead,
        init: Callable[[nn.Module], None] | None = None,
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)
