"""A config becomes an instance of its schema, or all that is wrong with it is said at once."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional

import pytest

from labwork.config.files import Config, Origin
from labwork.config.schema import AtLeast, Doc, OneOf, check
from labwork.core import ConfigError

Probability = NewType("Probability", float)


def even(value: int) -> None:
    if value % 2:
        raise ValueError(f"must be even,\n got {value}")


@dataclass
class Step:
    kind: Literal["step"]
    every: Annotated[int, AtLeast(1)]
    gamma: float = 0.1


@dataclass
class Cosine:
    period: int
    kind: Literal["cosine"] = "cosine"
    warmup: int = 0


@dataclass
class Optimizer:
    name: Annotated[str, OneOf("sgd", "adam")] = "sgd"
    lr: Annotated[float | None, AtLeast(0)] = 0.1
    betas: tuple[float, float] = (0.9, 0.99)
    schedule: Step | Cosine | str = "constant"


@dataclass
class Training:
    seed: int = 0
    title: str = ""
    resume: bool = False
    folder: Path = Path("runs")
    mode: Literal["min", "max", 1] = "min"
    device: Literal["cpu", "cuda"] | None = None
    size: tuple[int, ...] = (32, 32)
    weights: dict[str, float] = field(default_factory=dict)
    callbacks: list[Step] = field(default_factory=list)
    workers: Annotated[int, even] = 2
    rate: Probability = Probability(0.5)
    optimizer: Optimizer = field(default_factory=lambda: Optimizer(lr=0.5))
    backup: Optimizer | None = None
    extra: Any = None
    derived: int = field(init=False, default=7)

    def __post_init__(self) -> None:
        if self.title == "seedless" and self.seed:
            raise ValueError("a seedless run has no seed")


@dataclass
class Required:
    model: str
    optimizer: Optimizer
    depth: Annotated[int, Doc("layers")]


KNOWN = ", ".join(f.name for f in fields(Training) if f.init) + "."
WRONG: list[tuple[dict[Any, Any], str]] = [
    ({"seed": "abc"}, "seed: expected a whole number, got 'abc'"),
    ({"seed": 1.5}, "seed: expected a whole number, got 1.5"),
    ({"seed": True}, "seed: expected a whole number, got true"),
    ({"seed": None}, "seed: expected a whole number, got null"),
    ({"seed": [1]}, "seed: expected a whole number, got [1]"),
    ({"sed": 1}, "sed: unknown key; did you mean 'seed'? Known: {KNOWN}"),
    ({"derived": 1}, "derived: unknown key; did you mean 'device'? Known: {KNOWN}"),
    ({3: 1}, "3: unknown key; Known: {KNOWN}"),
    ({"title": 12}, "title: expected text, got 12; put it in quotes: '12'"),
    ({"title": False}, "title: expected text, got false; put it in quotes: 'false'"),
    ({"resume": "yes"}, "resume: expected true or false, got 'yes'; write true"),
    ({"resume": 0}, "resume: expected true or false, got 0"),
    ({"folder": 1}, "folder: expected a path, got 1"),
    ({"mode": "mix"}, "mode: expected 'min', 'max' or 1, got 'mix'; did you mean 'min'?"),
    ({"mode": True}, "mode: expected 'min', 'max' or 1, got true"),
    ({"device": "cud"}, "device: expected 'cpu', 'cuda' or null, got 'cud'; did you mean 'cuda'?"),
    ({"size": 3}, "size: expected a list, got 3"),
    ({"size": [1, "2"]}, "size/1: expected a whole number, got '2'"),
    ({"weights": [1]}, "weights: expected a mapping, got [1]"),
    ({"weights": {"a": "b"}}, "weights/a: expected a number, got 'b'"),
    ({"weights": {1: 2.0}}, "weights/1: expected text, got 1; put it in quotes: '1'"),
    ({"weights": {"a": 10**400}}, "weights/a: the number is too large"),
    (
        {"callbacks": [{"kind": "step", "every": 0}]},
        "callbacks/0/every: must be at least 1, got 0",
    ),
    (
        {"callbacks": [{"kind": "step"}]},
        "callbacks/0/every: required, but missing; expected a whole number",
    ),
    ({"workers": 3}, "workers: must be even, got 3"),
    ({"rate": "high"}, "rate: expected a number, got 'high'"),
    ({"optimizer": "sgd"}, "optimizer: expected a mapping, got 'sgd'"),
    ({"optimizer": None}, "optimizer: expected a mapping, got null"),
    (
        {"optimizer": {"name": "adm"}},
        "optimizer/name: must be 'sgd' or 'adam', got 'adm'; did you mean 'adam'?",
    ),
    ({"optimizer": {"lr": -1}}, "optimizer/lr: must be at least 0, got -1.0"),
    ({"optimizer": {"lr": float("nan")}}, "optimizer/lr: must be at least 0, got .nan"),
    ({"optimizer": {"lr": "x"}}, "optimizer/lr: expected a number or null, got 'x'"),
    ({"optimizer": {"betas": [0.9]}}, "optimizer/betas: expected 2 values, got 1"),
    ({"optimizer": {"schedule": 5}}, "optimizer/schedule: expected a mapping or text, got 5"),
    (
        {"optimizer": {"schedule": {"kind": "cosine", "every": 1}}},
        "optimizer/schedule/every: unknown key; Known: period, kind, warmup.\n"
        "optimizer/schedule/period: required, but missing; expected a whole number",
    ),
    (
        {"optimizer": {"schedule": {"kind": "step", "evry": 1}}},
        "optimizer/schedule/evry: unknown key; did you mean 'every'? Known: kind, every, gamma.\n"
        "optimizer/schedule/every: required, but missing; expected a whole number",
    ),
    (
        {"optimizer": {"schedule": {"kind": "step", "every": 0}}},
        "optimizer/schedule/every: must be at least 1, got 0",
    ),
    ({"backup": "adam"}, "backup: expected a mapping or null, got 'adam'"),
    (
        {"backup": {"nam": "adam"}},
        "backup/nam: unknown key; did you mean 'name'? Known: name, lr, betas, schedule.",
    ),
    ({"title": "seedless", "seed": 1}, "a seedless run has no seed"),
]


def message(config: Any, schema: type, name: str = "") -> str:
    with pytest.raises(ConfigError) as caught:
        check(config, schema, name=name)
    return str(caught.value)


@pytest.mark.parametrize(("config", "expected"), WRONG, ids=lambda x: str(x)[:40])
def test_what_is_wrong_is_said(config, expected):
    assert message(config, Training) == expected.replace("{KNOWN}", KNOWN)


def test_everything_wrong_is_said_at_once_with_origins():
    data = {"seed": "abc", "optimizer": {"lrn": 1, "lr": "x"}, "backup": {"schedule": {}}}
    origins = {
        "": Origin("base.yaml", 1),
        "seed": Origin("base.yaml", 12),
        "optimizer/lrn": Origin("more.yaml", 3),
        "optimizer/lr": "command line",
    }
    assert message(Config(data, origins), Training) == (
        "base.yaml:12: seed: expected a whole number, got 'abc'\n"
        "more.yaml:3: optimizer/lrn: unknown key; did you mean 'lr'?"
        " Known: name, lr, betas, schedule.\n"
        "command line: optimizer/lr: expected a number or null, got 'x'\n"
        "base.yaml:1: backup/schedule/period: required, but missing; expected a whole number"
    )


def test_a_name_stands_where_no_origin_is_known():
    assert message({"model": 1, "": 2}, Required, "trainer") == (
        "trainer: model: expected text, got 1; put it in quotes: '1'\n"
        "trainer: '': unknown key; Known: model, optimizer, depth.\n"
        "trainer: optimizer: required, but missing; expected a mapping\n"
        "trainer: depth: required, but missing; expected a whole number"
    )


@pytest.mark.parametrize("config", [None, 3, "a", [1]])
def test_a_config_is_a_mapping(config):
    assert message(config, Training).startswith("expected a mapping, got ")


def test_values_are_read_as_the_types_say():
    config = {
        "folder": "a/b",
        "mode": 1,
        "size": [1, 2, 3],
        "weights": {"a": 1},
        "callbacks": [{"kind": "step", "every": 2}],
        "rate": 1,
        "backup": {"lr": None, "schedule": {"period": 5}},
        "extra": {"any": [1, {"thing": None}]},
    }
    training = check(config, Training)
    assert training == Training(
        folder=Path("a/b"),
        mode=1,
        size=(1, 2, 3),
        weights={"a": 1.0},
        callbacks=[Step("step", 2)],
        rate=Probability(1.0),
        backup=Optimizer(lr=None, schedule=Cosine(5)),
        extra={"any": [1, {"thing": None}]},
    )
    assert (type(training.weights["a"]), type(training.rate)) == (float, float)
    config["extra"]["any"].append("later")
    assert training.extra == {"any": [1, {"thing": None}]}


def test_a_partial_mapping_changes_the_default_of_its_field():
    assert check({"optimizer": {"name": "adam"}}, Training).optimizer == Optimizer("adam", 0.5)
    assert check({"backup": {"name": "adam"}}, Training).backup == Optimizer("adam", 0.1)


@dataclass
class Tree:
    name: str
    branches: list["Tree"] = field(default_factory=list)
    parent: Optional["Tree"] = None


def test_schemas_may_contain_themselves():
    data = {"name": "a", "branches": [{"name": "b", "parent": {"name": "c"}}, {"nam": "d"}]}
    assert message(data, Tree) == (
        "branches/1/nam: unknown key; did you mean 'name'? Known: name, branches, parent.\n"
        "branches/1/name: required, but missing; expected text"
    )
    data["branches"].pop()
    assert check(data, Tree) == Tree("a", [Tree("b", parent=Tree("c"))])


@dataclass
class WrongDefault:
    count: int = "many"


@dataclass
class OddType:
    values: set[int]


def test_mistakes_in_a_schema_are_told():
    assert message({}, WrongDefault) == "count: expected a whole number, got 'many'"
    with pytest.raises(TypeError, match=r"values: set\[int\] can't stand in a schema"):
        check({"values": [1]}, OddType)
    for schema in (dict, Training(), 3):
        with pytest.raises(TypeError, match="a schema is a dataclass"):
            check({}, schema)
