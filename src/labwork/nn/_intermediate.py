"""with_intermediate_outputs: a network that also tells what went on inside."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from torch import Tensor, nn

from labwork.core import ConfigError, suggestion
from labwork.nn._built import is_built
from labwork.nn._tensors import map_tensors

__all__ = ["with_intermediate_outputs"]

Action = Literal["copy", "warn", "error", "ignore"]
_ACTIONS = ("copy", "warn", "error", "ignore")


def with_intermediate_outputs(
    module: nn.Module,
    paths: str | Sequence[str] | None = None,
    inplace_modified_action: Action = "copy",
    *,
    return_dict: bool = False,
    inputs: bool = False,
) -> Callable[..., tuple[Any, Any]]:
    """A function that calls ``module`` and gives its output and those of modules below it.

    Args:
        module: any module.
        paths: of the modules to look at, as in ``named_modules``; None is all below ``module``;
            a single path gives its bare output instead of a list. A module that stands in several
            places may be named by any of its paths.
        inplace_modified_action: what to do about outputs that later modules change in place, as
            ``nn.ReLU(inplace=True)`` does. ``copy``: later modules get a copy, so that the
            values are those at the time that they were made; gradients pass. The others hand out
            the very tensors, and ``warn``, raise an ``error``, or ``ignore`` it if they were
            changed meanwhile.
        return_dict: whether the outputs come as a dict by path.
        inputs: whether to give what went into the modules, as a tuple, instead of what came out;
            what was given by keyword comes last.

    Returns:
        ``f(*args, **kwargs) -> (output, outputs)``. The output of a module that is called several
        times is that of its last call; that of one that isn't called is None.

    Raises:
        ConfigError: for a path that isn't there; and for ``warn`` and ``error`` in
            ``torch.inference_mode()``, where changes aren't counted.
        RuntimeError: with ``error``, where an output was changed in place.

    >>> import torch
    >>> net = nn.Sequential(nn.Linear(1, 1), nn.ReLU(inplace=True))
    >>> _ = nn.init.constant_(net[0].weight, -1), nn.init.zeros_(net[0].bias)
    >>> out, linear = with_intermediate_outputs(net, "0")(torch.ones(1, 1))
    >>> out.item(), linear.item()
    (0.0, -1.0)
    """
    if inplace_modified_action not in _ACTIONS:
        raise ConfigError(
            f"inplace_modified_action is one of {', '.join(_ACTIONS)}, not"
            f" {inplace_modified_action!r}"
        )
    every = [path for path, _ in module.named_modules() if path]
    chosen = every if paths is None else _as_list(paths)
    targets = _at(module, chosen)

    def call(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        values = _Values(inplace_modified_action)
        with _hooked(targets, values, inputs):
            out = module(*args, **kwargs)
        values.check()
        found = {path: values.found.get(path) for path in chosen}
        if return_dict:
            return out, found
        return out, found[paths] if isinstance(paths, str) else list(found.values())

    return call


class _Values:
    """What went into or came out of modules, with the versions of the tensors."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.found: dict[str, Any] = {}
        self._versions: list[tuple[str, Tensor, int]] = []

    def take(self, path: str, value: Any) -> Any:
        """Keeps a value; gives what is to go on in its place."""
        self.found[path] = value
        if self._action == "copy":
            return map_tensors(Tensor.clone, value)
        if self._action != "ignore":
            map_tensors(lambda tensor: self._note(path, tensor), value)
        return value

    def _note(self, path: str, tensor: Tensor) -> None:
        if tensor.is_inference():
            raise ConfigError(
                f"inplace_modified_action={self._action!r} can't tell what is changed in"
                " torch.inference_mode(); use torch.no_grad(), or 'copy' or 'ignore'"
            )
        self._versions.append((path, tensor, tensor._version))

    def check(self) -> None:
        """Tells which values were changed in place after they were taken."""
        changed = {
            path: None for path, tensor, version in self._versions if tensor._version != version
        }
        if not changed:
            return
        message = (
            f"changed in place since the module gave it: {', '.join(changed)};"
            " inplace_modified_action='copy' gives the values as they were"
        )
        if self._action == "error":
            raise RuntimeError(message)
        warnings.warn(message, stacklevel=3)


@contextmanager
def _hooked(targets: dict[str, nn.Module], values: _Values, inputs: bool) -> Iterator[None]:
    handles = [
        module.register_forward_pre_hook(_take_input(path, values), with_kwargs=True)
        if inputs
        else module.register_forward_hook(_take_output(path, values))
        for path, module in targets.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _take_input(path: str, values: _Values) -> Callable[..., Any]:
    def take(module: nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        given = values.take(path, (*args, *kwargs.values()))
        by_keyword = zip(kwargs, given[len(args) :], strict=True)
        return given[: len(args)], dict(by_keyword)

    return take


def _take_output(path: str, values: _Values) -> Callable[..., Any]:
    return lambda module, args, out: values.take(path, out)


def _as_list(paths: str | Sequence[str]) -> list[str]:
    return [paths] if isinstance(paths, str) else list(paths)


def _at(module: nn.Module, paths: Sequence[str]) -> dict[str, nn.Module]:
    below = dict(module.named_modules(remove_duplicate=False))
    if unknown := [path for path in paths if path not in below]:
        raise _unknown(module, unknown[0], below)
    return {path: below[path] for path in paths}


def _unknown(module: nn.Module, path: str, below: Iterable[str]) -> ConfigError:
    hint = suggestion(path, below)
    if not is_built(module):
        hint += f"; {type(module).__name__} isn't built, so parts may be missing: build it first"
    return ConfigError(f"there is no module {path!r} to look at{hint}")
