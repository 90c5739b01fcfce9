"""How literals, names, containers, operators and calls are read."""

import ast

from labwork.config.expressions._budget import LARGEST_INTEGER
from labwork.config.expressions._calls import Call, Keyword
from labwork.config.expressions._containers import Dict, Display, Literal, Starred
from labwork.config.expressions._frame import Node
from labwork.config.expressions._names import Attribute, Name
from labwork.config.expressions._operations import (
    Binary,
    Boolean,
    Comparison,
    Conditional,
    Not,
    Slice,
    Subscript,
    Unary,
)
from labwork.config.expressions._reader import Reader, Readers
from labwork.config.expressions._source import Refusal
from labwork.core import shorten

__all__ = ["VALUES", "read_keywords"]

_SYMBOLS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
    ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.USub: "-", ast.UAdd: "+",
    ast.Invert: "~", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
    ast.NotIn: "not in",
}  # fmt: skip
_KINDS: dict[type, type] = {ast.Tuple: tuple, ast.List: list, ast.Set: set}


def read_keywords(reader: Reader, call: ast.Call) -> tuple[Keyword, ...]:
    """The keyword arguments of a call; none may be given twice."""
    found: set[str] = set()
    for keyword in call.keywords:
        name = keyword.arg or ""
        if name.startswith("_") or name in found:
            why = "is given twice" if name in found else "starts with an underscore"
            start, end = reader.span(keyword)
            span = start, min(end, start + len(name))
            raise reader.error(f"argument {shorten(name)!r} {why}", span)
        found |= {name} - {""}
    return tuple([Keyword(reader.span(k), k.arg, reader.read(k.value)) for k in call.keywords])


def _literal(reader: Reader, node: ast.Constant) -> Node:
    if isinstance(node.value, int) and node.value.bit_length() > LARGEST_INTEGER:
        raise Refusal(f"an integer of more than {LARGEST_INTEGER:,} bits")
    return Literal(reader.span(node), node.value)


def _name(reader: Reader, node: ast.Name) -> Node:
    return Name(reader.span(node), node.id)


def _attribute(reader: Reader, node: ast.Attribute) -> Node:
    start, end = reader.span(node)
    if node.attr.startswith("_"):
        message = "names that start with an underscore are out of reach"
        raise Refusal(message, (max(start, end - len(node.attr)), end))
    return Attribute((start, end), reader.read(node.value), node.attr)


def _call(reader: Reader, node: ast.Call) -> Node:
    function, args = reader.read(node.func), reader.read_all(node.args)
    return Call(reader.span(node), function, args, read_keywords(reader, node))


def _starred(reader: Reader, node: ast.Starred) -> Node:
    return Starred(reader.span(node), reader.read(node.value))


def _display(reader: Reader, node: ast.Tuple | ast.List | ast.Set) -> Node:
    return Display(reader.span(node), _KINDS[type(node)], reader.read_all(node.elts))


def _dict(reader: Reader, node: ast.Dict) -> Node:
    keys = [reader.maybe(key) for key in node.keys]
    return Dict(reader.span(node), tuple(zip(keys, reader.read_all(node.values), strict=True)))


def _unary(reader: Reader, node: ast.UnaryOp) -> Node:
    span, value = reader.span(node), reader.read(node.operand)
    is_not = isinstance(node.op, ast.Not)
    return Not(span, value) if is_not else Unary(span, _SYMBOLS[type(node.op)], value)


def _binary(reader: Reader, node: ast.BinOp) -> Node:
    left, right = reader.read(node.left), reader.read(node.right)
    return Binary(reader.span(node), _SYMBOLS[type(node.op)], left, right)


def _boolean(reader: Reader, node: ast.BoolOp) -> Node:
    values = reader.read_all(node.values)
    return Boolean(reader.span(node), isinstance(node.op, ast.Or), values)


def _comparison(reader: Reader, node: ast.Compare) -> Node:
    symbols = [_SYMBOLS[type(op)] for op in node.ops]
    others = zip(symbols, reader.read_all(node.comparators), strict=True)
    return Comparison(reader.span(node), reader.read(node.left), tuple(others))


def _conditional(reader: Reader, node: ast.IfExp) -> Node:
    parts = reader.read_all([node.test, node.body, node.orelse])
    return Conditional(reader.span(node), *parts)


def _subscript(reader: Reader, node: ast.Subscript) -> Node:
    return Subscript(reader.span(node), reader.read(node.value), reader.read(node.slice))


def _slice(reader: Reader, node: ast.Slice) -> Node:
    parts = [reader.maybe(part) for part in (node.lower, node.upper, node.step)]
    return Slice(reader.span(node), tuple(parts))


VALUES: Readers = {
    ast.Attribute: _attribute,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.Call: _call,
    ast.Compare: _comparison,
    ast.Constant: _literal,
    ast.Dict: _dict,
    ast.IfExp: _conditional,
    ast.List: _display,
    ast.Name: _name,
    ast.Set: _display,
    ast.Slice: _slice,
    ast.Starred: _starred,
    ast.Subscript: _subscript,
    ast.Tuple: _display,
    ast.UnaryOp: _unary,
}
