"""The option ``-r``, whose value may be left out."""

from itertools import pairwise
from typing import Any

import click

from labwork.core import nearest

__all__ = ["ResumingCommand", "resume_option"]

_WAYS = ("strict", "?", "best", "restart")


class ResumingCommand(click.Command):
    """A command with ``-r``, after which anything but one of its values is another argument."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Writes out what is left out."""
        written_out: list[str] = []
        for argument, following in pairwise([*arguments, ""]):
            is_bare = argument in ("-r", "--resume") and not _is_way(following)
            written_out += [argument, "strict"] if is_bare else [argument]
        return super().parse_args(context, written_out)


def _is_way(word: str) -> bool:
    """Whether ``word`` is one of the values, or was meant to be one."""
    return word in _WAYS or (word.isalpha() and nearest(word, _WAYS) is not None)


def resume_option(command: Any) -> Any:
    """Adds ``-r`` to a command that trains."""
    return click.option(
        "-r",
        "--resume",
        type=click.Choice(_WAYS),
        help="Go on with a run: 'strict' (or nothing) demands one, '?' starts one where there is"
        " none, 'best' goes back to the best checkpoint, 'restart' deletes it and starts anew.",
    )(command)
