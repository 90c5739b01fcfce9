"""deep_split, deep_join: a network in two, at any path through its sequences, and in one again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torch import nn

from labwork.core import ConfigError, nearest
from labwork.nn._seq import Seq

__all__ = ["deep_join", "deep_split", "split_paths"]


def deep_split(module: nn.Module, path: str) -> tuple[nn.Module, nn.Module]:
    """The part of a network up to ``path`` with it, and the part after it.

    Both hold the very modules of the network, under the same paths.

    Args:
        module: a ``Seq``.
        path: such as ``backbone.unit1.block0``, where each on the way is a ``Seq``; with an empty
            one, the first part is all and the second an empty ``Seq``.

    Raises:
        ConfigError: where there is no such path, or a module on the way isn't a ``Seq``.

    >>> net = Seq(backbone=Seq(a=nn.ReLU(), b=nn.Tanh()), head=nn.Identity())
    >>> left, right = deep_split(net, "backbone.a")
    >>> [name for name, _ in right.named_modules() if name]
    ['backbone', 'backbone.b', 'head']
    >>> [*dict(deep_join(left, right).named_modules())] == [*dict(net.named_modules())]
    True
    """
    _check_path(module, path)
    return _split(module, path)


def deep_join(left: nn.Module, right: nn.Module) -> nn.Module:
    """The network of which ``deep_split`` made ``left`` and ``right``."""
    if isinstance(right, Seq) and not len(right):
        return left
    if not (isinstance(left, Seq) and isinstance(right, Seq)):
        names = type(left).__name__, type(right).__name__
        raise ConfigError(f"only two of class Seq can be joined, not {names[0]} and {names[1]}")
    if len(left) and left.names[-1] == right.names[0]:
        whole = deep_join(left[-1], right[0])
        return left[:-1].join(right.part({right.names[0]: whole})).join(right[1:])
    return left.join(right)


def split_paths(module: nn.Module, prefix: str = "") -> Iterator[str]:
    """All paths at which ``deep_split`` can split, the outer ones first.

    >>> list(split_paths(Seq(a=Seq(b=nn.ReLU()), c=nn.ReLU())))
    ['', 'a', 'a.b', 'c']
    """
    yield prefix
    if isinstance(module, Seq):
        for name, child in module.named_children():
            yield from split_paths(child, f"{prefix}.{name}" if prefix else name)


def _split(module: Any, path: str) -> tuple[nn.Module, nn.Module]:
    if not path:
        return module, Seq()
    name, _, rest = path.partition(".")
    end = module.index(name)
    left, right = _split(module[end], rest)
    after = dict(module[end + 1 :]._modules)
    is_whole = isinstance(right, Seq) and not len(right)
    return (
        module.part({**module[:end]._modules, name: left}),
        module.part(after if is_whole else {name: right, **after}),
    )


def _check_path(module: nn.Module, path: str) -> None:
    names = path.split(".") if path else []
    for i, name in enumerate(names):
        where = ".".join(["ROOT", *names[:i]])
        if not isinstance(module, Seq):
            raise ConfigError(
                f"can't split at {path!r}: {where} ({type(module).__name__}) isn't a Seq;"
                f" {_instead(module, names[:i])}"
            )
        if name not in module.names:
            guess = nearest(name, module.names)
            hint = f" did you mean {'.'.join([*names[:i], guess])!r}?" if guess else ""
            raise ConfigError(
                f"no path {path!r} to split at: {where} has no {name!r};{hint}"
                f" It has {', '.join(module.names) or 'none'}."
            )
        module = module[name]


def _instead(module: nn.Module, done: Sequence[str]) -> str:
    if done:
        return f"split after it, at {'.'.join(done)!r}"
    inner = [p for p, m in module.named_modules() if p and isinstance(m, Seq) and len(m)]
    return f"split a Seq in it by itself, such as {inner[0]!r}" if inner else "nor has it one"
