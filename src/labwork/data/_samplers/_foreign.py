"""What is told of a sampler that is none of ours."""

from typing import Any

from labwork.core import ConfigError
from labwork.data._samplers._sampler import Sampler

__all__ = ["check_sampler"]

_OURS = {  # by the names of PyTorch's
    "RandomSampler": "Shuffled(), or Weighted([1] * len(dataset)) with replacement",
    "SequentialSampler": "Sequential()",
    "SubsetRandomSampler": "Shuffled(), with dataset[indices] as the dataset",
    "WeightedRandomSampler": "Weighted(weights, count)",
    "DistributedSampler": "Shuffled(), with rank=… and world_size=… of the loader",
    "BatchSampler": "Shuffled(), with batch_size=… and drop_last=… of the loader",
}


def check_sampler(sampler: Any) -> None:
    """Checks that it says what an epoch is as a function of (seed, epoch), as ours do.

    Raises:
        ConfigError: where it doesn't; it names the one that does the same.
    """
    if isinstance(sampler, Sampler):
        return
    ours = next((_OURS[kind.__name__] for kind in type(sampler).__mro__ if _is_known(kind)), None)
    same = f"the same is done by {ours}" if ours else "subclass labwork.data.Sampler, with order()"
    raise ConfigError(
        f"sampler={sampler!r:.80} is no sampler of labwork.data, whose order is a function of"
        f" (seed, epoch): {same}"
    )


def _is_known(kind: type) -> bool:
    return kind.__name__ in _OURS and kind.__module__.startswith("torch.")
