"""OptimizerMaker and TrainerConfig: what is asked for, before there is a model."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Adam

from labwork.core import ConfigError
from labwork.training import OptimizerMaker, TrainerConfig


def make_model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))


def sizes(optimizer: torch.optim.Optimizer) -> list[tuple[int, float]]:
    return [(len(group["params"]), group["lr"]) for group in optimizer.param_groups]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], [(6, 0.1)]),
        ([{"params": "0", "lr": 0.2}], [(4, 0.1), (2, 0.2)]),
        ([{"params": ["0", "2"], "lr": 0.2}], [(2, 0.1), (4, 0.2)]),
        ([{"params": lambda m: [m[1].weight], "lr": 0.0}], [(5, 0.1), (1, 0.0)]),
        ([{"params": "0"}, {"params": "1", "lr": 0.3}], [(2, 0.1), (2, 0.1), (2, 0.3)]),
        ([{"params": ""}], [(6, 0.1)]),
    ],
)
def test_groups(groups: list[dict[str, Any]], expected: list[tuple[int, float]]):
    assert sizes(OptimizerMaker(SGD, groups, lr=0.1)(make_model())) == expected


def test_remaining_parameters_can_be_left_out():
    maker = OptimizerMaker(SGD, [{"params": "0"}], ignore_remaining_params=True, lr=0.1)
    assert sizes(maker(make_model())) == [(2, 0.1)]


@pytest.mark.parametrize(
    ("groups", "settings", "message"),
    [
        ([{"params": "4"}], {}, "unknown module '4'"),
        ([{"params": "0"}, {"params": ["0"]}], {}, "in two groups"),
        ([], {"momentun": 0.9}, "unknown argument 'momentun' in SGD; did you mean 'momentum'"),
        ([], {"lr": -1.0}, "Invalid learning rate"),
    ],
)
def test_wrong_settings(groups: list[Any], settings: dict[str, Any], message: str):
    with pytest.raises(ConfigError, match=message) as caught:
        OptimizerMaker(SGD, groups, **{"lr": 0.1, **settings})(make_model())
    assert "\n" not in str(caught.value)


def test_optimizer_without_parameters():
    with pytest.raises(ConfigError, match="empty parameter list"):
        OptimizerMaker(SGD, ignore_remaining_params=True, lr=0.1)(make_model())


def test_settings_are_plain_data():
    maker = OptimizerMaker(Adam, [{"params": "0", "lr": 0.2}], lr=0.1)
    assert maker.config == {
        "optimizer_f": "torch.optim.adam.Adam",
        "params": [{"params": "0", "lr": 0.2}],
        "ignore_remaining_params": False,
        "lr": 0.1,
    }


def first(trainer: Any) -> nn.Module:
    return nn.Identity()


def second(trainer: Any) -> nn.Module:
    return nn.Identity()


def test_later_configs_and_keywords_override():
    low = TrainerConfig(epoch_count=1, batch_size=1, seed=1)
    high = TrainerConfig(epoch_count=2, batch_size=2)
    config = TrainerConfig(low, high, batch_size=3)
    assert dict(config) == {"epoch_count": 2, "batch_size": 3, "seed": 1}
    assert dict(low) == {"epoch_count": 1, "batch_size": 1, "seed": 1}


def test_extensions_of_all_are_put_together():
    config = TrainerConfig(TrainerConfig(extension_fs=[first]), extension_fs=[second])
    assert config["extension_fs"] == (first, second)
    again = TrainerConfig(TrainerConfig(), config, epoch_count=1)
    assert again["extension_fs"] == (first, second)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("epoch_cuont", "epoch_count"), ("Loss", "loss"), ("batchsize", "batch_size")],
)
def test_unknown_argument_with_the_nearest(wrong: str, right: str):
    with pytest.raises(ConfigError, match=f"unknown argument '{wrong}' .* did you mean '{right}'"):
        TrainerConfig(**{wrong: 1})


def test_config_makes_trainers():
    config = TrainerConfig(
        loss=cross_entropy, optimizer_f=OptimizerMaker(SGD, lr=0.1), epoch_count=1, batch_size=2
    )
    trainer = config.make_trainer(make_model(), batch_size=5)
    assert (trainer.epoch_count, trainer.batch_size) == (1, 5)
    assert config.config["loss"] == "torch.nn.functional.cross_entropy"
    with pytest.raises(ConfigError, match="worker_count"):
        config.make_trainer(make_model(), workers_count=5)
