"""One config from base files and overrides."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from labwork.config.files._config import Config, Parts, adopt
from labwork.config.files._convert import convert
from labwork.config.files._merge import merge
from labwork.config.files._origin import Origin
from labwork.config.files._override import OpenText, apply_overrides, leave_text
from labwork.config.files._plain import to_plain
from labwork.config.files._references import resolve
from labwork.config.files._source import read_text
from labwork.config.files._tokens import parse_overrides
from labwork.config.files._written import Written, from_config, from_data
from labwork.core import ConfigError, shorten

__all__ = ["compose", "read_yaml"]


def compose(
    bases: Sequence[Path | str | Mapping[Any, Any]],
    overrides: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    open_text: OpenText = leave_text,
) -> Config:
    """The config that base files and overrides make together.

    Bases are merged from left to right, mappings key by key; lists and scalars are replaced. A key
    ``name!:`` replaces what stood there instead of merging, ``~name:`` deletes it. Then the
    overrides are applied, then references are replaced: a value ``{a/b}`` or ``${a.b}`` becomes
    the value at that key, ``${a.b}`` within a longer text is put in as text, ``${env:NAME}`` and
    ``${env:NAME,default}`` read the environment. ``$${`` is the text ``${``, and ``{{a}}`` the
    text ``{a}``. Keys in quotes have no marks.

    Args:
        bases: YAML files, or mappings, whose values have the origin ``default``, or configs.
        overrides: the tokens of a command line, see `parse_overrides`.
        environment: what ``${env:NAME}`` reads; that of the process by default.
        open_text: called with the keys and the text of a string that an override reaches into,
            and where it was written; gives a mapping that says the same, which takes its place, or
            None.

    Raises:
        ConfigError: where something can't be read, merged, applied or found; the message says
            where it was written.

    >>> config = compose([{"lr": 0.1, "loss": {"weight": "{lr}"}}], ["--lr", "1e-4"])
    >>> config.plain(), config.origin("lr"), config.origin("loss/weight")
    ({'lr': 0.0001, 'loss': {'weight': 0.0001}}, 'command line', 'default')
    """
    parsed = parse_overrides(overrides)
    root = Written({}, "")
    for base in bases:
        root = merge(root, _read(base))
    root = apply_overrides(root, parsed, open_text)
    return _Finisher().finish(resolve(root, os.environ if environment is None else environment))


def read_yaml(path: Path) -> dict[Any, Any]:
    """The plain data in a YAML file, with references and marks left as they are written.

    Raises:
        ConfigError: where the file can't be read, or holds anything but a mapping of plain data.
    """
    return _Finisher().finish(_read_file(path, marks=False)).plain()


def _read(base: Path | str | Mapping[Any, Any]) -> Written:
    if isinstance(base, Config):
        return from_config(base)
    return from_data(to_plain(base)) if isinstance(base, Mapping) else _read_file(Path(base))


def _read_file(path: Path, marks: bool = True) -> Written:
    at = partial(_line, str(path))
    written = convert(read_text(path), at, marks) or Written(None, at(0))
    if written.value is None:
        return Written({}, written.origin)
    if type(written.value) is dict:
        return written
    kind = "a list" if type(written.value) is list else shorten(repr(written.value))
    raise ConfigError(f"{written.origin}: the file holds {kind}; a config is a mapping, key: value")


def _line(file: str, line: int) -> Origin:
    return Origin(file, line + 1)


class _Finisher:
    """Makes plain data and a table of origins."""

    def __init__(self) -> None:
        self.origins: dict[Parts, Origin | str] = {}

    def finish(self, root: Written) -> Config:
        """The finished config."""
        data = {key: self.plain(child, (str(key),)) for key, child in root.value.items()}
        return adopt(data, self.origins, {}, ())

    def plain(self, written: Written, parts: Parts) -> Any:
        self.origins[parts] = written.origin
        value = written.value
        kind = type(value)
        if kind is dict:
            return {key: self.plain(child, (*parts, str(key))) for key, child in value.items()}
        if kind is list:
            return [self.plain(item, (*parts, str(index))) for index, item in enumerate(value)]
        return value
