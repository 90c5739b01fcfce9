"""What value and volume change of a coupling flow cost, next to other libraries."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from labwork.nn import AffineCoupling, CouplingNet, PermuteChannels, Seq

from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("library", "library"),
    Column("milliseconds", "ms", ".2f"),
    Column("ratio", "ratio to Zuko", ".2f"),
    Column("quartiles", "quartiles of the ratio", ".2f"),
)

_FEATURES, _COUPLINGS, _BATCH = 16, 8, 512
_CALLS = 10  # in a turn
_LABWORK, _ZUKO = "Labwork", "Zuko"

Flow = Callable[[Tensor], Any]


def run(quick: bool) -> Table:
    """Times value and log-determinant in one pass, forwards, and with the backward pass.

    Args:
        quick: two rounds instead of sixty.
    """
    rounds = 2 if quick else 60
    x = torch.randn(_BATCH, _FEATURES)
    table = Table("flows", _title(), _COLUMNS)
    table.notes = [f"Medians over {rounds} rounds, with one thread."]
    if find_spec("zuko") is None:
        table.notes.append("Left out: zuko isn't installed, so there is nothing to compare with.")
        return table
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # with more, the cost of layers this small is that of waking them up
    try:
        for width in (8, 64, 256):
            turns = _turns(_programs(width), x)
            times = take_turns(turns, rounds)
            table.rows += [_row(name, width, times) for name in times]
    finally:
        torch.set_num_threads(threads)
    return table


def _title() -> str:
    return f"{_COUPLINGS} affine couplings of {_FEATURES} features, batches of {_BATCH}"


def _programs(width: int) -> dict[str, Flow]:
    """Flows whose couplings have networks of two hidden layers."""
    programs = {_LABWORK: _labwork(width), _ZUKO: _zuko(width)}
    if find_spec("nflows") is not None:
        programs["nflows"] = _nflows(width)
    return programs


def _labwork(width: int) -> Flow:
    net_f = lambda count: CouplingNet(count, width=width)  # noqa: E731
    couplings = [AffineCoupling(net_f, swap=i % 2 == 1) for i in range(_COUPLINGS)]
    order = PermuteChannels([*range(0, _FEATURES, 2), *range(1, _FEATURES, 2)])
    return Seq(order, *couplings).build((_BATCH, _FEATURES)).call_and_ladj


def _zuko(width: int) -> Flow:
    import zuko

    flow = zuko.flows.NICE(_FEATURES, transforms=_COUPLINGS, hidden_features=(width, width))
    return lambda x: flow.transform().call_and_ladj(x)


def _nflows(width: int) -> Flow:
    from nflows.transforms import AffineCouplingTransform, CompositeTransform

    class Net(nn.Module):
        def __init__(self, in_count: int, out_count: int) -> None:
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(in_count, width),
                nn.ReLU(),
                nn.Linear(width, width),
                nn.ReLU(),
                nn.Linear(width, out_count),
            )

        def forward(self, x: Tensor, context: None = None) -> Tensor:
            return self.net(x)

    masks = [(torch.arange(_FEATURES) + i) % 2 for i in range(_COUPLINGS)]
    return CompositeTransform([AffineCouplingTransform(mask, Net) for mask in masks])


def _turns(programs: dict[str, Flow], x: Tensor) -> dict[str, Callable[[], float]]:
    turns = {}
    for name, flow in programs.items():
        turns[f"{name}, forward"] = lambda flow=flow: stopwatch(lambda: _forward(flow, x))
        turns[f"{name}, with backward"] = lambda flow=flow: stopwatch(lambda: _learn(flow, x))
    return turns


def _forward(flow: Flow, x: Tensor) -> None:
    with torch.no_grad():
        for _ in range(_CALLS):
            flow(x)


def _learn(flow: Flow, x: Tensor) -> None:
    for _ in range(_CALLS):
        y, ladj = flow(x)
        (y.square().sum() - ladj.sum()).backward()


def _row(name: str, width: int, times: dict[str, list[float]]) -> tuple[object, ...]:
    reference = times[f"{_ZUKO}, {name.partition(', ')[2]}"]
    ratios = paired_ratios(times[name], reference)
    per_call = 1e3 * median(times[name]) / _CALLS
    return f"{name}, width {width}", per_call, median(ratios), iqr(ratios)
