"""A whole command of three strings, over stand-ins for the data, the model and the recipe."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from labwork.config import (
    Namespace,
    parse_arguments,
    parse_data,
    parse_expression,
    t,
    tree_partial,
)
from labwork.core import ConfigError


def make_block(width: int, norm_f: Any = dict) -> tuple[int, Any]:
    return width, norm_f


def make_backbone(depth: int = 50, small_input: bool = False, block_f: Any = make_block) -> Any:
    return depth, small_input, block_f(64)


@dataclass
class ResNetV1:
    class_count: int
    backbone_f: Any = make_backbone

    def build(self) -> Any:
        return self.class_count, self.backbone_f()


@dataclass
class Recipe:
    settings: dict[str, Any] = field(default_factory=dict)


class ConstLR: ...


NAMES = Namespace(
    {
        "t": t,
        "models": {"ResNetV1": ResNetV1},
        "ct": {"resnet_cifar": Recipe({"epoch_count": 200, "batch_size": 128, "jitter": "flip"})},
        "ConstLR": ConstLR,
    }
)
MODEL = "models.ResNetV1,backbone_f=t(depth=18,small_input=True,block_f=t(norm_f=None))"
TRAINER = "ct.resnet_cifar,lr_scheduler_f=ConstLR,epoch_count=50,jitter=None"


def build(model: str) -> Any:
    given = parse_arguments(model, "MODEL")
    arguments = {name: value.evaluate(NAMES) for name, value in given.keywords.items()}
    return tree_partial(partial(given.args[0].evaluate(NAMES), class_count=10), **arguments)()


def test_all_strings_parse_and_build():
    (spec,) = parse_data("Cifar10{trainval,test}").specs
    assert (spec.name.name, [s.name for s in spec.subsets]) == ("Cifar10", ["trainval", "test"])
    assert parse_expression("id").name == "id"
    assert build(MODEL).build() == (10, (18, True, (64, None)))
    assert ResNetV1(10).build() == (10, (50, False, (64, dict)))

    given = parse_arguments(TRAINER, "TRAINER")
    recipe = given.args[0].evaluate(NAMES)
    keywords = {name: value.evaluate(NAMES) for name, value in given.keywords.items()}
    assert recipe.settings | keywords == {
        "epoch_count": 50,
        "batch_size": 128,
        "jitter": None,
        "lr_scheduler_f": ConstLR,
    }


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("bakbone_f=t()", "ResNetV1 has no argument 'bakbone_f'; did you mean 'backbone_f'?"),
        ("backbone_f=t(dpeth=18)", "ResNetV1.backbone_f (make_backbone) has no argument 'dpeth'"),
        ("backbone_f=t(block_f=t(nrom_f=1))", "ResNetV1.backbone_f.block_f (make_block) has no"),
    ],
)
def test_typos_are_found_when_the_tree_is_applied(wrong: str, path: str):
    with pytest.raises(ConfigError) as caught:
        build(f"models.ResNetV1,{wrong}")
    assert path in str(caught.value)
