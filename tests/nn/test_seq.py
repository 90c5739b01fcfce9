"""Sequences: indexing, splitting anywhere and joining, checkpoints."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from labwork.core import ConfigError, StateError
from labwork.nn import Seq, deep_join, deep_split, split_paths


def layer() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 2), nn.Tanh())


class Named(Seq):
    """A class of its own, as models are."""

    def __init__(self, **named: nn.Module) -> None:
        super().__init__(**named)
        self.fact = "kept"


def nested() -> Seq:
    return Named(
        stem=Seq(a=layer(), b=layer()),
        body=Seq(u=Named(x=layer(), y=Seq(z=layer())), v=layer()),
        head=layer(),
    )


def structure(module: nn.Module) -> list[tuple[str, type, int]]:
    leaves = (nn.Linear, nn.Tanh)
    return [
        (name, type(m), id(m) if isinstance(m, leaves) else 0) for name, m in module.named_modules()
    ]


@pytest.mark.parametrize("path", list(split_paths(nested())))
def test_joining_what_was_split_gives_the_network(path):
    net, x = nested(), torch.rand(3, 2)
    left, right = deep_split(net, path)
    whole = deep_join(left, right)
    assert structure(whole) == structure(net)
    assert whole.fact == "kept"
    assert torch.equal(right(left(x)), net(x))
    assert torch.equal(whole(x), net(x))
    assert {**left.state_dict(), **right.state_dict()}.keys() == net.state_dict().keys()


@pytest.mark.parametrize("path", [p for p in split_paths(nested()) if p])
def test_the_first_part_ends_with_the_path(path):
    left, right = deep_split(nested(), path)
    names = [name for name, _ in left.named_modules()]
    assert path in names
    assert not any(name == path or name.startswith(f"{path}.") for name, _ in right.named_modules())
    leaves = [name for name in names if isinstance(left.get_submodule(name), nn.Linear)]
    assert leaves[-1].startswith(f"{path}.")


def test_an_empty_path_gives_the_module_and_an_empty_sequence():
    net = nested()
    left, right = deep_split(net, "")
    assert left is net
    assert len(right) == 0
    assert deep_join(left, right) is net


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("boddy", "ROOT has no 'boddy'; did you mean 'body'? It has stem, body, head."),
        ("body.u.yy.z", "ROOT.body.u has no 'yy'; did you mean 'body.u.y'? It has x, y."),
        ("body.u.w", "ROOT.body.u has no 'w'; It has x, y."),
        ("head.0", "ROOT.head (Sequential) isn't a Seq; split after it, at 'head'"),
        ("body.u.x.0.a", "ROOT.body.u.x (Sequential) isn't a Seq; split after it, at 'body.u.x'"),
    ],
)
def test_a_path_that_is_not_there(path, message):
    with pytest.raises(ConfigError) as caught:
        deep_split(nested(), path)
    assert str(caught.value) in (
        f"no path {path!r} to split at: {message}",
        f"can't split at {path!r}: {message}",
    )


def test_what_is_no_sequence_says_where_one_is():
    net = nn.Sequential(nn.ReLU(), Seq(a=nn.ReLU()))
    with pytest.raises(ConfigError, match=r"ROOT \(Sequential\) isn't a Seq; .* such as '1'"):
        deep_split(net, "1.a")


NAMES = "abcdef"


@given(st.integers(-8, 8) | st.none(), st.integers(-8, 8) | st.none())
def test_slices_are_those_of_a_list(start, stop):
    seq = Seq({name: nn.Identity() for name in NAMES})
    assert seq[start:stop].names == tuple(NAMES[start:stop])


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_names_stand_for_numbers(first, last):
    seq = Seq({name: nn.Identity() for name in NAMES})
    i, j = NAMES.index(first), NAMES.index(last)
    assert seq[first] is seq[i] is seq[i - len(NAMES)]
    assert seq[first:last].names == seq[i:j].names == tuple(NAMES[i:j])
    assert seq[:first].names + seq[first:].names == tuple(NAMES)
    left, right = seq.split(first)
    assert left.names[-1] == first
    assert left.join(right).names == tuple(NAMES)
    assert seq.index(seq[first]) == seq.index(first) == i


places = st.integers(-7, 7)
steps = st.one_of(
    st.tuples(st.just("insert"), places),
    st.tuples(st.just("pop"), places),
    st.tuples(st.just("del"), st.builds(slice, places, places, st.integers(1, 3))),
)


@given(st.lists(steps, max_size=8))
def test_changes_are_those_of_a_list(changes):
    seq = Seq({name: nn.Identity() for name in NAMES})
    modules = list(seq)
    for change, place in changes:
        if isinstance(place, int) and not -len(modules) <= place < len(modules):
            continue
        if change == "insert":
            seq.insert(place, new := nn.Identity())
            modules.insert(place, new)
        elif change == "pop":
            assert seq.pop(place) is modules.pop(place)
        else:
            del seq[place], modules[place]
        assert len({*seq.names}) == len(seq) == len(modules)
        assert all(a is b for a, b in zip(seq, modules, strict=True))
    kept = [name for name in seq.names if name in NAMES]
    assert kept == sorted(kept)


def test_what_is_added_without_a_name_gets_a_number_that_is_free():
    seq = Seq(nn.ReLU(), nn.ReLU(), nn.ReLU())[1:]
    assert seq.append(nn.ReLU()).names == ("1", "2", "3")
    assert seq.extend(nn.Sequential(nn.ReLU(), nn.ReLU())).names == ("1", "2", "3", "4", "5")
    seq.extend({"a": nn.ReLU()}).insert(0, nn.ReLU())
    assert seq.names == ("6", "1", "2", "3", "4", "5", "a")
    assert seq.extend(seq[:2]).names[-2:] == ("7", "8")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda seq: seq["bb"], "no module 'bb' in a Seq; did you mean 'b'"),
        (lambda seq: seq[2], "no module 2 in a Seq; It has|no module 2 in a Seq"),
        (lambda seq: seq.append(nn.ReLU(), "a"), "'a' is in the Seq already"),
        (lambda seq: seq.append(nn.ReLU(), "join"), "'join' is an attribute of Seq"),
        (lambda seq: seq.append(nn.ReLU(), "a.b"), "no dot as paths have, not 'a.b'"),
        (lambda seq: seq.append(nn.ReLU(), ""), "no dot as paths have, not ''"),
        (lambda seq: seq.insert(0, nn.ReLU(), "a"), "'a' is in the Seq already"),
        (lambda seq: seq.insert(3, nn.ReLU(), "c"), "no module 3 in a Seq"),
        (lambda seq: seq.insert("bb", nn.ReLU(), "c"), "did you mean 'b'"),
        (lambda seq: seq.insert(0, torch.relu, "c"), "Func makes one of a function"),
        (lambda seq: seq.extend([torch.relu]), "Func makes one of a function"),
        (lambda seq: seq.extend(seq[:1]._modules), "'a' is in the Seq already"),
        (lambda seq: seq.pop("bb"), "did you mean 'b'"),
        (lambda seq: seq.__delitem__(2), "no module 2 in a Seq"),
        (lambda seq: seq.join(seq), "'a' is in the Seq already"),
        (lambda seq: seq.checkpoint((0, 2), (1, 2)), "overlap"),
        (lambda seq: seq.inverse, r"ROOT.a \(ReLU\) has no inverse"),
        (lambda seq: Seq({"a": nn.ReLU()}, a=nn.ReLU()), "two modules are named 'a'"),
    ],
)
def test_what_is_wrong_is_told(ask, message):
    with pytest.raises(ConfigError, match=message):
        ask(Seq(a=nn.ReLU(), b=nn.ReLU()))


@pytest.mark.parametrize("ranges", [[(None, None)], [(0, 2), (3, "e")], [("b", None)], []])
def test_checkpoints_change_no_gradient_and_spare_memory(ranges):
    def stack() -> Seq:
        torch.manual_seed(0)
        parts = {n: nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.Tanh()) for n in NAMES}
        return Seq(parts)

    def gradients(net: Seq) -> tuple[list[torch.Tensor], int]:
        saved = []
        x = torch.ones(3, 4, requires_grad=True)
        torch.manual_seed(1)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
            net(x).sum().backward()
        return [x.grad, *(p.grad for p in net.parameters())], len(saved)

    plain, kept_by_plain = gradients(stack())
    mine, kept = gradients(stack().checkpoint(*ranges))
    assert all(torch.equal(a, b) for a, b in zip(plain, mine, strict=True))
    assert (kept < kept_by_plain) == bool(ranges)


def test_a_part_has_its_own_modules():
    seq = Seq(a=nn.ReLU(), b=nn.Tanh())
    part = seq[:1]
    part["a"] = nn.Sigmoid()
    part.append(nn.ReLU(), "c")
    assert isinstance(seq["a"], nn.ReLU)
    assert seq.names == ("a", "b")
    assert copy.deepcopy(seq).names == seq.names


def test_an_unbuilt_sequence_has_no_parts():
    class Late(Seq):
        def setup(self, x: torch.Tensor) -> None:
            self.append(nn.Linear(x.shape[1], 2), "linear")

    late = Late(a=nn.ReLU())
    with pytest.raises(StateError, match="Late isn't built, so it has no parts"):
        late[:1]
    assert late.build((1, 3))[1:].names == ("linear",)


@pytest.mark.parametrize("mode", [True, False])
def test_checkpoints_count_a_batch_once_and_work_in_evaluation(mode):
    def stack() -> Seq:
        torch.manual_seed(0)
        return Seq(a=nn.Linear(4, 4), b=nn.BatchNorm1d(4), c=nn.Tanh()).train(mode)

    plain, mine = stack(), stack().checkpoint((None, None))
    for net in (plain, mine):
        net(torch.arange(12.0).reshape(3, 4)).sum().backward()
    assert int(mine["b"].num_batches_tracked) == int(mode)
    for ours, theirs in zip(mine.state_dict().values(), plain.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(mine["a"].weight.grad, plain["a"].weight.grad)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda seq: seq.checkpoint("a", "b"), r"a range has two ends, such as \('a', 'c'\)"),
        (lambda seq: seq[::-1], "modules in order, so no step -1"),
        (lambda seq: seq.append(torch.relu), "Func makes one of a function"),
        (lambda seq: Seq()["a"], "It has none"),
        (lambda seq: Seq({"a": nn.ReLU()}, {"a": nn.ReLU()}), "two modules are named 'a'"),
    ],
)
def test_more_that_is_wrong_is_told(ask, message):
    with pytest.raises(ConfigError, match=message):
        ask(Seq(a=nn.ReLU(), b=nn.ReLU()))


def test_parts_have_the_buffers_and_names_are_looked_up():
    seq = Seq(a=nn.ReLU(), b=nn.Tanh())
    seq.register_buffer("mean", torch.ones(1))
    assert seq[:1].mean.item() == 1
    assert "a" in seq
    assert seq["b"] in seq
    assert "c" not in seq
