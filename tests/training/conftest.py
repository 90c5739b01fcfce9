"""Small problems to learn."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from labwork.data import ArrayDataset, Record
from labwork.training import OptimizerMaker, Trainer, supervised_step

FEATURES = 3


def _make_data(count: int = 22, seed: int = 0) -> ArrayDataset:
    """Points in float64 with classes 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.randn(count, FEATURES, generator=generator, dtype=torch.float64)
    return ArrayDataset(image=image, label=(image.sum(1) > 0).long())


def _make_trainer(model: nn.Module | None = None, **arguments: Any) -> Trainer:
    """A trainer of a linear classifier in float64, the same one each time."""
    torch.manual_seed(1)
    defaults = {
        "loss": nn.functional.cross_entropy,
        "optimizer_f": OptimizerMaker(torch.optim.SGD, lr=0.1),
        "epoch_count": 2,
        "batch_size": 4,
    }
    return Trainer(model or nn.Linear(FEATURES, 2).double(), **{**defaults, **arguments})


def _poisoned(step: int, value: float = float("nan")) -> Callable[[Any, Any], Any]:
    """A step whose input is NaN when ``step`` steps are completed."""

    def run(trainer: Any, batch: Any) -> Any:
        if trainer.loop.step == step:
            batch = Record(image=batch.image * value, label=batch.label)
        return supervised_step(trainer, batch)

    return run


@pytest.fixture(autouse=True)
def same_random_numbers() -> Iterator[None]:
    """Leaves the global generator as other tests expect it."""
    state = torch.get_rng_state()
    yield
    torch.set_rng_state(state)


@pytest.fixture
def make_data() -> Callable[..., ArrayDataset]:
    return _make_data


@pytest.fixture
def make_trainer() -> Callable[..., Trainer]:
    return _make_trainer


@pytest.fixture
def poisoned() -> Callable[..., Any]:
    return _poisoned
