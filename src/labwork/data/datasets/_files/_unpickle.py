"""Reads pickled batches of data without running anything.

A pickle is a program for a small stack machine, and some of its instructions import and call what
the file names. ``pickletools`` only takes a pickle apart; the machine here knows the instructions
that build plain data, and four names, none of which it imports: those by which NumPy's arrays and
Python 2's byte strings are written. All else is refused. Nothing is allocated that the file
doesn't hold.
"""

import pickletools
from collections.abc import Callable, Iterator
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Any

from labwork.core import ConfigError
from labwork.data.datasets._files._content import cut_off, read_content
from labwork.data.datasets._files._pickled_arrays import Unfinished, build, check_plain

__all__ = ["read_plain_pickle"]


class _Name(Enum):
    """What a pickle may name."""

    RECONSTRUCT = "_reconstruct"
    NDARRAY = "ndarray"
    DTYPE = "dtype"
    ENCODE = "encode"


_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): _Name.RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _Name.RECONSTRUCT,
    ("numpy", "ndarray"): _Name.NDARRAY,
    ("numpy", "dtype"): _Name.DTYPE,
    ("_codecs", "encode"): _Name.ENCODE,
}


def read_plain_pickle(path: Path) -> Any:
    """What a pickle holds: arrays, lists, tuples, dicts, strings, bytes and numbers.

    Strings of Python 2 come out as ``str``, decoded as Latin-1.

    Raises:
        ConfigError: where the file holds anything else, is empty or cut off, or can't be read.
    """
    content = read_content(path)
    try:
        return _Machine().run(content)
    except EOFError as error:
        raise cut_off(path, "it ends before its data do") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} isn't a pickle of plain data: {error}") from error


def _instructions(data: bytes) -> Iterator[tuple[str, Any]]:
    """The names and arguments of a pickle's instructions; an EOFError where the end is missing."""
    file, is_pickle = BytesIO(data), False
    try:
        for opcode, argument, _ in pickletools.genops(file):
            is_pickle = True
            yield opcode.name, argument
    except ValueError as error:
        if is_pickle and file.tell() == len(data):  # it asked for more than there is
            raise EOFError from error
        raise


class _Machine:
    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # what lies under each mark
        self._memo: dict[int, Any] = {}
        self._may_encode = 0

    def run(self, data: bytes) -> Any:
        self._may_encode = len(data)
        for name, argument in _instructions(data):
            if name in _VALUES:
                self._stack.append(argument)
            elif name in _ACTIONS:
                _ACTIONS[name](self, argument)
            elif name not in ("PROTO", "FRAME", "STOP"):
                raise ValueError(f"the instruction {name} isn't allowed")
        (value,) = self._stack
        check_plain(value)
        return value

    def since_mark(self) -> list[Any]:
        top, self._stack = self._stack, self._below.pop()
        return top

    def mark(self, _: Any) -> None:
        self._below.append(self._stack)
        self._stack = []

    def put(self, key: int | None) -> None:
        key = len(self._memo) if key is None else key
        value = self._memo[key] = self._stack[-1]
        if isinstance(value, Unfinished):
            value.keys.append(key)

    def get(self, key: int) -> None:
        if key not in self._memo:
            raise ValueError("it refers to what isn't there")
        self._stack.append(self._memo[key])

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        return self._stack.pop()

    def gather(self, kind: Callable[[list[Any]], Any]) -> None:
        values = self.since_mark()
        self._stack.append(kind(values))

    def pack(self, count: int) -> None:
        if len(self._stack) < count:
            raise ValueError("the stack is empty")
        split = len(self._stack) - count
        self._stack[split:] = [tuple(self._stack[split:])]

    def extend(self, values: list[Any]) -> None:
        if type(self._stack[-1]) is not list:
            raise ValueError("something is added to what is no list")
        self._stack[-1].extend(values)

    def update(self, items: list[Any]) -> None:
        target = self._stack[-1]
        keys, values = items[::2], items[1::2]
        # Hashing a tuple of tuples of tuples, each twice in the next, would take for ever.
        if type(target) is not dict or any(type(key) not in (str, bytes, int) for key in keys):
            raise ValueError("a dict needs strings, bytes or integers as keys")
        target.update(zip(keys, values, strict=True))

    def name(self, written: str) -> None:
        module, _, name = written.partition(" ")
        if (module, name) not in _NAMES:
            raise ValueError(f"it names {module[:80]}.{name[:80]}, which isn't allowed")
        self._stack.append(_NAMES[module, name])

    def stack_name(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self.name(f"{module} {name}")

    def reduce(self, _: Any) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        match function, arguments:
            case _Name.RECONSTRUCT, (_Name.NDARRAY, tuple(), _):
                self._stack.append(Unfinished())
            case _Name.DTYPE, (str() | bytes() as name, *_):
                self._stack.append(Unfinished(name))
            case _Name.ENCODE, (str() as text, "latin1"):
                self._stack.append(self.encode(text, "latin-1"))
            case _Name.ENCODE, (str() as text,):
                self._stack.append(self.encode(text, "utf-8"))
            case _:
                raise ValueError("it calls something in a way that isn't allowed")

    def encode(self, text: str, codec: str) -> bytes:
        # One long string, encoded again and again, would fill the memory.
        self._may_encode -= len(text)
        if self._may_encode < 0:
            raise ValueError("it makes more bytes than it holds")
        return text.encode(codec)

    def build(self, _: Any) -> None:
        state, unfinished = self._stack.pop(), self._stack.pop()
        if type(state) is tuple and len(state) == 5 and isinstance(state[4], str):
            state = (*state[:4], self.encode(state[4], "latin-1"))
        if not isinstance(unfinished, Unfinished):
            raise ValueError("it sets the attributes of something")
        value = build(unfinished, state)
        self._memo.update(dict.fromkeys(unfinished.keys, value))
        self._stack.append(value)


_VALUES = frozenset(
    (
        *("FLOAT", "BINFLOAT", "LONG", "LONG1", "LONG4"),
        *("INT", "BININT", "BININT1", "BININT2", "STRING", "BINSTRING", "SHORT_BINSTRING"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
        *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    )
)
_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    "NONE": lambda m, _: m.push(None),
    "NEWTRUE": lambda m, _: m.push(True),
    "NEWFALSE": lambda m, _: m.push(False),
    "EMPTY_LIST": lambda m, _: m.push([]),
    "EMPTY_DICT": lambda m, _: m.push({}),
    "EMPTY_TUPLE": lambda m, _: m.push(()),
    "TUPLE1": lambda m, _: m.pack(1),
    "TUPLE2": lambda m, _: m.pack(2),
    "TUPLE3": lambda m, _: m.pack(3),
    "TUPLE": lambda m, _: m.gather(tuple),
    "LIST": lambda m, _: m.gather(list),
    "APPEND": lambda m, _: m.extend([m.pop()]),
    "APPENDS": lambda m, _: m.extend(m.since_mark()),
    "SETITEM": lambda m, _: m.update([m.pop(), m.pop()][::-1]),
    "SETITEMS": lambda m, _: m.update(m.since_mark()),
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.stack_name,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}
