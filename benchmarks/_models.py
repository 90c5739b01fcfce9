"""What models cost next to torchvision's, with the same parameters."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from labwork.models import DenseNet, ResNetV1, ResNetV1Backbone, translate_params

from ._machine import installed_version
from ._process import Program
from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._torchvision import import_torchvision
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("model", "forward and backward"),
    Column("milliseconds", "ms", ".1f"),
    Column("ratio", "ratio to torchvision", ".3f"),
    Column("quartiles", "quartiles of the ratio", ".3f"),
    Column("megabytes", "MB", ".1f"),
)
_BUILD = """
import json, resource, time
import torch
from torch import nn
from labwork.models import ResNetV1
with torch.device("meta"):
    layers = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1)
    nn.Sequential(*layers).eval()(torch.zeros(1, 3, 8, 8))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, start = peak(), time.perf_counter()
with torch.device("meta"):
    ResNetV1(1000).build((1, 3, 224, 224))
print(json.dumps([time.perf_counter() - start, peak() - before]))
"""


class _Pair(NamedTuple):
    """A model of ours, and the name of torchvision's."""

    name: str
    kind: str
    make: Callable[[], Any]
    shape: tuple[int, ...]


_PAIRS = (
    _Pair(
        "resnet18",
        "resnet",
        partial(ResNetV1, 1000, backbone_f=partial(ResNetV1Backbone, depth=18)),
        (2, 3, 96, 96),
    ),
    _Pair("resnet50", "resnet", partial(ResNetV1, 1000), (2, 3, 64, 64)),
    _Pair("densenet121", "densenet", partial(DenseNet, 1000), (2, 3, 64, 64)),
)


def run(quick: bool) -> Table:
    """Times a step without an optimizer, eager and compiled, and building on the meta device.

    Args:
        quick: one round of the smallest model, which says little.
    """
    table = Table("models", "Cost of models", _COLUMNS)
    table.rows = [_build_row()]
    if not installed_version("torchvision"):
        table.notes = ["Left out, not installed: torchvision."]
        return table
    torch.set_num_threads(1)
    rounds = 1 if quick else 31
    for pair in _PAIRS[:1] if quick else _PAIRS:
        table.rows += [_row(pair, is_compiled, rounds) for is_compiled in (False, True)]
    table.notes = [
        f"Medians over {rounds} round(s), float32, one thread; ratios are taken within a round.",
        "Building is that of a ResNet-50 on the meta device in fresh processes, with its peak. What"
        " PyTorch loads for its first layers on that device, once a process, is not in it: about"
        " 1 s and 77 MB, whoever uses them.",
    ]
    return table


def _build_row() -> tuple[object, ...]:
    runs = [json.loads(Program("build", _BUILD).output()) for _ in range(3)]
    seconds, megabytes = (median(values) for values in zip(*runs, strict=True))
    return "building ResNet-50", 1e3 * seconds, None, None, megabytes


def _row(pair: _Pair, is_compiled: bool, rounds: int) -> tuple[object, ...]:
    theirs = getattr(import_torchvision().models, pair.name)()
    ours = pair.make().build(pair.shape)
    ours.load_state_dict(translate_params(pair.kind, theirs.state_dict()))
    x = torch.rand(pair.shape)
    turns = {
        name: partial(stopwatch, partial(_step, _ready(model, is_compiled), x))
        for name, model in (("ours", ours), ("theirs", theirs))
    }
    times = take_turns(turns, rounds, warm_up=3)
    ratios = paired_ratios(times["ours"], times["theirs"])
    name = f"{pair.name}, compiled" if is_compiled else pair.name
    return name, 1e3 * median(times["ours"]), median(ratios), iqr(ratios), None


def _ready(model: nn.Module, is_compiled: bool) -> Callable[[Tensor], Tensor]:
    torch.compiler.reset()
    return torch.compile(model) if is_compiled else model


def _step(model: Any, x: Tensor) -> None:
    model.zero_grad(set_to_none=True)
    model(x).square().mean().backward()
