"""VUNet: images of a pose, in the appearance of another image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn

from labwork.core import StateError, check_counts
from labwork.models._convolutional import Factory, with_defaults
from labwork.models._inputs import check_input
from labwork.models._vunet._block import VUNetBlock, VUNetUp
from labwork.models._vunet._bottleneck import VUNetBottleneck
from labwork.models._vunet._decoder import VUNetDecoder
from labwork.models._vunet._encoder import VUNetEncoder
from labwork.models._vunet._posterior import VUNetPosterior
from labwork.nn import Module, is_built
from labwork.nn.losses import unit_gaussian_kl

__all__ = ["VUNet", "VUNetOutput"]


class VUNetOutput(NamedTuple):
    """What a VUNet makes of an appearance and a pose.

    The Gaussians have deviation 1; there are two of each, of shapes (N, D, 1, 1) and (N, C, 2, 2).

    Attributes:
        image: of the pose, in that appearance, (N, C, S, S).
        posterior: means of what is thought of the codes, given the appearance.
        prior: means of what is thought of the codes, given the pose.
    """

    image: Tensor
    posterior: tuple[Tensor, Tensor]
    prior: tuple[Tensor, Tensor]

    def kl(self) -> Tensor:
        """KL(posterior ‖ prior) = ½ Σ (q - p)² in nats, over both codes, (N,)."""
        coarse, fine = map(unit_gaussian_kl, self.posterior, self.prior)
        return coarse + fine


class VUNet(Module):
    """A U-Net from a pose to an image, and a variational autoencoder of its appearance.

    Esser et al.: A variational U-Net for conditional appearance and shape generation, 2018.
    Reference implementation: github.com/CompVis/vunet, in TensorFlow. The architecture is that of
    its translation to PyTorch, an example of edflow's: encoders go down to one pixel, the
    appearance is that of a whole image, and convolutions are plain ones. One difference: each of
    the four pixels of the second code has a block of its own for its mean, which depends on the
    pixel before; there, the first block was used twice, without that pixel, and the last one never.
    The number of parameters is the same.

    As in the reference implementation, without bounds for the values, it is
    ``VUNet,conv_f=models.WeightNormConv2d,decoder_f=t(final_f=None)``, to be initialized by
    ``initialize_from_data``. Other parts are ``block_f=t(norm_f=nn.BatchNorm2d,act_f=nn.ReLU)``,
    ``encoder_f=t(base_width=32,stem_f=t(kernel_size=3))`` and the like.

    In training, codes are drawn from the posterior; in evaluation they are its means. A loss is
    the sum of ``color_l1``, a ``PerceptualLoss`` and, with a ``Ramp``, the output's ``kl()``. As
    images are in [-1, 1] here and in [0, 1] for a network that was trained on standardized ones,
    that loss takes ``mean=2m-1`` and ``std=2s`` for the mean m and the deviation s of the latter:
    ``PerceptualLoss(VGGFeatures(), mean=(-0.03, -0.088, -0.188), std=(0.458, 0.448, 0.45))``.

    Args:
        out_channels: channels of the images that it makes; by default those of the appearance.
        encoder_f: makes the two encoders, given ``block_f`` and ``conv_f``.
        posterior_f: makes what tells the code of an appearance, given the same and ``up_f``.
        bottleneck_f: makes what joins the code and the pose, given the same.
        decoder_f: makes what gives the image, for a number of channels and given the same.
        block_f: makes a block, given ``conv_f``.
        up_f: makes what doubles the resolution, for a width and given ``conv_f``.
        conv_f: makes a convolution, given its channels, its kernel size, stride, padding, dilation
            and bias.
        init: initializes the parameters; None leaves them as the layers make them, as in edflow's
            example.

    Shape: an appearance (N, C, S, S) and a pose (N, P, S, S), each with S a power of two from 4, to
    ``VUNetOutput``. Values are in [-1, 1] unless ``final_f`` of the decoder says otherwise.

    Raises:
        ConfigError: where images have another size.

    >>> import torch
    >>> with torch.device("meta"):
    ...     model = VUNet().build((1, 3, 256, 256), (1, 3, 256, 256))
    >>> sum(p.numel() for p in model.parameters())
    19457859
    """

    appearance_encoder: Any
    pose_encoder: Any

    def __init__(
        self,
        *,
        out_channels: int | None = None,
        encoder_f: Callable[..., VUNetEncoder] = VUNetEncoder,
        posterior_f: Factory = VUNetPosterior,
        bottleneck_f: Factory = VUNetBottleneck,
        decoder_f: Factory = VUNetDecoder,
        block_f: Factory = VUNetBlock,
        up_f: Factory = VUNetUp,
        conv_f: Factory = nn.Conv2d,
        init: Callable[[nn.Module], None] | None = None,
    ) -> None:
        super().__init__()
        check_counts(self, out_channels=out_channels)
        down = {"block_f": block_f, "conv_f": conv_f}
        both = {**down, "up_f": up_f}
        self.appearance_encoder = with_defaults(encoder_f, **down)()
        self.pose_encoder = with_defaults(encoder_f, **down)()
        self.posterior = with_defaults(posterior_f, **both)()
        self.bottleneck = with_defaults(bottleneck_f, **both)()
        self._make_decoder = with_defaults(decoder_f, **both)
        self._out_channels, self._init = out_channels, init

    def setup(self, appearance: Tensor, pose: Tensor) -> None:
        """Makes as many stages as the images need."""
        check_input(self, appearance, pose)
        self.appearance_encoder(appearance)
        self.pose_encoder(pose)
        self.decoder = self._make_decoder(self._out_channels or appearance.shape[1])

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)

    def forward(self, appearance: Tensor, pose: Tensor) -> VUNetOutput:
        """The pose in that appearance, with what is thought of the codes."""
        return self._render(appearance, pose, noisy=self.training)

    def transfer(self, appearance: Tensor, pose: Tensor) -> Tensor:
        """Images of the pose in that appearance, (N, C, S, S), of which the code is the mean."""
        if not is_built(self):
            self.build(appearance, pose)
        return self._render(appearance, pose, noisy=False).image

    def sample(self, pose: Tensor) -> Tensor:
        """Images of the pose, (N, C, S, S), in appearances that are drawn from the prior.

        Raises:
            StateError: where the model isn't built, for which an appearance is needed.
        """
        if not is_built(self):
            raise StateError(
                "a VUNet that isn't built can't sample; build it first with the shapes of an"
                " appearance and a pose, such as model.build((1, 3, 64, 64), (1, 3, 64, 64))"
            )
        maps = self.pose_encoder(pose)
        h, _ = self.bottleneck(maps)
        return self.decoder(h, maps[:-2])

    def _render(self, appearance: Tensor, pose: Tensor, *, noisy: bool) -> VUNetOutput:
        means, codes = self.posterior(self.appearance_encoder(appearance), noisy=noisy)
        maps = self.pose_encoder(pose)
        h, prior = self.bottleneck(maps, codes)
        return VUNetOutput(self.decoder(h, maps[:-2]), means, prior)
