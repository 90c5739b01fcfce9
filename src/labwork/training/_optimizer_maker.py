"""OptimizerMaker: an optimizer's settings without its parameters."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn
from torch.optim import LBFGS, Optimizer

from labwork.core import ConfigError, Node, unknown_name
from labwork.nn import require_built

__all__ = ["OptimizerMaker"]

Selector = str | Callable[[nn.Module], Any]


class OptimizerMaker(Node):
    """An optimizer's settings, to be called with a model.

    Args:
        optimizer_f: a class of optimizers, such as ``torch.optim.SGD``.
        params: groups of parameters with settings of their own: mappings whose ``params`` is the
            path of a module, a function from the model to parameters, or a list of these. The
            parameters in no group come first, as group 0.
        ignore_remaining_params: whether to leave those in no group out instead.
        **settings: settings of the optimizer, such as ``lr``.

    Raises:
        ConfigError: where the optimizer has no such setting; the nearest one is named.

    >>> import torch
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    >>> maker = OptimizerMaker(torch.optim.SGD, [{"params": "1", "lr": 0.01}], lr=0.1)
    >>> [(len(g["params"]), g["lr"]) for g in maker(model).param_groups]
    [(2, 0.1), (2, 0.01)]
    """

    def __init__(
        self,
        optimizer_f: Callable[..., Optimizer],
        params: Sequence[Mapping[str, Any]] = (),
        *,
        ignore_remaining_params: bool = False,
        **settings: Any,
    ) -> None:
        _check_settings(optimizer_f, settings)
        self._optimizer_f, self._groups = optimizer_f, params
        self._ignores_remaining = ignore_remaining_params
        self._settings = settings

    def __call__(self, model: nn.Module) -> Optimizer:
        """The optimizer of the parameters of ``model``.

        Raises:
            ConfigError: where a path isn't one of the model, a parameter is in two groups, there
                is no parameter at all, or the optimizer doesn't take the settings.
            StateError: where a part of the model isn't built; its path is named.
        """
        require_built(model)
        groups = [{**group, "params": _select(model, group["params"])} for group in self._groups]
        taken = [id(p) for group in groups for p in group["params"]]
        if len(set(taken)) != len(taken):
            raise ConfigError("a parameter is in two groups of OptimizerMaker's params")
        remaining = [p for p in model.parameters() if id(p) not in set(taken)]
        if remaining and not self._ignores_remaining:
            groups.insert(0, {"params": remaining})
        return self._make(groups)

    def _make(self, groups: list[dict[str, Any]]) -> Optimizer:
        if self._optimizer_f is LBFGS:
            raise ConfigError("LBFGS computes the loss several times a step, which isn't supported")
        try:
            return self._optimizer_f(groups, **self._settings)
        except (TypeError, ValueError) as error:
            name = getattr(self._optimizer_f, "__name__", repr(self._optimizer_f))
            raise ConfigError(f"{name} can't be made with {self._settings}: {error}") from error


def _check_settings(optimizer_f: Callable[..., Optimizer], settings: Mapping[str, Any]) -> None:
    try:
        parameters = inspect.signature(optimizer_f).parameters
    except (TypeError, ValueError):  # a built-in without a signature
        return
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for name in settings:
        if name not in parameters:
            known = [option for option in parameters if option != "params"]
            raise unknown_name("argument", name, known, getattr(optimizer_f, "__name__", ""))


def _select(model: nn.Module, selector: Selector | Sequence[Selector]) -> list[nn.Parameter]:
    if isinstance(selector, str):
        return list(_module_at(model, selector).parameters())
    if callable(selector):
        return list(selector(model))
    return [parameter for part in selector for parameter in _select(model, part)]


def _module_at(model: nn.Module, path: str) -> nn.Module:
    modules = dict(model.named_modules())
    if path not in modules:
        raise unknown_name("module", path, [name for name in modules if name], "OptimizerMaker")
    return modules[path]
