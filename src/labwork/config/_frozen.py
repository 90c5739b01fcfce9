"""The frozen config: YAML that is written once and compared on resuming."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from labwork.core import ConfigError, write_whole

__all__ = ["differences", "read_yaml", "write_yaml"]

_MISSING = "nothing"


def write_yaml(path: Path, data: Mapping[str, Any]) -> None:
    """Writes plain data as YAML, whole or not at all."""
    text = yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    write_whole(path, text)


def read_yaml(path: Path) -> dict[str, Any]:
    """The plain data in a YAML file; tags that build objects are refused.

    Raises:
        ConfigError: where the file can't be read or holds no mapping.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} can't be read: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds no mapping")
    return data


def differences(
    old: Any, new: Any, ignored: Collection[str] = (), path: str = ""
) -> list[tuple[str, Any, Any]]:
    """The leaves that differ, as (path, old value, new value).

    Args:
        old: plain data.
        new: plain data.
        ignored: keys to pass over, at any depth.
        path: where ``old`` and ``new`` stand.

    >>> differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2})
    [('a/b', 1, 3)]
    """
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return [] if _same(old, new) else [(path, old, new)]
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in ignored:
            inner = f"{path}/{key}" if path else str(key)
            pair = old.get(key, _MISSING), new.get(key, _MISSING)
            found += differences(*pair, ignored, inner)
    return found


def _same(old: Any, new: Any) -> bool:
    return bool(old == new) or (old != old and new != new)  # NaN is the same as NaN


_SafeLoader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(yaml.SafeDumper):
    """Writes strings of several lines as blocks, so that people can read them."""


def _represent_string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_string)
