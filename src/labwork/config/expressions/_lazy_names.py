"""Names that are imported when they are looked up."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["LazyImport", "PublicNames"]


@dataclass(frozen=True, slots=True)
class LazyImport:
    """An entry of a namespace that is imported when it is looked up.

    >>> LazyImport("math", "sqrt").load()(9)
    3.0
    """

    module: str
    name: str

    def load(self) -> Any:
        """What it stands for."""
        return getattr(import_module(self.module), self.name)


@dataclass(frozen=True, eq=False, slots=True)
class PublicNames(Mapping[str, Any]):
    """The public names of a module, which is imported when the first one is looked up.

    They are those of its ``__all__``; without one, all that don't start with an underscore and
    are defined in the module or below it. Modules are never among them.

    Args:
        module: the module's name.
        admits: says for a value whether it is to be among them; None admits all.

    >>> shapes = PublicNames("fractions", admits=callable)
    >>> list(shapes), "Decimal" in shapes
    (['Fraction'], False)
    """

    module: str
    admits: Callable[[Any], bool] | None = None

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return getattr(import_module(self.module), name)

    def __contains__(self, name: object) -> bool:
        module = import_module(self.module)
        return isinstance(name, str) and name in _candidates(module) and self._has(module, name)

    def __iter__(self) -> Iterator[str]:
        module = import_module(self.module)
        return (name for name in _candidates(module) if self._has(module, name))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _has(self, module: ModuleType, name: str) -> bool:
        if name.startswith("_") or not hasattr(module, name):
            return False
        value = getattr(module, name)
        if isinstance(value, ModuleType):
            return False
        is_published = hasattr(module, "__all__") or _is_defined_below(module, value)
        return is_published and (self.admits is None or self.admits(value))


def _candidates(module: ModuleType) -> list[str]:
    return list(module.__all__ if hasattr(module, "__all__") else vars(module))


def _is_defined_below(module: ModuleType, value: Any) -> bool:
    home = getattr(value, "__module__", None)
    return isinstance(home, str) and f"{home}.".startswith(f"{module.__name__}.")
