"""Values of the environment, for those who ask for them."""

import re
from collections.abc import Mapping

from labwork.config.files._origin import Origin
from labwork.core import ConfigError

__all__ = ["VARIABLE", "read_variable"]

VARIABLE = "env:"
_FORM = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)(?:,(.*))?", re.DOTALL)


def read_variable(reference: str, environment: Mapping[str, str], origin: Origin | str) -> str:
    """The text for ``env:NAME`` or ``env:NAME,default``.

    Raises:
        ConfigError: where the variable isn't set and there is no default.

    >>> read_variable("env:SIZE,32", {}, "a.yaml:1"), read_variable("env:A", {"A": "b"}, "")
    ('32', 'b')
    """
    match = _FORM.fullmatch(reference)
    if match is None:
        raise ConfigError(f"{origin}: {reference!r} names no environment variable")
    name, default = match.groups()
    text = environment.get(name, default)
    if text is None:
        raise ConfigError(
            f"{origin}: the environment variable {name} isn't set; set it, or write a default:"
            f" ${{env:{name},default}}"
        )
    return text
