"""Telling why parameters don't fit a module."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from torch import Tensor, nn

from labwork.core import StateError, nearest

__all__ = ["MisfitError", "tell_misfit"]

_MOST_LINES = 8


class MisfitError(StateError, RuntimeError):
    """Parameters don't fit a module; a RuntimeError as well, which is what PyTorch raises."""


def tell_misfit(
    target: nn.Module, state: Mapping[str, Tensor], in_file: Collection[str], hint: str = ""
) -> str:
    """What is missing, what is too much and what has another shape, on at most ten lines.

    Args:
        target: the module that they don't fit.
        state: the parameters, by the names that ``target`` has for them, as far as they are known.
        in_file: the names that stand in the file, to suggest some.
        hint: what may help; on a line of its own.

    >>> import torch
    >>> linear = nn.Linear(2, 1)
    >>> print(tell_misfit(linear, {"weights": torch.ones(1, 2)}, ["weights"]))
    2 missing, 1 too many
      weight is missing; the file has weights
      bias is missing
      weights is too many; missing is weight
    """
    own = {k: v for k, v in target.state_dict().items() if isinstance(v, Tensor)}
    missing = [n for n in own if n not in state and not n.endswith("num_batches_tracked")]
    unknown = [name for name in state if name not in own]
    others = [n for n in own if n in state and own[n].shape != state[n].shape]
    counts = {"missing": missing, "too many": unknown, "of another shape": others}
    told = ", ".join(f"{len(names)} {what}" for what, names in counts.items() if names)
    lines = [
        *(f"{n} is {_shape(state[n])} there and {_shape(own[n])} here" for n in others),
        *(f"{n} is missing{_nearest_to(n, in_file, 'the file has')}" for n in missing),
        *(f"{n} is too many{_nearest_to(n, missing, 'missing is')}" for n in unknown),
    ]
    return "\n  ".join([told, *_first(lines), *([hint] if hint else [])])


def _first(lines: list[str]) -> list[str]:
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} more"]


def _shape(tensor: Tensor) -> str:
    return str(tuple(tensor.shape))


def _nearest_to(name: str, known: Collection[str], introduction: str) -> str:
    guess = nearest(name, known)
    return f"; {introduction} {guess}" if guess else ""
