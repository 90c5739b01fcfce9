"""What gives something else each time, or on each machine: files, environment, clock, network."""

import sys
from collections.abc import Iterator
from functools import lru_cache
from types import BuiltinFunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

__all__ = ["OUTSIDE", "OUTSIDE_METHODS", "OUTSIDE_MODULES", "Outside", "followed", "outside_name"]

_MEMBERS = {
    "builtins": "open input",
    "io": "open open_code FileIO",
    "os": "environ environb getenv getenvb getcwd getcwdb listdir scandir walk fwalk stat lstat"
    " open read pread popen system urandom getrandom getpid getppid getlogin uname cpu_count times"
    " readlink access",
    "os.path": "exists lexists isfile isdir islink getsize getmtime getctime getatime abspath"
    " realpath expanduser expandvars",
    "glob": "glob iglob",
    "pathlib.Path": "cwd home open read_text read_bytes stat exists is_file is_dir iterdir glob"
    " rglob",
    "shutil": "which disk_usage",
    "tempfile": "mkdtemp mkstemp gettempdir TemporaryDirectory NamedTemporaryFile TemporaryFile",
    "sys": "argv modules path stdin _getframe",
    "inspect": "currentframe stack",
    "importlib": "import_module reload",
    "importlib.resources": "files",
    "subprocess": "Popen run call check_call check_output getoutput getstatusoutput",
    "socket": "socket create_connection gethostname gethostbyname getaddrinfo getfqdn",
    "urllib.request": "urlopen urlretrieve Request",
    "http.client": "HTTPConnection HTTPSConnection",
    "platform": "node platform uname machine processor system release",
    "getpass": "getuser getpass",
    "time": "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time"
    " process_time_ns thread_time thread_time_ns localtime gmtime ctime asctime strftime",
    "datetime.datetime": "now utcnow today",
    "datetime.date": "today",
    "random": "SystemRandom",
    "secrets": "token_bytes token_hex token_urlsafe choice randbelow randbits",
    "uuid": "uuid1 uuid4 getnode",
    "sqlite3": "connect",
    "numpy": "load loadtxt genfromtxt fromfile memmap",
    "torch": "load seed from_file",
    "torch.hub": "load load_state_dict_from_url",
    "labwork.data": "read",
    "PIL.Image": "open",
    "cv2": "imread VideoCapture",
    "h5py": "File",
    "imageio": "imread",
    "imageio.v3": "imread",
    "skimage.io": "imread",
    "tifffile": "imread",
    "torchvision.io": "read_image read_file read_video decode_image",
    "pandas": "read_csv read_table read_json read_pickle read_parquet read_hdf read_excel",
    "requests": "get post request Session",
    "httpx": "get post request Client",
}
OUTSIDE = frozenset(
    f"{owner}.{name}" for owner, names in _MEMBERS.items() for name in names.split()
)
# Modules that reach it in so many ways that whoever has one as a whole may read anything.
OUTSIDE_MODULES = frozenset({"os", "sys", "io", "time", "importlib", "subprocess", "socket"})
# Methods that are so named whatever has them, as code doesn't tell of what class an object is.
OUTSIDE_METHODS = frozenset(
    {
        *("environ", "environb", "getenv", "read_text", "read_bytes", "iterdir", "rglob"),
        *("is_file", "is_dir", "exists", "stat", "glob", "open", "import_module", "urlopen"),
        *("imread", "now", "utcnow", "today"),
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
    return _known(len(sys.modules)).get(_key(value), (None, None))[0]


def followed(value: Any, attributes: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Attributes, each of the one before, with their values: as far as modules and classes go."""
    for attribute in attributes:
        if isinstance(value, ModuleType):
            value = vars(value).get(attribute)  # no module is imported only to be seen
        elif isinstance(value, type):
            value = getattr(value, attribute, None)
        else:
            return
        yield attribute, value


@lru_cache(maxsize=1)
def _known(module_count: int) -> dict[Any, tuple[str, Any]]:
    """Those whose modules are imported, of which there may be more at another count of modules."""
    found: dict[Any, tuple[str, Any]] = {}
    for name in sorted(OUTSIDE):
        top, *rest = name.split(".")
        values = [value for _, value in followed(sys.modules.get(top), tuple(rest))]
        if len(values) == len(rest) and values[-1] is not None:
            # The value is held on to, so that its id is not used again.
            told = name.removeprefix("builtins."), values[-1]
            found.setdefault(_key(values[-1]), told)
    return found


def _key(value: Any) -> Any:
    # A method of a class, such as datetime.now, is another object each time that it is read.
    return value if isinstance(value, BuiltinFunctionType | MethodType) else id(value)
