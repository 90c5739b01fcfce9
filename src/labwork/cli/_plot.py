"""``labwork plot``."""

from pathlib import Path

import click

from labwork.core import RunError

__all__ = ["plot"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="[default: RUN/curves.png]")
def plot(run: Path, output: Path | None) -> None:
    """Draw the learning curves of the run in the directory RUN."""
    from labwork.experiments import RunDirectory
    from labwork.reporting import draw_curves

    history = run / "history.jsonl"
    if not history.is_file():
        raise RunError(f"there is no run in {run}: it has no history.jsonl")
    target = output or run / "curves.png"
    try:
        draw_curves(history, target, RunDirectory(run).title)
    except ValueError as error:
        raise RunError(str(error)) from error
    click.echo(str(target))
