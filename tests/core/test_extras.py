"""What is told where a library is missing that only some users need."""

import ast
import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from labwork.core import ConfigError, import_extra
from labwork.core._extras import _EXTRAS

ROOT = Path(__file__).parents[2]
CALLS = {"import_extra", "library"}


def used_packages() -> set[str]:
    """The packages that the calls in the source name."""
    calls = (
        node
        for file in (ROOT / "src" / "labwork").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in CALLS
    )
    firsts = [ast.unparse(call.args[0]) for call in calls if call.args]
    return {match[1] for text in firsts if (match := re.match(r"f?'(\w+)", text))}


def test_each_library_is_used_and_each_used_one_is_known():
    assert used_packages() == set(_EXTRAS)


def test_each_library_is_in_the_extra_that_is_named():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for package, (library, wanted) in _EXTRAS.items():
        if extra := re.fullmatch(r"labwork\[(\w+)\]", wanted):
            brought = [
                re.match(r"[\w-]+", r)[0] for r in project["optional-dependencies"][extra[1]]
            ]
            names = {package.lower(), library.lower(), f"{library.lower()}-python-headless"}
            assert names & set(brought), (package, brought)


@pytest.mark.parametrize("package", _EXTRAS)
def test_missing_library_is_told_with_its_extra(package: str, monkeypatch: pytest.MonkeyPatch):
    library, wanted = _EXTRAS[package]
    monkeypatch.setitem(sys.modules, package, None)
    for module in (package, f"{package}.part"):
        with pytest.raises(ConfigError) as caught:
            import_extra(module, "This")
        told = str(caught.value)
        assert told.startswith(f"This needs {library}: pip install ")
        assert wanted in told


@pytest.mark.parametrize("package", [p for p in _EXTRAS if find_spec(p)])
def test_library_that_is_there_is_given(package: str):
    if package != "torchvision":  # there may be one that is built for another torch
        assert import_extra(package, "This").__name__ == package


def test_what_a_library_lacks_itself_is_not_taken_for_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "lmdb.py").write_text("import what_lmdb_needs", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lmdb", raising=False)
    with pytest.raises(ModuleNotFoundError, match="what_lmdb_needs"):
        import_extra("lmdb", "This")
