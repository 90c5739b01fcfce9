"""JSON."""

import json
from typing import Any

from labwork.data._readers._format import Format
from labwork.data._readers._source import Source
from labwork.data._readers._text import read_text

__all__ = ["JSON"]


def _read(source: Source) -> Any:
    text = read_text(source)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in found if names.count(name) > 1)
            raise source.error(f"the key {twice!r} is there twice in one object; remove one")
        return found

    with source.damage_told("JSON"):
        try:
            return json.loads(text, object_pairs_hook=unique)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise source.error(f"{place}: this is no JSON: {error.msg}") from error
        except RecursionError:
            raise source.error("it is nested too deep") from None


JSON = Format("JSON", (".json",), _read)
