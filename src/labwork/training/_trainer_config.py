"""TrainerConfig: a named set of a trainer's arguments."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from torch import nn

from labwork.core import describe, represent, unknown_name
from labwork.training._trainer import Trainer

__all__ = ["TrainerConfig"]


class TrainerConfig(Mapping[str, Any]):
    """Arguments of ``Trainer``, made of other configs and of keywords.

    Later configs override earlier ones, keywords override them all, and the ``extension_fs`` of
    all are put together.

    Args:
        *configs: configs to start from.
        **arguments: arguments of ``Trainer``.

    Raises:
        ConfigError: where ``Trainer`` has no such argument; the nearest one is named.

    >>> base = TrainerConfig(epoch_count=10, batch_size=32)
    >>> TrainerConfig(base, batch_size=64)
    TrainerConfig(epoch_count=10, batch_size=64)
    """

    def __init__(self, *configs: "TrainerConfig", **arguments: Any) -> None:
        known = [name for name in inspect.signature(Trainer).parameters if name != "model"]
        for name in arguments:
            if name not in known:
                raise unknown_name("argument", name, known, "the trainer")
        self._arguments: dict[str, Any] = {}
        for part in (*configs, arguments):
            extensions = (*self._arguments.get("extension_fs", ()), *part.get("extension_fs", ()))
            self._arguments.update(part)
            if extensions:
                self._arguments["extension_fs"] = extensions

    def make_trainer(self, model: nn.Module, **arguments: Any) -> Trainer:
        """The trainer of ``model``; ``arguments`` override those of the config."""
        return Trainer(model, **TrainerConfig(self, **arguments))

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
