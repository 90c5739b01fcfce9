"""What every contestant of the loop trains: a model so small that overhead is what shows."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

__all__ = ["Workload", "digits"]

_BATCH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Workload:
    """An MLP on the digits of scikit-learn: batches of 32, 57 steps an epoch, SGD.

    Attributes:
        folder: an empty directory for what a contestant writes.
        checkpoint_every: epochs between the checkpoints of those that write any.
        log_every: steps between the reports of those that log.
    """

    folder: Path
    checkpoint_every: int
    log_every: int = 50
    batch_size: int = _BATCH_SIZE

    def model(self) -> nn.Module:
        """A fresh 64-32-10 perceptron."""
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        """SGD with momentum."""
        return torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    def loader(self) -> DataLoader[tuple[Tensor, ...]]:
        """PyTorch's own loader, shuffled, in this process."""
        return DataLoader(TensorDataset(*digits()), batch_size=self.batch_size, shuffle=True)

    @staticmethod
    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy of logits (N, 10) and labels (N,)."""
        return nn.functional.cross_entropy(logits, labels)

    @staticmethod
    def step_count() -> int:
        """Steps in an epoch."""
        return -(-len(digits()[0]) // _BATCH_SIZE)


@cache
def digits() -> tuple[Tensor, Tensor]:
    """Images (1797, 64) in [0, 1] and labels (1797,)."""
    data = load_digits()
    return torch.tensor(data.data, dtype=torch.float32) / 16, torch.tensor(data.target)
