"""TrainerConfig: a named set of a trainer's arguments."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from torch import nn

from labwork.config import UpdaTree, tree_partial
from labwork.core import describe, represent, unknown_name
from labwork.training._trainer import Trainer

__all__ = ["TrainerConfig"]


class TrainerConfig(Mapping[str, Any]):
    """Arguments of ``Trainer``, made of other configs and of keywords.

    Later configs override earlier ones, keywords override them all, and the ``extension_fs`` of
    all are put together. A tree of arguments (``labwork.config.ArgTree`` and its kin) edits a
    copy of what is there; where there is nothing yet, it waits for it, or for the default of
    ``Trainer``.

    Args:
        *configs: configs to start from.
        **arguments: arguments of ``Trainer``.

    Raises:
        ConfigError: where ``Trainer`` has no such argument; the nearest one is named.

    >>> base = TrainerConfig(epoch_count=10, batch_size=32)
    >>> TrainerConfig(base, batch_size=64)
    TrainerConfig(epoch_count=10, batch_size=64)

    >>> from torch.optim import SGD
    >>> from labwork.config import t
    >>> from labwork.training import OptimizerMaker
    >>> TrainerConfig(optimizer_f=OptimizerMaker(SGD, lr=0.1))
    TrainerConfig(optimizer_f=OptimizerMaker(optimizer_f=SGD, lr=0.1))
    >>> TrainerConfig(_, optimizer_f=t(lr=0.2))
    TrainerConfig(optimizer_f=OptimizerMaker(optimizer_f=SGD, lr=0.2))
    """

    def __init__(self, *configs: "TrainerConfig", **arguments: Any) -> None:
        known = [name for name in inspect.signature(Trainer).parameters if name != "model"]
        for name in arguments:
            if name not in known:
                raise unknown_name("argument", name, known, "the trainer")
        self._arguments: dict[str, Any] = {}
        for part in (*configs, arguments):
            extensions = (*self._arguments.get("extension_fs", ()), *part.get("extension_fs", ()))
            self._arguments.update(_edited(self._arguments, part))
            if extensions:
                self._arguments["extension_fs"] = extensions

    def make_trainer(self, model: nn.Module, **arguments: Any) -> Trainer:
        """The trainer of ``model``; ``arguments`` override those of the config."""
        trainer: Trainer = tree_partial(Trainer, model, **TrainerConfig(self, **arguments))()
        return trainer

    @property
    def config(self) -> dict[str, Any]:
        """The arguments as plain data."""
        return {name: describe(value) for name, value in self._arguments.items()}

    def __getitem__(self, name: str) -> Any:
        return self._arguments[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arguments)

    def __len__(self) -> int:
        return len(self._arguments)

    def __repr__(self) -> str:
        return represent("TrainerConfig", self._arguments)


def _edited(present: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.apply(present[name])
        if isinstance(value, UpdaTree) and name in present
        else value
        for name, value in changes.items()
    }
