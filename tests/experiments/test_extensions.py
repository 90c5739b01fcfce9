import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from labwork.config.expressions import Namespace, parse_expression
from labwork.core import ConfigError
from labwork.experiments._extensions import find_extensions
from labwork.experiments._namespace import completions, names

NET = "class Net: ...\n"


def write_package(folder: Path, name: str, code: str = NET, **modules: str) -> Path:
    package = folder / name
    package.mkdir(parents=True)
    for module, text in {"__init__": code, **modules}.items():
        (package / f"{module}.py").write_text(dedent(text))
    return package


def write_distribution(folder: Path, name: str, **entry_points: str) -> None:
    """Metadata as an installer leaves it."""
    information = folder / f"{name}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{point} = {module}" for point, module in entry_points.items()]
    (information / "entry_points.txt").write_text("\n".join(["[labwork.extensions]", *lines]))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on the path; one stands elsewhere. What is imported is forgotten."""
    folder, here = tmp_path / "site", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if name.startswith(("labwork_", "vision_")):
            del sys.modules[name]


def test_found_without_importing(site: Path):
    write_package(site, "labwork_vit", "raise SystemExit('imported')")
    write_package(site, "labwork_aug", "raise SystemExit('imported')")
    write_package(site, "labworkvit", "raise SystemExit('imported')")
    write_distribution(site, "tools", tools="vision_tools")
    found = find_extensions()
    assert [name for name in found if name in ("aug", "tools", "vit")] == ["aug", "tools", "vit"]
    assert list(found) == sorted(found)
    assert "labworkvit" not in found
    assert {"labwork_vit", "labwork_aug", "vision_tools"}.isdisjoint(sys.modules)


PUBLIC = {
    "own class and function": ("class Net: ...\ndef make(): ...", ["Net", "make"]),
    "numbers and strings": ("size = 3\nname = 'a'", ["name", "size"]),
    "what comes from its modules": ("from .sub import Deep", ["Deep"]),
    "no modules": ("import os, json\nfrom . import sub", []),
    "nothing of others": ("from os import getcwd\nfrom json import JSONDecoder", []),
    "no underscores": ("_a = 1\n__b = 2\ndef _c(): ...", []),
    "__all__ says": ("from json import loads\na = b = 1\n__all__ = ['a', 'loads']", ["a", "loads"]),
    "__all__ can't publish all": ("import os\n_a = 1\n__all__ = ['os', '_a']", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("code", "names"), PUBLIC.values(), ids=PUBLIC)
def test_public_names(site: Path, code: str, names: list[str]):
    write_package(site, "labwork_vit", code, sub="class Deep: ...")
    extension = find_extensions()["vit"]
    assert sorted(extension) == names
    assert len(extension) == len(names)
    for name in (*names, "os", "json", "sub", "_a", "_c", "__file__", "getcwd", "JSONDecoder"):
        assert (name in extension) == (name in names)
    module = sys.modules["labwork_vit"]
    assert dict(extension) == {name: getattr(module, name) for name in names}


def test_lazy_names_are_loaded_when_looked_up(site: Path):
    code = """
        __all__ = ["Deep", "broken"]
        def __getattr__(name):
            from importlib import import_module
            return {"Deep": import_module("labwork_vit.sub").Deep}[name]
    """
    write_package(site, "labwork_vit", code, sub=NET + "Deep = Net")
    extension = find_extensions()["vit"]
    assert list(extension) == ["Deep", "broken"]
    assert "labwork_vit.sub" not in sys.modules
    assert extension["Deep"].__name__ == "Net"
    with pytest.raises(ConfigError, match="KeyError: 'broken'"):
        extension["broken"]


def test_module_behind_a_lazy_name_is_out_of_reach(site: Path):
    code = "__all__ = ['os']\ndef __getattr__(name):\n    import os\n    return os"
    write_package(site, "labwork_vit", code)
    assert "os" not in find_extensions()["vit"]


def test_expressions_reach_public_names_alone(site: Path):
    code = """
        import os
        from . import sub
        _hidden = 1
        def double(x):
            return 2 * x
    """
    write_package(site, "labwork_vit", code, sub=NET)
    write_package(site, "labwork_bad", "import vision_missing")
    namespace = Namespace(find_extensions())
    assert parse_expression("vit.double(x=21)").evaluate(namespace) == 42
    refused = ("os", "os.getcwd()", "sub", "sub.Net", "_hidden", "__file__", "double.__globals__")
    for name in refused:
        with pytest.raises(ConfigError):
            parse_expression(f"vit.{name}").evaluate(namespace)
    with pytest.raises(ConfigError, match=r"did you mean 'vit\.double'"):
        parse_expression("vit.duoble").evaluate(namespace)
    with pytest.raises(ConfigError, match=r"extension 'bad'.*No module named 'vision_missing'"):
        parse_expression("bad.Net").evaluate(namespace)


BROKEN = {
    "missing package": ("import vision_missing", ModuleNotFoundError, "import vision_missing"),
    "error": ("def f():\n    return 1 / 0\nf()", ZeroDivisionError, "in f\n"),
    "in a module": ("from .sub import x", RuntimeError, 'sub.py", line 2'),
    "syntax": ("class Net(:", SyntaxError, "class Net(:"),
    "ends the program": ("import sys\nsys.exit(3)", SystemExit, "sys.exit(3)"),
    "a config of its own": (
        "from labwork.core import ConfigError\nraise ConfigError('odd')",
        ConfigError,
        "odd",
    ),
}


@pytest.mark.parametrize(("code", "kind", "shown"), BROKEN.values(), ids=BROKEN)
def test_failed_import_is_told_when_used(
    site: Path, code: str, kind: type[BaseException], shown: str
):
    package = write_package(site, "labwork_vit", code, sub="\nraise RuntimeError('sub is broken')")
    extension = find_extensions()["vit"]
    with pytest.raises(ConfigError) as caught:
        extension["Net"]
    first, _, trace = str(caught.value).partition("\n")
    assert first.startswith(f"the extension 'vit' (labwork_vit in {site}) can't be imported: ")
    assert kind.__name__ in first
    assert type(caught.value.__cause__) is kind
    assert shown in trace
    if kind is not SyntaxError:
        assert trace.splitlines()[1].strip().startswith(f'File "{package / "__init__.py"}"')
    assert "importlib" not in trace
    assert kind.__name__ in trace.splitlines()[-1]


def test_failed_import_leaves_others_alone_and_can_be_mended(site: Path):
    package = write_package(site, "labwork_vit", "import vision_missing")
    write_package(site, "labwork_aug")
    found = find_extensions()
    with pytest.raises(ConfigError):
        list(found["vit"])
    assert list(found["aug"]) == ["Net"]
    (package / "__init__.py").write_text("class Mended: ...")
    assert list(found["vit"]) == ["Mended"]


def test_current_directory_counts(site: Path, monkeypatch: pytest.MonkeyPatch):
    here = Path.cwd()
    write_package(here, "labwork_vit", "from vision_helper import Net as N\nclass Net(N): ...")
    path = list(sys.path)
    extension = find_extensions()["vit"]
    with pytest.raises(ConfigError):
        extension["Net"]
    assert sys.path == path
    (here / "vision_helper.py").write_text(NET)
    assert extension["Net"].__module__ == "labwork_vit"
    assert sys.path == [str(here), *path]


@pytest.mark.parametrize(("option", "is_found"), [("-B", True), ("-P", False)])
def test_safe_path_is_respected(tmp_path: Path, option: str, is_found: bool):
    write_package(tmp_path, "labwork_vit")
    code = (
        "from labwork.experiments._extensions import find_extensions as f; print('vit' in f(),"
        " 'torch' in __import__('sys').modules)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, option, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(is_found), "False"], done.stderr


def test_entry_point_names_any_module(site: Path):
    write_package(site, "vision_tools", "from .nets import Net", nets=NET)
    write_distribution(site, "vision-tools", tools="vision_tools", nets="vision_tools.nets")
    found = find_extensions()
    assert found["tools"]["Net"] is found["nets"]["Net"]
    assert repr(found["tools"]) == (
        "Extension('tools', vision_tools in the entry points of vision-tools)"
    )


def test_entry_point_may_name_one_thing_or_a_module_within(site: Path):
    write_package(site, "vision_tools", "class A:\n    class B: ...\nfrom . import nets", nets=NET)
    points = {"one": "vision_tools:A", "deep": "vision_tools:A.B", "nets": "vision_tools:nets"}
    others = {"rgb": "colorsys:rgb_to_hsv", "wrong": "vision_tools:C"}
    write_distribution(site, "vision-tools", **points, **others)
    found = find_extensions()
    known = {name: list(found[name]) for name in (*points, "rgb")}
    assert known == {"one": ["A"], "deep": ["B"], "nets": ["Net"], "rgb": ["rgb_to_hsv"]}
    assert parse_expression("rgb.rgb_to_hsv(1, 0, 0)").evaluate(Namespace(found)) == (0, 1, 1)
    with pytest.raises(ConfigError, match=r"vision_tools:C in .*vision-tools.*AttributeError"):
        found["wrong"]["C"]


def test_names_of_ours_go_first(site: Path):
    write_package(site, "labwork_nn")
    assert "Linear" in names("argument")["nn"]
    assert "nn." not in completions("argument")


def test_an_unknown_group_is_guessed_with_the_rest_of_its_path(site: Path):
    write_package(site, "labwork_ext")
    for text, guess in (("exr.Net", "ext.Net"), ("exr", "ext.…")):
        with pytest.raises(ConfigError, match=f"did you mean '{guess}'"):
            parse_expression(text).evaluate(names("model"))
    assert "labwork_ext" not in sys.modules


def test_extensions_are_looked_for_once_a_namespace(site: Path):
    package = write_package(site, "labwork_vit", "def double(x):\n    return 2 * x")
    double = parse_expression("lambda x: vit.double(x)").evaluate(names("data"))
    assert double(2) == 4
    shutil.rmtree(package)
    assert double(3) == 6


def test_entry_point_without_a_module_is_told(site: Path):
    write_distribution(site, "vision-tools", tools="vision_tools:Net")
    with pytest.raises(ConfigError, match=r"entry points of vision-tools.*ModuleNotFoundError"):
        find_extensions()["tools"]["Net"]


def test_found_twice_counts_once(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    write_package(site, "labwork_vit")
    write_distribution(site, "labwork-vit", vit="labwork_vit")
    link = tmp_path / "link"
    link.symlink_to(site)
    monkeypatch.syspath_prepend(link)
    monkeypatch.chdir(site)
    assert list(find_extensions()["vit"]) == ["Net"]


@pytest.mark.parametrize("use", [list, len, dict, lambda e: e["Net"], lambda e: "Net" in e])
def test_clash_is_told_when_used(site: Path, tmp_path: Path, use: object):
    write_package(site, "labwork_vit", "raise SystemExit('imported')")
    write_package(Path.cwd(), "labwork_vit", "raise SystemExit('imported')")
    write_package(site, "labwork_aug")
    write_distribution(site, "augment", aug="vision_augment")
    found = find_extensions()
    with pytest.raises(ConfigError) as caught:
        use(found["vit"])
    assert f"labwork_vit in {tmp_path / 'here'} and labwork_vit in {site};" in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        use(found["aug"])
    places = f"labwork_aug in {site} and vision_augment in the entry points of augment"
    assert places in str(caught.value)


def test_what_no_expression_can_write_is_no_extension(site: Path):
    for name in ("labwork_", "labwork__a", "labwork_class", "labwork_3d"):
        write_package(site, name)
    write_distribution(site, "odd", **{"a-b": "vision_tools"})
    assert {"", "_a", "class", "3d", "a-b"}.isdisjoint(find_extensions())


def test_extension_is_pickled_by_name(site: Path):
    write_package(site, "labwork_vit")
    extension = find_extensions()["vit"]
    extension["Net"]
    assert pickle.loads(pickle.dumps(extension))["Net"] is extension["Net"]
