"""Learning-rate schedules that know how long a training is."""

import math
from collections.abc import Sequence

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, MultiStepLR

__all__ = ["constant_lr", "cosine_lr", "milestone_lr"]


def constant_lr(optimizer: Optimizer) -> LambdaLR:
    """The learning rate that the optimizer has, all the time.

    >>> import torch
    >>> constant_lr(torch.optim.SGD([torch.zeros(1)], lr=0.1)).get_last_lr()
    [0.1]
    """
    return LambdaLR(optimizer, lambda _: 1.0)


def cosine_lr(
    optimizer: Optimizer, update_count: int, *, warmup: float = 0.0, end_factor: float = 0.0
) -> LambdaLR:
    """Half a cosine from the optimizer's learning rate down, after a linear warm-up.

    It is stepped after each update of the parameters (Loshchilov and Hutter: SGDR, 2017,
    equation 5, without restarts).

    Args:
        optimizer: what the learning rate is set in.
        update_count: updates in the whole training.
        warmup: the part of the training in which the rate grows linearly, in [0, 1).
        end_factor: the factor of the learning rate that is reached in the end.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = cosine_lr(optimizer, 4, end_factor=0.1)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += schedule.get_last_lr()
    ...     optimizer.step()
    ...     schedule.step()
    >>> [round(rate, 3) for rate in rates]
    [1.0, 0.868, 0.55, 0.232, 0.1]
    """
    warmup_count = warmup * update_count

    def factor(update: int) -> float:
        if update < warmup_count:
            return (update + 1) / (warmup_count + 1)
        part = min(1.0, (update - warmup_count) / (update_count - warmup_count))
        return end_factor + (1 - end_factor) * 0.5 * (1 + math.cos(math.pi * part))

    return LambdaLR(optimizer, factor)


cosine_lr.every = "1it"  # type: ignore[attr-defined]


def milestone_lr(
    optimizer: Optimizer,
    epoch_count: int,
    *,
    milestones: Sequence[float] = (0.3, 0.6, 0.8),
    factor: float = 0.2,
) -> MultiStepLR:
    """Multiplies the learning rate by ``factor`` at some points of the training.

    It is stepped after each epoch. The default is that of Zagoruyko and Komodakis: Wide residual
    networks, 2016, section 3.

    Args:
        optimizer: what the learning rate is set in.
        epoch_count: epochs in the whole training.
        milestones: parts of the training, in (0, 1), rising.
        factor: of the learning rate at each of them.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = milestone_lr(optimizer, 10)
    >>> rates = []
    >>> for _ in range(10):
    ...     rates += schedule.get_last_lr()
    ...     optimizer.step()
    ...     schedule.step()
    >>> [round(rate, 3) for rate in rates]
    [1.0, 1.0, 1.0, 0.2, 0.2, 0.2, 0.04, 0.04, 0.008, 0.008]
    """
    return MultiStepLR(optimizer, [round(m * epoch_count) for m in milestones], gamma=factor)
