"""Reading a text as an expression, or as the arguments of a call."""

import ast
from collections.abc import Sequence

from labwork.config.expressions._expression import Arguments, Expression
from labwork.config.expressions._frame import Node
from labwork.config.expressions._read_scopes import SCOPES
from labwork.config.expressions._read_values import VALUES, read_keywords
from labwork.config.expressions._reader import Reader
from labwork.config.expressions._source import Source
from labwork.config.expressions._syntax import Place, parse_place
from labwork.config.expressions._tokens import Token, tokenize

__all__ = ["parse_arguments", "parse_expression", "read_arguments", "read_expression"]

_READERS = {**VALUES, **SCOPES}
_REFUSED: dict[type, str] = {
    ast.Await: "'await' isn't allowed",
    ast.JoinedStr: "strings with fields, such as f'{x}', aren't allowed",
    ast.NamedExpr: "':=' isn't allowed",
    ast.Yield: "'yield' isn't allowed",
    ast.YieldFrom: "'yield from' isn't allowed",
}


def parse_expression(text: str, where: str = "") -> Expression:
    """The tree of an expression, which holds to a part of Python's grammar.

    There are literals, names, attributes, calls, indexing, slicing, operators, conditions,
    tuples, lists, sets, dicts, lambdas and comprehensions; a generator expression gives a list.

    Args:
        text: what was written, of at most 10,000 characters; it may have several lines.
        where: where it was written, for messages.

    Raises:
        ExpressionError: where it can't be read; the message points at the place.

    >>> parse_expression("[2 * x for x in sizes]").evaluate({"sizes": (1, 2)})
    [2, 4]
    """
    source = Source(text, where)
    return read_expression(source, tokenize(source), (0, len(text)))


def parse_arguments(text: str, where: str = "") -> Arguments:
    """The arguments of a call, as they stand between its brackets.

    Raises:
        ExpressionError: where they can't be read; the message points at the place.

    >>> parse_arguments("recipes.digits, epoch_count=5").keywords
    {'epoch_count': parse_expression('5')}
    """
    source = Source(text, where)
    return read_arguments(source, tokenize(source), (0, len(text)))


def read_expression(source: Source, tokens: Sequence[Token], span: tuple[int, int]) -> Expression:
    """The expression that stands at ``span`` and has these tokens."""
    if not tokens:
        raise source.error("an expression is missing", span)
    place = Place(source, span)
    node = Reader(place, _READERS, _REFUSED).read(parse_place(place, tokens))
    return Expression(node, source, (tokens[0].start, tokens[-1].end))


def read_arguments(source: Source, tokens: Sequence[Token], span: tuple[int, int]) -> Arguments:
    """The arguments that stand at ``span`` and have these tokens."""
    place = Place(source, span, prefix="f(")
    call = parse_place(place, tokens)
    assert isinstance(call, ast.Call)
    _refuse_stars(call, place)
    reader = Reader(place, _READERS, _REFUSED)
    args = [_expression(node, source) for node in reader.read_all(call.args)]
    keywords = {k.name or "": _expression(k.value, source) for k in read_keywords(reader, call)}
    return Arguments(tuple(args), keywords)


def _refuse_stars(call: ast.Call, place: Place) -> None:
    starred = [node for node in call.args if isinstance(node, ast.Starred)]
    starred_twice = [keyword for keyword in call.keywords if keyword.arg is None]
    for node in (*starred, *starred_twice):
        raise place.source.error("'*' and '**' can't be used here", place.span(node))


def _expression(node: Node, source: Source) -> Expression:
    return Expression(node, source, node.span)
