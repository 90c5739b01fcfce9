"""Splitting a command line into files and overrides."""

from collections.abc import Sequence
from pathlib import Path

import click

__all__ = ["split_tokens"]


def split_tokens(tokens: Sequence[str], bases: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """The files that come first, after ``bases``, and the overrides after them.

    >>> split_tokens(["a.yaml", "b.yaml", "--seed", "3", "every/eval=2ep"])
    (['a.yaml', 'b.yaml'], ['--seed', '3', 'every/eval=2ep'])
    """
    is_file = [not _is_override(token) for token in tokens]
    count = is_file.index(False) if False in is_file else len(tokens)
    if count == 0 and not bases:
        raise click.UsageError("name a config file first, then what to override")
    return [*bases, *tokens[:count]], list(tokens[count:])


def _is_override(token: str) -> bool:
    return token.startswith(("-", "~")) or ("=" in token and not Path(token).is_file())
