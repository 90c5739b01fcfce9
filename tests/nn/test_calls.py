"""Calls of modules: as many frames as PyTorch's, arguments that fit, and notes where they don't."""

import re
import sys

import pytest
import torch
from torch import Tensor, fx, nn

from labwork.core import ConfigError
from labwork.nn import (
    AvgPool2d,
    Concat,
    Conv2d,
    Fork,
    Func,
    LayerNorm2d,
    MaxPool2d,
    Module,
    Parallel,
    Seq,
    Sum,
    summary,
)


def depth() -> int:
    frame, count = sys._getframe(1), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


def nest(base: type[nn.Module], levels: int) -> nn.Module:
    class Leaf(base):
        def forward(self, x):
            return depth()

    class Holder(base):
        def __init__(self, part):
            super().__init__()
            self.part = part

        def forward(self, x):
            return self.part(x)

    net = Leaf()
    for _ in range(levels):
        net = Holder(net)
    return net


@pytest.mark.parametrize("levels", range(4))
def test_a_call_has_the_frames_of_pytorchs(levels):
    x = torch.zeros(1, 3)
    assert nest(Module, levels)(x) == nest(nn.Module, levels)(x)


class Block(Module):
    def setup(self, x: Tensor) -> None:
        self.linear = nn.Linear(x.shape[1], 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)


def test_a_tracer_that_takes_the_place_of_calls_sees_those_of_modules():
    class Tracer(fx.Tracer):
        def is_leaf_module(self, module: nn.Module, path: str) -> bool:
            return isinstance(module, Block)

    graph = Tracer().trace(Seq(a=Block(), b=Seq(c=Block())).build((1, 3)))
    assert [node.target for node in graph.nodes if node.op == "call_module"] == ["a", "b.c"]


def test_a_compiled_part_is_called_compiled():
    net, calls = Seq(a=Block()).build((1, 3)), []

    def backend(graph, inputs):
        calls.append(graph)
        return graph.forward

    torch._dynamo.reset()
    net.a.compile(backend=backend)
    net(torch.zeros(1, 3))
    assert len(calls) == 1


@pytest.mark.parametrize("ask", [lambda net, *a, **k: net.build(*a, **k), summary])
@pytest.mark.parametrize("make", [Block, lambda: Seq(Block()), lambda: Seq(nn.ReLU())])
@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "missing a required argument: 'x'$"),
        ((1, 3), {}, r"; a shape is one argument, \(1, 3\), not 2$"),
        ((1, 3, 8, 8), {}, r"; a shape is one argument, \(1, 3, 8, 8\), not 4$"),
        (((1, 3), (1, 3)), {}, "too many positional arguments$"),
        (((1, 3),), {"mask": (1, 3)}, "unexpected keyword argument 'mask'$"),
    ],
)
def test_arguments_that_a_module_does_not_take(ask, make, args, kwargs, message):
    net = make()
    with pytest.raises(ConfigError, match=message) as caught:
        ask(net, *args, **kwargs)
    assert str(caught.value).startswith(f"{type(net).__name__} takes (x), tensors or their shapes")


def test_numbers_are_numbers():
    class Noise(Module):
        def setup(self, count, width):
            self.gain = nn.Parameter(torch.ones(width))

        def forward(self, count, width):
            return torch.zeros(count, width) * self.gain

    assert Noise().build(2, 3)(4, 3).shape == (4, 3)
    assert Noise().build(2, width=3)(4, 3).shape == (4, 3)


def test_what_takes_nothing_is_built_of_nothing():
    class Constant(Module):
        def setup(self):
            self.value = nn.Parameter(torch.ones(2))

        def forward(self):
            return self.value

    assert Constant().build()().shape == (2,)


def test_a_call_without_arguments_is_told():
    with pytest.raises(TypeError) as caught:
        Seq(nn.ReLU())()
    assert caught.value.__notes__ == ["in ROOT (Seq): the input was nothing"]


OF_IMAGES = {
    "Conv2d": (Conv2d(3, 4, 3), "(N, 3, H, W)"),
    "Conv2d, same": (Conv2d(3, 4, 3, stride=2, padding="same"), "(N, 3, H, W)"),
    "LayerNorm2d": (LayerNorm2d(3), "(N, 3, H, W)"),
    "MaxPool2d": (MaxPool2d(2), "(N, C, H, W)"),
    "MaxPool2d, same": (MaxPool2d(2, padding="same"), "(N, C, H, W)"),
    "AvgPool2d": (AvgPool2d(2), "(N, C, H, W)"),
    "AvgPool2d, same": (AvgPool2d(2, padding="same"), "(N, C, H, W)"),
    "torch's": (nn.BatchNorm2d(3), "(N, 3, H, W)"),
}


@pytest.mark.parametrize(("layer", "shape"), OF_IMAGES.values(), ids=OF_IMAGES)
def test_layers_for_images_say_what_they_take(layer, shape):
    with pytest.raises((RuntimeError, ValueError, IndexError)) as caught:
        Seq(layer=layer)(torch.zeros(8))
    note = f"in ROOT.layer ({type(layer).__name__}): the input was (8,); it takes {shape}"
    assert caught.value.__notes__ == [note]


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([], "nothing to sum"),
        ([(16, 8), (16, 1)], r"one shape, not of \(16, 8\) and \(16, 1\)"),
        ([(1,), (1,), ()], r"one shape, not of \(1,\) and \(\)"),
    ],
)
def test_a_sum_is_one_of_tensors_of_one_shape(shapes, message):
    with pytest.raises(ConfigError, match=message):
        Sum()([torch.zeros(shape) for shape in shapes])


UNREADABLE = [
    Seq(nn.ReLU()),
    Fork(nn.ReLU()),
    Parallel(nn.ReLU()),
    Sum(),
    Concat(),
    Func(torch.relu),
    Conv2d(3, 4, 1),
    MaxPool2d(2),
    AvgPool2d(2),
]


@pytest.mark.parametrize("module", UNREADABLE, ids=lambda module: type(module).__name__)
@pytest.mark.parametrize("wrap", [lambda module: module, nn.Sequential])
@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")
def test_torchscript_is_refused_in_a_line(module, wrap):
    message = f"torch.jit.script can't read {type(module).__name__}, and PyTorch has deprecated it"
    with pytest.raises(ConfigError, match=re.escape(message)):
        torch.jit.script(wrap(module))
