"""Nested arguments: what stands in them, and the same with other tensors."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = ["as_example", "describe_shapes", "map_tensors"]


def map_tensors(f: Callable[[Tensor], Any], tree: Any) -> Any:
    """``tree`` with ``f`` of each tensor; it goes into tuples, lists and dicts."""
    match tree:
        case Tensor():
            return f(tree)
        case tuple() if hasattr(tree, "_fields"):
            return type(tree)(*(map_tensors(f, value) for value in tree))
        case tuple() | list():
            return type(tree)(map_tensors(f, value) for value in tree)
        case dict():
            mapped = {key: map_tensors(f, value) for key, value in tree.items()}
            return mapped if type(tree) is dict else type(tree)(mapped)
    return tree


def as_example(tree: Any, dtype: torch.dtype | None = None) -> Any:
    """Tensors without content, on the meta device, for tensors or for shapes in ``tree``.

    Where there is a tensor, tuples of integers are what they are, such as a size to give.

    Args:
        tree: tensors, or tuples or lists of integers, in lists, tuples and dicts of any depth.
        dtype: of tensors that are given by their shapes.

    >>> as_example((2, 3)).shape, as_example([torch.zeros(1), (2, 3)])
    (torch.Size([2, 3]), [tensor(..., device='meta', size=(1,)), (2, 3)])
    """
    found: list[Tensor] = []
    map_tensors(found.append, tree)
    if found:
        return map_tensors(lambda tensor: tensor.detach().to("meta"), tree)
    return _of_shapes(tree, dtype)


def describe_shapes(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """The shapes of arguments in words, such as ``(2, 3), mask=(2, 1)``."""
    named = [f"{name}={_describe(value)}" for name, value in kwargs.items()]
    return ", ".join([*(_describe(value) for value in args), *named]) or "nothing"


def _of_shapes(tree: Any, dtype: torch.dtype | None) -> Any:
    if _is_shape(tree):
        return torch.empty(tuple(tree), dtype=dtype, device="meta")
    match tree:
        case tuple() | list():
            return type(tree)(_of_shapes(value, dtype) for value in tree)
        case dict():
            return {key: _of_shapes(value, dtype) for key, value in tree.items()}
    return tree


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, tuple | list)
        and len(value) > 0
        and all(type(size) is int for size in value)
    )


def _describe(value: Any) -> str:
    match value:
        case Tensor():
            return str(tuple(value.shape))
        case tuple() | list():
            return f"[{', '.join(map(_describe, value))}]"
    return type(value).__name__
