"""The frozen config: YAML that is written once and compared on resuming."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from labwork.core import ConfigError, write_whole

__all__ = ["differences", "read_yaml", "write_yaml"]

_DEEPEST = 100
_UNUSUAL = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\n]|[\u2028\u2029]")


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
        text = path.read_text(encoding="utf-8")
        _check_depth(text, path)
        data = yaml.load(text, Loader=_SafeLoader)  # noqa: S506
    except ConfigError:
        raise
    except (OSError, yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise ConfigError(f"{path} can't be read: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds no mapping")
    return data


def _check_depth(text: str, path: Path) -> None:
    """Refuses what is nested so deeply that the parser would take the whole program down."""
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ConfigError(f"{path} can't be read: it is nested more than {_DEEPEST} deep")


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


class _Missing:
    """What stands in a difference where there is no leaf."""

    def __repr__(self) -> str:
        return "nothing"


_MISSING = _Missing()


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return all(not differences(*pair) for pair in zip(old, new, strict=True))
    return bool(old == new) or (old != old and new != new)  # NaN is the same as NaN


_SafeLoader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(yaml.SafeDumper):
    """Writes strings of several lines as blocks, so that people can read them."""


def _represent_string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    unusual = '"' if _UNUSUAL.search(text) else None
    style = "|" if "\n" in text and not unusual else unusual
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_string)
