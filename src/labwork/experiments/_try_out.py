"""Tries a trainer out, so that what doesn't fit the data or the loss is told before training."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from torch import Tensor, nn

from labwork.config import ArgTree
from labwork.core import ConfigError, ExpressionError, shorten
from labwork.data import Dataset
from labwork.experiments._call import call, name_of
from labwork.runtime import RandomState
from labwork.training import Trainer, supervised_eval_step, supervised_step

__all__ = ["try_out"]

_SAME_SHAPE = "two float tensors of one shape"
_TAKES = {
    "binary_cross_entropy_with_logits": _SAME_SHAPE,
    "cross_entropy": "scores (N, C, …) and classes (N, …)",
    "huber_loss": _SAME_SHAPE,
    "kl_div": _SAME_SHAPE,
    "l1_loss": _SAME_SHAPE,
    "mse_loss": _SAME_SHAPE,
    "nll": "scores (N, C, …) and classes (N, …)",
    "nll_loss": "log-probabilities (N, C, …) and classes (N, …)",
    "smooth_l1_loss": _SAME_SHAPE,
}


def try_out(arguments: ArgTree, data: Any) -> None:
    """Prepares a trainer that nobody uses, and evaluates the first training batch with it.

    What else goes wrong is told where it is done, with the traceback that it takes to find it.
    There are no extensions, which may change the model. With them or steps of users' own, which may
    do anything, and with loaders, which would be a batch further, nothing is evaluated.

    Args:
        arguments: of ``Trainer``. The model isn't changed, as it is in evaluation mode; nor are
            the loss, of which there is a copy, and the random state.
        data: the training data.

    Raises:
        ConfigError: where the loss or a metric fails, with what they were given; or where PyTorch
            refuses what a module of the model does, with the module's path.
        Exception: what preparing raises.
    """
    changes = arguments.without(("extension_fs",)).changes
    trainer = call(Trainer, ArgTree(**{**changes, "worker_count": 0}))
    random, before = RandomState(), RandomState().state_dict()
    try:
        trainer.prepare(data)
        if _is_built_in(arguments) and isinstance(data, Dataset):
            _evaluate_batch(trainer)
    finally:
        random.load_state_dict(before)
        trainer.close()


def _evaluate_batch(trainer: Trainer) -> None:
    own = deepcopy(trainer.loss) if isinstance(trainer.loss, nn.Module) else trainer.loss
    loss = trainer.loss = _Recorded(own)
    try:
        trainer.evaluate([next(iter(trainer.loader))], "train")
    except ExpressionError:
        raise  # of a lambda, which knows where it was written
    except Exception as error:
        if told := _told(loss, error):
            raise ConfigError(told) from error


def _is_built_in(arguments: ArgTree) -> bool:
    given = arguments.changes
    steps = {"train_step": supervised_step, "eval_step": supervised_eval_step}
    return not given.get("extension_fs") and all(
        given.get(name, step) is step for name, step in steps.items()
    )


class _Recorded:
    """A loss that remembers what it was given, and whether it gave something."""

    def __init__(self, loss: Callable[..., Any]) -> None:
        self.loss = loss
        self.args: tuple[Any, ...] | None = None
        self.is_done = False

    def __call__(self, *args: Any) -> Any:
        self.args = args
        result = self.loss(*args)
        self.is_done = True
        return result


def _told(recorded: _Recorded, error: Exception) -> str:
    """What is wrong with model, loss or metrics; empty where it is something else."""
    notes = getattr(error, "__notes__", [])
    reason = " ".join((str(error) or type(error).__name__).split())
    if recorded.args is None:
        is_refused = isinstance(error, RuntimeError) and notes
        return f"the model fails: {'; '.join([reason, *notes])}" if is_refused else ""
    given = " and ".join(map(_describe, recorded.args))
    if recorded.is_done:
        return f"the metrics fail: {reason}; the model and the data gave {given}"
    name = name_of(recorded.loss)
    takes = f", and takes {_TAKES[name]}" if name in _TAKES else ""
    return f"{shorten(name)} fails: {reason}; it was given {given}{takes}"


def _describe(value: Any) -> str:
    """What ``value`` is, as far as a loss cares.

    >>> import torch
    >>> _describe(torch.zeros(2, 3)), _describe([1])
    ('float32 (2, 3)', 'list')
    """
    if isinstance(value, Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    return type(value).__name__
