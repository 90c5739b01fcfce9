"""Hashes by which it is seen that what was stored is still as it was written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["content_digest", "file_digest"]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_digest(content: Mapping[str, Any]) -> str:
    """The SHA-256 of what JSON can hold, whatever the order of its keys.

    >>> content_digest({"a": 1, "b": [2]}) == content_digest({"b": (2,), "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
