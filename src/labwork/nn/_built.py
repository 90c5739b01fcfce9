"""Whether a module is built, and the error where it has to be."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin

from labwork.core import StateError

__all__ = ["is_built", "is_made", "not_built", "require_built"]


def is_built(module: nn.Module) -> bool:
    """Whether nothing of ``module`` is yet to be made; true of an ordinary module.

    >>> is_built(nn.Linear(2, 1)), is_built(nn.LazyLinear(1))
    (True, False)
    """
    return all(map(is_made, module.modules()))


def require_built(module: nn.Module) -> None:
    """Makes sure that ``module`` has all its parameters.

    A container of PyTorch's leaves out of ``parameters()`` what is yet to be made below it.

    Raises:
        StateError: where some are yet to be made; it names the path of the module.

    >>> require_built(nn.Sequential(nn.ReLU(), nn.LazyLinear(1)))
    Traceback (most recent call last):
        ...
    labwork.core._errors.StateError: ROOT.1 (LazyLinear) isn't built, so its parameters aren't \
known; build it first, such as model.build((1, 3, 32, 32)), or call the model once
    """
    for path, part in module.named_modules():
        if not is_made(part):
            raise not_built(path, part)


def is_made(module: nn.Module) -> bool:
    """Whether ``module`` itself has what it is to have, whatever may be below it."""
    if isinstance(module, LazyModuleMixin):
        return not module.has_uninitialized_params()
    return bool(vars(module).get("_is_built", True))


def not_built(path: str, module: nn.Module) -> StateError:
    """The error of asking for parameters that are yet to be made, to be raised."""
    return StateError(
        f"{'.'.join(filter(None, ['ROOT', path]))} ({type(module).__name__}) isn't built, so its"
        " parameters aren't known; build it first, such as model.build((1, 3, 32, 32)), or call"
        " the model once"
    )
