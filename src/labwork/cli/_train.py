"""``labwork train``."""

import shlex
import sys
from collections.abc import Mapping
from typing import Any

import click

from labwork.cli._arguments import experiment_arguments, make_spec
from labwork.cli._outcome import run_and_tell
from labwork.cli._resume import ResumingCommand, resume_option

__all__ = ["train"]

_SCHEDULES = ("report", "eval", "checkpoint")


@click.command(cls=ResumingCommand)
@experiment_arguments
@resume_option
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
    TRAINER        recipes, then arguments: recipes.digits,optimizer_f=t(lr=0.01)
    """  # noqa: D301 - click keeps the lines after a backspace character as they are
    from labwork.core import find_directories
    from labwork.experiments import Schedules, build_experiment

    every = Schedules(**{name: values[f"{name}_every"] for name in _SCHEDULES})
    experiment = build_experiment(
        make_spec(values, every=every, tensorboard=tensorboard),
        find_directories().experiments,
        resume=resume,  # type: ignore[arg-type]
        command=["labwork", *sys.argv[1:]],
        trust_hub=values["trust_hub"],
    )
    rest = _command_line(values)
    run_and_tell(experiment, f"train {rest} -r", f"test {rest}")


def _command_line(values: Mapping[str, Any]) -> str:
    strings = [values[name] for name in ("data", "input_adapter", "model", "trainer")]
    options = {"--params": "params", "--metrics": "metrics", "-e": "suffix"}
    for option, name in options.items():
        strings += [option, values[name]] if values[name] else []
    if values["trust_hub"]:
        strings += ["--trust-hub"]
    if values["worker_count"]:
        strings += ["--workers", str(values["worker_count"])]
    if values["worker_kind"] != "process":
        strings += ["--worker-kind", values["worker_kind"]]
    if values["device"] != "auto":
        strings += ["--device", values["device"]]
    return shlex.join(strings)
