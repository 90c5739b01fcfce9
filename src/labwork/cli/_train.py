"""``labwork train``."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from labwork.cli._arguments import experiment_arguments, spec_strings

__all__ = ["train"]

_SCHEDULES = ("report", "eval", "checkpoint")


@click.command()
@experiment_arguments
@click.option(
    "-r",
    "--resume",
    type=click.Choice(["strict", "?", "best", "restart"]),
    is_flag=False,
    flag_value="strict",
    help="Go on with a run: 'strict' (or nothing) demands one, '?' starts one where there is"
    " none, 'best' goes back to the best checkpoint, 'restart' deletes it and starts anew.",
)
@click.option("--report-every", metavar="WHEN", help="Such as 1ep or 50it.  [default: 1ep]")
@click.option("--eval-every", metavar="WHEN", help="[default: 1ep]")
@click.option("--checkpoint-every", metavar="WHEN", help="[default: 1ep]")
@click.option("--tensorboard", is_flag=True, help="Also write event files for TensorBoard.")
def train(resume: str | None, tensorboard: bool, **values: Any) -> None:
    """Train a model, or go on training it.

    \b
    DATA           datasets and subsets: 'Digits{train,val,test}'
    INPUT_ADAPTER  what stands before the model: id, standardize
    MODEL          its name and arguments: SmallImageClassifier,dropout=0.1
    TRAINER        recipes, then arguments: recipes.digits,epoch_count=20
    """  # noqa: D301 - click keeps the lines after a backspace character as they are
    from labwork.experiments import ExperimentSpec, find_directories

    spec = ExperimentSpec(**spec_strings(values))
    experiment = spec.build(
        find_directories().experiments,
        resume=resume,  # type: ignore[arg-type]
        seed=values["seed"],
        every={name: when for name in _SCHEDULES if (when := values[f"{name}_every"])},
        device=values["device"],
        worker_count=values["worker_count"],
        command=["labwork", *sys.argv[1:]],
        tensorboard=tensorboard,
    )
    results = experiment.run()
    _tell_what_next(experiment.path, _command_line(values), results)
    if experiment.stopped_by is not None:
        sys.exit(128 + experiment.stopped_by)


def _tell_what_next(path: Path, command: str, results: Mapping[str, Mapping[str, float]]) -> None:
    for split, metrics in results.items():
        listed = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        click.echo(f"{split}: {listed}")
    click.echo(f"results  {path}")
    if (path / "curves.png").exists():
        click.echo(f"curves   {path / 'curves.png'}")
    click.echo(f"resume   labwork train {command} -r")
    click.echo(f"test     labwork test {command}")
    click.echo(f"plot     labwork plot {shlex.quote(str(path))}")


def _command_line(values: Mapping[str, Any]) -> str:
    strings = [values[name] for name in ("data", "input_adapter", "model", "trainer")]
    options = {"--params": "params", "--metrics": "metrics", "-e": "suffix"}
    for option, name in options.items():
        strings += [option, values[name]] if values[name] else []
    if values["worker_count"]:
        strings += ["--workers", str(values["worker_count"])]
    if values["device"] != "auto":
        strings += ["--device", values["device"]]
    return shlex.join(strings)
