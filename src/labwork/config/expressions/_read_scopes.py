"""How lambdas and comprehensions are read, which have variables of their own."""

import ast
from collections.abc import Iterator

from labwork.config.expressions._comprehensions import (
    Comprehension,
    DictComprehension,
    Loop,
    Target,
)
from labwork.config.expressions._frame import Node
from labwork.config.expressions._functions import Lambda, LambdaParameter
from labwork.config.expressions._reader import Reader, Readers
from labwork.config.expressions._source import Refusal

__all__ = ["SCOPES"]

_MOST_LOOPS = 10
_POSITIONAL_ONLY, _POSITIONAL, _STAR, _KEYWORD, _STAR_STAR = range(5)


def _lambda(reader: Reader, node: ast.Lambda) -> Node:
    parameters, body = tuple(_parameters(reader, node.args)), reader.read(node.body)
    names = frozenset(n.id for n in ast.walk(node.body) if isinstance(n, ast.Name))
    return Lambda(reader.span(node), parameters, body, names)


def _parameters(reader: Reader, given: ast.arguments) -> Iterator[LambdaParameter]:
    kinds = [_POSITIONAL_ONLY] * len(given.posonlyargs) + [_POSITIONAL] * len(given.args)
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + [*given.defaults]
    for arg, kind, default in zip(positional, kinds, defaults, strict=True):
        yield _parameter(reader, arg, kind, default)
    if given.vararg:
        yield _parameter(reader, given.vararg, _STAR)
    for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _parameter(reader, arg, _KEYWORD, default)
    if given.kwarg:
        yield _parameter(reader, given.kwarg, _STAR_STAR)


def _parameter(
    reader: Reader, arg: ast.arg, kind: int, default: ast.expr | None = None
) -> LambdaParameter:
    return LambdaParameter(reader.span(arg), arg.arg, kind, reader.maybe(default))


def _comprehension(reader: Reader, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Node:
    kind = set if isinstance(node, ast.SetComp) else list
    loops = _loops(reader, node.generators)
    return Comprehension(reader.span(node), kind, reader.read(node.elt), loops)


def _dict_comprehension(reader: Reader, node: ast.DictComp) -> Node:
    key, value = reader.read(node.key), reader.read(node.value)
    return DictComprehension(reader.span(node), key, value, _loops(reader, node.generators))


def _loops(reader: Reader, generators: list[ast.comprehension]) -> tuple[Loop, ...]:
    if len(generators) > _MOST_LOOPS:
        raise Refusal(f"more than {_MOST_LOOPS} loops in one comprehension")
    return tuple([_loop(reader, generator) for generator in generators])


def _loop(reader: Reader, loop: ast.comprehension) -> Loop:
    if loop.is_async:
        raise Refusal("'async' isn't allowed")
    return Loop(_target(reader, loop.target), reader.read(loop.iter), reader.read_all(loop.ifs))


def _target(reader: Reader, node: ast.expr) -> Target:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Tuple | ast.List):
        return tuple([_target(reader, item) for item in node.elts])
    raise Refusal("only names can stand between 'for' and 'in'", reader.span(node))


SCOPES: Readers = {
    ast.DictComp: _dict_comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
}
