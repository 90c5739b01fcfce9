"""GradientUpdate: from a loss to changed parameters."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
from torch import Tensor
from torch.optim import Optimizer

from labwork.core import ConfigError, Node
from labwork.training._finite import FiniteGuard

__all__ = ["GradientUpdate"]


class GradientUpdate(Node):
    """Computes the gradient of a loss, accumulates, clips, and lets the optimizer step.

    With accumulation, the gradient of a window of batches is that of the mean loss over all its
    samples, also where the last batch is smaller or the epoch ends within the window: each loss
    is weighted with its number of samples.

    Args:
        optimizer: what changes the parameters.
        accumulation_count: batches for each step of the optimizer, 1 or more.
        clip_norm: the largest norm of the whole gradient (Pascanu et al.: On the difficulty of
            training recurrent neural networks, 2013), or None.
        on_nonfinite: what to do about a loss that is NaN or infinite; see ``FiniteGuard``.
        step: tells how many steps are completed, for messages.

    Attributes:
        count: steps that the optimizer made.
        window_batches: batches whose gradients wait for the next step.
        window_samples: samples in these batches.

    >>> weight = torch.nn.Parameter(torch.ones(()))
    >>> update = GradientUpdate(torch.optim.SGD([weight], lr=1.0), accumulation_count=2)
    >>> update(weight * 1.0, sample_count=3), update(weight * 5.0, sample_count=1)
    (False, True)
    >>> weight.item()  # 1 - (3 * 1 + 1 * 5) / 4
    -1.0
    """

    state_fields = ("count", "window_batches", "window_samples")

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        accumulation_count: int = 1,
        clip_norm: float | None = None,
        on_nonfinite: Literal["stop", "skip", "ignore"] = "stop",
        step: Callable[[], int] = lambda: 0,
    ) -> None:
        if clip_norm is not None and not isinstance(clip_norm, int | float):
            raise ConfigError(f"clip_norm={clip_norm!r} must be a number or None")
        if accumulation_count < 1:
            raise ConfigError(f"accumulation_count={accumulation_count} must be 1 or more")
        self.count = self.window_batches = self.window_samples = 0
        self.guard = FiniteGuard(on_nonfinite)
        self._optimizer = optimizer
        self._accumulation_count = accumulation_count
        self._clip_norm = clip_norm
        self._completed_steps = step

    def __call__(self, loss: Tensor, sample_count: int = 1) -> bool:
        """Adds the gradient of ``loss``, a mean over ``sample_count`` samples.

        Returns:
            Whether the optimizer made a step.

        Raises:
            NonFiniteError: where the loss isn't finite and ``on_nonfinite`` is ``stop``.
        """
        admitted = self.guard.admits(loss, self._completed_steps())
        if self._accumulation_count == 1:
            return admitted and self._update_at_once(loss)
        if admitted:
            (loss * sample_count).backward()
            self.window_samples += sample_count
        self.window_batches += 1
        return self.window_batches == self._accumulation_count and self.finish_window()

    def finish_window(self) -> bool:
        """Lets the optimizer step with what is accumulated, if anything is."""
        samples, self.window_batches, self.window_samples = self.window_samples, 0, 0
        if not samples:
            return False
        torch._foreach_div_(self._gradients(), samples)
        return self._step()

    def state_dict(self) -> dict[str, Any]:
        """The counters and, within a window, the accumulated gradients in optimizer order."""
        gradients = [p.grad for p in self._parameters()] if self.window_samples else []
        return {**super().state_dict(), "gradients": gradients}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restores the counters and the gradients."""
        fields = dict(state_dict)
        gradients = fields.pop("gradients", [])
        super().load_state_dict(fields)
        self._optimizer.zero_grad()
        for parameter, gradient in zip(self._parameters(), gradients, strict=False):
            parameter.grad = None if gradient is None else gradient.to(parameter.device)

    def _update_at_once(self, loss: Tensor) -> bool:
        loss.backward()
        return self._step()

    def _step(self) -> bool:
        if self._clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._parameters(), self._clip_norm)
        is_good = self.guard.mode != "skip" or self._has_finite_gradient()
        if is_good:
            self._optimizer.step()
            self.count += 1
        else:
            self.guard.skipped += 1
        self._clear_gradients()
        return is_good

    def _has_finite_gradient(self) -> bool:
        return bool(torch.nn.utils.get_total_norm(self._gradients()).isfinite())

    def _clear_gradients(self) -> None:
        # What zero_grad() does, without the profiler's record of it, which costs more.
        for group in self._optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def _parameters(self) -> list[Tensor]:
        return [p for group in self._optimizer.param_groups for p in group["params"]]

    def _gradients(self) -> list[Tensor]:
        return [p.grad for p in self._parameters() if p.grad is not None]
