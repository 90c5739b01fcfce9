"""Where a module stands: its path in the outermost module that is being called."""

import sys
from collections.abc import Iterator
from types import FrameType

from torch import nn

__all__ = ["is_in_call", "path_in", "try_get_module_name_from_call_stack"]


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
    holders = [m for m in _called_modules(sys._getframe(1)) if path_in(m, module) is not None]
    if not holders:
        return None
    path = path_in(holders[-1], module)
    return f"ROOT.{path}" if path else "ROOT"


def path_in(root: nn.Module, module: nn.Module) -> str | None:
    """The path of ``module`` below ``root``, as in ``named_modules``; None where it isn't there."""
    return next((path for path, other in root.named_modules() if other is module), None)


def is_in_call(frame: FrameType | None) -> bool:
    """Whether a module's call is going on in ``frame`` or in one of those that called it."""
    return next(_called_modules(frame), None) is not None


def _called_modules(frame: FrameType | None) -> Iterator[nn.Module]:
    """Modules that are being called, from the innermost out."""
    while frame is not None:
        this = frame.f_locals.get("self") if frame.f_code.co_name == "_call_impl" else None
        if isinstance(this, nn.Module):
            yield this
        frame = frame.f_back
