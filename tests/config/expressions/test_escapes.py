"""What the language has not: no text gets beyond its namespace or its budget."""

import pytest

from labwork.config.expressions import parse_arguments, parse_data, parse_expression
from labwork.core import ExpressionError

UNREACHABLE = {
    "builtins": [
        *["__import__('os')", "open('/etc/passwd')", "eval('1')", "exec('1')", "globals()"],
        *["getattr(n, 'real')", "type(n)", "vars()", "print(1)", "__builtins__", "breakpoint()"],
        *["[print for x in [1]]", "(lambda: exec)()", "isinstance", "os", "help", "self", "frame"],
    ],
    "underscores": [
        *["n.__class__", "().__class__.__base__.__subclasses__()", "net.__globals__", "_secret"],
        *["net.__code__", "d[0].__class__", "d[0]._x", "(lambda: 1).__globals__", "r.__dict__"],
        *["(lambda: 1)._node", "recipes.__class__", "parts.__loader__", "sqrt.__self__"],
        *["net.\uff3f_globals__", "net.\ufe33\ufe33class__", "t(__class__=1)", "t(**{'__x': 1})"],
        *["(x for x in [1]).gi_frame", "''.__class__", "r.\uff3fx", "len.__module__", "_"],
    ],
    "attributes of what isn't open": [
        *["net.f", "n.real", "'{}'.format", "'{0.__class__}'.format(n)", "''.join", "[].append"],
        *["{'a': 1}.a", "{}.get", "t(a=1).a", "tree.held", "d[0].hidden", "d.append", "r.fields"],
        *[
            "parts.Fraction.numerator",
            "Tree.held",
            "(lambda: 1).node",
            "partial(net).func",
            "1j.real",
        ],
        *["range(3).start", "d[0].map.func", "Record.fields", "d[0].broken"],
    ],
    "modules and groups": [
        *["module", "module.join", "pytest", "pytest.raises", "parts.re", "parts.Decimal", "gone"],
        *["parts.functools", "recipes", "parts", "len(recipes)", "[*recipes]", "recipes['digits']"],
        *[
            "recipes.items",
            "recipes.deep",
            "recipes.keys()",
            "(recipes,)",
            "recipes == 1",
            "gone.x",
        ],
        *["(lambda x: x.digits)(recipes)", "t(**recipes)", "[x for x in parts]", "recipes.missing"],
    ],
    "forms that aren't part of it": [
        *["f'{n}'", "F'{n.__class__}'", "rf'{n}'", "fR'''{n}'''", "t(f'{n}')", "'a' f'{n}'"],
        *["x := 1", "(x := 1)", "[y := 1, y]", "await n", "(yield)", "(yield from n)", "yield"],
        *["[x async for x in d]", "import os", "n = 1", "del n", "n; n", "n\nn", "lambda: (yield)"],
        *["assert n", "pass", "return 1", "@n", "n!", "n?", "$n", "n += 1", "*n", "**n", "print 1"],
        *["[n for n.x in d]", "[0 for d[0] in d]", "[0 for *x, y in [d]]", "lambda x, x: 1", "`n`"],
        *["'%s' % n", "'%99999999d' % 1", "b'%d' % n", "'%s' % d[0]", "n @ n", "d @ d", "-'a'"],
        *["'a' + 1", "tree + tree", "tree * 2", "net + 1", "[1] * d[0]", "'a' * d[0]", "tree[0]"],
        *[
            "t[int]",
            "net[0]",
            "-net",
            "~1.5",
            "{1} + {2}",
            "[1] - [1]",
            "net < net",
            "range(2) * 2",
        ],
        *["t(_a=1)", "t(a=1, a=2)", "t(**{'a': 1}, a=2)", "t(**{1: 2})", "t(**[1])", "net(**1)"],
        *["1()", "None()", "'net'()", "d[0]()", "recipes.digits()", "d[*d]", "d['a']", "n[0]"],
    ],
    "forms that leave the brackets": [
        *[
            "n).__class__(",
            "n)(n",
            "n), (n",
            "n) if n else (n",
            "1)\nprint(1",
            "n\n)\n(n",
            ")",
            "(",
        ],
        *["n]", "[n", "(n]", "{n)", "'", '"', "'''", "'''a''", "'a\n'", "'\\'", "# n"],
    ],
    "not an expression": [
        *[
            "",
            " ",
            "\n\t",
            "#",
            ",",
            "n n",
            "1 2",
            "=",
            ".",
            "...n",
            "a=1",
            "n.",
            ".n",
            "n..n",
            "n,,",
        ],
        *[
            "\0",
            "n\0",
            "'\0'",
            "\ud800",
            "'\ud800'",
            "\x1b[0m",
            "\ufeffn",
            "€",
            "n\u200b",
            "n\xa0n",
        ],
        *["08", "1__0", "0x", "1e", "'\\x'", "'\\N{no}'", "'\\u12'", "b'é'", "\x0c", "1.n", "0777"],
    ],
}

