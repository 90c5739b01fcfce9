"""Strings as mappings, so that an override can reach into them."""

from typing import Any

from labwork.config import Arguments, parse_arguments

__all__ = ["open_text"]


def open_text(parts: tuple[str, ...], text: str, where: str) -> dict[str, Any] | None:
    """The mapping that says the same as the string of a model or a trainer; None for another one.

    Args:
        parts: the keys that lead to the string.
        text: the string.
        where: where it was written, for messages.

    Raises:
        ExpressionError: where the string can't be read.

    >>> open_text(("model",), "Net,depth=3", "a.yaml:2")
    {'name': 'Net', 'depth': '=3'}
    >>> open_text(("data",), "Digits{train}", "a.yaml:1") is None
    True
    """
    is_part = parts[:-1] in ((), ("experiment",))
    as_mapping = _MAPPINGS.get(parts[-1]) if is_part else None
    return as_mapping(parse_arguments(text, where)) if as_mapping else None


def _model(given: Arguments) -> dict[str, Any]:
    return {"name": ",".join(arg.text for arg in given.args), **_keywords(given)}


def _trainer(given: Arguments) -> dict[str, Any]:
    return {"recipes": [arg.text for arg in given.args], **_keywords(given)}


def _keywords(given: Arguments) -> dict[str, str]:
    return {name: f"={value.text}" for name, value in given.keywords.items()}


_MAPPINGS = {"model": _model, "trainer": _trainer}
