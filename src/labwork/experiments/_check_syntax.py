"""Whether the strings of a spec can be read, without looking up what they name."""

from collections.abc import Callable
from typing import Any

from labwork.config import parse_data
from labwork.core import ConfigError
from labwork.experiments._source import Source, read_arguments
from labwork.experiments._spec import ExperimentSpec

__all__ = ["check_syntax"]


def check_syntax(spec: ExperimentSpec, origin: Callable[[str], str]) -> None:
    """Reads every string and every expression of ``spec``; imports nothing of what they name.

    Args:
        spec: what is checked.
        origin: where a key was written.

    Raises:
        ConfigError: where some can't be read; it tells of all of them.
    """
    problems = [
        text
        for key in ("data", "input_adapter", "model", "trainer", "metrics")
        for text in _problems(Source(getattr(spec, key), key, origin))
    ]
    if problems:
        raise ConfigError("\n".join(problems))


def _problems(source: Source) -> list[str]:
    try:
        _read(source)
    except ConfigError as error:
        return [str(error)]
    return []


def _read(source: Source) -> Any:
    if not isinstance(source.value, str):
        return source.expressions()
    if source.key == "data":
        return parse_data(source.value, source.place())
    text = source.value.strip().removesuffix("!") if source.key == "metrics" else source.value
    return read_arguments(Source(text, source.key, source.origin))
