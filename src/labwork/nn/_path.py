"""Where a module stands: its path in the outermost module that is being called."""

import sys
from collections.abc import Iterator, Sequence
from types import FrameType

from torch import nn

__all__ = [
    "called_modules",
    "outermost_holder",
    "path_in",
    "try_get_module_name_from_call_stack",
]


def try_get_module_name_from_call_stack(module: nn.Module) -> str | None:
    """The path of ``module`` in the outermost module whose call is going on, from ``ROOT``.

    Returns:
        such as ``ROOT.backbone.conv``; None where no module that holds ``module`` is being called.

    >>> class Tells(nn.Module):
    ...     def forward(self, x):
    ...         print(try_get_module_name_from_call_stack(self))
    >>> nn.Sequential(nn.Sequential(Tells()))(0)
    ROOT.0.0
    """
    callers = [*called_modules(sys._getframe(1))]
    if all(path_in(caller, module) is None for caller in callers):
        return None
    path = path_in(outermost_holder(callers, module), module)
    return f"ROOT.{path}" if path else "ROOT"


def path_in(root: nn.Module, module: nn.Module) -> str | None:
    """The path of ``module`` below ``root``, as in ``named_modules``; None where it isn't there."""
    return next((path for path, other in root.named_modules() if other is module), None)


def outermost_holder(callers: Sequence[nn.Module], module: nn.Module) -> nn.Module:
    """The last of ``callers`` that holds ``module`` or is it; at least one has to."""
    return next(m for m in reversed(callers) if path_in(m, module) is not None)


def called_modules(frame: FrameType | None) -> Iterator[nn.Module]:
    """Modules whose calls are going on in ``frame`` and those that called it, innermost first."""
    while frame is not None:
        this = frame.f_locals.get("self") if frame.f_code.co_name == "_call_impl" else None
        if isinstance(this, nn.Module):
            yield this
        frame = frame.f_back
