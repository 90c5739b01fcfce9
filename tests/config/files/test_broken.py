"""Whatever is wrong with a file, an override or a reference, one message says what and where."""

from pathlib import Path

import pytest

from labwork.config.files import Config, compose
from labwork.core import ConfigError

DEEP_BLOCKS = "".join("  " * depth + "a:\n" for depth in range(105))
BOMB = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)
DOUBLING_LISTS = "a0: [1, 1]\n" + "".join(
    f"a{i}: ['{{a{i - 1}}}', '{{a{i - 1}}}']\n" for i in range(1, 40)
)
DOUBLING_TEXTS = "a0: xxxxxxxxxx\n" + "".join(
    f"a{i}: '${{a{i - 1}}}${{a{i - 1}}}'\n" for i in range(1, 40)
)
LONG_CHAIN = "".join(f"a{i}: '{{a{i + 1}}}'\n" for i in range(1000)) + "a1000: 1"

FILES = {
    "tab": ("a:\n\tb: 1", "2: a tab can't indent in YAML; write spaces"),
    "bracket": ("a: [1\nb: 2", "1: a '[' opens here that no ']' closes"),
    "brace": ("a: {b: 1", "1: a '{' opens here that no '}' closes"),
    "mixed brackets": ("a: [1, 2}", "1: a '[' opens here that no ']' closes"),
    "closing bracket": ("a: ]", "1: a value is missing before ']'"),
    "cut off": ("a: {b: ", "2: a value is missing before the end"),
    "quote": ("a: 'x\nb: 1", "1: a quote opens here that nothing closes"),
    "quote within": (
        "key: 'it's'",
        "1: this fits no key of the mapping that begins in line 1; check indentation and quotes",
    ),
    "escape": (
        'a: "\\q"',
        "1: unknown escape \\q; write \\\\ for a backslash, or use single quotes",
    ),
    "two colons": (
        "a: b: c",
        "1: no ':' can stand here; check the indentation, or put the text in quotes",
    ),
    "indented key": (
        "a: 1\n b: 2",
        "2: no ':' can stand here; check the indentation, or put the text in quotes",
    ),
    "no colon": ("a: 1\nb\n", "2: this has no ':'; write key: value"),
    "element in a mapping": (
        "a: 1\n- b",
        "2: this fits no key of the mapping that begins in line 1; check indentation and quotes",
    ),
    "key in a list": (
        "- a\nb: 1",
        "2: this is no element of the list that begins in line 1; check the indentation",
    ),
    "indicator": ("a: @x", "1: a value can't begin with '@'; put it in quotes"),
    "block text": ("a: |x\n b", "1: text can't follow in the line of a | or >"),
    "duplicate key": (
        "a:\n  b: 1\n  c: 2\n  b: 3",
        "4: the key 'b' is there already, in b.yaml:2",
    ),
    "duplicate number": ("1: a\n'1': b", "2: the key '1' is there already, in b.yaml:1"),
    "duplicate mark": ("a!: 1\na: 2", "2: the key 'a' is there already, in b.yaml:1"),
    "two documents": ("a: 1\n---\nb: 2", "2: a second document begins; write one file for each"),
    "after the end": ("a: 1\n...\nb", "3: something stands behind the end of the document"),
    "list on top": ("- 1\n- 2", "1: the file holds a list; a config is a mapping, key: value"),
    "text on top": ("hello", "1: the file holds 'hello'; a config is a mapping, key: value"),
    "number on top": ("# one\n12", "2: the file holds 12; a config is a mapping, key: value"),
    "control character": ("\n\na: \x07", "3: the character U+0007 can't stand in YAML"),
    "not UTF-8": (b"a: 1\nb: \xff", "2: the byte 0xff isn't UTF-8; save the file as UTF-8"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00", "3: a byte 0; this is no text file"),
    "deep brackets": ("a: " + "[" * 101 + "]" * 101, "1: nested more than 100 deep"),
    "very deep brackets": ("a: " + "[" * 10**5, "1: nested more than 100 deep"),
    "deep blocks": (DEEP_BLOCKS, "101: nested more than 100 deep"),
    "unknown anchor": ("a: *b-c", "1: no anchor &b-c stands above the alias *b-c"),
    "nameless anchor": (
        "a: *",
        "1: a name is missing behind & or *; put text that begins with them in quotes",
    ),
    "alias in itself": ("a: 1\nb: &x [*x]", "2: an alias stands within what it refers to"),
    "anchor twice": ("a: &x 1\nb: &x 2", "2: the anchor &x is there already in line 1"),
    "bomb of aliases": (BOMB, "6: more than 1000000 values, aliases followed"),
    "call of a function": (
        "a: 1\nb: !!python/object/apply:os.system [ls]",
        "2: the tag !!python/object/apply:os.system isn't allowed; a list can have !!seq",
    ),
    "name of a function": (
        "a: !!python/name:os.system ''",
        "1: the tag !!python/name:os.system isn't allowed; a scalar can have !!str, !!int,"
        " !!float, !!bool or !!null",
    ),
    "set": ("a: !!set {x}", "1: the tag !!set isn't allowed; a mapping can have !!map"),
    "text as a number": ("a: !!int x", "1: 'x' doesn't fit its tag !!int"),
    "many digits": ("a: " + "9" * 5000, "1: a whole number of more than 4000 digits"),
    "large float": ("a: 1e999", "1: '1e999' is too large a number; infinity is written .inf"),
    "long float": (
        "a: 1" + "0" * 400 + ".0",
        f"1: '1{'0' * 57}… is too large a number; infinity is written .inf",
    ),
    "tagged float": ("a: !!float 1" + "0" * 400, f"1: '1{'0' * 57}… doesn't fit its tag !!float"),
    "boolean key": (
        "true: 1",
        "1: a key is a string or an integer, not 'true'; put it in quotes",
    ),
    "empty key": ("'': 1", "1: a key is empty"),
    "list as key": ("? [a]\n: 1", "1: a key is a string or an integer, no list or mapping"),
    "merge of a reference": (
        "a: {b: 1}\nc: {<<: {a}}",
        "2: << needs a mapping such as *name, or a list of them",
    ),
    "merge of a number": ("<<: 1", "1: << needs a mapping such as *name, or a list of them"),
    "deletion with a value": ("~x: 1", "1: ~x deletes and takes no value; write '~x:'"),
    "nothing to delete": (
        "a:\n  ~b:",
        "2: ~a/b finds nothing to delete; a has no keys",
    ),
    "unknown reference": (
        "losses: {KL: 1}\na: '{losess/KL}'",
        "2: '{losess/KL}': there is no key 'losess/KL'; did you mean 'losses/KL'?",
    ),
    "reference below a scalar": (
        "b: 1\na: '${b.c}'",
        "2: '${b.c}': there is no key 'b.c'; b is no mapping",
    ),
    "reference past a list": (
        "b: [1]\na: '{b/1}'",
        "2: '{b/1}': there is no key 'b/1'; b is a list of 1",
    ),
    "empty reference": ("a: '${}'", "1: '${}' refers to nothing; write ${key/path}"),
    "reference with a gap": ("a: '${b//c}'", "1: the key path 'b//c' has an empty part"),
    "open reference": (
        "a: 'x${b'",
        "1: '${' isn't closed by a '}'; write '$${' for the text itself",
    ),
    "list in a text": (
        "a: 'x${b}'\nb: [1]",
        "1: ${b} is a list; only scalars can stand within a longer text",
    ),
    "reference to itself": (
        "a: '{a}'",
        "1: references run in a circle: {a} (b.yaml:1) → …",
    ),
    "reference to what it is in": (
        "a:\n  b: '{a}'",
        "2: references run in a circle: {a} (b.yaml:2) → …",
    ),
    "circle": (
        "a: '{b}'\nb: x${c}\nc: '{a}'",
        "1: references run in a circle: {b} (b.yaml:1) → ${c} (b.yaml:2) → {a} (b.yaml:3) → …",
    ),
    "circle of paths": (
        "x: '{y/z}'\ny: '{x/q}'",
        "2: references run in a circle: {x/q} (b.yaml:2) → {y/z} (b.yaml:1) → …",
    ),
    "long chain": (LONG_CHAIN, "151: references lead more than 150 deep"),
    "doubling lists": (DOUBLING_LISTS, "19: references make more than 1000000 values"),
    "doubling texts": (DOUBLING_TEXTS, "20: references make more than 10000000 characters"),
    "unset variable": (
        "a: ${env:NOPE}",
        "1: the environment variable NOPE isn't set; set it, or write a default:"
        " ${env:NOPE,default}",
    ),
    "nameless variable": ("a: ${env:A B}", "1: 'env:A B' names no environment variable"),
    "broken default": ("a: '${env:NOPE,[1}'", "1: a '[' opens here that no ']' closes"),
}

BASE = "optimizer:\n  lr: 0.1\n  betas: [0.9, 0.99]\n"
OVERRIDES = {
    "flag alone": (["--flag"], "'--flag': a flag without a value; write --flag true"),
    "flag before a flag": (
        ["--flag", "--lr", "3"],
        "'--flag': a flag without a value before '--lr'; write --flag true",
    ),
    "flag before a deletion": (
        ["--flag", "~lr"],
        "'--flag': a flag without a value before '~lr'; write --flag true",
    ),
    "flag before an override": (
        ["--flag", "lr=3"],
        "'--flag': its value 'lr=3' looks like an override; write --flag=lr=3 if it isn't",
    ),
    "lone word": (["lr"], "'lr': no override; write --key value, key=value or ~key"),
    "one dash": (["-x", "3"], "'-x': no override; write --key value, key=value or ~key"),
    "no key": (["=3"], "'=3': no override; write --key value, key=value or ~key"),
    "no key to delete": (["~"], "'~': no override; write --key value, key=value or ~key"),
    "gap in the path": (["a//b=3"], "'a//b=3': the key path 'a//b' has an empty part"),
    "lone backslash": (["a\\=3"], r"'a\\=3': the key path 'a\\' ends in a lone backslash"),
    "deletion with a value": (
        ["~optimizer=3"],
        "'~optimizer=3': ~ deletes and takes no value; write '~optimizer'",
    ),
    "nothing to delete": (
        ["~optimizer/lrr"],
        "~optimizer/lrr finds nothing to delete; did you mean 'optimizer/lr'?",
    ),
    "nothing like it to delete": (
        ["~x/y"],
        "~x/y finds nothing to delete; the top level has the keys optimizer",
    ),
    "element to delete": (
        ["~optimizer/betas/0"],
        "'~optimizer/betas/0' can't be applied: optimizer/betas (b.yaml:3) is a list; write it"
        " anew without the element",
    ),
    "below a scalar": (
        ["optimizer/lr/x=3"],
        "'optimizer/lr/x=3' can't be applied: optimizer/lr (b.yaml:2) is 0.1, no mapping",
    ),
    "below an override": (
        ["--a/b", "3", "--a", "5"],
        "'--a/b 3' can't be applied: a (command line) is 5, no mapping",
    ),
    "past a list": (
        ["optimizer.betas.2=3"],
        "'optimizer.betas.2=3' can't be applied: optimizer/betas (b.yaml:3) is a list of 2",
    ),
    "open bracket": (["a=[1"], "'a=[1': a '[' opens here that no ']' closes"),
    "open quote": (["--a", "'x"], '"--a \'x": a quote opens here that nothing closes'),
    "tag": (
        ["a=!!python/name:os.system x"],
        "'a=!!python/name:os.system x': the tag !!python/name:os.system isn't allowed; a scalar"
        " can have !!str, !!int, !!float, !!bool or !!null",
    ),
    "many digits": (
        ["a=" + "9" * 5000],
        f"'a={'9' * 56}…: a whole number of more than 4000 digits",
    ),
    "deep path": (["a/" * 100 + "a=1"], f"'{'a/' * 29}…: nested more than 100 deep"),
    "deep path and value": (
        ["a/" * 60 + "a=" + "[" * 60 + "]" * 60],
        f"'{'a/' * 29}…: nested more than 100 deep",
    ),
    "unknown reference": (
        ["a={optimizer/lrr}"],
        "'{optimizer/lrr}': there is no key 'optimizer/lrr'; did you mean 'optimizer/lr'?",
    ),
}

PATHS = {
    "bb.yaml": "bb.yaml: there is no such file; did you mean 'b.yaml'?",
    "nope/b.yaml": "nope/b.yaml: there is no such file, and no folder nope",
    ".": ".: this is a folder; name a YAML file in it",
    "big.yaml": "big.yaml: the file has more than 10 MB",
}

MAPPINGS = {
    "object": ({"a": {"b": {1, 2}}}, "a/b: cannot represent an object of type set as plain data"),
    "key": ({True: 1}, "the key True is neither a string nor an integer"),
    "duplicate": ({"a": 1, "a!": 2}, "default: the key 'a' is there twice"),
    "deletion": ({"~a": None}, "default: ~a finds nothing to delete"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("b.yaml").write_text(BASE)


def message(*args: object) -> str:
    with pytest.raises(ConfigError) as caught:
        compose(*args, environment={})
    return str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_broken_file(name):
    content, expected = FILES[name]
    Path("b.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert message(["b.yaml"]) == f"b.yaml:{expected}"


@pytest.mark.parametrize("name", OVERRIDES)
def test_broken_override(name):
    tokens, expected = OVERRIDES[name]
    assert message(["b.yaml"], tokens) == f"command line: {expected}"


@pytest.mark.parametrize("path", PATHS)
def test_path_of_no_file(path):
    Path("big.yaml").write_text("a: 1\n" * 2_100_000)
    assert message([path]) == PATHS[path]


@pytest.mark.parametrize("name", MAPPINGS)
def test_mapping_that_is_no_base(name):
    data, expected = MAPPINGS[name]
    assert message([data]).startswith(expected)


def test_mark_in_a_later_file_names_it():
    Path("late.yaml").write_text("optimizer:\n  ~btas:\n")
    assert message(["b.yaml", "late.yaml"]) == (
        "late.yaml:2: ~optimizer/btas finds nothing to delete; did you mean 'optimizer/betas'?"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/c", "there is no key 'a/c'; did you mean 'a/cc'?"),
        ("a/xyz", "there is no key 'a/xyz'; a has the keys cc"),
        ("a/cc/d", "there is no key 'a/cc/d'; a/cc is no mapping"),
    ],
)
def test_unknown_key_path(path, expected):
    with pytest.raises(ConfigError) as caught:
        Config({"a": {"cc": 1}}).retrieve(path)
    assert str(caught.value) == expected
