"""``labwork run``."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from labwork.cli._outcome import run_and_tell, tell_scores
from labwork.cli._overrides import split_tokens
from labwork.cli._resume import ResumingCommand, resume_option

__all__ = ["compose_files", "config_arguments", "read_spec", "run"]


def config_arguments(command: Any) -> Any:
    """Adds files and overrides to a command."""
    argument = click.argument(
        "tokens", nargs=-1, metavar="CONFIG... [--KEY/PATH VALUE ...]", type=click.UNPROCESSED
    )
    base = click.option("-b", "--base", "bases", multiple=True, hidden=True)
    return argument(base(command))


def compose_files(bases: Sequence[str], tokens: Sequence[str]) -> tuple[list[str], Any]:
    """The files of a command line, and the config that they and its overrides make."""
    from labwork.config import compose
    from labwork.experiments import open_text

    files, overrides = split_tokens(tokens, bases)
    return files, compose([Path(file) for file in files], overrides, open_text=open_text)


def read_spec(bases: Sequence[str], tokens: Sequence[str]) -> tuple[Any, Any]:
    """The composed config of a command line, and the ``ExperimentSpec`` that it describes."""
    from labwork.core import ConfigError
    from labwork.experiments import ExperimentSpec

    files, config = compose_files(bases, tokens)
    if "experiment" in config:
        raise ConfigError(
            f"{config.origin('experiment')}: this is the file of a session, whose grid"
            " 'labwork config check' checks; a run takes the file of one experiment"
        )
    spec = ExperimentSpec.read(config, files[-1])
    if not spec.name and not spec.resolved:  # a run's own config stands for that run
        name = _default_name(files)
        config = config.replace({"name": name}, "the name of the file")
        spec = replace(spec, name=name)
    return config, spec


@click.command(cls=ResumingCommand, context_settings={"ignore_unknown_options": True})
@config_arguments
@click.option("-n", "--name", help="The run's name.  [default: that of the last file]")
@click.option("-t", "--train", "mode", flag_value="train", default="train", help="Train; default.")
@click.option(
    "--evaluate",
    "mode",
    flag_value="test",
    help="Evaluate the last, or -r best, checkpoint.",
)
@resume_option
@click.option("--trust-hub", is_flag=True, help="Let a model of PyTorch's Hub run foreign code.")
def run(
    tokens: tuple[str, ...],
    bases: tuple[str, ...],
    name: str | None,
    mode: str,
    resume: str | None,
    trust_hub: bool,
) -> None:
    """Run the experiment that config files describe.

    Later files change earlier ones.

    \b
    labwork run base.yaml camvid.yaml -n first --trainer/epoch_count 20 every/eval=5ep

    Any key can be overridden, with / or . between the parts of its path. The whole config is
    shown first, with the place where each value was written.
    """  # noqa: D301 - click keeps the lines after a backspace character as they are
    from labwork.cli._config_view import show_config

    named = [*tokens, "--name", name] if name else [*tokens]
    config, spec = read_spec(bases, named)
    show_config(config, spec)  # before the next line, which takes a second to import
    from labwork.core import find_directories
    from labwork.experiments import build_experiment, evaluate_run

    experiments = find_directories().experiments
    rest = shlex.join([*(token for base in bases for token in ("-b", base)), *named])
    if mode == "test":
        step, results = evaluate_run(
            spec,
            experiments,
            which="best" if resume == "best" else "last",
            origin=config.origin,
            notify=_warn,
            trust_hub=trust_hub,
        )
        tell_scores(step, results, as_json=False)
        return
    experiment = build_experiment(
        spec,
        experiments,
        resume=resume,  # type: ignore[arg-type]
        origin=config.origin,
        command=["labwork", *sys.argv[1:]],
        trust_hub=trust_hub,
    )
    run_and_tell(experiment, f"run {rest} -r", f"run {rest} --evaluate")


def _warn(line: str) -> None:
    click.echo(line, err=True)


def _default_name(files: Sequence[str]) -> str:
    """The name of the last file, or of its folder where the file is just called config."""
    path = Path(files[-1]).resolve()
    return path.parent.name if path.stem == "config" else path.stem
