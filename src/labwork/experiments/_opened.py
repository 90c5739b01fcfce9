"""Strings as mappings, so that an override can reach into them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labwork.config import Arguments, parse_arguments, parse_overrides

__all__ = ["opened"]


def opened(files: Sequence[Mapping[str, Any]], overrides: Sequence[str]) -> list[str]:
    """Overrides that put a mapping in the place of a string that others reach into.

    Args:
        files: what is in them, references as they are written.
        overrides: as on the command line.

    >>> opened([{"model": "Net,depth=3"}], ["--model/width", "8"])
    ['model={"name": "Net", "depth": "=3"}']
    >>> opened([{"model": "Net,depth=3"}], ["seed=1"])
    []
    """
    parts = [override.parts for override in parse_overrides(overrides)]
    reached = {path[0] for path in parts if len(path) > 1} - {p[0] for p in parts if len(p) == 1}
    written = {key: value for file in files for key, value in file.items()}
    return [
        f"{key}={json.dumps(as_mapping(parse_arguments(written[key], key)))}"
        for key, as_mapping in _MAPPINGS.items()
        if key in reached and isinstance(written.get(key), str)
    ]


def _model(given: Arguments) -> dict[str, Any]:
    return {"name": ",".join(arg.text for arg in given.args), **_keywords(given)}


def _trainer(given: Arguments) -> dict[str, Any]:
    return {"recipes": [arg.text for arg in given.args], **_keywords(given)}


def _keywords(given: Arguments) -> dict[str, str]:
    return {name: f"={value.text}" for name, value in given.keywords.items()}


_MAPPINGS = {"model": _model, "trainer": _trainer}
