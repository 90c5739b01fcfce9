"""Looking names up: only what a namespace holds can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from labwork.config._expression import Call, Expression, Name
from labwork.core import ConfigError, unknown_name

__all__ = ["LazyImport", "evaluate", "look_up"]


@dataclass(frozen=True, slots=True)
class LazyImport:
    """An entry of a namespace that is imported when it is looked up.

    >>> look_up("sqrt", {"sqrt": LazyImport("math", "sqrt")}, "function")(9)
    3.0
    """

    module: str
    name: str

    def load(self) -> Any:
        """What it stands for."""
        return getattr(import_module(self.module), self.name)


def look_up(path: str, namespace: Mapping[str, Any], kind: str = "name", where: str = "") -> Any:
    """What the dotted name ``path`` stands for in nested mappings.

    Raises:
        ConfigError: where there is no such name; the nearest one is given.

    >>> look_up("a.b", {"a": {"b": 1}})
    1
    """
    found: Any = namespace
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise unknown_name(kind, path, _paths(namespace), where)
        found = found[part]
    if isinstance(found, Mapping):
        raise unknown_name(kind, path, _paths(namespace), where)
    return found.load() if isinstance(found, LazyImport) else found


def evaluate(
    expression: Expression, namespace: Mapping[str, Any], kind: str = "name", where: str = ""
) -> Any:
    """The value of an expression.

    Raises:
        ConfigError: where a name isn't known, or a call doesn't accept its arguments.

    >>> evaluate(Call(Name("f"), (2,)), {"f": range})
    range(0, 2)
    """
    if isinstance(expression, Name):
        return look_up(expression.path, namespace, kind, where)
    if isinstance(expression, Call):
        return _call(expression, namespace, kind, where)
    if isinstance(expression, list | tuple):
        return type(expression)(evaluate(item, namespace, kind, where) for item in expression)
    if isinstance(expression, dict):
        return {k: evaluate(v, namespace, kind, where) for k, v in expression.items()}
    return expression


def _call(call: Call, namespace: Mapping[str, Any], kind: str, where: str) -> Any:
    function = look_up(call.name.path, namespace, kind, where)
    args = [evaluate(item, namespace, kind, where) for item in call.args]
    keywords = {k: evaluate(v, namespace, kind, where) for k, v in call.keywords.items()}
    try:
        return function(*args, **keywords)
    except (TypeError, ValueError) as error:
        place = f"{where}: " if where else ""
        raise ConfigError(f"{place}{call.name.path}: {error}") from error


def _paths(namespace: Mapping[str, Any]) -> list[str]:
    paths: list[str] = []
    for name, value in namespace.items():
        inner = _paths(value) if isinstance(value, Mapping) else None
        paths += [f"{name}.{path}" for path in inner] if inner is not None else [name]
    return paths
