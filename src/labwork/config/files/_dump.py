"""Plain data to YAML for people."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from labwork.config.files._plain import to_plain
from labwork.config.files._scalars import is_text
from labwork.core import write_whole

__all__ = ["dump_yaml", "write_yaml"]

_UNUSUAL = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\n]|[\u2028\u2029]")
_WIDEST = 1 << 30
_STRING = "tag:yaml.org,2002:str"
_QUOTED = "quoted"


def dump_yaml(data: Mapping[Any, Any]) -> str:
    r"""Plain data as YAML, in order; text that could be taken for something else is in quotes.

    Raises:
        ConfigError: where ``data`` isn't plain.

    >>> print(dump_yaml({"lr": 1e-4, "tag": "1e-4", "note": "one\ntwo\n"}), end="")
    lr: 0.0001
    tag: '1e-4'
    note: |
      one
      two
    """
    return yaml.dump(
        to_plain(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDEST
    )


def write_yaml(path: Path, data: Mapping[Any, Any]) -> None:
    """Writes plain data as YAML, whole or not at all.

    Raises:
        ConfigError: where ``data`` isn't plain.
    """
    write_whole(path, dump_yaml(data))


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as blocks, and what readers of YAML 1.1 mistake in quotes."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """The type that a reader takes a scalar without quotes for."""
        tag = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        is_plain = tag == _STRING and implicit[0]
        return _QUOTED if is_plain and (_is_marked(value) or not is_text(value)) else tag


def _is_marked(text: str) -> bool:
    """Whether a key would have a mark if it were written without quotes."""
    return text[0] == "~" or text[-1] == "!"


def _represent_string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    unusual = '"' if _UNUSUAL.search(text) else None
    style = "|" if "\n" in text and not unusual else unusual
    return dumper.represent_scalar(_STRING, text, style=style)


_Dumper.add_representer(str, _represent_string)
