"""summary: what a network consists of, and what it costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from labwork.nn._build import build
from labwork.nn._built import is_built
from labwork.nn._on_meta import OnMeta, call_forward, examples_for
from labwork.nn._parameters import parameter_count
from labwork.nn._tensors import describe_shapes, map_tensors

__all__ = ["Summary", "SummaryRow", "summary"]

_HEADER = ("module", "class", "output", "parameters", "FLOPs", "output bytes")


@dataclass(frozen=True)
class SummaryRow:
    """A module's line: what it is, and what it costs in one pass through the network.

    A module that is called several times has the costs of all its calls.

    Attributes:
        path: in the network; empty for the network itself.
        kind: the class.
        output: the shape that comes out in the last call, in words; empty for one that isn't called
            itself while modules below it are, such as an ``nn.ModuleList``.
        parameters: their number, with those of the modules below.
        flops: floating-point operations, those below included; a multiplication with an addition
            is two. Convolutions, matrix products and attention are counted.
        output_bytes: memory of what comes out and didn't come in: none where a module works in
            place, as ``nn.ReLU(inplace=True)``, or gives a view, as ``nn.Flatten``.
    """

    path: str
    kind: str
    output: str
    parameters: int
    flops: int
    output_bytes: int


@dataclass(frozen=True)
class Summary:
    """The lines of a network's modules; its string is a table.

    Attributes:
        rows: one a module that is called or has one below it that is, each before those below it,
            itself first; one that stands in several places has a line in the first.
        activation_bytes: the output bytes of all modules that have none below them, roughly the
            memory that training needs for activations. What functions make that are no modules
            isn't counted, and autograd doesn't keep all that is.
    """

    rows: tuple[SummaryRow, ...]
    activation_bytes: int

    def __str__(self) -> str:
        cells = [_HEADER, *map(_cells, self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(_HEADER))]
        lines = [_line(row, widths) for row in cells]
        lines.insert(1, "-" * len(lines[0]))
        whole = self.rows[0]
        total = (
            f"{whole.parameters:,} parameters, {_short(whole.flops)}FLOPs,"
            f" {_short(self.activation_bytes)}B of activations"
        )
        return "\n".join([*(line.rstrip() for line in lines), total])


def summary(model: nn.Module, *args: Any, depth: int | None = None, **kwargs: Any) -> Summary:
    """What each module of ``model`` gives and costs, for an input; nothing is computed.

    Args:
        model: any module; it is built first where it has to be.
        *args: what it is called with, where shapes may stand for tensors.
        depth: how many levels are told, from 0 for the network alone; None is all.
        **kwargs: likewise.

    >>> print(summary(nn.Sequential(nn.Linear(10, 5), nn.ReLU()), (2, 10)))
    module  class       output  parameters  FLOPs  output bytes
    -----------------------------------------------------------
            Sequential  (2, 5)          55    200            40
    0       Linear      (2, 5)          55    200            40
    1       ReLU        (2, 5)           0      0            40
    55 parameters, 200 FLOPs, 80 B of activations
    """
    if not is_built(model):
        build(model, args, kwargs)
    examples, named = examples_for(model, args, kwargs)
    costs = _Costs()
    with OnMeta(model, costs.call), torch.no_grad(), costs.counter:
        model(*examples, **named)
    return _summarize(model, costs, depth)


class _Costs:
    """What came out of modules in a pass, and the operations that it took."""

    def __init__(self) -> None:
        self.output: dict[nn.Module, Any] = {}
        self.output_bytes: Counter[nn.Module] = Counter()
        self._flops: Counter[nn.Module] = Counter()
        self.counter = FlopCounterMode(display=False)

    def call(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls ``module``, and counts what it takes and gives."""
        flops_before = self.counter.get_total_flops()
        output = call_forward(module, args, kwargs)
        self._flops[module] += self.counter.get_total_flops() - flops_before
        self.output[module] = output
        given = _storages((args, kwargs))
        new = {key: size for key, size in _storages(output).items() if key not in given}
        self.output_bytes[module] += sum(new.values())
        return output

    def flops(self, module: nn.Module) -> int:
        """Those of its calls; of what isn't called itself, those of the modules below it."""
        if module in self.output:
            return self._flops[module]
        return sum(map(self.flops, module.children()))

    def has(self, module: nn.Module) -> bool:
        """Whether it was called, or one below it."""
        return any(below in self.output for below in module.modules())


def _summarize(model: nn.Module, costs: _Costs, depth: int | None) -> Summary:
    rows = [
        SummaryRow(
            path=path,
            kind=type(module).__name__,
            output=_shapes(costs.output[module]) if module in costs.output else "",
            parameters=parameter_count(module),
            flops=costs.flops(module),
            output_bytes=costs.output_bytes[module],
        )
        for path, module in model.named_modules()
        if costs.has(module) and (depth is None or (path.count(".") + 1 if path else 0) <= depth)
    ]
    leaves = (m for m in costs.output if next(m.children(), None) is None)
    return Summary(tuple(rows), sum(costs.output_bytes[leaf] for leaf in leaves))


def _shapes(output: Any) -> str:
    return describe_shapes((output,), {})


def _storages(tree: Any) -> dict[int, int]:
    """The bytes of each piece of memory that tensors are in."""
    sizes: dict[int, int] = {}

    def note(tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        sizes[storage._cdata] = storage.nbytes()

    map_tensors(note, tree)
    return sizes


def _cells(row: SummaryRow) -> tuple[str, ...]:
    numbers = (f"{row.parameters:,}", _short(row.flops).strip(), _short(row.output_bytes).strip())
    return (row.path, row.kind, row.output, *numbers)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(cells[:3], widths[:3], strict=True)]
    right = [cell.rjust(width) for cell, width in zip(cells[3:], widths[3:], strict=True)]
    return "  ".join([*left, *right])


def _short(count: float) -> str:
    """``count`` with three digits and a prefix of SI, and a space: ``1.82 G``."""
    for prefix in ("", "k", "M", "G"):
        if count < 1000:
            return f"{count:.3g} {prefix}"
        count /= 1000
    return f"{count:,.3g} T"
