"""Configs from files and the command line: read, merged, overridden, with every origin kept."""

from labwork.config.files._compose import compose, read_yaml
from labwork.config.files._config import Config
from labwork.config.files._differences import differences
from labwork.config.files._dump import dump_yaml, write_yaml
from labwork.config.files._editing import pop_keypath, set_default, set_value
from labwork.config.files._escape import escape_references
from labwork.config.files._flat import flatten, leaf_names, lod2dol, unflatten
from labwork.config.files._keypaths import contains_key, retrieve, walk
from labwork.config.files._origin import Origin
from labwork.config.files._paths import join_path, split_path
from labwork.config.files._tokens import Override, parse_overrides

__all__ = [
    "Config",
    "Origin",
    "Override",
    "compose",
    "contains_key",
    "differences",
    "dump_yaml",
    "escape_references",
    "flatten",
    "join_path",
    "leaf_names",
    "lod2dol",
    "parse_overrides",
    "pop_keypath",
    "read_yaml",
    "retrieve",
    "set_default",
    "set_value",
    "split_path",
    "unflatten",
    "walk",
    "write_yaml",
]
