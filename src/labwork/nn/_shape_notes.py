"""What is noted on an error that comes out of a module: its path, what came, what was expected."""

from types import TracebackType
from typing import Any

from torch import nn

from labwork.nn._layer_norm import LayerNorm2d
from labwork.nn._path import path_in
from labwork.nn._tensors import describe_shapes

__all__ = ["expected_input", "note_place"]

_DIMENSIONS = {"1d": ("L",), "2d": ("H", "W"), "3d": ("D", "H", "W")}


def note_place(error: BaseException, root: nn.Module) -> None:
    """Notes the innermost module below ``root`` that the error went through."""
    if any(note.startswith("in ROOT") for note in getattr(error, "__notes__", ())):
        return  # it was raised again
    calls = _calls(error.__traceback__)
    for module, shapes in reversed(calls):
        if (path := path_in(root, module)) is not None:
            name = f"ROOT.{path}" if path else "ROOT"
            expected = expected_input(module)
            wanted = f"; it takes {expected}" if expected else ""
            error.add_note(f"in {name} ({type(module).__name__}): the input was {shapes}{wanted}")
            return


def expected_input(module: nn.Module) -> str:
    """The shape that a layer of PyTorch's or ours takes, such as ``(N, 3, H, W)``; else nothing.

    >>> expected_input(nn.Conv2d(3, 8, 1)), expected_input(nn.Linear(4, 2))
    ('(N, 3, H, W)', '(…, 4)')
    >>> expected_input(nn.AvgPool2d(2))
    '(N, C, H, W)'
    """
    match module:
        case LayerNorm2d():
            return f"(N, {module.normalized_shape[0]}, H, W)"
        case nn.Linear():
            return f"(…, {module.in_features})"
        case nn.LayerNorm():
            return f"(…, {', '.join(map(str, module.normalized_shape))})"
    channels = _first_attribute(module, "in_channels", "num_features", "num_channels")
    is_known = type(module).__module__.startswith(("torch.nn.", "labwork.nn."))
    sizes = _DIMENSIONS.get(type(module).__name__[-2:]) if is_known else None
    if sizes is None and not isinstance(module, nn.GroupNorm):
        return ""
    return f"({', '.join(('N', str(channels or 'C'), *(sizes or ('…',))))})"


def _first_attribute(module: nn.Module, *names: str) -> Any:
    return next((vars(module)[name] for name in names if name in vars(module)), None)


def _calls(traceback: TracebackType | None) -> list[tuple[nn.Module, str]]:
    """The modules whose call an error went through, with the shapes that came in."""
    calls = []
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_name == "_call_impl" and "self" in frame.f_locals:
            args, kwargs = frame.f_locals.get("args", ()), frame.f_locals.get("kwargs", {})
            calls.append((frame.f_locals["self"], describe_shapes(args, kwargs)))
        traceback = traceback.tb_next
    return calls
