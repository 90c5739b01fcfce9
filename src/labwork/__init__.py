"""Labwork: experiments with deep networks as trees of config, state and history.

The packages are imported when they are first used, so ``import labwork`` costs nothing:

>>> import labwork
>>> labwork.core.Every("2ep")
Every('2ep')
"""

from importlib import import_module
from types import ModuleType

__all__ = [
    "cli",
    "config",
    "core",
    "data",
    "experiments",
    "models",
    "nn",
    "reporting",
    "runtime",
    "training",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"labwork.{name}")
    raise AttributeError(f"module 'labwork' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
