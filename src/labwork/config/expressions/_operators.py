"""What operators do: their limits are checked before anything is computed."""

import operator
from collections.abc import Callable
from typing import Any

from labwork.config.expressions._budget import LARGEST_INTEGER
from labwork.config.expressions._frame import Frame
from labwork.config.expressions._keys import check_hashes
from labwork.config.expressions._namespace import Namespace
from labwork.config.expressions._open_types import (
    has_shape,
    units_of_product,
    units_of_shapes,
)
from labwork.config.expressions._source import Refusal

__all__ = ["BINARY", "COMPARISONS", "UNARY", "apply_binary", "apply_unary", "check_integer"]

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda item, container: item in container,
    "not in": lambda item, container: item not in container,
}

UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.invert,
}

_NUMBERS = (int, float, complex)
_SEQUENCES = (str, bytes, list, tuple)
_SETS = (set, frozenset)


def apply_binary(symbol: str, left: Any, right: Any, frame: Frame) -> Any:
    """``left symbol right``, where both are plain or one is of an open type."""
    if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS) and symbol != "@":
        frame.budget.charge(left, right)
        _check_integers(symbol, left, right)
    elif symbol == "*" and (_is_repetition(left, right) or _is_repetition(right, left)):
        _pay_repetition(left, right, frame)
    elif (symbol == "+" and _both(_SEQUENCES, left, right)) or _combines(symbol, left, right):
        frame.budget.charge(left, right)
    elif not _is_of_open_types(left, right, frame.namespace):
        kinds = f"{type(left).__name__} and {type(right).__name__}"
        raise Refusal(f"{symbol!r} isn't for {kinds}")
    else:
        return _apply_to_open(symbol, left, right, frame)
    result = BINARY[symbol](left, right)
    if isinstance(result, (*_SETS, dict)):
        check_hashes(result)
    return result


def apply_unary(symbol: str, value: Any, frame: Frame) -> Any:
    """``symbol value``, where ``value`` is a number or of an open type."""
    if isinstance(value, bool):
        value = int(value)  # what Python does too, but it warns of ~True
    if not isinstance(value, _NUMBERS) and not frame.namespace.is_open(value):
        raise Refusal(f"{symbol!r} isn't for {type(value).__name__}")
    frame.budget.charge(value)
    frame.budget.spend(units_of_shapes([value]))
    return UNARY[symbol](value)


def _apply_to_open(symbol: str, left: Any, right: Any, frame: Frame) -> Any:
    """What the operator of an open type makes; it may hold both, so it weighs as much."""
    budget, before = frame.budget, frame.budget.left
    budget.charge(left, right)
    weight = before - budget.left
    product = symbol == "@"
    budget.spend(units_of_product(left, right) if product else units_of_shapes((left, right)))
    result = BINARY[symbol](left, right)
    frame.charge_length(result)
    if not has_shape(result):
        budget.note(result, weight)
    return result


def check_integer(value: Any) -> Any:
    """``value``, unless it is too large an integer.

    Raises:
        Refusal: where it is one.
    """
    if isinstance(value, int):
        _check_bits(value.bit_length())
    return value


def _is_of_open_types(left: Any, right: Any, namespace: Namespace) -> bool:
    """Whether one is, and the other one is too or is a number: strings would be formatted."""
    are_open = namespace.is_open(left), namespace.is_open(right)
    is_number = isinstance(left, _NUMBERS) or isinstance(right, _NUMBERS)
    return all(are_open) or (any(are_open) and is_number)


def _both(kinds: tuple[type, ...], left: Any, right: Any) -> bool:
    return any(isinstance(left, kind) and isinstance(right, kind) for kind in kinds)


def _combines(symbol: str, left: Any, right: Any) -> bool:
    are_sets = isinstance(left, _SETS) and isinstance(right, _SETS)
    return (symbol in "&|^-" and are_sets) or (symbol == "|" and _both((dict,), left, right))


def _is_repetition(sequence: Any, count: Any) -> bool:
    return isinstance(sequence, _SEQUENCES) and isinstance(count, int)


def _pay_repetition(left: Any, right: Any, frame: Frame) -> None:
    sequence, count = (right, left) if isinstance(left, int) else (left, right)
    frame.budget.spend(frame.budget.weight(sequence) * max(count, 0))


def _check_integers(symbol: str, left: Any, right: Any) -> None:
    if not (isinstance(left, int) and isinstance(right, int)):
        return
    bits = left.bit_length()
    if symbol == "*":
        bits += right.bit_length()
    elif symbol == "<<":
        bits += right
    elif symbol == "**":
        bits *= right if bits > 1 else 1
    _check_bits(bits)


def _check_bits(bits: int) -> None:
    if bits > LARGEST_INTEGER:
        raise Refusal(f"an integer of more than {LARGEST_INTEGER:,} bits")
