"""DCGAN: a generator of images, and a discriminator that tells them from real ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log2

import torch
from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._conv_units import ConvBlock
from labwork.models._convolutional import Factory, relu, with_defaults
from labwork.models._inputs import check_input
from labwork.nn import Module, Seq

__all__ = ["GAN", "DCGANDiscriminator", "DCGANGenerator", "initialize_dcgan"]

_conv = partial(nn.Conv2d, kernel_size=4)
_transposed = partial(nn.ConvTranspose2d, kernel_size=4)


class DCGANGenerator(Seq):
    """Transposed convolutions from codes to images.

    Radford et al., 2016; the reference implementation is PyTorch's example, see ``GAN``, which has
    the same parameters at 64 pixels. Difference: images may have other sizes.

    Args:
        out_channels: channels of the images.
        size: their height and width, a power of two from 8.
        base_width: channels before the last convolution; they double with each halving.
        norm_f: makes the normalizations for a number of channels; None for none.
        act_f: makes the activations.
        block_f: makes what doubles the resolution, for a width and given ``conv_f``, ``norm_f`` and
            ``act_f``.

    Shape: codes (N, D) to images (N, out_channels, size, size) with values in [-1, 1].

    >>> model = DCGANGenerator(3).build((1, 100))
    >>> sum(p.numel() for p in model.parameters())
    3576704
    """

    def __init__(
        self,
        out_channels: int,
        *,
        size: int = 64,
        base_width: int = 64,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = relu,
        block_f: Factory = ConvBlock,
    ) -> None:
        super().__init__()
        check_counts(self, out_channels=out_channels, base_width=base_width)
        self._widths = [base_width * 2**i for i in reversed(range(_level_count(size)))]
        self._out_channels = out_channels
        self._make_block = with_defaults(block_f, norm_f=norm_f, act_f=act_f)

    def setup(self, code: Tensor) -> None:
        """Makes the layers for the size of codes."""
        check_input(self, code, wanted="codes (N, D)")
        self.append(nn.Unflatten(1, (code.shape[1], 1, 1)), "unflatten")
        for i, width in enumerate(self._widths):
            stride, padding = (1, 0) if i == 0 else (2, 1)
            conv_f = partial(_transposed, stride=stride, padding=padding)
            self.append(with_defaults(self._make_block, conv_f=conv_f)(width), f"block{i}")
        conv = _transposed(width, self._out_channels, stride=2, padding=1, bias=False)
        self.append(Seq(conv=conv, act=nn.Tanh()), "image")


class DCGANDiscriminator(Seq):
    """Convolutions from images to a score, larger for real ones.

    Radford et al., 2016; the reference implementation is PyTorch's example, see ``GAN``, which has
    the same parameters at 64 pixels. Differences: images may have other sizes, and scores are
    logits.

    Args:
        base_width: channels after the first convolution; they double with each halving.
        norm_f: makes the normalizations, of all but the first block, for a number of channels; None
            for none.
        act_f: makes the activations.
        block_f: makes what halves the resolution, for a width and given ``conv_f``, ``norm_f``,
            ``act_f`` and, for the first one, ``bias``.

    Shape: images (N, C, S, S), with S a power of two from 8, to scores (N,), which are logits.

    >>> model = DCGANDiscriminator().build((1, 3, 64, 64))
    >>> sum(p.numel() for p in model.parameters())
    2765568
    """

    def __init__(
        self,
        *,
        base_width: int = 64,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = partial(nn.LeakyReLU, negative_slope=0.2, inplace=True),
        block_f: Factory = ConvBlock,
    ) -> None:
        super().__init__()
        check_counts(self, base_width=base_width)
        self._base_width, self._norm_f = base_width, norm_f
        halve = partial(_conv, stride=2, padding=1)
        self._make_block = with_defaults(block_f, conv_f=halve, act_f=act_f)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the size of images and their number of channels."""
        check_input(self, x)
        if x.shape[2] != x.shape[3]:
            raise ConfigError(f"images are square for a DCGAN, not {tuple(x.shape[2:])}")
        for i in range(_level_count(x.shape[2])):
            around = {"norm_f": self._norm_f} if i else {"norm_f": None, "bias": False}
            width = self._base_width * 2**i
            self.append(with_defaults(self._make_block, **around)(width), f"block{i}")
        self.append(Seq(conv=_conv(width, 1, bias=False), flatten=nn.Flatten(0)), "score")


def initialize_dcgan(model: nn.Module) -> None:
    """Draws weights of convolutions from N(0, 0.02²), of normalizations from N(1, 0.02²)."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)


class GAN(Module):
    """A generator and a discriminator; a call tells images that are handed in from others.

    Radford et al.: Unsupervised representation learning with deep convolutional generative
    adversarial networks, 2016. The reference implementation is PyTorch's example (pytorch/examples,
    dcgan), of which the parameters are. Differences: images may have other sizes than 64 pixels,
    and scores are logits. Train the two in turn, each with an optimizer of its own (Goodfellow et
    al.: Generative adversarial nets, 2014).

    Args:
        code_size: the numbers that an image is generated from.
        generator_f: makes the generator, given ``out_channels`` and ``size`` of the images.
        discriminator_f: makes the discriminator.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, S, S) with values in [-1, 1] to scores (N,).

    >>> model = GAN().build((1, 1, 8, 8))
    >>> fake = model.sample(5)
    >>> fake.shape, model(fake).shape
    (torch.Size([5, 1, 8, 8]), torch.Size([5]))
    """

    generator: Seq

    def __init__(
        self,
        code_size: int = 100,
        *,
        generator_f: Callable[..., Seq] = DCGANGenerator,
        discriminator_f: Callable[[], nn.Module] = DCGANDiscriminator,
        init: Callable[[nn.Module], None] | None = initialize_dcgan,
    ) -> None:
        super().__init__()
        check_counts(self, code_size=code_size)
        self.code_size, self._generator_f, self._init = code_size, generator_f, init
        self.discriminator = discriminator_f()

    def setup(self, x: Tensor) -> None:
        """Makes the generator of such images."""
        check_input(self, x)
        generator = self._generator_f(out_channels=x.shape[1], size=x.shape[2])
        self.generator = generator.build((2, self.code_size))

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)

    def forward(self, x: Tensor) -> Tensor:
        """How real the images look, as logits."""
        return self.discriminator(x)

    def sample(self, count: int) -> Tensor:
        """Generated images (count, C, S, S); gradients reach the generator."""
        parameter = next(self.generator.parameters())
        code = torch.randn(count, self.code_size, device=parameter.device, dtype=parameter.dtype)
        return self.generator(code)


def _level_count(size: int) -> int:
    """How often images are halved until 4 pixels are left."""
    if size < 8 or size & (size - 1):
        raise ConfigError(f"images are 8, 16, 32, … pixels large for a DCGAN, not {size}")
    return int(log2(size)) - 2
