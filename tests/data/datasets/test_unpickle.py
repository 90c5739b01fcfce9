"""The reader of pickled batches builds data, and refuses all that could do more."""

import datetime
import fractions
import io
import os
import pickle
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data.datasets._files import read_plain_pickle

P2 = b"\x80\x02"


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


class Persistent(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return "id" if obj == "x" else None


def persistent(protocol: int) -> bytes:
    file = io.BytesIO()
    Persistent(file, protocol).dump(["x"])
    return file.getvalue()


def array_of(shape: bytes, data: bytes = b"U\x02ab") -> bytes:
    """A pickled array of bytes with another shape and other contents."""
    start = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    kind = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNK\x00K\x00K\x00tb"
    return P2 + start + b"(K\x01" + shape + kind + b"\x89" + data + b"tb."


HOSTILE = {
    "os.system": pickle.dumps(Calls(os.system, "touch BROKEN"), 2),
    "os.system, protocol 0": b"cos\nsystem\n(S'touch BROKEN'\ntR.",
    "os.system, protocol 4": pickle.dumps(Calls(os.system, "touch BROKEN"), 4),
    "posix.system by INST": b"(S'touch BROKEN'\niposix\nsystem\n.",
    "posix.system by OBJ": b"(cposix\nsystem\nS'touch BROKEN'\no.",
    "eval": pickle.dumps(Calls(eval, "open('BROKEN', 'w')"), 2),
    "exec of Python 2": b"c__builtin__\nexec\n(S'x'\ntR.",
    "getattr chain": P2 + b"cbuiltins\ngetattr\ncnumpy\ndtype\nX\x07\x00\x00\x00__class\x86R.",
    "dotted name": b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__base__\x93.",
    "name built from parts": P2 + b"cnumpy\ndtype.type.__subclasses__\n)R.",
    "numpy's own evaluator": b"cnumpy\nsafe_eval\n(S'1'\ntR.",
    "numpy.load": b"cnumpy\nload\n(S'other.npy'\ntR.",
    "other codec": P2 + b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00zip\x86R.",
    "persistent id": persistent(0),
    "binary persistent id": persistent(2),
    "extension code": P2 + b"\x82\x01.",
    "extension code of four bytes": P2 + b"\x84\x01\x00\x00\x00.",
    "new object": P2 + b"cnumpy\nndarray\nK\x01\x85\x81.",
    "new object with keywords": b"\x80\x04cnumpy\nndarray\n)}\x92.",
    "attributes of a list": P2 + b"]}U\x01aK\x01sb.",
    "attributes of a function": P2 + b"c_codecs\nencode\n}U\x01aK\x01sb.",
    "function as a value": P2 + b"c_codecs\nencode\n.",
    "function in a list": P2 + b"](c_codecs\nencode\ne.",
    "array without contents": P2 + b"cnumpy.core.multiarray\n_reconstruct\n"
    b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R.",
    "array of objects": pickle.dumps(np.array([Calls(os.system, "touch BROKEN")], object), 2),
    "array of records": pickle.dumps(np.zeros(2, [("a", "i4")]), 2),
    "array of dates": pickle.dumps(np.zeros(2, "M8[s]"), 2),
    "huge array": array_of(b"\x8a\x06" + (2**40).to_bytes(6, "little") + b"\x85"),
    "array of negative size": array_of(b"J" + struct.pack("<i", -2) + b"\x85"),
    "array with sizes that overflow": array_of((b"\x8a\x09" + b"\x00" * 8 + b"\x01") * 2 + b"\x86"),
    "array of endless dimensions": array_of(b"(" + b"K\x01" * 100 + b"t"),
    "huge string": P2 + b"T\xff\xff\xff\x7fabc.",
    "huge string of protocol 4": b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7fabc.",
    "huge bytes": b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7fabc.",
    "endless number": b"L" + b"9" * 10_000 + b"L\n.",
    "memo that wasn't written": P2 + b"h\x07.",
    "memo bomb as a key": P2 + b"K\x01\x85q\x00" + b"h\x00h\x00\x86q\x00" * 99 + b"}h\x00K\x01s.",
    "marks without end": P2 + b"(" * 1000 + b".",
    "mark that isn't there": P2 + b"t.",
    "nothing": b"",
    "empty stack": b".",
    "tuple of what isn't there": b"\x86.",
    "two values": P2 + b"K\x01K\x02.",
    "half a pair": P2 + b"}(K\x01u.",
    "added to a number": P2 + b"K\x01K\x02a.",
    "items of a list": P2 + b"]K\x01K\x02s.",
    "string encoded again and again": P2
    + b"(X\x00\x04\x00\x00"
    + b"a" * 1024
    + b"q\x00"
    + b"c_codecs\nencode\nq\x01h\x00X\x06\x00\x00\x00latin1q\x02\x86R"
    + b"h\x01h\x00h\x02\x86R" * 999
    + b"l.",
    "truncated": pickle.dumps({"data": np.zeros(100, np.uint8)}, 2)[:-20],
    "no pickle": b"PK\x03\x04 an archive",
    "a date": pickle.dumps(datetime.date(2020, 1, 1), 2),
    "a fraction": pickle.dumps(fractions.Fraction(1, 3), 2),
    "a set": pickle.dumps({1, 2}, 2),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_pickles_are_refused(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batch").write_bytes(HOSTILE[case])
    told = r"batch (isn't a pickle of plain data: .|is empty; get|is cut off: .)"
    with pytest.raises(ConfigError, match=told):
        read_plain_pickle(tmp_path / "batch")
    assert [file.name for file in tmp_path.iterdir()] == ["batch"]


def test_shared_values_stay_shared(tmp_path: Path):
    """Ninety-nine lists, each of the one before twice: 2 to the 99 leaves for who walks them."""
    start = P2 + b"(]q\x00" + b"(h\x00h\x00lq\x00" * 99 + b"l."
    (tmp_path / "bomb").write_bytes(start)
    lists = read_plain_pickle(tmp_path / "bomb")
    assert len(lists) == 100
    assert all(new[0] is new[1] is old for old, new in pairwise(lists))


@given(st.binary(max_size=60), st.sampled_from([b"", P2, b"\x80\x04"]))
def test_any_bytes_give_plain_data_or_an_error(tmp_path_factory: Any, data: bytes, start: bytes):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + data + b".")
    try:
        value = read_plain_pickle(path)
    except ConfigError:
        return
    assert isinstance(value, str | bytes | int | float | list | tuple | dict | None | np.ndarray)


KINDS = ["u1", "i1", "u2", "i4", "<i8", ">i8", "f4", ">f8", "?"]
arrays = st.tuples(st.sampled_from(KINDS), st.lists(st.integers(0, 3), max_size=3)).map(
    lambda kind: np.arange(np.prod(kind[1], dtype=int)).reshape(kind[1]).astype(kind[0])
)
keys = st.text(max_size=3) | st.binary(max_size=3) | st.integers()
leaves = st.none() | st.booleans() | st.floats(allow_nan=False) | keys
plain = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain, st.integers(1, 4))
def test_plain_data_comes_back(tmp_path_factory: Any, value: Any, protocol: int):
    path = tmp_path_factory.getbasetemp() / "plain"
    path.write_bytes(pickle.dumps(value, protocol))
    if protocol < 3 and b"" in flat(value):
        return  # these protocols write b"" as a call of bytes
    assert read_plain_pickle(path) == value


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return flat([*value.keys(), *value.values()])
    return [x for v in value for x in flat(v)] if isinstance(value, list | tuple) else [value]


@given(arrays, st.integers(2, 4))
def test_arrays_come_back(tmp_path_factory: Any, array: np.ndarray, protocol: int):
    path = tmp_path_factory.getbasetemp() / "arrays"
    path.write_bytes(pickle.dumps({"a": array, "again": [array, array.T]}, protocol))
    if protocol < 3 and array.nbytes == 0:
        return
    read = read_plain_pickle(path)
    for got, expected in ((read["a"], array), (read["again"][1], array.T)):
        assert (got.dtype, got.tolist()) == (expected.dtype, expected.tolist())
    assert read["again"][0] is read["a"]


def test_batches_of_python_2_come_back(tmp_path: Path):
    """As its pickler wrote them: byte strings are strings of Latin-1."""
    kind = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNK\x00K\x00K\x00tb"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x02K\x02\x86" + kind + b"\x89T\x04\x00\x00\x00\x00\x7f\x80\xfftb"
    )
    (tmp_path / "b").write_bytes(P2 + b"}(U\x04data" + array + b"U\x06labels](K\x07K\x08eu.")
    batch = read_plain_pickle(tmp_path / "b")
    assert batch["data"].tolist() == [[0, 127], [128, 255]]
    assert batch["labels"] == [7, 8]


def test_missing_file_is_told(tmp_path: Path):
    with pytest.raises(ConfigError, match="nothing can't be read"):
        read_plain_pickle(tmp_path / "nothing")
