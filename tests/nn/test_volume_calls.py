"""A call that asks for the volume change is a call: to hooks, to summaries, and to threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from labwork.models import Glow, VUNet, VUNetEncoder
from labwork.nn import (
    AdditiveCoupling,
    AffineCoupling,
    Identity,
    Invertible,
    InvertibleConv1x1,
    Seq,
    hooked,
    summary,
    with_intermediate_outputs,
)

pytestmark = pytest.mark.usefixtures("seeded")


def test_hooks_for_all_modules_are_called():
    flow, x = AffineCoupling().build((1, 4)), torch.randn(2, 4)
    seen: list[nn.Module] = []
    handle = register_module_forward_hook(lambda module, args, out: seen.append(module))
    try:
        flow.call_and_ladj(x)
    finally:
        handle.remove()
    assert seen.count(flow) == 1


def test_an_error_leaves_nothing_behind():
    class Fails(Identity):
        def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
            raise ValueError("no")

    module = Fails()
    before = dict(vars(module))
    with hooked(module, lambda *args: None), pytest.raises(ValueError, match="no"):
        module.call_and_ladj(torch.ones(1, 2))
    assert vars(module) == before


def test_threads_do_not_get_each_others_volumes():
    """All of them are inside the call at the same time; a third one asks for the value only."""
    meeting = Barrier(3)

    class Waits(Invertible):
        def forward(self, x: Tensor) -> Tensor:
            meeting.wait(10)
            meeting.wait(10)
            return 2 * x

        def inverse_forward(self, y: Tensor) -> Tensor:
            return y / 2

        def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return self(x), x.sum(1)

    module = Waits()
    before = dict(vars(module))
    with ThreadPoolExecutor(3) as threads, hooked(module, lambda *args: None):
        asked = [threads.submit(module.call_and_ladj, torch.full((1, 2), 1.0 + i)) for i in (0, 1)]
        plain = threads.submit(module, torch.ones(1, 2))
        found = [future.result(20) for future in asked]
        assert torch.equal(plain.result(20), torch.full((1, 2), 2.0))
    assert [ladj.item() for _, ladj in found] == [2.0, 4.0]
    assert [y[0, 0].item() for y, _ in found] == [2.0, 4.0]
    assert vars(module).keys() == before.keys()


def test_a_compiled_flow_is_one_graph_and_one_with_hooks_is_right():
    flow, x = Seq(AffineCoupling(), AdditiveCoupling(swap=True)).build((1, 4)), torch.randn(2, 4)
    expected = flow.call_and_ladj(x)
    compiled = torch.compile(flow.call_and_ladj, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), expected)
    torch.compiler.reset()
    seen: list[Tensor] = []
    with hooked(flow, lambda module, args, out: seen.append(out)):
        compiled = torch.compile(lambda x: flow.call_and_ladj(x), backend="eager")
        torch.testing.assert_close(compiled(x), expected)
    assert len(seen) == 1


@pytest.mark.parametrize("reversible", [False, True])
def test_all_parts_of_a_flow_are_called_by_its_density(reversible: bool):
    glow = Glow(level_count=2, step_count=2, reversible=reversible).build((2, 3, 8, 8))
    x = torch.rand(2, 3, 8, 8)
    log_prob = glow.log_prob(x)
    out, found = with_intermediate_outputs(glow, return_dict=True)(x)
    torch.testing.assert_close(out, log_prob)
    assert [path for path, value in found.items() if value is None] == []
    torch.testing.assert_close(found["transform"], glow.transform(x))
    for row in summary(glow, (2, 3, 8, 8)).rows:
        assert row.output, row.path
        assert row.output_bytes > 0
        assert (row.flops > 0) == any(map(has_flops, glow.get_submodule(row.path).modules()))


def has_flops(module: nn.Module) -> bool:
    return isinstance(module, nn.Conv2d | InvertibleConv1x1)


def test_encoders_of_a_vunet_are_called():
    encoder_f = lambda **options: VUNetEncoder(4, 6, **options)  # noqa: E731
    model = VUNet(encoder_f=encoder_f).build((1, 3, 8, 8), (1, 2, 8, 8)).eval()
    inputs = torch.rand(2, 3, 8, 8), torch.rand(2, 2, 8, 8)
    _, found = with_intermediate_outputs(model, return_dict=True)(*inputs)
    for path, module in model.named_modules():
        is_called = not isinstance(module, nn.ModuleList)
        is_backwards = path.endswith(".unsqueeze.module")
        assert not path or (found[path] is not None) == (is_called and not is_backwards), path
