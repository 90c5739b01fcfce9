"""A model with parts that are yet to be built isn't trained in part."""

import pytest
import torch
from torch import nn

from labwork.core import StateError
from labwork.nn import Module
from labwork.training import OptimizerMaker, Trainer


class Block(Module):
    def setup(self, x):
        self.linear = nn.Linear(x.shape[1], 2)

    def forward(self, x):
        return self.linear(x)


def own_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.1)


def make_trainer(model, optimizer_f):
    return Trainer(
        model, loss=nn.CrossEntropyLoss(), optimizer_f=optimizer_f, epoch_count=1, batch_size=2
    )


@pytest.mark.parametrize("part_f", [Block, lambda: nn.LazyLinear(2)])
@pytest.mark.parametrize(
    "use",
    [
        OptimizerMaker(torch.optim.SGD, lr=0.1),
        OptimizerMaker(torch.optim.SGD, [{"params": "0"}], ignore_remaining_params=True, lr=0.1),
        lambda model: make_trainer(model, OptimizerMaker(torch.optim.SGD, lr=0.1)),
        lambda model: make_trainer(model, own_optimizer),
    ],
)
def test_a_model_with_an_unbuilt_part_is_refused_with_its_path(use, part_f):
    model = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.ReLU(), part_f()))
    with pytest.raises(StateError, match=r"ROOT\.1\.1 \(\w+\) isn't built.* build it first"):
        use(model)
    model(torch.rand(1, 3))
    use(model)
