"""What a command says when an experiment has ended, or a checkpoint was evaluated."""

import json
import shlex
import sys
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["run_and_tell", "tell_scores"]


def run_and_tell(experiment: Any, resume: str, test: str) -> None:
    """Runs an experiment, then tells its results, where they lie and what can be done next.

    Args:
        experiment: an ``Experiment``.
        resume: the command, without ``labwork``, that goes on with it.
        test: the one that tests it.
    """
    _tell_metrics(experiment.run())
    path = experiment.path
    click.echo(f"results  {path}")
    if (path / "curves.png").exists():
        click.echo(f"curves   {path / 'curves.png'}")
    click.echo(f"resume   labwork {resume}")
    click.echo(f"test     labwork {test}")
    click.echo(f"plot     labwork plot {shlex.quote(str(path))}")
    if experiment.stopped_by is not None:
        sys.exit(128 + experiment.stopped_by)


def tell_scores(step: int, results: Mapping[str, Mapping[str, float]], *, as_json: bool) -> None:
    """Prints the metrics of a checkpoint."""
    if as_json:
        click.echo(json.dumps({"step": step, **results}))
        return
    click.echo(f"checkpoint of step {step}")
    _tell_metrics(results)


def _tell_metrics(results: Mapping[str, Mapping[str, float]]) -> None:
    for split, metrics in results.items():
        listed = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        click.echo(f"{split}: {listed}")
