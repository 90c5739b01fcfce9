"""Keys that mean more than themselves: ``lr_``, ``(lr, momentum)_``, ``lr if name = sgd``."""

import re
from dataclasses import dataclass

from labwork.config.files import split_path
from labwork.config.grids._conditions import Comparison, parse_condition
from labwork.core import ConfigError

__all__ = ["GridKey", "parse_key"]

_CONDITIONAL = re.compile(r"(?P<key>.*\S)\s+if\s+(?P<condition>\S.*)", re.DOTALL)
_GROUP = re.compile(r"\((?P<names>.*)\)_", re.DOTALL)


@dataclass(frozen=True, slots=True)
class GridKey:
    """What a key says.

    Attributes:
        names: the keys that it sets, as paths from the mapping that it stands in.
        is_axis: whether a list of values follows.
        is_group: whether each of these values is a list with one for each name.
        tests: what must hold for it to be there.
    """

    names: tuple[tuple[str, ...], ...]
    is_axis: bool
    is_group: bool
    tests: tuple[Comparison, ...]


def parse_key(key: object, where: str) -> GridKey | None:
    """What ``key`` says; None where it means only itself.

    Raises:
        ConfigError: where it is neither.

    >>> parse_key("(lr, optimizer/momentum)_", "a.yaml:1").names
    (('lr',), ('optimizer', 'momentum'))
    """
    if not isinstance(key, str):
        return None
    match = _CONDITIONAL.fullmatch(key)
    name = match["key"] if match else key
    tests = parse_condition(match["condition"], where) if match else ()
    if name.endswith("_"):
        return _axis(name, tests, where)
    return GridKey(((name,),), False, False, tests) if match else None


def _axis(name: str, tests: tuple[Comparison, ...], where: str) -> GridKey:
    group = _GROUP.fullmatch(name)
    if group is None:
        if name == "_":
            raise ConfigError(f"{where}: '_' alone names no key; write one before it, such as lr_")
        return GridKey(((name[:-1],),), True, False, tests)
    names = [part.strip() for part in group["names"].split(",")]
    if not all(names) or len({split_path(n) for n in names}) < len(names):
        raise ConfigError(f"{where}: write different keys, such as (lr, momentum)_")
    return GridKey(tuple(map(split_path, names)), True, True, tests)
