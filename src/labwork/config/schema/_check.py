"""From a config to an instance of a dataclass, or to all that is wrong with it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from labwork.config.files import Config, join_path
from labwork.config.files._origin import DEFAULT
from labwork.config.schema._hints import is_schema
from labwork.config.schema._place import KeyPath, Place, Problem
from labwork.config.schema._read import read
from labwork.core import ConfigError

__all__ = ["check"]

T = TypeVar("T")


def check(config: Mapping[str, Any], schema: type[T], *, name: str = "") -> T:
    """The instance of ``schema`` that ``config`` describes.

    Fields may be of the types bool, int, float (which takes whole numbers, too), str, None,
    ``Path``, ``Literal``, unions, ``list``, ``tuple``, ``dict``, other dataclasses and ``Any``,
    and of these with constraints: ``Annotated[int, AtLeast(0)]``. A constraint is any function
    that takes the value and raises ``ValueError``; it isn't called with None. So may
    ``__post_init__``, which sees all fields together.

    - What isn't given is taken from the defaults, which are held to the types as well. A mapping
      that is given for a nested dataclass changes the keys that it names and keeps the others
      of the field's default.
    - In a union the value goes to the member that keeps its type, else to the first one that
      takes it. So that a frozen config is read as what it came from, dataclasses in a union
      should differ by a key, such as ``kind: Literal["step"] = "step"``.

    Args:
        config: a ``Config``, which tells where things were written, or a plain mapping.
        schema: a dataclass.
        name: what to say for the origin where none is known, such as ``trainer``.

    Raises:
        ConfigError: with a line for each unknown or missing key and each wrong value.
        TypeError: where ``schema`` is no dataclass, or has a field of another type.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Optimizer:
    ...     name: str
    ...     lr: float = 0.1
    >>> check({"name": "sgd", "lr": 1}, Optimizer)
    Optimizer(name='sgd', lr=1.0)
    >>> check({"nam": "sgd", "lr": "high"}, Optimizer)
    Traceback (most recent call last):
        ...
    labwork.core._errors.ConfigError: nam: unknown key; did you mean 'name'? Known: name, lr.
    lr: expected a number, got 'high'
    name: required, but missing; expected text
    """
    if not is_schema(schema):
        raise TypeError(f"a schema is a dataclass, not {schema!r}")
    place = Place()
    instance: T = read(config, schema, place)
    if place.problems:
        raise ConfigError("\n".join(_line(problem, config, name) for problem in place.problems))
    return instance


def _line(problem: Problem, config: Any, name: str) -> str:
    path = join_path("''" if part == "" else part for part in problem.path)
    parts = [_origin(problem.path, config, name), path, problem.text]
    return ": ".join(part for part in parts if part)


def _origin(path: KeyPath, config: Mapping[str, Any], name: str) -> str:
    origin = config.origin(join_path(_named(path))) if isinstance(config, Config) else DEFAULT
    return name if origin == DEFAULT else origin


def _named(path: KeyPath) -> KeyPath:
    """The part of ``path`` up to an empty key, which no origin can be asked for."""
    return path[: path.index("")] if "" in path else path
