"""``labwork new``."""

import shlex
from pathlib import Path

import click

__all__ = ["new"]


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def new(path: Path) -> None:
    """Write a small project that works at once, in the new directory PATH.

    Its package is named after PATH: what labwork_shapes publishes is shapes.Net and so on in
    configs and on the command line.
    """
    from labwork.experiments import write_project

    name = write_project(path)
    folder = shlex.quote(str(path))
    click.echo(f"package  {path / f'labwork_{name}'}")
    click.echo(f"run      cd {folder} && labwork run config.yaml")
    click.echo(f"test     cd {folder} && python -m pytest")
