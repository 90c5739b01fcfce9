"""Which samples an epoch has and in what order, a file for each idea."""

from labwork.data._samplers._bucketed import Bucketed
from labwork.data._samplers._drawn import ClassBalanced, Weighted
from labwork.data._samplers._foreign import check_sampler
from labwork.data._samplers._plain import Sequential, Shuffled
from labwork.data._samplers._sampler import Order, Sampler

__all__ = [
    "Bucketed",
    "ClassBalanced",
    "Order",
    "Sampler",
    "Sequential",
    "Shuffled",
    "Weighted",
    "check_sampler",
]
