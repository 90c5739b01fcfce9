"""``labwork config``: looking at configs without running anything."""

from pathlib import Path
from typing import Any

import click

from labwork.cli._run import compose_files, config_arguments, read_spec

__all__ = ["config"]

_UNKNOWN = {"ignore_unknown_options": True}


@click.group()
def config() -> None:
    """Look at the configs of experiments; nothing is run."""


@config.command(context_settings=_UNKNOWN)
@config_arguments
@click.option("--yaml", "as_yaml", is_flag=True, help="Print it as a config file.")
def show(tokens: tuple[str, ...], bases: tuple[str, ...], as_yaml: bool) -> None:
    """Show a composed config, with the place where each value was written."""
    from labwork.cli._config_view import show_config
    from labwork.config import dump_yaml, freeze

    composed, spec = read_spec(bases, tokens)
    if as_yaml:
        click.echo(dump_yaml(freeze(spec)), nl=False)
    else:
        show_config(composed, spec)


@config.command(context_settings=_UNKNOWN)
@config_arguments
def check(tokens: tuple[str, ...], bases: tuple[str, ...]) -> None:
    """Check config files: syntax, keys, types, values and expressions.

    Names are looked up when the experiment is built. A file with the key ``experiment`` is a
    session's, and its grid is checked.
    """
    files, composed = compose_files(bases, tokens)
    told = _check(composed, files[-1])
    click.echo(f"{', '.join(Path(file).name for file in files)}: {told}")


def _check(composed: Any, name: str) -> str:
    from labwork.experiments import ExperimentSpec, SessionSpec, check_syntax

    if "experiment" in composed:
        session = SessionSpec.read(composed)
        return f"fine, {session.check(composed):,} experiments"
    check_syntax(ExperimentSpec.read(composed, name), composed.origin)
    return "fine"


@config.command()
@click.option("--session", is_flag=True, help="Those of a session's file.")
def explain(session: bool) -> None:
    """List the keys of a config file, with their types and defaults."""
    from rich.console import Console
    from rich.table import Table

    from labwork.config import describe_schema
    from labwork.experiments import ExperimentSpec, SessionSpec

    table = Table(box=None, pad_edge=False)
    for heading in ("key", "type", "default", "meaning"):
        table.add_column(heading, overflow="fold")
    for row in describe_schema(SessionSpec if session else ExperimentSpec):
        table.add_row(*(part.replace("[", r"\[") for part in row))
    Console().print(table)
