import ast
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import labwork
from labwork.cli._new import new
from labwork.core import ConfigError, find_directories
from labwork.experiments._scaffold import write_project

FILES = [
    "README.md",
    "config.yaml",
    "labwork_my_shapes/__init__.py",
    "labwork_my_shapes/dataset.py",
    "labwork_my_shapes/model.py",
    "labwork_my_shapes/step.py",
    "pyproject.toml",
    "test_my_shapes.py",
]

pytestmark = pytest.mark.usefixtures("data_folder")


def files_in(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(found)}


def test_all_files_are_there_under_the_name(tmp_path: Path):
    assert write_project(tmp_path / "my-shapes") == "my_shapes"
    written = files_in(tmp_path / "my-shapes")
    assert list(written) == FILES
    for name, content in written.items():
        text = content.decode()
        assert "my_shapes" in text or name.startswith("labwork_")
        assert "placeholder" not in text
        if name.endswith(".py"):
            assert ast.get_docstring(ast.parse(text))


def test_config_names_what_the_package_publishes(tmp_path: Path):
    write_project(tmp_path / "shapes")
    config = yaml.safe_load((tmp_path / "shapes" / "config.yaml").read_text())
    code = (tmp_path / "shapes" / "labwork_shapes" / "__init__.py").read_text()
    published = ast.literal_eval(code.partition("__all__ = ")[2])
    named = [config["data"].partition("{")[0], config["model"], config["trainer"]["train_step"]]
    assert [name.lstrip("=") for name in named] == [f"shapes.{name}" for name in published]


@pytest.mark.slow
def test_generated_tests_pass(tmp_path: Path):
    write_project(tmp_path / "shapes")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error"],
        cwd=tmp_path / "shapes",
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
        capture_output=True,
        text=True,
    )
    assert "5 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shapes", "shapes"),
        ("My Shapes-2.1", "my_shapes_2_1"),
        ("labwork_shapes", "shapes"),
        ("labwork-shapes", "shapes"),
        ("_shapes_", "shapes"),
        ("a", "a"),
    ],
)
def test_name_of_the_package(tmp_path: Path, folder: str, name: str):
    assert write_project(tmp_path / folder) == name
    assert (tmp_path / folder / f"labwork_{name}" / "__init__.py").is_file()
    assert list(tmp_path.glob("*/test_*.py")) == [tmp_path / folder / f"test_{name}.py"]


@pytest.mark.parametrize(
    ("folder", "right"),
    [
        ("3d", "'my_3d'"),
        ("class", "'my_class'"),
        ("größe", "'my_gre'"),
        ("---", "'my_project'"),
        ("a+b", "'my_ab'"),
        ("nn", "'my_nn'"),
        ("models", "'my_models'"),
        ("Recipes", "'my_recipes'"),
    ],
)
def test_name_that_cannot_be_is_refused(tmp_path: Path, folder: str, right: str):
    with pytest.raises(ConfigError, match=right):
        write_project(tmp_path / folder)
    assert not (tmp_path / folder).exists()
    write_project(tmp_path / right.strip("'"))


def test_nothing_is_overwritten(tmp_path: Path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / ".hidden").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "full")
    before = files_in(tmp_path)
    for path in ("full", "file", "file/below", "link"):
        with pytest.raises(ConfigError, match=r"nothing is overwritten, choose a new directory"):
            write_project(tmp_path / path)
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("inside", ["shapes", "experiments/template/shapes", "data/../shapes"])
def test_destination_in_labwork_is_refused(inside: str):
    package = Path(labwork.__file__).parent
    with pytest.raises(ConfigError, match="a part of Labwork itself"):
        write_project(package / inside)
    assert not (package / inside).exists()


def test_empty_directory_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "shapes").mkdir()
    monkeypatch.chdir(tmp_path / "shapes")
    assert write_project(Path()) == "shapes"
    assert len(files_in(tmp_path / "shapes")) == len(FILES)


def test_project_has_a_place_for_its_results(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path_factory.mktemp("lab")
    write_project(folder / "served")
    assert not (folder / "served" / "data").exists()
    monkeypatch.delenv("LABWORK_DATA")
    if any((parent / "data").is_dir() for parent in folder.parents):
        pytest.skip("this machine has a data folder above all temporary files")
    write_project(folder / "alone")
    assert find_directories(start=folder / "alone").experiments.is_relative_to(folder / "alone")


def test_command_tells_what_next(tmp_path: Path):
    path = tmp_path / "my shapes"
    outcome = CliRunner().invoke(new, [str(path)], catch_exceptions=False)
    assert outcome.exit_code == 0
    first, *commands = outcome.output.splitlines()
    assert first.split(maxsplit=1) == ["package", str(path / "labwork_my_shapes")]
    assert [line.split()[0] for line in commands] == ["run", "test"]
    for line in commands:
        assert shlex.split(line)[1:4] == ["cd", str(path), "&&"]
    with pytest.raises(ConfigError, match="isn't empty"):
        CliRunner().invoke(new, [str(path)], catch_exceptions=False)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place that nobody may write")
def test_a_place_that_can_not_be_written_is_told():
    with pytest.raises(ConfigError, match=r"/proc/shapes can't be written: .*; choose a place"):
        write_project(Path("/proc/shapes"))
