"""Names that are imported when they are looked up."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
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


@dataclass(frozen=True, eq=False)
class PublicNames(Mapping[str, Any]):
    """The public names of a module, which is imported when the first one is looked up.

    They are those of its ``__all__``; without one, the names of what it defines itself, that is,
    of all but what has a ``__module__`` that is neither the module nor below it. Names with a
    leading underscore and modules are never among them.

    Args:
        module: the module's name.
        admits: says for a value whether it is to be among them; None admits all, and then a name
            that a module loads late is listed without being loaded.

    >>> shapes = PublicNames("fractions", admits=callable)
    >>> list(shapes), "Decimal" in shapes
    (['Fraction'], False)
    """

    module: str
    admits: Callable[[Any], bool] | None = None

    def __getitem__(self, name: str) -> Any:
        if name not in self._listed:
            raise KeyError(name)
        value = self._value(name)
        if isinstance(value, ModuleType) or not (self.admits is None or self.admits(value)):
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return Mapping.__contains__(self, name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._listed if self.admits is None or name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _import(self) -> ModuleType:
        return import_module(self.module)

    def _value(self, name: str) -> Any:
        return getattr(self._imported, name)

    @cached_property
    def _imported(self) -> ModuleType:
        return self._import()

    @cached_property
    def _listed(self) -> dict[str, None]:
        """The public names, in their order, as keys, so that they are found quickly."""
        return dict.fromkeys(_public_names(self._imported))

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: modules can't be pickled, and are imported again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _public_names(module: ModuleType) -> Iterator[str]:
    members = vars(module)
    own = [name for name, value in members.items() if _belongs(value, module.__name__)]
    for name in members.get("__all__", own):
        if not name.startswith("_") and not isinstance(members.get(name), ModuleType):
            yield name


def _belongs(value: Any, package: str) -> bool:
    owner = getattr(value, "__module__", None)
    return owner is None or f"{owner}.".startswith(f"{package}.")
