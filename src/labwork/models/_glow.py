"""Glow: a density of images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._inputs import check_input
from labwork.nn import (
    AffineCoupling,
    CouplingNet,
    GlowStep,
    Invertible,
    MultiScale,
    NormalizingFlow,
    ReversibleSeq,
    Seq,
    Squeeze,
)

__all__ = ["Glow", "GlowLevel"]

_prior = partial(AffineCoupling, partial(CouplingNet, depth=0), swap=True)


class GlowLevel(Seq):
    """A squeeze, steps, and the distribution of the half that ends here, given the other one.

    That the first half is normal with a mean and a variance that depend on the second is the same
    as an affine coupling between them, after which it is standard normal.

    Args:
        step_count: steps.
        step_f: makes a step.
        prior_f: makes the coupling; None for none.
        reversible: see ``Glow``.

    Shape: (N, C, H, W) to (N, 4·C, H/2, W/2).

    >>> GlowLevel(2).build((1, 1, 8, 8)).names
    ('squeeze', 'steps', 'prior')
    """

    def __init__(
        self,
        step_count: int,
        *,
        step_f: Callable[[], Invertible] = GlowStep,
        prior_f: Callable[[], Invertible] | None = _prior,
        reversible: bool = False,
    ) -> None:
        check_counts(self, step_count=step_count)
        seq_f = ReversibleSeq if reversible else Seq
        steps = seq_f({f"step{i}": step_f() for i in range(step_count)})
        super().__init__(squeeze=Squeeze(), steps=steps)
        if prior_f is not None:
            self.append(prior_f(), "prior")


class Glow(NormalizingFlow):
    """A flow of several scales, from images to normal numbers.

    Kingma and Dhariwal: Glow: Generative flow with invertible 1×1 convolutions, 2018; reference
    implementation: github.com/openai/glow. Differences: the networks of the couplings have no
    normalization, and the distribution of the last scale isn't learned.

    Args:
        level_count: scales, L in the paper.
        step_count: steps of each scale, K in the paper.
        level_f: makes a level for a number of steps, given ``reversible`` and, for the last one,
            ``prior_f=None``.
        init: initializes the parameters, once they are made; None leaves them as they are.
        reversible: whether what the steps compute is computed again in the backward pass instead
            of being kept, so that memory doesn't grow with depth; see ``ReversibleSeq``.

    Shape: images (N, C, H, W) to the log of the density, (N,), where H and W can be divided by
    2^level_count. Pixels have to be continuous; ``labwork.nn.losses.bits_per_dimension`` says how.

    >>> import torch
    >>> glow = Glow(level_count=2, step_count=1).build((1, 1, 8, 8))
    >>> glow.log_prob(torch.rand(3, 1, 8, 8)).shape, glow.sample(5, temperature=0.7).shape
    (torch.Size([3]), torch.Size([5, 1, 8, 8]))
    """

    transform: MultiScale

    def __init__(
        self,
        *,
        level_count: int = 3,
        step_count: int = 32,
        level_f: Callable[..., Invertible] = GlowLevel,
        init: Callable[[nn.Module], None] | None = None,
        reversible: bool = False,
    ) -> None:
        check_counts(self, level_count=level_count, step_count=step_count)
        make = partial(level_f, step_count, reversible=reversible)
        levels = [make() for _ in range(level_count - 1)]
        super().__init__(MultiScale(*levels, make(prior_f=None)))
        self._init = init

    def setup(self, x: Tensor) -> None:
        """Checks that images come."""
        check_input(self, x)

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)

    def encode(self, x: Tensor) -> list[Tensor]:
        """The latent variables of images, one tensor for each scale, the finest first."""
        return self.transform.unflatten(self.transform(x))

    def decode(self, latents: Sequence[Tensor]) -> Tensor:
        """The images of latent variables."""
        return self.transform.inverse_forward(self.transform.flatten(latents))
