"""ObjectUpdaTree and its strict form: changes of the attributes of nested objects."""

import copy
import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from labwork.config.trees._faults import for_each
from labwork.config.trees._place import located, not_there, shortened
from labwork.config.trees._tree import MISSING, UpdaTree, updated
from labwork.core import ConfigError

__all__ = ["ObjectUpdaTree", "StrictObjectUpdaTree", "ot", "sot"]


class ObjectUpdaTree(UpdaTree):
    """Changes of an object's attributes; ``ot`` for short.

    The updated object is a copy. A frozen dataclass and a named tuple are made anew; an object
    that sets attributes in a way of its own, such as a PyTorch module, is copied with all that it
    holds, since its copy may keep the attributes where the original does.

    Args:
        **attributes: values; trees, which are applied to the present attribute; and ``Escaped``
            values, which are put in place as they are.

    >>> from types import SimpleNamespace
    >>> options = SimpleNamespace(lr=0.1, decay=SimpleNamespace(factor=0.5))
    >>> ot(decay=ot(factor=0.9)).apply(options)
    namespace(lr=0.1, decay=namespace(factor=0.9))
    >>> options
    namespace(lr=0.1, decay=namespace(factor=0.5))
    """

    alias = "ot"

    def __init__(self, /, **attributes: Any) -> None:
        self._keep(_changes=attributes)

    def _update(self, value: Any, place: str) -> Any:
        def update(name: str, change: Any) -> Any:
            return updated(change, partial(getattr, value, name, MISSING), f"{place}.{name}")

        values = for_each(self._changes, update)
        try:
            return _with_attributes(value, values)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._unfit(value, place, error) from error

    def _unfit(self, value: Any, place: str, error: Exception) -> ConfigError:
        return ConfigError(
            f"{place} is {shortened(value)}, of which {shortened(self)} can't make an updated"
            f" copy: {' '.join(str(error).split())}{_advice(value)}"
        )


class StrictObjectUpdaTree(ObjectUpdaTree):
    """Changes of attributes that the object has already; ``sot`` for short.

    Trees inside are as strict as they are themselves.

    Args:
        **attributes: as for ``ObjectUpdaTree``.

    >>> from types import SimpleNamespace
    >>> sot(momentun=0.9).apply(SimpleNamespace(lr=0.1, momentum=0.5))
    Traceback (most recent call last):
        ...
    labwork.config.trees._faults.TreeError: SimpleNamespace has no attribute 'momentun'; did you
    mean 'momentum'? It has lr, momentum.
    """

    alias = "sot"

    def _update(self, value: Any, place: str) -> Any:
        def check(name: str, change: Any) -> None:
            if not hasattr(value, name):
                raise not_there(located(place, value), "attribute", name, _attributes(value))

        for_each(self._changes, check)
        return super()._update(value, place)


def _with_attributes(target: Any, values: Mapping[str, Any]) -> Any:
    parameters = getattr(target, "__dataclass_params__", None)
    if parameters is not None and parameters.frozen and not isinstance(target, type):
        return dataclasses.replace(target, **values)
    if isinstance(target, tuple) and hasattr(target, "_replace"):
        return target._replace(**values)
    copied = _copy(target, values)
    for name, value in values.items():
        setattr(copied, name, value)
    return copied


def _copy(target: Any, names: Iterable[str]) -> Any:
    is_shallow = not any(_is_set_elsewhere(type(target), name) for name in names)
    copied = copy.copy(target) if is_shallow else copy.deepcopy(target)
    if copied is target:
        raise TypeError(f"{type(target).__name__} is no kind of object that can be copied")
    return copied


def _is_set_elsewhere(cls: type, name: str) -> bool:
    """Whether setting the attribute may change what a shallow copy shares with the original."""
    is_property = isinstance(inspect.getattr_static(cls, name, None), property)
    return is_property or inspect.getattr_static(cls, "__setattr__") is not object.__setattr__


def _attributes(target: Any) -> list[str]:
    return [
        name
        for name in dir(target)
        if not (name.startswith("_") or callable(inspect.getattr_static(target, name, None)))
    ]


def _advice(target: Any) -> str:
    if callable(target):
        return "; t(...) edits factories"
    return "; it({...}) edits lists and mappings" if isinstance(target, list | Mapping) else ""


ot = ObjectUpdaTree
sot = StrictObjectUpdaTree
