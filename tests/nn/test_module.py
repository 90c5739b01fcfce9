"""Modules whose sizes are inferred: however they are built, they are the same."""

import copy
import pickle
import re
import warnings
from threading import Thread
from typing import ClassVar, NamedTuple

import pytest
import torch
from torch import nn

from labwork.core import ConfigError, StateError
from labwork.nn import MisfitError, Module, Seq, is_built

SHAPE = (2, 3, 8, 8)


class Block(Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def setup(self, x: torch.Tensor) -> None:
        self.conv = nn.Conv2d(x.shape[1], self.width, 3, padding=1)
        self.norm = nn.BatchNorm2d(self.width)
        self.gain = nn.Parameter(torch.rand(self.width, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(self.norm(self.conv(x)), 0.5, self.training) * self.gain


class Net(Module):
    """Children of all kinds: made at once, made in setup, initialized in the end."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width, 1)
        self.body = Seq(a=Block(width), b=Seq(c=Block(width + 1)))

    def setup(self, x: torch.Tensor) -> None:
        self.head = Block(2)
        self.size = tuple(x.shape[2:])

    def post_build(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(self.stem(x)))


def by_shape(net: nn.Module) -> None:
    net.build(SHAPE)


def by_example(net: nn.Module) -> None:
    net.build(torch.rand(SHAPE))


def by_call(net: nn.Module) -> None:
    net(torch.rand(SHAPE))


def by_call_in_inference_mode(net: nn.Module) -> None:
    with torch.inference_mode():
        net(torch.rand(SHAPE))


def after_pickling(net: nn.Module) -> None:
    vars(net).update(vars(pickle.loads(pickle.dumps(net))))
    net.build(SHAPE)


def in_a_sequential(net: nn.Module) -> None:
    nn.Sequential(nn.Identity(), net)(torch.rand(SHAPE))


WAYS = [by_shape, by_example, by_call, by_call_in_inference_mode, after_pickling, in_a_sequential]


@pytest.mark.parametrize("build", WAYS)
def test_parameters_are_the_same_in_whatever_way_it_is_built(build):
    torch.manual_seed(0)
    net = Net()
    twin = copy.deepcopy(net).build(SHAPE)
    torch.rand(5)  # what is drawn in between doesn't matter
    build(net)
    expected = dict(twin.named_parameters())
    assert expected.keys() == dict(net.named_parameters()).keys()
    for name, parameter in net.named_parameters():
        assert torch.equal(parameter, expected[name]), name
        assert not parameter.is_inference()


def test_two_modules_differ_though_building_leaves_the_random_state():
    torch.manual_seed(0)
    one, other = Net(), Net()
    before = torch.get_rng_state()
    one.build(SHAPE)
    other.build(SHAPE)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(one.head.conv.weight, other.head.conv.weight)


def test_building_changes_no_buffer_and_computes_nothing():
    net = Net().build(SHAPE)
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    assert [int(norm.num_batches_tracked) for norm in norms] == [0, 0, 0]
    assert all(not p.is_meta for p in net.parameters())
    with torch.device("meta"):
        without_memory = Net().build((1, 3, 10**5, 10**5))
    assert all(p.is_meta for p in without_memory.parameters())
    assert without_memory.size == (10**5, 10**5)


def test_a_built_module_has_no_trace_of_the_build():
    net = Net()
    assert not is_built(net)
    net.build(SHAPE)
    assert is_built(net)
    plain = nn.Module()
    for module in net.modules():
        assert not module._forward_pre_hooks
        names = vars(module).keys() - vars(plain).keys()
        assert not {name for name in names if name.startswith("_")} - {"_is_built"} or isinstance(
            module, nn.Conv2d
        )
    assert (
        net.state_dict().keys()
        == dict(net.named_parameters()).keys() | dict(net.named_buffers()).keys()
    )


def test_parts_that_are_made_later_follow_where_the_module_was_moved():
    net = Net().double().eval().build(SHAPE)
    assert {p.dtype for p in net.parameters()} == {torch.float64}
    assert not any(module.training for module in net.modules())
    assert net(torch.rand(SHAPE, dtype=torch.float64)).dtype == torch.float64


@pytest.mark.parametrize("build", [by_shape, by_call])
def test_a_state_that_is_loaded_before_is_there_after_the_build(build):
    source = Net().build(SHAPE)
    net = Net().eval()
    net.load_state_dict(source.state_dict())
    assert net.state_dict().keys() == source.state_dict().keys()
    build(net)
    for name, value in source.state_dict().items():
        assert torch.equal(net.state_dict()[name], value), name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("head.gain"), "ROOT: it has no head.gain"),
        (lambda state: state.update({"head.x": torch.ones(1)}), "ROOT: it has head.x too many"),
        (lambda state: state.pop("body.b.c.conv.bias"), "ROOT.body.b.c: it has no conv.bias"),
    ],
)
def test_a_state_that_does_not_fit_is_told_at_the_build(change, message):
    state = Net().build(SHAPE).state_dict()
    change(state)
    net = Net()
    net.load_state_dict(state)
    with pytest.raises(StateError, match=message):
        net.build(SHAPE)


def test_parameters_of_an_unbuilt_module_are_refused_with_its_path():
    net = Net()
    net.build(SHAPE)
    net.body[0] = Block(3)
    with pytest.raises(StateError, match=r"ROOT.body.a \(Block\) isn't built"):
        list(net.parameters())


@pytest.mark.parametrize("f", [lambda net: net, lambda net: nn.Sequential(nn.ReLU(), net)])
def test_the_state_of_an_unbuilt_module_is_refused_with_its_path(f):
    whole = f(Net())
    path = "ROOT.1" if isinstance(whole, nn.Sequential) else "ROOT"
    with pytest.raises(StateError, match=rf"{path} \(Net\) isn't built.* build it first"):
        whole.state_dict()
    whole(torch.rand(SHAPE))
    assert len(whole.state_dict()) == 26


def test_a_part_of_a_state_can_be_loaded_before_the_build():
    state = Net().build(SHAPE).state_dict()
    del state["head.gain"], state["body.b.c.conv.bias"]
    net = Net()
    net.load_state_dict(state, strict=False)
    with pytest.raises(StateError, match=r"ROOT .* isn't built"):
        net.state_dict()  # what is missing isn't known
    net.build(SHAPE)
    for name, value in state.items():
        assert torch.equal(net.state_dict()[name], value), name


def test_a_build_that_fails_changes_nothing():
    net = Net()
    names = [name for name, _ in net.named_modules()]
    with pytest.raises(RuntimeError):
        net.build((2, 5, 8, 8))
    assert [name for name, _ in net.named_modules()] == names
    assert not net.stem.weight.is_meta
    assert net.build(SHAPE).size == (8, 8)


def test_lazy_modules_of_pytorch_are_built_too():
    net = Seq(conv=nn.LazyConv2d(4, 3), flat=nn.Flatten(), linear=nn.LazyLinear(2))
    assert not is_built(net)
    assert is_built(net.build(SHAPE))
    assert net.linear.in_features == 4 * 6 * 6


def test_an_lstm_and_tied_parameters_survive_the_build():
    class Recurrent(Module):
        def setup(self, x):
            self.lstm = nn.LSTM(x.shape[-1], 5)
            self.out = nn.Linear(5, 5)
            self.back = nn.Linear(5, 5)
            self.back.weight = self.out.weight

        def forward(self, x):
            return self.back(self.out(self.lstm(x)[0]))

    net = Recurrent().build((4, 2, 3))
    assert net.back.weight is net.out.weight
    net(torch.rand(4, 2, 3)).sum().backward()
    assert net.lstm.weight_hh_l0.grad is not None


def test_a_module_used_twice_is_set_up_once():
    class Twice(Module):
        def __init__(self):
            super().__init__()
            self.block = Block(3)

        def forward(self, x):
            return self.block(self.block(x))

    net = Twice()
    net(torch.rand(SHAPE))
    assert len(list(net.parameters())) == 5


@pytest.mark.parametrize(
    ("shape", "place", "expected"),
    [
        ((2, 1, 8, 8), r"ROOT.stem \(Conv2d\)", r"\(2, 1, 8, 8\); it takes \(N, 3, H, W\)"),
        ((8,), r"ROOT.stem \(Conv2d\)", r"\(8,\); it takes \(N, 3, H, W\)"),
    ],
)
def test_errors_in_a_call_name_the_module_and_the_shapes(shape, place, expected):
    net = Net().build(SHAPE)
    with pytest.raises(RuntimeError) as caught:
        net(torch.rand(shape))
    (note,) = caught.value.__notes__
    assert re.search(f"in {place}: the input was {expected}", note)


def test_errors_of_deep_parts_are_noted_once_with_the_whole_path():
    net = Seq(a=Seq(b=nn.Linear(3, 2), c=nn.BatchNorm1d(7)))
    with pytest.raises(RuntimeError) as caught:
        net(torch.rand(2, 3))
    assert caught.value.__notes__ == [
        "in ROOT.a.c (BatchNorm1d): the input was (2, 2); it takes (N, 7, L)"
    ]


def test_a_built_module_compiles_exports_and_pickles():
    net = Net().build(SHAPE).eval()
    x = torch.rand(SHAPE)
    compiled = torch.compile(net, backend="eager", fullgraph=True)
    assert torch.equal(compiled(x), net(x))
    assert torch.equal(torch.export.export(net, (x,)).module()(x), net(x))
    assert torch.equal(pickle.loads(pickle.dumps(net))(x), net(x))
    assert torch.equal(copy.deepcopy(net)(x), net(x))


class Parallel(nn.DataParallel):
    """What wraps a network calls it."""

    def forward(self, *args):
        return self.module(*args)


@pytest.mark.parametrize(
    ("wrap", "path"),
    [
        (nn.Sequential, "ROOT.0.body.b.c.conv"),
        (lambda net: nn.Sequential(nn.Identity(), nn.Sequential(net)), "ROOT.1.0.body.b.c.conv"),
        (lambda net: Seq(a=nn.Sequential(net)), "ROOT.a.0.body.b.c.conv"),
        (Parallel, "ROOT.module.body.b.c.conv"),
    ],
)
def test_errors_below_containers_of_pytorch_have_the_whole_path(wrap, path):
    net = Net().build(SHAPE)
    net.body[0] = nn.Identity()
    net.body.b.c.conv = nn.Conv2d(7, 5, 3, padding=1)
    with pytest.raises(RuntimeError) as caught:
        wrap(net)(torch.rand(SHAPE))
    assert caught.value.__notes__ == [
        f"in {path} (Conv2d): the input was (2, 4, 8, 8); it takes (N, 7, H, W)"
    ]


@pytest.mark.parametrize("arguments", [{}, {"momentum": None}, {"track_running_stats": False}])
def test_a_normalization_of_one_value_is_built(arguments):
    class Pooled(Module):
        def setup(self, x):
            self.norm = nn.BatchNorm2d(x.shape[1], **arguments)

        def forward(self, x):
            return self.norm(x.mean((2, 3), keepdim=True))

    net = Pooled()
    if "track_running_stats" in arguments:
        net.build((2, 3, 4, 4))
    else:
        net.build((1, 3, 4, 4))
    assert net.norm.training
    assert net(torch.rand(2, 3, 4, 4)).shape == (2, 3, 1, 1)


def test_a_size_among_tensors_is_a_size():
    class Resized(Module):
        def setup(self, x, size):
            assert size == (5, 6)
            self.conv = nn.Conv2d(x.shape[1], 2, 1)

        def forward(self, x, size):
            return nn.functional.interpolate(self.conv(x), size)

    assert Resized()(torch.rand(1, 3, 4, 4), (5, 6)).shape == (1, 2, 5, 6)
    assert Resized()(torch.rand(1, 3, 4, 4), size=(5, 6)).shape == (1, 2, 5, 6)


class Failing(Net):
    """Its end fails once."""

    failures: ClassVar = [ZeroDivisionError()]

    def post_build(self):
        if self.failures:
            raise self.failures.pop()


def test_a_build_that_fails_in_its_end_can_be_repeated():
    net = Failing()
    with pytest.raises(ZeroDivisionError):
        net.build(SHAPE)
    assert not is_built(net)
    assert is_built(net.build(SHAPE))
    assert net(torch.rand(SHAPE)).shape == (2, 2, 8, 8)


def test_after_a_state_that_does_not_fit_another_one_can_be_loaded():
    state = Net().build(SHAPE).state_dict()
    wrong = {k: v[:1] if k == "head.gain" else v for k, v in state.items()}
    net = Net()
    net.load_state_dict(wrong)
    with pytest.raises(MisfitError, match=r"head\.gain"):
        net.build(SHAPE)
    net.load_state_dict(state)
    net.build(SHAPE)
    assert torch.equal(net.head.gain, state["head.gain"])


@pytest.mark.parametrize(
    "make",
    [
        lambda x: nn.Linear(x.shape[-1], 2, device=x.device),
        lambda x: nn.Parameter(x.new_zeros(3)),
    ],
)
def test_parameters_without_content_are_told(make):
    class OnInput(Module):
        def setup(self, x):
            self.part = make(x)

        def forward(self, x):
            return x

    with pytest.raises(ConfigError, match=r"ROOT.part\S* is on the meta device"):
        OnInput().build((1, 3))


def test_what_a_pass_leaves_behind_is_not_for_the_next_call():
    class Remembers(Module):
        def __init__(self):
            super().__init__()
            self.positions = None
            self.register_buffer("mean", None)

        def setup(self, x):
            self.linear = nn.Linear(x.shape[1], 2)

        def forward(self, x):
            if self.positions is None:
                self.positions, self.mean = torch.arange(x.shape[1], device=x.device), x.mean(0)
            return self.linear(x + self.positions - self.mean)

    net = Remembers().build((2, 3))
    assert net.positions is None
    assert net.mean is None
    assert net(torch.rand(2, 3)).shape == (2, 2)


def test_old_weight_norm_survives_the_build():
    class Normed(Module):
        def __init__(self):
            super().__init__()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.linear = nn.utils.weight_norm(nn.Linear(3, 2))

        def setup(self, x):
            self.last = nn.Linear(2, x.shape[1])

        def forward(self, x):
            return self.last(self.linear(x))

    net = Normed().build((1, 3))
    assert not net.linear.weight.is_meta
    net(torch.rand(1, 3)).sum().backward()


def test_threads_build_one_module_once_and_others_beside_it():
    shared, failed = Net(), []

    def call(net):
        try:
            net(torch.rand(SHAPE))
        except Exception as error:  # noqa: BLE001 - whatever it is
            failed.append(error)

    threads = [Thread(target=call, args=(net,)) for net in [shared, Net(), shared, Net()]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert is_built(shared)


def test_a_type_that_setup_names_stays():
    class Precise(Module):
        def setup(self, x):
            self.mean = nn.Parameter(torch.zeros(x.shape[1], dtype=torch.float64))
            self.frozen = nn.BatchNorm1d(x.shape[1]).eval()

        def forward(self, x):
            return self.frozen(x - self.mean)

    net = Precise().build((2, 3))
    assert net.mean.dtype == torch.float64
    assert not net.frozen.training
    assert Precise().bfloat16().build((2, 3)).frozen.weight.dtype == torch.bfloat16


def test_tensors_can_be_assigned_before_the_build():
    state = Net().build(SHAPE).state_dict()
    with torch.device("meta"):
        net = Net()
    net.load_state_dict(state, assign=True)
    net.build(SHAPE)
    assert net.head.gain.data_ptr() == state["head.gain"].data_ptr()


class Pair(NamedTuple):
    image: torch.Tensor
    scale: float


def test_named_tuples_are_inputs():
    class Scaled(Module):
        def setup(self, pair):
            self.linear = nn.Linear(pair.image.shape[1], 2)

        def forward(self, pair):
            return self.linear(pair.image) * pair.scale

    assert Scaled()(Pair(torch.rand(1, 3), 2.0)).shape == (1, 2)


def test_an_error_that_is_raised_again_has_one_note():
    net = Net().build(SHAPE)
    error = None
    for _ in range(2):
        with pytest.raises(RuntimeError) as caught:
            net(torch.rand(1, 1, 8, 8)) if error is None else Seq(a=net, b=Raises(error))(
                torch.rand(SHAPE)
            )
        error = caught.value
    assert len(error.__notes__) == 1


class Raises(nn.Module):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def forward(self, x):
        raise self.error


def test_parameters_of_another_module_are_told_in_ten_lines():
    with pytest.raises(StateError) as caught:
        Net(4).build(SHAPE).load_state_dict(
            {
                name.replace("head", "heads"): v
                for name, v in Net(5).build(SHAPE).state_dict().items()
            }
        )
    assert isinstance(caught.value, RuntimeError)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("parameters don't fit Net: 7 missing, 8 too many, ")
    assert lines[1].strip() == "stem.weight is (5, 3, 1, 1) there and (4, 3, 1, 1) here"
    assert len(lines) <= 10
