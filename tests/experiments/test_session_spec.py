"""A session's file: a grid of experiments, checked as one."""

from pathlib import Path
from typing import Any

import pytest

from labwork.config import compose
from labwork.core import ConfigError
from labwork.experiments import SessionSpec

FILE = """\
name: sweep
seeds: [0, 1]
experiment:
  data: Digits{train,val}
  model: {name: SmallImageClassifier, dropout_: [0.1, 0.2]}
  trainer:
    recipes: recipes.digits
    (batch_size, epoch_count)_: [[32, 10], [64, 20]]
    clip_norm_ if trainer/batch_size = 64: [1.0, 2.0]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sweep.yaml").write_text(FILE)
    return tmp_path / "sweep.yaml"


def test_each_experiment_is_one_of_the_grid(file: Path):
    config = compose([file], [])
    session = SessionSpec.read(config)
    specs = list(session.specs(config))
    assert session.check(config) == len(specs) == 2 * (1 + 2) * 2
    assert [spec.name for spec in specs] == [f"sweep/{i + 1}" for i in range(12)]
    assert [spec.seed for spec in specs] == [0, 1] * 6
    assert [spec.model["dropout"] for spec in specs] == [0.1] * 6 + [0.2] * 6
    clipped = [s.trainer.get("clip_norm") for s in specs if s.trainer["batch_size"] == 64]
    assert clipped == [1.0, 1.0, 2.0, 2.0] * 2


def test_a_huge_session_costs_what_is_taken(file: Path):
    axes = [f"experiment/vars/x{i}_={list(range(100))}" for i in range(4)]
    config = compose([file], axes)
    assert SessionSpec.read(config).check(config, most=3) == 12 * 100**4


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("experiment/sede=3", "experiment 1 of the session: command line: sede: unknown key"),
        ("experiment/workers_=[0, x]", "experiment 3 of the session: command line: workers"),
        ("sedes=[1]", "command line: sedes: unknown key; did you mean 'seeds'"),
        ("seeds=[-1]", "command line: seeds"),
        ("parallel=0", "command line: parallel"),
        ("experiment/seed=3", "seed is set already (command line: seed)"),
    ],
)
def test_wrong_sessions(file: Path, override: str, message: str):
    config = compose([file], [override])
    with pytest.raises(ConfigError) as caught:
        SessionSpec.read(config).check(config)
    assert message in str(caught.value)


def test_session_of_strings_only() -> None:
    config: dict[str, Any] = {"name": "s", "experiment": {"data": "D", "model": "M"}}
    with pytest.raises(ConfigError, match="trainer: required"):
        SessionSpec.read(config).check(config)


def test_strings_of_a_session_are_read_as_well(tmp_path: Path):
    (tmp_path / "sweep.yaml").write_text(
        "name: sweep\nexperiment:\n  data: Digits{train,val}\n  model:\n"
        "    name: SmallImageClassifier\n    dropout_: [0.1, 0.2]\n    act_f: '=nn.SiLU('\n"
        "  trainer: recipes.digits\n"
    )
    config = compose([tmp_path / "sweep.yaml"])
    with pytest.raises(ConfigError, match=r"experiment 1 .*sweep.yaml:7: model/act_f: '\(' is nev"):
        SessionSpec.read(config).check(config)
