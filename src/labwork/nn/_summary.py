"""summary: what a network consists of, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from labwork.core import ConfigError
from labwork.nn._module import Module, is_built
from labwork.nn._on_meta import OnMeta, examples_for
from labwork.nn._parameters import parameter_count
from labwork.nn._tensors import describe_shapes, map_tensors

__all__ = ["Summary", "SummaryRow", "summary"]

_HEADER = ("module", "class", "output", "parameters", "FLOPs", "output bytes")


@dataclass(frozen=True)
class SummaryRow:
    """A module's line: what it is, and what one call of it costs.

    Attributes:
        path: in the network; empty for the network itself.
        kind: the class.
        output: the shape that comes out, in words.
        parameters: their number, with those of the modules below.
        flops: floating-point operations of a call, those below included; a multiplication with an
            addition is two. Convolutions, matrix products and attention are counted.
        output_bytes: memory of what comes out.
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
        rows: one a module that is called, each before those below it, itself first.
        activation_bytes: what comes out of all modules that have none below them, roughly the
            memory that training needs for activations.
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
        if not isinstance(model, Module):
            raise ConfigError(f"{type(model).__name__} isn't built; call it once before")
        model.build(*args, **kwargs)
    examples, named = examples_for(model, args, kwargs)
    outputs: dict[nn.Module, Any] = {}
    handles = [m.register_forward_hook(_keep(outputs)) for m in model.modules()]
    counter = FlopCounterMode(display=False)
    try:
        with OnMeta(model), torch.no_grad(), counter:
            model(*examples, **named)
    finally:
        for handle in handles:
            handle.remove()
    return _summarize(model, outputs, counter.get_flop_counts(), depth)


def _summarize(
    model: nn.Module, outputs: dict[nn.Module, Any], flops: dict[str, Any], depth: int | None
) -> Summary:
    name = type(model).__name__
    called = {path: module for path, module in model.named_modules() if module in outputs}
    rows = [
        SummaryRow(
            path=path,
            kind=type(module).__name__,
            output=describe_shapes((outputs[module],), {}),
            parameters=parameter_count(module),
            flops=sum(flops.get(f"{name}.{path}" if path else name, {}).values()),
            output_bytes=_bytes(outputs[module]),
        )
        for path, module in called.items()
        if depth is None or (path.count(".") + 1 if path else 0) <= depth
    ]
    leaves = (m for m in outputs if next(m.children(), None) is None)
    return Summary(tuple(rows), sum(_bytes(outputs[leaf]) for leaf in leaves))


def _keep(outputs: dict[nn.Module, Any]) -> Callable[..., None]:
    def keep(module: nn.Module, args: Any, output: Any) -> None:
        outputs[module] = output

    return keep


def _bytes(output: Any) -> int:
    sizes: list[int] = []
    map_tensors(lambda tensor: sizes.append(tensor.numel() * tensor.element_size()), output)
    return sum(sizes)


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
