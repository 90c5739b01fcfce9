"""Autoencoder: images through a narrow code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from labwork.models._codec import ConvDecoder, ConvEncoder
from labwork.models._convolutional import Factory
from labwork.models._initialization import initialize_kaiming
from labwork.models._inputs import check_input
from labwork.nn import Seq

__all__ = ["Autoencoder"]


class Autoencoder(Seq):
    """An encoder and a decoder.

    Hinton and Salakhutdinov: Reducing the dimensionality of data with neural networks, 2006. The
    reference implementation is the authors' (in MATLAB). Differences: convolutions with rectifiers
    and batch normalization in place of four linear layers with sigmoids, all trained at once rather
    than one by one at first, and a code that keeps a grid.

    Args:
        encoder_f: makes the encoder.
        decoder_f: makes the decoder for the number of channels of images.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) with values in [0, 1] to such images.

    >>> import torch
    >>> model = Autoencoder()
    >>> image = torch.rand(2, 3, 32, 32)
    >>> model(image).shape, model["encoder"](image).shape
    (torch.Size([2, 3, 32, 32]), torch.Size([2, 16, 4, 4]))
    """

    def __init__(
        self,
        *,
        encoder_f: Callable[[], nn.Module] = partial(ConvEncoder, code_width=16),
        decoder_f: Factory = ConvDecoder,
        init: Callable[[nn.Module], None] | None = initialize_kaiming,
    ) -> None:
        super().__init__(encoder=encoder_f())
        self._decoder_f, self._init = decoder_f, init

    def setup(self, x: Tensor) -> None:
        """Makes the decoder for the number of channels."""
        check_input(self, x)
        self.append(self._decoder_f(x.shape[1]), "decoder")

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)
