"""FiniteGuard: notices losses that are NaN or infinite without holding up a step."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor

from labwork.core import ConfigError, Node, NonFiniteError

__all__ = ["FiniteGuard", "require_finite"]


class FiniteGuard(Node):
    """Notices losses that are NaN or infinite.

    On the CPU a loss is looked at before its gradient is computed. On other devices ``stop``
    looks at it a few steps later, when its value has arrived by itself, so that no step waits;
    a checkpoint isn't written before ``take_check`` has looked at all that is left. ``skip`` has
    to know at once, so it waits for the device in each step.

    Args:
        mode: ``stop`` raises, ``skip`` leaves the step out, ``ignore`` doesn't look.

    Attributes:
        skipped: how many losses were left out.

    >>> guard = FiniteGuard("skip")
    >>> guard.admits(torch.tensor(1.0), step=0), guard.admits(torch.tensor(math.nan), step=1)
    (True, False)
    """

    state_fields = ("skipped",)

    def __init__(self, mode: Literal["stop", "skip", "ignore"] = "stop") -> None:
        if mode not in ("stop", "skip", "ignore"):
            raise ConfigError(f"on_nonfinite={mode!r} is unknown; write stop, skip or ignore")
        self.skipped = 0
        self._mode = mode
        self._under_way: deque[_Copy] = deque()

    def admits(self, loss: Tensor, step: int) -> bool:
        """Whether to learn from ``loss``, a scalar.

        Raises:
            NonFiniteError: where the mode is ``stop`` and a loss wasn't finite.
        """
        if self._mode == "ignore":
            return True
        if not loss.is_cpu and self._mode == "stop":
            self._look_later(loss, step)
            return True
        value = loss.item()
        if math.isfinite(value):
            return True
        if self._mode == "stop":
            raise _error(value, step)
        self.skipped += 1
        return False

    @property
    def mode(self) -> str:
        """What is done about a loss that isn't finite."""
        return self._mode

    def take_check(self) -> Callable[[], None]:
        """A function that waits for the values that are under way and looks at them.

        It may be called in another thread, and raises NonFiniteError where one isn't finite.
        """
        copies, self._under_way = self._under_way, deque()

        def check() -> None:
            for copy in copies:
                copy.look()

        return check

    def _look_later(self, loss: Tensor, step: int) -> None:
        self._under_way.append(_Copy(loss, step))
        while self._under_way and self._under_way[0].has_arrived():
            self._under_way.popleft().look()


def require_finite(parameters: Mapping[str, Tensor], step: int) -> None:
    """Makes sure that all parameters are finite.

    Args:
        parameters: by name.
        step: how many steps are completed.

    Raises:
        NonFiniteError: where one isn't, with its name.
    """
    for name, parameter in parameters.items():
        # A sum is several times faster; only where it overflows or isn't finite, each is looked at.
        if not parameter.sum().isfinite() and not parameter.isfinite().all():
            raise NonFiniteError(f"parameter {name} isn't finite after step {step}", step)


class _Copy:
    """A scalar on its way from a device."""

    def __init__(self, loss: Tensor, step: int) -> None:
        self._step = step
        self._value = torch.empty((), dtype=loss.dtype, pin_memory=True)
        self._value.copy_(loss.detach(), non_blocking=True)
        self._event = torch.Event(device=loss.device)
        self._event.record()

    def has_arrived(self) -> bool:
        return bool(self._event.query())

    def look(self) -> None:
        self._event.synchronize()
        value = self._value.item()
        if not math.isfinite(value):
            raise _error(value, self._step)


def _error(value: float, step: int) -> NonFiniteError:
    return NonFiniteError(
        f"the loss is {value} in step {step + 1}; lower the learning rate, clip the gradient"
        " (clip_norm=1.0), or leave such steps out (on_nonfinite='skip')",
        step,
    )
