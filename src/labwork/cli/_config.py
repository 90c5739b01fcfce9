"""``labwork config``: looking at configs without running anything."""

from pathlib import Path

import click

from labwork.cli._config_view import show_config
from labwork.cli._run import config_arguments, read_spec

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

    Names are looked up when the experiment is built.
    """
    from labwork.experiments import check_syntax

    composed, spec = read_spec(bases, tokens)
    check_syntax(spec, composed.origin)
    click.echo(f"{', '.join(Path(file).name for file in _files(bases, tokens))}: fine")


@config.command()
def explain() -> None:
    """List the keys of a config file, with their types and defaults."""
    from rich.console import Console
    from rich.table import Table

    from labwork.config import describe_schema
    from labwork.experiments import ExperimentSpec

    table = Table(box=None, pad_edge=False)
    for heading in ("key", "type", "default", "meaning"):
        table.add_column(heading, overflow="fold")
    for row in describe_schema(ExperimentSpec):
        table.add_row(*(part.replace("[", r"\[") for part in row))
    Console().print(table)


def _files(bases: tuple[str, ...], tokens: tuple[str, ...]) -> list[str]:
    from labwork.cli._overrides import split_tokens

    return split_tokens([*bases, *tokens])[0]
