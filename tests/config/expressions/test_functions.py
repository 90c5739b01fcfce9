"""Functions that lambdas make, called from outside."""

import inspect
import pickle

import pytest

from labwork.config.expressions import Function, LazyImport, Namespace, parse_expression
from labwork.core import ExpressionError

NAMESPACE = Namespace({"sqrt": LazyImport("math", "sqrt"), "range": range, "sum": sum})


def make(text: str) -> Function:
    found = parse_expression(text, "TRAINER").evaluate(NAMESPACE)
    assert isinstance(found, Function)
    return found


@pytest.mark.parametrize(
    ("text", "args", "value"),
    [
        ("lambda x: sqrt(x)", (4,), 2.0),
        ("(lambda y: lambda x: x + y)(3)", (4,), 7),
        ("[lambda: i for i in (1, 2)][0]", (), 1),
        ("lambda *x, y=[1]: [*x, *y]", (3,), [3, 1]),
        ("lambda r, s=2: {r: s}", ("a",), {"a": 2}),
    ],
)
def test_function_does_the_same_after_pickling(text, args, value):
    function = make(text)
    again = pickle.loads(pickle.dumps(function))
    assert function(*args) == again(*args) == value
    assert hash(function) == hash(again)
    assert repr(again) == repr(function)
    assert repr(function) in text


@pytest.mark.parametrize(
    ("one", "other", "are_equal"),
    [
        ("lambda x: x", "(lambda x: x)", True),
        ("lambda x: x", "lambda y: y", False),
        ("(lambda y: lambda: y)(1)", "(lambda y: lambda: y)(1)", True),
        ("(lambda y: lambda: y)(1)", "(lambda y: lambda: y)(2)", False),
    ],
)
def test_functions_are_equal_where_they_are_written_alike(one, other, are_equal):
    assert (make(one) == make(other)) is are_equal


def test_function_has_a_signature_and_holds_to_it():
    function = make("lambda a, /, b=2, *c, d, **e: 1")
    assert str(inspect.signature(function)) == "(a, /, b=2, *c, d, **e)"
    with pytest.raises(TypeError, match="missing a required argument: 'a'"):
        function()


def test_each_call_from_outside_has_a_budget_of_its_own():
    function = make("lambda n: sum([x for x in range(n)])")
    for _ in range(3):
        assert function(100_000) == sum(range(100_000))
    with pytest.raises(ExpressionError, match=r"TRAINER: .*\n  lambda n: sum"):
        function(400_000)
    assert function(10) == 45


def test_calls_from_within_share_the_budget():
    def often(function, times):
        return [function(1000) for _ in range(times)]

    space = NAMESPACE.join({"often": often})
    text = "often(lambda n: [x for x in range(n)], {})"
    assert len(parse_expression(text.format(3)).evaluate(space)) == 3
    with pytest.raises(ExpressionError, match="too much work"):
        parse_expression(text.format(1000)).evaluate(space)


def test_error_of_a_function_points_into_its_own_text():
    outer = parse_expression("f(0)", "OUTER")
    with pytest.raises(ExpressionError, match=r"^OUTER: f: TRAINER: division by zero\n  f\(0\)"):
        outer.evaluate({"f": make("lambda x: 1 / x")})
