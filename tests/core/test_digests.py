"""Hashes of files and of plain data."""

import hashlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from labwork.core import content_digest, file_digest

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
plain = st.recursive(leaves, lambda p: st.lists(p) | st.dictionaries(st.text(), p), max_leaves=8)
contents = st.dictionaries(st.text(), plain, max_size=4)


@given(contents)
def test_order_of_keys_makes_no_difference(content):
    assert content_digest(dict(reversed(content.items()))) == content_digest(content)


@given(contents, st.text())
def test_a_further_value_makes_one(content, key):
    more = {**content, key: [content.get(key)]}
    assert content_digest(more) != content_digest(content)


def test_file_is_hashed_whole(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"x" * 3_000_001)
    assert file_digest(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_001).hexdigest()