DOUBLED = "(lambda x: (x, x))(" * 40 + "1" + ")" * 40
EXHAUSTING = {
    "integers": [
        *["10**10**10", "2**2**2**2**2**2", "9**9**9**9", "1<<10**12", "1<<10000", "(-7)**10**9"],
        *["(2**8000)*(2**8000)", "[7**2900 * 7**2900 for x in d]", "9" * 5000, "0x" + "f" * 9000],
        *["(lambda f: f(f, 3))(lambda f, x: f(f, x*x))", "str(7**2900 << 9000)"],
        *["2**8000<<n<<8000"],
        "sum([3**5000 // 7**(i % 9) for i in range(200000)])",
    ],
    "repetitions": [
        *["'a'*10**12", "10**12*'a'", "[0]*10**9", "(0,)*10**9", "b'a'*10**10", "['a'*1000]*10000"],
        *["'a'*(2**70)", "'a'*999999+'a'*999999", "'ab'*1000*1000*1000", "[[0]*1000]*1000*1000"],
        *["(lambda x: x+x)(" * 30 + "'aaaaaaaa'" + ")" * 30, "['a'*10**5 for x in range(99999)]"],
    ],
    "loops": [
        *["[0 for _ in range(10**12)]", "[0 for _ in range(10**30)]", "sum(range(10**12))"],
        *["{x for x in range(10**9)}", "{x: x for x in range(10**7)}", "list(range(10**10))"],
        *["len([*range(10**9)])", "t(*range(10**9))"],
        *["[x for x in range(2000) for y in range(2000)]"],
        *["[0 for x in range(99999) for y in range(99999) if 0]", "-1 in range(10**18)"],
        *["'a' in range(10**9)", "max(range(10**15))", "sorted(range(10**9, 0, -1))"],
        *["(*range(10**8),)"],
        *["[i for i in [0]" + " for i in [0, 1]" * 300 + "]"],
        *["list(zip(range(10**9), range(10**9)))"],
        *["[*map(lambda x: [*range(x)], range(10**5))]", "sum(0 for x in range(10**6) if x)"],
        *["max(range(10**5), key=lambda x: max(range(10**5), key=lambda y: y))"],
    ],
    "recursion": [
        *["(lambda f: f(f))(lambda f: f(f))", "(lambda f: [f(f)])(lambda f: [f(f)])"],
        *["(lambda f: f(f))(lambda f: f(f) + f(f))"],
        *["(lambda f: f(f))(lambda f: sorted([1], key=f))"],
        *["(lambda f: f(f))(lambda f: [*map(f, [f])])"],
        *["(lambda f: f(f))(lambda f: partial(f, f)())"],
        *["(lambda f: f(f, 0))(lambda f, i: f(f, i + 1))"],
        *["(lambda f: f(f))(lambda f: max([f], key=f))"],
    ],
    "sharing": [
        *[DOUBLED, f"{DOUBLED} == {DOUBLED}", f"{{{DOUBLED}}}", f"{{{DOUBLED}: 1}}"],
        *[f"len({DOUBLED})"],
        *["(lambda x: [x, x])(" * 40 + "1" + ")" * 40],
        *["(lambda x: t(a=x, b=x))(" * 40 + "1" + ")" * 40],
        *["(lambda x: Tree(x, x))(" * 40 + "1" + ")" * 40],
        *["(lambda x: Record(a=x, b=x))(" * 40 + ")" * 40],
    ],
    "hashes": [
        "{i * (2**61 - 1) for i in range(100000)}",
        *["{i * (2**61 - 1): 0 for i in range(100000)}"],
        *["{*[i * (2**61 - 1) for i in range(9999)]}"],
        "{i * (2**61 - 1) for i in range(30)} | {i * (2**61 - 1) for i in range(30, 60)}",
    ],
    "depth": [
        *["(" * 300 + ")" * 300, "[" * 4900 + "]" * 4900, "[" * 5000, "(" * 10**6],
        *["t(" * 3000 + ")" * 3000],
        *["t" + "()" * 4900, "n" + ".a" * 4900, "n" + "[0]" * 3000, "-" * 9000 + "1"],
        *["not " * 2000 + "1"],
        *["1" + "+1" * 4900, "lambda:" * 1400 + "1", "{1:" * 190 + "1" + "}" * 189],
        *["n if n else " * 800 + "n"],
        *["2" + "**1" * 3000, "[" * 80 + "n" + "]" * 81, "~" * 200 + "1"],
        *["lambda x=" * 500 + "1" + ":1" * 500],
    ],
    "length": [
        *["n" * 10**6, "'" + "a" * 10**6 + "'", " " * 10**6 + "n", "#" * 10**6, "n," * 10**5],
        "[lambda " + ",".join(f"a{i}" for i in range(1400)) + ": 0 for x in range(10**5)]",
    ],
}  # fmt: skip


def table(kinds):
    return [pytest.param(t, id=f"{k}-{t[:30]!a}") for k, ts in kinds.items() for t in ts]


@pytest.mark.parametrize("text", table(UNREACHABLE))
def test_nothing_beyond_the_namespace_is_reached(text, namespace):
    with pytest.raises(ExpressionError, match=r"^MODEL: "):
        parse_expression(text, "MODEL").evaluate(namespace)


@pytest.mark.parametrize("text", table(EXHAUSTING))
def test_nothing_hangs_or_fills_the_memory(text, namespace):
    with pytest.raises(ExpressionError, match=r"^MODEL: ") as caught:
        parse_expression(text, "MODEL").evaluate(namespace)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("text", table({k: v[:2] for k, v in (UNREACHABLE | EXHAUSTING).items()}))
def test_nothing_hides_within(text, namespace):
    with pytest.raises(ExpressionError):
        parse_arguments(f"n, a=[{{'a': (lambda: ({text},))()}}]").keywords["a"].evaluate(namespace)
    with pytest.raises(ExpressionError):
        parse_data(f"Digits(a=({text},)){{train}}:d").specs[0].keywords["a"].evaluate(namespace)


@pytest.mark.parametrize(
    "text", ["n.real", "'a' * 10**9", "(lambda f: f(f))(lambda f: f(f))", "gone"]
)
def test_functions_do_not_get_beyond_it_later_either(text, namespace):
    function = parse_expression(f"lambda *args: {text}").evaluate(namespace)
    with pytest.raises(ExpressionError):
        function(1, 2)
