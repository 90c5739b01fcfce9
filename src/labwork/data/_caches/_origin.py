"""Whose code is it: a library's, which its version tells, or the user's, which has to be read."""

import sys
import sysconfig
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from labwork.core import file_digest

__all__ = ["library_of", "library_or", "published", "version_of"]

_STANDARD = Path(sysconfig.get_path("stdlib"))
_COMPILED = {".so", ".pyd", ".dylib"}
_SHARED = {"site-packages", "dist-packages"}
# What runs a script or a notebook may be installed, but what is defined there is the user's.
_MAIN = {"__main__", "__mp_main__"}


@cache
def library_of(module: str | None) -> str | None:
    """Name and version of the library that a module is in; None where it is the user's own.

    Packages that are installed to be edited are the user's own.

    >>> library_of("numpy.linalg") == f"numpy {version('numpy')}"
    True
    >>> library_of("__main__") is None
    True
    """
    top = (module or "__main__").partition(".")[0]
    if top in _MAIN:
        return None
    file = _file_of(top)
    # A user's file may be called as one of Python's modules, such as test.py.
    if top in sys.stdlib_module_names and (file is None or file.is_relative_to(_STANDARD)):
        return f"python {sysconfig.get_python_version()}"
    # Labwork's functions are used by all chains, and its versions tell what they do.
    is_installed = file is not None and not _SHARED.isdisjoint(file.parts)
    if top != "labwork" and not is_installed:
        return None
    return f"{top} {_version(top)}"


def published(value: Any) -> bool:
    """Whether the value is what its module has under its name, so that the name tells all."""
    found: Any = sys.modules.get(getattr(value, "__module__", None) or "builtins")
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is value


def version_of(module: str | None) -> str:
    """A library with its version, or the content of a compiled file of the user's."""
    if (library := library_of(module)) is not None:
        return f"{library} {module}"
    file = Path(getattr(sys.modules.get(str(module)), "__file__", None) or ".py")
    return f"{module} {file_digest(file)}" if file.suffix in _COMPILED else str(module)


def library_or(value: Any) -> Any:
    """In place of a library's module its version, where it is known what is read of it."""
    is_library = isinstance(value, ModuleType) and library_of(value.__name__) is not None
    return version_of(value.__name__) if is_library else value


def _file_of(package: str) -> Path | None:
    """None where Python itself holds it, and where it isn't there."""
    module = sys.modules.get(package)
    try:
        spec = getattr(module, "__spec__", None) or find_spec(package)
    except (ImportError, ValueError):
        spec = None
    told = spec.origin if spec is not None and spec.has_location else None
    file = told or getattr(module, "__file__", None)
    return None if file is None else Path(file)


def _version(package: str) -> str:
    module = sys.modules.get(package)
    if isinstance(told := getattr(module, "__version__", None), str):
        return told
    try:
        return version(package)
    except PackageNotFoundError:
        return _of_distribution(package)


def _of_distribution(package: str) -> str:
    from importlib.metadata import packages_distributions

    return ", ".join(
        f"{name} {version(name)}" for name in packages_distributions().get(package, [])
    )
