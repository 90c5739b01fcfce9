"""Expressions: names, literals and calls, parsed to an immutable tree."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labwork.core import ConfigError

__all__ = ["Call", "Expression", "Name", "parse_arguments", "parse_expression"]

LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name, to be looked up in a namespace.

    >>> parse_expression("recipes.digits")
    Name(path='recipes.digits')
    """

    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of what a name stands for.

    >>> parse_expression("standardize(mean=0.5)")
    Call(name=Name(path='standardize'), args=(), keywords={'mean': 0.5})
    """

    name: Name
    args: tuple["Expression", ...] = ()
    keywords: Mapping[str, "Expression"] = field(default_factory=dict)


Expression = (
    Name | Call | bool | int | float | str | None | list[Any] | tuple[Any, ...] | dict[Any, Any]
)


def parse_expression(text: str, where: str = "") -> Expression:
    """The tree of one expression: a literal, a name, or a call.

    Args:
        text: what was written; no more than 10,000 characters.
        where: where it was written, for messages.

    Raises:
        ConfigError: where ``text`` is anything else.

    >>> parse_expression("[1, -2.5, 'a']")
    [1, -2.5, 'a']
    """
    args, keywords = parse_arguments(text, where)
    if len(args) != 1 or keywords:
        raise ConfigError(f"{_place(where)}expected one expression, not {text!r}")
    return args[0]


def parse_arguments(
    text: str, where: str = ""
) -> tuple[tuple[Expression, ...], dict[str, Expression]]:
    """The trees of a list of arguments, as between the brackets of a call.

    >>> parse_arguments("recipes.digits, epoch_count=5")
    ((Name(path='recipes.digits'),), {'epoch_count': 5})
    >>> parse_arguments("digits, epoch_count=__import__('os').getcwd()", "TRAINER")
    Traceback (most recent call last):
        ...
    labwork.core._errors.ConfigError: TRAINER: "__import__('os').getcwd" is no plain name
    """
    call = _parse_call(text, where)
    try:
        args = tuple(_convert(argument, where) for argument in call.args)
        return args, _keywords(call, where)
    except RecursionError:
        raise ConfigError(f"{_place(where)}the expression is nested too deeply") from None


def _parse_call(text: str, where: str) -> ast.Call:
    if len(text) > LONGEST:
        raise ConfigError(f"{_place(where)}more than {LONGEST} characters")
    try:
        tree = ast.parse(f"f({text.strip()}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(f"{_place(where)}{text!r} can't be read{_caret(text, error)}") from None
    if not isinstance(tree.body, ast.Call) or getattr(tree.body.func, "id", "") != "f":
        raise ConfigError(f"{_place(where)}{text!r} isn't a list of arguments")
    return tree.body


def _convert(node: ast.expr, where: str) -> Expression:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str | None):
        return node.value
    if isinstance(node, ast.Name | ast.Attribute):
        return _name(node, where)
    if isinstance(node, ast.Call):
        args = tuple(_convert(argument, where) for argument in node.args)
        return Call(_name(node.func, where), args, _keywords(node, where))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _negative(node, where)
    return _convert_container(node, where)


def _convert_container(node: ast.expr, where: str) -> Expression:
    if isinstance(node, ast.List):
        return [_convert(item, where) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_convert(item, where) for item in node.elts)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {_key(key, where): _convert(value, where) for key, value in pairs}
    raise ConfigError(
        f"{_place(where)}{ast.unparse(node)!r} isn't allowed; write names, numbers, strings,"
        " lists and calls of names"
    )


def _key(node: ast.expr | None, where: str) -> bool | int | float | str | None:
    if node is None:
        raise ConfigError(f"{_place(where)}'**' isn't allowed; write key: value")
    key = _convert(node, where)
    if not isinstance(key, bool | int | float | str | None):
        raise ConfigError(f"{_place(where)}{ast.unparse(node)!r} isn't allowed as a key")
    return key


def _negative(node: ast.UnaryOp, where: str) -> Expression:
    value = _convert(node.operand, where)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{_place(where)}{ast.unparse(node)!r} isn't a number")
    return -value


def _name(node: ast.expr, where: str) -> Name:
    parts: list[str] = []
    inner = node
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):
        parts.append(inner.id)
    if not isinstance(inner, ast.Name) or any(part.startswith("_") for part in parts):
        raise ConfigError(f'{_place(where)}"{ast.unparse(node)}" is no plain name')
    return Name(".".join(reversed(parts)))


def _keywords(call: ast.Call, where: str) -> dict[str, Expression]:
    keywords: dict[str, Expression] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise ConfigError(f"{_place(where)}'**' isn't allowed; write name=value")
        if keyword.arg in keywords:
            raise ConfigError(f"{_place(where)}{keyword.arg} is given twice")
        keywords[keyword.arg] = _convert(keyword.value, where)
    return keywords


def _caret(text: str, error: BaseException) -> str:
    offset = getattr(error, "offset", None)
    if not offset or offset - 3 >= len(text):
        return ""
    return f" from {text[max(0, offset - 3) :][:20]!r} on"


def _place(where: str) -> str:
    return f"{where}: " if where else ""
