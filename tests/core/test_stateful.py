"""What PyTorch, Python and NumPy bring along are children as they are, and go on exactly."""

import random
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from labwork.core import Group, Node, Stateful, get_state, is_stateful, set_state

OPTIMIZERS = [torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop]
SCHEDULES = {
    "cosine": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 10),
    "step": lambda optimizer: lr_scheduler.StepLR(optimizer, 2),
    "chain": lambda optimizer: lr_scheduler.SequentialLR(
        optimizer,
        [lr_scheduler.LinearLR(optimizer), lr_scheduler.ExponentialLR(optimizer, 0.9)],
        milestones=[3],
    ),
}
GENERATORS = {
    "torch": (
        lambda seed: torch.Generator().manual_seed(seed),
        lambda g: torch.rand(3, generator=g).tolist(),
    ),
    "python": (random.Random, lambda g: (g.random(), g.gauss())),
    "RandomState": (np.random.RandomState, lambda g: (g.rand(), g.randn())),
}
for kind in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"):
    GENERATORS[kind] = (
        lambda seed, kind=kind: np.random.Generator(getattr(np.random, kind)(seed)),
        lambda g: (g.random(), g.normal(), int(g.integers(9, dtype=np.int32))),
    )


class Learner(Node):
    def __init__(self, optimizer_f: Any, schedule_f: Any, seed: int) -> None:
        self.noise = torch.Generator().manual_seed(seed)
        self.coin = random.Random(seed)
        self.dice = np.random.default_rng(seed)
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
        self.optimizer = optimizer_f(self.model.parameters(), lr=0.1)
        self.schedule = schedule_f(self.optimizer)

    def step(self) -> None:
        scale = self.coin.random() + self.dice.random()
        self.optimizer.zero_grad()
        self.model(torch.rand(5, 4, generator=self.noise) * scale).square().mean().backward()
        self.optimizer.step()
        self.schedule.step()


def through_file(state: Any) -> Any:
    file = BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("schedule_f", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("optimizer_f", OPTIMIZERS)
def test_restored_learner_goes_on_exactly(optimizer_f, schedule_f):
    learner, other = Learner(optimizer_f, schedule_f, 1), Learner(optimizer_f, schedule_f, 2)
    for _ in range(4):
        learner.step()
    other.load_state_dict(through_file(learner.state_dict()))
    assert plain(other.state_dict()) == plain(learner.state_dict())
    for _ in range(4):
        learner.step()
        other.step()
    assert plain(other.state_dict()) == plain(learner.state_dict())


@pytest.mark.parametrize("kind", GENERATORS)
def test_generator_goes_on_where_its_state_was_taken_and_the_state_fits_a_file(kind):
    make, draw = GENERATORS[kind]
    generator, other = make(1), make(2)
    draw(generator)
    state = through_file(Group(generator=generator).state_dict())
    following = [draw(generator) for _ in range(3)]
    Group(generator=other).load_state_dict(state)
    assert [draw(other) for _ in range(3)] == following
    set_state(generator, get_state(make(2)))
    assert draw(generator) == draw(make(2))


@pytest.mark.parametrize("value", [3, "text", [], dict, None, torch.zeros(1)])
def test_what_has_no_state_is_told(value):
    assert not is_stateful(value)
    with pytest.raises(TypeError, match=f"{type(value).__name__} has no state"):
        get_state(value)
    with pytest.raises(TypeError, match=f"{type(value).__name__} has no state"):
        set_state(value, {})


def test_modules_optimizers_and_nodes_keep_the_protocol():
    module = torch.nn.Linear(1, 1)
    stateful = [module, torch.optim.SGD(module.parameters()), Group()]
    assert all(isinstance(value, Stateful) and is_stateful(value) for value in stateful)
