"""Seq: modules one after another, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count, pairwise
from typing import Any, Self

import torch
from torch import Tensor, nn

from labwork.core import ConfigError, StateError, nearest
from labwork.nn._by_name import by_name
from labwork.nn._checkpoint import Ranges, checkpointed, ranges_with, ranges_without
from labwork.nn._invertible import Invertible, invertible_part
from labwork.nn._precision import precise
from labwork.nn._script import refuse_script

__all__ = ["Seq"]

Place = int | str
Ends = tuple[Place | None, Place | None]


class Seq(Invertible):
    """Modules, each of which takes what the one before it gives.

    Args:
        *modules: modules, named by their number; or one mapping from names to modules.
        **named: modules by name.

    Indexing: a name or a number gives a module; a slice by names or numbers a ``Seq`` of these
    modules, without the end, as ever: ``seq["conv1":]``, ``seq[:"conv0"]``.

    Where all its modules are ``Invertible``, so is it.

    Raises:
        ConfigError: for a name that isn't there, or one that is there twice.

    >>> import torch
    >>> seq = Seq(conv=nn.Conv2d(3, 8, 1), act=nn.ReLU(), pool=nn.AvgPool2d(2))
    >>> seq["act"], seq[-1].stride, seq[:"pool"].names
    (ReLU(), 2, ('conv', 'act'))
    >>> seq(torch.zeros(1, 3, 4, 4)).shape
    torch.Size([1, 8, 2, 2])
    """

    _checkpointed: Ranges = ()
    __prepare_scriptable__ = refuse_script

    def __init__(self, *modules: nn.Module | Mapping[str, nn.Module], **named: nn.Module) -> None:
        super().__init__()
        for name, module in by_name(modules, named).items():
            self.append(module, name)

    def append(self, module: nn.Module, name: str | None = None) -> Self:
        """Puts a module at the end; without a name, the next free number is its name."""
        return self.insert(len(self), module, name)

    def extend(self, modules: Iterable[nn.Module] | Mapping[str, nn.Module]) -> Self:
        """Puts modules at the end, one after another; those of a mapping with their names.

        >>> Seq(nn.ReLU()).extend([nn.Tanh()]).extend({"last": nn.Tanh()}).names
        ('0', '1', 'last')
        """
        named = modules.items() if isinstance(modules, Mapping) else [(None, m) for m in modules]
        for name, module in named:
            self.append(module, name)
        return self

    def insert(self, key: Place, module: nn.Module, name: str | None = None) -> Self:
        """Puts a module before that of ``key``; the others keep their names.

        Args:
            key: a name or a number; ``len(seq)`` is the end.
            module: what is put there.
            name: what it is called; without one, as ``append`` has it.

        >>> Seq(a=nn.ReLU(), b=nn.ReLU()).insert("b", nn.Tanh(), "between").names
        ('a', 'between', 'b')
        """
        name = self._free_number() if name is None else name
        self._check_new(name, module)
        place = len(self) if key == len(self) else self.index(key)
        after = self.names[place:]
        self.add_module(name, module)
        for other in after:
            self._modules[other] = self._modules.pop(other)
        if self._checkpointed:
            self._checkpointed = ranges_with(self._checkpointed, place)
        return self

    def pop(self, key: Place = -1) -> nn.Module:
        """Takes a module out, and gives it; the others keep their names.

        >>> seq = Seq(a=nn.ReLU(), b=nn.Tanh())
        >>> seq.pop("a"), seq.names
        (ReLU(), ('b',))
        """
        module: nn.Module = self[key]
        del self[key]
        return module

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the modules, in order."""
        return tuple(self._modules)

    def index(self, key: Place | nn.Module) -> int:
        """The number of a module, by its name, its number (which may count from the end) or itself.

        >>> Seq(a=nn.ReLU(), b=nn.Tanh()).index("b")
        1
        """
        if isinstance(key, int) and -len(self) <= key < len(self):
            return key % len(self)
        found = [i for i, (n, m) in enumerate(self._modules.items()) if key is m or key == n]
        if not found:
            raise self._unknown(key)
        return found[0]

    def split(self, key: Place) -> tuple[Self, Self]:
        """The modules up to ``key`` with it, and those after it.

        >>> left, right = Seq(a=nn.ReLU(), b=nn.ReLU(), c=nn.ReLU()).split("b")
        >>> left.names, right.names, left.join(right).names
        (('a', 'b'), ('c',), ('a', 'b', 'c'))
        """
        end = self.index(key) + 1
        return self[:end], self[end:]

    def join(self, other: Seq) -> Self:
        """The modules of this ``Seq``, then those of the other; no name may be in both."""
        joined = self.part(self._modules)
        for name, module in other._modules.items():
            joined.append(module, name)  # type: ignore[arg-type]
        return joined

    def part(self, modules: Mapping[str, nn.Module | None]) -> Self:
        """Another one of this class, with the same attributes, of other modules.

        Raises:
            StateError: where this one has something yet to be made, which parts wouldn't get.
        """
        if not self._is_built:
            raise StateError(
                f"{type(self).__name__} isn't built, so it has no parts; build it first, such as"
                " model.build((1, 3, 32, 32))"
            )
        part = type(self).__new__(type(self))
        nn.Module.__init__(part)
        own = {k: v for k, v in vars(self).items() if k not in vars(part)}
        tensors = {"_parameters": dict(self._parameters), "_buffers": dict(self._buffers)}
        vars(part).update(own, training=self.training, **tensors)
        part._modules = dict(modules)
        part._checkpointed = ()
        return part

    def checkpoint(self, *ranges: Ends) -> Self:
        """Keeps no activations within these ranges, but computes them again in the backward pass.

        Random numbers and buffers are the same both times, so batch normalization counts a batch
        once. Without a range, all are kept again; parts of this ``Seq`` have no ranges. Chen et
        al.: Training deep nets with sublinear memory cost, 2016.

        Args:
            *ranges: the first module, and the one after the last, as in a slice: ``("a", "c")``,
                ``(0, 3)``, ``(None, None)``.

        >>> import torch
        >>> seq = Seq(a=nn.Linear(2, 2), b=nn.Tanh(), c=nn.Linear(2, 1)).checkpoint((None, "c"))
        >>> seq(torch.ones(1, 2)).sum().backward()
        """
        if wrong := [ends for ends in ranges if not isinstance(ends, tuple) or len(ends) != 2]:
            raise ConfigError(f"a range has two ends, such as ('a', 'c'), not {wrong[0]!r}")
        bounds = sorted(self._bounds(slice(*ends)) for ends in ranges)
        if any(end > start for (_, end), (start, _) in pairwise(bounds)):
            raise ConfigError(f"ranges to checkpoint overlap: {', '.join(map(str, ranges))}")
        self._checkpointed = tuple(bounds)
        return self

    def forward(self, x: Any) -> Any:
        """``x`` through all modules in order."""
        if self._checkpointed and torch.is_grad_enabled() and not x.is_meta:
            return self._forward_checkpointed(x)
        return _apply(self._modules.values(), x)

    def inverse_forward(self, y: Any) -> Any:
        """``y`` through the inverses of all modules, from the last to the first."""
        for module in reversed(self._modules.values()):
            y = invertible_part(module).inverse_forward(y)  # type: ignore[arg-type]
        return y

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        total = precise(x.new_zeros(x.shape[0]))
        for module in self:
            x, ladj = invertible_part(module).call_and_ladj(x)
            total = total + ladj
        return x, total

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        total = precise(y.new_zeros(y.shape[0]))
        for module in reversed(self._modules.values()):
            y, ladj = invertible_part(module).inverse_and_ladj(y)  # type: ignore[arg-type]
            total = total + ladj
        return y, total

    def parts_without_inverse(self, path: str = "ROOT") -> Iterator[str]:
        for name, module in self.named_children():
            if isinstance(module, Invertible):
                yield from module.parts_without_inverse(f"{path}.{name}")
            else:
                yield f"{path}.{name} ({type(module).__name__})"

    def _forward_checkpointed(self, x: Any) -> Any:
        modules, done = list(self), 0
        for start, end in self._checkpointed:
            x = _apply(modules[done:start], x)
            x = checkpointed(_apply, modules[start:end], x)
            done = end
        return _apply(modules[done:], x)

    def _bounds(self, key: slice) -> tuple[int, int]:
        start = key.start if isinstance(key.start, int | None) else self.index(key.start)
        stop = key.stop if isinstance(key.stop, int | None) else self.index(key.stop)
        return slice(start, stop).indices(len(self))[:2]

    def _check_new(self, name: str, module: object) -> None:
        _check_is_module(module)
        if name in self._modules:
            raise ConfigError(f"a module named {name!r} is in the Seq already")
        if hasattr(self, name):
            raise ConfigError(f"{name!r} is an attribute of Seq; give the module another name")
        if not name or "." in name:
            raise ConfigError(
                f"a module's name has a letter, and no dot as paths have, not {name!r}"
            )

    def _free_number(self) -> str:
        return next(name for name in map(str, count(len(self))) if name not in self._modules)

    def _unknown(self, key: object) -> ConfigError:
        guess = nearest(key, self.names) if isinstance(key, str) else None
        hint = f" did you mean {guess!r}?" if guess else ""
        known = ", ".join(self.names) or "none"
        return ConfigError(f"no module {key!r} in a Seq;{hint} It has {known}.")

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            if key.step is not None and key.step < 1:
                raise ConfigError(
                    f"a part of a Seq has its modules in order, so no step {key.step}"
                )
            start, stop = self._bounds(key)
            return self.part(dict([*self._modules.items()][start : stop : key.step]))
        return self._modules[self.names[self.index(key)]]

    def __setitem__(self, key: Place, module: nn.Module) -> None:
        _check_is_module(module)
        self._modules[self.names[self.index(key)]] = module

    def __delitem__(self, key: Place | slice) -> None:
        every = range(len(self))
        gone = (
            every[slice(*self._bounds(key), key.step)]
            if isinstance(key, slice)
            else [self.index(key)]
        )
        for place in sorted(gone, reverse=True):
            del self._modules[self.names[place]]
            if self._checkpointed:
                self._checkpointed = ranges_without(self._checkpointed, place)

    def __iter__(self) -> Iterator[nn.Module]:
        return iter(self._modules.values())  # type: ignore[arg-type]

    def __contains__(self, key: object) -> bool:
        return any(key is module or key == name for name, module in self._modules.items())

    def __len__(self) -> int:
        return len(self._modules)


def _check_is_module(module: object) -> None:
    if not isinstance(module, nn.Module):
        raise ConfigError(f"a Seq has modules, not {module!r}; Func makes one of a function")


def _apply(modules: Iterable[Any], x: Any) -> Any:
    for module in modules:
        x = module(x)
    return x
