"""Laws about the tree as a whole; a new package is held to them by being there."""

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import labwork

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "labwork"
PACKAGES = sorted(p.name for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__")
FILES = sorted(SOURCE.rglob("*.py"))
BUILTINS_THAT_RUN_TEXT = {"eval", "exec", "compile", "__import__"}
NAMED_AS_TRUST = {"data/_readers/_pickle.py": ["pickle.load"]}  # read(path, trusted=True)
MODULES_THAT_RUN_DATA = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "joblib"}


def door(package: str) -> ModuleType:
    return import_module(f"labwork.{package}")


def names_in_door(package: str) -> set[str]:
    """The public names that a package's ``__init__.py`` imports or defines."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((SOURCE / package / "__init__.py").read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("labwork"):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return {name for name in names if not name.startswith("_")}


def public_methods(cls: type) -> Iterator[str]:
    """Names of the methods and properties that ``cls`` itself defines for its users."""
    for name, member in vars(cls).items():
        is_method = isinstance(member, FunctionType | classmethod | staticmethod | property)
        if is_method and not name.startswith("_"):
            yield name


def undocumented(package: str) -> Iterator[str]:
    for name in door(package).__all__:
        published = getattr(door(package), name)
        if not isinstance(published, type | FunctionType):
            continue
        if not published.__doc__:
            yield name
        if isinstance(published, type):
            methods = public_methods(published)
            yield from (f"{name}.{m}" for m in methods if not inspect.getdoc(getattr(published, m)))


def dangers(tree: ast.Module) -> Iterator[str]:
    """What in a file could run text or data as code, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS_THAT_RUN_TEXT:
                yield f"{node.lineno}: {name}"
            case ast.Call() if ast.unparse(node.func) in ("torch.load", "np.load"):
                yield from unsafe_load(node)
            case ast.Attribute(value=ast.Name(id=name)) if name in MODULES_THAT_RUN_DATA:
                yield from unless_errors(node.lineno, name, [node.attr])
            case ast.ImportFrom(module=name) if name in MODULES_THAT_RUN_DATA:
                yield from unless_errors(node.lineno, name, [alias.name for alias in node.names])
            case ast.alias(name=name, asname=str()) if name in MODULES_THAT_RUN_DATA:
                yield f"{node.lineno}: {name} under another name"


def unless_errors(line: int, module: str, names: list[str]) -> Iterator[str]:
    """What is used of a module that may not be, save the errors that it raises elsewhere."""
    yield from (f"{line}: {module}.{name}" for name in names if not name.endswith("Error"))


def unsafe_load(call: ast.Call) -> Iterator[str]:
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    is_torch = ast.unparse(call.func) == "torch.load"
    if is_torch and given.get("weights_only") != "True":
        yield f"{call.lineno}: torch.load without weights_only=True"
    if not is_torch and given.get("allow_pickle", "False") != "False":
        yield f"{call.lineno}: np.load with pickle"


def test_root_publishes_the_packages():
    assert labwork.__all__ == PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_door_holds_what_it_says(package: str):
    published = door(package).__all__
    assert published == sorted(published)
    assert set(published) == names_in_door(package)
    assert [n for n in published if isinstance(getattr(door(package), n), ModuleType)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_published_names_are_documented(package: str):
    assert list(undocumented(package)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_nothing_runs_text_or_data(file: Path):
    found = [danger.split(": ")[1] for danger in dangers(ast.parse(file.read_text("utf-8")))]
    assert found == NAMED_AS_TRUST.get(str(file.relative_to(SOURCE)), [])


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "exec('a = 1')",
        "import pickle; pickle.load(file)",
        "import pickle as p",
        "from marshal import loads",
        "torch.load('a.pt')",
        "torch.load('a.pt', weights_only=False)",
        "np.load('a.npy', allow_pickle=True)",
    ],
)
def test_dangers_are_seen(code: str):
    assert len(list(dangers(ast.parse(code)))) == 1


def run_python(*arguments: str, **environment: str) -> tuple[str, set[str]]:
    """What a fresh Python prints, and the modules that it imports."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    imports, others = [], []
    for line in run.stderr.splitlines():
        (imports if line.startswith("import time:") else others).append(line)
    if run.returncode != 0:
        pytest.fail("\n".join(others), pytrace=False)
    return run.stdout, {line.rpartition("|")[2].strip() for line in imports}


@pytest.mark.parametrize("what", ["labwork", "labwork.core, labwork.config, labwork.cli"])
def test_import_is_light(what: str):
    _, modules = run_python("-c", f"import {what}")
    assert "labwork" in modules
    assert "torch" not in modules


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"]])
def test_help_is_light(arguments: list[str]):
    output, modules = run_python("-m", "labwork", *arguments)
    assert "labwork" in output.lower()
    assert "torch" not in modules


def test_completion_is_light():
    script = str(Path(sys.executable).with_name("labwork"))
    words = {"COMP_WORDS": "labwork tr", "COMP_CWORD": "1"}
    output, modules = run_python(script, _LABWORK_COMPLETE="bash_complete", **words)
    assert "train" in output
    assert "torch" not in modules


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE"])
def test_readers_are_told(name: str):
    assert (ROOT / name).stat().st_size > 0
