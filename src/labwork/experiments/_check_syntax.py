"""Whether the strings of a spec can be read, without looking up what they name."""

from collections.abc import Callable
from typing import Any

from labwork.core import ConfigError, nearest
from labwork.experiments._data_plan import read_plan
from labwork.experiments._source import Source, name_in, plain_name, read_arguments
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
    if source.key == "data":
        return read_plan(source), source.expressions()
    if isinstance(source.value, str):
        text = source.value.strip().removesuffix("!") if source.key == "metrics" else source.value
        return read_arguments(Source(text, source.key, source.origin))
    _CHECKS[source.key](source)
    return source.expressions()


def _check_trainer(source: Source) -> None:
    """Checks the recipes; the other keys are arguments, which only PyTorch's side knows."""
    recipes = source.at("recipes", [])
    for recipe in recipes.items() if isinstance(recipes.value, list) else [recipes]:
        plain_name(recipe)
    for key in source.value:
        if key != "recipes" and nearest(key, ["recipes"]):
            raise ConfigError(f"{source.place(key)}: unknown key; did you mean 'recipes'?")


_CHECKS: dict[str, Callable[[Source], Any]] = {
    "model": name_in,
    "trainer": _check_trainer,
    "input_adapter": lambda source: None,
}
