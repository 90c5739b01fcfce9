"""Messages: what is wrong, the nearest name, and carets under the place."""

import pytest

from labwork.config.expressions import Namespace, PublicNames, parse_arguments, parse_expression
from labwork.core import ConfigError, ExpressionError

# The place is between « and », which aren't part of the text.
PLACES = [
    ("t(a=«lenn»(1))", "unknown name 'lenn'; did you mean 'len'?"),
    ("recipes.«digts»", "unknown name 'recipes.digts'; did you mean 'recipes.digits'?"),
    ("«digits»", "unknown name 'digits'; did you mean 'recipes.digits'?"),
    ("«recipe».digits", "unknown name 'recipe.digits'; did you mean 'recipes.digits'?"),
    ("«ct».cifr", "unknown name 'ct.cifr'; did you mean 'recipes.deep.cifar'?"),
    ("recipes.«zzz»", "unknown name 'recipes.zzz'; known: recipes.deep.cifar, recipes.digits"),
    ("(lambda width: «widht»)(1)", "unknown name 'widht'; did you mean 'width'?"),
    ("«recipes.deep»", "'recipes.deep' is a group of names; write one of them, such as"
     " recipes.deep.cifar"),
    ("'é' + «ü»", "unknown name 'ü'"),
    ("['é',\n  'ü', «x»,\n 1]", "unknown name 'x'"),
    ("r.«imag»", "unknown attribute 'imag' of a Record; did you mean 'image'?"),
    ("n + tree.«held»", "attributes of a Tree can't be used here"),
    ("d.«__class__»", "names that start with an underscore are out of reach"),
    ("«d[0].broken»", "OSError: no such file"),
    ("net(«dpth»=3)", "net has no argument 'dpth'; did you mean 'depth'?"),
    ("1 + «net(**{'dpth': 3})»", "net has no argument 'dpth'; did you mean 'depth'?"),
    ("(lambda deep: 1)(«dep»=3)", "lambda deep: 1 has no argument 'dep'; did you mean 'deep'?"),
    ("[«fail('ValueError', 'two\\nlines')»]", "fail: two lines"),
    ("[«fail('KeyError', 'a')», 1]", "fail: KeyError: 'a'"),
    ("len(«sqrt(-1)»)", "sqrt: math domain error"),
    ("«sqrt()»", "sqrt: math.sqrt() takes exactly one argument (0 given)"),
    ("sorted([1, 0], key=lambda x: «1 / x»)", "division by zero"),
    ("2 * («n»())", "n can't be called: it is an int"),
    ("net(a=1, «a»=2)", "argument 'a' is given twice"),
    ("{'a': 1}[«'b'»]", "there is no key 'b'"),
    ("«[1][7]»", "list index out of range"),
    ("[0 for x in «n»]", "an int has no items to go through"),
    ("1 + («'a' - 1»)", "'-' isn't for str and int"),
    ("[0, «10**9999»]", "an integer of more than 8,192 bits"),
    ("t(«f'»{n}')", "strings with fields, such as f'{x}', aren't allowed"),
    ("t(«a b»)", "can't be read: invalid syntax. Perhaps you forgot a comma?"),
    ("t(«a.b=»1)", "can't be read: '=' stands only after the name of an argument"),
    ("t(n«]»", "']' closes nothing"),
    ("«(»n, [1]", "'(' is never closed"),
    ("n + «'»abc", "this string doesn't end"),
    ("(1, («x := 2»))", "':=' isn't allowed"),
    ("n«\0»", "the character '\\x00' can't be read"),
    ("n «+»", "can't be read: invalid syntax"),
    ("\t\tn + «x»", "unknown name 'x'"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "message"), PLACES)
def test_carets_are_under_the_place(marked, message, namespace, unmark):
    before, inside, after = unmark(marked)
    text = before + inside + after
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text, "TRAINER").evaluate(namespace)
    first, line, carets = str(caught.value).split("\n")
    assert first.startswith(f"TRAINER: {message}")
    assert caught.value.text == text
    assert text[slice(*caught.value.span)] == inside
    assert carets == "  " + " " * len(before.rpartition("\n")[2]) + "^" * len(inside)
    shown = (before.rpartition("\n")[2] + inside + after).partition("\n")[0]
    assert len(line) == 2 + len(shown)
    assert line.isprintable()


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("recipes.digits, «*a»", "'*' and '**' can't be used here"),
        ("a=1, «**b»", "'*' and '**' can't be used here"),
        ("a=1, b=2, «a»=3", "argument 'a' is given twice"),
        ("a=1, «2»", "can't be read: positional argument follows keyword argument"),
        ("a, b=t(«__c»=1)", "argument '__c' starts with an underscore"),
        ("a, é=«$»", "can't be read: invalid syntax"),
        ("a, b, «,»", "can't be read: invalid syntax"),
        ("a«)» + (b", "')' closes nothing"),
    ],
)
def test_arguments_point_into_the_whole_text(marked, message, unmark):
    before, inside, after = unmark(marked)
    with pytest.raises(ExpressionError) as caught:
        parse_arguments(before + inside + after, "MODEL")
    assert str(caught.value).startswith(f"MODEL: {message}\n")
    assert caught.value.span == (len(before), len(before + inside))


def test_arguments_point_into_the_whole_text_later_too():
    with pytest.raises(ExpressionError, match=r"\n  a, x=\(1, y\)\n           \^$"):
        parse_arguments("a, x=(1, y)").keywords["x"].evaluate()
    with pytest.raises(ExpressionError, match=r"^M: no\n  a, x=\(1, y\)\n       \^{6}$"):
        raise parse_arguments("a, x=(1, y)", "M").keywords["x"].error("no")


def test_a_long_line_is_cut_around_the_place():
    text = f"[{'1, ' * 100}x{', 1' * 100}]"
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text).evaluate()
    _, line, carets = str(caught.value).split("\n")
    assert len(line) < 90
    assert line[carets.index("^")] == "x"


def test_kind_of_name_and_original_error_are_told(namespace):
    with pytest.raises(
        ExpressionError, match=r"^unknown model 'ResNetV3'; did you mean 'ResNetV1'\?\n"
    ):
        parse_expression("ResNetV3").evaluate(namespace, kind="model")
    with pytest.raises(ExpressionError) as caught:
        parse_expression("fail('KeyError', 'x')").evaluate(namespace)
    assert isinstance(caught.value.__cause__, KeyError)


def test_config_error_of_a_function_stays_what_it_says():
    def refuse() -> None:
        raise ConfigError("depth must be odd")

    with pytest.raises(ExpressionError, match=r"^MODEL: refuse: depth must be odd\n  refuse\(\)"):
        parse_expression("refuse()", "MODEL").evaluate({"refuse": refuse})


def test_expression_within_an_expression_is_told_on_one_line():
    inner = parse_expression("1 + missing", "INNER")
    with pytest.raises(ExpressionError) as caught:
        parse_expression("f()", "OUTER").evaluate({"f": inner.evaluate})
    assert str(caught.value).split("\n")[0] == "OUTER: f: INNER: unknown name 'missing'"


def test_nothing_written_is_told_without_carets():
    with pytest.raises(ExpressionError, match=r"\ATRAINER: an expression is missing\Z"):
        parse_expression("  ", "TRAINER")


def test_a_broken_group_does_not_hide_what_is_wrong():
    space = Namespace({"broken": PublicNames("no_such_module"), "size": 1})
    with pytest.raises(ExpressionError, match="did you mean 'size'"):
        parse_expression("sise").evaluate(space)
