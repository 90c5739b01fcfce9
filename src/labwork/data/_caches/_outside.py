"""What may give something else each time, or on each machine.

Files, environment, clock and network are known by name; and so is, as nobody knows what it reads,
all of a library that isn't known only to compute.
"""

import sys
from functools import lru_cache
from types import BuiltinFunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from labwork.data._caches._computing import computes, computes_wholly
from labwork.data._caches._homes import home_of
from labwork.data._caches._origin import library_of

__all__ = ["OUTSIDE", "OUTSIDE_METHODS", "Outside", "outside_name"]

_MEMBERS = {
    "builtins": "open input",
    "io": "open open_code FileIO",
    "os": "environ environb getenv getenvb getcwd getcwdb listdir scandir walk fwalk stat lstat"
    " open read pread popen system urandom getrandom getpid getppid getlogin uname cpu_count times"
    " readlink access",
    "os.path": "exists lexists isfile isdir islink getsize getmtime getctime getatime abspath"
    " realpath expanduser expandvars",
    "bz2": "open BZ2File",
    "gzip": "open GzipFile",
    "lzma": "open LZMAFile",
    "codecs": "open",
    "pathlib.Path": "cwd home open read_text read_bytes stat lstat exists is_file is_dir is_symlink"
    " iterdir glob rglob walk resolve absolute expanduser readlink samefile owner group",
    "sys": "argv modules path stdin _getframe",
    "time": "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time"
    " process_time_ns thread_time thread_time_ns localtime gmtime ctime asctime strftime",
    "datetime.datetime": "now utcnow today",
    "datetime.date": "today",
    "random": "SystemRandom",
    "sqlite3": "connect",
    "uuid": "uuid1 uuid4 getnode",
    "numpy": "load loadtxt genfromtxt fromfile memmap",
    "torch": "load seed from_file",
    "labwork.data": "read",
    "PIL.Image": "open",
    "cv2": "imread VideoCapture",
}
# What modules that else only compute have to do with it, and what is known by another name.
OUTSIDE = frozenset(
    f"{owner}.{name}" for owner, names in _MEMBERS.items() for name in names.split()
)
# Methods that are so named whatever has them, as code doesn't tell of what class an object is.
OUTSIDE_METHODS = frozenset(
    {
        *("environ", "environb", "getenv", "read_text", "read_bytes", "iterdir", "rglob", "lstat"),
        *("is_symlink", "samefile", "expanduser", "readlink"),
        *("is_file", "is_dir", "exists", "stat", "glob", "open", "import_module", "urlopen"),
        *("imread", "now", "utcnow", "today", "from_file", "fromfile", "open_memmap", "loadmat"),
    }
)


class Outside(NamedTuple):
    """Stands for what a name or a method would give."""

    name: str


def outside_name(value: Any) -> str | None:
    """What the value is called if it tells of the outside; else None.

    >>> import os, time
    >>> outside_name(os.environ), outside_name(time.time), outside_name(os.path.join)
    ('os.environ', 'time.time', None)
    """
    if isinstance(value, Outside):
        return value.name
    if (known := _known(len(sys.modules)).get(_key(value))) is not None:
        return known[0]
    if isinstance(value, ModuleType):
        return f"all of {value.__name__}" if _is_mixed(value.__name__) else None
    home = home_of(value)
    return None if home is None or computes(*home) else ".".join(home)


def _is_mixed(module: str) -> bool:
    if library_of(module) is None:
        return False
    return not computes_wholly(module) or any(name.startswith(f"{module}.") for name in OUTSIDE)


@lru_cache(maxsize=1)
def _known(module_count: int) -> dict[Any, tuple[str, Any]]:
    """Those whose modules are imported, of which there may be more at another count of modules."""
    found: dict[Any, tuple[str, Any]] = {}
    for name in sorted(OUTSIDE):
        top, *rest = name.split(".")
        value = sys.modules.get(top)
        for attribute in rest:
            value = getattr(value, attribute, None)
        if value is not None:
            # The value is held on to, so that its id is not used again.
            found.setdefault(_key(value), (name.removeprefix("builtins."), value))
    return found


def _key(value: Any) -> Any:
    # A method of a class, such as datetime.now, is another object each time that it is read.
    return value if isinstance(value, BuiltinFunctionType | MethodType) else id(value)
