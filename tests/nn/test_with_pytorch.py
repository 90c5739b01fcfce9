"""What PyTorch does with modules: it works on ours, built or not, or says that they aren't."""

import copy
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm

from labwork.core import StateError
from labwork.nn import Module, Seq, is_built, require_built

SHAPE = (2, 3, 8, 8)


class Block(Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.shift = torch.ones(1, 1, 1)  # neither a parameter nor a buffer

    def setup(self, x: Tensor) -> None:
        self.conv = nn.Conv2d(x.shape[1], self.width, 3, padding=1)
        self.norm = nn.BatchNorm2d(self.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x)) + self.shift.to(x.dtype)


class Net(Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.body = Seq(a=Block(4), b=Seq(c=Block(5)))

    def setup(self, x: Tensor) -> None:
        self.head = Block(2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(self.stem(x)))


@pytest.fixture
def net() -> Net:
    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture
def one_process() -> Iterator[None]:
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def same(net: nn.Module) -> nn.Module:
    return net


def by_pickle(net: nn.Module) -> Any:
    return pickle.loads(pickle.dumps(net))


def shared(net: nn.Module) -> nn.Module:
    net.share_memory()
    net(torch.rand(SHAPE))
    assert all(parameter.is_shared() for parameter in net.parameters())
    return net


class Doubled(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight * 2

    def right_inverse(self, weight: Tensor) -> Tensor:
        return weight / 2


def parametrized(net: Any) -> nn.Module:
    parametrize.register_parametrization(net.stem, "weight", Doubled())
    return net


def weight_normed(net: Any) -> nn.Module:
    parametrizations.weight_norm(net.stem)
    return net


def compiled(net: nn.Module) -> Any:
    torch._dynamo.reset()
    return torch.compile(net, backend="eager")


def compiled_in_place(net: nn.Module) -> nn.Module:
    torch._dynamo.reset()
    net.compile(backend="eager")
    return net


def with_a_compiled_child(net: Any) -> nn.Module:
    net.stem = compiled(net.stem)
    return net


def in_a_compiled_child(net: nn.Module) -> nn.Module:
    return Seq(net=compiled(net)).build(SHAPE)


def as_it_is_in_a_sequential(net: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Identity(), net)


def synchronized(net: nn.Module) -> nn.Module:
    return nn.SyncBatchNorm.convert_sync_batchnorm(net)


KEEPING = [
    same,
    copy.copy,
    copy.deepcopy,
    by_pickle,
    shared,
    parametrized,
    weight_normed,
    synchronized,
    compiled,
    compiled_in_place,
    with_a_compiled_child,
    in_a_compiled_child,
    as_it_is_in_a_sequential,
]


@pytest.mark.parametrize("change", KEEPING)
@pytest.mark.parametrize("built", [True, False])
def test_what_keeps_values_keeps_them_before_the_build_and_after(net, change, built):
    twin = copy.deepcopy(net).build(SHAPE)
    if built:
        net.build(SHAPE)
    changed = change(net)
    x = torch.rand(SHAPE)
    assert torch.allclose(changed(x), twin(x), atol=1e-6)
    assert is_built(changed)
    changed(x).sum().backward()
    assert all(p.grad is not None for p in changed.parameters())


def pruned(net: Any) -> None:
    prune.l1_unstructured(net.stem, "weight", 0.5)


def with_old_spectral_norm(net: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spectral_norm(net.stem)


def emptied(net: nn.Module) -> None:
    net.to_empty(device="cpu")


CHANGING = [
    nn.Module.half,
    nn.Module.bfloat16,
    nn.Module.double,
    emptied,
    pruned,
    with_old_spectral_norm,
]


@pytest.mark.parametrize("change", CHANGING)
@pytest.mark.parametrize("built", [True, False])
def test_what_changes_values_works_before_the_build_and_after(net, change, built):
    if built:
        net.build(SHAPE)
    change(net)
    x = torch.rand(SHAPE, dtype=net.stem.weight.dtype)
    assert net(x).shape == (2, 2, 8, 8)
    assert net(x).dtype == x.dtype
    assert is_built(net)
    assert not any(value.is_meta for value in vars(net.stem).values() if isinstance(value, Tensor))


def test_a_module_that_is_made_on_meta_gets_its_values_later(net):
    with torch.device("meta"):
        empty = Net().eval()
    empty.build(SHAPE).to_empty(device="cpu")
    empty.load_state_dict(net.build(SHAPE).state_dict())
    empty.body.a.shift = empty.body.b.c.shift = empty.head.shift = torch.ones(1, 1, 1)
    x = torch.rand(SHAPE)
    assert torch.equal(empty(x), net(x))


def formats(net: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: parameter.stride() for name, parameter in net.named_parameters()}


@pytest.mark.parametrize("change", [same, copy.deepcopy, by_pickle, nn.Module.double])
@pytest.mark.parametrize("memory_format", [torch.channels_last, torch.contiguous_format])
def test_a_memory_format_stays_in_the_build(net, change, memory_format):
    twin = copy.deepcopy(net).build(SHAPE).to(memory_format=memory_format)
    changed = change(nn.Sequential(net).to(memory_format=memory_format))[0]
    assert formats(changed.build(SHAPE)) == formats(twin)
    x = torch.rand(SHAPE, dtype=changed.stem.weight.dtype).to(memory_format=memory_format)
    torch.testing.assert_close(changed(x).to(torch.float32), twin(x.to(torch.float32)))


def with_other_parameters(net: nn.Module, x: Tensor) -> Tensor:
    return torch.func.functional_call(net, dict(net.named_parameters()), (x,))


def exported(net: nn.Module, x: Tensor) -> Any:
    return torch.export.export(net, (x,)).module()(x)


def in_ensemble(net: nn.Module, x: Tensor) -> Any:
    def call(parameters: Any, buffers: Any) -> Tensor:
        return torch.func.functional_call(net, (parameters, buffers), (x,))

    stacked = torch.func.stack_module_state([net, copy.deepcopy(net)])
    return torch.func.vmap(call)(*stacked)[1]


def data_parallel(net: nn.Module, x: Tensor) -> Any:
    return DistributedDataParallel(net)(x)


def sharded(net: nn.Module, x: Tensor) -> Any:
    fully_shard(net, mesh=init_device_mesh("cpu", (1,)))
    return net(x)


NEEDING_PARAMETERS: list[Callable[..., Tensor]] = [
    with_other_parameters,
    exported,
    in_ensemble,
    data_parallel,
    sharded,
]


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("call", NEEDING_PARAMETERS)
def test_what_needs_parameters_works_after_the_build_and_refuses_before(net, call):
    x = torch.rand(SHAPE)
    with pytest.raises(StateError, match=r"ROOT \(Net\) isn't built"):
        call(copy.deepcopy(net), x)
    expected = copy.deepcopy(net).build(SHAPE)(x)
    assert torch.allclose(call(net.build(SHAPE), x), expected, atol=1e-5)


def each_by_itself(net: nn.Module, x: Tensor) -> Any:
    return torch.func.vmap(lambda image: net(image[None])[0])(x)


def traced(net: nn.Module, x: Tensor) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(net, x)(x)


@pytest.mark.parametrize("call", [each_by_itself, traced])
def test_what_cannot_go_on_while_building_says_so(net, call):
    x = torch.rand(SHAPE)
    with pytest.raises((RuntimeError, TypeError)) as caught:
        call(net, x)
    assert "while Net was built at its first call" in caught.value.__notes__[0]
    expected = net.build(SHAPE)(x)
    assert torch.allclose(call(net, x), expected, atol=1e-5)


def test_a_whole_graph_is_compiled_once_it_is_built(net):
    torch._dynamo.reset()
    whole = torch.compile(net.build(SHAPE), backend="eager", fullgraph=True)
    x = torch.rand(SHAPE)
    assert torch.equal(whole(x), net(x))


def test_shallow_copies_are_built_by_themselves(net):
    twin = copy.copy(net)
    twin.build((1, 3, 4, 4))
    assert is_built(twin)
    assert not is_built(net)
    assert not hasattr(net, "head")
    net.build(SHAPE)
    assert torch.equal(net.head.conv.weight, twin.head.conv.weight)
    assert net.head is not twin.head
    require_built(copy.copy(net))
    assert copy.copy(net).head is net.head


def test_threads_that_build_leave_the_random_state_as_it_was():
    torch.manual_seed(0)
    nets = [Net() for _ in range(4)]
    twins = [copy.deepcopy(net).build(SHAPE) for net in nets]
    before = torch.get_rng_state()
    threads = [Thread(target=net.build, args=(SHAPE,)) for net in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torch.equal(torch.get_rng_state(), before)
    for net, twin in zip(nets, twins, strict=True):
        assert all(map(torch.equal, net.parameters(), twin.parameters()))


@pytest.mark.slow
def test_gradients_in_two_processes_are_those_in_one(tmp_path: Path):
    code = """
import copy, sys, torch
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel
from labwork.nn import ClassificationHead, Conv2d, LayerNorm2d, Seq
rank, file = int(sys.argv[1]), sys.argv[2]
torch.manual_seed(0)
distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=2)
x = torch.rand(4, 3, 8, 8)
net = Seq(conv=Conv2d(3, 8, 3, padding="half"), norm=LayerNorm2d(8), head=ClassificationHead(5))
alone = net.build((1, 3, 8, 8))
parallel = DistributedDataParallel(copy.deepcopy(net))
sharded = fully_shard(copy.deepcopy(net), mesh=init_device_mesh("cpu", (2,)))
alone(x).square().mean().backward()
for each in (parallel, sharded):
    each(x[2 * rank : 2 * rank + 2]).square().mean().backward()
    for mine, expected in zip(each.parameters(), alone.parameters(), strict=True):
        grad = mine.grad.full_tensor() if each is sharded else mine.grad
        torch.testing.assert_close(grad, expected.grad)
try:
    parallel(x[:, :1])
except RuntimeError as error:
    assert error.__notes__[0].startswith("in ROOT.module.conv (Conv2d): the input was (4, 1, 8, 8)")
distributed.destroy_process_group()
"""
    command = [sys.executable, "-W", "error", "-c", code]
    runs = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "meeting")], stderr=subprocess.PIPE)
        for rank in range(2)
    ]
    errors = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], errors
