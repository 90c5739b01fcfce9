"""Tokens: names, strings, numbers and signs, as far as brackets, commas and colons need them."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from labwork.config.expressions._source import Source

__all__ = ["Token", "match_brackets", "tokenize"]

LONGEST = 10_000
DEEPEST = 50

_TOKEN = re.compile(
    r"""
      (?P<space>  [ \t\f\r\n]+ | \#[^\r\n]* | \\\r?\n )
    | (?P<string> (?P<prefix> [BFRTUbfrtu]{0,2} )
                  (?: '''(?:\\.|[^\\])*?'''   | \"{3}(?:\\.|[^\\])*?\"{3}
                    | '(?!'')(?:\\.|[^\\'\r\n])*'   | "(?!"")(?:\\.|[^\\"\r\n])*" ) )
    | (?P<name>   [^\W\d]\w* )
    | (?P<number> \.?\d[\w.]* )
    | (?P<open>   [(\[{] )
    | (?P<close>  [)\]}] )
    | (?P<quote>  ['"] )
    | (?P<sign>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Token(NamedTuple):
    """A piece of text: a ``name``, ``string``, ``number``, ``open``, ``close`` or ``sign``."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(source: Source) -> list[Token]:
    """The tokens of a text, without space and comments.

    Raises:
        ExpressionError: where the text is too long, or a string doesn't end or is an f-string.

    >>> [token.text for token in tokenize(Source("A(x=':'){a,b} # data"))]
    ['A', '(', 'x', '=', "':'", ')', '{', 'a', ',', 'b', '}']
    """
    if len(source.text) > LONGEST:
        message = f"a text of {len(source.text):,} characters; at most {LONGEST:,} are read"
        raise source.error(message, (LONGEST, LONGEST + 1))
    if wrong := _UNREADABLE.search(source.text):
        raise source.error(f"the character {wrong[0]!a} can't be read", wrong.span())
    return list(_scan(source))


def _scan(source: Source) -> Iterator[Token]:
    for match in _TOKEN.finditer(source.text):
        kind = match.lastgroup or ""
        if kind == "string":
            _check_prefix(match, source)
        elif kind == "quote":
            raise source.error("this string doesn't end", match.span())
        if kind != "space":
            yield Token(kind, match[0], *match.span())


def _check_prefix(match: re.Match[str], source: Source) -> None:
    if set(match["prefix"].lower()) & {"f", "t"}:
        span = match.start(), match.start() + len(match["prefix"]) + 1
        raise source.error("strings with fields, such as f'{x}', aren't allowed", span)


def match_brackets(tokens: Sequence[Token], source: Source) -> dict[int, int]:
    """For the index of each opening bracket, that of its closing one.

    Raises:
        ExpressionError: where a bracket has no partner, or brackets are nested too deeply.
    """
    pairs: dict[int, int] = {}
    open_ones: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind == "open":
            open_ones.append(i)
            if len(open_ones) > DEEPEST:
                message = f"brackets within brackets, more than {DEEPEST} deep"
                raise source.error(message, token[2:])
        elif token.kind == "close":
            if not open_ones or _CLOSING[tokens[open_ones[-1]].text] != token.text:
                raise source.error(f"{token.text!r} closes nothing", token[2:])
            pairs[open_ones.pop()] = i
    if open_ones:
        token = tokens[open_ones[-1]]
        raise source.error(f"{token.text!r} is never closed", token[2:])
    return pairs
