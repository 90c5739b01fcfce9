"""The ``labwork`` command."""

import os
import sys
from collections.abc import Sequence

import click

from labwork.cli._cache import cache
from labwork.cli._completion import completion
from labwork.cli._config import config
from labwork.cli._explain import explain
from labwork.cli._new import new
from labwork.cli._pack import pack
from labwork.cli._plot import plot
from labwork.cli._run import run
from labwork.cli._show import show
from labwork.cli._test import test
from labwork.cli._train import train
from labwork.core import LabworkError

__all__ = ["main"]

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="labwork")
def labwork() -> None:
    """Trains networks, keeps everything, and resumes exactly."""


for command in (train, run, test, plot, show, pack, config, explain, new, cache, completion):
    labwork.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command with ``arguments``, by default those of the program, and exits.

    The exit status is 0 for success, 2 for bad input, 1 for a run that failed, and 128 plus the
    signal's number for one that was stopped.
    """
    try:
        status = labwork.main(arguments, prog_name="labwork", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = _fail("interrupted", INTERRUPTED)
    except ValueError as error:
        if not isinstance(error, LabworkError):
            raise
        status = _fail(str(error), BAD_INPUT)
    except (LabworkError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            _close_output()
            status = FAILED
        else:
            status = _fail(str(error), FAILED)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int) -> int:
    click.secho(f"labwork: {message}", fg="red", err=True)
    return status


def _close_output() -> None:
    """Keeps Python from complaining, at exit, that nobody reads its output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
