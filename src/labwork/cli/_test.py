"""``labwork test``."""

from typing import Any

import click

from labwork.cli._arguments import experiment_arguments, make_spec
from labwork.cli._outcome import tell_scores

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
    from labwork.core import find_directories
    from labwork.experiments import evaluate_run

    step, results = evaluate_run(
        make_spec(values),
        find_directories().experiments,
        which="best" if resume == "best" else "last",
        notify=lambda line: click.echo(line, err=True),
        trust_hub=values["trust_hub"],
    )
    tell_scores(step, results, as_json=as_json)
