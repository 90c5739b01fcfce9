"""Lambdas, and the functions that they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

from labwork.config.expressions._budget import budget_of_evaluation
from labwork.config.expressions._frame import Frame, Node

__all__ = ["Function", "Lambda", "LambdaParameter"]


@dataclass(frozen=True, slots=True)
class LambdaParameter(Node):
    """A parameter of a lambda, of one of the five kinds that Python knows."""

    name: str
    kind: int
    default: Node | None

    def compute(self, frame: Frame) -> Parameter:
        frame.budget.spend(_COST)
        default = Parameter.empty if self.default is None else frame.evaluate(self.default)
        return Parameter(self.name, _KINDS[self.kind], default=default)


_COST = 3  # units, by how long it takes

_KINDS = (
    Parameter.POSITIONAL_ONLY,
    Parameter.POSITIONAL_OR_KEYWORD,
    Parameter.VAR_POSITIONAL,
    Parameter.KEYWORD_ONLY,
    Parameter.VAR_KEYWORD,
)


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    """``lambda x, y=1: body``; ``names`` are those that stand in the body."""

    parameters: tuple[LambdaParameter, ...]
    body: Node
    names: frozenset[str]

    def compute(self, frame: Frame) -> "Function":
        parameters = [frame.evaluate(parameter) for parameter in self.parameters]
        frame.budget.spend(len(self.names))
        captured = {n: frame.variables[n] for n in self.names if n in frame.variables}
        return Function(self, Signature(parameters), frame, captured)


class Function:
    """A function that a lambda of an expression made.

    It keeps the values that the variables around the lambda had when it was made, and can be
    pickled where its namespace can. Two are equal where they were written alike and keep the
    same objects. A call from outside may be as much work as one evaluation.

    >>> from labwork.config.expressions import parse_expression
    >>> double = parse_expression("lambda x: 2 * x").evaluate()
    >>> double, double(4)
    (lambda x: 2 * x, 8)
    """

    def __init__(
        self, node: Lambda, signature: Signature, frame: Frame, captured: Mapping[str, Any]
    ) -> None:
        self._node = node
        self._source = frame.source
        self._namespace = frame.namespace
        self._kind = frame.kind
        self._captured = captured
        self.__signature__ = signature  # where inspect.signature looks

    def __call__(self, /, *args: Any, **keywords: Any) -> Any:
        bound = self.__signature__.bind(*args, **keywords)
        bound.apply_defaults()
        variables = {**self._captured, **bound.arguments}
        with budget_of_evaluation() as budget:
            budget.left -= len(variables) + _COST  # the next line sees whether too little is left
            frame = Frame(self._source, self._namespace, self._kind, budget, variables)
            return frame.evaluate(self._node.body)

    def __repr__(self) -> str:
        start, end = self._node.span
        return self._source.text[start:end]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Function) or repr(self) != repr(other):
            return False
        return all(value is other._captured.get(k) for k, value in self._captured.items())

    def __hash__(self) -> int:
        return hash(repr(self))
