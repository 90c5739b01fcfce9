"""What no string reaches and no string makes, over the names that experiments really have."""

from typing import Any

import pytest
import torch

from labwork.config import Namespace, parse_expression
from labwork.core import ExpressionError
from labwork.data import ArrayDataset, Digits, Record
from labwork.experiments._namespace import names

KINDS = ("data", "input adapter", "argument")
UNREACHABLE = [
    *["nn.ParameterDict", "nn.ParameterList", "nn.ModuleDict", "nn.Module", "nn.Container"],
    *["nn.ParameterDict([['_forward_hooks', {}], ['__class__', nn.Flatten]])", "nn.RNNBase"],
    *["nn.DataParallel", "nn.Parameter", "nn.modules.Linear", "nn.init.zeros_", "nn.functional"],
    *["nn.Linear.forward", "nn.Linear(1, 1).weight", "nn.Sequential({'_hooks': nn.Flatten()}).x"],
    *["Func(int)", "Invertible", "hooked", "freeze", "summary", "Conv2d.forward", "Seq.append"],
    *["Seq(nn.ReLU()).append", "Seq({'_modules': nn.ReLU()})", "Seq(forward=nn.ReLU())"],
    *["Fork(_hooks=nn.ReLU())", "Inverse(nn.ReLU()).module", "Restruct('a() -> a')"],
    *["t(__class__=1)", "ot(__class__=1)", "sot(_a=1)", "it(_a=1)", "ft(int, __self__=1)"],
    *["ot(**{'__class__': 1})", "partial(ot, __class__=1)", "t(a=1).apply", "partial(int).func"],
    *["open", "eval", "__import__('os')", "getattr(t, 'apply')", "type(t)", "torch", "os"],
]
IN_DATA = [
    *["d[0].__class__", "d[0]._parts", "d[0][0]._fields", "d[0][0].image.numpy()"],
    *["d[0][0].image.storage", "d[0][0].image.register_hook", "d[0].map.__globals__", "d.append"],
    *["Record(a=1).join", "Record.keys", "Record(_a=1)", "Digits.download", "d[0].info.get"],
]
JOINED = "(lambda a: a + a)(" * 24 + "d[0]" + ")" * 24
EXHAUSTING = [
    *["round(1, -10**8)", "round(1.5, 10**9)", "int('f' * 8000, 16)", "[int('f' * 8000, 16)]"],
    *["partial(int, base=16)('f' * 8000)", "list(range(10**9))", "sorted(range(10**9))"],
]
WITH_DATA = [
    *[JOINED, "(lambda a: a.zip(a))(" * 24 + "d[0]" + ")" * 24],
    *["(lambda a: a.join(a))(" * 24 + "d[0]" + ")" * 24],
    *["(lambda a: (a + a)[:])(" * 24 + "d[0]" + ")" * 24],
    *["(lambda a: (a + a).map(int))(" * 24 + "d[0]" + ")" * 24],
    *["list(d[0] * 10**6)", "zip(*[d[0] * 100] * 700)", "list(zip(*[d[0]] * 7000))"],
    *["sorted(d[0] * 10**6)", "tuple(d[0] * 10**6)", "max(d[0] * 10**6)", "min(d[0] * 10**6)"],
    *["partial(list, d[0] * 10**6)()", "partial(list)(d[0] * 10**6)", "[*d[0] * 10**6]"],
    *["1 in d[0] * 10**6", "d[0] * 10**12", "d[0].repeat(10**12)", "(d[0] * 10**15).find(int)"],
    *["(lambda x: (x[:, None] * x[None, :]).flatten())(" * 9 + "d[1]" + ")" * 9],
    *["(lambda x: x[:, None].flatten().eq(x[:, None]).flatten())(" * 9 + "d[1]" + ")" * 9],
    *["(lambda x: (x[:, None] < x[None, :]).flatten())(" * 9 + "d[1]" + ")" * 9],
    *["(lambda x: (x[:, None] @ x[None, :]).flatten())(" * 9 + "d[1]" + ")" * 9],
    *["(lambda x: x[[0] * 9999].flatten())(d[1][[0] * 99999][None, :])"],
    *["(lambda x: [x.max() for _ in range(10**6)])(d[1][[0] * 10**5, None] * d[1][None, :])"],
]


@pytest.fixture(scope="module")
def data() -> list[Any]:
    return [Digits("test"), torch.arange(64.0)]


@pytest.fixture(scope="module")
def space(data: list[Any]) -> Namespace:
    return names("data").join({"d": data})


@pytest.mark.parametrize("text", UNREACHABLE + EXHAUSTING, ids=lambda text: text[:40])
@pytest.mark.parametrize("kind", KINDS)
def test_no_name_leads_out(kind: str, text: str):
    with pytest.raises(ExpressionError):
        parse_expression(text).evaluate(names(kind))


@pytest.mark.parametrize("text", IN_DATA + WITH_DATA, ids=lambda text: text[:40])
def test_no_data_leads_out_or_fills_the_memory(text: str, space: Namespace):
    with pytest.raises(ExpressionError):
        parse_expression(text).evaluate(space)


def test_what_is_usual_is_not_refused(space: Namespace):
    large = ArrayDataset(x=torch.zeros(1_500_000, 1))
    photo = ArrayDataset(image=torch.zeros(1, 3, 512, 512), label=torch.zeros(1, 1024, 2048))
    usual = space.join({"large": large, "photo": photo})
    lengths = {
        "large + large": 3_000_000,
        "large.join(large, large)[::3]": 1_500_000,
        "large * 20": 30_000_000,
        "photo.filter(lambda r: (r.label == 0).float().mean() > 0.5)": 1,
        "photo.filter(lambda r: (r.image / 255 - 0.5).abs().max() < 9)": 1,
        "list(d[0])": 300,
        "list(zip(d[0], d[0]))": 300,
        "nn.Sequential(nn.Linear(2, 3), nn.ReLU())": 2,
        "nn.ModuleList([nn.LSTM(2, 3), nn.TransformerEncoderLayer(4, 2)])": 2,
    }
    both = names("argument").join(usual)
    assert {text: len(parse_expression(text).evaluate(both)) for text in lengths} == lengths


def test_fields_are_not_hidden_by_methods(space: Namespace):
    fields = space.join({"r": Record(join=1, keys=2, items=3)})
    assert parse_expression("(r.join, r.keys, r.items)").evaluate(fields) == (1, 2, 3)
