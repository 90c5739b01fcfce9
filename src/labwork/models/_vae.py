"""VAE: the variational autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import check_counts
from labwork.models._codec import ConvDecoder, ConvEncoder
from labwork.models._convolutional import Factory
from labwork.models._initialization import initialize_kaiming
from labwork.models._inputs import check_input
from labwork.nn import Module

__all__ = ["VAE", "VAEOutput"]


class VAEOutput(NamedTuple):
    """What a VAE makes of images.

    Attributes:
        logits: of the reconstruction, (N, C, H, W); its sigmoid is an image.
        mean: of the posterior q(z|x), (N, D).
        log_var: the logarithms of its variances, (N, D).
    """

    logits: Tensor
    mean: Tensor
    log_var: Tensor

    @property
    def image(self) -> Tensor:
        """The reconstruction, in [0, 1]."""
        return self.logits.sigmoid()

    def reconstruction_nll(self, x: Tensor) -> Tensor:
        """-log p(x|z) of images in [0, 1] in nats, (N,), with a Bernoulli for each value."""
        values = F.binary_cross_entropy_with_logits(self.logits, x, reduction="none")
        return values.flatten(1).sum(1)

    def kl(self) -> Tensor:
        """KL(q(z|x) ‖ N(0, 1)) = ½ Σ (μ² + σ² - 1 - log σ²) in nats, (N,)."""
        terms = self.mean.square() + self.log_var.exp() - 1 - self.log_var
        return terms.sum(1) / 2

    def negative_elbo(self, x: Tensor) -> Tensor:
        """The loss: an upper bound of -log p(x) in nats, (N,)."""
        return self.reconstruction_nll(x) + self.kl()


class VAE(Module):
    """The variational autoencoder, with a Gaussian posterior and Bernoulli values.

    Kingma and Welling: Auto-encoding variational Bayes, 2014. The reference implementation is
    PyTorch's example (pytorch/examples, vae), of which the bound is. Differences: convolutions in
    place of linear layers, and in evaluation the code is the posterior's mean.

    Args:
        code_size: D, the numbers that an image is told by.
        encoder_f: makes the encoder of images to a grid of features.
        decoder_f: makes the decoder of such a grid, for the number of channels of images; it gives
            logits.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) with values in [0, 1] to ``VAEOutput``.

    >>> model, image = VAE(8), torch.rand(2, 1, 8, 8)
    >>> out = model(image)
    >>> out.image.shape, out.negative_elbo(image).shape, model.sample(5).shape
    (torch.Size([2, 1, 8, 8]), torch.Size([2]), torch.Size([5, 1, 8, 8]))
    """

    def __init__(
        self,
        code_size: int = 32,
        *,
        encoder_f: Callable[[], nn.Module] = partial(ConvEncoder, code_width=128),
        decoder_f: Factory = partial(ConvDecoder, final_f=None),
        init: Callable[[nn.Module], None] | None = initialize_kaiming,
    ) -> None:
        super().__init__()
        check_counts(self, code_size=code_size)
        self.code_size = code_size
        self.encoder = encoder_f()
        self._decoder_f, self._init = decoder_f, init

    def setup(self, x: Tensor) -> None:
        """Makes what depends on the size of the image."""
        check_input(self, x)
        features: Tensor = self.encoder(x)
        self.grid = tuple(features.shape[1:])
        self.posterior = nn.Linear(prod(self.grid), 2 * self.code_size)
        self.expand = nn.Linear(self.code_size, prod(self.grid))
        self.decoder = self._decoder_f(x.shape[1])

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)

    def forward(self, x: Tensor) -> VAEOutput:
        """The reconstruction, and the posterior that its code was drawn from."""
        mean, log_var = self.encode(x)
        code = mean + (log_var / 2).exp() * torch.randn_like(mean) if self.training else mean
        return VAEOutput(self.decode(code), mean, log_var)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The posterior's mean and the logarithm of its variance, (N, D) each."""
        mean, log_var = self.posterior(self.encoder(x).flatten(1)).chunk(2, 1)
        return mean, log_var

    def decode(self, code: Tensor) -> Tensor:
        """The logits of images, (N, C, H, W), for codes (N, D)."""
        return self.decoder(self.expand(code).unflatten(1, self.grid))

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Images (count, C, H, W) of codes that are drawn from N(0, 1)."""
        code = torch.randn(count, self.code_size, device=self.posterior.weight.device)
        return self.decode(code).sigmoid()
