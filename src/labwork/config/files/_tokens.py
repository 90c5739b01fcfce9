"""Overrides: what the command line says about a config."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labwork.config.files._convert import convert
from labwork.config.files._escape import WHOLE
from labwork.config.files._extent import Extents
from labwork.config.files._origin import COMMAND_LINE, Origin
from labwork.config.files._paths import split_path
from labwork.config.files._plain import DEEPEST
from labwork.config.files._scalars import untagged_value
from labwork.config.files._written import DELETE, Written, split_mark
from labwork.core import ConfigError, shorten

__all__ = ["Override", "parse_overrides", "typed"]

_FLAG = re.compile(r"--[^\W\d]|~")
_STARTS = re.compile(r"(?:--|~)?[^-~!]")
_NO_OVERRIDE = "no override; write --key value, key=value or ~key"
_ASSIGNMENT = re.compile(r"[^\W\d][\w./-]*!?=")
_FLOW = ("[", "{", '"', "'", "!")


@dataclass(frozen=True, slots=True)
class Override:
    """One override.

    Attributes:
        text: what was written.
        parts: the keys of its path.
        value: its value; the mark tells whether it merges, replaces or deletes.
    """

    text: str
    parts: tuple[str, ...]
    value: Written


def parse_overrides(tokens: Sequence[str]) -> list[Override]:
    """The overrides on a command line.

    A token is ``--a/b`` with a value behind it, ``--a/b=value``, ``a/b=value``, or ``~a/b``, which
    deletes; ``a/b!=value`` and ``--a/b! value`` replace instead of merging. Values are scalars of
    YAML 1.2, or start with a bracket or a quote.

    Raises:
        ConfigError: where a token is none of these, or a flag has no value.

    >>> [(o.parts, o.value.value) for o in parse_overrides(["--lr", "-1e-4", "a/b=no"])]
    [(('lr',), -0.0001), (('a', 'b'), 'no')]
    """
    return [_override(*found) for found in _pairs(tokens)]


def _pairs(tokens: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """What was written, key and value of every override; None is the value of what deletes."""
    rest = iter(tokens)
    for token in rest:
        key, equals, value = token.partition("=")
        if key.lstrip("-~!") == "" or not _STARTS.match(token):
            raise _error(token, _NO_OVERRIDE)
        if token.startswith(DELETE):
            yield token, token, None
        elif equals:
            yield token, key.removeprefix("--"), value
        elif token.startswith("--"):
            value = _value_of(token, next(rest, None))
            yield f"{token} {value}", token.removeprefix("--"), value
        else:
            raise _error(token, _NO_OVERRIDE)


def _value_of(flag: str, token: str | None) -> str:
    if token is None or _FLAG.match(token):
        follower = f" before {token!r}" if token else ""
        raise _error(flag, f"a flag without a value{follower}; write {flag} true")
    if _ASSIGNMENT.match(token):
        raise _error(
            flag, f"its value {token!r} looks like an override; write {flag}={token} if it isn't"
        )
    return token


def _override(text: str, written_key: str, value: str | None) -> Override:
    key, mark = split_mark(written_key)
    if (mark == DELETE) != (value is None) or "=" in key:
        raise _error(text, f"~ deletes and takes no value; write '~{key.partition('=')[0]}'")
    try:
        parts = split_path(key)
        written = Written(None, COMMAND_LINE) if value is None else typed(value)
    except ConfigError as error:
        raise _error(text, str(error).removeprefix(f"{COMMAND_LINE}: ")) from None
    if len(parts) + Extents().measure(written)[1] > DEEPEST:
        raise _error(text, f"nested more than {DEEPEST} deep")
    written.mark = mark
    return Override(text, parts, written)


def typed(text: str, origin: Origin | str = COMMAND_LINE) -> Written:
    """A value from the command line: a scalar, a reference, or YAML in brackets or quotes.

    >>> [typed(text).value for text in ("1e-4", "no", "false", '"1"', "{a/b}", "*.png")]
    [0.0001, 'no', False, '1', '{a/b}', '*.png']
    """
    text = text.strip()
    if text.startswith(_FLOW) and not WHOLE.fullmatch(text):
        return convert(text, lambda _: origin) or Written(None, origin)
    try:
        return Written(untagged_value(text), origin)
    except ValueError as error:
        raise ConfigError(f"{origin}: {error}") from None


def _error(token: str, problem: str) -> ConfigError:
    return ConfigError(f"{COMMAND_LINE}: {shorten(repr(token))}: {problem}")
