"""``labwork test``."""

import json
from typing import Any

import click

from labwork.cli._arguments import experiment_arguments, spec_strings

__all__ = ["test"]


@click.command()
@experiment_arguments
@click.option(
    "-r",
    "--resume",
    type=click.Choice(["strict", "best"]),
    is_flag=False,
    flag_value="strict",
    default="strict",
    help="Test the last checkpoint ('strict') or the 'best' one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def test(resume: str, as_json: bool, **values: Any) -> None:
    """Evaluate a trained model on all its data but the training data."""
    from labwork.experiments import ExperimentSpec, find_directories

    spec = ExperimentSpec(**spec_strings(values))
    step, results = spec.evaluate(
        find_directories().experiments,
        which="best" if resume == "best" else "last",
        seed=values["seed"],
        device=values["device"],
        worker_count=values["worker_count"],
        notify=lambda line: click.echo(line, err=True),
    )
    if as_json:
        click.echo(json.dumps({"step": step, **results}))
        return
    click.echo(f"checkpoint of step {step}")
    for split, metrics in results.items():
        listed = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        click.echo(f"{split}: {listed}")
