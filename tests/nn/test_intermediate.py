"""Intermediate outputs are those of the moment; changes in place are noticed."""

import pytest
import torch
from torch import nn

from labwork.core import ConfigError
from labwork.nn import ClassificationHead, Seq, with_intermediate_outputs


def net() -> Seq:
    torch.manual_seed(0)
    return Seq(a=nn.Linear(3, 3), b=nn.ReLU(inplace=True), c=Seq(d=nn.Linear(3, 2)))


X = torch.linspace(-1, 1, 6).reshape(2, 3)


def test_all_outputs_are_those_that_were_made():
    model = net()
    out, outs = with_intermediate_outputs(model, return_dict=True)(X)
    linear = model["a"](X)
    assert list(outs) == ["a", "b", "c", "c.d"]
    assert torch.equal(outs["a"], linear)
    assert torch.equal(outs["b"], linear.relu())
    assert torch.equal(outs["c.d"], out)
    assert torch.equal(out, model(X))


def test_gradients_reach_and_pass_what_is_looked_at():
    model = net()
    out, linear = with_intermediate_outputs(model, "a")(X)
    (gradient,) = torch.autograd.grad(out.sum(), linear, retain_graph=True)
    assert gradient.shape == linear.shape
    assert gradient.abs().sum() > 0
    linear.sum().backward()
    assert model["a"].weight.grad is not None


def test_forms_of_paths():
    model = net()
    assert isinstance(with_intermediate_outputs(model, "a")(X)[1], torch.Tensor)
    assert len(with_intermediate_outputs(model, ["c", "a"])(X)[1]) == 2
    assert [len(x) for x in with_intermediate_outputs(model, ["c"], inputs=True)(X)[1]] == [1]


def test_changes_in_place_are_noticed():
    with pytest.warns(UserWarning, match="changed in place since the module gave it: a;"):
        with_intermediate_outputs(net(), inplace_modified_action="warn")(X)
    with pytest.raises(RuntimeError, match="changed in place"):
        with_intermediate_outputs(net(), "a", "error")(X)
    _, linear = with_intermediate_outputs(net(), "a", "ignore")(X)
    assert bool((linear >= 0).all())


def test_no_hook_stays_even_after_an_error():
    model = net()
    with pytest.raises(RuntimeError):
        with_intermediate_outputs(model)(torch.rand(2, 7))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("e",), "no module 'e'"),
        (("c.dd",), r"did you mean 'c\.d'\?$"),
        (("a", "cpy"), "is one of copy"),
    ],
)
def test_what_is_wrong_is_told(arguments, message):
    with pytest.raises(ConfigError, match=message):
        with_intermediate_outputs(net(), *arguments)


def test_a_module_has_all_its_paths():
    relu = nn.ReLU()
    model = Seq(a=relu, b=Seq(c=relu))
    for path in ("a", "b.c"):
        assert torch.equal(with_intermediate_outputs(model, path)(X)[1], X.relu())


def test_parts_that_are_yet_to_be_made_are_hinted_at():
    model = Seq(head=ClassificationHead(5))
    with pytest.raises(ConfigError, match=r"no module 'head\.linear' .*; Seq isn't built"):
        with_intermediate_outputs(model, "head.linear")


class Scale(nn.Module):
    def forward(self, x, *, factor, name="scale"):
        return x.mul_(factor)


class Scales(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = Scale()

    def forward(self, x):
        return self.scale(x, factor=x + 1)


@pytest.mark.parametrize("action", ["copy", "ignore"])
def test_what_is_given_by_keyword_is_an_input(action):
    x = torch.ones(2)
    out, (given, factor) = with_intermediate_outputs(Scales(), "scale", action, inputs=True)(x)
    assert out.tolist() == factor.tolist() == [2, 2]
    assert given.tolist() == ([1, 1] if action == "copy" else [2, 2])


@torch.inference_mode()
def test_changes_are_not_counted_in_inference_mode():
    for action in ("warn", "error"):
        with pytest.raises(ConfigError, match=f"'{action}' can't tell what is changed in torch.in"):
            with_intermediate_outputs(net(), "a", action)(X)
    for action in ("copy", "ignore"):
        with_intermediate_outputs(net(), "a", action)(X)
