"""The tree that an experiment is: nodes, their state and history, when things are due, errors."""

from labwork.core._cache_entry import CacheEntry
from labwork.core._callbacks import Callbacks, does_nothing
from labwork.core._counts import check_counts
from labwork.core._describe import describe, qualified_name
from labwork.core._digests import content_digest, file_digest
from labwork.core._directories import (
    Directories,
    ensure_directory,
    find_cache,
    find_datasets,
    find_directories,
)
from labwork.core._errors import (
    CheckpointError,
    ConfigError,
    ExpressionError,
    LabworkError,
    NonFiniteError,
    RunError,
    StateError,
)
from labwork.core._every import Every
from labwork.core._extras import import_extra
from labwork.core._files import flush_to_disk, write_whole
from labwork.core._group import Group
from labwork.core._history import Entry, History
from labwork.core._lazy import lazy_door
from labwork.core._node import Node
from labwork.core._shorten import shorten
from labwork.core._source import (
    call_source,
    keyword_sources,
    mapping_source,
    represent,
    short_name,
    source,
)
from labwork.core._stateful import Stateful, get_state, is_stateful, set_state
from labwork.core._status import Status
from labwork.core._suggest import nearest, suggestion, unknown_name

__all__ = [
    "CacheEntry",
    "Callbacks",
    "CheckpointError",
    "ConfigError",
    "Directories",
    "Entry",
    "Every",
    "ExpressionError",
    "Group",
    "History",
    "LabworkError",
    "Node",
    "NonFiniteError",
    "RunError",
    "StateError",
    "Stateful",
    "Status",
    "call_source",
    "check_counts",
    "content_digest",
    "describe",
    "does_nothing",
    "ensure_directory",
    "file_digest",
    "find_cache",
    "find_datasets",
    "find_directories",
    "flush_to_disk",
    "get_state",
    "import_extra",
    "is_stateful",
    "keyword_sources",
    "lazy_door",
    "mapping_source",
    "nearest",
    "qualified_name",
    "represent",
    "set_state",
    "short_name",
    "shorten",
    "source",
    "suggestion",
    "unknown_name",
    "write_whole",
]
