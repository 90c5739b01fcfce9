"""A random state of its own for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["seeded"]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within, PyTorch draws from ``seed``; afterwards its generators stand where they stood.

    >>> before = torch.get_rng_state()
    >>> with seeded(1):
    ...     drawn = torch.rand(2)
    >>> bool((torch.get_rng_state() == before).all())
    True
    """
    # Not torch.manual_seed, for it would also seed devices that nobody has used so far.
    generators = [torch.default_generator]
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        generators += torch.cuda.default_generators
    states = [generator.get_state() for generator in generators]
    try:
        for generator in generators:
            generator.manual_seed(seed)
        yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)
