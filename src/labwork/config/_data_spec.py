"""Data by name: ``Digits{train,val,test}``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from labwork.config._expression import LONGEST, Expression, parse_arguments
from labwork.core import ConfigError

__all__ = ["DataSpec", "parse_data"]

_SPEC = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\(([^()]*)\))?\s*\{([^{}]*)\}\s*(,|$)")


@dataclass(frozen=True, slots=True)
class DataSpec:
    """A dataset's name, its arguments, and the subsets that are wanted."""

    name: str
    subsets: tuple[str, ...]
    keywords: Mapping[str, Expression] = field(default_factory=dict)


def parse_data(text: str, where: str = "DATA") -> tuple[DataSpec, ...]:
    """What ``spec ("," spec)*`` names, with ``spec = NAME ["(" keywords ")"] "{" subsets "}"``.

    Raises:
        ConfigError: where ``text`` has another form.

    >>> parse_data("Digits{train,val}")
    (DataSpec(name='Digits', subsets=('train', 'val'), keywords={}),)
    """
    specs: list[DataSpec] = []
    position = 0
    while position < len(text) or not specs:
        match = _SPEC.match(text, position) if len(text) <= LONGEST else None
        if match is None:
            raise ConfigError(
                f"{where}: {text[position:][:80]!r} can't be read; write a dataset and its"
                " subsets, such as 'Digits{train,val,test}'"
            )
        specs.append(_spec(match, where))
        position = match.end()
    return tuple(specs)


def _spec(match: re.Match[str], where: str) -> DataSpec:
    args, keywords = parse_arguments(match[2] or "", where)
    subsets = tuple(part.strip() for part in match[3].split(","))
    if args or not all(subsets):
        raise ConfigError(f"{where}: {match[0]!r} needs name=value arguments and named subsets")
    return DataSpec(match[1], subsets, keywords)
