"""Extensions: packages of users' own, found by their names and imported when they are used."""

import pkgutil
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from keyword import iskeyword
from operator import attrgetter
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

from labwork.config import PublicNames
from labwork.core import ConfigError

__all__ = ["Extension", "find_extensions"]

_PREFIX = "labwork_"
_GROUP = "labwork.extensions"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where an extension comes from: a package in a folder of the path, or an entry point."""

    name: str
    module: str
    place: str
    folder: str | None = None
    attribute: str = ""

    @property
    def target(self) -> str:
        """What it names, as entry points write it."""
        return f"{self.module}:{self.attribute}" if self.attribute else self.module


@dataclass(frozen=True, eq=False, kw_only=True)
class Extension(PublicNames):
    """The public names of a package, which is imported when the first of them is asked for.

    Which names are public, ``PublicNames`` says. An extension that an entry point makes of
    ``module:attribute`` has that one name; where the attribute is a module, the public names of it.

    Attributes:
        name: what expressions call it.
        candidates: where it was found; more than one is an error once it is used.

    Raises:
        ConfigError: at the first use, where the package can't be imported, with the traceback; or
            where several packages have the name, with their places.

    >>> colors = Extension.of("colors", [Candidate("colors", "colorsys", "the standard library")])
    >>> colors
    Extension('colors', colorsys in the standard library)
    >>> colors["rgb_to_hsv"](1, 0, 0)
    (0.0, 1.0, 1)
    """

    name: str
    candidates: tuple[Candidate, ...]

    @classmethod
    def of(cls, name: str, candidates: Sequence[Candidate]) -> Self:
        """The extension that is called ``name`` and was found in ``candidates``."""
        return cls(candidates[0].module, name=name, candidates=tuple(candidates))

    def _import(self) -> ModuleType:
        if len(self.candidates) > 1:
            raise ConfigError(
                f"{len(self.candidates)} extensions are called {self.name!r}: {self._places()};"
                " rename one, uninstall it, or take it off the path"
            )
        with self._telling():
            return _loaded(self.candidates[0])

    def _value(self, name: str) -> Any:
        with self._telling():
            return super()._value(name)

    def __repr__(self) -> str:
        return f"Extension({self.name!r}, {self._places()})"

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Makes what goes wrong in the package's code an error that shows where."""
        try:
            yield
        except (Exception, SystemExit) as error:  # its code may raise anything
            reason = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
            own = traceback.format_exception(type(error), error, _own_part(error.__traceback__))
            raise ConfigError(
                f"the extension {self.name!r} ({self._places()}) can't be imported: {reason}\n"
                + "".join(own).rstrip()
            ) from error

    def _places(self) -> str:
        return " and ".join(f"{found.target} in {found.place}" for found in self.candidates)


def find_extensions() -> dict[str, Extension]:
    """The extensions that are there, by the names that expressions use; none is imported.

    An extension is a package on the path, or in the current directory, whose name begins with
    ``labwork_``: what ``labwork_vit`` publishes as ``Net`` is ``vit.Net`` in an expression. An
    entry point of the group ``labwork.extensions`` makes one of any module; ``rgb =
    colorsys:rgb_to_hsv`` is ``rgb.rgb_to_hsv``. Names of ours go first: an extension that is
    called ``nn`` can't be reached where ``nn`` is ours.

    >>> all(isinstance(extension, Extension) for extension in find_extensions().values())
    True
    """
    found: dict[str, list[Candidate]] = {}
    for candidate in (*_on_path(), *_among_entry_points()):
        others = found.setdefault(candidate.name, [])
        # An entry point that names a package on the path means that package.
        if candidate.folder or candidate.target not in {other.target for other in others}:
            others.append(candidate)
    return {
        name: Extension.of(name, found[name]) for name in sorted(found) if _can_be_written(name)
    }


def _on_path() -> Iterator[Candidate]:
    for folder in _folders():
        for module in pkgutil.iter_modules([folder]):
            if module.name.startswith(_PREFIX):
                yield Candidate(module.name.removeprefix(_PREFIX), module.name, folder, folder)


def _among_entry_points() -> Iterator[Candidate]:
    from importlib.metadata import entry_points  # takes longer than all of the above

    for point in entry_points(group=_GROUP):
        distribution = point.dist.name if point.dist else "an unknown distribution"
        place = f"the entry points of {distribution}"
        yield Candidate(point.name, point.module, place, attribute=point.attr)


def _folders() -> list[str]:
    """The path, each folder once; the current directory leads, as with ``python -m``."""
    entries = sys.path if sys.flags.safe_path else ["", *sys.path]
    return list(dict.fromkeys(str(Path(entry).resolve()) for entry in entries))


def _can_be_written(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_") and not iskeyword(name)


def _loaded(found: Candidate) -> ModuleType:
    """The module of a candidate, or one that holds only the attribute that it names."""
    module = sys.modules.get(found.module)
    if module is None:
        with _importable_from(found.folder):
            invalidate_caches()  # the package may be newer than what they know
            module = import_module(found.module)
    value = attrgetter(found.attribute)(module) if found.attribute else module
    if isinstance(value, ModuleType):
        return value
    holder = ModuleType(found.module)
    name = found.attribute.rpartition(".")[2]
    vars(holder).update({"__all__": [name], name: value})
    return holder


@contextmanager
def _importable_from(folder: str | None) -> Iterator[None]:
    """Puts a folder on the path, and leaves it there if what is imported from it works."""
    missing = folder is not None and folder not in {str(Path(p).resolve()) for p in sys.path}
    if folder is None or not missing:
        yield
        return
    sys.path.insert(0, folder)
    try:
        yield
    except BaseException:
        if folder in sys.path:
            sys.path.remove(folder)
        raise


def _own_part(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames that lead to the import."""
    ours = (__name__, "importlib", "importlib._bootstrap", "importlib._bootstrap_external")
    while trace is not None and trace.tb_frame.f_globals.get("__name__") in ours:
        trace = trace.tb_next
    return trace
