"""Generative models learn something, and sample."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from labwork.data import Digits
from labwork.models import GAN, VAE, Autoencoder, DCGANGenerator, VAEOutput


def digits() -> torch.Tensor:
    return torch.stack([record.image for record in Digits("train")[:256]])


def test_a_vae_has_the_kl_and_the_likelihood_of_its_definition():
    logits, mean, log_var = torch.randn(3, 1, 4, 4), torch.randn(3, 5), torch.randn(3, 5)
    out, x = VAEOutput(logits, mean, log_var), torch.rand(3, 1, 4, 4)
    posterior = Normal(mean, (log_var / 2).exp())
    expected = kl_divergence(posterior, Normal(torch.zeros(5), torch.ones(5))).sum(1)
    torch.testing.assert_close(out.kl(), expected)
    p = logits.sigmoid()
    nll = -(x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3))
    torch.testing.assert_close(out.reconstruction_nll(x), nll)
    torch.testing.assert_close(out.negative_elbo(x), nll + expected)


def test_a_vae_learns_to_tell_digits_in_fewer_nats_than_their_mean():
    torch.manual_seed(0)
    x = digits()
    mean = x.mean(0, keepdim=True).clamp(0.01, 0.99).expand_as(x)
    baseline = F.binary_cross_entropy(mean, x, reduction="none").flatten(1).sum(1).mean()
    model = VAE(8).build(x[:2].shape)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(45):
        optimizer.zero_grad()
        model(x).negative_elbo(x).mean().backward()
        optimizer.step()
    model.eval()
    assert model(x).negative_elbo(x).mean() < baseline
    samples = model.sample(4)
    assert samples.shape == (4, 1, 8, 8)
    assert 0 <= samples.min() <= samples.max() <= 1


def test_an_autoencoder_learns_digits():
    torch.manual_seed(0)
    x = digits()
    model = Autoencoder().build(x[:2].shape)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(25):
        optimizer.zero_grad()
        F.mse_loss(model(x), x).backward()
        optimizer.step()
    assert F.mse_loss(model(x), x) < x.var(0).mean()


def test_a_gan_s_discriminator_learns_and_teaches_its_generator():
    torch.manual_seed(0)
    x = digits() * 2 - 1
    model = GAN().build(x[:2].shape)
    parts = {name: getattr(model, name) for name in ("discriminator", "generator")}
    optimizers = {k: torch.optim.Adam(p.parameters(), 2e-4, (0.5, 0.999)) for k, p in parts.items()}
    for _ in range(10):
        optimizers["discriminator"].zero_grad()
        loss = F.softplus(-model(x)).mean() + F.softplus(model(model.sample(256).detach())).mean()
        loss.backward()
        optimizers["discriminator"].step()
    assert loss < 2 * math.log(2)
    assert all(p.grad is None for p in model.generator.parameters())
    F.softplus(-model(model.sample(8))).mean().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.generator.parameters())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DCGANGenerator(3, size=24), "8, 16, 32, … pixels large for a DCGAN, not 24"),
        (lambda: GAN().build((1, 3, 16, 32)), "images are square"),
        (lambda: Autoencoder().build((1, 3, 12, 16)), "8 doesn't divide the size of images"),
    ],
)
def test_sizes_that_do_not_fit_are_told(make, message):
    with pytest.raises(ValueError, match=message):
        make()
