"""A new project: the files of ``template``, under the project's name."""

import re
from keyword import iskeyword
from pathlib import Path

import labwork
from labwork.core import ConfigError, find_directories
from labwork.experiments._namespace import names

__all__ = ["write_project"]

_TEMPLATE = Path(__file__).with_name("template")
_PLACEHOLDER = "placeholder"
_KINDS = ("dataset", "data", "input adapter", "model", "argument", "recipe", "metric")


def write_project(path: Path) -> str:
    """Writes a small project that works at once: data, a model, a step, a config and a test.

    Its package is called ``labwork_<name>`` after the last part of ``path``, in lower case, with
    underscores for hyphens, dots and spaces. Where no ``data`` folder would be found from there,
    it gets one.

    Args:
        path: a directory, which is made if it isn't there.

    Returns:
        the name under which expressions reach the package.

    Raises:
        ConfigError: where the directory isn't empty, can't be written to, lies within Labwork, or
            has a name that can't be made one of a package or means something in expressions
            already.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_project(Path(folder) / "my-shapes")
    'my_shapes'
    """
    path = path.resolve()
    name = _name_of(path)
    _check_free(path)
    try:
        _write_files(path, name)
    except OSError as error:
        raise ConfigError(
            f"{path} can't be written: {error.strerror}; choose a place that is yours to write to"
        ) from error
    return name


def _write_files(path: Path, name: str) -> None:
    for file in sorted(_TEMPLATE.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            _write(path / _renamed(str(file.relative_to(_TEMPLATE)), name), file, name)
    _ensure_data_folder(path)


def _name_of(path: Path) -> str:
    name = re.sub(r"[-. ]+", "_", path.name.lower()).strip("_").removeprefix("labwork_")
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) and not iskeyword(name):
        return _require_unused(name)
    letters = re.sub(r"[^a-z0-9_]", "", name)
    usable = f"my_{letters}".rstrip("_") if letters else "my_project"
    raise ConfigError(
        f"{path.name!r} can't be made the name of a package; it should begin with a letter, go on"
        f" with letters, digits and underscores, and be no word of Python's, such as {usable!r}"
    )


def _require_unused(name: str) -> str:
    if any(name in names(kind) for kind in _KINDS):
        raise ConfigError(
            f"expressions call something else {name!r} already; choose another name, such as"
            f" 'my_{name}'"
        )
    return name


def _check_free(path: Path) -> None:
    if path.is_relative_to(Path(labwork.__file__).resolve().parent):
        raise ConfigError(f"{path} is a part of Labwork itself; choose a directory of your own")
    if path.is_dir() and any(path.iterdir()):
        raise ConfigError(f"{path} isn't empty; nothing is overwritten, choose a new directory")
    for part in (path, *path.parents):
        if part.exists() and not part.is_dir():
            raise ConfigError(f"{part} is a file; nothing is overwritten, choose a new directory")


def _renamed(text: str, name: str) -> str:
    return text.replace(_PLACEHOLDER, name)


def _write(target: Path, source: Path, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_renamed(source.read_text("utf-8"), name), "utf-8")


def _ensure_data_folder(path: Path) -> None:
    try:
        find_directories(start=path)
    except ConfigError:
        (path / "data").mkdir()
