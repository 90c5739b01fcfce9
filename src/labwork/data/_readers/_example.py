"""The messages ``tf.train.Example`` and ``SequenceExample`` of Protocol Buffers: features by name.

They are defined in https://github.com/tensorflow/tensorflow, ``core/example/example.proto`` and
``feature.proto``, and encoded as https://protobuf.dev/programming-guides/encoding says.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["FeatureList", "parse_example"]

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3


class FeatureList(tuple[Any, ...]):
    """The features of a ``SequenceExample`` that have one name, one for each step."""


def parse_example(content: bytes) -> dict[str, Any]:
    """The features: int64 and float32 arrays of shape (n,), and lists of bytes.

    Those of a sequence's steps are ``FeatureList``s of them.

    Raises:
        ValueError: where the bytes are no such message, or a feature is there twice.

    >>> parse_example(bytes.fromhex("0a0c0a0a0a016112051a030a0105"))
    {'a': array([5])}
    >>> parse_example(bytes.fromhex("12150a130a0161120e0a051a030a01050a051a030a0106"))
    {'a': (array([5]), array([6]))}
    """
    features: dict[str, Any] = {}
    for number, message in _fields(content):
        if number not in _READERS:
            raise ValueError(f"it has a field {number}; only features and lists of them are known")
        for entry in _messages(_as_bytes(message), 1):
            parts = dict(_fields(entry))
            name = _as_bytes(parts.get(1, b"")).decode()
            if name in features:
                raise ValueError(f"the feature {name!r} is there twice")
            features[name] = _READERS[number](_as_bytes(parts.get(2, b"")))
    return features


def _feature_list(content: bytes) -> FeatureList:
    return FeatureList(map(_values, _messages(content, 1)))


def _values(feature: bytes) -> Any:
    fields = list(_fields(feature))
    if not fields:
        return []
    (kind, content) = fields[-1]  # of a choice, the last one counts
    values = [value for _, value in _fields(_as_bytes(content))]
    if kind == _BYTES_LIST:
        return [_as_bytes(value) for value in values]
    if kind == _FLOAT_LIST:
        return np.frombuffer(b"".join(map(_as_bytes, values)), "<f4")
    if kind == _INT64_LIST:
        numbers = [n for v in values for n in (_varints(v) if isinstance(v, bytes) else [v])]
        return np.array(numbers, np.uint64).view(np.int64)  # negative ones are in two's complement
    raise ValueError(f"a feature has values of the unknown kind {kind}")


def _messages(content: bytes, number: int) -> Iterator[bytes]:
    for found, value in _fields(content):
        if found != number:
            raise ValueError(f"it has a field {found} where only {number} is known")
        yield _as_bytes(value)


def _as_bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number is where a message should be")
    return value


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers of fields, with integers or bytes."""
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        if key & 7 == _VARINT:
            integer, position = _varint(content, position)
            yield key >> 3, integer
            continue
        size, position = _size(key & 7, content, position)
        if position + size > len(content):
            raise ValueError("it is cut off")
        yield key >> 3, content[position : position + size]
        position += size


def _size(kind: int, content: bytes, position: int) -> tuple[int, int]:
    if kind == _LENGTH:
        return _varint(content, position)
    if kind in (_FIXED32, _FIXED64):
        return (4 if kind == _FIXED32 else 8), position
    raise ValueError(f"it has a field of the unknown kind {kind}")


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(content):
            raise ValueError("it is cut off")
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), position
    raise ValueError("an integer has more than 64 bits")


def _varints(content: bytes) -> Iterator[int]:
    position = 0
    while position < len(content):
        value, position = _varint(content, position)
        yield value


_READERS: dict[int, Callable[[bytes], Any]] = {1: _values, 2: _feature_list}
